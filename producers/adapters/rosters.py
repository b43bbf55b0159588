"""Rosters, a full set and then its changes, as enrolments.

Several sets are first put together, in the order in which the source made them: a *bulk* file replaces what is known of
its table, a *delta* changes it. What is then published is each enrolment as it stands after the last of them, which is
what a full newer set would give: so changes of the rows that enrolments point to (a class gets another title) reach
every enrolment that is made of them. An enrolment that a newer full set leaves out is not published: absence says
nothing about a learner.

One set is streamed: only the rows that its enrolments point to are held. Of several, the enrolments are held too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from producers.adapters.csv_sets import Record, Row
from producers.adapters.roster_events import (
    RepeatedIds,
    Roster,
    RosterOptions,
    check_row,
    draft_enrolment,
    read_modified,
)
from producers.rows import AdaptedRow, Draft, Refusal
from producers.versions import count_version

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "orgs": (),
    "sessions": ("startDate", "endDate"),
    "courses": (),
    "classes": (),
    "users": (),
    "roles": (),
    "demographics": ("birthDate",),
}
"""Table to its columns that hold dates, in the order in which tables are read."""
_ENROLMENT_DATES: Final = ("beginDate", "endDate")


@dataclass(frozen=True, slots=True)
class Table:
    """One file of a set.

    Attributes:
        records: its records under OneRoster's names.
        is_delta: it holds changes only.
    """

    records: Iterable[Record]
    is_delta: bool = False


@dataclass(frozen=True, slots=True)
class RosterSet:
    """One delivery of a source.

    Attributes:
        name: name of the folder or archive.
        tables: the files that it has, of those in ``TABLES``.
        enrolments: its enrolments; None where it has only changes of other rows.
    """

    name: str
    tables: Mapping[str, Table]
    enrolments: Table | None


def read_sets(
    sets: Iterable[RosterSet], roster: Roster, options: RosterOptions, *, is_only_set: bool
) -> Iterator[AdaptedRow]:
    """One row for each enrolment as it stands after the last set, and one for each row of a file that is unusable.

    Args:
        sets: the sets, in the order in which the source made them.
        roster: what is known before the first; it is changed.
        options: what the sets do not say.
        is_only_set: there is one; then each of its lines is a row, and none is held.
    """
    reader = _Reader(roster, options, is_only_set)
    for one in sets:
        yield from reader.read(one)
    yield from reader.finish()


@dataclass(slots=True)
class _Reader:
    roster: Roster
    options: RosterOptions
    is_only_set: bool
    held: dict[str, Record] = field(default_factory=dict)

    def read(self, one: RosterSet) -> Iterator[AdaptedRow]:
        for name, dates in TABLES.items():
            if name in one.tables:
                yield from self._merge(one, name, one.tables[name], dates)
        self.roster.forget_roles_of_users()
        if one.enrolments is None:
            return
        repeated = RepeatedIds()
        for record in one.enrolments.records:
            refusal = record.problem or check_row(record.cells, _ENROLMENT_DATES, is_delta=one.enrolments.is_delta)
            refusal = refusal or repeated.check(record.cells)
            if refusal is not None:
                yield self._refused(record, one, refusal)
            elif self.is_only_set:
                yield self._adapt(record)
            else:
                self._hold(self._name(record, one))

    def finish(self) -> Iterator[AdaptedRow]:
        for record in self.held.values():
            yield self._adapt(record)

    def _merge(self, one: RosterSet, name: str, table: Table, dates: tuple[str, ...]) -> Iterator[AdaptedRow]:
        rows: dict[str, Row] = getattr(self.roster, name)
        if not table.is_delta:
            rows.clear()
        repeated = RepeatedIds()
        for record in table.records:
            refusal = record.problem or check_row(record.cells, dates, is_delta=table.is_delta)
            refusal = refusal or repeated.check(record.cells)
            if refusal is not None:
                yield self._refused(record, one, refusal)
                continue
            key = record.cells["sourcedId"]
            if not _is_older(record.cells, rows.get(key)):
                rows[key] = record.cells

    def _hold(self, record: Record) -> None:
        known = self.held.get(record.cells["sourcedId"])
        if known is None or not _is_older(record.cells, known.cells):
            self.held[record.cells["sourcedId"]] = record

    def _name(self, record: Record, one: RosterSet) -> Record:
        return record if self.is_only_set else replace(record, file=f"{one.name}/{record.file}")

    def _refused(self, record: Record, one: RosterSet, refusal: Refusal) -> AdaptedRow:
        named = self._name(record, one)
        return AdaptedRow(named.file, named.row, refusal=refusal)

    def _adapt(self, record: Record) -> AdaptedRow:
        result = draft_enrolment(record.cells, self.roster, self.options)
        if isinstance(result, Refusal):
            return AdaptedRow(record.file, record.row, refusal=result)
        draft, is_dated = result
        return AdaptedRow(record.file, record.row, self._with_version(draft, is_dated))

    def _with_version(self, draft: Draft, is_dated: bool) -> Draft:
        memory = self.options.memory
        if memory is None or not draft.subject:
            return draft
        if is_dated or self.options.record_version > 1:
            # The source gave the version; what is counted later must be higher.
            memory.keep(draft)
            return draft
        return count_version(draft, memory)


def _is_older(row: Row, known: Row | None) -> bool:
    before, now = (read_modified((one or {}).get("dateLastModified", "")) for one in (known, row))
    return before is not None and now is not None and now < before
