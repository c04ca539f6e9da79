"""The other end of a conversation: a communication party of the case's own, played by the judge over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nhnconform.attribution import Claim
    from nhnconform.stage import Stimulus


class EdiClient(Protocol):
    """What a counterpart needs of a client of the EDI service; the JSON is the service's own."""

    async def unread(self, her_ids: Sequence[int], limit: int = 100) -> list[dict[str, Any]]:
        """Unread messages with metadata."""

    async def post(self, document: bytes) -> str:
        """Hand in a document; the transport id."""

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
    claim: Claim
    msg_id_of: Callable[[bytes], str | None]
    check: Callable[[bytes, str | None], None]
    failures: tuple[type[Exception], ...] = ()
    hpr: str | None = None

    async def send(self, stimulus: Stimulus | bytes) -> Delivered:
        """Check a stimulus and hand it in. Bare bytes break no rule.

        Raises:
            HarnessError: it does not break exactly what it says, or the network would not take it.
        """
        document, breaks = (stimulus, None) if isinstance(stimulus, bytes) else (stimulus.document, stimulus.breaks)
        self.check(document, breaks)
        msg_id = self.msg_id_of(document)
        self.claim.add(msg_ids=[msg_id] if msg_id else [])
        message_id = await self._ours("hand in a message", self.client.post(document))
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
