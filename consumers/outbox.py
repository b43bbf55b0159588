"""The outbox relay: brings messages that the warehouse wrote in its transactions to Kafka, at least once.

A dead letter has a key and headers named after Kafka Connect's, and no body: it says where a refused message lies and
why it was refused, and repeats nothing of it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from arna.errors import BrokerUnavailable, TransientError
from arna.settings import Settings
from arna.warehouse.database import Database
from consumers.addresses import require_addresses
from consumers.backoff import Backoff

log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 0.5
_MOST_MESSAGES: Final = 1_000
_ACKNOWLEDGE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A row of ``ops.outbox``."""

    outbox_id: int
    topic_name: str
    message_key: str
    headers: dict[str, str]


class OutboxRelay:
    """Sends what waits in ``ops.outbox``, in the order it was written.

    Args:
        settings: with the addresses of Kafka and the warehouse filled in.

    Raises:
        ConfigError: an address is missing.
        BrokerUnavailable: Kafka does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        addresses = require_addresses(settings)
        self._database = Database(addresses.warehouse_url, application_name="arna-outbox")
        try:
            self._producer = KafkaProducer(
                bootstrap_servers=[server.strip() for server in addresses.bootstrap_servers.split(",")],
                client_id="arna-outbox",
                acks="all",
                enable_idempotence=True,
                allow_auto_create_topics=False,
                compression_type="lz4",
                linger_ms=5,
                metrics_enabled=False,
            )
        except (KafkaError, OSError) as error:
            message = f"Kafka does not answer ({type(error).__name__})."
            raise BrokerUnavailable(message) from error

    def run(self, stop: threading.Event) -> None:
        """Relays until told to stop; retries what can heal with backoff, any other error ends it."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                sent = self.relay_once()
                backoff.reset()
            except TransientError as error:
                delay = backoff.next()
                log.warning("outbox_retries", error=str(error), seconds=round(delay, 2))
                stop.wait(delay)
                continue
            if sent < _MOST_MESSAGES:
                stop.wait(IDLE_SECONDS)

    def relay_once(self) -> int:
        """Sends the oldest messages that wait.

        1. Lock them, so that a second relay takes others.
        2. Send them and wait until Kafka has acknowledged each.
        3. Mark them as sent, and commit. A death before that sends them again, never not at all.

        Returns:
            How many were sent.

        Raises:
            TransientError: Kafka or PostgreSQL does not answer; the messages wait on.
        """
        with self._database.session() as session:
            # 1. Lock.
            rows = session.fetch_all("outbox/list_unsent.sql", {"most": _MOST_MESSAGES})
            if not rows:
                return 0
            # 2. Send.
            self._send([_Waiting(**row) for row in rows])
            # 3. Mark.
            session.execute("outbox/mark_sent.sql", {"outbox_ids": [row["outbox_id"] for row in rows]})
        log.info("outbox_relayed", messages=len(rows))
        return len(rows)

    def close(self) -> None:
        """Closes the connections."""
        self._producer.close(timeout=5)
        self._database.close()

    def _send(self, waiting: list[_Waiting]) -> None:
        try:
            futures: list[Any] = [
                self._producer.send(
                    message.topic_name,
                    key=message.message_key.encode(),
                    value=None,
                    headers=[(name, text.encode()) for name, text in message.headers.items()],
                )
                for message in waiting
            ]
            for future in futures:
                future.get(timeout=_ACKNOWLEDGE_SECONDS)
        except KafkaError as error:
            message = f"Kafka did not acknowledge the dead letters ({type(error).__name__})."
            raise BrokerUnavailable(message) from error
