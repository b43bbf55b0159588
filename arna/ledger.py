"""The ledger: what became of each event, how far each partition is, and waiting until all is settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from arna.errors import TransientError
from arna.topics import ENTITIES, Offsets, event_topic, read_offsets
from arna.warehouse.database import Database, Session

EVENT_TOPICS = tuple(event_topic(entity) for entity in ENTITIES)


@dataclass(frozen=True, slots=True)
class PartitionProgress:
    """How far one partition of one incarnation of a topic is.

    Attributes:
        next_offset: offset to land next.
        loaded_offset: offsets below it are settled.
        unsettled_count: landed offsets that are neither settled nor held.
        held_count: offsets in held batches.
    """

    topic: str
    entity: str
    partition: int
    next_offset: int
    loaded_offset: int
    topic_id: UUID
    unsettled_count: int
    held_count: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """The ledger of one entity. landed = loaded + superseded + duplicate + rejected + held + pending."""

    entity: str
    landed: int
    loaded: int
    superseded: int
    duplicate: int
    rejected: int
    held: int
    pending: int
    incident_count: int
    first_incident_batch_id: int | None


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """A batch that awaits an engineer."""

    batch_id: int
    entity: str
    event_count: int
    held_rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still on its way.

    Attributes:
        to_land: offsets in Kafka that are not in the warehouse.
        to_load: landed offsets that are neither settled nor held.
        held: batches that await an engineer; they move only when one acts.
    """

    to_land: int
    to_load: int
    held: tuple[HeldBatch, ...]

    @property
    def remaining(self) -> int:
        """Offsets that are neither settled nor held."""
        return self.to_land + self.to_load


@dataclass(frozen=True, slots=True)
class WaitResult:
    """How a wait ended: ``backlog`` is the last one seen, None when it could never be read."""

    backlog: Backlog | None
    seconds: float

    @property
    def is_settled(self) -> bool:
        """Whether all that is published is loaded or rejected."""
        return self.backlog is not None and self.backlog.remaining == 0 and not self.backlog.held


def partition_progress(database: Database) -> list[PartitionProgress]:
    """Progress of every partition that was ever landed from, older incarnations of a topic first."""
    return [
        PartitionProgress(topic=row.pop("topic_name"), **row)
        for row in database.fetch_all("ops/list_partition_progress.sql")
    ]


def ledger_totals(session: Session) -> list[LedgerTotals]:
    """The ledger by entity; entities that have landed nothing are left out."""
    return [LedgerTotals(**row) for row in session.fetch_all("ops/sum_ledger.sql")]


def held_batches(database: Database) -> tuple[HeldBatch, ...]:
    """All batches that await an engineer."""
    rows = database.fetch_all("ops/list_held_batches.sql")
    return tuple(HeldBatch(**{**row, "held_rules": tuple(row["held_rules"])}) for row in rows)


def read_backlog(database: Database, bootstrap_servers: str) -> Backlog:
    """What is still on its way, by Kafka's offsets and the warehouse's.

    Raises:
        TransientError: Kafka or PostgreSQL does not answer.
    """
    progress = partition_progress(database)
    held = held_batches(database)
    kafka = read_offsets(bootstrap_servers, EVENT_TOPICS)
    return Backlog(
        to_land=count_waiting(kafka, progress),
        to_load=sum(row.unsettled_count for row in progress),
        held=held,
    )


def count_waiting(kafka: Offsets, progress: Sequence[PartitionProgress]) -> int:
    """Offsets in Kafka's present topics that are not landed."""
    landed = {(row.topic, row.partition): row.next_offset for row in progress if is_current(kafka, row)}
    return sum(max(0, end - landed.get(place, kafka.begin[place])) for place, end in kafka.end.items())


def is_current(kafka: Offsets, row: PartitionProgress) -> bool:
    """Whether a row is of the incarnation of its topic that Kafka has now."""
    return kafka.topic_ids.get(row.topic) == row.topic_id


def wait_until_settled(
    database: Database,
    bootstrap_servers: str,
    timeout: float,
    on_progress: Callable[[Backlog], None] = lambda _: None,
    poll_seconds: float = 0.5,
) -> WaitResult:
    """Waits until all that is published is loaded or rejected.

    Ends early when only held batches are left: those wait for a person. Outages on the way are waited out.

    Args:
        database: the warehouse.
        bootstrap_servers: Kafka.
        timeout: seconds after which to give up.
        on_progress: called with each backlog.
        poll_seconds: time between two looks.
    """
    started = time.monotonic()
    backlog: Backlog | None = None
    while True:
        try:
            backlog = read_backlog(database, bootstrap_servers)
            on_progress(backlog)
        except TransientError:
            backlog = None
        seconds = time.monotonic() - started
        if (backlog is not None and backlog.remaining == 0) or seconds >= timeout:
            return WaitResult(backlog, seconds)
        time.sleep(min(poll_seconds, max(0.0, timeout - seconds)))
