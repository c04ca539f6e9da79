"""The rules of the post office: who may hand in what, who may see what, and what a receipt changes.

Sources: the OpenAPI page of version 2 and NHN's documentation: [S] stated in a specification, [D] documented, [I]
inferred. The inferred ones are listed in DIFFERENCES.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from nhnfixtures.world import EDI2_ADDRESS
from nhnsim.edi2 import addressing, receipts
from nhnsim.edi2.errors import (
    NOT_A_RECEIVER,
    RECEIPT_FOR_RECEIPT,
    invalid,
    no_addressee,
    not_authorised,
    not_found,
    refused,
)
from nhnsim.edi2.model import (
    ACKNOWLEDGED,
    REJECTED,
    UNCONFIRMED,
    Answered,
    Message,
    Receipt,
    ReceiptError,
    Sending,
    micros,
)
from nhnsim.edi2.notices import Notice
from nhnwire.edi2 import MAX_REQUEST
from nhnwire.edi2.v3 import NotificationType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nhnfixtures.world import World
    from nhnsim.edi2.addressing import Addressed
    from nhnsim.edi2.model import Delivery, PostOffice, Unread
    from nhnsim.edi2.notices import Configuration, NoticeBoard
    from nhnsim.guard import Principal
    from nhntime import Clock

STATUS_BY_CODE = {"1": "Ok", "2": "Rejected", "3": "OkErrorInMessagePart"}
"""Table 8258 to the names of version 2."""


@dataclass(frozen=True)
class Options:
    """What the standard leaves free, or what we had to infer.

    Attributes:
        acknowledge: transport is done when the document is available to the receiver, or when it is downloaded [I].
        unique_msg_ids: refuse a MsgId that its sender has used before, instead of carrying it as a new message [I].
        request_limit: bytes in a request [S: 35 MB].
        give_up: how long the transport tries a receiver outside EDI 2.0: five resends, twelve hours apart or more [D].
        retention: how long a message is kept; None for ever [I].
        first_offset: notifications have offsets beyond this one [I: they stay below 2^31 unless this is larger].
        receipts_are_messages: a receipt is announced as a new message too, as version 2 lists it [I].
    """

    acknowledge: Literal["available", "download"] = "available"
    unique_msg_ids: bool = False
    request_limit: int = MAX_REQUEST
    give_up: timedelta = timedelta(hours=72)
    retention: timedelta | None = None
    first_offset: int = 0
    receipts_are_messages: bool = True


@dataclass(frozen=True)
class Caller:
    """Who asks, with which software, and how to tell the journal what the exchange is about."""

    principal: Principal
    source_system: str
    note: Callable[..., None]


@dataclass(frozen=True)
class Desk:
    """Version 2's operations over the post office. Each runs in the store's own thread, from check to commit."""

    office: PostOffice
    board: NoticeBoard
    world: World
    clock: Clock
    new_id: Callable[[], str]
    options: Options

    def unread(self, caller: Caller, query: Unread) -> list[tuple[Message, int]]:
        """Messages that wait for these receivers (GET /Messages).

        Raises:
            RefusedError: 403 when one of them is not the caller's.
        """
        caller.note(her_ids=list(query.receivers))
        self._require_all(caller, query.receivers)
        found = self.office.unread(query)
        caller.note(
            message_ids=[message.id for message, _ in found],
            msg_ids=[message.msg_id for message, _ in found if message.msg_id],
        )
        return found

    def post(
        self, caller: Caller, document: bytes, *, subset: Iterable[int] = (), overrides: str | None = None
    ) -> Message:
        """Take a document in (POST /Messages); a receipt also answers the message it names, when we carried it.

        Raises:
            RefusedError: 400 for a document that cannot be carried, 403 for a sender that is not the caller's.
        """
        addressed = addressing.read(document)
        caller.note(
            her_ids=[addressed.sender, *addressed.receivers],
            msg_ids=[addressed.msg_id] if addressed.msg_id else [],
            patients=list(addressed.patients),
        )
        self._require_all(caller, (addressed.sender,))
        receivers = _chosen(addressed.receivers, tuple(dict.fromkeys(subset)))
        self._require_known(receivers)
        if self.options.unique_msg_ids and addressed.msg_id is not None:
            self._require_new(addressed)
        answers = self._answered(addressed)
        message = self._message(caller, addressed, receivers, answers, overrides)
        self._take_in(caller, message, document, answers)
        return message

    def message(self, caller: Caller, message_id: str) -> tuple[Message, int]:
        """A message, and which of its receivers to show the caller (GET /Messages/{id}).

        The first receiver that is the caller's own; to the sender the main receiver [I].

        Raises:
            RefusedError: 404 unknown, 403 when the caller is neither sender nor receiver.
        """
        message = self._visible(caller, message_id)
        own = [her_id for her_id in message.receivers if self._covers(caller, her_id)]
        return message, own[0] if own else message.receivers[0]

    def document(self, caller: Caller, message_id: str) -> bytes:
        """The business document's bytes (GET /Messages/{id}/business-document).

        Raises:
            RefusedError: as `message`.
        """
        message = self._visible(caller, message_id)
        self._require_not_refused(caller, message)
        if self.options.acknowledge == "download":
            own = tuple(her_id for her_id in message.receivers if self._covers(caller, her_id))
            self.office.acknowledge(message.id, own, self.clock.now().isoformat())
        return self.office.content(message.id)

    def deliveries(self, caller: Caller, message_id: str) -> list[Delivery]:
        """The fate of a message at each receiver (GET …/status and …/apprec).

        Raises:
            RefusedError: as `message`.
        """
        return self.office.deliveries(self._visible(caller, message_id).id)

    def mark_read(self, caller: Caller, message_id: str, her_id: int) -> None:
        """The receiver has taken care of it (PUT …/read/{herId}); repeating it changes nothing.

        Raises:
            RefusedError: as `message`; 403 for a HER-id that is not the caller's, 400 for one that is no receiver.
        """
        message = self._visible(caller, message_id)
        caller.note(her_ids=[her_id])
        self._require_all(caller, (her_id,))
        if her_id not in message.receivers:
            raise refused(f"HerId {her_id} is not a receiver of this message")
        self.office.mark_read(message.id, her_id, self.clock.now().isoformat())

    def post_receipt(
        self, caller: Caller, message_id: str, her_id: int, receipt: Receipt, overrides: str | None = None
    ) -> Message:
        """Make the receipt of one receiver and carry it to the sender (POST …/apprec/{appRecSenderHerId}).

        The first receipt of a receiver sets the status. A later one is carried as well, as the service knows no
        idempotency, but sets nothing: the sender sees it twice, as it would in the field [I].

        Raises:
            RefusedError: as `mark_read`; 1100 for a receipt on a receipt, 1102 for a HER-id that is no receiver.
        """
        original = self._visible(caller, message_id)
        caller.note(her_ids=[her_id])
        self._require_all(caller, (her_id,))
        self._require_not_refused(caller, original)
        if original.is_app_rec:
            raise refused("An application receipt is never answered with an application receipt", RECEIPT_FOR_RECEIPT)
        if her_id not in original.receivers:
            raise refused(f"HerId {her_id} is not a receiver of this message", NOT_A_RECEIVER)
        _check(receipt)
        document = receipts.build(
            self.office.content(original.id),
            self.world,
            her_id=her_id,
            receipt=receipt,
            receipt_id=self.new_id(),
            now=self.clock.now(),
        )
        addressed = replace(addressing.read(document), sender=her_id)
        answers = Answered(original.id, her_id, receipt)
        message = self._message(caller, addressed, (original.sender,), answers, overrides)
        caller.note(msg_ids=[message.msg_id] if message.msg_id else [])
        self._take_in(caller, message, document, answers)
        return message

    def _message(
        self,
        caller: Caller,
        addressed: Addressed,
        receivers: tuple[int, ...],
        answers: Answered | None,
        overrides: str | None,
    ) -> Message:
        return Message(
            id=self.new_id(),
            msg_id=addressed.msg_id,
            msg_type=addressed.msg_type,
            gen_date=addressed.gen_date,
            sort_key=micros(addressed.generated) if addressed.generated else 0,
            is_app_rec=addressed.is_app_rec,
            sender=addressed.sender,
            receivers=receivers,
            patients=addressed.patients,
            original=answers.message if answers else None,
            accepted_at=self.clock.now().isoformat(),
            client_id=caller.principal.client_id,
            source_system=caller.source_system,
            overrides=overrides,
        )

    def _take_in(self, caller: Caller, message: Message, document: bytes, answers: Answered | None) -> None:
        known = self.board.configurations(message.receivers)
        sending = {her_id: self._sending(message, her_id, known.get(her_id)) for her_id in message.receivers}
        now, retention = self.clock.now(), self.options.retention
        self.office.accept(
            message,
            document,
            sending=sending,
            answers=answers,
            notices=self._notices(message, sending, known, answers),
            kept_until=micros(now + retention) if retention else None,
        )
        caller.note(message_ids=[message.id])

    def _sending(self, message: Message, her_id: int, known: Configuration | None) -> Sending:
        """Users of EDI 2.0 have it at once, unless they refuse its type; for others nothing is confirmed [I]."""
        if known is not None and message.msg_type in known.refuses:
            return Sending(REJECTED, refused=True)
        party = self.world.party(her_id)
        if party is None or self.world.edi_address(party) != EDI2_ADDRESS:
            return Sending(UNCONFIRMED, abandoned_at=micros(self.clock.now() + self.options.give_up))
        return Sending(ACKNOWLEDGED if self.options.acknowledge == "available" else UNCONFIRMED)

    def _notices(
        self,
        message: Message,
        sending: Mapping[int, Sending],
        known: Mapping[int, Configuration],
        answers: Answered | None,
    ) -> list[Notice]:
        """Who is told what: the receivers of the message, its sender of the way it takes, and whom it answers."""
        made = []
        kinds = NotificationType
        for her_id, way in sending.items():
            if way.refused:
                if her_id in known and known[her_id].told_of_refused:
                    text = f"Message type {message.msg_type} is not supported by the receiver"
                    made.append(Notice(kinds.REFUSED_MESSAGE, her_id, message.id, message.sender, text))
            elif self.options.receipts_are_messages or not message.is_app_rec:
                made.append(Notice(kinds.NEW_MESSAGE, her_id, message.id, message.sender))
            made.append(Notice(kinds.SENT, message.sender, message.id, her_id))
            if way.transport != UNCONFIRMED:
                made.append(Notice(kinds.DELIVERY, message.sender, message.id, her_id, way.transport))
        if answers is not None:
            owner = self.office.message(answers.message)
            if owner is not None:
                made.append(
                    Notice(kinds.APPREC, owner.sender, answers.message, answers.receiver, answers.receipt.status)
                )
        return made

    def _require_not_refused(self, caller: Caller, message: Message) -> None:
        """What a receiver has refused cannot be downloaded by it; the sender still sees it."""
        if self._covers(caller, message.sender):
            return
        own = [one for one in self.office.deliveries(message.id) if self._covers(caller, one.receiver)]
        if own and all(one.refused for one in own):
            raise not_found()

    def _answered(self, addressed: Addressed) -> Answered | None:
        """What an uploaded receipt answers; None for other documents and for originals we have not carried."""
        status = STATUS_BY_CODE.get(addressed.status or "")
        if not addressed.is_app_rec or addressed.original_msg_id is None or status is None:
            return None
        found = self.office.answered_by(addressed.original_msg_id, addressed.receivers[0], addressed.sender)
        errors = tuple(
            ReceiptError(code, text, name or None, system or None) for code, system, name, text in addressed.errors
        )
        return None if found is None else Answered(found, addressed.sender, Receipt(status, errors))

    def _visible(self, caller: Caller, message_id: str) -> Message:
        caller.note(message_ids=[message_id])
        message = self.office.message(message_id)
        if message is None:
            raise not_found()
        caller.note(msg_ids=[message.msg_id] if message.msg_id else [], patients=list(message.patients))
        parties = (message.sender, *message.receivers)
        if not any(self._covers(caller, her_id) for her_id in parties):
            raise no_addressee(parties)
        caller.note(her_ids=list(parties))
        return message

    def _require_all(self, caller: Caller, her_ids: Iterable[int]) -> None:
        outside = [her_id for her_id in her_ids if not self._covers(caller, her_id)]
        if outside:
            raise not_authorised(outside)

    def _covers(self, caller: Caller, her_id: int) -> bool:
        """The organisation that owns the HER-id is the token's delegating unit, and `herid` does not exclude it [D]."""
        party = self.world.party(her_id)
        allowed = caller.principal.her_ids
        return (
            party is not None
            and party.organisation_number == caller.principal.organisation_number
            and (allowed is None or her_id in allowed)
        )

    def _require_known(self, receivers: Iterable[int]) -> None:
        unknown = [her_id for her_id in receivers if self.world.party(her_id) is None]
        if unknown:
            raise refused(
                f"Unknown receiver HerId(s): {', '.join(map(str, unknown))}. "
                "Look the receiver up in the address register first."
            )

    def _require_new(self, addressed: Addressed) -> None:
        if addressed.msg_id is not None and self.office.sent_before(addressed.msg_id, addressed.sender):
            raise refused(f"MsgId {addressed.msg_id} has been sent before: a new message needs a new MsgId")


def _chosen(receivers: tuple[int, ...], subset: tuple[int, ...]) -> tuple[int, ...]:
    """The receivers to serve: all, or those of `receiverHerIdsSubset`, in the document's order."""
    strangers = [her_id for her_id in subset if her_id not in receivers]
    if strangers:
        raise invalid(f"receiverHerIdsSubset names {strangers}, who are not among the document's receivers")
    return tuple(her_id for her_id in receivers if her_id in subset) if subset else receivers


def _check(receipt: Receipt) -> None:
    """Status and errors must agree (HITS 1168: a rejection names its reason, an acceptance has none)."""
    if receipt.status == "OkErrorInMessagePart":
        raise invalid("appRecStatus OkErrorInMessagePart is not supported")
    if receipt.status == "Rejected" and not receipt.errors:
        raise invalid("appRecErrorList must name at least one error when appRecStatus is Rejected")
    if receipt.status == "Ok" and receipt.errors:
        raise invalid("appRecErrorList must be empty when appRecStatus is Ok")
    for error in receipt.errors:
        if not error.code:
            raise invalid("appRecErrorList/errorCode must not be empty: use a code of table 8221, such as X99")
