"""The API: events in, receipts out, schemas, health."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from arna.contracts.receipt import Outcome
from arna.contracts.registry import SPECS, Entity
from arna.contracts.schemas import FOLDER, schema_file_name
from producers.gateway.access import Caller, gateway_of, language_for
from producers.gateway.bodies import media_type, read_body, split_events
from producers.gateway.checking import RawEvent
from producers.gateway.documents import CHECK, EVENTS, HEALTH, READY, RECEIPTS, SCHEMA, SCHEMAS, SOURCE, Documented
from producers.gateway.problems import Problem, problem_response
from producers.gateway.results import Report

JSON_SCHEMA_TYPE: Final = "application/schema+json"
# Cutting a small body up takes less time than handing it to a thread.
_SMALL_BYTES: Final = 64 * 1024
_PROBLEM_OF_STATUS: Final = {
    HTTPStatus.FORBIDDEN: "source_not_allowed",
    HTTPStatus.UNPROCESSABLE_ENTITY: "events_refused",
    HTTPStatus.SERVICE_UNAVAILABLE: "events_unsettled",
}

router = APIRouter()


_Route = Callable[..., Awaitable[Response]]


def _add(method: str, path: str, documented: Documented) -> Callable[[_Route], _Route]:
    return router.api_route(path, methods=[method], **documented.as_arguments())


@_add("POST", "/v1/events", EVENTS)
async def publish_events(request: Request, caller: Caller) -> Response:
    """Publish one event or many."""
    return await _handle(request, caller, is_dry_run=False)


@_add("POST", "/v1/check", CHECK)
async def check_events(request: Request, caller: Caller) -> Response:
    """Check events as publishing would, and publish nothing."""
    return await _handle(request, caller, is_dry_run=True)


async def _handle(request: Request, caller: Caller, *, is_dry_run: bool) -> Response:
    gateway = gateway_of(request)
    settings = gateway.settings
    media_type(request)  # before a byte of the body is read
    body = await read_body(request, settings.gateway_max_body_bytes, settings.gateway_body_seconds, gateway.room)
    try:
        events = await _split(request, body, gateway.quotas.max_batch(caller))
        report = await gateway.publish(caller, events, is_dry_run=is_dry_run)
    finally:
        gateway.room.give_back(len(body))
    return report_response(request, report)


async def _split(request: Request, body: bytes, max_events: int) -> list[RawEvent]:
    if len(body) <= _SMALL_BYTES:
        return split_events(request, body, max_events)
    return await asyncio.to_thread(split_events, request, body, max_events)


def report_response(request: Request, report: Report) -> Response:
    """The answer that a report is: JSON where something was accepted, a problem with the same members otherwise."""
    language = language_for(request)
    body = report.as_json(language)
    request.state.counts = {name: body[name] for name in ("read", "accepted", "refused", "unknown", "not_sent")}
    status = HTTPStatus(report.http_status)
    if status in _PROBLEM_OF_STATUS:
        problem = Problem(_PROBLEM_OF_STATUS[status], **body)
        return problem_response(problem, language, request.state.instance)
    return json_response(body, status)


def json_response(body: object, status: int = HTTPStatus.OK) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body), status, media_type="application/json")


@_add("GET", "/v1/receipts", RECEIPTS)
async def list_receipts(
    request: Request,
    caller: Caller,
    cursor: Annotated[str | None, Query(max_length=200, description="next_cursor of an earlier page, or `end`")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="most receipts in the page")] = 100,
    outcome: Annotated[Outcome | None, Query(description="only receipts of this outcome")] = None,
) -> Response:
    """Read what became of the source's own events, oldest first."""
    page = await gateway_of(request).receipts.read(
        caller, cursor=cursor, limit=limit, language=language_for(request), outcome=outcome
    )
    return json_response(page)


@_add("GET", "/v1/source", SOURCE)
async def show_source(request: Request, caller: Caller) -> Response:
    """See whose key it is, what it may publish and how much."""
    types = caller.achievement_types
    return json_response(
        {
            "source": caller.source_uri,
            "name": caller.name,
            "entities": sorted(caller.entities),
            "achievement_types": None if types is None else sorted(types),
            "language": caller.language,
            "limits": gateway_of(request).quotas.as_json(caller),
        }
    )


@_add("GET", "/v1/schemas", SCHEMAS)
async def list_schemas() -> Response:
    """List the schemas of what can be published."""
    schemas = [
        {
            "entity": entity.value,
            "id": spec.schema_uri,
            "types": [spec.event_type(action) for action in spec.actions],
            "href": f"/v1/schemas/{entity}",
        }
        for entity, spec in SPECS.items()
    ]
    return json_response({"schemas": schemas, "asyncapi": "/v1/schemas/asyncapi"})


@_add("GET", "/v1/schemas/{name}", SCHEMA)
async def show_schema(
    name: Annotated[str, Path(max_length=40, description="an entity, or `asyncapi`")],
) -> Response:
    """Get the JSON Schema of an entity's events, or the AsyncAPI document of all."""
    if name == "asyncapi":
        file, kind = "asyncapi.json", "application/json"
    elif name in set(Entity):
        file, kind = schema_file_name(Entity(name)), JSON_SCHEMA_TYPE
    else:
        raise Problem("not_found")
    text = await asyncio.to_thread((FOLDER / file).read_bytes)
    return Response(text, media_type=kind, headers={"Cache-Control": "public, max-age=300"})


@_add("GET", "/healthz", HEALTH)
async def show_health() -> Response:
    """See whether the process answers."""
    return json_response({"status": "alive"})


@_add("GET", "/readyz", READY)
async def show_readiness(request: Request) -> Response:
    """See whether events can be taken: whether Kafka and the warehouse answer."""
    parts = gateway_of(request).readiness()
    if not all(parts.values()):
        return problem_response(Problem("not_ready", **parts), language_for(request), request.state.instance)
    return json_response({"status": "ready", **parts})
