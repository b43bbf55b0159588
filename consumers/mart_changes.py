"""The announcer of changed views: publishes the rows of ``ops.mart_change`` to ``arna.mart-changed.v1``.

At least once, and the changes of one view in their order: the Kafka key is the view, one announcer works at a time, and
a change is marked as sent only when it and all before it are acknowledged. A message sent again has the same id.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import orjson
import structlog

from arna.contracts.mart_change import (
    MART_CHANGE_SCHEMA,
    MART_CHANGE_SOURCE,
    MART_CHANGE_TOPIC,
    MART_CHANGE_TYPE,
    MartChange,
)
from arna.settings import Settings
from arna.warehouse.database import Database
from consumers.addresses import require_addresses
from consumers.telling import compose_event, connect_producer, keep_on, send_events

log = structlog.get_logger(__name__)

_LOCK: Final = "mart-changes"
_MOST_MESSAGES: Final = 200
# Kafka takes a megabyte; a thousand keys with long names of skills can be more than that.
_MOST_KEY_BYTES: Final = 512 * 1024
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:arna:mart-changed")


class MartChangeAnnouncer:
    """Publishes which views changed.

    Args:
        settings: with the addresses of Kafka and the warehouse filled in.
        topic: where to.

    Raises:
        ConfigError: an address is missing.
        BrokerUnavailable: Kafka does not answer.
    """

    def __init__(self, settings: Settings, topic: str = MART_CHANGE_TOPIC) -> None:
        addresses = require_addresses(settings)
        self._topic = topic
        self._retention_days = settings.mart_change_retention_days
        self._database = Database(addresses.warehouse_url, application_name="arna-mart-changes")
        self._producer = connect_producer(addresses, "arna-mart-changes")

    def run(self, stop: threading.Event) -> None:
        """Announces until told to stop; retries what can heal with backoff, any other error ends it."""
        keep_on(lambda: self.announce_once() == _MOST_MESSAGES, stop, "mart_changes_retry")

    def announce_once(self) -> int:
        """Sends the oldest changes that wait.

        1. Read them, under the lock of the announcers: two would mix the order.
        2. Send them and wait until Kafka has acknowledged each.
        3. Mark them as sent, and delete what was sent long ago. A death before that sends them again, never not at all.

        Returns:
            How many were sent.

        Raises:
            TransientError: Kafka or PostgreSQL does not answer; the changes wait on.
        """
        with self._database.entity_lock(_LOCK) as is_locked:
            if not is_locked:
                return 0
            # 1. Read.
            rows = self._database.fetch_all("outbox/list_mart_changes.sql", {"most": _MOST_MESSAGES})
            if not rows:
                return 0
            # 2. Send.
            self._send([(row["view_name"], compose_message(row)) for row in rows])
            # 3. Mark.
            with self._database.session() as session:
                session.execute("outbox/mark_mart_changes.sql", {"change_ids": [row["change_id"] for row in rows]})
                session.execute("outbox/prune_mart_changes.sql", {"days": self._retention_days})
        log.info("mart_changes_published", messages=len(rows))
        return len(rows)

    def close(self) -> None:
        """Closes the connections."""
        self._producer.close(timeout=5)
        self._database.close()

    def _send(self, messages: Sequence[tuple[str, bytes]]) -> None:
        send_events(self._producer, self._topic, messages, "did not acknowledge the changes of views")


def compose_message(row: Mapping[str, Any]) -> bytes:
    """The CloudEvent of a row of ``sql/outbox/list_mart_changes.sql``, in structured mode.

    Keys that would make it too large for Kafka are left out, as they are where there are many.
    """
    keys = row["keys"]
    if keys is not None and len(orjson.dumps(keys)) > _MOST_KEY_BYTES:
        keys = None
    change = MartChange(
        view=row["view_name"],
        series_id=row["series_id"],
        change_seq=row["change_seq"],
        as_of_date=row["as_of_date"],
        changed_count=row["changed_count"],
        removed_count=row["removed_count"],
        keys=keys,
    )
    return compose_event(
        # A warehouse that was made anew counts from one again: the series keeps its messages apart.
        event_id=uuid5(_NAMESPACE, f"{row['series_id']} {row['change_id']}"),
        source=MART_CHANGE_SOURCE,
        event_type=MART_CHANGE_TYPE,
        subject=row["view_name"],
        time=row["created_at"],
        dataschema=MART_CHANGE_SCHEMA,
        data=change,
    )
