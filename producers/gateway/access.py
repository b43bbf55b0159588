"""What every route of the API needs: the gateway, the caller, the language to speak."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from arna.contracts.receipt import Language
from arna.source_keys import KeyHolder
from producers.gateway.problems import Problem, choose_language
from producers.gateway.service import Gateway

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="arna_<key id>_<secret>",
    description="A source's key, made by `arna source key issue`.",
)


def gateway_of(request: Request) -> Gateway:
    """The gateway that answers."""
    return cast("Gateway", request.app.state.gateway)


async def authorize(request: Request, _: Annotated[object, Security(_BEARER)] = None) -> KeyHolder:
    """The caller, once its key is known to be right and its limit of requests is not used up.

    Raises:
        Problem: 400 for a query parameter that the route does not have; 401, 403, 429 or 503 as in
            ``KeyRing.authenticate`` and ``Quotas.take_request``.
    """
    gateway = gateway_of(request)
    holder = await gateway.keys.authenticate(request.headers.get("authorization"))
    request.state.holder = holder
    await gateway.quotas.take_request(holder)
    _refuse_unknown_parameters(request)
    return holder


def _refuse_unknown_parameters(request: Request) -> None:
    """A parameter with a typing error in its name would be passed over in silence."""
    route = request.scope["route"]
    known = {parameter.alias for parameter in route.dependant.query_params} if isinstance(route, APIRoute) else set()
    if request.query_params.keys() - known:
        raise Problem("request_malformed", parameters=["query"], known=sorted(known))


Caller = Annotated[KeyHolder, Depends(authorize)]
"""A route's parameter: whose request it is."""


def language_for(request: Request) -> Language:
    """The language that the caller asks for; where it asks for none of ours, that of its source."""
    holder: KeyHolder | None = getattr(request.state, "holder", None)
    default = cast("Language", holder.language) if holder is not None else "en"
    return choose_language(request.headers.get("accept-language"), default)
