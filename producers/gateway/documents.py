"""What the API says of itself: the OpenAPI document, and a page of it that needs no script and no other host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from arna.contracts.decode import JSON_TYPE, STRUCTURED_TYPE
from producers.gateway.bodies import BATCH_TYPE, LINES_TYPE
from producers.gateway.examples import EXAMPLES
from producers.gateway.problems import KINDS, MEDIA_TYPE
from producers.gateway.shapes import SHAPES

Json = dict[str, Any]

DESCRIPTION: Final = (
    "Publish enrolments, certifications and vacancies as CloudEvents 1.0, and hear what became of each.\n\n"
    "202 is said only when Kafka has every event of the request on all its in-sync replicas. Where that is not so, the "
    "answer names each event's status: accepted, refused (mend it), unknown (sent, no answer: send it again with the "
    "same id) or not_sent (send it again). An event sent twice with the same id and content counts once.\n\n"
    "An event may name only the source of the key it comes with. Every answer that is no success has the form of "
    "RFC 9457, application/problem+json. Messages come in Kazakh, Russian or English: by Accept-Language, else in the "
    "source's language. Bodies may be compressed with gzip or zstd."
)

_ACCESS: Final = (
    "request_malformed", "key_missing", "key_unknown", "key_revoked", "key_expired", "source_disabled", "rate_limited",
    "warehouse_away", "too_busy",
)  # fmt: skip
_BODY: Final = (
    "body_empty", "body_malformed", "body_encoding_broken", "body_timeout", "body_too_large", "batch_too_large",
    "content_type_unsupported", "content_encoding_unsupported",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Documented:
    """An operation as the OpenAPI document has it.

    Attributes:
        summary: what it does, in a few words.
        tag: the group it belongs to.
        answers: status to what it means, media type and name of the shape, of the successes.
        problems: names of the problems it may answer.
        reports: statuses of problems that carry the report of the events too.
        takes_events: whether its body holds events.
    """

    summary: str
    tag: str
    answers: Mapping[int, tuple[str, str, str]]
    problems: tuple[str, ...] = ()
    reports: frozenset[int] = field(default_factory=frozenset)
    takes_events: bool = False

    def as_arguments(self) -> dict[str, Any]:
        """Arguments for FastAPI's decorator."""
        operation: Json = {"responses": self._responses()}
        if self.takes_events:
            operation["requestBody"] = _request_body()
        return {
            "summary": self.summary,
            "tags": [self.tag],
            "status_code": min(self.answers),
            "openapi_extra": operation,
        }

    def _responses(self) -> Json:
        responses: Json = {
            str(status): {"description": text, "content": {kind: {"schema": _reference(shape)}}}
            for status, (text, kind, shape) in self.answers.items()
        }
        for name in self.problems:
            kind = KINDS[name]
            found = responses.setdefault(str(kind.status), {"description": "", "content": {}})
            found["description"] = f"{found['description']} `{name}`: {kind.en}".strip()
            shape = _reference("ProblemWithReport" if kind.status in self.reports else "Problem")
            found["content"][MEDIA_TYPE] = {"schema": shape}
            if headers := _HEADERS_OF_STATUS.get(kind.status):
                found["headers"] = headers
        return dict(sorted(responses.items()))


def _reference(shape: str) -> Json:
    return {"$ref": f"#/components/schemas/{shape}"}


def _header(text: str, kind: str) -> Json:
    return {"description": text, "required": True, "schema": {"type": kind}}


_HEADERS_OF_STATUS: Final[Mapping[int, Json]] = {
    401: {"WWW-Authenticate": _header("Bearer", "string")},
    429: {"Retry-After": _header("seconds to wait", "integer")},
    503: {"Retry-After": _header("seconds to wait", "integer")},
}


def _request_body() -> Json:
    one, batch = _reference("CloudEvent"), {"type": "array", "items": _reference("CloudEvent")}
    examples = {name: {"value": event} for name, event in EXAMPLES.items()}
    lines = "\n".join(orjson.dumps(event).decode() for event in EXAMPLES.values())
    return {
        "required": True,
        "description": f"One event, a JSON array of events, one event a line, or ({JSON_TYPE}) the data of an event "
        "whose attributes are in ce- headers.",
        "content": {
            STRUCTURED_TYPE: {"schema": one, "examples": examples},
            BATCH_TYPE: {"schema": batch, "examples": {"three events": {"value": list(EXAMPLES.values())}}},
            LINES_TYPE: {"schema": {"type": "string"}, "examples": {"three events": {"value": lines}}},
            JSON_TYPE: {"schema": {"type": "object"}},
        },
    }


_REPORTS: Final = frozenset({403, 422, 503})
EVENTS: Final = Documented(
    "Publish one event or many",
    "events",
    {
        202: ("Kafka has every event on all in-sync replicas.", "application/json", "Report"),
        207: ("Some events were accepted and some refused; results say which and why.", "application/json", "Report"),
    },
    (*_BODY, *_ACCESS, "events_refused", "source_not_allowed", "events_unsettled"),
    _REPORTS,
    takes_events=True,
)
CHECK: Final = Documented(
    "Check events and publish nothing",
    "events",
    {
        200: ("Every event would be accepted.", "application/json", "Report"),
        207: ("Some events would be accepted and some refused.", "application/json", "Report"),
    },
    (*_BODY, *_ACCESS, "events_refused", "source_not_allowed"),
    _REPORTS,
    takes_events=True,
)
RECEIPTS: Final = Documented(
    "Read what became of the source's own events, oldest first",
    "receipts",
    {200: ("A page of receipts; next_cursor leads to what comes later.", "application/json", "ReceiptPage")},
    (*_ACCESS, "cursor_unknown"),
)
SOURCE: Final = Documented(
    "See whose key it is, what it may publish and how much",
    "receipts",
    {200: ("The source.", "application/json", "Source")},
    _ACCESS,
)
SCHEMAS: Final = Documented(
    "List the schemas of what can be published",
    "schemas",
    {200: ("The schemas.", "application/json", "SchemaList")},
    ("too_busy",),
)
SCHEMA: Final = Documented(
    "Get the JSON Schema of an entity's events, or the AsyncAPI document of all",
    "schemas",
    {200: ("The document.", "application/schema+json", "Document")},
    ("not_found", "request_malformed", "too_busy"),
)
HEALTH: Final = Documented(
    "See whether the process answers", "health", {200: ("It does.", "application/json", "Document")}
)
READY: Final = Documented(
    "See whether events can be taken",
    "health",
    {200: ("Kafka and the warehouse answer.", "application/json", "Document")},
    ("not_ready",),
)


@cache
def complete(app: FastAPI) -> tuple[Json, bytes]:
    """The OpenAPI document of an application, as a tree and as JSON."""
    document: Json = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, openapi_version="3.1.0"
    )
    for path in document["paths"].values():
        for operation in path.values():
            _take_out_framework(operation)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.update(SHAPES)
    asyncapi = document["paths"]["/v1/schemas/{name}"]["get"]["responses"]["200"]["content"]
    asyncapi["application/json"] = {"schema": _reference("Document")}
    return document, orjson.dumps(document)


def _take_out_framework(operation: Json) -> None:
    """FastAPI writes an answer of its own for wrong parameters; ours is a problem with status 400."""
    answer = operation["responses"].get("422", {}).get("content", {})
    if "HTTPValidationError" in str(answer.get("application/json")):
        del answer["application/json"]
        if not answer:
            del operation["responses"]["422"]


_STYLE: Final = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h2 { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.5rem; }
pre { border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; padding: .8rem; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; }
code { overflow-wrap: anywhere; }
"""
_CURL: Final = """curl --fail-with-body https://gateway.example/v1/events \\
  --header "Authorization: Bearer $ARNA_KEY" \\
  --header "Content-Type: application/cloudevents+json" \\
  --data-binary @event.json"""


def render_page(document: Json) -> str:
    """The OpenAPI document as one HTML page."""
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in document["info"]["description"].split("\n\n"))
    operations = "".join(
        _render_operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    shapes = "".join(
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{_pre(shape)}</details>'
        for name, shape in document["components"]["schemas"].items()
    )
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><main><h1>{title}</h1>{paragraphs}<p><a href="openapi.json">openapi.json</a> · '
        f'<a href="./">the page for people</a></p><pre>{escape(_CURL)}</pre>{operations}'
        f"<h2>Shapes</h2>{shapes}</main></body></html>"
    )


def _render_operation(method: str, path: str, operation: Json) -> str:
    parts = [f"<h2><code>{method.upper()} {escape(path)}</code></h2>", f"<p>{escape(operation['summary'])}.</p>"]
    if parameters := operation.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
            f"<td>{escape(one.get('description', ''))}</td></tr>"
            for one in parameters
        )
        parts.append(f"<table><tr><th>Parameter</th><th>In</th><th>What it is</th></tr>{rows}</table>")
    body = operation.get("requestBody", {})
    if "description" in body:
        parts.append(f"<p>{escape(body['description'])}</p>")
    for kind, content in body.get("content", {}).items():
        for name, example in content.get("examples", {}).items():
            summary = f"<code>{escape(kind)}</code>: {escape(name)}"
            parts.append(f"<details><summary>{summary}</summary>{_pre(example['value'])}</details>")
    rows = "".join(_render_answer(status, answer) for status, answer in operation["responses"].items())
    parts.append(f"<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>{rows}</table>")
    return f"<section>{''.join(parts)}</section>"


def _render_answer(status: str, answer: Json) -> str:
    bodies = []
    for kind, content in answer.get("content", {}).items():
        shape = str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
        link = f' <a href="#{escape(shape)}">{escape(shape)}</a>' if shape else ""
        bodies.append(f"<code>{escape(kind)}</code>{link}")
    meaning = escape(answer["description"] or HTTPStatus(int(status)).phrase)
    return f"<tr><td>{escape(status)}</td><td>{meaning}</td><td>{'<br>'.join(bodies)}</td></tr>"


def _pre(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return f"<pre>{escape(text)}</pre>"
