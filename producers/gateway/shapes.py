"""The JSON shapes of the API's bodies, as the OpenAPI document has them."""

from __future__ import annotations

from typing import Any, Final

from arna.contracts.attributes import REQUIRED, TRACEPARENT_PATTERN
from arna.contracts.receipt import Outcome
from arna.contracts.registry import SPECS, Entity
from producers.gateway.results import EventStatus

Shape = dict[str, Any]


def _object(required: dict[str, Shape], optional: dict[str, Shape] | None = None, **more: object) -> Shape:
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required), **more}


def _text(description: str = "", **more: object) -> Shape:
    return {"type": "string", **({"description": description} if description else {}), **more}


def _count(description: str = "") -> Shape:
    return {"type": "integer", "minimum": 0, **({"description": description} if description else {})}


def _list(items: Shape) -> Shape:
    return {"type": "array", "items": items}


def _reference(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


_TYPES: Final = [spec.event_type(action) for spec in SPECS.values() for action in spec.actions]
_FLAG: Final[Shape] = {"type": "boolean"}
_ENTITY: Final[Shape] = {"enum": [entity.value for entity in Entity]}
_LANGUAGE: Final[Shape] = {"enum": ["kk", "ru", "en"]}

_CLOUD_EVENT: Final = {
    "type": "object",
    "description": "A CloudEvents 1.0 event in structured mode; /v1/schemas/{entity} says in full what data must hold.",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _text("UUID, version 7 advised; the same id with the same content counts once", format="uuid"),
        "source": _text("that of the key, urn:kz:bin:<BIN>", maxLength=500),
        "type": {"enum": _TYPES},
        "subject": _text("the entity's id at its source, repeated in data", minLength=1, maxLength=200),
        "time": _text("when it happened", format="date-time"),
        "dataschema": {"enum": [spec.schema_uri for spec in SPECS.values()]},
        "datacontenttype": {"enum": ["application/json", None]},
        "recordversion": {
            "type": "integer",
            "minimum": 1,
            "maximum": 2**53,
            "description": "raised by one at each change of this subject",
        },
        "traceparent": {"type": ["string", "null"], "description": "W3C trace context", "pattern": TRACEPARENT_PATTERN},
        "data": {"type": "object", "description": "the whole state of the entity after the change"},
    },
    "required": list(REQUIRED),
}

_RESULT: Final = _object(
    {
        "index": _count("place of the event in the request, from 0"),
        "id": {"type": ["string", "null"], "description": "the event's id where it could be read and may be shown"},
        "status": {"enum": [status.value for status in EventStatus]},
    },
    {
        "class": _text("class of the reason, of a refused event"),
        "rule": _text("the rule that it breaks"),
        "pointer": _text("JSON pointer to the field; empty is the event as a whole"),
        "message": _text("what is wrong, or what to do"),
        "mend": _text("what to change in the source system"),
    },
)

_REPORT: Final = _object(
    {
        "read": _count("events in the request; the sum of the four below"),
        "accepted": _count("on all in-sync replicas; in a dry run: would be"),
        "refused": _count("break their contract or are not this source's to send"),
        "unknown": _count("sent, no answer: send them again with the same ids"),
        "not_sent": _count("right, and not sent: send them again"),
        "dry_run": _FLAG,
        "results": _list(_reference("Result")),
    }
)

_PROBLEM: Final = _object(
    {
        "type": _text("urn:arna:problem:<name>; branch on this"),
        "title": _text("the kind of problem, in English"),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _text("what is wrong and what to do, in the reader's language"),
        "instance": _text("URN of this request, for the gateway's engineers"),
    },
    description="RFC 9457. Further members belong to the type. No member repeats what was sent.",
)

_NOTICE: Final = _object(
    {"rule_id": _text(), "pointer": _text(), "message": _text()}, {"mend": {"type": ["string", "null"]}}
)

_RECEIPT: Final = _object(
    {
        "entity": _ENTITY,
        "outcome": {"enum": [outcome.value for outcome in Outcome]},
        "topic": _text(),
        "partition": _count(),
        "offset": _count(),
        "at": _text("when that became of it", format="date-time"),
    },
    {
        "event_id": _text("the event's id where it could be read"),
        "subject": _text(),
        "record_version": _count(),
        "rejection_class": _text("why it was rejected"),
        "rule_id": _text(),
        "pointer": _text("JSON pointer from the root of the event"),
        "message": _text("what is wrong"),
        "mend": _text("what to do about it in the source system"),
        "also_failed": _list(_NOTICE),
        "warnings": _list(_NOTICE),
        "payload_sha256": _text("SHA-256 of a rejected message, for its publisher to find it"),
        "batch_id": _count("the batch that settled it"),
    },
)

_TOTALS: Final = _object(
    {
        "batch_id": _count(),
        "entity": _ENTITY,
        "is_discarded": _FLAG,
        "loaded": _count(),
        "superseded": _count(),
        "duplicate": _count(),
        "rejected": _count(),
        "warned": _count(),
        "settled_at": _text(format="date-time"),
    },
    description="What became of the source's events in one batch.",
)

SHAPES: Final[dict[str, Shape]] = {
    "CloudEvent": _CLOUD_EVENT,
    "Result": _RESULT,
    "Report": _REPORT,
    "Problem": _PROBLEM,
    "ProblemWithReport": {
        "description": "A problem; where the events themselves are the reason, with the report on each.",
        "allOf": [_reference("Problem")],
        "properties": _REPORT["properties"],
    },
    "ReceiptPage": _object(
        {
            "receipts": _list(_RECEIPT),
            "totals": _list(_TOTALS),
            "next_cursor": _text("ask with it for what comes later"),
            "has_more": {**_FLAG, "description": "whether more are there already"},
        }
    ),
    "Source": _object(
        {
            "source": _text(),
            "name": _text(),
            "entities": _list(_ENTITY),
            "achievement_types": {"type": ["array", "null"], "items": {"type": "string"}, "description": "null: any"},
            "language": _LANGUAGE,
            "limits": _object(
                {
                    name: {"type": "integer", "minimum": 1}
                    for name in ("requests_per_second", "events_per_second", "max_batch_events", "max_body_bytes")
                }
            ),
        }
    ),
    "SchemaList": _object(
        {
            "schemas": _list(
                _object({"entity": _ENTITY, "id": _text(), "types": _list(_text()), "href": _text()}),
            ),
            "asyncapi": _text(),
        }
    ),
    "Document": {"type": "object"},
}
"""Every shape, by name."""
