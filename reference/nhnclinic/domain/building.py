"""From a draft and two parties to a head message around a dialogue message or one of `domain.drafting`.

Sources: HIS 80601 (MsgHead), HIS 1153 (both levels of addressing, AD2.2 to AD2.8), HIS 80603, 1077, 1151 and 1152
(the profiles of the dialogue message), HIS 1036 (attachments).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.domain import drafting
from nhnwire import codes, dialogmelding, messages, msghead
from nhnwire.dialogmelding import Dialogmelding, Note, RelatedRole, Request
from nhnwire.identifiers import check_fnr
from nhnwire.msghead import ConversationRef, HealthcareProfessional, MsgHead, Organisation, Person, TeleCom

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from nhnclinic.config import Config
    from nhnclinic.domain.drafting import Written
    from nhnclinic.domain.values import Author, Draft, Parcel, Party

_PROFESSIONS = {"physician": "LE", "nurse": "SP", "secretary": "HE"}
"""Table 9060 by the role of a user."""


def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
    """The bytes of the message.

    Args:
        parcel: with both parties.
        now: goes into GenDate, whole milliseconds, UTC.
        config: for the clinic's telephone.

    Raises:
        ValueError: a text cannot be carried by XML (readiness says so earlier).
    """
    draft, sender, receiver = parcel.draft, parcel.sender, parcel.receiver
    assert sender is not None, "the step `address` comes before `build`"
    assert receiver is not None, "the step `address` comes before `build`"
    author = _professional(draft.author, config.organisation.phone)
    document = _DOCUMENTS[draft.type](parcel, author, now)
    return MsgHead(
        type=codes.plain("8279", draft.type),
        gen_date=now,
        msg_id=draft.msg_id,
        sender=organisation(sender),
        receiver=organisation(receiver),
        patient=Person(draft.patient.family_name, draft.patient.given_name, (_number(draft.patient.number),)),
        conversation=ConversationRef(draft.parent, draft.conversation or draft.parent) if draft.parent else None,
        documents=(
            msghead.business_document(document.to_bytes(), issue_date=now),
            *(
                msghead.attachment(
                    one.content, mime_type=one.mime_type, description=one.description or "Vedlegg", issue_date=now
                )
                for one in draft.attachments
            ),
        ),
    ).to_bytes()


def organisation(party: Party) -> Organisation:
    """A party at both levels: the legal entity, and inside it the service or the person."""
    service, person = None, None
    if party.kind == "Person":
        given, _, family = party.name.rpartition(" ")
        own = (msghead.person_ident("HER", party.her_id),)
        person = HealthcareProfessional(own, family_name=family, given_name=given or None)
    elif party.kind == "Service":
        service = Organisation(party.name, (msghead.ident("HER", party.her_id),))
    number = (msghead.ident("ENH", party.organisation_number),) if party.organisation_number else ()
    idents = (msghead.ident("HER", party.organisation_her_id), *number)
    return Organisation(party.organisation_name, idents, organisation=service, professional=person)


def _number(number: str) -> msghead.Ident:
    return msghead.person_ident(check_fnr(number).kind, number)


def _professional(author: Author, phone: str) -> HealthcareProfessional:
    given, _, family = author.name.rpartition(" ")
    profession = _PROFESSIONS.get(author.role)
    return HealthcareProfessional(
        idents=(msghead.person_ident("HPR", author.hpr),) if author.hpr else (),
        family_name=family,
        given_name=given or None,
        type=codes.plain("9060", profession) if profession else None,
        telecoms=(TeleCom(f"tel:{phone}", codes.plain("9061", "WC")),) if phone else (),
    )


def _role(author: HealthcareProfessional) -> RelatedRole:
    return RelatedRole(role=codes.value("9057", "1"), professional=author)


def _note(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> Dialogmelding:
    draft, theme = parcel.draft, codes.value("7321", "6")
    note = Note(theme, draft.text, draft.subject or None, now.date(), roles=(_role(author),))
    return Dialogmelding(_version(draft), notes=(note,))


def _request(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> Dialogmelding:
    del now
    draft = parcel.draft
    request = Request(codes.value("9152", "99"), draft.text, roles=(_role(author),))
    return Dialogmelding(_version(draft), requests=(request,))


def _answer(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> Dialogmelding:
    draft = parcel.draft
    note = Note(
        codes.value("9069", "5"), draft.text, date=now.date(), request=_asked(draft.original), roles=(_role(author),)
    )
    return Dialogmelding(_version(draft), notes=(note,))


def _deviation(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> Dialogmelding:
    """Theme and text and nothing else (HIS 1151)."""
    del author, now
    draft = parcel.draft
    return Dialogmelding(_version(draft), notes=(Note(codes.value("8117", draft.reason), draft.text),))


def _professional_dialogue(parcel: Parcel, author: HealthcareProfessional, now: datetime) -> Dialogmelding:
    draft, receiver, roles = parcel.draft, parcel.receiver, [_role(author)]
    assert receiver is not None, "the step `address` comes before `build`"
    if not draft.parent:
        # A new dialogue names its contact at the receiver (HIS 1077); without a person's name the party itself.
        given, _, family = receiver.name.rpartition(" ") if receiver.kind == "Person" else ("", "", receiver.name)
        contact = HealthcareProfessional(
            family_name=family,
            given_name=given or None,
            type=codes.plain("9060", "LE"),
            role_to_patient=codes.value("9034", "24"),
        )
        roles.append(RelatedRole(role_to_patient=codes.value("9034", "24"), professional=contact))
    note = Note(codes.value("7322", "6"), draft.text, draft.subject, now.date(), roles=tuple(roles))
    return Dialogmelding(_version(draft), notes=(note,))


def _asked(original: bytes) -> Request | None:
    """The question inside the message that is answered, to be copied in."""
    payload = msghead.parse(original).business_document if original else None
    requests = dialogmelding.parse(payload).requests if payload is not None else ()
    return requests[0] if requests else None


def _version(draft: Draft) -> str:
    return messages.profile(draft.type).versions[-1]


_DOCUMENTS: dict[str, Callable[[Parcel, HealthcareProfessional, datetime], Written]] = {
    **drafting.DOCUMENTS,
    "DIALOG_NOTAT": _note,
    "DIALOG_FORESPORSEL": _request,
    "DIALOG_SVAR": _answer,
    "DIALOG_AVVIK": _deviation,
    "DIALOG_HELSEFAGLIG": _professional_dialogue,
}
