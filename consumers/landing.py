"""The landing transaction: rows, rejections, persons and offsets together, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from arna.contracts.registry import Entity
from arna.errors import TransientError
from arna.warehouse.database import Database, Session, StatementError
from consumers.micro_batch import MicroBatch
from consumers.positions import Gap, Move, Place
from consumers.rows import HEADER, TRAILER

_COPY_CHUNK_ROWS: Final = 512
_UNIQUE_VIOLATION: Final = "23505"


class PartitionMoved(TransientError):
    """Another lander has moved a partition: what was fetched of it is dropped, and read again where it stands now."""


@dataclass(frozen=True, slots=True)
class StoredOffset:
    """A row of ``ops.landing_offset``."""

    topic_id: UUID
    partition: int
    topic_name: str
    start_offset: int
    next_offset: int


class LandingStore:
    """What the lander reads and writes in the warehouse.

    Args:
        database: as role ``arna_lander``; one connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._expects_new_persons = True

    def prepare(self) -> None:
        """Makes this month's and the next month's partitions of raw."""
        self._database.fetch_all("landing/ensure_raw_partitions.sql")

    def list_offsets(self, topic_names: Iterable[str]) -> list[StoredOffset]:
        """Where landing stands in each partition of each incarnation of the topics."""
        rows = self._database.fetch_all("landing/list_offsets.sql", {"topic_names": list(topic_names)})
        return [StoredOffset(**row) for row in rows]

    def begin_partition(self, place: Place, start_offset: int) -> None:
        """Starts to answer for a partition, unless another lander has done so."""
        self._database.execute(
            "landing/insert_offset.sql",
            {**_place(place), "topic_name": place.topic, "entity": str(place.entity), "start_offset": start_offset},
        )

    def skip(self, gap: Gap) -> None:
        """Declares a gap and moves past it.

        Raises:
            PartitionMoved: the partition does not stand where the gap begins.
        """
        with self._database.session() as session:
            _move(session, [Move(gap.place, gap.from_offset, gap.to_offset)])
            _declare(session, [gap])

    def land(self, batch: MicroBatch) -> None:
        """Writes a micro-batch in one transaction.

        1. Move the offsets by compare-and-set. That takes the partitions' row locks first, so a lander that lost its
           partitions without knowing waits here, then finds them moved, and writes nothing.
        2. Declare the gaps.
        3. COPY the events into raw.
        4. Store the persons that are new.
        5. COPY the rejections; a trigger writes their dead letters into the outbox.
        6. Commit.

        Raises:
            PartitionMoved: somebody else landed these offsets.
            WarehouseUnavailable: nothing was written.
            CommitOutcomeUnknown: it may have been written; only ``ops.landing_offset`` can tell.
        """
        with self._database.session() as session:
            # 1. Move the offsets.
            _move(session, batch.moves)
            # 2. Declare the gaps.
            _declare(session, batch.gaps)
            # 3. Events.
            _copy_events(session, batch.rows)
            # 4. Persons.
            self._store_persons(session, batch.persons)
            # 5. Rejections.
            if batch.rejections:
                with session.copy_in("ops/copy_rejections.sql") as copy:
                    for rejection in batch.rejections:
                        copy.write_row(rejection.as_row())
            # 6. Commit, as the session ends.

    def _store_persons(self, session: Session, persons: list[bytes]) -> None:
        """Straight into the vault while all are new, which costs half; by way of a draft once one was known.

        Sorted by token: two landers that meet the same persons then wait for each other, never in a circle.
        """
        if not persons:
            return
        persons.sort()
        if self._expects_new_persons:
            try:
                with session.savepoint():
                    _copy_rows(session, "landing/copy_persons.sql", persons)
            except StatementError as error:
                if error.sqlstate != _UNIQUE_VIOLATION:
                    raise
            else:
                return
        session.execute("landing/create_person_draft.sql")
        _copy_rows(session, "landing/copy_person_draft.sql", persons)
        stored = session.execute("landing/insert_persons.sql")
        self._expects_new_persons = stored == len(persons)


_COPY_RAW: Final[Mapping[Entity, str]] = {entity: f"landing/copy_raw_{entity}.sql" for entity in Entity}


def _copy_events(session: Session, events: Mapping[Entity, Sequence[bytes]]) -> None:
    """Straight into the month's partitions. ``LandingStore.prepare`` made them, the next month's too."""
    month = session.fetch_one("landing/read_month.sql") or {}
    for entity, rows in events.items():
        _copy_rows(session, _COPY_RAW[entity], rows, {"partition": f"{entity}{month['suffix']}"})


def _copy_rows(session: Session, sql_name: str, rows: Sequence[bytes], names: Mapping[str, str] | None = None) -> None:
    if not rows:
        return
    with session.copy_in(sql_name, names) as copy:
        copy.write(HEADER)
        # In pieces, so that the server stores the first rows while the next ones are joined and sent.
        for start in range(0, len(rows), _COPY_CHUNK_ROWS):
            copy.write(b"".join(rows[start : start + _COPY_CHUNK_ROWS]))
        copy.write(TRAILER)


def _move(session: Session, moves: Sequence[Move]) -> None:
    # In one order for all landers, so that two of them cannot wait for each other in a circle.
    ordered = sorted(moves, key=lambda move: (move.place.topic_id, move.place.partition))
    touched = session.execute_many(
        "landing/move_offset.sql",
        [
            {**_place(move.place), "expected_offset": move.expected_offset, "next_offset": move.next_offset}
            for move in ordered
        ],
    )
    if touched != len(ordered):
        message = f"another lander moved {len(ordered) - touched} of {len(ordered)} partitions."
        raise PartitionMoved(message)


def _declare(session: Session, gaps: Sequence[Gap]) -> None:
    if gaps:
        session.execute_many(
            "landing/declare_gap.sql",
            [
                {
                    **_place(gap.place),
                    "from_offset": gap.from_offset,
                    "to_offset": gap.to_offset,
                    "reason": str(gap.reason),
                }
                for gap in gaps
            ],
        )


def _place(place: Place) -> dict[str, Any]:
    return {"topic_id": place.topic_id, "partition": place.partition}
