"""The interface as a table of routes, the application that serves it, and the OpenAPI document that describes it."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from nhnclinic.api import handlers, shapes
from nhnclinic.api.handlers import Bytes, Call
from nhnclinic.errors import RefusedError, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from nhnclinic.config import UserSettings
    from nhnclinic.exchange.worker import Exchange

_log = logging.getLogger("nhnclinic")

LARGEST_BODY = 4 * 1024 * 1024
BODY_PATIENCE = 30
"""Real seconds within which a caller's body must have come."""


@dataclass(frozen=True)
class Route:
    """One operation: where, what it takes and gives, and who may ask."""

    method: str
    path: str
    run: Callable[[Call], Awaitable[tuple[int, object]]]
    gives: Any
    takes: Any = None
    query: tuple[str, ...] = ()
    needs_user: bool = True
    status: int = 200


ROUTES = (
    Route("POST", "/api/messages", handlers.post_message, shapes.Queued, shapes.MessageIn, status=201),
    Route(
        "GET",
        "/api/messages",
        handlers.get_messages,
        list[shapes.MessageOut],
        query=("direction", "state", "msg_id"),
    ),
    Route("GET", "/api/messages/{msg_id}", handlers.get_message, shapes.MessageOut),
    Route("GET", "/api/messages/{msg_id}/raw", handlers.get_raw, bytes),
    Route("GET", "/api/inbox", handlers.get_inbox, list[shapes.MessageOut]),
    Route("GET", "/api/alerts", handlers.get_alerts, list[shapes.AlertOut], query=("open",)),
    Route("POST", "/api/alerts/{id}/resolve", handlers.resolve_alert, shapes.AlertOut),
    Route("PUT", "/api/patients/{number}", handlers.put_patient, shapes.PatientOut, shapes.PatientNames),
    Route("GET", "/api/patients/{number}/journal", handlers.get_journal, list[shapes.JournalEvent]),
    Route("POST", "/api/poll", handlers.post_poll, shapes.Health),
    Route("GET", "/api/health", handlers.get_health, shapes.Health, needs_user=False),
)


def application(exchange: Exchange) -> web.Application:
    """The interface of a clinic at work."""
    users = exchange.bench.config.users
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_errors(exchange)])
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(exchange, users, route))
    document = msgspec.json.encode(openapi())

    async def describe(request: web.Request) -> web.Response:
        del request
        return web.Response(body=document, content_type="application/json")

    app.router.add_get("/openapi.json", describe)
    return app


def _handler(exchange: Exchange, users: Sequence[UserSettings], route: Route) -> Callable[..., Any]:
    async def handle(request: web.Request) -> web.Response:
        user = _who(request, users) if route.needs_user else None
        async with asyncio.timeout(BODY_PATIENCE):
            data = await request.read()
        call = Call(
            exchange=exchange,
            user=user,
            path=dict(request.match_info),
            query=dict(request.query),
            body=_decoded(data, route.takes),
            key=request.headers.get("Idempotency-Key", ""),
        )
        status, value = await route.run(call)
        if isinstance(value, Bytes):
            return web.Response(status=status, body=value.data, content_type=value.content_type)
        return _json(status, value)

    return handle


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
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
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
                return _problem(error.status, error.code, error.cause, error.remedy)
            except TransportError as error:
                return _problem(503, "network_unavailable", str(error), "Nothing was sent or kept: try again later.")
            except TimeoutError:
                return _problem(408, "too_slow", "The body did not come in time.", "Send it faster.")
            except web.HTTPException as error:
                return _problem(error.status, "not_here", f"{error.reason}.", "See /openapi.json for what is here.")
            except Exception:  # noqa: BLE001 - whatever broke, the caller gets a typed answer and no trace
                _log.exception("%s %s", request.method, request.path)
                return _problem(500, "internal", "The clinic failed to do this.", "See its log; then try again.")
            return response

    return middleware


def _problem(status: int, error: str, cause: str, remedy: str) -> web.Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return _json(status, shapes.Problem(error, cause, remedy), headers)


def _json(status: int, value: object, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(value), content_type="application/json", headers=headers
    )


def openapi() -> dict[str, Any]:
    """The interface as an OpenAPI 3.1 document, made of the table of routes."""
    kinds = [kind for route in ROUTES for kind in (route.gives, route.takes) if kind not in {None, bytes}]
    schemas, components = msgspec.json.schema_components(
        [*kinds, shapes.Problem], ref_template="#/components/schemas/{name}"
    )
    by_kind = dict(zip(map(str, [*kinds, shapes.Problem]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Provenett reference clinic", "version": "0.1.0"},
        "components": {
            "schemas": components,
            "securitySchemes": {"user": {"type": "http", "scheme": "bearer"}},
        },
        "paths": paths,
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    summary = (route.run.__doc__ or "").splitlines()[0]
    content = (
        {"application/xml": {}} if route.gives is bytes else {"application/json": {"schema": schemas[str(route.gives)]}}
    )
    problem = {"application/json": {"schema": schemas[str(shapes.Problem)]}}
    operation: dict[str, Any] = {
        "operationId": getattr(route.run, "__name__", ""),
        "summary": summary,
        "responses": {
            str(route.status): {"description": "Done.", "content": content},
            "default": {"description": "Refused, with cause and remedy.", "content": problem},
        },
        "parameters": [
            *(_parameter(name, "path") for name in re.findall(r"{(\w+)}", route.path)),
            *(_parameter(name, "query") for name in route.query),
        ],
    }
    if route.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[str(route.takes)]}},
        }
    if route.method == "POST" and route.takes is not None:
        operation["parameters"].append(_parameter("Idempotency-Key", "header"))
    if route.needs_user:
        operation["security"] = [{"user": []}]
    return operation


def _parameter(name: str, where: str) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}
