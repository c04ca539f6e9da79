"""EDI 2.0 (*Meldingstjeneren*), API version 3, as a `Transport`.

Notifications with a position instead of lists; addresses beside the document; a configuration for each HER-id that
must be there before anything else. Source: NHN's documentation of version 3 (send message, send AppRec, notifications,
configuration, migration).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from nhnclinic.domain.values import Answer, Fault, Kind, Notice
from nhnclinic.errors import TransportError
from nhnclinic.exchange import msh
from nhnclinic.exchange.bench import Progress
from nhnclinic.exchange.msh import ID, PAGE, HerId, Msh, decode, identifier
from nhnclinic.registers.http import Reply
from nhnwire import apprec, msghead, sse, xml
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from nhnclinic.exchange.bench import Wiring

CHANNEL = "Api"
"""`receiveNotificationChannel`; the OpenAPI document's word, the prose says ApiPolling."""

KINDS = {
    "NewMessage": Kind.DOCUMENT,
    "RefusedMessage": Kind.REFUSED,
    "MessageSentStateUpdated": Kind.UPDATED,
    "MessageApprecInfoUpdated": Kind.UPDATED,
    "MessageDeliveryStateUpdated": Kind.UPDATED,
}
"""Types that are not here, now or in time to come, are passed over."""


class Notification(msgspec.Struct, rename="camel"):
    """One item of GET /notifications, or the data of one event of the stream."""

    type: str
    notification_receiver_her_id: HerId
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    related_message_id: str | None = None
    notification_triggered_by_her_id: HerId | None = None
    description: str | None = None

    def notice(self) -> Notice:
        """What it tells us. A document nobody could fetch, for want of an id, is passed over."""
        transport_id = self.related_message_id or ""
        kind = KINDS.get(self.type, Kind.OTHER)
        if kind in {Kind.DOCUMENT, Kind.UPDATED} and not ID.fullmatch(transport_id):
            kind = Kind.OTHER
        return Notice(
            transport_id=transport_id[:64],
            her_id=self.notification_receiver_her_id,
            sender_her_id=self.notification_triggered_by_her_id,
            kind=kind,
            offset=self.offset,
            text=(self.description or "")[:400],
        )


class _Notifications(msgspec.Struct):
    notifications: list[Notification]


class _Message(msgspec.Struct, rename="camel"):
    id: str = ""
    business_document_id: str | None = None


class _Info(msgspec.Struct, rename="camel"):
    app_rec_status: str | int | None = None
    app_rec_error_list: list[msh.Error] | None = None


class _Status(msgspec.Struct, rename="camel"):
    receiver_her_id: HerId
    transport_delivery_state: str = ""
    apprec_info: _Info | None = None


class _StatusList(msgspec.Struct, rename="camel"):
    status_list: list[_Status]


class Edi3:
    """The adapter. What it raises is `TransportError`."""

    def __init__(self, wiring: Wiring) -> None:
        self._msh = Msh(wiring)
        name, _, version = self._msh.settings.source_system.partition(",")
        self._application = {
            "applicationName": name.strip(),
            "applicationVersion": version.strip().removeprefix("v") or "0",
        }

    async def prepare(self, her_ids: Sequence[int]) -> None:
        """Configure each HER-id: notifications by this interface, and locked to this client where that is wished."""
        locked = {"clientLocked": True} if self._msh.settings.lock else {}
        rows = [{"herId": her_id, "receiveNotificationChannel": CHANNEL, **locked} for her_id in her_ids]
        await self._msh.call("PUT", "/mshconfigurations", body={"configurations": rows})

    async def unread(self, her_ids: Sequence[int], after: int = 0) -> list[Notice]:
        """The notifications after that offset, 100 at most. Offsets are global: gaps mean nothing."""
        params = [("HerIds", str(her_id)) for her_id in her_ids]
        params += [("Offset", str(after)), ("NotificationsToFetch", str(PAGE))]
        found = decode(await self._msh.call("GET", "/notifications", params=params), _Notifications)
        return [one.notice() for one in sorted(found.notifications, key=lambda one: one.offset) if one.offset > after]

    async def stream(self, her_ids: Sequence[int], after: int) -> AsyncIterator[list[Notice]]:
        """The notifications after that offset, as they happen; an empty list for each sign of life without news.

        An answer that is no stream, or an event that is no notification, ends it for good, as a refusal does: what is
        at the other end is not what we take it for.
        """
        path = "/notifications/stream"
        params = [("HerIds", str(her_id)) for her_id in her_ids] + [("Offset", str(after))]
        headers = {**self._msh.headers(), "Accept": sse.CONTENT_TYPE}
        silence = self._msh.settings.heartbeat_seconds
        async with self._msh.api.open("GET", path, headers=headers, params=params, silence=silence) as response:
            if response.status != 200:
                body = await response.content.read(2000)
                raise msh.refusal("GET", path, Reply(response.status, response.headers, body))
            if response.content_type != sse.CONTENT_TYPE:
                raise TransportError(
                    f"EDI 2.0 answered GET {path} with {response.content_type}", status=200, retry=False
                )
            reader = sse.Reader()
            async for piece in response.content.iter_any():
                try:
                    events = reader.feed(piece)
                    found = [_notice(event) for event in events if event.name == "notification"]
                except (ProtocolError, msgspec.DecodeError) as error:
                    raise TransportError(
                        f"EDI 2.0's stream cannot be read: {error}", status=200, retry=False
                    ) from error
                yield [notice for notice in found if notice.offset > after]

    async def msg_id(self, transport_id: str) -> str:
        """The MsgId of a message we may see; empty when the service knows none."""
        found = decode(await self._msh.call("GET", f"/messages/{transport_id}"), _Message)
        return found.business_document_id or ""

    async def document(self, transport_id: str) -> bytes:
        """The bytes of the business document."""
        return await self._msh.document(transport_id, "/messages")

    async def mark_read(self, transport_id: str, her_id: int) -> None:
        """Mark as downloaded. A document that was purged meanwhile counts as downloaded."""
        path = f"/messages/{transport_id}/downloaded"
        await self._msh.call("PUT", path, body={"receiverHerId": her_id}, gone=True)

    async def post(self, document: bytes) -> str:
        """Hand over a document, with the addresses that stand in it."""
        body = {**msh.document_body(document), **_addresses(document), **self._application}
        return _identifier(await self._msh.call("POST", "/messages", body=body))

    async def status(self, transport_id: str) -> list[Progress]:
        """Transport state and AppRec by receiver, errors included."""
        reply = await self._msh.call("GET", f"/messages/{transport_id}/status")
        return [_progress(row) for row in decode(reply, _StatusList).status_list]

    receipts = status
    """Version 3 tells of AppRecs with the status."""

    async def post_apprec(self, transport_id: str, her_id: int, status: Answer, faults: Sequence[Fault]) -> str:
        """Let the service make the AppRec and send it."""
        body = {"appRecSenderHerId": her_id, **msh.apprec_body(status, faults), **self._application}
        return _identifier(await self._msh.call("POST", f"/messages/{transport_id}/apprec", body=body))


def _notice(event: sse.Event) -> Notice:
    return msgspec.json.decode(event.data, type=Notification).notice()


def _progress(row: _Status) -> Progress:
    info = row.apprec_info or _Info()
    return Progress(
        her_id=row.receiver_her_id,
        delivery=row.transport_delivery_state,
        status=msh.answer(info.app_rec_status),
        faults=msh.faults_of(info.app_rec_error_list),
    )


def _identifier(reply: Reply) -> str:
    return identifier(decode(reply, _Message).id)


def _addresses(document: bytes) -> dict[str, Any]:
    """Sender, receivers and type (code of table 8279) of a document of ours."""
    try:
        root = xml.parse(document)
        if xml.split_tag(root)[1] == "AppRec":
            receipt = apprec.parse(root)
            parties: tuple[int | None, ...] = (receipt.sender_her_id, receipt.receiver_her_id)
            kind = "APPREC"
        else:
            head = msghead.parse(root)
            parties = (head.sender_her_id, *head.receiver_her_ids)
            kind = head.type.v
    except ProtocolError as error:
        raise TransportError(f"the document's addresses cannot be read: {error}", retry=False) from error
    if len(parties) < 2 or None in parties:
        raise TransportError("the document names no HER-id of its sender, or of a receiver", retry=False)
    return {"senderHerId": parties[0], "receiverHerIds": list(parties[1:]), "messageTypeIdentificator": kind}
