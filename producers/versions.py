"""Counts versions for sources that have none: what differs from what was last published is one higher.

A school's spreadsheet knows no version of a row. This file remembers, for each subject, a hash of its last state, its
version and its time, so that the same file published again is the same events, and an edited row is exactly one
new version of itself. It is kept on the machine that publishes, in the folder of the spool: whoever publishes a source
from two machines, or loses the file, must give versions himself, or the warehouse refuses them as conflicts.

A version is written down before its event is sent: after a crash the file, published again, gives the same events.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import orjson

from arna.contracts.envelope import to_json_values
from arna.errors import ConfigError, ContractError
from arna.settings import get_settings
from producers.rows import LATER_ACTIONS, AdaptedRow, Draft
from producers.spool_files import command_folder, make_private

FILE_NAME: Final = "versions.sqlite"
_BUSY_SECONDS: Final = 30.0
# These statements are here and not in `sql/`: that folder is the warehouse's, and a publisher has none.
_SCHEMA: Final = """create table if not exists last_version (
    source text not null, entity text not null, subject blob not null, content blob not null, version integer not null,
    occurred_at text not null, primary key (source, entity, subject)) without rowid"""
_FIND: Final = "select content, version, occurred_at from last_version where source = ? and entity = ? and subject = ?"
_KEEP: Final = "insert or replace into last_version values (?, ?, ?, ?, ?, ?)"


def count_versions(rows: Iterable[AdaptedRow], memory: VersionMemory) -> Iterator[AdaptedRow]:
    """The same rows, with versions counted for those that have none of their own.

    An event with an id of its own, or with a version above one, is left as it is.
    """
    for row in rows:
        draft = row.draft
        if draft is None or draft.event_id is not None or draft.record_version != 1 or not draft.subject:
            yield row
        else:
            yield replace(row, draft=count_version(draft, memory))


def count_version(draft: Draft, memory: VersionMemory) -> Draft:
    """The draft with the version that comes next, or with the version and time under which its state was published.

    The next version is at least the draft's own.
    """
    version, moment = memory.version_of(draft, _content_of(draft))
    action = LATER_ACTIONS.get(draft.action, draft.action) if version > draft.record_version else draft.action
    return replace(draft, action=action, record_version=version, occurred_at=moment)


def _content_of(draft: Draft) -> bytes:
    """A hash of the state that a draft carries; neither its version nor its time is part of the state."""
    try:
        content = orjson.dumps([draft.action, to_json_values(draft.data)], option=orjson.OPT_SORT_KEYS, default=str)
    except (TypeError, ValueError, RecursionError):
        content = b""  # no JSON: it breaks its contract and will not be published
    return hashlib.sha256(content).digest()


class VersionMemory:
    """The last version of every subject that this machine published; a context manager.

    Args:
        file: where it is kept; made when it is not there.
        remember: whether what is counted is written down; not in a dry run.

    Raises:
        ConfigError: the file cannot be made or is no such file.
    """

    def __init__(self, file: Path, *, remember: bool = True) -> None:
        self._remember = remember
        if remember:
            make_private(file)
        try:
            where = file if file.exists() else ":memory:"
            self._connection = sqlite3.connect(where, timeout=_BUSY_SECONDS, isolation_level=None)
            self._connection.execute("pragma journal_mode = wal")
            # Survives the end of the process. After a power cut the newest rows may be counted once more, which the
            # warehouse answers with a conflict for those that were edited since.
            self._connection.execute("pragma synchronous = normal")
            self._connection.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise ConfigError(
                "version: counted", f"{file.name} beside the spool cannot be used ({type(error).__name__})."
            ) from None

    @classmethod
    def open(cls, *, remember: bool = True) -> Self:
        """The memory in the folder of the spool."""
        return cls(command_folder(get_settings()) / FILE_NAME, remember=remember)

    def version_of(self, draft: Draft, content: bytes) -> tuple[int, datetime]:
        """The version and the time of a state: as they were, where it is the last one published, else one higher.

        A state that breaks its contract is not remembered, for it is not published.

        Args:
            draft: the state.
            content: its hash.
        """
        # An id may name a person, so it is kept as a hash too.
        key = (draft.source, str(draft.entity), hashlib.sha256(draft.subject.encode()).digest())
        last = self._connection.execute(_FIND, key).fetchone()
        if last is None or last[0] != content:
            if not self._remember or not _keeps_its_contract(draft):
                return _next_version(draft, last), draft.occurred_at
            self._connection.execute("begin immediate")
            last = self._connection.execute(_FIND, key).fetchone()
            if last is None or last[0] != content:
                last = (content, _next_version(draft, last), draft.occurred_at.isoformat())
                self._connection.execute(_KEEP, (*key, *last))
            self._connection.execute("commit")
        return int(last[1]), datetime.fromisoformat(last[2])

    def keep(self, draft: Draft) -> None:
        """Notes a state to which its source gave the version, so that what is counted after it is higher."""
        key = (draft.source, str(draft.entity), hashlib.sha256(draft.subject.encode()).digest())
        last = self._connection.execute(_FIND, key).fetchone()
        is_known = last is not None and int(last[1]) >= draft.record_version
        if is_known or not self._remember or not _keeps_its_contract(draft):
            return
        self._connection.execute("begin immediate")
        last = self._connection.execute(_FIND, key).fetchone()
        if last is None or int(last[1]) < draft.record_version:
            state = (_content_of(draft), draft.record_version, draft.occurred_at.isoformat())
            self._connection.execute(_KEEP, (*key, *state))
        self._connection.execute("commit")

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _next_version(draft: Draft, last: tuple[bytes, int, str] | None) -> int:
    return draft.record_version if last is None else max(draft.record_version, int(last[1]) + 1)


def _keeps_its_contract(draft: Draft) -> bool:
    try:
        draft.check()
    except (ContractError, TypeError, ValueError):
        return False
    return True
