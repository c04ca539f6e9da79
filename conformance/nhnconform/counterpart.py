"""The other end of a conversation: a communication party of the case's own, played by the judge over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from nhnconform.attribution import Claim
    from nhnconform.stage import Stimulus


class EdiClient(Protocol):
    """What a counterpart needs of a client of the EDI service; the JSON is the service's own."""

    async def unread(self, her_ids: Sequence[int], limit: int = 100) -> list[dict[str, Any]]:
        """Unread messages with metadata."""

    async def post(self, document: bytes, subset: Sequence[int] = ()) -> str:
        """Hand in a document, for some of its receivers where a subset is named; the transport id."""

    async def document(self, message_id: str) -> bytes:
        """The business document."""

    async def status(self, message_id: str) -> list[dict[str, Any]]:
        """Transport state and AppRec status by receiver."""

    async def apprecs(self, message_id: str) -> list[dict[str, Any]]:
        """AppRecs by receiver."""

    async def post_apprec(self, message_id: str, her_id: int, status: str, errors: Any = ()) -> str:
        """Have the service make an AppRec; the transport id."""

    async def mark_read(self, message_id: str, her_id: int) -> None:
        """Mark as read."""


class EdiClientV3(Protocol):
    """What a counterpart needs of version 3 of the service."""

    async def configure(self, her_id: int, refuses: Sequence[str] = ()) -> None:
        """Configure a HER-id; it then takes no messages of the types that it refuses."""

    async def post(self, document: bytes, *, sender: int, receivers: Sequence[int], message_type: str) -> str:
        """Hand in a document for these receivers, whoever is named in it; the transport id."""


@dataclass(frozen=True)
class Delivered:
    """A stimulus that is on its way.

    Attributes:
        message_id: transport id (GUID).
        msg_id: MsgId of the business document, None when nothing could be read from it.
    """

    message_id: str
    msg_id: str | None


@dataclass(frozen=True)
class Received:
    """A message that came from the SUT.

    Attributes:
        message_id: transport id (GUID).
        msg_id: MsgId of the business document.
        is_apprec: it is an application receipt.
        document: the exact bytes.
        sender_her_id: who sent it, by the transport.
    """

    message_id: str
    msg_id: str | None
    is_apprec: bool
    document: bytes
    sender_her_id: int | None = None


@dataclass(frozen=True)
class Counterpart:
    """A service or a practitioner (level 2) in the address register, used by one case only.

    Attributes:
        her_id: its HER-id.
        name: its name.
        organisation_her_id: HER-id of its organisation (level 1).
        organisation_number: of that organisation.
        organisation_name: of that organisation.
        hpr: of a practitioner; None for a service.
    """

    her_id: int
    name: str
    organisation_her_id: int
    organisation_number: str
    organisation_name: str
    client: EdiClient
    client_v3: EdiClientV3
    claim: Claim
    msg_id_of: Callable[[bytes], str | None]
    check: Callable[[bytes, str | None], None]
    failures: tuple[type[Exception], ...] = ()
    hpr: str | None = None

    async def send(self, stimulus: Stimulus | bytes, *, subset: Sequence[int] = ()) -> Delivered:
        """Check a stimulus and hand it in. Bare bytes break no rule.

        Args:
            stimulus: what is sent.
            subset: those of its receivers that the service is to carry it to; all when empty.

        Raises:
            HarnessError: it does not break exactly what it says, or the network would not take it.
        """
        document, msg_id = self._checked(stimulus)
        return await self._handed_in(msg_id, self.client.post(document, subset))

    async def send_to(self, stimulus: Stimulus | bytes, receivers: Sequence[int], message_type: str) -> Delivered:
        """As `send`, to receivers that the request names, whoever is named in the document (version 3).

        Raises:
            HarnessError: as `send`.
        """
        document, msg_id = self._checked(stimulus)
        await self._ours("be configured", self.client_v3.configure(self.her_id))
        posted = self.client_v3.post(document, sender=self.her_id, receivers=receivers, message_type=message_type)
        return await self._handed_in(msg_id, posted)

    async def refuse(self, types: Sequence[str]) -> None:
        """Take no messages of these types (table 8279) any more: the transport refuses them."""
        await self._ours("be configured", self.client_v3.configure(self.her_id, types))

    def _checked(self, stimulus: Stimulus | bytes) -> tuple[bytes, str | None]:
        document, breaks, judged = (
            (stimulus, None, stimulus)
            if isinstance(stimulus, bytes)
            else (
                stimulus.document,
                stimulus.breaks,
                stimulus.twin or stimulus.document,
            )
        )
        self.check(judged, breaks)
        msg_id = self.msg_id_of(document)
        self.claim.add(msg_ids=[msg_id] if msg_id else [])
        return document, msg_id

    async def _handed_in(self, msg_id: str | None, posted: Awaitable[str]) -> Delivered:
        message_id = await self._ours("hand in a message", posted)
        self.claim.add(message_ids=[message_id])
        return Delivered(message_id, msg_id)

    async def received(self, *, msg_id: str | None = None, apprec: bool | None = None) -> list[Received]:
        """What has arrived here and is not marked read, oldest first.

        Args:
            msg_id: only the message with this MsgId.
            apprec: only AppRecs (True) or only other messages (False).
        """
        rows = await self._ours("look for messages", self.client.unread([self.her_id]))
        found = []
        for row in rows:
            if (msg_id is not None and row.get("businessDocumentId") != msg_id) or (
                apprec is not None and bool(row.get("isAppRec")) is not apprec
            ):
                continue
            message_id = str(row["id"])
            self.claim.add(message_ids=[message_id])
            document = await self._ours("fetch a document", self.client.document(message_id))
            found.append(
                Received(
                    message_id,
                    row.get("businessDocumentId"),
                    bool(row.get("isAppRec")),
                    document,
                    row.get("senderHerId"),
                )
            )
        return found

    async def apprecs(self, message_id: str) -> list[dict[str, Any]]:
        """AppRecs that have come for a message sent from here: receiverHerId, appRecStatus, appRecErrorList."""
        rows = await self._ours("ask for AppRecs", self.client.apprecs(message_id))
        return [row for row in rows if row.get("appRecStatus") is not None]

    async def status(self, message_id: str) -> list[dict[str, Any]]:
        """Delivery state by receiver: receiverHerId, transportDeliveryState, appRecStatus."""
        rows: list[dict[str, Any]] = await self._ours("ask for the status", self.client.status(message_id))
        return rows

    async def apprec(self, received: Received, status: str = "Ok", errors: Sequence[Any] = ()) -> str:
        """Answer a received message with an AppRec, made by the EDI service; its transport id.

        Args:
            received: the message.
            status: `Ok`, `Rejected` or `OkErrorInMessagePart`.
            errors: rows of errorCode, details, description, oid.
        """
        posted = self.client.post_apprec(received.message_id, self.her_id, status, errors)
        message_id: str = await self._ours("hand in an AppRec", posted)
        self.claim.add(message_ids=[message_id])
        return message_id

    async def mark_read(self, received: Received) -> None:
        """Mark a received message as read; it does not come again."""
        await self._ours("mark a message as read", self.client.mark_read(received.message_id, self.her_id))

    async def _ours(self, what: str, call: Any) -> Any:
        try:
            return await call
        except self.failures as error:
            raise HarnessError(f"counterpart {self.her_id} could not {what}: {error}") from error
