"""The contract served: each operation is one or two calls to the clinic's API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from aiohttp import web

from nhnconform.adapter.addressing import Addressing
from nhnconform.adapter.child import ClinicError
from nhnconform.adapter.day import OPERATIONS as DAY
from nhnconform.adapter.day import Day
from nhnconform.adapter.refusal import Refused
from nhnconform.contract import OPERATIONS as CONTRACT
from nhnconform.contract import (
    Alert,
    AnswerRequest,
    AppRecView,
    Declaration,
    Done,
    ErrorView,
    Fault,
    MessageView,
    RestartRequest,
    SendRequest,
    Sent,
    WorldRequest,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nhnconform.adapter.child import Clinic
    from nhnconform.adapter.staff import Staff

OPERATIONS = (
    "world",
    "send",
    "answer",
    "inbox",
    "message",
    "alerts",
    "resolve",
    "settle",
    "restart",
    "recipients",
    "senders",
    "readiness",
    "setup",
    *DAY,
)

_STATUS = {"resend": 201}

ANSWERS = {"DIALOG_FORESPORSEL": "DIALOG_SVAR"}
"""Message type of an answer by that of the question; others are answered in kind."""

STATUS = {"Ok": "1", "Rejected": "2", "OkErrorInMessagePart": "3"}
"""EDI 2.0's names for the values of table 8258."""

T = TypeVar("T")


class Adapter:
    """Translates; holds nothing but the connection to the clinic."""

    def __init__(
        self, http: aiohttp.ClientSession, clinic: Clinic, *, staff: Staff, service: int, poll_interval: float
    ) -> None:
        """`staff` knows tokens of the clinic's API; `service` sends where a request names no sender."""
        self._http = http
        self._clinic = clinic
        self._staff = staff
        self._addressing = Addressing(self._ask, staff)
        self.day = Day(self._ask, self._fetch, _view, staff)
        self._service = service
        self._poll_interval = poll_interval
        self._restarting = asyncio.Lock()

    def application(self) -> web.Application:
        """The contract's routes."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.add_routes(
            [
                web.get("/contract", self._answered(self.contract)),
                web.post("/world", self._answered(self.world)),
                web.post("/send", self._answered(self.send, status=201)),
                web.post("/answer", self._answered(self.answer, status=201)),
                web.get("/inbox", self._answered(self.inbox)),
                web.get("/messages/{msg_id}", self._answered(self.message)),
                web.get("/alerts", self._answered(self.alerts)),
                web.post("/alerts/{id}/resolve", self._answered(self.resolve)),
                web.post("/settle", self._answered(self.settle)),
                web.post("/restart", self._answered(self.restart)),
                web.post("/recipients", self._answered(self._addressing.recipients)),
                web.get("/senders", self._answered(self._addressing.senders)),
                web.get("/readiness", self._answered(self._addressing.readiness)),
                web.post("/setup", self._answered(self._addressing.setup)),
                *(
                    web.route(row.method, row.path, self._answered(getattr(self.day, name), _STATUS.get(name, 200)))
                    for name, row in CONTRACT.items()
                    if name in DAY
                ),
            ]
        )
        return application

    async def contract(self, _request: web.Request) -> Declaration:
        """What the clinic can do."""
        return Declaration(
            name="Provenett reference clinic",
            version="0.1.0",
            operations=OPERATIONS,
            clock="hub",
            poll_interval=self._poll_interval,
            users=self._staff.users,
        )

    async def world(self, request: web.Request) -> Done:
        """Patients are registered; users are the clinic's own configuration."""
        order = await _body(request, WorldRequest)
        for patient in order.patients:
            names = {"given_name": patient.given_name, "family_name": patient.family_name}
            await self._ask("PUT", f"/api/patients/{patient.number}", names)
        return Done()

    async def send(self, request: web.Request) -> Sent:
        """Write a message."""
        order = await _body(request, SendRequest)
        wanted = msgspec.to_builtins(order)
        wanted.pop("user", None)
        written = wanted | {"from_her_id": order.from_her_id or self._service}
        return Sent(await self._write(written, order.user))

    async def answer(self, request: web.Request) -> Sent:
        """Write a message back to the sender of a received one."""
        order = await _body(request, AnswerRequest)
        original = await self._ask("GET", f"/api/messages/{quote(order.msg_id, safe='')}")
        kind = str(original["type"])
        return Sent(
            await self._write(
                {
                    "type": ANSWERS.get(kind, kind),
                    "from_her_id": original["to_her_id"],
                    "to_her_id": original["from_her_id"],
                    "patient": original["patient"],
                    "subject": original.get("subject") or None,
                    "text": order.text,
                    "in_reply_to": order.msg_id,
                }
            )
        )

    async def inbox(self, _request: web.Request) -> list[MessageView]:
        """What the clinic shows in its inbox."""
        return [_view(row) for row in _rows(await self._ask("GET", "/api/inbox"))]

    async def message(self, request: web.Request) -> MessageView:
        """One message."""
        return _view(await self._ask("GET", f"/api/messages/{quote(request.match_info['msg_id'], safe='')}"))

    async def alerts(self, _request: web.Request) -> list[Alert]:
        """Important alerts."""
        return [
            Alert(id=str(row["id"]), text=row["text"], msg_id=row.get("msg_id"), resolved=bool(row.get("resolved")))
            for row in _rows(await self._ask("GET", "/api/alerts"))
        ]

    async def resolve(self, request: web.Request) -> Done:
        """Tick an alert off."""
        await self._ask("POST", f"/api/alerts/{quote(request.match_info['id'], safe='')}/resolve")
        return Done()

    async def settle(self, _request: web.Request) -> Done:
        """Poll now."""
        await self._ask("POST", "/api/poll")
        return Done()

    async def restart(self, request: web.Request) -> Done:
        """Stop the process and start it over the same folder."""
        order = await _body(request, RestartRequest)
        async with self._restarting:
            await self._clinic.stop(abrupt=order.abrupt)
            await self._clinic.start()
        return Done()

    async def _write(self, order: dict[str, Any], user: str | None = None) -> str:
        order = {key: value for key, value in order.items() if value is not None}
        written = await self._ask("POST", "/api/messages", order, token=self._staff.token(user))
        return str(written["msg_id"])

    async def _ask(
        self, method: str, path: str, body: Any = None, *, query: dict[str, str] | None = None, token: str = ""
    ) -> Any:
        headers = {"Authorization": f"Bearer {token or self._staff.token()}"}
        url = self._clinic.api + path
        async with self._http.request(method, url, json=body, params=query, headers=headers) as response:
            data = await response.read()
        if response.status // 100 != 2:
            raise Refused(response.status, _fault(data))
        return msgspec.json.decode(data) if data else None

    async def _fetch(self, path: str) -> tuple[str, bytes]:
        headers = {"Authorization": f"Bearer {self._staff.token()}"}
        async with self._http.request("GET", self._clinic.api + path, headers=headers) as response:
            data = await response.read()
        if response.status // 100 != 2:
            raise Refused(response.status, _fault(data))
        return response.content_type, data

    def _answered(
        self, operation: Callable[[web.Request], Awaitable[object]], status: int = 200
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                answer, code = await operation(request), status
            except Refused as refused:
                answer, code = refused.fault, refused.status
            except msgspec.DecodeError as error:
                answer, code = Fault("the body is not what the contract says", str(error)), 400
            except (aiohttp.ClientError, ClinicError, OSError) as error:
                answer, code = Fault("the clinic could not be asked", str(error) or type(error).__name__), 503
            return web.Response(body=msgspec.json.encode(answer), status=code, content_type="application/json")

        return handle


async def _body(request: web.Request, shape: type[T]) -> T:
    return msgspec.json.decode(await request.read() or b"{}", type=shape)


def _rows(answer: Any) -> list[dict[str, Any]]:
    """A listing is an array, or an object with one array in it."""
    if isinstance(answer, dict):
        answer = next((value for value in answer.values() if isinstance(value, list)), [])
    return list(answer)


def _view(row: dict[str, Any]) -> MessageView:
    patient = row.get("patient")
    number = patient.get("number") if isinstance(patient, dict) else patient
    return MessageView(
        msg_id=row["msg_id"],
        direction=row["direction"],
        state=row["state"],
        type=row.get("type"),
        apprec=_apprec(row.get("apprec")),
        subject=row.get("subject") or None,
        text=row.get("text"),
        patient=number or None,
    )


def _apprec(row: dict[str, Any] | None) -> AppRecView | None:
    if not row or row.get("status") is None:
        return None
    status = str(row["status"])
    errors = tuple(ErrorView(str(one["code"]), str(one.get("text") or "")) for one in row.get("errors") or ())
    return AppRecView(STATUS.get(status, status), errors)


def _fault(data: bytes) -> Fault:
    try:
        return msgspec.json.decode(data, type=Fault)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Fault("the clinic answered an error without words", data[:200].decode("utf-8", "replace"))
