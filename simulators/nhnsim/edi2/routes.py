"""EDI 2.0 v2 over HTTP: eight endpoints, one table.

The order of a request's checks: credentials (401), headers (400), path and query (400), body (415, 400), then the
rules of `desk` (400, 403, 404). Everything that touches the store runs in the store's own thread and answers after
the commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from nhnsim.context import CONTROL, ERROR_BODY, Controllable, note
from nhnsim.edi2 import errors, query, wire
from nhnsim.edi2.desk import Caller, Desk, Options
from nhnsim.edi2.model import SCHEMA, PostOffice
from nhnsim.guard import AuthError, Guard
from nhnsim.store import open_store
from nhnsim.worker import Worker
from nhnwire import edi2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp.typedefs import Handler, Middleware

    from nhnsim.context import Context

    Endpoint = Callable[[web.Request, Caller], Awaitable[web.Response]]


def application(context: Context, options: Options | None = None) -> web.Application:
    """The endpoint: give it a context, serve it.

    Args:
        context: what every endpoint is given; its store is `messages.sqlite` in `context.state`.
        options: what the standard leaves free.
    """
    chosen = options or Options()
    service = Service(context, Guard(context, edi2.AUDIENCE, [edi2.SCOPE]), Worker("edi2 store"), chosen)
    app = web.Application(client_max_size=chosen.request_limit, middlewares=[service.refusals()])
    app[CONTROL] = service
    app[ERROR_BODY] = service.error_body
    app.cleanup_ctx.append(service.open)
    messages, end = "/{messages:(?i:messages)}", "{end:/?}"
    item = messages + "/{id:[^/]+}"
    for method, path, endpoint in (
        ("GET", messages + end, service.get_messages),
        ("POST", messages + end, service.post_message),
        ("GET", item + end, service.get_message),
        ("GET", item + "/{part:(?i:business-document)}" + end, service.get_document),
        ("GET", item + "/{part:(?i:status)}" + end, service.get_status),
        ("GET", item + "/{part:(?i:apprec)}" + end, service.get_app_rec),
        ("POST", item + "/{part:(?i:apprec)}/{her_id:[^/]+}" + end, service.post_app_rec),
        ("PUT", item + "/{part:(?i:read)}/{her_id:[^/]+}" + end, service.mark_read),
    ):
        app.router.add_route(method, path, service.guarded(endpoint))
    return app


@dataclass
class Service(Controllable):
    """The endpoints; thin: decode, let the desk decide, encode."""

    context: Context
    guard: Guard
    worker: Worker
    options: Options

    async def open(self, app: web.Application) -> AsyncIterator[None]:
        """Keep the store open while the application is served."""
        del app
        path = self.context.state / "messages.sqlite"
        connection = await self.worker.do(partial(open_store, path, SCHEMA))
        office = PostOffice(connection)
        self.desk = Desk(office, self.context.world, self.context.clock, self.context.new_id, self.options)
        yield
        await self.worker.do(connection.close)
        await self.worker.aclose()

    async def get_messages(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages."""
        wanted, metadata = query.unread(request.query.items())
        found = await self.worker.do(partial(self.desk.unread, caller, wanted))
        return _json(wire.messages(found, metadata=metadata))

    async def post_message(self, request: web.Request, caller: Caller) -> web.Response:
        """POST /Messages."""
        _require_json(request)
        upload = wire.upload(await request.read())
        posted = await self.worker.do(
            partial(self.desk.post, caller, upload.document, subset=upload.subset, overrides=upload.overrides)
        )
        return self._created(posted.id)

    async def get_message(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}."""
        message_id = query.message_id(request.match_info["id"])
        message, receiver = await self.worker.do(partial(self.desk.message, caller, message_id))
        return _json(wire.message(message, receiver))

    async def get_document(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}/business-document."""
        message_id = query.message_id(request.match_info["id"])
        return _json(wire.document(await self.worker.do(partial(self.desk.document, caller, message_id))))

    async def get_status(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}/status."""
        message_id = query.message_id(request.match_info["id"])
        return _json(wire.statuses(await self.worker.do(partial(self.desk.deliveries, caller, message_id))))

    async def get_app_rec(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}/apprec."""
        message_id = query.message_id(request.match_info["id"])
        return _json(wire.app_recs(await self.worker.do(partial(self.desk.deliveries, caller, message_id))))

    async def post_app_rec(self, request: web.Request, caller: Caller) -> web.Response:
        """POST /Messages/{id}/apprec/{appRecSenderHerId}."""
        message_id = query.message_id(request.match_info["id"])
        her_id = query.her_id(request.match_info["her_id"], "appRecSenderHerId")
        _require_json(request)
        receipt, overrides = wire.receipt(await request.read())
        posted = await self.worker.do(partial(self.desk.post_receipt, caller, message_id, her_id, receipt, overrides))
        return self._created(posted.id)

    async def mark_read(self, request: web.Request, caller: Caller) -> web.Response:
        """PUT /Messages/{id}/read/{herId}; a Content-Type without a body is put up with, since clients send one."""
        message_id = query.message_id(request.match_info["id"])
        her_id = query.her_id(request.match_info["her_id"])
        await self.worker.do(partial(self.desk.mark_read, caller, message_id, her_id))
        return web.Response(status=204)

    def guarded(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The endpoint behind credentials and obligatory headers."""

        async def handle(request: web.Request) -> web.Response:
            try:
                principal = await self.guard.authorise(request)
            except AuthError as error:
                raise errors.unauthenticated(error.www_authenticate, error.description, error.status) from error
            source = query.source_system(request.headers)
            return await endpoint(request, Caller(principal, source, partial(note, request)))

        return handle

    def refusals(self) -> Middleware:
        """The middleware that gives every refusal its body."""

        @web.middleware
        async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except errors.RefusedError as error:
                return self._refusal(error)

        return refuse

    def error_body(self, status: int, text: str) -> web.Response:
        """What the endpoint's own code did not answer: unknown path, wrong method, body too large, our defect."""
        known = {404: errors.no_such_resource(), 413: errors.too_large(self.options.request_limit)}
        error = errors.unexpected() if status >= 500 else known.get(status) or errors.RefusedError(status, text)
        return self._refusal(error)

    async def reset(self) -> None:
        """Forget every message."""
        await self.worker.do(self.desk.office.reset)
        self.guard.forget()

    async def snapshot(self) -> dict[str, object]:
        """Every message with its deliveries."""
        return {"messages": await self.worker.do(self.desk.office.snapshot)}

    def _created(self, message_id: str) -> web.Response:
        location = f"{self.context.urls[self.context.name]}/Messages/{message_id}"
        return _json(wire.created(message_id), status=201, headers={"Location": location})

    def _refusal(self, error: errors.RefusedError) -> web.Response:
        body = wire.encode(error.body(self.context.new_id()))
        return _json(body, status=error.status, headers=error.headers)


def _json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json", charset="utf-8", headers=headers)


def _require_json(request: web.Request) -> None:
    """`application/json`, `text/json` or `application/*+json`, in UTF-8."""
    given = request.headers.get("Content-Type", "")
    kind = request.content_type.lower()
    is_json = kind in {"application/json", "text/json"} or (kind.startswith("application/") and kind.endswith("+json"))
    charset = (request.charset or "utf-8").lower()
    if not given or not is_json or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise errors.unsupported_media_type(given)
