"""Around every request: its name in the log, a bound on how many are under way, and an answer whatever happens."""

from __future__ import annotations

import traceback
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from producers.gateway.problems import Problem, choose_language, problem_response

HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz"})
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'"
    ),
}

_log = structlog.get_logger(__name__)


class Guard:
    """An ASGI middleware, the outermost one.

    Args:
        app: what it is around.
        max_requests: requests under way at once; a further one is answered 503. Health checks are always let in.
    """

    def __init__(self, app: ASGIApp, max_requests: int) -> None:
        self._app = app
        self._max_requests = max_requests
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        state["instance"] = f"urn:uuid:{uuid4()}"
        began, status = perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        self._under_way += 1
        try:
            if self._under_way > self._max_requests and scope["path"] not in HEALTH_PATHS:
                await self._refuse("too_busy", scope, receive, send_with_headers)
            else:
                await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer
            # Its text may quote what was sent: the log gets where it happened, the caller that it happened.
            _log.error("request_failed", instance=state["instance"], error=type(error).__name__, at=_places(error))
            if not status:
                await self._refuse("internal", scope, receive, send_with_headers)
        finally:
            self._under_way -= 1
            _note(scope, status, perf_counter() - began)

    async def _refuse(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        language = choose_language(Headers(scope=scope).get("accept-language"))
        response = problem_response(Problem(name), language, scope["state"]["instance"])
        await response(scope, receive, send)


def _places(error: Exception) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]


def _note(scope: Scope, status: int, seconds: float) -> None:
    """One line for each request of the API; the path is the route's, for a real one may hold anything."""
    route = getattr(scope.get("route"), "path", None)
    if status < 400 and (route is None or not route.startswith("/v1/")):
        return
    state = scope["state"]
    holder = state.get("holder")
    _log.info(
        "request",
        instance=state["instance"],
        method=scope["method"],
        route=route,
        status=int(status),
        milliseconds=round(seconds * 1000, 1),
        source_id=holder.source_id if holder else None,
        key_id=holder.key_id if holder else None,
        **state.get("counts", {}),
    )
