"""EDI 2.0 over HTTP: the endpoints of both versions in one table; the header api-version chooses.

The order of a request's checks: credentials (401), headers (400), whether the version has the endpoint (404), path and
query (400), body (415, 400), then the rules of `desk` (400, 403, 404, 423). Everything that touches the store runs in
the store's own thread and answers after the commit.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from nhnsim.context import CONTROL, ERROR_BODIES, Controllable, note
from nhnsim.edi2 import errors, query, wire
from nhnsim.edi2.answers import json_answer, require_json
from nhnsim.edi2.carrier import Carrier
from nhnsim.edi2.desk import Caller, Options
from nhnsim.edi2.desk_v3 import DeskV3
from nhnsim.edi2.model import SCHEMA, PostOffice
from nhnsim.edi2.notices import NoticeBoard
from nhnsim.edi2.operations_v3 import OperationsV3
from nhnsim.edi2.stream import Bell
from nhnsim.guard import AuthError, Guard
from nhnsim.store import open_store
from nhnsim.worker import Worker
from nhnwire import edi2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from aiohttp.typedefs import Handler, Middleware

    from nhnsim.context import Context, ErrorBody

    Endpoint = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


def application(context: Context, options: Options | None = None) -> web.Application:
    """The endpoint: give it a context, serve it.

    Args:
        context: what every endpoint is given; its store is `messages.sqlite` in `context.state`.
        options: what the standard leaves free.
    """
    chosen = options or Options()
    service = Service(
        context, Guard(context, edi2.AUDIENCE, [edi2.SCOPE]), Worker("edi2 store"), chosen, Bell(context.clock)
    )
    app = web.Application(client_max_size=chosen.request_limit, middlewares=[service.refusals()])
    app[CONTROL] = service
    app[ERROR_BODIES] = service.error_bodies
    app.cleanup_ctx.append(service.open)
    app.on_shutdown.append(service.hang_up)
    messages, end = "/{messages:(?i:messages)}", "{end:/?}"
    item = messages + "/{id:[^/]+}"
    notified = "/{notifications:(?i:notifications)}"
    for method, path, *endpoints in (
        ("GET", messages + end, "get_messages", None),
        ("POST", messages + end, "post_message", "post_message"),
        ("GET", item + end, "get_message", "get_message"),
        ("GET", item + "/{part:(?i:business-document)}" + end, "get_document", "get_document"),
        ("GET", item + "/{part:(?i:status)}" + end, "get_status", "get_status"),
        ("GET", item + "/{part:(?i:apprec)}" + end, "get_app_rec", None),
        ("POST", item + "/{part:(?i:apprec)}" + end, None, "post_app_rec"),
        ("POST", item + "/{part:(?i:apprec)}/{her_id:[^/]+}" + end, "post_app_rec", None),
        ("PUT", item + "/{part:(?i:read)}/{her_id:[^/]+}" + end, "mark_read", None),
        ("PUT", item + "/{part:(?i:downloaded)}" + end, None, "put_downloaded"),
        ("GET", notified + end, None, "get_notifications"),
        ("GET", notified + "/{part:(?i:stream)}" + end, None, "get_stream"),
        ("PUT", "/{part:(?i:mshconfigurations)}" + end, None, "put_configurations"),
        ("DELETE", "/{part:(?i:mshconfigurations)}" + end, None, "delete_configurations"),
        ("GET", "/{part:(?i:ping)}" + end, None, "get_ping"),
    ):
        app.router.add_route(method, path, service.guarded(*endpoints))
    return app


@dataclass
class Service(Controllable):
    """The endpoints; thin: decode, let the desk decide, encode."""

    context: Context
    guard: Guard
    worker: Worker
    options: Options
    bell: Bell

    async def open(self, app: web.Application) -> AsyncIterator[None]:
        """Keep the store open while the application is served."""
        del app
        path = self.context.state / "messages.sqlite"
        connection = await self.worker.do(partial(open_store, path, SCHEMA))
        office, board, context = PostOffice(connection), NoticeBoard(connection), self.context
        await self.worker.do(partial(board.begin_at, self.options.first_offset))
        self.desk = DeskV3(office, board, context.world, context.clock, context.new_id, self.options)
        self.operations = OperationsV3(context.urls[context.name], self.desk, self.worker, self.bell)
        self.carrier = Carrier(context.clock, self.worker, office, self.bell)
        carrying = context.clock.spawn(self.carrier.run(), "the message transport")
        yield
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        await self.worker.do(connection.close)
        await self.worker.aclose()

    async def change(self, wish: Mapping[str, Any]) -> dict[str, object]:
        """`{"her_id", "refuses": [types of table 8279]}`: messages of these types are refused; an empty list ends it.

        Raises:
            ValueError: it makes no sense, or the HER-id has no configuration.
        """
        her_id, types = wish.get("her_id"), wish.get("refuses")
        if set(wish) != {"her_id", "refuses"} or not isinstance(her_id, int) or not isinstance(types, list):
            raise ValueError('say {"her_id": a HER-id, "refuses": [message types of table 8279]}')
        if not all(isinstance(one, str) for one in types):
            raise ValueError("refuses must list texts, codes of table 8279")
        made = await self.worker.do(partial(self.desk.refuse, her_id, types))
        return {"her_id": her_id, "refuses": sorted(made.refuses)}

    async def hang_up(self, app: web.Application) -> None:
        """End the streams; their readers will come back."""
        del app
        self.bell.close()

    async def get_messages(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages."""
        wanted, metadata = query.unread(request.query.items())
        found = await self.worker.do(partial(self.desk.unread, caller, wanted))
        return json_answer(wire.messages(found, metadata=metadata))

    async def post_message(self, request: web.Request, caller: Caller) -> web.Response:
        """POST /Messages."""
        require_json(request)
        upload = wire.upload(await request.read())
        posted = await self.worker.do(
            partial(self.desk.post, caller, upload.document, subset=upload.subset, overrides=upload.overrides)
        )
        return self._created(posted.id)

    async def get_message(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}."""
        message_id = query.message_id(request.match_info["id"])
        message, receiver = await self.worker.do(partial(self.desk.message, caller, message_id))
        return json_answer(wire.message(message, receiver))

    async def get_document(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}/business-document."""
        message_id = query.message_id(request.match_info["id"])
        return json_answer(wire.document(await self.worker.do(partial(self.desk.document, caller, message_id))))

    async def get_status(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}/status."""
        message_id = query.message_id(request.match_info["id"])
        return json_answer(wire.statuses(await self.worker.do(partial(self.desk.deliveries, caller, message_id))))

    async def get_app_rec(self, request: web.Request, caller: Caller) -> web.Response:
        """GET /Messages/{id}/apprec."""
        message_id = query.message_id(request.match_info["id"])
        return json_answer(wire.app_recs(await self.worker.do(partial(self.desk.deliveries, caller, message_id))))

    async def post_app_rec(self, request: web.Request, caller: Caller) -> web.Response:
        """POST /Messages/{id}/apprec/{appRecSenderHerId}."""
        message_id = query.message_id(request.match_info["id"])
        her_id = query.her_id(request.match_info["her_id"], "appRecSenderHerId")
        require_json(request)
        receipt, overrides = wire.receipt(await request.read())
        posted = await self.worker.do(partial(self.desk.post_receipt, caller, message_id, her_id, receipt, overrides))
        return self._created(posted.id)

    async def mark_read(self, request: web.Request, caller: Caller) -> web.Response:
        """PUT /Messages/{id}/read/{herId}; a Content-Type without a body is put up with, since clients send one."""
        message_id = query.message_id(request.match_info["id"])
        her_id = query.her_id(request.match_info["her_id"])
        await self.worker.do(partial(self.desk.mark_read, caller, message_id, her_id))
        return web.Response(status=204)

    def guarded(self, v2: str | None, v3: str | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """An endpoint behind credentials and obligatory headers.

        Args:
            v2: the method of this class that answers in version 2; None when that has no such endpoint.
            v3: the method of `OperationsV3` that answers in version 3; None likewise.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                principal = await self.guard.authorise(request)
            except AuthError as error:
                raise errors.unauthenticated(error.www_authenticate, error.description, error.status) from error
            source = query.source_system(request.headers)
            version = query.version_of(request.headers)
            owner, name = (self.operations, v3) if version == "3" else (self, v2)
            if name is None:
                raise errors.other_version(version)
            endpoint: Endpoint = getattr(owner, name)
            response = await endpoint(request, Caller(principal, source, partial(note, request)))
            if request.method != "GET":
                self.carrier.hurry()
                self.bell.ring()
            return response

        return handle

    def refusals(self) -> Middleware:
        """The middleware that gives every refusal its body, in the version that the caller asked for."""

        @web.middleware
        async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except errors.RefusedError as error:
                return self._refusal(error, request)
            except web.HTTPException as error:
                if error.status < 400 or query.version_of(request.headers) != "3":
                    raise
                refusal = self._refusal(self._unanswered(error.status, error.reason), request)
                if "Allow" in error.headers:
                    refusal.headers["Allow"] = error.headers["Allow"]
                return refusal

        return refuse

    def error_bodies(self, request: web.BaseRequest) -> ErrorBody:
        """What the endpoint's own code did not answer, in the version that was asked for."""

        def error_body(status: int, text: str) -> web.Response:
            return self._refusal(self._unanswered(status, text), request)

        return error_body

    async def reset(self) -> None:
        """Forget every message."""
        await self.worker.do(self.desk.office.reset)
        self.guard.forget()

    async def snapshot(self) -> dict[str, object]:
        """Every message with its deliveries."""
        return {
            "messages": await self.worker.do(self.desk.office.snapshot),
            "configurations": await self.worker.do(self.desk.board.snapshot),
        }

    def _created(self, message_id: str) -> web.Response:
        location = f"{self.context.urls[self.context.name]}/Messages/{message_id}"
        return json_answer(wire.created(message_id), status=201, headers={"Location": location})

    def _unanswered(self, status: int, text: str) -> errors.RefusedError:
        known = {404: errors.no_such_resource(), 413: errors.too_large(self.options.request_limit)}
        return errors.unexpected() if status >= 500 else known.get(status) or errors.RefusedError(status, text)

    def _refusal(self, error: errors.RefusedError, request: web.BaseRequest) -> web.Response:
        request_id = self.context.new_id()
        if query.version_of(request.headers) != "3":
            return json_answer(wire.encode(error.body(request_id)), status=error.status, headers=error.headers)
        problem = error.problem(request_id, path=request.path, at=self.context.clock.now().isoformat())
        kind = "application/problem+json"
        return json_answer(wire.encode(problem), status=error.status, headers=error.headers, kind=kind)
