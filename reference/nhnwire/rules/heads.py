"""Rules for the head message: its own data, patient, conversation, documents, signature (HIS 80601)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import codes, identifiers
from nhnwire.errors import IdentifierError
from nhnwire.messages import APPREC_NAMESPACES
from nhnwire.receipts import CLAIMS
from nhnwire.rules.subject import DOCUMENT, INFO
from nhnwire.rules.table import INFO as NOTICE
from nhnwire.rules.table import WARNING, Row, is_blank, is_uuid, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnwire.rules.subject import Subject

_CHECKED_NUMBERS = ("FNR", "DNR", "FHN")
_BUSINESS, _OTHERS = frozenset(["XML"]), frozenset(["A", "REF"])
# Sick notes, medical certificates and claims: the business standard asks for a signature of the head.
_SIGNED = CLAIMS | {"SYKMELD", "LEGEERKL"}


def _patient(subject: Subject) -> tuple[str, ...]:
    patient = subject.head.patient
    if subject.profile is None or not subject.profile.patient:
        return ()
    if patient is None:
        return (f"{INFO}/Patient",)
    named = not is_blank(patient.family_name) or not is_blank(patient.given_name)
    numbered = any(found.type.v in _CHECKED_NUMBERS and not is_blank(found.id) for found in patient.idents)
    described = patient.born is not None and patient.sex is not None and bool(patient.sex.v)
    return where(not (named and (numbered or described)), f"{INFO}/Patient")


def _patient_number(subject: Subject) -> Iterator[str]:
    for at, found in enumerate(subject.head.patient.idents if subject.head.patient else (), 1):
        if found.type.v in _CHECKED_NUMBERS:
            try:
                identifiers.check_fnr(found.id)
            except IdentifierError:
                yield f"{INFO}/Patient/Ident[{at}]/Id"


def _patient_names(subject: Subject) -> Iterator[str]:
    patient = subject.head.patient
    if patient is not None and subject.profile is not None:
        family, given = is_blank(patient.family_name), is_blank(patient.given_name)
        # Without any name the patient is not identified, which is a rule of its own.
        yield from where(family and not given, f"{INFO}/Patient/FamilyName")
        yield from where(given and not family, f"{INFO}/Patient/GivenName")


def _nationality(subject: Subject) -> tuple[str, ...]:
    patient = subject.head.patient
    found = patient.nationality if patient is not None else None
    return where(found is not None and found.v == "NO", f"{INFO}/Patient/Nationality")


def _type(subject: Subject) -> tuple[str, ...]:
    return where(not codes.is_known("8279", subject.head.type.v), f"{INFO}/Type/@V")


def _wrapped(subject: Subject) -> tuple[str, ...]:
    inside = subject.root is not None and subject.root[0] in APPREC_NAMESPACES.values()
    return where(inside or subject.is_type("APPREC"), INFO if not inside else f"{DOCUMENT}[1]/RefDoc/Content/AppRec")


def _conversation_missing(subject: Subject) -> tuple[str, ...]:
    needed = subject.profile is not None and subject.profile.refers
    return where(needed and subject.head.conversation is None, f"{INFO}/ConversationRef")


def _conversation_ids(subject: Subject) -> Iterator[str]:
    found = subject.head.conversation
    if found is not None:
        yield from where(not is_uuid(found.parent), f"{INFO}/ConversationRef/RefToParent")
        yield from where(not is_uuid(found.conversation), f"{INFO}/ConversationRef/RefToConversation")


def _conversation_self(subject: Subject) -> Iterator[str]:
    found, own = subject.head.conversation, subject.head.msg_id.lower()
    if found is not None:
        yield from where(found.parent.lower() == own, f"{INFO}/ConversationRef/RefToParent")
        yield from where(found.conversation.lower() == own, f"{INFO}/ConversationRef/RefToConversation")


def _document_marks(subject: Subject) -> Iterator[str]:
    for at, document in enumerate(subject.head.documents, 1):
        expected = _BUSINESS if at == 1 else _OTHERS
        yield from where(document.ref_type.v not in expected, f"{DOCUMENT}[{at}]/RefDoc/MsgType/@V")


def _document_empty(subject: Subject) -> Iterator[str]:
    for at, document in enumerate(subject.head.documents, 1):
        nothing = document.payload is None and document.attachment is None and is_blank(document.file_reference)
        yield from where(nothing, f"{DOCUMENT}[{at}]/RefDoc")


def _document_base64(subject: Subject) -> tuple[str, ...]:
    first = subject.head.documents[:1]
    return where(bool(first) and first[0].attachment is not None, f"{DOCUMENT}[1]/RefDoc/Content")


def _signature_missing(subject: Subject) -> tuple[str, ...]:
    return where(subject.head.type.v in _SIGNED and subject.head.signature is None, "/MsgHead/Signature")


def _signature_signer(subject: Subject) -> tuple[str, ...]:
    if subject.head.signature is None:
        return ()
    signers = (found for place, found in subject.professionals() if place.startswith(f"{INFO}/Sender/"))
    named = any(
        number.type.v in {"FNR", "DNR"} and not is_blank(number.id) for found in signers for number in found.idents
    )
    return where(not named, f"{INFO}/Sender/Organisation/HealthcareProfessional/Ident")


def _signature_undue(subject: Subject) -> tuple[str, ...]:
    return where(subject.head.signature is not None and subject.profile is not None, "/MsgHead/Signature")


ROWS = (
    Row(
        "MSGHEAD-ID",
        "HIS 80601:2006 MsgId; HITS 1168:2016 on E10",
        "E10",
        lambda subject: where(not is_uuid(subject.head.msg_id), f"{INFO}/MsgId"),
        "MsgId is no UUID",
        "give every message instance a new UUID in its 36 character form",
    ),
    Row(
        "MSGHEAD-TYPE",
        "HIS 80601:2006 Type, table 8279; HITS 1168:2016 on T10",
        "T10",
        _type,
        "the message type is not a code of table 8279",
        "send the code in Type/@V and its text in DN, not the other way round, spelt as in the table",
    ),
    Row(
        "MSGHEAD-ACK",
        "HIS 80601:2006 Ack, clarified 2018",
        "",
        lambda subject: where(subject.head.ack is not None and subject.head.ack.v != "J", f"{INFO}/Ack/@V"),
        "Ack asks for no receipt or for some only, but is not in use: a receipt is always sent",
        "leave Ack out, and expect an application receipt for every message",
        NOTICE,
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
        "PATIENT-NAMES",
        "HIS 80601:2006 Patient; HIS 1077, 1151, 1206, HITS 1228",
        "",
        _patient_names,
        "the patient has one of two names",
        "send FamilyName and GivenName both, as the population register has them",
        WARNING,
    ),
    Row(
        "PATIENT-NATIONALITY",
        "HIS 80601:2006 Patient/Nationality",
        "",
        _nationality,
        "the patient's nationality is given although it is Norwegian",
        "leave Nationality out unless it is another country than NO",
        NOTICE,
    ),
    Row(
        "CONVERSATION-MISSING",
        "HIS 1151, HIS 1152 and HIS 1206, ConversationRef",
        "",
        _conversation_missing,
        "an answer, error report or referral status does not say which message it is about",
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
        _document_marks,
        "the business document is not first, or an attachment is not marked as one",
        "put the business XML first with MsgType XML, and attachments after it with MsgType A",
    ),
    Row(
        "DOCUMENT-EMPTY",
        "HIS 80601:2006 RefDoc",
        "",
        _document_empty,
        "a document has neither content nor a reference to a file",
        "put the document itself into Content, or leave out the whole Document",
    ),
    Row(
        "DOCUMENT-BASE64",
        "HIS 1036:2011",
        "",
        _document_base64,
        "the business document is in base64",
        "put the business XML into Content as it is; only attachments go into a Base64Container",
    ),
    Row(
        "RECEIPT-WRAPPED",
        "HIS 80415:2012",
        "",
        _wrapped,
        "an application receipt is inside a head message",
        "send AppRec as a document of its own",
    ),
    Row(
        "SIGNATURE-MISSING",
        "HIS 80601:2006 Signature; HIS 80805:2008, BKM 1.8",
        "",
        _signature_missing,
        "a message of this type must be signed, and is not",
        "sign the whole MsgHead with the sender's personal certificate; Signature is its last element",
    ),
    Row(
        "SIGNATURE-SIGNER",
        "HIS 80601:2006 Signature",
        "",
        _signature_signer,
        "the message is signed, but does not say by whom",
        "name the signer in Sender/Organisation/HealthcareProfessional, with the fødselsnummer as Ident FNR",
    ),
    Row(
        "SIGNATURE-UNDUE",
        "HIS 80601:2006 Signature",
        "",
        _signature_undue,
        "a dialogue message is signed, which nobody asks for",
        "send dialogue messages unsigned; the transport secures them",
        NOTICE,
    ),
)
