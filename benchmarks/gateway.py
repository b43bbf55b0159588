"""The gateway: batches of 500 certifications over HTTP, beside the bare publisher; and the answer to a single event.

The gateway is the process of ``arna gateway run``, with the broker and the caller beside it. The bare publisher sends
the same messages to the same broker from this process, unchecked and unauthenticated: what is above it is HTTP, the
key, the contract's checks and an answer for each event. Single events come at a fixed rate, whether the one before was
answered or not, so a slow answer is not hidden by a caller that waits.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import httpx

from arna.contracts.registry import SPECS, Entity
from arna.embedded.gateway import EmbeddedGateway
from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.postgres import EmbeddedPostgres
from arna.settings import Settings
from arna.source_keys import issue_key
from arna.sources import SourceDefinition, register_source
from arna.topics import ensure_topics
from arna.warehouse.database import Database
from arna.warehouse.migrations import migrate
from benchmarks.certificates import SOURCE, Message, make_messages
from producers.direct import DirectPublisher

EVENTS: Final = 100_000
BATCH: Final = 500
CALLERS: Final = 4
SINGLES: Final = 1_500
SINGLES_PER_SECOND: Final = 100
_WARM_UP_EVENTS: Final = 10_000
_ROUNDS: Final = 2
_TOPIC: Final = SPECS[Entity.CERTIFICATION].topic


def run(events: int = EVENTS) -> dict[str, Any]:
    """Measures twice and keeps the better of each.

    Returns:
        Events per second through the gateway and through the bare publisher, their ratio, microseconds per event, and
        the median and the 99th percentile of a single event's answer in milliseconds.
    """
    messages = list(make_messages(events))
    with (
        tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as folder,
        _stand(Path(folder)) as (servers, url, key),
    ):
        asyncio.run(_time_batches(url, key, messages[:_WARM_UP_EVENTS]))
        batches = min(asyncio.run(_time_batches(url, key, messages)) for _ in range(_ROUNDS))
        bare = min(_time_bare(servers, messages) for _ in range(_ROUNDS))
        singles = sorted(asyncio.run(_time_singles(url, key, messages[:SINGLES])))
    return {
        "events": events,
        "batch_events": BATCH,
        "events_per_second": round(events / batches),
        "microseconds_per_event": round(batches / events * 1_000_000, 1),
        "bare_events_per_second": round(events / bare),
        "bare_ratio": round(batches / bare, 2),
        "single_p50_ms": round(statistics.median(singles), 1),
        "single_p99_ms": round(statistics.quantiles(singles, n=100, method="inclusive")[-1], 1),
    }


@contextmanager
def _stand(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Bootstrap servers, the gateway's URL and a key without limits."""
    postgres, kafka = EmbeddedPostgres(folder / "p"), EmbeddedKafka(folder / "k")
    gateway = EmbeddedGateway(folder / "run", folder / "log")
    try:
        warehouse, servers = postgres.start(), kafka.start()
        migrate(warehouse)
        ensure_topics(servers, Settings(home=folder))
        limit = 1_000_000
        with Database(warehouse) as database:
            register_source(
                database,
                SourceDefinition(
                    uri=SOURCE,
                    name="Benchmark",
                    entities=(Entity.CERTIFICATION,),
                    requests_per_second=limit,
                    events_per_second=limit,
                ),
            )
            key = issue_key(database, SOURCE).text
        environment = {
            **os.environ,
            "ARNA_HOME": str(folder),
            "ARNA_KAFKA_BOOTSTRAP_SERVERS": servers,
            "ARNA_WAREHOUSE_GATEWAY_URL": postgres.url("arna", "arna_gateway"),
        }
        gateway.choose_port()
        gateway.start(environment, folder)
        yield servers, str(gateway.url), key
    finally:
        gateway.service.stop()
        kafka.stop()
        postgres.stop("immediate")


def _client(url: str, key: str, kind: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": f"application/{kind}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=60)


async def _time_batches(url: str, key: str, messages: list[Message]) -> float:
    """Seconds for all messages in batches, over a few connections."""
    values = [value for value, _, _ in messages]
    bodies = [b"[" + b",".join(values[start : start + BATCH]) + b"]" for start in range(0, len(values), BATCH)]
    waiting = iter(bodies)
    async with _client(url, key, "cloudevents-batch+json") as client:

        async def call() -> None:
            for body in waiting:
                answer = await client.post("/v1/events", content=body)
                _check(answer)

        began = perf_counter()
        await asyncio.gather(*(call() for _ in range(CALLERS)))
        return perf_counter() - began


async def _time_singles(url: str, key: str, messages: list[Message]) -> list[float]:
    """Milliseconds of each answer, from the moment its event was due."""
    loop = asyncio.get_running_loop()
    async with _client(url, key, "cloudevents+json") as client:
        began = loop.time() + 0.5

        async def call(number: int, value: bytes) -> float:
            due = began + number / SINGLES_PER_SECOND
            await asyncio.sleep(due - loop.time())
            _check(await client.post("/v1/events", content=value))
            return (loop.time() - due) * 1_000

        return await asyncio.gather(*(call(number, value) for number, (value, _, _) in enumerate(messages)))


def _check(answer: httpx.Response) -> None:
    """A fast gateway that accepted less than everything has not won."""
    if answer.status_code != 202:
        message = f"the gateway answered {answer.status_code}: {answer.text[:500]}"
        raise RuntimeError(message)


def _time_bare(servers: str, messages: list[Message]) -> float:
    """Seconds for the same messages through the publisher alone."""
    with DirectPublisher(servers) as publisher:
        publisher.send_raw(_TOPIC, *messages[0]).wait(30)
        began = perf_counter()
        for value, headers, key in messages:
            publisher.send_raw(_TOPIC, value, headers, key)
        if publisher.flush(60):
            raise RuntimeError("the broker did not answer for every message")
        return perf_counter() - began
