"""OneRoster 1.1 and 1.2 JSON (the pages of its REST service, in a folder) as enrolments.

Mapping, rules and examples: ``docs/reference/mapping-oneroster.md``. A page is an object with one list under the
collection's name (``users``, ``orgs``, …); what the file is called does not matter, and pages add up. Where there are
``enrollments``, they are read as the CSV adapter reads them; else each student of each organisation is one enrolment in
general education. One row for each of those, and one for each record or page that cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson

from arna.contracts.fields import is_date
from arna.errors import ConfigError
from producers.adapters.csv_sets import Record, Row
from producers.adapters.oneroster import NAMESPACE
from producers.adapters.roster_events import Roster, RosterOptions, check_row
from producers.adapters.rosters import TABLES, RosterSet, Table, read_sets
from producers.rows import UNREADABLE, AdaptedRow, JsonValue, Refusal

COLLECTIONS: Final = {
    "orgs": "orgs",
    "academicSessions": "sessions",
    "terms": "sessions",
    "gradingPeriods": "sessions",
    "courses": "courses",
    "classes": "classes",
    "users": "users",
    "students": "users",
    "teachers": "users",
    "demographics": "demographics",
    "enrollments": "enrolments",
}
"""Name of a page's list to the table that it fills."""
_COLUMNS: Final = {"userSourcedId": "user", "classSourcedId": "class", "schoolSourcedId": "school",
                   "termSourcedIds": "terms", "courseSourcedId": "course"}  # fmt: skip
_REFERENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "orgs": {"parent": "parentSourcedId"},
    "sessions": {"parent": "parentSourcedId"},
    "classes": {"course": "courseSourcedId", "school": "schoolSourcedId"},
    "enrolments": {"class": "classSourcedId", "user": "userSourcedId", "school": "schoolSourcedId"},
}
"""Table to its fields that point to one record, and the column that they become."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "orgs": ("type",),
    "sessions": ("startDate", "endDate"),
    "courses": ("title",),
    "classes": ("title", "schoolSourcedId"),
    "enrolments": ("classSourcedId", "userSourcedId", "role"),
}
_POINTERS: Final = {"schoolSourcedId": "school", "classSourcedId": "class", "userSourcedId": "user"}
GENERAL: Final = {
    "title.kk": "Жалпы білім беру",
    "title.ru": "Общее образование",
    "title.en": "General education",
    "courseCode": "general",
}
"""The programme of a student of whom only the school is known."""


def read_enrolments(paths: Path | Sequence[Path], options: RosterOptions) -> Iterator[AdaptedRow]:
    """One row for each enrolment, or for each student and organisation where there are none.

    Args:
        paths: a folder with pages, or the pages.
        options: what they do not say.

    Raises:
        ConfigError: there is no page, or no page with people.
    """
    files = list(_files([paths] if isinstance(paths, Path) else paths))
    tables: dict[str, list[Record]] = {}
    is_whole = True
    for file in files:
        page = _read_page(file)
        if isinstance(page, Refusal):
            is_whole = False
            yield AdaptedRow(file.name, 1, refusal=page)
            continue
        for table, records in page.items():
            tables.setdefault(table, []).extend(records)
    if not {"users", "enrolments"} & set(tables):
        if not is_whole:
            # The people may be in the page that was refused.
            return
        raise ConfigError("FILE", "no page holds users or enrollments.", "Save those pages beside the others.")
    enrolments = tables.pop("enrolments", None)
    if enrolments is None:
        enrolments = list(_general_enrolments(tables, options))
        if not is_whole:
            # The page that was refused may be the one of the enrolments.
            unknown = Refusal(UNREADABLE, "page_unreadable")
            enrolments = [replace(record, problem=unknown) for record in enrolments]
    one = RosterSet("pages", {name: Table(tables[name]) for name in TABLES if name in tables}, Table(enrolments))
    yield from read_sets([one], Roster(NAMESPACE, _COLUMNS), options, is_only_set=True)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        found = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not found:
            raise ConfigError("FILE", f"{path.name} holds no JSON file.")
        yield from found


def _read_page(file: Path) -> dict[str, list[Record]] | Refusal:
    try:
        document = orjson.loads(file.read_bytes())
    except OSError as error:
        raise ConfigError("FILE", f"{file.name} cannot be read ({type(error).__name__}).") from None
    except orjson.JSONDecodeError:
        return Refusal("json_syntax", "json_malformed")
    if not isinstance(document, dict):
        return Refusal("schema_invalid", "type_mismatch")
    page: dict[str, list[Record]] = {}
    for name, table in COLLECTIONS.items():
        if name not in document:
            continue
        if not isinstance(document[name], list):
            return Refusal("schema_invalid", "type_mismatch", f"/{name}")
        rows = enumerate(document[name], 1)
        page.setdefault(table, []).extend(_record(file.name, number, value, table) for number, value in rows)
    return page or Refusal("schema_invalid", "field_missing", "/users")


def _record(file: str, number: int, value: JsonValue, table: str) -> Record:
    if not isinstance(value, dict):
        return Record(file, number, {}, Refusal("schema_invalid", "type_mismatch"))
    row, problem = _flatten(value, table)
    problem = problem or _missing(row, table) or check_row(row, _dates(table), is_delta=False)
    return Record(file, number, row, problem)


def _dates(table: str) -> tuple[str, ...]:
    return ("beginDate", "endDate") if table == "enrolments" else TABLES[table]


def _missing(row: Row, table: str) -> Refusal | None:
    for column in ("sourcedId", *_NEEDED.get(table, ())):
        if not row.get(column):
            return Refusal("schema_invalid", "field_missing", f"/{_POINTERS.get(column, column)}")
    return None


def _flatten(value: Mapping[str, Any], table: str) -> tuple[dict[str, str], Refusal | None]:
    """A record under the names of the CSV binding: texts as they are, references by id, lists with commas."""
    row = {"sourcedId": "", "role": "", "termSourcedIds": ""}
    problem: Refusal | None = None
    references = _REFERENCES.get(table, {})
    for name, item in value.items():
        column = references.get(name, name)
        text = _reference(item) if name in references else _text(item)
        if text is not None:
            row[column] = text
        elif name in {"sourcedId", "status", "dateLastModified", "role", "title", *references, *_dates(table)}:
            problem = problem or Refusal("schema_invalid", "type_mismatch", f"/{name}")
    if table == "classes":
        row["termSourcedIds"] = _ids(value.get("terms"))
    if table == "users":
        row["orgSourcedIds"] = _ids(value.get("orgs")) or _ids(_orgs_of_roles(value.get("roles")))
        row["role"] = row["role"] or _role(value.get("roles"))
        row["userIds"] = ",".join(_user_ids(value.get("userIds")))
        row |= {f"metadata.{name}": text for name, item in _object(value.get("metadata")) if (text := _text(item))}
    return row, problem


def _text(item: JsonValue) -> str | None:
    if isinstance(item, str):
        return item
    if item is None:
        return ""
    if isinstance(item, list) and all(isinstance(part, str) for part in item):
        return ",".join(item)
    return None


def _reference(item: JsonValue) -> str | None:
    if item is None:
        return ""
    found = item.get("sourcedId") if isinstance(item, dict) else None
    return found if isinstance(found, str) else None


def _ids(items: JsonValue) -> str:
    return ",".join(dict.fromkeys(found for item in _list(items) if (found := _reference(item))))


def _list(items: JsonValue) -> list[Any]:
    return items if isinstance(items, list) else []


def _object(item: JsonValue) -> Iterable[tuple[str, Any]]:
    return item.items() if isinstance(item, dict) else ()


def _orgs_of_roles(roles: JsonValue) -> list[Any]:
    """In 1.2 a user's organisations stand in the roles; those as a student alone count where there is one."""
    found = [role for role in _list(roles) if isinstance(role, dict)]
    students = [role for role in found if role.get("role") == "student"]
    return [role.get("org") for role in students or found]


def _role(roles: JsonValue) -> str:
    names = [str(role.get("role", "")) for role in _list(roles) if isinstance(role, dict)]
    return "student" if "student" in names else next(iter(names), "")


def _user_ids(items: JsonValue) -> Iterator[str]:
    for item in _list(items):
        kind, number = (item.get("type"), item.get("identifier")) if isinstance(item, dict) else (None, None)
        if isinstance(kind, str) and isinstance(number, str):
            yield f"{{{kind}:{number}}}"


def _general_enrolments(tables: dict[str, list[Record]], options: RosterOptions) -> Iterator[Record]:
    """Each student of each organisation, in a class of the whole school that is added to the tables."""
    year = _school_year(tables.get("sessions", []), options.as_of)
    tables["courses"] = [Record("", 0, {"sourcedId": "general", **GENERAL})]
    tables["classes"] = []
    seen: set[str] = set()
    for record in tables["users"]:
        if record.problem is not None:
            # It is named where the users are read.
            continue
        user = record.cells
        orgs = [org for org in user["orgSourcedIds"].split(",") if org]
        for org in orgs or [""]:
            if org not in seen:
                seen.add(org)
                tables["classes"].append(Record("", 0, _general_class(org, year)))
            yield Record(
                record.file,
                record.row,
                {
                    "sourcedId": f"{user['sourcedId']}:{org}",
                    "status": user.get("status", ""),
                    "dateLastModified": user.get("dateLastModified", ""),
                    "classSourcedId": f"general:{org}",
                    "userSourcedId": user["sourcedId"],
                    "role": user["role"],
                },
            )


def _general_class(org: str, year: str) -> Row:
    return {
        "sourcedId": f"general:{org}",
        "title": GENERAL["title.en"],
        "courseSourcedId": "general",
        "schoolSourcedId": org,
        "termSourcedIds": year,
    }


def _school_year(sessions: Sequence[Record], as_of: date | None) -> str:
    """The school year that the day falls into, or the only one; empty where it would be a guess."""
    years = {
        record.cells["sourcedId"]: record.cells
        for record in sessions
        if record.problem is None and record.cells.get("type") == "schoolYear"
    }
    if as_of is not None and len(years) > 1:
        day = as_of.isoformat()
        years = {key: row for key, row in years.items() if is_date(day) and row["startDate"] <= day < row["endDate"]}
    return next(iter(years)) if len(years) == 1 else ""
