"""The queue on disk under every publisher: an event is in it before ``publish`` returns, until Kafka has it.

An SQLite file with a write-ahead log. Each entry is a commit with ``synchronous = full``, so what was entered survives
the end of the process and of the machine; threads that enter at the same time share one commit. Deleted bytes are
overwritten and the log is emptied, for they hold personal data. What was weighed is in ADR 0010.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final, Self

from arna.errors import ConfigError
from producers import spool_sql
from producers.direct import RawMessage
from producers.packets import Draft, Packet, decode, digest_of, encode, pack, size_of
from producers.spool_errors import OtherCluster, SpoolBusy, SpoolDamaged, SpoolFull, explain
from producers.spool_files import make_private, normal_address, spool_file

__all__ = ["DAMAGED", "Entry", "Fate", "OtherCluster", "Spool", "SpoolBusy", "SpoolDamaged", "SpoolFull"]

MAX_EVENTS: Final = 1_000_000
MAX_BYTES: Final = 1 << 30
MIN_BYTES: Final = 4 << 20
"""A spool must hold more than the largest message."""
MIN_FREE_BYTES: Final = 64 << 20
"""What the spool leaves free on its disk: it needs room even to delete."""
DAMAGED: Final = "DamagedInSpool"
"""Error name of a packet that is not as it was entered."""
_WHOLE: Final = -1  # in the place of an event: the whole packet
_FORMAT: Final = 1
_BUSY_SECONDS: Final = 30.0
_VACUUM_PAGES: Final = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an event was entered: the position of its packet in the queue, and its place in the packet."""

    position: int
    place: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a packet: whether it still waits, and the error names of its refused events by place."""

    waits: bool
    refused: Mapping[int, str]

    def error_of(self, place: int) -> str | None:
        """The error name of a refused event."""
        return self.refused.get(place) or self.refused.get(_WHOLE)


@dataclass(slots=True)
class _Call:
    """The packets of one call, until the thread that commits for all has entered them."""

    drafts: list[Draft]
    positions: list[int] = field(default_factory=list)
    error: BaseException | None = None
    is_done: bool = False


class Spool:
    """The queue for one Kafka. Threads may share it, and several processes may open it; not across a fork.

    Args:
        folder: where its file lies; made, for the owner alone, where it is not there.
        bootstrap_servers: the Kafka it is for: each address has its own file.
        max_events: events beyond which it is full, the refused ones included.
        max_bytes: bytes of events beyond which it is full.

    Raises:
        ConfigError: the folder cannot be used, or a limit is too small.
        SpoolDamaged: the file is not a spool, or is broken.
    """

    def __init__(
        self, folder: Path, bootstrap_servers: str, *, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES
    ) -> None:
        if max_events < 1 or max_bytes < MIN_BYTES:
            raise ConfigError("spool", f"must be allowed 1 event and {MIN_BYTES:,} bytes at least.")
        self.max_events = max_events
        self.max_bytes = max_bytes
        address = normal_address(bootstrap_servers)
        self.file = spool_file(folder.expanduser().absolute(), address)
        self._open(address)

    @classmethod
    def at(cls, file: Path) -> Self:
        """The spool in a file that is there.

        Raises:
            SpoolDamaged: the file is not a spool, or is broken.
        """
        spool = cls.__new__(cls)
        spool.file, spool.max_events, spool.max_bytes = file, MAX_EVENTS, MAX_BYTES
        spool._open(None)
        return spool

    def _open(self, address: str | None) -> None:
        self._lock = threading.RLock()
        self._calls: list[_Call] = []
        self._calls_lock = threading.Lock()
        self._changed = threading.Condition()
        self._is_closed = False
        self._pid = os.getpid()
        make_private(self.file)
        with self._explained():
            self._db = sqlite3.connect(self.file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self.address = self._prepare(address)
            except BaseException:
                self._db.close()
                raise

    def _prepare(self, address: str | None) -> str:
        for pragma in spool_sql.PRAGMAS:
            self._db.execute(f"pragma {pragma}")
        with self._writing() as db:
            (version,) = db.execute("pragma user_version").fetchone()
            if version > _FORMAT:
                raise ConfigError("spool", f"{self.file} was made by a newer release.", "Drain it with that release.")
            if version == 0 and address is not None:
                for statement in spool_sql.SCHEMA:
                    db.execute(statement)
                db.execute("insert into state values (?, null, 1, 0, 0, null, null)", (address,))
                db.execute(f"pragma user_version = {_FORMAT}")
            elif version == 0:
                raise SpoolDamaged(f"{self.file} is not a spool.")
            (found,) = db.execute("select address from state").fetchone()
        return str(found)

    # --- access ---

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explain(error, self.file) from None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for a question; no other thread has it meanwhile."""
        if os.getpid() != self._pid:
            raise ConfigError("spool", "was opened before this process was forked.", "Make the publisher after it.")
        with self._lock, self._explained():
            if self._is_closed:
                raise ConfigError("spool", "is closed.")
            yield self._db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self.reading() as db:
            db.execute("begin immediate")
            try:
                yield db
                db.execute("commit")
            except BaseException:
                if db.in_transaction:
                    db.execute("rollback")
                raise

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait_change(self, timeout: float) -> None:
        """Waits until packets of this process came or left, at most so many seconds."""
        with self._changed:
            self._changed.wait(timeout)

    # --- entering ---

    def add(self, messages: Sequence[RawMessage]) -> list[Entry]:
        """Enters messages, all or none; they are on disk when it returns.

        A packet that waits already, byte for byte, is not entered twice: publishing a file again and again while
        Kafka is away does not fill the disk.

        Returns:
            Where each message was entered.

        Raises:
            SpoolFull: there is no room.
            ValueError: a message has neither key nor value, which Kafka does not take.
        """
        if shutil.disk_usage(self.file.parent).free < MIN_FREE_BYTES:
            raise SpoolFull(f"the disk that holds the spool {self.file} is nearly full.")
        call = _Call(pack(messages))
        with self._calls_lock:
            self._calls.append(call)
        with self.reading():
            # Whoever comes first enters for all that queued up meanwhile: one commit, one wait for the disk.
            if not call.is_done:
                with self._calls_lock:
                    calls, self._calls = self._calls, []
                self._enter(calls)
        if call.error is not None:
            raise call.error
        entries = [Entry(0, 0)] * len(messages)
        for draft, position in zip(call.drafts, call.positions, strict=True):
            for place, member in enumerate(draft.members):
                entries[member] = Entry(position, place)
        self._notify()
        return entries

    def _enter(self, calls: list[_Call]) -> None:
        try:
            with self._writing() as db:
                for call in calls:
                    db.execute("savepoint call")
                    try:
                        self._enter_call(db, call)
                    except SpoolFull as error:
                        db.execute("rollback to call")
                        call.error = error
                    db.execute("release call")
        except BaseException as error:
            for call in calls:
                call.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for call in calls:
                call.is_done = True

    def _enter_call(self, db: sqlite3.Connection, call: _Call) -> None:
        (position,) = db.execute("select next_position from state").fetchone()
        now = int(time.time())
        for draft in call.drafts:
            body = encode(draft.items)
            digest = digest_of(draft.topic, body)
            row = (position, draft.topic, len(draft.items), draft.bytes, now, digest, body)
            if db.execute(spool_sql.INSERT, row).rowcount:
                call.positions.append(position)
                position += 1
            else:
                (waiting,) = db.execute("select position from packet where digest = ?", (digest,)).fetchone()
                call.positions.append(waiting)
        db.execute("update state set next_position = ?", (position,))
        events, size = db.execute("select events, bytes from state").fetchone()
        if events > self.max_events or size > self.max_bytes:
            raise SpoolFull(
                f"the spool {self.file} is full: it may hold {self.max_events:,} events and {self.max_bytes:,} bytes. "
                "`arna spool status` says what it holds."
            )

    # --- leaving ---

    def read_after(self, position: int, skip_topics: Collection[str] = ()) -> Packet | None:
        """The next packet after a position; one that is not as it was entered is put aside.

        Args:
            position: where to begin; 0 is before the first.
            skip_topics: topics whose packets are passed over.
        """
        statement = spool_sql.NEXT.format(",".join("?" * len(skip_topics)))
        while True:
            with self.reading() as db:
                row = db.execute(statement, (position, *skip_topics)).fetchone()
            if row is None:
                return None
            if (packet := _packet(row)) is not None:
                return packet
            position = row[0]
            # Nobody can tell its events apart, so it is kept as it is.
            with self._writing() as db:
                db.execute(spool_sql.MOVE_DAMAGED, (_WHOLE, DAMAGED, int(time.time()), position))
                db.execute("delete from packet where position = ?", (position,))
            self._notify()

    def settle(self, packets: Iterable[tuple[int, Mapping[int, str]]]) -> None:
        """Deletes packets that Kafka has answered for.

        Args:
            packets: position of each, and the error names of its refused events by place; these are kept apart.
        """
        with self._writing() as db:
            for position, refused in packets:
                self._set_apart(db, position, refused)
                db.execute("delete from packet where position = ?", (position,))
        self._notify()

    def set_apart(self, position: int, refused: Mapping[int, str]) -> None:
        """Keeps refused events of a packet apart; the others stay in it and will be sent again."""
        with self._writing() as db:
            self._set_apart(db, position, refused)
        self._notify()

    def _set_apart(self, db: sqlite3.Connection, position: int, refused: Mapping[int, str]) -> None:
        packet = self._find(db, position) if refused else None
        if packet is None:
            return
        now = int(time.time())
        for place, error in refused.items():
            if (item := packet.items[place]) is not None:
                row = (position, place, packet.topic, 1, size_of(item), error, now, encode([item]))
                db.execute(spool_sql.REFUSE, row)
                packet.items[place] = None
        self._write(db, packet)

    def _find(self, db: sqlite3.Connection, position: int) -> Packet | None:
        row = db.execute(spool_sql.FIND, (position,)).fetchone()
        return None if row is None else _packet(row)

    def _write(self, db: sqlite3.Connection, packet: Packet) -> None:
        """Puts a packet in its place with the events it has now; one that has none is gone."""
        db.execute("delete from packet where position = ?", (packet.position,))
        if kept := [item for item in packet.items if item is not None]:
            body = encode(packet.items)
            digest = digest_of(packet.topic, body)
            size = sum(map(size_of, kept))
            db.execute(
                spool_sql.INSERT, (packet.position, packet.topic, len(kept), size, packet.entered_at, digest, body)
            )

    def refuse_topic(self, topic: str, error: str) -> None:
        """Keeps every waiting event of a topic apart."""
        with self.reading() as db:
            rows = db.execute("select position from packet where topic = ? order by position", (topic,)).fetchall()
        for (position,) in rows:
            with self._writing() as db:
                packet = self._find(db, position)
                self._set_apart(db, position, dict.fromkeys(range(len(packet.items) if packet else 0), error))
        self._notify()

    def retry_refused(self) -> int:
        """Puts the refused events back where they stood in the queue, to be sent once more; returns how many.

        What was damaged in the spool stays where it is.
        """
        with self._writing() as db:
            rows = db.execute("select * from refused where place >= 0 order by position, place").fetchall()
            for position, group in groupby(rows, key=itemgetter(0)):
                found = list(group)
                packet = self._find(db, position) or Packet(position, found[0][2], 0, int(time.time()), [])
                packet.items.extend([None] * (found[-1][1] + 1 - len(packet.items)))
                for _, place, _, _, _, _, _, body in found:
                    (packet.items[place],) = decode(body)
                self._write(db, packet)
            db.execute("delete from refused where place >= 0")
        self._notify()
        return len(rows)

    def discard_refused(self) -> int:
        """Deletes the refused events for good; returns how many."""
        with self._writing() as db:
            (events,) = db.execute("select coalesce(sum(events), 0) from refused").fetchone()
            db.execute("delete from refused")
        self.tidy()
        return int(events)

    # --- asking ---

    def is_empty(self) -> bool:
        """Whether nothing waits; what was refused does not."""
        with self.reading() as db:
            return db.execute("select 1 from packet limit 1").fetchone() is None

    def count_waiting(self) -> int:
        """How many events wait."""
        with self.reading() as db:
            return int(db.execute(spool_sql.COUNT_WAITING).fetchone()[0])

    def count_refused(self) -> int:
        """How many events were refused."""
        with self.reading() as db:
            return int(db.execute("select coalesce(sum(events), 0) from refused").fetchone()[0])

    def fate(self, position: int) -> Fate:
        """What became of a packet."""
        with self.reading() as db:
            waits = db.execute("select 1 from packet where position = ?", (position,)).fetchone() is not None
            rows = db.execute("select place, error from refused where position = ?", (position,)).fetchall()
        return Fate(waits, dict(rows))

    def waiting_positions(self, first: int, last: int) -> set[int]:
        """Which packets between two positions, both included, still wait."""
        with self.reading() as db:
            rows = db.execute("select position from packet where position between ? and ?", (first, last))
            return {position for (position,) in rows}

    # --- keeping ---

    def bind_cluster(self, cluster_id: str | None, *, accept: bool = False) -> None:
        """Remembers whose events wait: the id of the Kafka cluster that answers at the address.

        Args:
            cluster_id: the id; None where the brokers give none.
            accept: send what waits to this cluster although it was entered for another.

        Raises:
            OtherCluster: events wait for a cluster with another id.
        """
        if cluster_id is None:
            return
        with self._writing() as db:
            (known,) = db.execute("select cluster_id from state").fetchone()
            if known == cluster_id:
                return
            if known is not None and not accept and db.execute("select 1 from packet limit 1").fetchone():
                raise OtherCluster(
                    f"the Kafka at {self.address} is not the one that the events in {self.file} wait for. If they "
                    "belong there, `arna spool drain --accept-cluster` sends them."
                )
            db.execute("update state set cluster_id = ?", (cluster_id,))

    def note_error(self, name: str) -> None:
        """Remembers why draining does not go on, for ``arna spool status``."""
        with self._writing() as db:
            db.execute("update state set last_error = ?, last_error_at = ?", (name, int(time.time())))

    def tidy(self) -> None:
        """Gives deleted pages back to the disk and empties the log, so that no personal data lingers in it."""
        while True:
            # Step by step, so that nobody waits long to enter; `execute` would give back a single page.
            with self.reading() as db:
                db.executescript(f"pragma incremental_vacuum({_VACUUM_PAGES})")
                if not db.execute("pragma freelist_count").fetchone()[0]:
                    break
        with self.reading() as db:
            # Where another process reads at this moment, the log is emptied the next time.
            db.execute("pragma busy_timeout = 0")
            db.execute("pragma wal_checkpoint(truncate)").fetchall()
            db.execute(f"pragma busy_timeout = {int(_BUSY_SECONDS * 1000)}")

    def close(self) -> None:
        """Closes the file; does nothing the second time."""
        with self._lock:
            self._is_closed = True
            self._db.close()


def _packet(row: tuple[int, str, int, int, bytes, bytes]) -> Packet | None:
    """The packet of a row; None where it is not what was entered."""
    position, topic, size, entered_at, digest, body = row
    return Packet(position, topic, size, entered_at, decode(body)) if digest_of(topic, body) == digest else None
