"""The outbox relay: brings messages that the warehouse wrote in its transactions to Kafka, at least once.

A dead letter has a key and headers named after Kafka Connect's, and no body: it says where a refused message lies and
why it was refused, and repeats nothing of it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog

from arna.settings import Settings
from arna.warehouse.database import Database
from consumers.addresses import require_addresses
from consumers.telling import connect_producer, keep_on, send_all

log = structlog.get_logger(__name__)

_MOST_MESSAGES: Final = 1_000


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
        self._producer = connect_producer(addresses, "arna-outbox")

    def run(self, stop: threading.Event) -> None:
        """Relays until told to stop; retries what can heal with backoff, any other error ends it."""
        keep_on(lambda: self.relay_once() == _MOST_MESSAGES, stop, "outbox_retries")

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
        send_all((partial(self._hand_over, message) for message in waiting), "did not acknowledge the dead letters")

    def _hand_over(self, message: _Waiting) -> Any:  # noqa: ANN401 kafka-python's future
        return self._producer.send(
            message.topic_name,
            key=message.message_key.encode(),
            value=None,
            headers=[(name, text.encode()) for name, text in message.headers.items()],
        )
