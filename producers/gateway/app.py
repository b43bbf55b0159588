"""The gateway's application: ``create_app`` puts routes, errors, page and documents together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match

from arna import __version__
from arna.embedded.state import effective_settings
from arna.settings import Settings, get_settings
from producers.gateway.access import language_for
from producers.gateway.documents import DESCRIPTION, complete, render_page
from producers.gateway.files import router as files_router
from producers.gateway.guard import Guard
from producers.gateway.problems import Problem, problem_response
from producers.gateway.routes import router
from producers.gateway.service import Gateway
from producers.gateway.static_page import add_page

MAX_REQUESTS: Final = 512
"""Requests under way at once in a process."""

_NAME_OF_STATUS: Final = {404: "not_found", 405: "method_not_allowed"}


def gateway_settings() -> Settings:
    """The process's settings with the addresses that the gateway needs, completed from the stack that is up.

    Raises:
        ConfigError: one is not known.
    """
    settings = get_settings()
    return effective_settings(settings, warehouse=settings.warehouse_gateway_url is None)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application of one process.

    Args:
        settings: with every address; unset: the process's own, completed from the stack that is up.

    Raises:
        ConfigError: an address is not known.
    """
    gateway = Gateway(settings or gateway_settings())

    @asynccontextmanager
    async def run_gateway(_: FastAPI) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.stop()

    app = FastAPI(
        title="Arna gateway",
        version=__version__,
        description=DESCRIPTION,
        lifespan=run_gateway,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.gateway = gateway
    app.include_router(router)
    app.include_router(files_router)
    app.add_exception_handler(Problem, _answer)
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    _add_documents(app)
    add_page(app)
    app.add_middleware(Guard, max_requests=MAX_REQUESTS)
    return app


async def _answer(request: Request, error: Exception) -> Response:
    """The problem that an error is, in the caller's language."""
    if isinstance(error, Problem):
        problem = error
    elif isinstance(error, HTTPException):
        headers = {"Allow": ", ".join(_methods(request))} if error.status_code == 405 else error.headers
        problem = Problem(_NAME_OF_STATUS.get(error.status_code, "request_malformed"), headers)
    else:
        # Where it is wrong, not what was given.
        wrong = error.errors() if isinstance(error, RequestValidationError) else []
        places = ["/".join(str(part) for part in one["loc"][:2]) for one in wrong]
        problem = Problem("request_malformed", parameters=places)
    return problem_response(problem, language_for(request), request.state.instance)


def _methods(request: Request) -> list[str]:
    """The methods that an address takes: the framework's own list names those of one route only."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)


def _add_documents(app: FastAPI) -> None:
    """The OpenAPI document and a page of it that needs no other host and no script."""

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        """The OpenAPI document."""
        return Response(complete(app)[1], media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        """The same for people."""
        return HTMLResponse(render_page(complete(app)[0]))
