"""MsgHead 1.2, the head message (hodemelding) around business documents: HIS 80601:2006, HIS 1153 for addressing."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnwire import codes, people, xml
from nhnwire.errors import SchemaError, UnsupportedFormatError
from nhnwire.messages import MSGHEAD
from nhnwire.people import (
    Address,
    HealthcareProfessional,
    Ident,
    Organisation,
    Patient,
    Person,
    TeleCom,
    her_id_of,
    ident,
    number_of,
    person_ident,
)
from nhnwire.shape import CODED, IN_V, TEXT, Children, Fixed, Group, Many, Moment, One, Shape
from nhnwire.timestamps import format_date_time, keep_text

if TYPE_CHECKING:
    import datetime as dt

    from lxml.etree import _Element

    from nhnwire.coded import CodedValue

__all__ = [
    "Address",
    "ConversationRef",
    "Document",
    "HealthcareProfessional",
    "Ident",
    "MsgHead",
    "Organisation",
    "OtherReceiver",
    "Patient",
    "PatientReport",
    "Person",
    "TeleCom",
    "attachment",
    "business_document",
    "ident",
    "number_of",
    "organisation_her_id",
    "organisations",
    "parse",
    "party_her_id",
    "person_ident",
]

MIG_VERSION = "v1.2 2006-05-24"
BASE64_CONTAINER = "http://www.kith.no/xmlstds/base64container"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
XML_INSTANCE = codes.plain("8114", "XML")
ATTACHMENT = codes.plain("8114", "A")


@dataclass(frozen=True, slots=True)
class ConversationRef:
    """References to earlier messages by MsgId: the previous one (`parent`) and the first one (`conversation`)."""

    parent: str
    conversation: str


@dataclass(frozen=True, slots=True)
class OtherReceiver:
    """A copy receiver or the like. `role` is of table 8112; at most one of the four parties is given."""

    role: CodedValue
    organisation: Organisation | None = None
    patient: Person | None = None
    person: Person | None = None
    professional: HealthcareProfessional | None = None
    com_method: CodedValue | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a message: the business document first, attachments after it (HIS 1036:2011).

    Attributes:
        payload: the XML document as bytes with its own root; None for attachments in base64.
        ref_type: `XML`, `A` or `REF` of table 8114 (RefDoc/MsgType).
        attachment: the bytes of an attachment in a Base64Container; None otherwise.
        issue_date: a date or dateTime in the sender's words (TS).
        further: documents beside the first in the same Content, as bytes; rare.
    """

    payload: bytes | None = None
    ref_type: CodedValue = XML_INSTANCE
    mime_type: str | None = None
    description: str | None = None
    issue_date: str | None = None
    attachment: bytes | None = None
    id: str | None = None
    compression: CodedValue | None = None
    file_reference: str | None = None
    further: tuple[bytes, ...] = ()
    connection: CodedValue | None = None
    content_type: CodedValue | None = None
    content_description: str | None = None
    content_category: CodedValue | None = None
    consent: CodedValue | None = None
    annotation: str | None = None
    from_date: str | None = None
    to_date: str | None = None
    oid_ref: str | None = None
    enquiry_ref: str | None = None


@dataclass(frozen=True, slots=True)
class PatientReport:
    """Documents bundled per patient, used in reports to health registries."""

    case_no: str
    documents: tuple[Document, ...]
    patient: Person | None = None
    connection: CodedValue | None = None


@dataclass(frozen=True, slots=True)
class MsgHead:
    """A head message.

    Attributes:
        type: message function, table 8279.
        gen_date: when the message was made; aware.
        msg_id: a UUID, new for every message instance.
        sender, receiver: legal entity outermost, its service or person inside (HIS 1153-1 to -3).
        documents: the business document, then attachments; empty only when there are `patient_reports`.
        gen_date_text: GenDate in the sender's words, as receipts must echo it; follows `gen_date` when that changes.
        signature: the ds:Signature element as bytes. A head that is written again is not the bytes that were signed.
    """

    type: CodedValue
    gen_date: dt.datetime
    msg_id: str
    sender: Organisation
    receiver: Organisation
    documents: tuple[Document, ...] = ()
    patient: Person | None = None
    conversation: ConversationRef | None = None
    other_receivers: tuple[OtherReceiver, ...] = ()
    ack: CodedValue | None = None
    processing_status: CodedValue | None = None
    priority: CodedValue | None = None
    sender_com_method: CodedValue | None = None
    receiver_com_method: CodedValue | None = None
    patient_reports: tuple[PatientReport, ...] = ()
    signature: bytes | None = None
    gen_date_text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "gen_date_text", keep_text(self.gen_date, self.gen_date_text))

    def to_bytes(self) -> bytes:
        """The message as a UTF-8 document.

        Raises:
            ValueError: when a text holds characters that XML cannot carry.
        """
        root = etree.Element(f"{{{MSGHEAD}}}MsgHead", nsmap={None: MSGHEAD})
        _HEAD.write(root, self, MSGHEAD)
        return xml.serialise(root)

    @property
    def sender_her_id(self) -> int | None:
        """HER-id of the sending communication party: the service or person, else the organisation."""
        return party_her_id(self.sender)

    @property
    def sender_organisation_her_id(self) -> int | None:
        """HER-id of the sending legal entity."""
        return organisation_her_id(self.sender)

    @property
    def receivers(self) -> tuple[Organisation, ...]:
        """Receiving organisations: the main receiver first, then the copy receivers."""
        return (self.receiver, *(other.organisation for other in self.other_receivers if other.organisation))

    @property
    def receiver_her_ids(self) -> tuple[int, ...]:
        """HER-ids of the receiving communication parties, the main receiver's first; parties without one left out."""
        return tuple(found for party in self.receivers if (found := party_her_id(party)) is not None)

    @property
    def receiver_organisation_her_ids(self) -> tuple[int, ...]:
        """HER-ids of the receiving legal entities, in the order of `receivers`."""
        return tuple(found for party in self.receivers if (found := organisation_her_id(party)) is not None)

    @property
    def business_document(self) -> bytes | None:
        """The XML of the first document that has one."""
        documents = self.documents or tuple(found for report in self.patient_reports for found in report.documents)
        return next((found.payload for found in documents if found.payload is not None), None)

    @property
    def attachments(self) -> tuple[Document, ...]:
        """The documents after the business document."""
        return self.documents[1:]


def organisation_her_id(party: Organisation) -> int | None:
    """HER-id of the legal entity: the outermost level (AD2.6)."""
    return her_id_of(party.idents)


def party_her_id(party: Organisation) -> int | None:
    """HER-id of the communication party: the service (AD2.7), else the person (AD2.8), else the entity itself.

    A person below a service is a contact or a signer, not an address (HITS 1168), wherever she stands: beside the
    service or inside it. Where organisations are nested deeper than the two levels of HIS 1153 the innermost counts.
    """
    levels = organisations(party)
    services = (her_id_of(level.idents) for level in reversed(levels[1:]))
    persons = (her_id_of(level.professional.idents) for level in reversed(levels) if level.professional is not None)
    return next((found for found in (*services, *persons) if found is not None), her_id_of(party.idents))


def organisations(party: Organisation) -> tuple[Organisation, ...]:
    """The organisation and all that are nested in it, outermost first."""
    found = [party]
    while (below := found[-1].organisation) is not None:
        found.append(below)
    return tuple(found)


def business_document(payload: bytes, *, issue_date: dt.datetime | None = None) -> Document:
    """The document that holds the business XML."""
    return Document(
        payload, issue_date=None if issue_date is None else format_date_time(issue_date), mime_type="text/xml"
    )


def attachment(content: bytes, *, mime_type: str, description: str, issue_date: dt.datetime | None = None) -> Document:
    """A document that holds an attachment in base64 (HIS 1036:2011)."""
    return Document(
        ref_type=ATTACHMENT,
        mime_type=mime_type,
        description=description,
        issue_date=None if issue_date is None else format_date_time(issue_date),
        attachment=content,
    )


def parse(data: bytes | _Element) -> MsgHead:
    """Read a head message, from bytes or from a root that `nhnwire.xml.parse` gave.

    Raises:
        XmlError: (T01) not XML, or XML that is refused.
        UnsupportedFormatError: (T10) another root than MsgHead 1.2.
        SchemaError: (T02) something is missing without which there is no head message.
    """
    root = xml.parse(data) if isinstance(data, bytes) else data
    if root.tag != f"{{{MSGHEAD}}}MsgHead":
        raise UnsupportedFormatError(
            f"the root is {str(root.tag)[:120]}, not MsgHead of {MSGHEAD}", xpath="/", remedy="send MsgHead 1.2"
        )
    head = _HEAD.read(root, MSGHEAD)
    if not isinstance(head, MsgHead):
        raise TypeError(head)
    if not head.documents and not head.patient_reports:
        raise SchemaError("/MsgHead: Document is missing", xpath="/MsgHead", remedy="send at least one document")
    return head


class _Content:
    """RefDoc/Content: any elements; base64 in a container, or documents with roots of their own."""

    def fields(self) -> tuple[str, ...]:
        return ("payload", "attachment", "further")

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        found = children.get(f"{{{ns}}}Content", ())
        if len(found) > 1:
            where = xml.path_of(parent)
            raise SchemaError(f"{where}: Content occurs {len(found)} times; once is right", xpath=where)
        inside = list(found[0].iterchildren(tag=etree.Element)) if found else []
        if not inside:
            return {}
        first, *others = inside
        further = tuple(_alone(other) for other in others)
        if first.tag == f"{{{BASE64_CONTAINER}}}Base64Container":
            return {"attachment": _decoded(first), "further": further}
        return {"payload": _alone(first), "further": further}

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        if not isinstance(owner, Document) or (owner.payload is None and owner.attachment is None):
            return
        content = etree.SubElement(parent, f"{{{ns}}}Content")
        if owner.payload is not None:
            xml.graft(content, xml.parse(owner.payload))
        else:
            name = f"{{{BASE64_CONTAINER}}}Base64Container"
            container = etree.SubElement(content, name, nsmap={None: BASE64_CONTAINER})
            container.text = base64.b64encode(owner.attachment or b"").decode("ascii") or None
        for other in owner.further:
            xml.graft(content, xml.parse(other))


def _alone(document: _Element) -> bytes:
    """A document out of Content, with all namespaces in scope but the head's own, where nothing uses that."""
    if MSGHEAD not in document.nsmap.values():
        return xml.serialise(document)
    copy = xml.parse(xml.serialise(document))
    declared = {item for element in copy.iter(etree.Element) for item in element.nsmap.items()}
    kept = sorted({prefix for prefix, uri in declared if prefix and uri != MSGHEAD})
    etree.cleanup_namespaces(copy, keep_ns_prefixes=kept)
    return xml.serialise(copy)


def _decoded(container: _Element) -> bytes:
    text = "".join(xml.text_of(container).split())
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        where = xml.path_of(container)
        raise SchemaError(f"{where}: not base64", xpath=where, remedy="encode the attachment in base64") from None


class _Signature:
    """ds:Signature, kept as it came."""

    def fields(self) -> tuple[str, ...]:
        return ("signature",)

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:  # noqa: ARG002 - Part's signature
        found = children.get(f"{{{XMLDSIG}}}Signature", ())
        return {"signature": xml.serialise(found[0])} if found else {}

    def put(self, parent: _Element, owner: object, ns: str) -> None:  # noqa: ARG002 - as above
        if isinstance(owner, MsgHead) and owner.signature is not None:
            xml.graft(parent, xml.parse(owner.signature))


_ORGANISATION = people.msghead_organisation()
_PATIENT = people.person_shape()
_DOCUMENT = Shape(
    Document,
    One("DocumentConnection", "connection", CODED),
    One("ContentType", "content_type", CODED),
    One("ContentDescription", "content_description", TEXT),
    One("ContentCategory", "content_category", CODED),
    One("Consent", "consent", CODED),
    One("Annotation", "annotation", TEXT),
    One("FromDate", "from_date", IN_V),
    One("ToDate", "to_date", IN_V),
    One("OidRef", "oid_ref", TEXT),
    One("EnquiryRefId", "enquiry_ref", TEXT),
    Group(
        "RefDoc",
        One("IssueDate", "issue_date", IN_V),
        One("MsgType", "ref_type", CODED, required=True),
        One("Id", "id", TEXT),
        One("MimeType", "mime_type", TEXT),
        One("Description", "description", TEXT),
        One("Compression", "compression", CODED),
        One("FileReference", "file_reference", TEXT),
        _Content(),
    ),
)
_REPORT = Shape(
    PatientReport,
    One("DocumentConnection", "connection", CODED),
    One("CaseNo", "case_no", TEXT, required=True),
    Many("Document", "documents", _DOCUMENT, required=True),
    One("Patient", "patient", _PATIENT),
)
_OTHER_RECEIVER = Shape(
    OtherReceiver,
    One("ComMethod", "com_method", CODED),
    One("RoleReceiver", "role", CODED, required=True),
    One("Organisation", "organisation", _ORGANISATION),
    One("Patient", "patient", _PATIENT),
    One("Person", "person", _PATIENT),
    One("HealthcareProfessional", "professional", people.professional_shape()),
)
_HEAD = Shape(
    MsgHead,
    Group(
        "MsgInfo",
        One("Type", "type", CODED, required=True),
        Fixed("MIGversion", MIG_VERSION),
        Moment("GenDate", "gen_date", "gen_date_text"),
        One("MsgId", "msg_id", TEXT, required=True),
        One("ProcessingStatus", "processing_status", CODED),
        One("RequestedPriority", "priority", CODED),
        One("Ack", "ack", CODED),
        One(
            "ConversationRef",
            "conversation",
            Shape(
                ConversationRef,
                One("RefToParent", "parent", TEXT, required=True),
                One("RefToConversation", "conversation", TEXT, required=True),
            ),
        ),
        Group(
            "Sender",
            One("ComMethod", "sender_com_method", CODED),
            One("Organisation", "sender", _ORGANISATION, required=True),
        ),
        Group(
            "Receiver",
            One("ComMethod", "receiver_com_method", CODED),
            One("Organisation", "receiver", _ORGANISATION, required=True),
        ),
        Many("OtherReceiver", "other_receivers", _OTHER_RECEIVER),
        One("Patient", "patient", _PATIENT),
    ),
    Many("Document", "documents", _DOCUMENT),
    Many("PatientReport", "patient_reports", _REPORT),
    _Signature(),
)
