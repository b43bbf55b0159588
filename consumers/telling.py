"""What the workers of the outbox process have in common: a producer, a CloudEvent, waiting for Kafka, trying again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from arna.contracts.attributes import SPECVERSION
from arna.contracts.decode import JSON_TYPE, STRUCTURED_TYPE
from arna.errors import BrokerUnavailable, TransientError
from consumers.addresses import Addresses
from consumers.backoff import Backoff

log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 0.5
_ACKNOWLEDGE_SECONDS: Final = 30.0


def connect_producer(addresses: Addresses, client_id: str) -> KafkaProducer:
    """A producer that loses nothing it acknowledged and keeps the order of a key.

    Raises:
        BrokerUnavailable: Kafka does not answer.
    """
    with _translated("does not answer"):
        return KafkaProducer(
            bootstrap_servers=[server.strip() for server in addresses.bootstrap_servers.split(",")],
            client_id=client_id,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            compression_type="lz4",
            linger_ms=5,
            metrics_enabled=False,
        )


def send_all(sends: Iterable[Callable[[], Any]], failure: str) -> None:
    """Hands messages to a producer and waits until Kafka has acknowledged each.

    Args:
        sends: each hands over one message and returns its future.
        failure: what Kafka did not do, for the error's sentence.

    Raises:
        BrokerUnavailable: some may have arrived: send all of them again.
    """
    with _translated(failure):
        futures = [send() for send in sends]
        for future in futures:
            future.get(timeout=_ACKNOWLEDGE_SECONDS)


def send_events(producer: KafkaProducer, topic: str, messages: Sequence[tuple[str, bytes]], failure: str) -> None:
    """``send_all`` for CloudEvents in structured mode, each with its key.

    Raises:
        BrokerUnavailable: some may have arrived: send all of them again.
    """
    headers = [("content-type", STRUCTURED_TYPE.encode())]
    send_all(
        (partial(producer.send, topic, key=key.encode(), value=value, headers=headers) for key, value in messages),
        failure,
    )


def compose_event(
    *, event_id: UUID, source: str, event_type: str, subject: str, time: datetime, dataschema: str, data: object
) -> bytes:
    """A CloudEvent that Arna itself tells, in structured mode."""
    return orjson.dumps(
        {
            "specversion": SPECVERSION,
            "id": str(event_id),
            "source": source,
            "type": event_type,
            "subject": subject,
            "time": time.isoformat(),
            "dataschema": dataschema,
            "datacontenttype": JSON_TYPE,
            "data": data,
        }
    )


def keep_on(work: Callable[[], bool], stop: threading.Event, retry_event: str) -> None:
    """Works until told to stop; retries what can heal with backoff, any other error ends it.

    Args:
        work: does a part; returns whether more waits.
        stop: set to end it.
        retry_event: name of the log line before another try.
    """
    backoff = Backoff()
    while not stop.is_set():
        try:
            has_more = work()
            backoff.reset()
        except TransientError as error:
            delay = backoff.next()
            log.warning(retry_event, error=str(error), seconds=round(delay, 2))
            stop.wait(delay)
            continue
        if not has_more:
            stop.wait(IDLE_SECONDS)


@contextmanager
def _translated(failure: str) -> Iterator[None]:
    try:
        yield
    except (KafkaError, OSError) as error:
        message = f"Kafka {failure} ({type(error).__name__})."
        raise BrokerUnavailable(message) from error
