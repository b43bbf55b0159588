"""Microsoft School Data Sync sets (v1, v2 and v2.1, a folder or a zip each) as enrolments.

Mapping, rules and examples: ``docs/reference/mapping-school-data-sync.md``. Which version it is, its files say:
``StudentEnrollment.csv`` is v1, ``roles.csv`` v2.1, else v2. One row for each line of the enrolment file (and of
``TeacherRoster.csv``, all refused by name), and one for each line of another file that cannot be used. The sets have no
``dateLastModified``: versions are counted, or given as ``record_version``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from arna.contracts.fields import is_date
from arna.errors import ConfigError
from producers.adapters.csv_sets import CsvSet, Record, Row
from producers.adapters.roster_events import Roster, RosterOptions
from producers.adapters.rosters import RosterSet, Table, read_sets
from producers.rows import NOT_A_LEARNER, AdaptedRow, Refusal

NAMESPACE: Final = "sds"
_US_DATE: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_COMPACT_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_V1_COLUMNS: Final = {
    "userSourcedId": "SIS ID",
    "classSourcedId": "Section SIS ID",
    "schoolSourcedId": "School SIS ID",
    "grades": "Grade",
}
_V2_COLUMNS: Final = {"grades": "grade", "schoolSourcedId": "orgSourcedId", "termSourcedIds": "sessionSourcedIds"}

Convert = Callable[[Row], Row | Refusal]


def read_enrolments(paths: Path | Sequence[Path], options: RosterOptions) -> Iterator[AdaptedRow]:
    """One row for each line of the enrolment file of each set.

    Args:
        paths: one or several sets, each whole in itself.
        options: what they do not say.

    Raises:
        ConfigError: it is no School Data Sync set, or a file is not there, is in another encoding or lacks a column.
    """
    places = [paths] if isinstance(paths, Path) else list(paths)
    archives = [CsvSet(path, options.encoding) for path in places]
    for archive, version in [(archive, _version(archive)) for archive in archives]:
        roster = Roster(NAMESPACE, _V1_COLUMNS if version == "v1" else _V2_COLUMNS)
        one = {"v1": _open_v1, "v2": _open_v2, "v2.1": _open_v21}[version](archive, options)
        for row in read_sets([one], roster, options, is_only_set=True):
            yield row if len(places) == 1 else replace(row, file=f"{archive.name}/{row.file}")


def _version(archive: CsvSet) -> str:
    if archive.has("manifest"):
        raise ConfigError("FILE", f"{archive.name} has a manifest, so it is OneRoster.", "Use --from oneroster.")
    if archive.has("StudentEnrollment"):
        return "v1"
    if archive.has("enrollments") and archive.has("users"):
        return "v2.1" if archive.has("roles") else "v2"
    raise ConfigError(
        "FILE",
        f"{archive.name} is no School Data Sync set.",
        "It needs StudentEnrollment.csv (v1), or enrollments.csv and users.csv (v2, v2.1).",
    )


def _convert(records: Iterator[Record], convert: Convert) -> Iterator[Record]:
    for record in records:
        if record.problem is not None:
            yield record
            continue
        result = convert(record.cells)
        is_refusal = isinstance(result, Refusal)
        yield Record(record.file, record.row, {}, result) if is_refusal else Record(record.file, record.row, result)  # type: ignore[arg-type]


def _iso(row: Row, column: str, *, us: bool) -> str | Refusal:
    """A date as ISO 8601; ``M/D/YYYY`` is what v1 documents, so there it is no guess."""
    text = row.get(column, "").strip()
    if not text or is_date(text):
        return text
    if match := _COMPACT_DATE.fullmatch(text):
        year, month, day = match.groups()
    elif us and (match := _US_DATE.fullmatch(text)):
        month, day, year = match.groups()
    else:
        return Refusal("schema_invalid", "date_malformed", f"/{column}", column)
    found = f"{year}-{int(month):02}-{int(day):02}"
    return found if is_date(found) else Refusal("schema_invalid", "date_malformed", f"/{column}", column)


def _id_of(class_id: str, user_id: str) -> str:
    return f"{class_id}:{user_id}" if class_id and user_id else ""


# v1: one file for each kind of person, the section holds course and term.


def _open_v1(archive: CsvSet, options: RosterOptions) -> RosterSet:
    schools = _convert(archive.read("School", ("SIS ID", "Name")), _v1_school)
    needed = ["SIS ID", "Grade", "Username", *([options.iin_column] if options.iin_column else [])]
    students = list(_convert(archive.read("Student", needed), _v1_student))
    sections = list(_convert(archive.read("Section", ("SIS ID", "School SIS ID", "Section Name")), _v1_section))
    good = [record for record in sections if record.problem is None]
    tables = {
        "orgs": Table(schools),
        "sessions": Table([_derived(record, "session") for record in good]),
        "courses": Table([_derived(record, "course") for record in good]),
        "classes": Table(sections),
        "users": Table(students),
        "demographics": Table([record for record in students if record.problem is None]),
    }
    return RosterSet(archive.name, tables, Table(_v1_enrolments(archive)))


def _v1_enrolments(archive: CsvSet) -> Iterator[Record]:
    yield from _convert(archive.read("StudentEnrollment", ("Section SIS ID", "SIS ID")), _v1_enrolment)
    if archive.has("TeacherRoster"):
        refusal = Refusal(NOT_A_LEARNER, "role_is_not_student")
        for record in archive.read("TeacherRoster", ("Section SIS ID", "SIS ID")):
            yield Record(record.file, record.row, {}, record.problem or refusal)


def _v1_school(row: Row) -> Row:
    return {"sourcedId": row["SIS ID"], "type": "school", "identifier": row.get("State ID", "")}


def _v1_student(row: Row) -> Row | Refusal:
    if (inactive := _inactive(row)) is not None:
        return inactive
    born = _iso(row, "Birthdate", us=True)
    if isinstance(born, Refusal):
        return born
    return {
        **row,
        "sourcedId": row["SIS ID"],
        "role": "student",
        "username": row["Username"],
        "identifier": row.get("State ID", ""),
        "grades": row["Grade"],
        "birthDate": born,
        "status": "",
    }


def _inactive(row: Row) -> Refusal | None:
    # What another status means for a learner, the format does not say.
    is_active = row.get("Status", "").lower() in {"", "active"}
    return None if is_active else Refusal("schema_invalid", "value_not_listed", "/Status", "Status")


def _v1_section(row: Row) -> Row | Refusal:
    if (inactive := _inactive(row)) is not None:
        return inactive
    begin, end = _iso(row, "Term StartDate", us=True), _iso(row, "Term EndDate", us=True)
    if isinstance(begin, Refusal):
        return begin
    if isinstance(end, Refusal):
        return end
    if end and end != "9999-12-31":
        # The term's last day; ours is the first day after it.
        end = (date.fromisoformat(end) + timedelta(days=1)).isoformat()
    section = row["SIS ID"]
    return {
        "sourcedId": section,
        "title": row["Section Name"],
        "courseSourcedId": section,
        "schoolSourcedId": row["School SIS ID"],
        "termSourcedIds": section.replace(",", " "),
        "courseTitle": row.get("Course Name") or row["Section Name"],
        "courseCode": row.get("Course Number") or row.get("Course SIS ID") or section,
        "startDate": begin,
        "endDate": end,
    }


def _derived(record: Record, table: str) -> Record:
    """The session or the course of a section."""
    row = record.cells
    if table == "session":
        cells = {"sourcedId": row["termSourcedIds"], "startDate": row["startDate"], "endDate": row["endDate"]}
    else:
        cells = {"sourcedId": row["sourcedId"], "title": row["courseTitle"], "courseCode": row["courseCode"]}
    return Record(record.file, record.row, cells)


def _v1_enrolment(row: Row) -> Row:
    section, student = row["Section SIS ID"], row["SIS ID"]
    return {
        "sourcedId": _id_of(section, student),
        "classSourcedId": section,
        "userSourcedId": student,
        "role": "student",
    }


# v2 and v2.1: OneRoster's files with fewer columns.


def _user_columns(*columns: str, options: RosterOptions) -> list[str]:
    return [*columns, *([options.iin_column] if options.iin_column else [])]


def _open_v2(archive: CsvSet, options: RosterOptions) -> RosterSet:
    users = archive.read("users", _user_columns("sourcedId", "role", "grade", options=options))
    tables = {
        "orgs": Table(archive.read("orgs", ("sourcedId", "type"))),
        "classes": Table(_convert(archive.read("classes", ("sourcedId", "orgSourcedId", "title")), _class)),
        "users": Table(_convert(users, lambda row: {**row, "grades": row["grade"]})),
    }
    return RosterSet(archive.name, tables, _enrolments(archive))


def _open_v21(archive: CsvSet, options: RosterOptions) -> RosterSet:
    roles = list(archive.read("roles", ("userSourcedId", "orgSourcedId", "role")))
    grades = _grades_of_users(roles)
    users = archive.read("users", _user_columns("sourcedId", options=options))
    tables = {
        "orgs": Table(archive.read("orgs", ("sourcedId", "type"))),
        "classes": Table(_convert(archive.read("classes", ("sourcedId", "orgSourcedId", "title")), _class)),
        "users": Table(_convert(users, lambda row: {**row, "grades": grades.get(row["sourcedId"], "")})),
        "roles": Table(_named_roles(roles)),
    }
    if archive.has("courses"):
        records = archive.read("courses", ("sourcedId", "title"))
        tables["courses"] = Table(_convert(records, lambda row: {**row, "courseCode": row.get("code", "")}))
    if archive.has("academicSessions"):
        records = archive.read("academicSessions", ("sourcedId", "startDate", "endDate"))
        tables["sessions"] = Table(_convert(records, lambda row: _with_dates(row, "startDate", "endDate")))
    if archive.has("demographics"):
        records = archive.read("demographics", ("userSourcedId", "birthDate"))
        tables["demographics"] = Table(_convert(records, _demographics))
    return RosterSet(archive.name, tables, _enrolments(archive))


def _enrolments(archive: CsvSet) -> Table:
    records = archive.read("enrollments", ("classSourcedId", "userSourcedId", "role"))
    return Table(
        _convert(records, lambda row: {**row, "sourcedId": _id_of(row["classSourcedId"], row["userSourcedId"])})
    )


def _class(row: Row) -> Row:
    return {**row, "schoolSourcedId": row["orgSourcedId"], "termSourcedIds": row.get("sessionSourcedIds", "")}


def _with_dates(row: Row, *columns: str) -> Row | Refusal:
    found = dict(row)
    for column in columns:
        day = _iso(row, column, us=False)
        if isinstance(day, Refusal):
            return day
        found[column] = day
    return found


def _demographics(row: Row) -> Row | Refusal:
    return _with_dates({**row, "sourcedId": row["userSourcedId"]}, "birthDate")


def _named_roles(roles: Sequence[Record]) -> Iterator[Record]:
    """Roles have no id of their own; they are named by what they say."""
    for record in roles:
        cells = record.cells
        if record.problem is None:
            keys = ("userSourcedId", "orgSourcedId", "role", "sessionSourcedId", "roleStartDate")
            cells = {**cells, "sourcedId": "|".join(cells.get(key, "") for key in keys)}
        yield Record(record.file, record.row, cells, record.problem)


def _grades_of_users(roles: Sequence[Record]) -> Mapping[str, str]:
    """User to the grade of their role as a student, the primary one first."""
    students = [record.cells for record in roles if record.cells.get("role", "").lower() == "student"]
    students.sort(key=lambda row: row.get("isPrimary", "").lower() == "true")
    return {row["userSourcedId"]: row.get("grade", "") for row in students}
