"""Batches: which landed events are loaded together, and how each of them is settled.

A batch is a frozen set of offset ranges of one entity. Its life::

    claim ─► claimed ──stage, validate──► validated ──settle──► loaded
                │                             ▲
                └──a batch rule failed──► held ├─release─► claimed (its batch rules only warn)
                                              └─discard─► discarded (each event becomes a rejection)

All of it runs under the entity's advisory lock (``Database.entity_lock``). Every step may be run again, by two
workers at once, or after a crash between or inside the transactions, and leaves the same core:
a step looks at the batch's state and at the stage before it acts, and acts in one transaction.
Nothing here knows Airflow or Great Expectations. Here: the batch itself; ``arna.staging`` types and marks its
rows, ``arna.settling`` loads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from arna import __version__
from arna.contracts.registry import SPECS, Entity
from arna.contracts.rules import RejectionClass, Rule, Severity
from arna.errors import ArnaError
from arna.warehouse.database import Database, Session

OPEN_STATES: Final = ("claimed", "validated")

BATCH_DISCARDED: Final = Rule(
    rule_id="batch_discarded",
    rejection_class=RejectionClass.RULE_FAILED,
    severity=Severity.CRITICAL,
    kk="Оқиғаның партиясын инженер қабылдамады; деректерді түзетіп, қайта жіберіңіз.",
    ru="Партию события отклонил инженер; исправьте данные и отправьте снова.",
    en="An engineer discarded the event's batch; correct the data and send them again.",
)


class BatchStateError(ArnaError):
    """The batch is not in a state that allows this, or there is no such batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands.

    Attributes:
        batch_id: its number.
        entity: what its events are about.
        state: claimed, validated, held, loaded or discarded.
        event_count: how many events its offsets hold (offsets whose message was refused at landing do not count).
        is_released: whether an engineer lets it pass its batch rules.
        held_rules: the batch rules it broke when it was held.
    """

    batch_id: int
    entity: Entity
    state: str
    event_count: int
    is_released: bool
    held_rules: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it still has to be loaded."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a batch's events; the four numbers add up to ``Batch.event_count``."""

    loaded: int
    superseded: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch with its times, for people."""

    batch_id: int
    entity: str
    state: str
    event_count: int
    is_released: bool
    held_rules: list[str]
    claimed_at: datetime
    validated_at: datetime | None
    settled_at: datetime | None
    note: str | None


def claim(db: Database, entity: Entity, max_events: int) -> Batch | None:
    """The batch to work on: an unfinished one, else a new one of all that is landed and not claimed.

    A range whose messages were all refused at landing has nothing to load and is settled at once.

    Args:
        db: the warehouse.
        entity: whose events.
        max_events: upper bound of a new batch; what is left over is claimed next.

    Returns:
        None when nothing waits, or when another worker holds the entity's lock.
    """
    with db.entity_lock(str(entity)) as is_locked:
        while is_locked:
            with db.session() as session:
                row = session.fetch_one("load/open_batch.sql", {"entity": entity})
                if row is None:
                    row = _create_batch(session, entity, max_events)
                if row is None:
                    return None
                batch = _batch(row)
                if batch.event_count > 0:
                    return batch
                finish_batch(session, batch, "loaded")
    return None


def get_batch(db: Database, batch_id: int) -> Batch:
    """One batch.

    Raises:
        BatchStateError: there is none of this number.
    """
    with db.session() as session:
        return read_batch(session, batch_id)


def release_batch(db: Database, batch_id: int, note: str | None = None) -> Batch:
    """Lets a held batch be loaded at the next run; its batch rules only warn then.

    Raises:
        BatchStateError: it is not held.
    """
    with db.session() as session:
        batch = read_batch(session, batch_id)
        if not session.execute("load/release_batch.sql", {"batch_id": batch_id, "note": note}):
            message = f"batch {batch_id} is {batch.state}; only a held batch can be released."
            raise BatchStateError(message)
        return replace(batch, state="claimed", is_released=True)


def discard_batch(db: Database, batch_id: int, note: str | None = None) -> int:
    """Rejects every event of a held batch that is not settled yet; returns how many.

    Raises:
        BatchStateError: it is not held.
    """
    with db.session() as session:
        batch = read_batch(session, batch_id)
        if batch.state != "held":
            message = f"batch {batch_id} is {batch.state}; only a held batch can be discarded."
            raise BatchStateError(message)
        rejected = 0
        for row in session.fetch_all("load/list_ranges.sql", {"batch_id": batch_id}):
            rejected += reject_range(
                session, batch, BATCH_DISCARDED, row["topic_id"], row["partition"], row["from_offset"], row["to_offset"]
            )
        finish_batch(session, batch, "discarded", note)
        return rejected


def list_batches(
    db: Database,
    *,
    entity: str | None = None,
    state: str | None = None,
    batch_id: int | None = None,
    limit: int = 50,
) -> list[BatchRecord]:
    """Batches, the newest first."""
    params = {"entity": entity, "state": state, "batch_id": batch_id, "max_rows": limit}
    return [BatchRecord(**row) for row in db.fetch_all("load/list_batches.sql", params)]


def list_results(db: Database, batch_id: int) -> list[dict[str, Any]]:
    """What the expectations found in a batch, failures first; counts and rule ids, no values."""
    return db.fetch_all("load/list_validation.sql", {"batch_id": batch_id})


def count_settled(db: Database, batch: Batch) -> Settlement:
    """What has become of a batch's events so far."""
    with db.session() as session:
        return read_settlement(session, batch)


def read_batch(session: Session, batch_id: int) -> Batch:
    """One batch; its row is locked to the end of the transaction.

    Raises:
        BatchStateError: there is none of this number.
    """
    row = session.fetch_one("load/get_batch.sql", {"batch_id": batch_id})
    if row is None:
        message = f"there is no batch {batch_id}."
        raise BatchStateError(message)
    return _batch(row)


def entity_names(entity: Entity) -> dict[str, str]:
    """The identifiers that the statements of ``sql/load`` name."""
    return {"entity": str(entity), "subject": SPECS[entity].id_field}


def finish_batch(session: Session, batch: Batch, state: str, note: str | None = None) -> None:
    """Notes the end of a batch."""
    session.execute("load/finish_batch.sql", {"batch_id": batch.batch_id, "state": state, "note": note})


def reject_range(
    session: Session, batch: Batch, rule: Rule, topic_id: UUID, partition: int, start: int, end: int
) -> int:
    """Rejects every event of a range that is not settled yet, for one reason; returns how many."""
    return session.execute(
        "load/discard_events.sql",
        {
            "entity": str(batch.entity),
            "batch_id": batch.batch_id,
            "topic_id": topic_id,
            "partition": partition,
            "from_offset": start,
            "to_offset": end,
            "rejection_class": str(rule.rejection_class),
            "rule_id": rule.rule_id,
            "message_kk": rule.kk,
            "message_ru": rule.ru,
            "message_en": rule.en,
            "release": __version__,
        },
        entity_names(batch.entity),
    )


def read_settlement(session: Session, batch: Batch) -> Settlement:
    """What has become of a batch's events so far."""
    row = session.fetch_one("load/count_loaded.sql", {"batch_id": batch.batch_id}, entity_names(batch.entity)) or {}
    return Settlement(
        loaded=row["loaded"], superseded=row["superseded"], duplicates=row["duplicates"], rejected=row["rejected"]
    )


def _create_batch(session: Session, entity: Entity, max_events: int) -> dict[str, Any] | None:
    claimed = session.fetch_one("load/claim_ranges.sql", {"entity": entity, "max_events": max_events})
    if claimed is None:
        return None
    return session.fetch_one("load/count_events.sql", {"batch_id": claimed["batch_id"]}, entity_names(entity))


def _batch(row: Mapping[str, Any]) -> Batch:
    return Batch(
        batch_id=row["batch_id"],
        entity=Entity(row["entity"]),
        state=row["state"],
        event_count=row["event_count"],
        is_released=row["is_released"],
        held_rules=tuple(row["held_rules"]),
    )
