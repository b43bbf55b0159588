"""The receipts announcer: makes the receipts of what moved, and publishes them to ``arna.receipt.v1``.

Landers and loads write nothing for it. It looks at where the partitions stand and which batches are settled, notes
runs of offsets by source (``ops.receipt_group``), and sends each event's receipt to Kafka, at least once: a message
sent again has the same CloudEvents id. One announcer works at a time; others wait for its lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import structlog

from arna.contracts.receipt import (
    RECEIPT_SCHEMA,
    RECEIPT_SOURCE,
    RECEIPT_TOPIC,
    RECEIPT_TYPE,
    BatchTotals,
    Receipt,
    receipt_values,
)
from arna.receipts import make_receipt, read_totals
from arna.settings import Settings
from arna.warehouse.database import Database
from consumers.addresses import require_addresses
from consumers.telling import compose_event, connect_producer, keep_on, send_events

log = structlog.get_logger(__name__)

_LOCK: Final = "receipts"
# A group is expanded as a whole for each page of it, so it stays small.
_MOST_OFFSETS: Final = 10_000
_MOST_GROUPS: Final = 500
_MOST_RECEIPTS: Final = 5_000
_MESSAGE_RECEIPTS: Final = 500
# Kafka takes a megabyte; a receipt with all its sentences has two or three kilobytes, the envelope half a one.
_MESSAGE_BYTES: Final = 512 * 1024
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:arna:receipt")


class Worker(Protocol):
    """What runs for ever in the outbox process."""

    def run(self, stop: threading.Event) -> None:
        """Works until told to stop."""


class ReceiptAnnouncer:
    """Makes receipts and publishes them.

    Args:
        settings: with the addresses of Kafka and the warehouse filled in.
        topic: where receipts go.

    Raises:
        ConfigError: an address is missing.
        BrokerUnavailable: Kafka does not answer.
    """

    def __init__(self, settings: Settings, topic: str = RECEIPT_TOPIC) -> None:
        addresses = require_addresses(settings)
        self._topic = topic
        self._database = Database(addresses.warehouse_url, application_name="arna-receipts")
        self._producer = connect_producer(addresses, "arna-receipts")

    def run(self, stop: threading.Event) -> None:
        """Announces until told to stop; retries what can heal with backoff, any other error ends it."""
        keep_on(lambda: self.announce_once(stop), stop, "receipts_retry")

    def announce_once(self, stop: threading.Event | None = None) -> bool:
        """Makes the receipts of all that moved, then publishes some of those that wait.

        They are made first, and without Kafka: who asks for them gets them while the broker is away.

        Returns:
            Whether more wait to be published.

        Raises:
            TransientError: Kafka or PostgreSQL does not answer; nothing is lost.
        """
        with self._database.entity_lock(_LOCK) as is_locked:
            if not is_locked:
                return False
            while not (stop and stop.is_set()) and self._issue():
                pass
            return self._publish()

    def close(self) -> None:
        """Closes the connections."""
        self._producer.close(timeout=5)
        self._database.close()

    def _issue(self) -> bool:
        """Makes groups of some of what moved; the numbers of groups follow the order in which they are committed.

        A batch is taken once all its offsets have been told of as landed, so that comes first for every event.
        """
        with self._database.session() as session:
            partitions = session.execute("receipts/issue_landed.sql", {"most_offsets": _MOST_OFFSETS})
        with self._database.session() as session:
            batches = session.execute("receipts/issue_settled.sql", {"most_offsets": _MOST_OFFSETS})
        return bool(partitions or batches)

    def _publish(self) -> bool:
        """Sends the oldest groups that are not published.

        1. Read them, and the receipts of their events.
        2. Send these and wait until Kafka has acknowledged each message.
        3. Note how far they are published. A death before that sends them again, never not at all.
        """
        # 1. Read.
        limits = {"topic_name": self._topic, "most_groups": _MOST_GROUPS, "most_receipts": _MOST_RECEIPTS}
        groups = self._database.fetch_all("receipts/list_unpublished.sql", limits)
        if not groups:
            return False
        messages = self._read_messages(groups)
        # 2. Send.
        self._send(messages)
        # 3. Note.
        last = groups[-1]["receipt_group_id"]
        self._database.execute("receipts/mark_published.sql", {"topic_name": self._topic, "receipt_group_id": last})
        log.info("receipts_published", groups=len(groups), messages=len(messages))
        return True

    def _read_messages(self, groups: Sequence[Mapping[str, Any]]) -> list[tuple[str, bytes]]:
        by_id = {group["receipt_group_id"]: group for group in groups}
        with self._database.session("repeatable read", read_only=True) as session:
            rows = session.fetch_all("receipts/expand_groups.sql", {"group_ids": list(by_id)})
            totals = {
                source_id: read_totals(session, source_id, [g for g in groups if g["source_id"] == source_id])
                for source_id in {group["source_id"] for group in groups}
            }
        messages: list[tuple[str, bytes]] = []
        for group_id, found in groupby(rows, key=lambda row: row["receipt_group_id"]):
            group = by_id[group_id]
            receipts = [make_receipt(row, group["language_code"]) for row in found]
            group_totals = totals[group["source_id"]].get(group["batch_id"])
            messages += [(group["source_uri"], value) for value in compose_messages(group, group_totals, receipts)]
        return messages

    def _send(self, messages: Sequence[tuple[str, bytes]]) -> None:
        send_events(self._producer, self._topic, messages, "does not acknowledge the receipts")


def compose_messages(
    group: Mapping[str, Any],
    totals: BatchTotals | None,
    receipts: Sequence[Receipt],
    *,
    most_receipts: int = _MESSAGE_RECEIPTS,
    most_bytes: int = _MESSAGE_BYTES,
) -> Iterator[bytes]:
    """The messages of one group: CloudEvents in structured mode, each with receipts of neighbouring offsets.

    Args:
        group: a row of ``sql/receipts/list_unpublished.sql``.
        totals: of the batch that settled them; None at landing.
        receipts: all of the group, in order.
        most_receipts: most of them in a message.
        most_bytes: where their JSON reaches this, the next message begins.
    """
    waiting: list[orjson.Fragment] = []
    size = 0
    first_offset = -1
    for receipt in receipts:
        value = orjson.dumps(receipt_values(receipt))
        if waiting and (len(waiting) >= most_receipts or size + len(value) > most_bytes):
            yield _compose(group, totals, first_offset, waiting)
            waiting, size = [], 0
        if not waiting:
            first_offset = receipt.offset
        waiting.append(orjson.Fragment(value))
        size += len(value)
    if waiting:
        yield _compose(group, totals, first_offset, waiting)


def _compose(
    group: Mapping[str, Any], totals: BatchTotals | None, first_offset: int, receipts: Sequence[orjson.Fragment]
) -> bytes:
    source_uri: str = group["source_uri"]
    data = {"source": source_uri, "language": group["language_code"], "totals": totals, "receipts": receipts}
    return compose_event(
        event_id=_message_id(group["kind"], source_uri, group["topic_id"], group["partition"], first_offset),
        source=RECEIPT_SOURCE,
        event_type=RECEIPT_TYPE,
        subject=source_uri,
        time=group["created_at"],
        dataschema=RECEIPT_SCHEMA,
        data=data,
    )


def _message_id(kind: str, source_uri: str, topic_id: UUID, partition: int, first_offset: int) -> UUID:
    """The same for a message that is sent again, also by a warehouse that was made anew from the same topics."""
    return uuid5(_NAMESPACE, f"{kind} {source_uri} {topic_id} {partition} {first_offset}")


def run_together(workers: Sequence[Worker], stop: threading.Event) -> None:
    """Runs workers in threads until told to stop; when one ends with an error the others stop, and it is raised."""
    errors: list[BaseException] = []

    def guarded(run: Callable[[threading.Event], None]) -> None:
        try:
            run(stop)
        except BaseException as error:  # noqa: BLE001 raised again below, by the caller's thread
            errors.append(error)
        finally:
            stop.set()

    threads = [threading.Thread(target=guarded, args=(worker.run,), name=type(worker).__name__) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
