"""A party's mailbox at EDI 2.0, whichever version of the interface it uses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode

import msgspec

from nhnsim.parties.calling import Caller, Edi2ClientError
from nhnwire import apprec, edi2, msghead, sse, xml
from nhnwire.edi2 import v3
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from nhnsim.parties.client import Edi2Client
    from nhnsim.parties.diary import Verdict

PAGE: Final = 100
SILENCE: Final = 45.0
"""Real seconds without a heartbeat after which a stream counts as broken."""


@dataclass(frozen=True)
class Arrival:
    """A message that waits.

    Attributes:
        message_id: of the transport.
        msg_id: of the business document, where the service could tell.
    """

    message_id: str
    msg_id: str | None


@dataclass(frozen=True)
class Page:
    """What waits: at most `PAGE` messages, and whether to ask again at once.

    Attributes:
        arrivals: oldest first.
        position: where to go on once these are taken care of.
        full: there may be more.
    """

    arrivals: list[Arrival]
    position: int
    full: bool


class Mailbox(ABC):
    """One HER-id's. Whatever fails raises `Edi2ClientError`."""

    streams: ClassVar[bool] = False

    @abstractmethod
    async def prepare(self) -> None:
        """What must be done once before anything else."""

    @abstractmethod
    async def waiting(self, position: int) -> Page:
        """What waits beyond a position."""

    @abstractmethod
    async def document(self, message_id: str) -> bytes:
        """The exact bytes."""

    @abstractmethod
    async def taken(self, message_id: str) -> None:
        """It is on the party's disk, and shall not be listed again."""

    @abstractmethod
    async def answered(self, message_id: str) -> bool:
        """True when the party's receipt has gone out, whatever the party remembers."""

    @abstractmethod
    async def answer(self, message_id: str, verdict: Verdict) -> None:
        """Let the service write the receipt."""

    @abstractmethod
    async def post(self, document: bytes) -> str:
        """Send a document; its transport id."""

    async def news(self, position: int) -> AsyncGenerator[None]:
        """Something happened beyond a position: an item for each sign of life of the stream, news or none.

        A mailbox without a stream says nothing.
        """
        del position
        return
        yield


class Version2(Mailbox):
    """Lists, and marks as read."""

    def __init__(self, client: Edi2Client, her_id: int) -> None:
        self._client = client
        self._her_id = her_id

    async def prepare(self) -> None:
        """Nothing: version 2 knows no configurations."""

    async def waiting(self, position: int) -> Page:
        """GET /Messages: what is not read; the position means nothing."""
        found = await self._client.unread([self._her_id], PAGE)
        arrivals = [Arrival(str(item.get("id")), item.get("businessDocumentId")) for item in found]
        return Page(arrivals, position, len(found) == PAGE)

    async def document(self, message_id: str) -> bytes:
        """GET /Messages/{id}/business-document."""
        return await self._client.document(message_id)

    async def taken(self, message_id: str) -> None:
        """PUT /Messages/{id}/read/{herId}."""
        await self._client.mark_read(message_id, self._her_id)

    async def answered(self, message_id: str) -> bool:
        """GET /Messages/{id}/apprec."""
        rows = await self._client.apprecs(message_id)
        return any(row.get("appRecStatus") for row in rows if row.get("receiverHerId") == self._her_id)

    async def answer(self, message_id: str, verdict: Verdict) -> None:
        """POST /Messages/{id}/apprec/{herId}."""
        await self._client.post_apprec(message_id, self._her_id, verdict.status or "Ok", _errors(verdict))

    async def post(self, document: bytes) -> str:
        """POST /Messages."""
        return await self._client.post(document)


class Client3(Caller):
    """Calls to version 3."""

    api_version = v3.API_VERSION


class Version3(Mailbox):
    """Notifications beyond an offset, by asking or as a stream; addresses beside the document."""

    streams = True

    def __init__(self, client: Client3, her_id: int, application: tuple[str, str]) -> None:
        self._client = client
        self._her_id = her_id
        self._application = {"applicationName": application[0], "applicationVersion": application[1]}

    async def prepare(self) -> None:
        """PUT /mshconfigurations, without which the service answers nothing."""
        rows = [{"herId": self._her_id, "receiveNotificationChannel": v3.CHANNELS[0]}]
        await self._done("PUT", "/mshconfigurations", {"configurations": rows})

    async def waiting(self, position: int) -> Page:
        """GET /notifications, and the MsgId of each new message."""
        query = {"HerIds": self._her_id, "Offset": position, "NotificationsToFetch": PAGE}
        found = list((await self._client.json("GET", f"/notifications?{urlencode(query)}"))["notifications"])
        arrivals = []
        for item in found:
            if item["type"] == v3.NotificationType.NEW_MESSAGE and item.get("relatedMessageId"):
                message_id = str(item["relatedMessageId"])
                known = await self._client.json("GET", f"/messages/{message_id}")
                arrivals.append(Arrival(message_id, known.get("businessDocumentId")))
        return Page(arrivals, max((int(item["offset"]) for item in found), default=position), len(found) == PAGE)

    async def document(self, message_id: str) -> bytes:
        """GET /messages/{id}/business-document."""
        found = await self._client.json("GET", f"/messages/{message_id}/business-document")
        try:
            return edi2.unwrap_document(msgspec.convert(found, v3.GetBusinessDocumentResponse))
        except (edi2.ModelError, msgspec.ValidationError) as error:
            raise Edi2ClientError(200, f"the answer holds no document: {error}") from error

    async def taken(self, message_id: str) -> None:
        """PUT /messages/{id}/downloaded."""
        await self._done("PUT", f"/messages/{message_id}/downloaded", {"receiverHerId": self._her_id})

    async def answered(self, message_id: str) -> bool:
        """GET /messages/{id}/status."""
        rows = (await self._client.json("GET", f"/messages/{message_id}/status"))["statusList"]
        return any(row.get("apprecInfo") for row in rows if row.get("receiverHerId") == self._her_id)

    async def answer(self, message_id: str, verdict: Verdict) -> None:
        """POST /messages/{id}/apprec."""
        body = {
            "appRecSenderHerId": self._her_id,
            "appRecStatus": verdict.status or "Ok",
            "appRecErrorList": _errors(verdict) or None,
            **self._application,
        }
        await self._client.json("POST", f"/messages/{message_id}/apprec", body, expected=202)

    async def post(self, document: bytes) -> str:
        """POST /messages."""
        body = {
            "businessDocument": edi2.wrap_document(document),
            "contentType": edi2.CONTENT_TYPE,
            "contentTransferEncoding": edi2.TRANSFER_ENCODING,
            **_addresses(document),
            **self._application,
        }
        return str((await self._client.json("POST", "/messages", body, expected=202))["id"])

    async def news(self, position: int) -> AsyncGenerator[None]:
        """GET /notifications/stream."""
        query = urlencode({"HerIds": self._her_id, "Offset": position})
        reader = sse.Reader()
        async with self._client.stream(f"/notifications/stream?{query}", sse.CONTENT_TYPE, SILENCE) as pieces:
            async for piece in pieces:
                reader.feed(piece)
                yield

    async def _done(self, method: str, path: str, body: object) -> None:
        headers = {"Content-Type": "application/json"}
        answer = await self._client.call(method, path, msgspec.json.encode(body), headers=headers)
        if answer.status != 204:
            raise Edi2ClientError(answer.status, answer.text)


def _errors(verdict: Verdict) -> list[dict[str, str | None]]:
    return [{"errorCode": code, "details": details} for code, details in verdict.errors]


def _addresses(document: bytes) -> dict[str, Any]:
    """Sender, receivers and message type (table 8279), as version 3 wants them beside the document.

    Raises:
        Edi2ClientError: the document names none.
    """
    try:
        root = xml.parse(document)
        if xml.split_tag(root)[1] == "AppRec":
            receipt = apprec.parse(root)
            sender, receivers, kind = receipt.sender_her_id, [receipt.receiver_her_id], receipt.msg_type.v
        else:
            head = msghead.parse(root)
            sender, receivers, kind = head.sender_her_id, list(head.receiver_her_ids), head.type.v
    except ProtocolError as error:
        raise Edi2ClientError(400, f"the document's addresses cannot be read: {error}") from error
    return {"senderHerId": sender, "receiverHerIds": receivers, "messageTypeIdentificator": kind}
