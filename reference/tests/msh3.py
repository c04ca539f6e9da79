"""A version 3 of EDI 2.0 of a page, for tests of the clinic's side: says what it is told to say, and keeps a list."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from nhnwire import msghead, sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY = "application/problem+json"


@dataclass
class Msh3:
    """The service.

    Attributes:
        asked: method and path of every request, with its body.
        refuse: path prefix to (status, headers) of the answer that is given instead, as often as `times` says.
        notices: every notification, in order.
        documents: by transport id.
        status: what GET …/status says, by transport id.
        lost: transport ids whose answer is to be lost: the message is taken and the connection cut.
        pieces: raw bytes for whoever holds the stream; None closes it.
    """

    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    refuse: dict[str, tuple[int, dict[str, str], int]] = field(default_factory=dict)
    notices: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    posted: dict[str, dict[str, Any]] = field(default_factory=dict)
    lose_answers: int = 0
    stream_type: str = sse.CONTENT_TYPE
    pieces: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    streams: int = 0
    url: str = ""

    def tell(self, kind: str, her_id: int, related: str | None = None, *, gap: int = 3, **more: Any) -> dict[str, Any]:
        """A notification, some numbers after the last."""
        offset = (self.notices[-1]["offset"] if self.notices else 0) + gap
        row = {"type": kind, "notificationReceiverHerId": her_id, "relatedMessageId": related, "offset": offset, **more}
        self.notices.append(row)
        return row

    def put(self, document: bytes, her_id: int) -> str:
        """A document for that HER-id, told of."""
        transport_id = str(uuid.uuid4())
        self.documents[transport_id] = document
        self.tell("NewMessage", her_id, transport_id, notificationTriggeredByHerId=9_700_001)
        return transport_id

    def paths(self, method: str) -> list[str]:
        """What was asked by that method."""
        return [path for asked, path, _ in self.asked if asked == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Whatever is asked."""
        body: Any = await request.json() if request.can_read_body else None
        path = request.path
        self.asked.append((request.method, path, body))
        for prefix, (status, headers, times) in list(self.refuse.items()):
            if path.startswith(prefix) and times > 0:
                self.refuse[prefix] = (status, headers, times - 1)
                return web.json_response({"title": "no", "status": status}, status=status, headers=headers)
        _, first, *rest = path.split("/")
        if (request.method, first) == ("PUT", "mshconfigurations"):
            return web.Response(status=204)
        if path == "/notifications":
            after, most = int(request.query["Offset"]), int(request.query["NotificationsToFetch"])
            rows = [row for row in self.notices if row["offset"] > after][:most]
            return web.json_response({"notifications": rows, "newInTheNextVersion": True})
        if path == "/notifications/stream":
            return await self._stream(request)
        if (request.method, path) == ("POST", "/messages"):
            return await self._post(request, body)
        return self._about(rest, request.method)

    def _about(self, rest: list[str], method: str) -> web.Response:
        transport_id, *more = rest
        known = transport_id in self.documents or transport_id in self.posted
        if not known:
            return web.json_response({"title": "gone", "errorCode": 1010}, status=404, content_type=BODY)
        match (method, more):
            case ("GET", []):
                found: dict[str, Any] = {"businessDocumentId": msghead.parse(self._document(transport_id)).msg_id}
            case ("GET", ["business-document"]):
                text = base64.b64encode(self._document(transport_id)).decode()
                encoded = {"contentType": "application/xml", "contentTransferEncoding": "base64"}
                found = {"businessDocument": text, **encoded}
            case ("GET", ["status"]):
                found = {"statusList": self.status.get(transport_id, [])}
            case ("POST", ["apprec"]):
                self._answered(transport_id, self.asked[-1][2])
                found = {"id": str(uuid.uuid4())}
            case _:
                return web.Response(status=204 if more == ["downloaded"] else 404)
        return web.json_response({"id": transport_id, **found}, status=202 if method == "POST" else 200)

    def _answered(self, transport_id: str, body: dict[str, Any]) -> None:
        info = {"appRecStatus": body["appRecStatus"], "appRecErrorList": body.get("appRecErrorList")}
        row = {"receiverHerId": body["appRecSenderHerId"], "transportDeliveryState": "Acknowledged", "sent": True}
        self.status.setdefault(transport_id, []).append({**row, "apprecInfo": info})

    def _document(self, transport_id: str) -> bytes:
        if transport_id in self.documents:
            return self.documents[transport_id]
        return base64.b64decode(self.posted[transport_id]["businessDocument"])

    async def _post(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        transport_id = str(uuid.uuid4())
        self.posted[transport_id] = body
        self.tell("MessageSentStateUpdated", body["senderHerId"], transport_id)
        if self.lose_answers > 0:
            self.lose_answers -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"id": transport_id}, status=202)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.streams += 1
        response = web.StreamResponse(headers={"Content-Type": self.stream_type})
        await response.prepare(request)
        await response.write(b"event: connected\ndata:\n\n")
        for row in self.notices:
            if row["offset"] > int(request.query["Offset"]):
                await response.write(sse.encode(sse.Event("notification", json.dumps(row, indent=1))))
        while (piece := await self.pieces.get()) is not None:
            await response.write(piece)
        return response


@asynccontextmanager
async def serving() -> AsyncIterator[Msh3]:
    """The service on a socket."""
    service = Msh3()
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", service.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        service.pieces.put_nowait(None)
        await runner.cleanup()
