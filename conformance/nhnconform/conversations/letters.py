"""Messages and receipts as the judge writes them: by hand, from the standards, not by `nhnwire`.

Were they built by the same code that the reference clinic reads them with, a misreading of the standard on both sides
would cancel out. Pure: ids and times are handed in. Every letter is judged by the oracles before it is sent.

Sources: MsgHead 1.2 (HIS 80601), Dialogmelding 1.0 and 1.1 (HIS 80603), AppRec (HIS 80415, HITS 1168).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from nhnconform.conversations import documents

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
DIALOGUE = {
    "1.0": "http://www.kith.no/xmlstds/dialog/2006-10-11",
    "1.1": "http://www.kith.no/xmlstds/dialog/2013-01-23",
}
APPREC = {
    "1.0": ("http://www.kith.no/xmlstds/apprec/2004-11-21", "1.0 2004-11-21", "SPR", "RECEIVER"),
    "1.1": ("http://www.kith.no/xmlstds/apprec/2012-02-15", "v1.1 2012-02-15", "PRIM", "AVS"),
}
BASE64 = "http://www.kith.no/xmlstds/base64container"
FK1 = "http://www.kith.no/xmlstds/felleskomponent1"
OID = "2.16.578.1.12.4.1.1."

Kind = Literal[
    "DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_SVAR", "DIALOG_HELSEFAGLIG",
    "SVAR_LAB", "SVAR_RTG", "HENVISNING", "EPIKRISE", "REQ_LAB", "LOG_INNLAGT",
]  # fmt: skip

NAMES: dict[str, str] = {
    "DIALOG_NOTAT": "Notat",
    "DIALOG_FORESPORSEL": "Forespørsel",
    "DIALOG_SVAR": "Svar på forespørsel",
    "DIALOG_HELSEFAGLIG": "Helsefaglig dialog",
    "SVAR_LAB": "Svarrapport-Laboratoriemedisin",
    "SVAR_RTG": "Svarrapport-Radiologi",
    "HENVISNING": "Henvisning",
    "EPIKRISE": "Epikrise",
    "REQ_LAB": "Rekvisisjon-Laboratoriemedisin",
    "LOG_INNLAGT": "Melding om innlagt pasient",
}
"""Display names of table 8279."""


IDENTIFIERS = {"FNR": "Fødselsnummer", "DNR": "D-nummer", "FHN": "Felles hjelpenummer"}
"""Display names of table 8116."""


def version_of(kind: str) -> str:
    """Which version of Dialogmelding, and of AppRec, belongs to a message type."""
    return "1.0" if kind in {"DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_SVAR"} else "1.1"


@dataclass(frozen=True)
class Address:
    """A service or a person and their organisation: both levels of addressing (HIS 1153).

    Attributes:
        her_id: level 2.
        name: level 2, of a service.
        organisation_her_id: level 1.
        organisation_number: level 1.
        organisation_name: level 1.
        professional: given name, family name and HPR number, when level 2 is a person.
    """

    her_id: int
    name: str
    organisation_her_id: int
    organisation_number: str
    organisation_name: str
    professional: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter: media type, bytes, and what the receiver is told that it is."""

    mime_type: str
    data: bytes
    description: str


@dataclass(frozen=True)
class Person:
    """A patient.

    Attributes:
        number: the identifier; None leaves it out.
        kind: of the identifier, table 8116: `FNR`, `DNR` or `FHN`.
        born: birth date, ISO 8601, with `sex` (table 3101: 1 or 2).
        second: a further identifier: kind and number.
    """

    number: str | None
    given_name: str
    family_name: str
    kind: str = "FNR"
    born: str = ""
    sex: str = ""
    second: tuple[str, str] | None = None


@dataclass(frozen=True)
class Style:
    """What the standards leave free.

    Attributes:
        prefix: namespace prefix of the head, "" for the default namespace.
        inner: of the business document.
        gap: white space between the parts.
    """

    prefix: str = ""
    inner: str = ""
    gap: str = "\n"


STYLES = (Style(), Style("mh", "dia"), Style("ns0", "", ""), Style("", "d", "\n  "))
"""Legal ways to write the same; letters go through them in turn, so that no receiver fits itself to one."""


@dataclass(frozen=True)
class Letter:
    """A message with a dialogue message in it, or one of the documents of `nhnconform.conversations.documents`.

    Attributes:
        kind: message type, table 8279.
        msg_id: MsgId.
        gen_date: xs:dateTime as it is to be written.
        sender: who writes.
        receiver: whom it is addressed to.
        patient: whom it is about.
        text: the note's or question's text; what a document says in words.
        subject: heading, where the type has one.
        conversation: RefToParent and RefToConversation.
        question: text of the question that an answer copies.
        style: how it is written.
        extra: XML put where the schema does not allow it.
        doctype: a document type declaration to begin with.
        attachments: files that go with it (HIS 1036:2011).
        copies: further receivers (OtherReceiver), each as COP (table 8112).
        namespace: of the business document, where it is to be one that nobody knows.
        levels: which of the receiver's two levels have their HER-id: 1, 2 or both.
    """

    kind: Kind
    msg_id: str
    gen_date: str
    sender: Address
    receiver: Address
    patient: Person
    text: str
    subject: str = "Oppfølging"
    conversation: tuple[str, str] | None = None
    question: str = ""
    style: Style = field(default=STYLES[0])
    extra: str = ""
    doctype: str = ""
    attachments: tuple[Attachment, ...] = ()
    copies: tuple[Address, ...] = ()
    namespace: str = ""
    levels: tuple[int, ...] = (1, 2)

    def to_bytes(self) -> bytes:
        """The exact bytes, UTF-8 with a declaration."""
        style = self.style
        h = Writer(style.prefix)
        root = h.name("MsgHead")
        bind = f"xmlns:{style.prefix}" if style.prefix else "xmlns"
        reference = ""
        if self.conversation:
            parent, first = self.conversation
            reference = h("ConversationRef", h("RefToParent", escape(parent)) + h("RefToConversation", escape(first)))
        info = style.gap.join(
            part
            for part in (
                h.code("Type", self.kind, NAMES[self.kind]),
                h("MIGversion", "v1.2 2006-05-24"),
                h("GenDate", self.gen_date),
                h("MsgId", escape(self.msg_id)),
                self.extra,
                reference,
                h("Sender", self._party(h, self.sender)),
                h("Receiver", self._party(h, self.receiver, self.levels)),
                *(
                    h("OtherReceiver", h.code("RoleReceiver", "COP", "Kopimottaker") + self._party(h, copy))
                    for copy in self.copies
                ),
                self._patient(h),
            )
            if part
        )
        document = documents.BODIES.get(self.kind)
        content = h("Content", document(Writer(style.inner), self) if document else self._dialogue())
        reference_document = h(
            "RefDoc",
            f'<{h.name("IssueDate")} V="{self.gen_date}"/>'
            + h.code("MsgType", "XML", "XML-instans")
            + h("MimeType", "text/xml")
            + content,
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n{self.doctype}<{root} {bind}="{MSGHEAD}">{style.gap}'
            f"{h('MsgInfo', info)}{style.gap}{h('Document', reference_document)}{style.gap}{self._attached(h)}</{root}>"
        ).encode()

    def _attached(self, h: Writer) -> str:
        return "".join(
            h(
                "Document",
                h(
                    "RefDoc",
                    f'<{h.name("IssueDate")} V="{self.gen_date}"/>'
                    + h.code("MsgType", "A", "Vedlegg")
                    + h("MimeType", escape(one.mime_type))
                    + h("Description", escape(one.description))
                    + h("Content", f'<b:Base64Container xmlns:b="{BASE64}">{_base64(one.data)}</b:Base64Container>'),
                ),
            )
            for one in self.attachments
        )

    @staticmethod
    def _party(h: Writer, party: Address, levels: tuple[int, ...] = (1, 2)) -> str:
        own = h.ident(str(party.her_id), "HER", "HER-id", "9051")
        if 2 not in levels:
            own = h.ident("RESH-4711", "RSH", "Register over enheter i spesialisthelsetjenesten", "9051")
        level_2 = h("Organisation", h("OrganisationName", escape(party.name)) + own)
        if party.professional is not None:
            given_name, family_name, hpr = party.professional
            level_2 = h(
                "HealthcareProfessional",
                h("FamilyName", escape(family_name))
                + h("GivenName", escape(given_name))
                + h.ident(str(party.her_id), "HER", "HER-id", "8116")
                + h.ident(hpr, "HPR", "HPR-nummer", "8116"),
            )
        return h(
            "Organisation",
            h("OrganisationName", escape(party.organisation_name))
            + (h.ident(str(party.organisation_her_id), "HER", "HER-id", "9051") if 1 in levels else "")
            + h.ident(party.organisation_number, "ENH", "Organisasjonsnummeret i Enhetsregisteret", "9051")
            + level_2,
        )

    def _patient(self, h: Writer) -> str:
        person = self.patient
        known = [] if person.number is None else [(person.kind, person.number)]
        known += [person.second] if person.second else []
        idents = "".join(h.ident(number, kind, IDENTIFIERS[kind], "8116") for kind, number in known)
        parts = (("FamilyName", person.family_name), ("GivenName", person.given_name))
        names = "".join(h(local, escape(name)) for local, name in parts if name)
        born = h("DateOfBirth", person.born) if person.born else ""
        sex = h.code("Sex", person.sex, {"1": "Mann", "2": "Kvinne"}[person.sex]) if person.sex else ""
        return h("Patient", names + born + sex + idents)

    def _dialogue(self) -> str:
        d = Writer(self.style.inner)
        body = {
            "DIALOG_NOTAT": self._note,
            "DIALOG_FORESPORSEL": self._question,
            "DIALOG_SVAR": self._answer,
            "DIALOG_HELSEFAGLIG": self._clinical,
        }[self.kind](d)
        return d.root("Dialogmelding", self.namespace or DIALOGUE[version_of(self.kind)], body)

    def _note(self, d: Writer) -> str:
        theme = d.coded("TemaKodet", "1", "Notat om pasient", "7321")
        return d("Notat", theme + d("TekstNotatInnhold", escape(self.text)))

    def _question(self, d: Writer) -> str:
        kind = d.coded("TypeForesp", "99", "Annen henvendelse", "9152")
        return d("Foresporsel", kind + d("Sporsmal", escape(self.text)))

    def _answer(self, d: Writer) -> str:
        kind = d.coded("TypeForesp", "99", "Annen henvendelse", "9152")
        return d(
            "Notat",
            d.coded("TemaKodet", "5", "Svar på forespørsel", "9069")
            + d("TekstNotatInnhold", escape(self.text))
            + d("DatoNotat", self.gen_date[:10])
            + d("Foresporsel", kind + d("Sporsmal", escape(self.question))),
        )

    def _clinical(self, d: Writer) -> str:
        return d(
            "Notat",
            d.coded("TemaKodet", "6", "Henvendelse om pasient", "7322")
            + d("Tema", escape(self.subject))
            + d("TekstNotatInnhold", escape(self.text))
            + d("RollerRelatertNotat", d.coded("RolleNotat", "1", "Forfatter", "9057") + _responsible(d)),
        )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _responsible(d: Writer) -> str:
    """The professional a new clinical dialogue must name, with a telephone (HIS 1077)."""
    f = Writer("fk")
    kind = f.coded("TypeId", "HPR", "HPR-nummer", "8116")
    name = d.name("Ident")
    ident = f'<{name} xmlns:fk="{FK1}">{f("Id", "900000006")}{kind}</{name}>'
    name = d.name("TeleCom")
    telephone = (
        f'<{name} xmlns:fk="{FK1}">{f.code("TypeTelecom", "WP", "Arbeidsplass")}'
        f'<fk:TeleAddress V="tel:22000000"/></{name}>'
    )
    return d(
        "HealthcareProfessional",
        d.code("TypeHealthcareProfessional", "LE", "Lege")
        + d.coded("RoleToPatient", "24", "Kontakt hos mottaker", "9034")
        + d("FamilyName", "September")
        + d("GivenName", "August")
        + ident
        + telephone,
    )


@dataclass(frozen=True)
class Writer:
    """Elements under one prefix."""

    prefix: str

    def name(self, local: str) -> str:
        """A qualified name."""
        return f"{self.prefix}:{local}" if self.prefix else local

    def __call__(self, local: str, content: str) -> str:
        """An element; `content` is XML already."""
        return f"<{self.name(local)}>{content}</{self.name(local)}>"

    def code(self, local: str, value: str, text: str) -> str:
        """A CS."""
        return f'<{self.name(local)} V="{escape(value)}" DN="{escape(text)}"/>'

    def coded(self, local: str, value: str, text: str, table: str) -> str:
        """A CV."""
        return f'<{self.name(local)} V="{escape(value)}" S="{OID}{table}" DN="{escape(text)}"/>'

    def at(self, local: str, moment: str) -> str:
        """A TS."""
        return f'<{self.name(local)} V="{escape(moment)}"/>'

    def root(self, local: str, namespace: str, content: str) -> str:
        """An element that declares its namespace."""
        bind = f"xmlns:{self.prefix}" if self.prefix else "xmlns"
        return f'<{self.name(local)} {bind}="{namespace}">{content}</{self.name(local)}>'

    def ident(self, value: str, kind: str, text: str, table: str) -> str:
        """An Ident."""
        return self("Ident", self("Id", escape(value)) + self.coded("TypeId", kind, text, table))


def apprec_of(
    letter: Letter, *, ident: str, gen_date: str, errors: tuple[tuple[str, str], ...] = (), style: Style = STYLES[0]
) -> bytes:
    """The receipt that a letter's receiver owes, addresses mirrored (HITS 1168).

    Args:
        letter: what is answered.
        ident: the receipt's own id.
        gen_date: xs:dateTime.
        errors: code and text of table 8221; none makes it positive.
        style: how it is written.
    """
    namespace, version, sender_role, receiver_role = APPREC[version_of(letter.kind)]
    a = Writer(style.prefix)

    def party(local: str, role: str, address: Address) -> str:
        dept = a("Name", escape(address.name)) + a("Id", str(address.her_id)) + a.code("TypeId", "HER", "HER-id")
        person = ""
        if address.professional is not None:
            given_name, family_name, _ = address.professional
            name, dept = escape(f"{given_name} {family_name}"), ""
            person = a("HCPerson", a("Name", name) + a("Id", str(address.her_id)) + a.code("TypeId", "HER", "HER-id"))
        more = a("Id", address.organisation_number) + a.code("Type", "ENH", "Organisasjonsnummeret i Enhetsregisteret")
        inst = (
            a("Name", escape(address.organisation_name))
            + a("Id", str(address.organisation_her_id))
            + a.code("TypeId", "HER", "HER-id")
            + (a("Dept", dept) if dept else "")
            + a("AdditionalId", more)
            + person
        )
        return a(local, a.code("Role", role, role) + a("HCP", a("Inst", inst)))

    bind = f"xmlns:{style.prefix}" if style.prefix else "xmlns"
    root = a.name("AppRec")
    body = (
        a.code("MsgType", "APPREC", "Applikasjonskvittering")
        + a("MIGversion", version)
        + a("GenDate", gen_date)
        + a("Id", escape(ident))
        + party("Sender", sender_role, letter.receiver)
        + party("Receiver", receiver_role, letter.sender)
        + (a.code("Status", "2", "Avvist") if errors else a.code("Status", "1", "OK"))
        + "".join(a.coded("Error", code, text, "8221") for code, text in errors)
        + a(
            "OriginalMsgId",
            a.code("MsgType", letter.kind, NAMES[letter.kind])
            + a("IssueDate", letter.gen_date)
            + a("Id", escape(letter.msg_id)),
        )
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {bind}="{namespace}">{body}</{root}>'.encode()
