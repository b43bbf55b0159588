"""One enrolment of a roster as a draft event: the rules that OneRoster and School Data Sync share.

A roster is a set of tables by ``sourcedId`` under OneRoster's names; its formats bring their records into that form.

The *version* of an event is the latest ``dateLastModified`` of all the rows that it is made of (the enrolment, its
user, class, course, organisation, sessions, demographics) in milliseconds: a class that gets another title changes
every enrolment in it. What ends because its day has come is at least as late as that day. A row without
``dateLastModified`` counts as ``record_version``, one more when it has ended and two more when it is taken back; where
the publisher keeps a memory, the version of such an event is counted instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from arna.contracts.fields import is_date
from arna.contracts.identifiers import is_valid_bin, is_valid_iin
from arna.contracts.registry import Entity
from producers.adapters.csv_sets import UTF_8, Row
from producers.identities import Identities
from producers.rows import KAZAKHSTAN_TIME, NOT_A_LEARNER, Draft, Refusal, language_of, parse_moment, start_of
from producers.versions import VersionMemory

STATUSES: Final = frozenset({"", "active", "tobedeleted"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: Final = {"school": "school", "college": "college", "university": "university"}
_PARTS: Final = frozenset({"department", "campus", "division", "program"})
"""Organisations inside another one: who is enrolled there is enrolled at the school or college above it."""
_PRESCHOOL: Final = frozenset({"it", "pr", "pk", "tk", "kg"})
_NO_GRADE: Final = frozenset({"13", "ps", "ug", "other", "undergraduate", "graduate", "postgraduate", "doctorate"})
_YEARS: Final = {f"ps{year}": year for year in range(1, 7)}
_HIGHER_LEVELS: Final = {"graduate": 7, "postgraduate": 7, "doctorate": 8}
_IIN_TYPES: Final = frozenset({"iin", "иин", "жсн"})
_USER_ID: Final = re.compile(r"\{\s*([^:{}]+?)\s*:\s*([^{}]*?)\s*\}")
_ACTIONS: Final = {"active": "started", "ended": "ended", "voided": "voided"}
_RANKS: Final = {"active": 0, "ended": 1, "voided": 2}
_LEVEL_UNKNOWN: Final = 3


@dataclass(frozen=True, slots=True)
class RosterOptions:
    """What a roster does not say.

    Attributes:
        source: CloudEvents source of the events.
        identities: where IINs and BINs come from.
        defaults: contract fields by path (``kato``, ``language``, ``organisation.bin``), where the roster has none.
        as_of: the day for which the set, of several the last, speaks; unset: nothing is taken as ended.
        record_version: version of rows without ``dateLastModified``; above 1 it is not counted.
        iin_column: column of the users that holds their IIN; unset: only the places of the standard.
        encoding: encoding of the files.
        memory: counts the versions of rows without ``dateLastModified``; None: they have ``record_version``.
    """

    source: str
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    as_of: date | None = None
    record_version: int = 1
    iin_column: str | None = None
    encoding: str = UTF_8
    memory: VersionMemory | None = None


@dataclass(slots=True)
class Roster:
    """The rows of a roster by table and ``sourcedId``.

    Attributes:
        namespace: whose local ids these are, for synthetic identities.
        columns: names of the tables' columns in the file, where they are not OneRoster's.
    """

    namespace: str
    columns: Mapping[str, str] = field(default_factory=dict)
    users: dict[str, Row] = field(default_factory=dict)
    classes: dict[str, Row] = field(default_factory=dict)
    courses: dict[str, Row] = field(default_factory=dict)
    orgs: dict[str, Row] = field(default_factory=dict)
    sessions: dict[str, Row] = field(default_factory=dict)
    demographics: dict[str, Row] = field(default_factory=dict)
    roles: dict[str, Row] = field(default_factory=dict)
    _roles_of_users: dict[str, set[str]] | None = None

    def forget_roles_of_users(self) -> None:
        """To be called when roles have changed."""
        self._roles_of_users = None

    def roles_of(self, user: Row) -> set[str]:
        """The roles of a user: those of ``roles`` that are not taken back, and the one in its own row."""
        if self._roles_of_users is None:
            self._roles_of_users = {}
            for row in self.roles.values():
                if row.get("status", "").lower() != "tobedeleted":
                    self._roles_of_users.setdefault(row["userSourcedId"], set()).add(row["role"].lower())
        own = user.get("role", "").lower()
        return self._roles_of_users.get(user["sourcedId"], set()) | ({own} if own else set())

    def refuse(self, rejection_class: str, rule_id: str, column: str) -> Refusal:
        """A refusal that names the column as the file has it."""
        name = self.columns.get(column, column)
        return Refusal(rejection_class, rule_id, f"/{name}", name)


def split_ids(cell: str | None) -> list[str]:
    """The parts of a cell that is a list."""
    return [part.strip() for part in (cell or "").split(",") if part.strip()]


@lru_cache(maxsize=65_536)
def read_modified(text: str) -> datetime | None:
    """A ``dateLastModified``; None where it is none. Cached: an export has few of them."""
    return parse_moment(text)


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, as a version."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def isced_level_of_grade(grade: int | None) -> int:
    """ISCED level of a school grade of Kazakhstan; upper secondary where the grade is not known."""
    if grade is None or grade > 9:
        return _LEVEL_UNKNOWN
    return 1 if grade <= 4 else 2


def check_row(row: Row, dates: tuple[str, ...], *, is_delta: bool) -> Refusal | None:
    """What is wrong with any row by itself: its id, its sync columns, its dates.

    Args:
        row: the cells.
        dates: columns that hold a date or nothing.
        is_delta: the file is a delta, whose rows must say what changed and when.
    """
    if not row["sourcedId"].strip():
        return Refusal("schema_invalid", "field_missing", "/sourcedId", "sourcedId")
    for column in ("status", "dateLastModified") if is_delta else ():
        if not row.get(column, "").strip():
            return Refusal("schema_invalid", "field_missing", f"/{column}", column)
    if row.get("status", "").lower() not in STATUSES:
        return Refusal("schema_invalid", "value_not_listed", "/status", "status")
    modified = row.get("dateLastModified", "")
    if modified and read_modified(modified) is None:
        return Refusal("schema_invalid", "date_malformed", "/dateLastModified", "dateLastModified")
    for column in dates:
        if row.get(column) and not is_date(row[column]):
            return Refusal("schema_invalid", "date_malformed", f"/{column}", column)
    return None


class RepeatedIds:
    """Finds ids that stand in a file again with other cells, where no ``dateLastModified`` says which are the later."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}

    def check(self, row: Row) -> Refusal | None:
        """Why a row cannot be used beside one before it."""
        now = row.get("dateLastModified", ""), hash(frozenset(row.items()))
        before = self._seen.setdefault(row["sourcedId"], now)
        if before == now or (now[0] and before[0] != now[0]):
            return None
        return Refusal("schema_invalid", "source_id_repeated", "/sourcedId", "sourcedId")


@dataclass(frozen=True, slots=True)
class _Parts:
    """The rows that an enrolment is made of."""

    row: Row
    user: Row
    class_row: Row
    course: Row | None
    orgs: tuple[Row, ...]
    terms: tuple[Row, ...]
    demographics: Row | None

    def rows(self) -> Iterator[Row]:
        yield from (self.row, self.user, self.class_row, *self.orgs, *self.terms)
        yield from (row for row in (self.course, self.demographics) if row is not None)


def draft_enrolment(row: Row, roster: Roster, options: RosterOptions) -> tuple[Draft, bool] | Refusal:
    """The event of one row of ``enrollments``, which was checked by ``check_row``, or the reason why there is none.

    Returns:
        The event, and whether all the rows that it is made of say when they were changed: then its version is theirs.
    """
    parts = _gather(row, roster)
    if isinstance(parts, Refusal):
        return parts
    iin = _iin(parts.user, roster, options)
    if isinstance(iin, Refusal):
        return iin
    grades = _grades(parts, roster)
    if isinstance(grades, Refusal):
        return grades
    begin, end = _dates(parts)
    status = _status(row, end, options.as_of)
    data: dict[str, Any] = {
        "enrolment_id": row["sourcedId"],
        "person": _person(iin, parts),
        "organisation": _organisation(parts, roster, options),
        "programme": _programme(parts),
        "begin_date": begin.isoformat() if begin else None,
        "end_date": end.isoformat() if end else None,
        "exit_type": "other" if status == "ended" else None,
        "status": status,
    }
    data = {name: value for name, value in data.items() if value is not None}
    _set_level(data, grades)
    _fill(data, {**options.defaults, "study_form": options.defaults.get("study_form", "full_time")})
    _fill(data, {"entry_type": "other", "programme.isced_level": _LEVEL_UNKNOWN})
    occurred_at, version = _moment_and_version(parts, status, begin, end, options)
    is_dated = all(part.get("dateLastModified") for part in parts.rows())
    return Draft(Entity.ENROLMENT, _ACTIONS[status], data, options.source, occurred_at, version), is_dated


def _gather(row: Row, roster: Roster) -> _Parts | Refusal:
    user = roster.users.get(row["userSourcedId"])
    if user is None:
        return roster.refuse("reference_unknown", "user_not_found", "userSourcedId")
    class_row = roster.classes.get(row["classSourcedId"])
    if class_row is None:
        return roster.refuse("reference_unknown", "class_not_found", "classSourcedId")
    role = row["role"].lower()
    if role not in roster.roles_of(user):
        return roster.refuse(NOT_A_LEARNER, "role_disagrees_with_user", "role")
    if role != "student":
        return roster.refuse(NOT_A_LEARNER, "role_is_not_student", "role")
    orgs = _places(row.get("schoolSourcedId") or class_row["schoolSourcedId"], roster)
    if isinstance(orgs, Refusal):
        return orgs
    terms: list[Row] = []
    if not (row.get("beginDate") and row.get("endDate")):
        for key in split_ids(class_row.get("termSourcedIds")):
            if key not in roster.sessions:
                return roster.refuse("reference_unknown", "session_not_found", "termSourcedIds")
            terms.append(roster.sessions[key])
    course_id = class_row.get("courseSourcedId", "")
    if course_id and course_id not in roster.courses:
        return roster.refuse("reference_unknown", "course_not_found", "courseSourcedId")
    course = roster.courses.get(course_id)
    return _Parts(row, user, class_row, course, orgs, tuple(terms), roster.demographics.get(user["sourcedId"]))


def _places(org_id: str, roster: Roster) -> tuple[Row, ...] | Refusal:
    """The organisation that is named and those above it, up to the first that enrols people."""
    found: list[Row] = []
    while (org := roster.orgs.get(org_id)) is not None and org not in found:
        found.append(org)
        kind = org.get("type", "").lower()
        if kind in _KINDS:
            return tuple(found)
        if kind not in _PARTS:
            return roster.refuse("reference_unknown", "organisation_enrols_nobody", "schoolSourcedId")
        org_id = org.get("parentSourcedId", "")
    return roster.refuse("reference_unknown", "organisation_not_found", "schoolSourcedId")


def _iin(user: Row, roster: Roster, options: RosterOptions) -> str | Refusal | None:
    identifier = user.get("identifier", "").strip()
    stated = [user.get(options.iin_column, "").strip()] if options.iin_column else []
    stated += [identifier] if is_valid_iin(identifier) else []
    stated += [number for kind, number in _USER_ID.findall(user.get("userIds", "")) if kind.lower() in _IIN_TYPES]
    numbers = {number for number in stated if number}
    if len(numbers) > 1:
        # Which of them is the person's, nobody can tell from here.
        return Refusal("identifier_invalid", "iin_ambiguous", "/data/person/iin", "userIds")
    if numbers:
        return numbers.pop()
    return options.identities.iin(roster.namespace, user["sourcedId"], identifier, user.get("username", ""))


def _person(iin: str | None, parts: _Parts) -> dict[str, str]:
    born = (parts.demographics or {}).get("birthDate", "")
    return ({"iin": iin} if iin else {}) | ({"birth_date": born} if born else {})


def _organisation(parts: _Parts, roster: Roster, options: RosterOptions) -> dict[str, str]:
    place = parts.orgs[-1]
    number: str | None = place.get("identifier", "").strip()
    if not is_valid_bin(number or ""):
        given = "organisation.bin" in options.defaults
        number = None if given else options.identities.bin(roster.namespace, place["sourcedId"])
    return {"kind": _KINDS[place["type"].lower()]} | ({"bin": number} if number else {})


def _programme(parts: _Parts) -> dict[str, Any]:
    course = parts.course or {}
    only = course.get("title") or parts.class_row.get("title", "")
    named = {language: title for language in ("kk", "ru", "en") if (title := course.get(f"title.{language}"))}
    code = course.get("courseCode") or parts.class_row.get("courseSourcedId") or parts.class_row["sourcedId"]
    return {"code": code, "name": named or ({language_of(only): only} if only else {})}


def _grades(parts: _Parts, roster: Roster) -> list[str] | Refusal:
    """The grade codes of the learner, else of the class; lower case."""
    for cell in (parts.user.get("grades"), parts.class_row.get("grades")):
        codes = [code.lower() for code in split_ids(cell)]
        for code in codes:
            if not (_number(code) or code in _PRESCHOOL or code in _NO_GRADE or code in _YEARS):
                return roster.refuse("schema_invalid", "value_not_listed", "grades")
        if codes:
            return codes
    return []


def _number(code: str) -> int | None:
    is_grade = code.isascii() and code.isdigit() and len(code) <= 2 and 1 <= int(code) <= 12
    return int(code) if is_grade else None


def _set_level(data: dict[str, Any], codes: list[str]) -> None:
    """Grade or year of study, and the level, as far as the codes tell them; several codes tell only what they share."""
    kind = data["organisation"]["kind"]
    if kind == "school":
        numbers = [number for code in codes if (number := _number(code))]
        levels = {0 if code in _PRESCHOOL else isced_level_of_grade(_number(code)) for code in codes}
        if len(codes) == len(numbers) == 1:
            data["grade"] = numbers[0]
    else:
        years = [_YEARS[code] for code in codes if code in _YEARS]
        levels = {4 if kind == "college" else next((_HIGHER_LEVELS[c] for c in codes if c in _HIGHER_LEVELS), 6)}
        if len(codes) == len(years) == 1:
            data["year_of_study"] = years[0]
    if len(levels) == 1:
        data["programme"]["isced_level"] = levels.pop()


def _fill(data: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    for path, value in defaults.items():
        *parents, name = path.split(".")
        holder = data
        for parent in parents:
            holder = holder.setdefault(parent, {})
            if not isinstance(holder, dict):
                break
        else:
            holder.setdefault(name, value)


def _dates(parts: _Parts) -> tuple[date | None, date | None]:
    """First day and first day after; the enrolment's own, else those of its class's sessions."""
    begins = [date.fromisoformat(term["startDate"]) for term in parts.terms if term.get("startDate")]
    ends = [date.fromisoformat(term["endDate"]) for term in parts.terms if term.get("endDate")]
    own_begin, own_end = parts.row.get("beginDate"), parts.row.get("endDate")
    begin = date.fromisoformat(own_begin) if own_begin else min(begins, default=None)
    return begin, date.fromisoformat(own_end) if own_end else max(ends, default=None)


def _status(row: Row, end: date | None, as_of: date | None) -> str:
    if row.get("status", "").lower() != "tobedeleted":
        return "ended" if end is not None and as_of is not None and end <= as_of else "active"
    modified = read_modified(row.get("dateLastModified", ""))
    # Where the source tidies up after the end, the enrolment was; taken back before it, it is said never to have been.
    day = modified.astimezone(KAZAKHSTAN_TIME).date() if modified is not None and 1 < modified.year < 9999 else as_of
    return "ended" if end is not None and day is not None and end <= day else "voided"


def _moment_and_version(
    parts: _Parts, status: str, begin: date | None, end: date | None, options: RosterOptions
) -> tuple[datetime, int]:
    cells = [row.get("dateLastModified", "") for row in parts.rows()]
    moments = [moment for cell in cells if (moment := read_modified(cell)) is not None]
    undated = options.record_version + _RANKS[status] if len(moments) < len(cells) else 0
    day = end if status == "ended" and end is not None else begin
    if not moments:
        # An enrolment that is to begin is known on the day for which the set speaks.
        days = [known for known in (day, options.as_of) if known is not None]
        return start_of(min(days, default=date(2000, 1, 1))), undated
    latest = max(moments)
    if status == "ended" and end is not None:
        latest = max(latest, start_of(end))
    return latest, max(undated, to_milliseconds(latest))
