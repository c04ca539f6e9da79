"""What an automatic party writes back: answers, in the conversation of what they answer (HIS 1152, 1151, 1077)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnfixtures import addresses
from nhnwire import apprec, codes, dialogmelding
from nhnwire.dialogmelding import Dialogmelding, Note, RelatedRole
from nhnwire.errors import ProtocolError
from nhnwire.messages import PROFILES
from nhnwire.msghead import ConversationRef, MsgHead, business_document, party_her_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from nhnfixtures.world import Party, World
    from nhnsim.parties.diary import Verdict
    from nhnwire.msghead import Organisation

NEWEST = "1.1"
STATUS = {"Ok": apprec.OK, "Rejected": apprec.REJECTED}


@dataclass(frozen=True)
class Writer:
    """Who answers, and with what.

    Attributes:
        world: where the party is from.
        party: whoever answers.
        title: what the party calls itself, such as "sykehus".
        full: whether its address has all that the register knows.
        now: domain time.
        new_id: makes MsgIds.
    """

    world: World
    party: Party
    title: str
    full: bool
    now: datetime
    new_id: Callable[[], str]

    def receipt(self, head: MsgHead, verdict: Verdict) -> tuple[str, bytes]:
        """The party's own receipt for a message, as a document (HIS 80415, HITS 1168); its Id and its bytes."""
        profile = PROFILES.get(head.type.v)
        made = apprec.answer(
            head,
            own_her_id=self.party.her_id,
            version=(profile.apprec_version if profile else "") or NEWEST,
            status=STATUS[verdict.status or "Ok"],
            errors=tuple(apprec.error(code, details) for code, details in verdict.errors),
            id=self.new_id(),
            gen_date=self.now,
            software_name=f"Provenett {self.title}" if self.full else None,
            software_version="1" if self.full else None,
        )
        return made.id, made.to_bytes()

    def letter(self, head: MsgHead, kind: str, version: str, note: Note) -> MsgHead | None:
        """A message in answer to another; None when that was not for this party."""
        own = next((party for party in head.receivers if party_her_id(party) == self.party.her_id), None)
        if own is None:
            return None
        first = head.conversation.conversation if head.conversation else head.msg_id
        document = Dialogmelding(version, notes=(note,)).to_bytes()
        return MsgHead(
            type=codes.plain("8279", kind),
            gen_date=self.now,
            msg_id=self.new_id(),
            sender=self._signed(own),
            receiver=head.sender,
            patient=head.patient,
            conversation=ConversationRef(parent=head.msg_id, conversation=first),
            documents=(business_document(document, issue_date=self.now if self.full else None),),
        )

    def _signed(self, own: Organisation) -> Organisation:
        return addresses.organisation(self.world, self.party, full=True) if self.full else own


def answer_question(head: MsgHead, writer: Writer) -> MsgHead | None:
    """DIALOG_SVAR to a DIALOG_FORESPORSEL; None when the message holds no question.

    Theme 5 of table 9069, the note's date, the question copied in (HIS 1152).
    """
    question = _question(head)
    if question is None:
        return None
    asked = question.question or question.type.dn or question.type.v
    note = Note(
        theme=codes.value("9069", "5"),
        text=f"Svar fra et automatisk {writer.title} i Provenett: forespørselen er mottatt. Spørsmålet var: {asked}",
        date=writer.now.date(),
        request=question,
    )
    return writer.letter(head, "DIALOG_SVAR", "1.0", note)


def answer_clinical(head: MsgHead, writer: Writer) -> MsgHead | None:
    """DIALOG_HELSEFAGLIG to the first DIALOG_HELSEFAGLIG of a conversation, and to no later one (HIS 1077).

    Otherwise two who answer everything would never come to an end.
    """
    if head.conversation is not None:
        return None
    contact = addresses.professional(writer.world.clinic.users[0], role="24")
    note = Note(
        theme=codes.value("7322", "6"),
        text=f"Svar fra et automatisk {writer.title} i Provenett: henvendelsen er mottatt, og følges opp av tjenesten.",
        subject=_subject(head),
        roles=(RelatedRole(professional=contact),),
    )
    return writer.letter(head, "DIALOG_HELSEFAGLIG", "1.1", note)


def answer_deviation(head: MsgHead, writer: Writer) -> MsgHead | None:
    """DIALOG_NOTAT to a DIALOG_AVVIK: it has been seen, and by whom (HIS 1151 leaves the answer free)."""
    text = f"Et automatisk {writer.title} i Provenett har mottatt avviksmeldingen, og følger den opp."
    return writer.letter(head, "DIALOG_NOTAT", "1.0", Note(theme=codes.value("7321", "3"), text=text))


def _dialogue(head: MsgHead) -> Dialogmelding | None:
    try:
        return dialogmelding.parse(head.business_document or b"")
    except ProtocolError:
        return None


def _question(head: MsgHead) -> dialogmelding.Request | None:
    found = _dialogue(head)
    return found.requests[0] if found is not None and found.requests else None


def _subject(head: MsgHead) -> str:
    found = _dialogue(head)
    subject = found.notes[0].subject if found is not None and found.notes else None
    return f"SV: {subject}"[:200] if subject else "Svar på henvendelse"
