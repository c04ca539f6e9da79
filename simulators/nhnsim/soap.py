"""A register's web service on HTTP: SOAP 1.2 with WS-Addressing at its path, SOAP 1.1 at `/Basic` beside it.

One seam for all registers: credentials, description, dispatch by action, faults. What an operation answers is a table
of functions, from arguments to result; a function that says no raises `Refused`. A result of type Stream may be an
async iterator of its bytes, and is then never whole in memory.
"""

from __future__ import annotations

import base64
import hmac
import re
import sys
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiohttp import web

from nhnsim.context import note
from nhnwire.errors import XmlError
from nhnwire.registers import binding, credentials, soap, wsdl
from nhnwire.registers.common import GenericFault, ValidationError, ValidationFault, generic
from nhnwire.registers.faults import SoapError, envelope_fault, raised
from nhnwire.registers.simple import local_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from nhnsim.context import Context
    from nhnwire.registers.binding import Binding
    from nhnwire.registers.credentials import Credentials
    from nhnwire.registers.faults import Fault
    from nhnwire.registers.service import WebService
    from nhnwire.registers.soap import Envelope

MAX_BODY: Final = 1024 * 1024
REALM: Final = 'Basic realm="register", charset="UTF-8"'
USER: Final = re.compile(r"OrgUsr([0-9]{9})")
HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:]{2,39}\](:[0-9]{1,5})?")
CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii"})
NOTED: Final = {"herId": "her_ids", "herIds": "her_ids", "patientNin": "patients", "patientNins": "patients"}
"""Arguments that stand in the journal, by the field they stand in."""

_PLACE: Final = b"here stands the stream"


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """An operation says no; `detail` is what the caller gets in the fault."""

    def __init__(self, detail: GenericFault | ValidationFault) -> None:
        super().__init__(str(detail))
        self.detail = detail


def naive(moment: datetime) -> datetime:
    """A time as the register compares it; one at the edge of time keeps its digits."""
    if moment.utcoffset() is None:
        return moment
    try:
        return local_time(moment)
    except OverflowError:
        return moment.replace(tzinfo=None)


def refused(row: str, **fill: object) -> Refused:
    """A refusal by its row in the table of faults, such as `unknown-her-id`."""
    return Refused(generic(row, **fill))


def invalid(name: str, message: str, value: object = "") -> Refused:
    """A refusal of what was to be stored, because of one of its members."""
    wrong = ValidationError(display_name=name, message=message, property_name=name, value=str(value))
    return Refused(ValidationFault(errors=(wrong,), has_errors=True))


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        user: the user name.
        organisation_number: whose user that is.
    """

    user: str
    organisation_number: str


if TYPE_CHECKING:
    Answer: TypeAlias = Callable[[Caller, Mapping[str, Any]], Awaitable[Any]]


class SoapService:
    """A web service at an address of an endpoint.

    Args:
        context: of the endpoint.
        service: what is offered.
        path: where, such as `/v1/AR`.
        answers: a function for every operation.
        only: the way that is spoken at the path itself; None: both, each at its own.

    Raises:
        ValueError: an operation has no function, or a function no operation.
    """

    def __init__(
        self,
        context: Context,
        service: WebService,
        path: str,
        answers: Mapping[str, Answer],
        *,
        only: Binding | None = None,
    ) -> None:
        if odd := set(service.by_name) ^ set(answers):
            raise ValueError(f"operations without function, or the other way round: {', '.join(sorted(odd))}")
        self._context = context
        self._service = service
        self._answers = answers
        self._paths = {only: path} if only else {binding.WS_HTTP: path, binding.BASIC: f"{path}/Basic"}

    def add_to(self, app: web.Application) -> None:
        """Serve it in an application, its paths in any case."""
        for way, path in self._paths.items():
            pattern = "".join(f"/{{_{n}:(?i:{re.escape(part)})}}" for n, part in enumerate(path.split("/")[1:]))
            app.router.add_get(pattern, self.describe)

            async def answer(request: web.Request, way: Binding = way) -> web.StreamResponse:
                return await self.answer(request, way)

            app.router.add_post(pattern, answer)

    async def describe(self, request: web.Request) -> web.Response:
        """GET `?wsdl` or `?singleWsdl`: the description, with the address under which the caller reached us."""
        if not {name.lower() for name in request.query} & {"wsdl", "singlewsdl"}:
            return web.Response(text=f"{self._service.name}: a SOAP service. Its description is at ?singleWsdl.\n")
        host = request.headers.get("Host", "")
        known = self._context.urls[self._context.name]
        base = f"{known.partition('://')[0]}://{host}" if HOST.fullmatch(host) else known
        body = wsdl.describe(self._service, {way: base + path for way, path in self._paths.items()})
        return web.Response(body=body, content_type="text/xml", charset="utf-8")

    async def answer(self, request: web.Request, way: Binding) -> web.StreamResponse:
        """POST: one operation."""
        charset = (request.charset or "utf-8").strip("\"'").lower()
        if not way.accepts(request.headers.get("Content-Type", "")) or charset not in CHARSETS:
            wanted = way.content_type()
            return web.Response(status=415, text=f"SOAP {way.version.name} is spoken here; send {wanted}.\n")
        known = credentials.basic(request.headers.get("Authorization", ""))
        try:
            envelope = soap.parse(await request.read(), way, soap_action=_action(request), max_size=MAX_BODY)
            caller = self._caller(known, envelope)
        except XmlError as error:
            return web.Response(status=400, text=f"The request is no XML that is read here: {_plain(error)}\n")
        except SoapError as error:
            # Who is not known learns no more than that; the rules of the envelope are no secret.
            return _faulty(error.fault, way)
        if caller is None:
            return web.Response(
                status=401,
                text="Call with HTTP Basic: user OrgUsr and the organisation number, and the lab's password.\n",
                headers={"WWW-Authenticate": REALM},
            )
        note(request, client_id=caller.user, organisation_number=caller.organisation_number)
        return await self._dispatch(request, way, envelope, caller)

    async def _dispatch(
        self, request: web.Request, way: Binding, envelope: Envelope, caller: Caller
    ) -> web.StreamResponse:
        back, operation = envelope.message_id, ""
        try:
            call = self._service.read_request(envelope)
            operation = call.operation
            _note_arguments(request, call.arguments)
            result = await self._answers[operation](caller, call.arguments)
            stream = result if isinstance(result, AsyncIterator) else None
            body = self._service.response(operation, result if stream is None else _PLACE)
            data = soap.reply(body, way, action=self._service.action(operation, "Response"), relates_to=back)
        except SoapError as error:
            return _faulty(error.fault, way, back)
        except Refused as error:
            return _faulty(self._service.fault(operation, error.detail), way, back)
        except Exception:  # noqa: BLE001 - the last resort: a defect of ours is a fault in the caller's own format
            traceback.print_exc(file=sys.stderr)
            return _faulty(envelope_fault("internal", what="The simulator's standard error says more."), way, back)
        if stream is not None:
            return await _streamed(request, data, stream, way)
        return web.Response(body=data, headers={"Content-Type": way.content_type()})

    def _caller(self, known: Credentials | None, envelope: Envelope) -> Caller | None:
        """Who calls: by HTTP Basic, else by a UsernameToken; None when it must be asked for."""
        token = None if known is not None else credentials.username_token(envelope.security)
        claimed = known or token
        found = None if claimed is None else self._check(claimed)
        if token is not None and found is None:
            raise raised("failed-authentication", what="user name or password is wrong")
        return found

    def _check(self, claimed: Credentials) -> Caller | None:
        user = USER.fullmatch(claimed.user)
        password = self._context.password
        if user is None or password is None or self._context.world.organisation(user[1]) is None:
            return None
        right = hmac.compare_digest(password(user[1]).encode(), claimed.password.encode())
        return Caller(claimed.user, user[1]) if right else None


def _action(request: web.Request) -> str:
    """The action as HTTP says it: a header in SOAP 1.1, a parameter of the media type in 1.2."""
    header = request.headers.get("SOAPAction")
    if header is not None:
        return header
    found = re.search(r';\s*action="?([^";]*)"?', request.headers.get("Content-Type", ""), re.IGNORECASE)
    return found[1] if found else ""


def _note_arguments(request: web.Request, arguments: Mapping[str, Any]) -> None:
    for name, value in arguments.items():
        if name in NOTED and value:
            several = list(value) if isinstance(value, tuple) else [value]
            note(request, **{NOTED[name]: [getattr(one, "nin", one) for one in several]})


async def _streamed(
    request: web.Request, frame: bytes, stream: AsyncIterator[bytes], way: Binding
) -> web.StreamResponse:
    """An answer around a stream: base64 where `_PLACE` stands in the frame."""
    opening, _, closing = frame.partition(base64.b64encode(_PLACE))
    response = web.StreamResponse(headers={"Content-Type": way.content_type()})
    await response.prepare(request)
    await response.write(opening)
    rest = b""
    async for part in stream:
        rest += part
        whole = len(rest) - len(rest) % 3
        await response.write(base64.b64encode(rest[:whole]))
        rest = rest[whole:]
    await response.write(base64.b64encode(rest) + closing)
    await response.write_eof()
    return response


def _faulty(fault: Fault, way: Binding, relates_to: str = "") -> web.Response:
    data = soap.fault_reply(fault, way, relates_to=relates_to)
    return web.Response(status=500, body=data, headers={"Content-Type": way.content_type()})


def _plain(error: Exception) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(error))[:300]
