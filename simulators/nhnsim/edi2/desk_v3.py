"""Version 3's operations: addresses in the request, configurations and locks, notifications by offset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nhnsim.edi2 import addressing
from nhnsim.edi2.desk import Desk
from nhnsim.edi2.errors import invalid, locked, not_configured, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nhnsim.edi2.desk import Caller
    from nhnsim.edi2.model import Delivery, Message, Receipt
    from nhnsim.edi2.notices import Configuration, Noticed


@dataclass(frozen=True)
class Posting:
    """A decoded POST /messages.

    Attributes:
        document: the business document's bytes.
        sender: HER-id.
        receivers: HER-ids, as the request orders them.
        message_type: code of table 8279.
        overrides: of the transport, as JSON.
    """

    document: bytes
    sender: int
    receivers: tuple[int, ...]
    message_type: str
    overrides: str | None = None


@dataclass(frozen=True)
class DeskV3(Desk):
    """The same post office behind another counter: what was handed in at one can be fetched at the other."""

    def configure(self, caller: Caller, configurations: Sequence[Configuration]) -> None:
        """Make or replace configurations, all or none (PUT /mshconfigurations).

        Raises:
            RefusedError: 403 for a HER-id that is not the caller's, 423 for one that another client has locked.
        """
        her_ids = [one.her_id for one in configurations]
        if len(set(her_ids)) != len(her_ids):
            raise invalid("configurations names a HER-id twice")
        self._require_own(caller, her_ids)
        self._require_unlocked(caller, self.board.configurations(her_ids).values())
        self.board.configure(configurations)

    def unconfigure(self, caller: Caller, her_ids: Sequence[int]) -> None:
        """Take configurations away, all or none (DELETE /mshconfigurations).

        Raises:
            RefusedError: 403 and 423 as `configure`; 404 for a HER-id that has none.
        """
        self._require_own(caller, her_ids)
        self._require_configured(caller, her_ids)
        self.board.forget(her_ids)

    def refuse(self, her_id: int, types: Iterable[str]) -> Configuration:
        """Let a HER-id take no messages of these types, as if its own configuration said so, and be told of them.

        Raises:
            ValueError: it has no configuration, as only clients of version 3 have one.
        """
        found = self.board.configurations([her_id]).get(her_id)
        if found is None:
            raise ValueError(f"HER-id {her_id} has no configuration: its client must PUT /mshconfigurations first")
        made = replace(found, refuses=frozenset(types), told_of_refused=True)
        self.board.configure([made])
        return made

    def notifications(self, caller: Caller, her_ids: Sequence[int], offset: int, limit: int) -> list[Noticed]:
        """What has happened beyond an offset, oldest first (GET /notifications and its stream).

        Raises:
            RefusedError: 403 and 423 as `configure`; 404 for a HER-id without configuration.
        """
        self.may_listen(caller, her_ids)
        found = self.board.after(offset, her_ids, limit)
        caller.note(message_ids=[one.notice.message for one in found if one.notice.message])
        return found

    def may_listen(self, caller: Caller, her_ids: Sequence[int]) -> int:
        """Check that the caller may hear of these HER-ids; the newest offset of the service.

        Raises:
            RefusedError: as `notifications`.
        """
        self._require_own(caller, her_ids)
        self._require_configured(caller, her_ids)
        return self.board.newest()

    def post_v3(self, caller: Caller, posting: Posting) -> Message:
        """Take a document in (POST /messages): the request says from whom and to whom, whatever the document says.

        Raises:
            RefusedError: 400 for a document or an address that cannot be used; 403, 404 and 423 for the sender.
        """
        receivers = tuple(dict.fromkeys(posting.receivers))
        addressed = addressing.read(posting.document, (posting.sender, receivers))
        addressed = replace(addressed, msg_type=posting.message_type)
        caller.note(
            her_ids=[posting.sender, *receivers],
            msg_ids=[addressed.msg_id] if addressed.msg_id else [],
            patients=list(addressed.patients),
        )
        self._require_own(caller, (posting.sender,))
        self._require_configured(caller, (posting.sender,))
        if addressed.is_app_rec and len(receivers) != 1:
            raise refused("An application receipt has exactly one receiver")
        self._require_known(receivers)
        if self.options.unique_msg_ids and addressed.msg_id is not None:
            self._require_new(addressed)
        answers = self._answered(addressed)
        message = self._message(caller, addressed, receivers, answers, posting.overrides)
        self._take_in(caller, message, posting.document, answers)
        return message

    def message_v3(self, caller: Caller, message_id: str) -> Message:
        """A message (GET /messages/{id}).

        Raises:
            RefusedError: as `document`.
        """
        message = self._visible(caller, message_id)
        self._require_free(caller, message)
        return message

    def document_v3(self, caller: Caller, message_id: str) -> bytes:
        """The business document's bytes (GET /messages/{id}/business-document).

        Raises:
            RefusedError: as `document`, 423 when all own parties of the message are locked by another client.
        """
        self._require_free(caller, self._visible(caller, message_id))
        return self.document(caller, message_id)

    def deliveries_v3(self, caller: Caller, message_id: str) -> list[Delivery]:
        """The fate of a message at each receiver (GET /messages/{id}/status).

        Raises:
            RefusedError: as `document_v3`.
        """
        self._require_free(caller, self._visible(caller, message_id))
        return self.deliveries(caller, message_id)

    def downloaded(self, caller: Caller, message_id: str, her_id: int) -> None:
        """The receiver has taken care of it (PUT /messages/{id}/downloaded); the same fact as version 2's `read`.

        Raises:
            RefusedError: as `mark_read`; 404 and 423 for the HER-id.
        """
        self._require_configured(caller, (her_id,))
        self.mark_read(caller, message_id, her_id)

    def post_receipt_v3(
        self, caller: Caller, message_id: str, her_id: int, receipt: Receipt, overrides: str | None = None
    ) -> Message:
        """Make the receipt of one receiver and carry it to the sender (POST /messages/{id}/apprec).

        Raises:
            RefusedError: as `post_receipt`; 404 and 423 for the HER-id.
        """
        self._require_own(caller, (her_id,))
        self._require_configured(caller, (her_id,))
        return self.post_receipt(caller, message_id, her_id, receipt, overrides)

    def _require_own(self, caller: Caller, her_ids: Sequence[int]) -> None:
        caller.note(her_ids=list(her_ids))
        self._require_all(caller, her_ids)

    def _require_configured(self, caller: Caller, her_ids: Sequence[int]) -> None:
        known = self.board.configurations(her_ids)
        missing = [her_id for her_id in her_ids if her_id not in known]
        if missing:
            raise not_configured(missing)
        self._require_unlocked(caller, known.values())

    def _require_unlocked(self, caller: Caller, configurations: Iterable[Configuration]) -> None:
        client = caller.principal.client_id
        held = [one.her_id for one in configurations if one.locked and one.client_id != client]
        if held:
            raise locked(held)

    def _require_free(self, caller: Caller, message: Message) -> None:
        """At least one of the caller's own parties of the message is not locked by another client."""
        own = [her_id for her_id in (message.sender, *message.receivers) if self._covers(caller, her_id)]
        client, known = caller.principal.client_id, self.board.configurations(own)
        held = [one.her_id for one in known.values() if one.locked and one.client_id != client]
        if own and len(held) == len(set(own)):
            raise locked(held)
