"""OneRoster 1.1 CSV (a folder or a zip) as enrolments.

Needs ``enrollments``, ``users``, ``classes``, ``courses``, ``orgs`` and ``academicSessions``; where there is a
``manifest``, its ``oneroster.version`` must be 1.1. One row for each line of ``enrollments.csv``.

| contract | OneRoster |
|---|---|
| ``enrolment_id`` | ``enrollments.sourcedId`` |
| ``person.iin`` | ``users.identifier`` if an IIN, else the IIN map (sourcedId, identifier, username), else synthetic |
| ``organisation.bin`` | ``orgs.identifier`` when it is a BIN, else synthetic; ``kind`` school |
| ``programme`` | the class's course: ``courseCode`` (else sourcedId) and title |
| ``grade``, ``isced_level`` | ``users.grades``, else ``classes.grades``; 1–4 is level 1, 5–9 level 2, else level 3 |
| ``begin_date``, ``end_date`` | ``beginDate`` and ``endDate`` (exclusive, as ours), else those of the class's terms |
| ``status`` | ``active``; ``ended`` (``other``) from ``end_date`` on, at ``as_of``; ``voided`` by ``tobedeleted``: |
| | OneRoster's own status is a sync state, not a learner's, and says that the row is taken back |
| ``recordversion`` | ``dateLastModified`` in seconds; in bulk mode, where it is empty: 1 active, 2 ended, 3 voided |
| ``study_form``, ``entry_type`` | not in OneRoster: full_time, other |
| ``kato``, ``language``, ``funding`` | not in OneRoster: from ``defaults`` |

Rows that are no learner's (``role`` not student or not the user's, user or class unknown) are refused with a reason.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from arna.contracts.identifiers import is_valid_bin, is_valid_iin
from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.identities import Identities
from producers.rows import NOT_A_LEARNER, AdaptedRow, Draft, Refusal, language_of, parse_day, parse_moment, start_of

NAMESPACE: Final = "oneroster"
NEEDED: Final = ("users", "classes", "courses", "orgs", "academicSessions")
FILE: Final = "enrollments.csv"
VERSION: Final = "1.1"
_BULK_VERSIONS: Final = {"active": 1, "ended": 2, "voided": 3}
_ACTIONS: Final = {"active": "started", "ended": "ended", "voided": "voided"}

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OneRosterOptions:
    """What a OneRoster set does not say.

    Attributes:
        source: CloudEvents source of the events.
        identities: where IINs and BINs come from.
        defaults: contract fields by name (``kato``, ``language``, ``funding``).
        as_of: the day for which the set speaks; unset: nothing is taken as ended.
    """

    source: str
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    as_of: date | None = None


class _Archive:
    """The CSV files of a folder or of a zip, by name without suffix."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = zipfile.ZipFile(path) if path.is_file() else None

    def has(self, name: str) -> bool:
        if self._zip is not None:
            return any(entry.rsplit("/", 1)[-1] == f"{name}.csv" for entry in self._zip.namelist())
        return (self._path / f"{name}.csv").is_file()

    def rows(self, name: str) -> Iterator[Row]:
        try:
            if self._zip is not None:
                member = next(entry for entry in self._zip.namelist() if entry.rsplit("/", 1)[-1] == f"{name}.csv")
                with self._zip.open(member) as binary:
                    yield from csv.DictReader(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""))
            else:
                with (self._path / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
                    yield from csv.DictReader(lines)
        except (OSError, StopIteration, UnicodeDecodeError) as error:
            kind = type(error).__name__
            raise ConfigError("FILE", f"{name}.csv of the OneRoster set cannot be read ({kind}).") from None

    def index(self, name: str) -> dict[str, Row]:
        return {row["sourcedId"]: row for row in self.rows(name)}


def _ids(cell: str | None) -> list[str]:
    return [part.strip() for part in (cell or "").split(",") if part.strip()]


def _grade(*cells: str | None) -> int | None:
    for cell in cells:
        for text in _ids(cell):
            if text.isascii() and text.isdigit() and 1 <= int(text) <= 12:
                return int(text)
    return None


def isced_level_of_grade(grade: int | None) -> int:
    """ISCED level of a school grade of Kazakhstan; upper secondary where the grade is not known."""
    if grade is None or grade > 9:
        return 3
    return 1 if grade <= 4 else 2


@dataclass(frozen=True, slots=True)
class _Set:
    users: dict[str, Row]
    classes: dict[str, Row]
    courses: dict[str, Row]
    orgs: dict[str, Row]
    sessions: dict[str, Row]


def _refusal(row: Row, data: _Set) -> Refusal | None:
    user = data.users.get(row["userSourcedId"])
    if user is None:
        return Refusal(NOT_A_LEARNER, "user_not_found", "/userSourcedId")
    if row["classSourcedId"] not in data.classes:
        return Refusal(NOT_A_LEARNER, "class_not_found", "/classSourcedId")
    if row["role"] != user["role"]:
        return Refusal(NOT_A_LEARNER, "role_disagrees_with_user", "/role")
    if row["role"] != "student":
        return Refusal(NOT_A_LEARNER, "role_is_not_student", "/role")
    return None


def _term(row: Row, data: _Set) -> tuple[date | None, date | None]:
    terms = [
        data.sessions[key]
        for key in _ids(data.classes[row["classSourcedId"]]["termSourcedIds"])
        if key in data.sessions
    ]
    begins = [day for term in terms if (day := parse_day(term["startDate"]))]
    ends = [day for term in terms if (day := parse_day(term["endDate"]))]
    begin = parse_day(row.get("beginDate")) or min(begins, default=None)
    return begin, parse_day(row.get("endDate")) or max(ends, default=None)


def _status(row: Row, end: date | None, as_of: date | None) -> str:
    if row.get("status", "").lower() == "tobedeleted":
        return "voided"
    return "ended" if end is not None and as_of is not None and end <= as_of else "active"


def _programme(row: Row, data: _Set, grade: int | None) -> dict[str, Any]:
    class_row = data.classes[row["classSourcedId"]]
    course = data.courses.get(class_row["courseSourcedId"], {})
    title = course.get("title") or class_row["title"]
    return {
        "code": course.get("courseCode") or class_row["courseSourcedId"] or class_row["sourcedId"],
        "name": {language_of(title): title},
        "isced_level": isced_level_of_grade(grade),
    }


def _draft(row: Row, data: _Set, options: OneRosterOptions) -> Draft:
    user = data.users[row["userSourcedId"]]
    class_row = data.classes[row["classSourcedId"]]
    org_id = row["schoolSourcedId"] or class_row["schoolSourcedId"]
    org = data.orgs.get(org_id, {})
    begin, end = _term(row, data)
    status = _status(row, end, options.as_of)
    grade = _grade(user.get("grades"), class_row.get("grades"))
    own, org_number = user.get("identifier", ""), org.get("identifier", "")
    iin = own if is_valid_iin(own) else options.identities.iin(NAMESPACE, row["userSourcedId"], own, user["username"])
    number = org_number if is_valid_bin(org_number) else options.identities.bin(NAMESPACE, org_id)
    modified = parse_moment(row.get("dateLastModified"))
    known = {
        "enrolment_id": row["sourcedId"],
        "person": {"iin": iin} if iin else {},
        "organisation": {"kind": "school"} | ({"bin": number} if number else {}),
        "programme": _programme(row, data, grade),
        "grade": grade,
        "study_form": "full_time",
        "begin_date": begin.isoformat() if begin else None,
        "end_date": end.isoformat() if end else None,
        "entry_type": "other",
        "exit_type": "other" if status == "ended" else None,
        "status": status,
    }
    day = end if status == "ended" else begin
    return Draft(
        Entity.ENROLMENT,
        _ACTIONS[status],
        {**options.defaults, **{name: value for name, value in known.items() if value is not None}},
        options.source,
        modified or start_of(day or options.as_of or date(2000, 1, 1)),
        int(modified.timestamp()) if modified else _BULK_VERSIONS[status],
    )


def read_enrolments(path: Path, options: OneRosterOptions) -> Iterator[AdaptedRow]:
    """One row for each line of ``enrollments.csv``; that file is streamed, the ones it points into are held.

    Raises:
        ConfigError: a needed file is not there or is no UTF-8 text.
    """
    archive = _Archive(path)
    if archive.has("manifest"):
        manifest = {row["propertyName"]: row["value"] for row in archive.rows("manifest")}
        if manifest.get("oneroster.version") != VERSION:
            raise ConfigError("FILE", f"the manifest does not say OneRoster {VERSION}.")
    data = _Set(*(archive.index(name) for name in NEEDED))
    for number, row in enumerate(archive.rows("enrollments"), 1):
        refusal = _refusal(row, data)
        draft = None if refusal else _draft(row, data, options)
        yield AdaptedRow(FILE, number, draft, refusal)
