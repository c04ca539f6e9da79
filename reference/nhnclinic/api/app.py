"""The application that serves the table of routes: who asks, what is asked, and a typed answer to all of it."""

from __future__ import annotations

import asyncio
import hmac
import logging
import zlib
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from nhnclinic.api import shapes
from nhnclinic.api.calls import Bytes, Call, check_role, check_texts, key_of
from nhnclinic.api.describe import openapi
from nhnclinic.errors import RefusedError, TransportError
from nhnclinic.store.database import is_away

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nhnclinic.api.calls import Route
    from nhnclinic.config import UserSettings
    from nhnclinic.exchange.worker import Exchange

_log = logging.getLogger("nhnclinic")

_AGAIN = "Try again with the same Idempotency-Key: it cannot be said whether anything was kept."
LARGEST_BODY = 48 * 1024 * 1024
"""Room for attachments of 35 MB, which base64 makes a third larger."""

_BY_STATUS = {413: ("too_large", f"Send at most {LARGEST_BODY} bytes, or several messages.")}

BODY_PATIENCE = 30
"""Real seconds within which a caller's body must have come."""


def application(exchange: Exchange) -> web.Application:
    """The interface of a clinic at work."""
    users = exchange.bench.config.users
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_errors(exchange)])
    routes = exchange.bench.parts.routes
    for route in routes:
        app.router.add_route(route.method, route.path, _handler(exchange, users, route))
    document = msgspec.json.encode(openapi(routes))

    async def describe(request: web.Request) -> web.Response:
        del request
        return web.Response(body=document, content_type="application/json")

    app.router.add_get("/openapi.json", describe)
    return app


def _handler(exchange: Exchange, users: Sequence[UserSettings], route: Route) -> Callable[..., Any]:
    async def handle(request: web.Request) -> web.Response:
        user = _who(request, users) if route.needs_user else None
        check_role(user, route, exchange.bench.parts.may)
        path, query = dict(request.match_info), dict(request.query)
        check_texts(route, path, query)
        key = key_of(user, route, request.headers.get("Idempotency-Key", ""))
        data = await _body(request)
        call = Call(
            exchange=exchange,
            user=user,
            path=path,
            query=query,
            body=_decoded(data, route.takes),
            key=key,
        )
        status, value = await route.run(call)
        if isinstance(value, Bytes):
            return web.Response(status=status, body=value.data, content_type=value.content_type)
        return _json(status, value)

    return handle


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            return await request.read()
    except (web.RequestPayloadError, HttpProcessingError, aiohttp.ClientError, zlib.error) as error:
        cause = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise RefusedError(
            400, "bad_body", f"The body cannot be read: {cause}.", "Send it whole, and compressed as its header says."
        ) from error


def _who(request: web.Request, users: Sequence[UserSettings]) -> UserSettings:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token.strip().encode("utf-8", "surrogateescape")
    found = [user for user in users if hmac.compare_digest(user.token.encode(), given)]
    if scheme.lower() != "bearer" or not found:
        raise RefusedError(
            401, "not_known", "Nobody is known by this token.", "Send the header Authorization: Bearer TOKEN of a user."
        )
    return found[0]


def _decoded(data: bytes, kind: Any) -> Any:
    if kind is None:
        return None
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(
            400, "bad_body", f"The body is not what is expected: {error}.", "See /openapi.json for its members."
        ) from error


def _errors(exchange: Exchange) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        with exchange.bench.clock.busy(f"clinic {request.method} {request.path}"):
            try:
                response: web.StreamResponse = await handler(request)
            except RefusedError as error:
                refused = _problem(error.status, error.code, error.cause, error.remedy)
                if request.content.exception() is not None:
                    refused.force_close()  # what follows on this connection cannot be made out
                return refused
            except TransportError as error:
                return _problem(503, "network_unavailable", str(error), "Nothing was sent or kept: try again later.")
            except TimeoutError:
                return _problem(408, "too_slow", "The body did not come in time.", "Send it faster.")
            except web.HTTPException as error:
                code, remedy = _BY_STATUS.get(error.status, ("not_here", "See /openapi.json for what is here."))
                return _problem(error.status, code, f"{error.reason}.", remedy)
            except Exception as error:  # noqa: BLE001 - whatever broke, the caller gets a typed answer and no trace
                return _broken(request, error)
            return response

    return middleware


def _broken(request: web.Request, error: Exception) -> web.Response:
    if is_away(error):
        return _problem(503, "store_unavailable", "The clinic's database does not answer.", _AGAIN)
    _log.error("%s %s", request.method, request.path, exc_info=error)
    return _problem(500, "internal", "The clinic failed to do this.", "See its log; then try again.")


def _problem(status: int, error: str, cause: str, remedy: str) -> web.Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return _json(status, shapes.Problem(error, cause, remedy), headers)


def _json(status: int, value: object, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(value), content_type="application/json", headers=headers
    )
