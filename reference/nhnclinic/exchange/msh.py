"""What both versions of EDI 2.0 (*Meldingstjeneren*, "MSH API") have in common: one call, its errors, its JSON.

Unknown properties and unknown words in answers are let pass, as the interface's description asks of clients.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from nhnclinic.domain.values import Answer, Fault
from nhnclinic.errors import TransportError
from nhnclinic.registers.secured import SecuredApi

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nhnclinic.config import Edi2Settings
    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.registers.http import Reply

PAGE = 100
"""Notices asked for at a time."""

ID = re.compile(r"[0-9A-Za-z-]{1,64}")  # goes into the paths of later requests
OID_8221 = "2.16.578.1.12.4.1.1.8221"
MAY_HELP = frozenset({401, 408, 423, 429})
"""Refusals that may be gone later; a lock (423) can be lifted."""


HerId = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""What may stand for a HER-id in an answer; a greater number is no answer that can be understood."""


class _Document(msgspec.Struct, rename="camel"):
    business_document: str
    content_transfer_encoding: str = "base64"


class Error(msgspec.Struct, rename="camel"):
    """One error of an AppRec."""

    error_code: str | None = None
    details: str | None = None
    description: str | None = None


def headers(settings: Edi2Settings) -> dict[str, str]:
    """What every request carries beside its credentials."""
    return {
        "api-version": str(settings.version),
        "nhn-source-system": settings.source_system,
        "Accept": "application/json",
    }


class Msh:
    """The service at one address, asked in one version."""

    def __init__(self, wiring: Wiring) -> None:
        self.settings = wiring.config.edi2
        self.api = SecuredApi(wiring, self.settings.url, self.settings.scope)
        self._headers = wiring.parts.headers
        self._health = wiring.health

    def headers(self) -> dict[str, str]:
        """Of a request in this version."""
        return dict(self._headers(self.settings))

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        gone: bool = False,
    ) -> Reply:
        """One call; `gone` says that 404 is as good as done.

        Raises:
            TransportError: no answer, or another than 2xx.
        """
        sent, data = self.headers(), None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = msgspec.json.encode(body)
        try:
            reply = await self.api.call(method, path, headers=sent, params=params or None, data=data)
            if reply.status >= 300 and not (gone and reply.status == 404):
                raise refusal(method, path, reply)
        except TransportError as error:
            self._health.failed(error)
            raise
        self._health.answered()
        return reply

    async def document(self, transport_id: str, base: str) -> bytes:
        """The bytes of the business document of a message below `base`."""
        found = decode(await self.call("GET", f"{base}/{transport_id}/business-document"), _Document)
        try:
            return base64.b64decode(found.business_document, validate=True)
        except (binascii.Error, ValueError) as error:
            raise TransportError(
                f"the business document of {transport_id} is no base64: {error}", retry=False
            ) from error


def refusal(method: str, path: str, reply: Reply) -> TransportError:
    """The error that an answer outside 2xx is."""
    return TransportError(
        f"EDI 2.0 answered {method} {path} with HTTP {reply.status}: {reply.excerpt()}",
        status=reply.status,
        retry=reply.status >= 500 or reply.status in MAY_HELP,
        after=reply.retry_after(),
    )


def decode(reply: Reply, kind: Any) -> Any:
    """The answer's body as that kind.

    Raises:
        TransportError: it is none; the next answer may be better.
    """
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TransportError(f"EDI 2.0's answer cannot be read: {error}: {reply.excerpt()}") from error


def identifier(given: str) -> str:
    """An id that may go into paths.

    Raises:
        TransportError: it may not.
    """
    if not ID.fullmatch(given):
        raise TransportError(f"EDI 2.0 gave an id that cannot be one: {given[:80]!r}")
    return given


def faults_of(errors: Iterable[Error] | None) -> tuple[Fault, ...]:
    """The errors of an AppRec, as the service shows them."""
    return tuple(Fault(error.error_code or "", error.details or error.description or "") for error in errors or ())


def apprec_body(status: Answer, faults: Sequence[Fault]) -> dict[str, Any]:
    """Status and errors of an AppRec that the service is to make."""
    body: dict[str, Any] = {"appRecStatus": str(status)}
    if faults:
        body["appRecErrorList"] = [
            {"errorCode": fault.code, "details": fault.text or None, "oid": OID_8221} for fault in faults
        ]
    return body


def document_body(document: bytes) -> dict[str, Any]:
    """A business document as it is posted."""
    return {
        "businessDocument": base64.b64encode(document).decode(),
        "contentType": "application/xml",
        "contentTransferEncoding": "base64",
    }


_NUMBERS = {1: Answer.OK, 2: Answer.REJECTED, 3: Answer.PARTLY}


def answer(value: str | int | None) -> Answer | None:
    """An AppRec status by name or number; None when there is none, or one that is not known here."""
    if isinstance(value, int):
        return _NUMBERS.get(value)
    return Answer(value) if value in set(Answer) else None
