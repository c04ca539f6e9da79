"""Rules for head messages and the dialogue messages in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnwire import dialogmelding, identifiers, xml
from nhnwire.errors import IdentifierError, ProtocolError
from nhnwire.messages import PROFILES, MessageProfile
from nhnwire.people import her_id_of
from nhnwire.rules.table import Row, is_uuid, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnwire.dialogmelding import Dialogmelding, Note, Request
    from nhnwire.msghead import MsgHead
    from nhnwire.people import Organisation

_INFO = "/MsgHead/MsgInfo"
_DOCUMENT = "/MsgHead/Document/RefDoc/Content/Dialogmelding"
_CHECKED_NUMBERS = ("FNR", "DNR", "FHN")
_ANSWERED = "5"
_OTHER_ENQUIRY = "99"


@dataclass(frozen=True, slots=True)
class Subject:
    """A head message with what its rules look at: its profile, and its dialogue message when it has one."""

    head: MsgHead
    profile: MessageProfile | None
    root: tuple[str, str] | None
    dialogue: Dialogmelding | None

    @classmethod
    def of(cls, head: MsgHead) -> Subject:
        """Open the business document; one that cannot be read as a dialogue message leaves `dialogue` None."""
        payload = head.business_document
        root = dialogue = None
        if payload is not None:
            element = xml.parse(payload)
            root = xml.split_tag(element)
            try:
                dialogue = dialogmelding.parse(element)
            except ProtocolError:
                dialogue = None
        return cls(head, PROFILES.get(head.type.v), root, dialogue)

    def is_type(self, *codes: str) -> bool:
        """True when the message is of one of these types."""
        return self.head.type.v in codes

    def notes(self) -> Iterator[tuple[str, Note]]:
        """Notes with their places."""
        for at, note in enumerate(self.dialogue.notes if self.dialogue else (), 1):
            yield f"{_DOCUMENT}/Notat[{at}]", note

    def requests(self) -> Iterator[tuple[str, Request]]:
        """Questions with their places, those copied into answers left out."""
        for at, request in enumerate(self.dialogue.requests if self.dialogue else (), 1):
            yield f"{_DOCUMENT}/Foresporsel[{at}]", request

    def parties(self) -> Iterator[tuple[str, Organisation]]:
        """Sender and receivers with their places."""
        yield f"{_INFO}/Sender/Organisation", self.head.sender
        yield f"{_INFO}/Receiver/Organisation", self.head.receiver
        for at, other in enumerate(self.head.other_receivers, 1):
            if other.organisation is not None:
                yield f"{_INFO}/OtherReceiver[{at}]/Organisation", other.organisation


def _patient(subject: Subject) -> tuple[str, ...]:
    patient = subject.head.patient
    if subject.profile is None or not subject.profile.patient:
        return ()
    if patient is None:
        return (f"{_INFO}/Patient",)
    named = bool((patient.family_name or "").strip() or (patient.given_name or "").strip())
    numbered = any(found.type.v in _CHECKED_NUMBERS and found.id.strip() for found in patient.idents)
    described = patient.born is not None and patient.sex is not None and bool(patient.sex.v)
    return where(not (named and (numbered or described)), f"{_INFO}/Patient")


def _patient_number(subject: Subject) -> Iterator[str]:
    for at, found in enumerate(subject.head.patient.idents if subject.head.patient else (), 1):
        if found.type.v in _CHECKED_NUMBERS:
            try:
                identifiers.check_fnr(found.id)
            except IdentifierError:
                yield f"{_INFO}/Patient/Ident[{at}]/Id"


def _entity(subject: Subject) -> Iterator[str]:
    for place, party in subject.parties():
        yield from where(her_id_of(party.idents) is None, f"{place}/Ident")


def _party(subject: Subject) -> Iterator[str]:
    for place, party in subject.parties():
        service = party.organisation is not None and her_id_of(party.organisation.idents) is not None
        person = party.professional is not None and her_id_of(party.professional.idents) is not None
        yield from where(not service and not person, f"{place}/Organisation/Ident")


def _names(subject: Subject) -> Iterator[str]:
    for place, party in subject.parties():
        yield from where(not party.name.strip(), f"{place}/OrganisationName")
        if party.organisation is not None:
            yield from where(not party.organisation.name.strip(), f"{place}/Organisation/OrganisationName")


def _conversation_missing(subject: Subject) -> tuple[str, ...]:
    needed = subject.is_type("DIALOG_SVAR", "DIALOG_AVVIK")
    return where(needed and subject.head.conversation is None, f"{_INFO}/ConversationRef")


def _conversation_ids(subject: Subject) -> Iterator[str]:
    found = subject.head.conversation
    if found is not None:
        yield from where(not is_uuid(found.parent), f"{_INFO}/ConversationRef/RefToParent")
        yield from where(not is_uuid(found.conversation), f"{_INFO}/ConversationRef/RefToConversation")


def _conversation_self(subject: Subject) -> Iterator[str]:
    found, own = subject.head.conversation, subject.head.msg_id.lower()
    if found is not None:
        yield from where(found.parent.lower() == own, f"{_INFO}/ConversationRef/RefToParent")
        yield from where(found.conversation.lower() == own, f"{_INFO}/ConversationRef/RefToConversation")


def _first_document(subject: Subject) -> Iterator[str]:
    for at, document in enumerate(subject.head.documents, 1):
        expected = {"XML"} if at == 1 else {"A", "REF"}
        yield from where(document.ref_type.v not in expected, f"/MsgHead/Document[{at}]/RefDoc/MsgType/@V")


def _namespace(subject: Subject) -> tuple[str, ...]:
    profile = subject.profile
    expected = None if profile is None else (profile.namespace, profile.root)
    return where(profile is not None and subject.root != expected, "/MsgHead/Document[1]/RefDoc/Content/*")


def _content(subject: Subject) -> tuple[str, ...]:
    if subject.dialogue is None:
        return ()
    wanted = subject.dialogue.requests if subject.is_type("DIALOG_FORESPORSEL") else subject.dialogue.notes
    return where(subject.profile is not None and not wanted, _DOCUMENT)


def _note_text(subject: Subject) -> Iterator[str]:
    if subject.is_type("DIALOG_NOTAT", "DIALOG_AVVIK", "DIALOG_HELSEFAGLIG"):
        for place, note in subject.notes():
            yield from where(not (note.text or "").strip(), f"{place}/TekstNotatInnhold")


def _note_theme(subject: Subject) -> Iterator[str]:
    if subject.profile is not None and subject.profile.themes:
        for place, note in subject.notes():
            yield from where(note.theme.table not in subject.profile.themes, f"{place}/TemaKodet/@S")


def _note_subject(subject: Subject) -> Iterator[str]:
    if subject.is_type("DIALOG_HELSEFAGLIG"):
        for place, note in subject.notes():
            yield from where(not (note.subject or "").strip(), f"{place}/Tema")


def _request_type(subject: Subject) -> Iterator[str]:
    if subject.is_type("DIALOG_FORESPORSEL"):
        for place, request in subject.requests():
            yield from where(request.type.table not in {"9152", "9153", "9154"}, f"{place}/TypeForesp/@S")


def _request_text(subject: Subject) -> Iterator[str]:
    for place, request in subject.requests():
        silent = request.type.v == _OTHER_ENQUIRY and not (request.question or "").strip()
        yield from where(silent, f"{place}/Sporsmal")


def _answer_theme(subject: Subject) -> Iterator[str]:
    if subject.is_type("DIALOG_SVAR"):
        for place, note in subject.notes():
            yield from where(note.theme.v != _ANSWERED, f"{place}/TemaKodet/@V")


def _answer_date(subject: Subject) -> Iterator[str]:
    if subject.is_type("DIALOG_SVAR"):
        for place, note in subject.notes():
            yield from where(note.date is None, f"{place}/DatoNotat")


def _answer_question(subject: Subject) -> Iterator[str]:
    if subject.is_type("DIALOG_SVAR"):
        for place, note in subject.notes():
            yield from where(note.request is None, f"{place}/Foresporsel")


ROWS = (
    Row(
        "MSGHEAD-ID",
        "HIS 80601:2006 MsgId; HITS 1168:2016 on E10",
        "E10",
        lambda subject: where(not is_uuid(subject.head.msg_id), f"{_INFO}/MsgId"),
        "MsgId is no UUID",
        "give every message instance a new UUID in its 36 character form",
    ),
    Row(
        "MSGHEAD-PATIENT",
        "HITS 1168:2016 on E36",
        "E36",
        _patient,
        "the patient is not identified",
        "send the name together with a fødselsnummer, D-number or felles hjelpenummer, or with birth date and sex",
    ),
    Row(
        "MSGHEAD-PATIENT-NUMBER",
        "HIS 1001:2010; table 8221 E31",
        "E31",
        _patient_number,
        "the patient's number is no valid person number",
        "send the number as it stands in the register; its control digits must agree",
    ),
    Row(
        "ADDRESS-ENTITY",
        "HIS 1153-1:2015 AD2.2, AD2.6",
        "",
        _entity,
        "the legal entity has no HER-id",
        "put the HER-id of the legal entity in Organisation/Ident with TypeId HER of table 9051",
    ),
    Row(
        "ADDRESS-PARTY",
        "HIS 1153-1:2015 AD2.2, AD2.7, AD2.8",
        "",
        _party,
        "the communication party below the legal entity has no HER-id",
        "put the HER-id of the service in Organisation/Organisation/Ident, or of the person in HealthcareProfessional",
    ),
    Row(
        "ADDRESS-NAME",
        "HIS 1153-1:2015 AD2.3, AD2.4",
        "",
        _names,
        "a party has no name",
        "put the name from the address register in OrganisationName at both levels",
    ),
    Row(
        "CONVERSATION-MISSING",
        "HIS 1152 and HIS 1151, ConversationRef",
        "",
        _conversation_missing,
        "an answer or error report does not say which message it is about",
        "send ConversationRef with the MsgId of the message that is answered and of the first in the conversation",
    ),
    Row(
        "CONVERSATION-ID",
        "HIS 80601:2006 ConversationRef",
        "",
        _conversation_ids,
        "a reference to another message is no UUID",
        "copy the MsgId of the other message unchanged",
    ),
    Row(
        "CONVERSATION-SELF",
        "HIS 80601:2006 ConversationRef",
        "",
        _conversation_self,
        "the message refers to itself",
        "leave ConversationRef out of the first message of a conversation; refer to earlier messages only",
    ),
    Row(
        "MSGHEAD-DOCUMENT",
        "HIS 80601:2006 RefDoc/MsgType; HIS 1036:2011",
        "",
        _first_document,
        "the business document is not first, or an attachment is not marked as one",
        "put the business XML first with MsgType XML, and attachments after it with MsgType A",
    ),
    Row(
        "DIALOG-VERSION",
        "HIS 80603; profiles HIS 1077, 1151, 1152",
        "T10",
        _namespace,
        "the message type does not go with this business document or this version of it",
        "send the document version that the profile of the message type names",
    ),
    Row(
        "DIALOG-CONTENT",
        "HIS 80603:2006; HIS 1152",
        "",
        _content,
        "the dialogue message holds nothing of what its type is for",
        "send at least one Foresporsel in DIALOG_FORESPORSEL, and at least one Notat in the other types",
    ),
    Row(
        "NOTE-TEXT",
        "HIS 80603:2006; HIS 1077; HIS 1151",
        "",
        _note_text,
        "the note has no text",
        "write the text in TekstNotatInnhold",
    ),
    Row(
        "NOTE-THEME",
        "HIS 80603:2006 TemaKodet; HIS 1077, 1151, 1152",
        "",
        _note_theme,
        "the note's theme is not of the table that goes with the message type",
        "use 7321 for DIALOG_NOTAT, 9069 for DIALOG_SVAR, 8117 for DIALOG_AVVIK, 7322 for DIALOG_HELSEFAGLIG",
    ),
    Row(
        "NOTE-SUBJECT",
        "HIS 1077 Tema",
        "",
        _note_subject,
        "the health professional dialogue has no subject",
        "write the subject in Tema",
    ),
    Row(
        "REQUEST-TYPE",
        "HIS 1152 TypeForesp",
        "",
        _request_type,
        "the kind of question is not of the tables that may be used",
        "use 9152, 9153 or 9154 in TypeForesp",
    ),
    Row(
        "REQUEST-TEXT",
        "HIS 1152 Sporsmal",
        "",
        _request_text,
        "a question of kind 99 (other) says nothing",
        "write the question in Sporsmal",
    ),
    Row(
        "ANSWER-THEME",
        "HIS 1152 TemaKodet",
        "",
        _answer_theme,
        "the answer's theme is another than 5 of table 9069",
        "send TemaKodet 5 (Svar på forespørsel)",
    ),
    Row(
        "ANSWER-DATE",
        "HIS 1152 DatoNotat",
        "",
        _answer_date,
        "the answer has no date",
        "send DatoNotat",
    ),
    Row(
        "ANSWER-QUESTION",
        "HIS 1152 Foresporsel",
        "",
        _answer_question,
        "the answer does not repeat the question",
        "copy the original Foresporsel into the Notat",
    ),
)
