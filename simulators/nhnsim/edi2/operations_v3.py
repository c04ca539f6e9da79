"""Version 3's operations over HTTP; thin: decode, let the desk decide, encode."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nhnsim.edi2 import query, stream, wire, wire_v3
from nhnsim.edi2.answers import json_answer, require_json
from nhnwire import edi2

if TYPE_CHECKING:
    from aiohttp import web

    from nhnsim.edi2.desk import Caller
    from nhnsim.edi2.desk_v3 import DeskV3
    from nhnsim.edi2.notices import Noticed
    from nhnsim.edi2.stream import Bell
    from nhnsim.worker import Worker


class OperationsV3:
    """Each method is an endpoint.

    Args:
        url: base URL of the service.
        desk: decides.
        worker: the store's own thread.
        bell: rings for the streams.
    """

    def __init__(self, url: str, desk: DeskV3, worker: Worker, bell: Bell) -> None:
        self._url = url
        self._desk = desk
        self._worker = worker
        self._bell = bell

    async def put_configurations(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """PUT /mshconfigurations."""
        require_json(request)
        wanted = wire_v3.configurations(await request.read(), caller.principal.client_id)
        await self._worker.do(partial(self._desk.configure, caller, wanted))
        return json_answer(b"", status=204)

    async def delete_configurations(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """DELETE /mshconfigurations."""
        await self._worker.do(partial(self._desk.unconfigure, caller, query.her_ids(request.query.items())))
        return json_answer(b"", status=204)

    async def get_notifications(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /notifications."""
        asked = query.listening(request.query.items())
        found = await self._worker.do(
            partial(self._desk.notifications, caller, asked.her_ids, asked.offset or 0, asked.limit)
        )
        return json_answer(wire_v3.notifications(found))

    async def get_stream(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /notifications/stream."""
        asked = query.listening(request.query.items(), stream=True)
        newest = await self._worker.do(partial(self._desk.may_listen, caller, asked.her_ids))

        async def fetch(offset: int) -> list[Noticed]:
            return await self._worker.do(partial(self._desk.notifications, caller, asked.her_ids, offset, stream.PAGE))

        begin = newest if asked.offset is None else asked.offset
        return await stream.serve(request, self._desk.clock, self._bell, begin, fetch, _event)

    async def post_message(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /messages."""
        require_json(request)
        posting = wire_v3.posting(await request.read())
        posted = await self._worker.do(partial(self._desk.post_v3, caller, posting))
        return self._accepted(posted.id)

    async def get_message(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /messages/{id}."""
        message_id = query.message_id(request.match_info["id"])
        return json_answer(wire_v3.message(await self._worker.do(partial(self._desk.message_v3, caller, message_id))))

    async def get_document(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /messages/{id}/business-document."""
        message_id = query.message_id(request.match_info["id"])
        return json_answer(wire.document(await self._worker.do(partial(self._desk.document_v3, caller, message_id))))

    async def get_status(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /messages/{id}/status."""
        message_id = query.message_id(request.match_info["id"])
        found = await self._worker.do(partial(self._desk.deliveries_v3, caller, message_id))
        return json_answer(wire_v3.statuses(found))

    async def post_app_rec(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /messages/{id}/apprec."""
        message_id = query.message_id(request.match_info["id"])
        require_json(request)
        her_id, receipt, overrides = wire_v3.receipt(await request.read())
        posted = await self._worker.do(
            partial(self._desk.post_receipt_v3, caller, message_id, her_id, receipt, overrides)
        )
        return self._accepted(posted.id)

    async def put_downloaded(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """PUT /messages/{id}/downloaded."""
        message_id = query.message_id(request.match_info["id"])
        require_json(request)
        her_id = wire_v3.downloaded(await request.read())
        await self._worker.do(partial(self._desk.downloaded, caller, message_id, her_id))
        return json_answer(b"", status=204)

    async def get_ping(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /ping."""
        del request, caller
        return json_answer(wire_v3.pong(self._desk.clock.now()))

    def _accepted(self, message_id: str) -> web.StreamResponse:
        headers = {"Location": f"{self._url}/messages/{message_id}"}
        return json_answer(wire_v3.created(message_id), status=202, headers=headers)


def _event(found: Noticed) -> bytes:
    return edi2.encode(wire_v3.notification(found))
