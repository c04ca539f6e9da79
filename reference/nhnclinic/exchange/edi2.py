"""EDI 2.0 (*Meldingstjeneren*), API version 2, as a `Transport`: unread messages are listed until marked as read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from nhnclinic.domain.values import Notice
from nhnclinic.errors import TransportError
from nhnclinic.exchange import msh
from nhnclinic.exchange.bench import Progress
from nhnclinic.exchange.msh import ID, PAGE, HerId, Msh, decode, identifier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from nhnclinic.domain.values import Answer, Fault
    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.registers.http import Reply


class _Message(msgspec.Struct, rename="camel"):
    id: str = ""
    receiver_her_id: HerId = 0
    sender_her_id: HerId | None = None
    business_document_id: str | None = None
    is_app_rec: bool | None = None


class _Status(msgspec.Struct, rename="camel"):
    receiver_her_id: HerId
    transport_delivery_state: str = ""
    app_rec_status: str | int | None = None
    app_rec_error_list: list[msh.Error] | None = None


class Edi2:
    """The adapter. What it raises is `TransportError`."""

    def __init__(self, wiring: Wiring) -> None:
        self._msh = Msh(wiring)

    async def prepare(self, her_ids: Sequence[int]) -> None:
        """Version 2 has nothing to be told."""

    async def unread(self, her_ids: Sequence[int], after: int = 0) -> list[Notice]:
        """The oldest unread documents (by GenDate), 100 at most; there is no position to ask from."""
        del after
        params = [("ReceiverHerIds", str(her_id)) for her_id in her_ids]
        params += [("IncludeMetadata", "true"), ("MessagesToFetch", str(PAGE)), ("OrderBy", "1")]
        rows = decode(await self._msh.call("GET", "/Messages", params=params), list[_Message])
        return [
            Notice(
                transport_id=row.id,
                her_id=row.receiver_her_id,
                sender_her_id=row.sender_her_id,
                msg_id=row.business_document_id or "",
                is_apprec=bool(row.is_app_rec),
            )
            for row in rows
            if ID.fullmatch(row.id)
        ]

    async def stream(self, her_ids: Sequence[int], after: int) -> AsyncIterator[list[Notice]]:
        """Version 2 has none."""
        raise TransportError(f"EDI 2.0 version 2 has no stream for {len(her_ids)} HER-ids", retry=False)
        yield [Notice("", after)]  # makes this an asynchronous generator

    async def msg_id(self, transport_id: str) -> str:
        """The MsgId of a message we may see; empty when the service knows none."""
        found = decode(await self._msh.call("GET", f"/Messages/{transport_id}"), _Message)
        return found.business_document_id or ""

    async def document(self, transport_id: str) -> bytes:
        """The bytes of the business document."""
        return await self._msh.document(transport_id, "/Messages")

    async def mark_read(self, transport_id: str, her_id: int) -> None:
        """Acknowledge. A document that is gone from the service counts as read."""
        await self._msh.call("PUT", f"/Messages/{transport_id}/read/{her_id}", gone=True)

    async def post(self, document: bytes) -> str:
        """Hand over a document."""
        return identifier(decode(await self._msh.call("POST", "/Messages", body=msh.document_body(document)), str))

    async def status(self, transport_id: str) -> list[Progress]:
        """Transport state and AppRec status by receiver."""
        return _progress(await self._msh.call("GET", f"/Messages/{transport_id}/status"))

    async def receipts(self, transport_id: str) -> list[Progress]:
        """AppRec status and errors by receiver."""
        return _progress(await self._msh.call("GET", f"/Messages/{transport_id}/apprec"))

    async def post_apprec(self, transport_id: str, her_id: int, status: Answer, faults: Sequence[Fault]) -> str:
        """Let the service make the AppRec and send it."""
        path = f"/Messages/{transport_id}/apprec/{her_id}"
        return identifier(decode(await self._msh.call("POST", path, body=msh.apprec_body(status, faults)), str))


def _progress(reply: Reply) -> list[Progress]:
    return [
        Progress(
            her_id=row.receiver_her_id,
            delivery=row.transport_delivery_state,
            status=msh.answer(row.app_rec_status),
            faults=msh.faults_of(row.app_rec_error_list),
        )
        for row in decode(reply, list[_Status])
    ]
