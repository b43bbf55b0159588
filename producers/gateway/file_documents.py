"""What the OpenAPI document says of the routes for files."""

from __future__ import annotations

from typing import Any, Final

from arna.contracts.registry import Entity
from producers.gateway.documents import Documented, Json
from producers.gateway.file_rows import FILE_PROBLEMS, SHEET_TYPE, TYPES
from producers.gateway.problems import MEDIA_TYPE

_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_TEXT: Final[Json] = {"type": "string"}
_SENTENCES: Final[Json] = {"type": "object", "properties": {"message": _TEXT, "mend": _TEXT}, "required": ["message"]}
_COUNTS: Final = ("read", "accepted", "refused", "unknown", "not_sent")

_REPORT: Final[Json] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(_COUNTS, _COUNT),
        "entity": {"enum": [entity.value for entity in Entity]},
        "dry_run": {"type": "boolean", "description": "the rows were checked, nothing was sent"},
        "ignored_columns": {"type": "array", "items": _COUNT, "description": "places, from 1, of columns left out"},
        "events": {
            "type": "array",
            "description": "the rows that Kafka has now, with the ids that receipts speak of; empty in a dry run",
            "items": {
                "type": "object",
                "properties": {"row": _COUNT, "id": {"type": "string", "format": "uuid"}},
                "required": ["row", "id"],
            },
        },
        "rows": {
            "type": "array",
            "description": "the rows that do not pass; every other row of the file does",
            "items": {
                "type": "object",
                "properties": {
                    "row": {**_COUNT, "description": "from 1; the heading and blank rows are not counted"},
                    "status": {"const": "refused"},
                    "class": _TEXT,
                    "rule": _TEXT,
                    "pointer": {**_TEXT, "description": "JSON pointer into the event"},
                    "column": {**_TEXT, "description": "heading of the column that the field is read from"},
                    **_SENTENCES["properties"],
                },
                "required": ["row", "status", "class", "rule", "pointer"],
            },
        },
        "rules": {
            "type": "object",
            "description": "each broken rule by language: what is wrong, how to mend it",
            "additionalProperties": {"type": "object", "additionalProperties": _SENTENCES},
        },
        "allowed": {
            "type": "object",
            "description": "the words that a field may have, where a refused row has another",
            "additionalProperties": {"type": "array", "items": _TEXT},
        },
    },
    "required": [*_COUNTS, "entity", "dry_run", "ignored_columns", "events", "rows", "rules", "allowed"],
}

_FILE: Final = Documented(
    "Check a file's rows and, if asked, publish those that pass",
    "files",
    {
        200: ("Each row was checked, nothing was sent.", "application/json", ""),
        202: ("Kafka has every row on all in-sync replicas.", "application/json", ""),
        207: ("Kafka has the rows that pass; the others were not sent.", "application/json", ""),
    },
    (
        "body_malformed", "body_encoding_broken", "body_timeout", "body_too_large", "batch_too_large",
        "content_encoding_unsupported", "request_malformed", "key_missing", "key_unknown", "key_revoked", "key_expired",
        "source_disabled", "source_not_allowed", "rate_limited", "warehouse_away", "too_busy", "events_refused",
        "events_unsettled",
    ),
)  # fmt: skip
_TEMPLATE: Final = Documented(
    "Get an empty table: the columns of an entity's file",
    "files",
    {200: ("One line of CSV.", "text/csv", "")},
    ("request_malformed", "too_busy"),
)


def file_arguments() -> Json:
    """Arguments of the decorator of ``POST /v1/files/{entity}``."""
    arguments = _with_shape(_FILE, _REPORT)
    operation = arguments["openapi_extra"]
    for kind in FILE_PROBLEMS.values():
        answer = operation["responses"].setdefault(str(kind.status), {"description": "", "content": {}})
        answer["description"] = f"{answer['description']} `{kind.name}`: {kind.en}".strip()
        answer["content"][MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    binary = {"type": "string", "format": "binary"}
    operation["requestBody"] = {
        "required": True,
        "description": "The file as it is. CSV has the contract's fields as columns (GET /v1/files/{entity} lists "
        "them); JSON has objects with those names, nested or dotted, or whole CloudEvents.",
        "content": {kind: {"schema": binary if kind == SHEET_TYPE else _TEXT} for kind in TYPES},
    }
    return arguments


def template_arguments() -> Json:
    """Arguments of the decorator of ``GET /v1/files/{entity}``."""
    return _with_shape(_TEMPLATE, _TEXT)


def _with_shape(documented: Documented, shape: Json) -> dict[str, Any]:
    arguments = documented.as_arguments()
    for status in documented.answers:
        for content in arguments["openapi_extra"]["responses"][str(status)]["content"].values():
            content["schema"] = shape
    return arguments
