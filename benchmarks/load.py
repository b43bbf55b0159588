"""Load: certifications that have landed are validated by Great Expectations and loaded into core; then twice as many.

The statements of the tasks of ``load_certification`` run in one process, as role ``arna_loader``: claim, stage, the
whole suite, conflicts, core, settlement. Both sizes start from an empty core. The import of Great Expectations does not
count: Airflow's scheduler does it before the tasks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
import psycopg

from arna import batches
from arna.contracts.registry import SPECS, Entity
from arna.embedded.postgres import EmbeddedPostgres
from arna.settings import Settings
from arna.sources import SourceDefinition, register_source
from arna.warehouse.database import Database, connection_string
from arna.warehouse.migrations import migrate
from benchmarks.certificates import SOURCE, make_messages
from expectations.runner import load_batch, validate_batch

EVENTS: Final = 440_000
_PARTITIONS: Final = 6
_MICRO_BATCH: Final = 5_000
_ENTITY: Final = Entity.CERTIFICATION
_SQL: Final = Path(__file__).parent / "sql"
_TOPIC_ID: Final = UUID(int=7)
_PEOPLE: Final = UUID(int=8)


def run(events: int = EVENTS) -> dict[str, Any]:
    """Measures on a server of its own."""
    with _server() as server:
        # A first small load pays for what only the first one pays: connections, catalogues, plans.
        _measure(server, "warm", 1_000)
        single = _measure(server, "single", events)
        double = _measure(server, "double", events * 2)
    return {
        "events": events,
        "seconds": round(single["total"], 2),
        "validate_seconds": round(single["validate"], 2),
        "load_seconds": round(single["load"], 2),
        "doubled_seconds": round(double["total"], 2),
        "doubled_ratio": round(double["total"] / single["total"], 2),
    }


def _measure(server: EmbeddedPostgres, name: str, events: int) -> dict[str, float]:
    server.create_database(name)
    owner = server.url(name)
    migrate(owner)
    with Database(owner) as db:
        register_source(db, SourceDefinition(uri=SOURCE, name="benchmark", entities=(_ENTITY,)))
    _land(owner, events)
    url = server.url(name, "arna_loader")
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as home, Database(url) as db:
        settings = Settings(home=Path(home), warehouse_url=url, warehouse_loader_url=url)
        started = perf_counter()
        batch = batches.claim(db, _ENTITY, max(events, settings.batch_max_events))
        if batch is None or batch.event_count != events:
            raise RuntimeError("the events were not claimed")
        validate_batch(db, settings, batch.batch_id)
        validated = perf_counter()
        settlement = load_batch(db, settings, batch.batch_id)
        ended = perf_counter()
    if settlement is None or settlement.loaded != events:
        raise RuntimeError("the events were not all loaded")
    server.drop_database(name)
    return {"validate": validated - started, "load": ended - validated, "total": ended - started}


def _land(url: str, events: int) -> None:
    """Rows of raw as the lander leaves them: micro-batches of one partition after the other."""
    copy_events = (_SQL / "copy_raw_certification.sql").read_text()
    with psycopg.connect(connection_string(url)) as connection:
        messages = make_messages(events)
        offsets = [0] * _PARTITIONS
        landed = 0
        while landed < events:
            partition = landed // _MICRO_BATCH % _PARTITIONS
            count = min(_MICRO_BATCH, events - landed)
            with connection.cursor().copy(copy_events) as copy:
                for number in range(count):
                    copy.write_row(_row(next(messages)[0], partition, offsets[partition] + number))
            offsets[partition] += count
            landed += count
            connection.commit()
        insert_offset = (_SQL / "insert_landing_offset.sql").read_text()
        for partition, next_offset in enumerate(offsets):
            connection.execute(
                insert_offset,
                {
                    "topic_id": _TOPIC_ID,
                    "partition": partition,
                    "topic_name": SPECS[_ENTITY].topic,
                    "entity": str(_ENTITY),
                    "next_offset": next_offset,
                },
            )
        connection.commit()
    # A server that has been up for a while has written its pages and knows its tables.
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute((_SQL / "settle_raw.sql").read_text())


def _row(value: bytes, partition: int, offset: int) -> tuple[object, ...]:
    event = orjson.loads(value)
    data = event["data"]
    data["person"]["iin"] = str(uuid5(_PEOPLE, data["person"]["iin"]))
    return (
        _TOPIC_ID, partition, offset, event["id"], 1, event["subject"], "issued", event["recordversion"], event["time"],
        sha256(value).digest(), orjson.dumps(data).decode(),
    )  # fmt: skip


@contextmanager
def _server() -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
