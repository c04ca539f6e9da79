"""EDI 2.0 (*Meldingstjeneren*), API version 2, as a `Transport`.

Unknown properties and unknown words in answers are let pass, as the interface's description asks of clients.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

import msgspec

from nhnclinic.domain.values import Answer, Fault, Notice
from nhnclinic.errors import TransportError
from nhnclinic.exchange.bench import Progress
from nhnclinic.registers.secured import SecuredApi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nhnclinic.config import Edi2Settings
    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.registers.http import Reply

PAGE = 100
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")  # goes into the paths of later requests
OID_8221 = "2.16.578.1.12.4.1.1.8221"


class _Message(msgspec.Struct, rename="camel"):
    id: str = ""
    receiver_her_id: int = 0
    sender_her_id: int | None = None
    business_document_id: str | None = None
    is_app_rec: bool | None = None


class _Document(msgspec.Struct, rename="camel"):
    business_document: str
    content_transfer_encoding: str = "base64"


class _Error(msgspec.Struct, rename="camel"):
    error_code: str | None = None
    details: str | None = None
    description: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    receiver_her_id: int
    transport_delivery_state: str = ""
    app_rec_status: str | int | None = None
    app_rec_error_list: list[_Error] | None = None


def headers(settings: Edi2Settings) -> dict[str, str]:
    """What every request carries beside its credentials."""
    return {
        "api-version": str(settings.version),
        "nhn-source-system": settings.source_system,
        "Accept": "application/json",
    }


class Edi2:
    """The adapter."""

    def __init__(self, wiring: Wiring) -> None:
        self._settings = wiring.config.edi2
        self._headers = wiring.parts.headers
        self._api = SecuredApi(wiring, wiring.config.edi2.url, wiring.config.edi2.scope)

    async def unread(self, her_ids: Sequence[int]) -> list[Notice]:
        """The oldest unread documents (by GenDate), 100 at most."""
        params = [("ReceiverHerIds", str(her_id)) for her_id in her_ids]
        params += [("IncludeMetadata", "true"), ("MessagesToFetch", str(PAGE)), ("OrderBy", "1")]
        rows = _decode(await self._call("GET", "/Messages", params=params), list[_Message])
        return [
            Notice(
                transport_id=row.id,
                her_id=row.receiver_her_id,
                sender_her_id=row.sender_her_id,
                msg_id=row.business_document_id or "",
                is_apprec=bool(row.is_app_rec),
            )
            for row in rows
            if _ID.fullmatch(row.id)
        ]

    async def document(self, transport_id: str) -> bytes:
        """The bytes of the business document."""
        reply = await self._call("GET", f"/Messages/{transport_id}/business-document")
        found = _decode(reply, _Document)
        try:
            return base64.b64decode(found.business_document, validate=True)
        except (binascii.Error, ValueError) as error:
            raise TransportError(
                f"the business document of {transport_id} is no base64: {error}", retry=False
            ) from error

    async def mark_read(self, transport_id: str, her_id: int) -> None:
        """Acknowledge. A document that is gone from the service counts as read."""
        await self._call("PUT", f"/Messages/{transport_id}/read/{her_id}", gone=True)

    async def post(self, document: bytes) -> str:
        """Hand over a document."""
        body = {
            "businessDocument": base64.b64encode(document).decode(),
            "contentType": "application/xml",
            "contentTransferEncoding": "base64",
        }
        return _identifier(await self._call("POST", "/Messages", body=body))

    async def status(self, transport_id: str) -> list[Progress]:
        """Transport state and AppRec status by receiver."""
        return _progress(await self._call("GET", f"/Messages/{transport_id}/status"))

    async def receipts(self, transport_id: str) -> list[Progress]:
        """AppRec status and errors by receiver."""
        return _progress(await self._call("GET", f"/Messages/{transport_id}/apprec"))

    async def post_apprec(self, transport_id: str, her_id: int, status: Answer, faults: Sequence[Fault]) -> str:
        """Let the service make the AppRec and send it."""
        body: dict[str, Any] = {"appRecStatus": str(status)}
        if faults:
            body["appRecErrorList"] = [
                {"errorCode": fault.code, "details": fault.text or None, "oid": OID_8221} for fault in faults
            ]
        return _identifier(await self._call("POST", f"/Messages/{transport_id}/apprec/{her_id}", body=body))

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        gone: bool = False,
    ) -> Reply:
        sent = dict(self._headers(self._settings))
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = msgspec.json.encode(body)
        reply = await self._api.call(method, path, headers=sent, params=params or None, data=data)
        if reply.status < 300 or (gone and reply.status == 404):
            return reply
        raise TransportError(
            f"EDI 2.0 answered {method} {path} with HTTP {reply.status}: {reply.excerpt()}",
            status=reply.status,
            retry=reply.status >= 500 or reply.status in {401, 408, 429},
        )


def _decode(reply: Reply, kind: Any) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TransportError(f"EDI 2.0's answer cannot be read: {error}: {reply.excerpt()}") from error


def _identifier(reply: Reply) -> str:
    given: str = _decode(reply, str)
    if not _ID.fullmatch(given):
        raise TransportError(f"EDI 2.0 gave an id that cannot be one: {given[:80]!r}")
    return given


def _progress(reply: Reply) -> list[Progress]:
    return [
        Progress(
            her_id=row.receiver_her_id,
            delivery=row.transport_delivery_state,
            status=_answer(row.app_rec_status),
            faults=tuple(
                Fault(error.error_code or "", error.details or error.description or "")
                for error in row.app_rec_error_list or ()
            ),
        )
        for row in _decode(reply, list[_Status])
    ]


_NUMBERS = {1: Answer.OK, 2: Answer.REJECTED, 3: Answer.PARTLY}


def _answer(value: str | int | None) -> Answer | None:
    if isinstance(value, int):
        return _NUMBERS.get(value)
    return Answer(value) if value in set(Answer) else None
