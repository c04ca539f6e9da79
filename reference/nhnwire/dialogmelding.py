"""Dialogmelding 1.0 and 1.1, the dialogue message: HIS 80603:2006 and :2017 (form of 2018), HIS 1077, 1151, 1152.

Version 1.0 lacks a request's subject and coded information and a role's unit; writing a value that has them in
version 1.0 raises `ValueError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import people, xml
from nhnwire.errors import UnsupportedFormatError
from nhnwire.messages import DIALOG_NAMESPACES
from nhnwire.people import FK1, HealthcareProfessional, Organisation, Person
from nhnwire.shape import CODED, DATE, TEXT, Constant, Many, One, Part, Rich, Shape

if TYPE_CHECKING:
    import datetime as dt

    from lxml.etree import _Element

    from nhnwire.coded import CodedValue

__all__ = ["Dialogmelding", "Note", "RelatedRole", "RelatedUnit", "Request", "parse"]

VERSIONS = {namespace: version for version, namespace in DIALOG_NAMESPACES.items()}


@dataclass(frozen=True, slots=True)
class RelatedUnit:
    """A unit someone belongs to (TilknyttetEnhet), with a contact there; version 1.1 since 2017."""

    organisation: Organisation
    remark: str | None = None
    professional: HealthcareProfessional | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class RelatedRole:
    """Someone with a role to a note or request (RollerRelatertNotat): `role` of 9057, `role_to_patient` of 9034."""

    role: CodedValue | None = None
    role_to_patient: CodedValue | None = None
    unit: RelatedUnit | None = None
    professional: HealthcareProfessional | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A question (Foresporsel).

    Attributes:
        type: what is asked for, tables 9152, 9153, 9154.
        question: the question's text (Sporsmal); with version 1.1 possibly read out of `question_markup`.
        subject: EmneSporsmal, version 1.1 only.
        question_markup: XHTML of the question as `nhnwire.shape.Rich` keeps it; wins over `question` when written.
    """

    type: CodedValue
    question: str | None = None
    subject: str | None = None
    purpose: CodedValue | None = None
    reason: str | None = None
    urgency: CodedValue | None = None
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    record_information: tuple[CodedValue, ...] = ()
    coded_information: CodedValue | None = None
    document_id: str | None = None
    roles: tuple[RelatedRole, ...] = ()
    question_markup: bytes | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note or an answer (Notat).

    Attributes:
        theme: TemaKodet; the message type decides the table (7321, 7322, 8117, 9069, …).
        text: the content's text (TekstNotatInnhold).
        subject: Tema.
        date: DatoNotat.
        request: the question that this note answers.
        markup: XHTML of the content as `nhnwire.shape.Rich` keeps it; wins over `text` when written.
    """

    theme: CodedValue
    text: str | None = None
    subject: str | None = None
    date: dt.date | None = None
    remark: str | None = None
    document_id: str | None = None
    request: Request | None = None
    roles: tuple[RelatedRole, ...] = ()
    markup: bytes | None = None


@dataclass(frozen=True, slots=True)
class Dialogmelding:
    """A dialogue message: notes or requests, never both. `case_type` is SakstypeKodet, `case_text` Sakstype."""

    version: str
    notes: tuple[Note, ...] = ()
    requests: tuple[Request, ...] = ()
    case_type: CodedValue | None = None
    case_text: str | None = None

    def to_bytes(self) -> bytes:
        """The document in UTF-8.

        Raises:
            ValueError: both notes and requests, an unknown version, or something that version 1.0 has no place for.
        """
        if self.notes and self.requests:
            raise ValueError("a dialogue message holds notes or requests, not both; send two messages")
        if self.version not in DIALOG_NAMESPACES:
            raise ValueError(f"no version {self.version!r} of Dialogmelding; use one of {', '.join(DIALOG_NAMESPACES)}")
        ns = DIALOG_NAMESPACES[self.version]
        root = etree.Element(f"{{{ns}}}Dialogmelding", nsmap={None: ns})
        _SHAPES[self.version].write(root, self, ns)
        return xml.serialise(root)


def parse(data: bytes | _Element) -> Dialogmelding:
    """Read a dialogue message of version 1.0 or 1.1.

    Raises:
        XmlError: (T01) not XML, or XML that is refused.
        UnsupportedFormatError: (T10) another root.
        SchemaError: (T02) something is missing without which there is no dialogue message.
    """
    root = xml.parse(data) if isinstance(data, bytes) else data
    ns, name = xml.split_tag(root)
    version = VERSIONS.get(ns)
    if name != "Dialogmelding" or version is None:
        raise UnsupportedFormatError(
            f"the root is {str(root.tag)[:120]}, not Dialogmelding 1.0 or 1.1",
            xpath="/",
            remedy="send one of the namespaces " + ", ".join(VERSIONS),
        )
    value = _SHAPES[version].read(root, ns)
    if not isinstance(value, Dialogmelding):
        raise TypeError(value)
    return value


def _shape(version: str) -> Shape:
    newer = version != "1.0"
    professional = people.professional_shape(inner=FK1)
    someone: tuple[Part, ...] = (
        One("HealthcareProfessional", "professional", professional),
        One("Person", "person", people.person_shape(inner=FK1, given_name_first=True)),
    )
    unit = Shape(
        RelatedUnit,
        One("Kontaktenhet", "organisation", people.fk1_organisation, required=True),
        One("Merknad", "remark", TEXT),
        *someone,
    )
    role = Shape(
        RelatedRole,
        One("RolleNotat", "role", CODED),
        One("RoleToPatient", "role_to_patient", CODED),
        *((One("TilknyttetEnhet", "unit", unit),) if newer else ()),
        *someone,
    )
    request = Shape(
        Request,
        One("TypeForesp", "type", CODED, required=True),
        *((One("EmneSporsmal", "subject", TEXT),) if newer else ()),
        Rich("Sporsmal", "question", "question_markup") if newer else One("Sporsmal", "question", TEXT),
        One("Formål", "purpose", CODED),
        One("Begrunnelse", "reason", TEXT),
        One("Hastegrad", "urgency", CODED),
        One("FraDato", "from_date", DATE),
        One("TilDato", "to_date", DATE),
        # Version 1.0 takes one at most; that is the schema's matter.
        Many("TypeJournalinfo", "record_information", CODED),
        *((One("KodetOpplysning", "coded_information", CODED),) if newer else ()),
        One("DokIdForesp", "document_id", TEXT),
        Many("RollerRelatertNotat", "roles", role),
    )
    note = Shape(
        Note,
        One("TemaKodet", "theme", CODED, required=True),
        One("Tema", "subject", TEXT),
        Rich("TekstNotatInnhold", "text", "markup"),
        One("Merknad", "remark", TEXT),
        One("DokIdNotat", "document_id", TEXT),
        One("DatoNotat", "date", DATE),
        One("Foresporsel", "request", request),
        Many("RollerRelatertNotat", "roles", role),
    )
    return Shape(
        Dialogmelding,
        Constant("version", version),
        One("SakstypeKodet", "case_type", CODED),
        One("Sakstype", "case_text", TEXT),
        Many("Foresporsel", "requests", request),
        Many("Notat", "notes", note),
    )


_SHAPES = {version: _shape(version) for version in DIALOG_NAMESPACES}
