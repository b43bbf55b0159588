"""The first version of a contract, from the catalogue; and the columns added since.

A draft takes what the catalogue knows. What it cannot know (which columns are never null, what readers must not do with
the view) is filled in with the plainest true thing, for a person to sharpen before it is committed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from copy import deepcopy
from typing import Any, Final

from arna.reading.catalogue import Column, Relation
from arna.reading.checking import NOTICE_MONTHS
from arna.warehouse.sqlfiles import read_sql

API_VERSION: Final = "v3.1.0"
PERSONAL: Final = "personal"
NOT_PERSONAL: Final = "not_personal"

_DOMAINS: Final[Mapping[str, str]] = {"profile": "student-profile", "retraining": "workforce-retraining"}
_PERSONS: Final = frozenset({"person_key", "person_token"})
"""A view with one of these has rows about people, so what it says is personal."""
_IMPERSONAL: Final = frozenset({"change_seq"})
_LOGICAL: Final[Mapping[str, str]] = {
    "bigint": "integer",
    "boolean": "boolean",
    "date": "date",
    "double precision": "number",
    "integer": "integer",
    "jsonb": "object",
    "numeric": "number",
    "smallint": "integer",
    "text": "string",
    "timestamp with time zone": "timestamp",
    "uuid": "string",
}
SWEEP_MINUTES: Final = 5
LATE_MINUTES: Final = 15
"""A sweep, its run, and one that was missed."""


def draft(relation: Relation, never_null: Container[str] = ()) -> dict[str, Any]:
    """A contract for a view that has none.

    Args:
        relation: the view.
        never_null: columns known to be so, beside those of the key.
    """
    schema, _, name = relation.name.partition(".")
    role = f"{schema}_reader"
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"urn:arna:contract:{relation.name}",
        "name": relation.name,
        "version": "1.0.0",
        "status": "active",
        "domain": _DOMAINS.get(schema, schema),
        "dataProduct": "Arna",
        "description": {
            "purpose": relation.description,
            "limitations": _limitations(relation),
            "usage": f"Select the columns you need by name, as role {role}. Columns may be added and may stand in "
            "another order; see docs/reference/reader-contracts.md.",
        },
        "schema": [
            {
                "name": name,
                "physicalName": relation.name,
                "physicalType": "view",
                "logicalType": "object",
                "description": relation.description,
                "dataGranularityDescription": relation.grain,
                "properties": _properties(relation, relation.columns, never_null),
                "quality": _quality(relation),
            }
        ],
        "support": [
            {
                "channel": "arna-issues",
                "tool": "ticket",
                "scope": "issues",
                "description": "Issues of Arna's repository, with the name of the view and the day; no row of it.",
            },
            {
                "channel": "arna-changelog",
                "tool": "other",
                "scope": "announcements",
                "description": "CHANGELOG.md of each release, and docs/contracts.",
            },
        ],
        "team": {
            "name": "arna",
            "description": "Owner of the view: who runs Arna. Changes go through its review.",
            "members": [{"username": "arna", "role": "Owner"}],
        },
        "roles": [{"role": role, "access": "read", "description": f"select on the views of {schema}, nothing below"}],
        "slaProperties": _service_levels(name),
        "customProperties": [
            {
                "property": "deprecation",
                "value": {"isDeprecated": False, "noticeMonths": NOTICE_MONTHS},
                "description": "Where the view is to end: isDeprecated true, announcedOn, endsOn, successor.",
            }
        ],
    }


def add_columns(document: Mapping[str, Any], relation: Relation, never_null: Container[str] = ()) -> dict[str, Any]:
    """A contract with the columns that the view has and it lacks: a minor version more. Nothing else is changed."""
    amended = deepcopy(dict(document))
    properties = amended["schema"][0]["properties"]
    known = {each["name"] for each in properties}
    added = [column for column in relation.columns if column.name not in known]
    if added:
        properties.extend(_properties(relation, added, never_null))
        major, minor, _ = str(amended["version"]).split(".")
        amended["version"] = f"{major}.{int(minor) + 1}.0"
    return amended


def _properties(relation: Relation, columns: Iterable[Column], never_null: Container[str]) -> list[dict[str, Any]]:
    is_personal = _is_personal(relation)
    return [
        {
            "name": column.name,
            **_logical_type(column.type),
            "physicalType": column.type,
            "required": column.name in relation.key or column.name in never_null or _is_by_name(column),
            **_key_place(column, relation.key),
            "classification": PERSONAL if is_personal and column.name not in _IMPERSONAL else NOT_PERSONAL,
            "description": column.description,
        }
        for column in columns
    ]


def _is_by_name(column: Column) -> bool:
    """Whether the warehouse's names say that it is never null: a flag, the number of a refresh."""
    return column.name.startswith(("is_", "has_")) or column.name == "change_seq"


def _is_personal(relation: Relation) -> bool:
    return any(column.name in _PERSONS for column in relation.columns)


def _key_place(column: Column, key: tuple[str, ...]) -> dict[str, Any]:
    return {"primaryKey": True, "primaryKeyPosition": key.index(column.name) + 1} if column.name in key else {}


def _logical_type(physical: str) -> dict[str, Any]:
    if physical.endswith("[]"):
        return {"logicalType": "array", "items": _logical_type(physical.removesuffix("[]"))}
    found: dict[str, Any] = {"logicalType": _LOGICAL.get(physical.partition("(")[0], "string")}
    if physical == "uuid":
        found["logicalTypeOptions"] = {"format": "uuid"}
    return found


def _limitations(relation: Relation) -> str:
    names = {column.name for column in relation.columns}
    found = []
    if _is_personal(relation):
        found.append(
            "Rows are about people, under a key that stands for their IIN; no IIN is here. Personal data: only for the "
            "purpose the role was given for."
        )
    if "is_suppressed" in names:
        found.append("Figures of fewer than five people are withheld, and what would tell them.")
    if any("openings" in name for name in names):
        found.append("Openings are a lower bound where a vacancy does not say how many.")
    return " ".join(found) or "None known."


def _quality(relation: Relation) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    if relation.key:
        rules.append(
            {
                "name": "key is unique",
                "description": f"No two rows have the same {', '.join(relation.key)}.",
                "type": "library",
                "metric": "duplicateValues",
                "arguments": {"properties": list(relation.key)},
                "mustBe": 0,
                "unit": "rows",
                "dimension": "uniqueness",
                "severity": "error",
            }
        )
    rules.append(
        {
            "name": "refresh is not late",
            "description": "Minutes since the view was last brought up to date; nothing is measured before the first.",
            "type": "sql",
            "query": _lateness_query(relation.name),
            "mustBeLessOrEqualTo": LATE_MINUTES,
            "unit": "minutes",
            "dimension": "timeliness",
            "severity": "error",
        }
    )
    return rules


def _lateness_query(view: str) -> str:
    """The statement with the view's name in it: a contract's rule is complete in itself."""
    lines = read_sql("catalogue/measure_lateness.sql").splitlines()
    text = " ".join(line for line in lines if not line.startswith("--")).removesuffix(";")
    return text.replace("%(view_name)s", "'" + view.replace("'", "''") + "'")


def _service_levels(name: str) -> list[dict[str, Any]]:
    return [
        {
            "property": "frequency",
            "value": SWEEP_MINUTES,
            "unit": "min",
            "element": name,
            "scheduler": "cron",
            "schedule": "*/5 * * * *",
            "description": "A refresh follows each load; a sweep every five minutes covers what it missed, and a new "
            "day.",
        },
        {
            "property": "latency",
            "value": LATE_MINUTES,
            "unit": "min",
            "element": name,
            "driver": "operational",
            "description": "From a loaded batch to the view, at most.",
        },
    ]
