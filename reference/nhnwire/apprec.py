"""AppRec 1.0 and 1.1, the application receipt (applikasjonskvittering): HIS 80415:2004 and :2012, HITS 1168:2016."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import codes, xml
from nhnwire.coded import CodedValue
from nhnwire.errors import RuleError, UnsupportedFormatError
from nhnwire.hcp import Actor, Institution, Party, PostalAddress, party_shape
from nhnwire.messages import APPREC_NAMESPACES, PROFILES
from nhnwire.msghead import organisation_her_id, organisations, party_her_id
from nhnwire.people import Ident, her_id_of
from nhnwire.shape import CODED, DATE_TIME_TEXT, TEXT, Constant, Fixed, Many, Moment, One, Shape
from nhnwire.timestamps import keep_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from lxml.etree import _Element

    from nhnwire.msghead import MsgHead
    from nhnwire.people import HealthcareProfessional, Organisation

__all__ = [
    "Actor",
    "AppRec",
    "Institution",
    "OriginalMsgId",
    "Party",
    "PostalAddress",
    "answer",
    "error",
    "parse",
]

MIG_VERSIONS = {"1.0": "1.0 2004-11-21", "1.1": "v1.1 2012-02-15"}
VERSIONS = {namespace: version for version, namespace in APPREC_NAMESPACES.items()}

OK = "1"
REJECTED = "2"
OK_PARTLY = "3"

APPREC = codes.plain("8279", "APPREC")

# Roles of AppRec 1.0 and the receiver's role of 1.1 stand in the standards' text, not in a code table.
ROLES = {
    "SPR": CodedValue("SPR", "Tjenesteyter"),
    "REQ": CodedValue("REQ", "Rekvirent"),
    "RECEIVER": CodedValue("RECEIVER", "Mottaker"),
    "AVS": CodedValue("AVS", "Avsender"),
    "PRIM": codes.plain("8112", "PRIM"),
    "COP": codes.plain("8112", "COP"),
}


@dataclass(frozen=True, slots=True)
class OriginalMsgId:
    """Which message is answered: its type, its GenDate in its sender's own words, and its MsgId."""

    msg_type: CodedValue
    issue_date: str
    id: str


@dataclass(frozen=True, slots=True)
class AppRec:
    """An application receipt.

    Attributes:
        version: `1.0` or `1.1`; the type of the answered message dictates it.
        gen_date: when the receipt was made; aware.
        status: table 8258: `1` OK, `2` rejected, `3` OK with an error in a part.
        errors: table 8221 with OID and name; `ot` is text for the user.
        gen_date_text: GenDate in the sender's words; follows `gen_date` when that changes.
    """

    version: str
    gen_date: dt.datetime
    id: str
    sender: Party
    receiver: Party
    status: CodedValue
    original: OriginalMsgId
    errors: tuple[CodedValue, ...] = ()
    software_name: str | None = None
    software_version: str | None = None
    msg_type: CodedValue = APPREC
    gen_date_text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "gen_date_text", keep_text(self.gen_date, self.gen_date_text))

    def to_bytes(self) -> bytes:
        """The receipt as a UTF-8 document.

        Raises:
            ValueError: unknown version, or text that XML cannot carry.
        """
        if self.version not in APPREC_NAMESPACES:
            raise ValueError(f"no version {self.version!r} of AppRec; use one of {', '.join(APPREC_NAMESPACES)}")
        ns = APPREC_NAMESPACES[self.version]
        root = etree.Element(f"{{{ns}}}AppRec", nsmap={None: ns})
        _SHAPES[self.version].write(root, self, ns)
        return xml.serialise(root)

    @property
    def sender_her_id(self) -> int | None:
        """HER-id of the party that received the original message."""
        return self.sender.her_id

    @property
    def receiver_her_id(self) -> int | None:
        """HER-id of the party that sent the original message."""
        return self.receiver.her_id


def parse(data: bytes | _Element) -> AppRec:
    """Read an application receipt of version 1.0 or 1.1.

    Raises:
        XmlError: (T01) not XML, or XML that is refused.
        UnsupportedFormatError: (T10) another root.
        SchemaError: (T02) something is missing without which there is no receipt.
    """
    root = xml.parse(data) if isinstance(data, bytes) else data
    ns, name = xml.split_tag(root)
    version = VERSIONS.get(ns)
    if name != "AppRec" or version is None:
        raise UnsupportedFormatError(
            f"the root is {str(root.tag)[:120]}, not AppRec 1.0 or 1.1",
            xpath="/",
            remedy="send one of the namespaces " + ", ".join(VERSIONS),
        )
    value = _SHAPES[version].read(root, ns)
    if not isinstance(value, AppRec):
        raise TypeError(value)
    return value


def error(code: str, text: str | None = None) -> CodedValue:
    """An error of table 8221 with OID and name; `text` is shown to the user (OT)."""
    return codes.value("8221", code, ot=text)


def answer(
    head: MsgHead,
    *,
    own_her_id: int,
    version: str,
    status: str,
    errors: Iterable[CodedValue] = (),
    id: str,  # noqa: A002 - the element's name
    gen_date: dt.datetime,
    software_name: str | None = None,
    software_version: str | None = None,
) -> AppRec:
    """The receipt that one receiver gives for a head message.

    Addresses are mirrored with all levels and numbers (HITS 1168 §6): the receiver with `own_her_id` becomes the
    sender, the original sender becomes the receiver. A person below a service that is the address is not mirrored.

    Args:
        head: the message that is answered.
        own_her_id: HER-id of the answering receiver, at either level.
        version: what `nhnwire.messages.profile(head.type.v).apprec_version` says.
        status: `1`, `2` or `3` of table 8258.
        errors: of table 8221, as `error` makes them.
        id: a new UUID.
        gen_date: now.
        software_name: the answering system, optional on the wire.
        software_version: its version.

    Raises:
        RuleError: no receiver of the message has that HER-id, so that no receipt may be given (HITS 1168).
    """
    found = next(
        (
            (position, party)
            for level in (party_her_id, organisation_her_id)
            for position, party in enumerate(head.receivers)
            if level(party) == own_her_id
        ),
        None,
    )
    if found is None:
        raise RuleError(
            f"HER-id {own_her_id} is no receiver of message {head.msg_id[:60]}",
            rule="APPREC-RECEIVER",
            xpath="/MsgHead/MsgInfo/Receiver",
            remedy="give no receipt for messages addressed to others",
        )
    position, party = found
    profile = PROFILES.get(head.type.v)
    main_role = "PRIM" if version != "1.0" else (profile.main_role if profile else "SPR")
    return AppRec(
        version=version,
        gen_date=gen_date,
        id=id,
        sender=mirrored(party, ROLES["COP" if position else main_role]),
        receiver=mirrored(head.sender, ROLES["RECEIVER" if version == "1.0" else "AVS"]),
        status=codes.plain("8258", status),
        errors=tuple(errors),
        original=OriginalMsgId(
            CodedValue(head.type.v, head.type.dn or codes.name("8279", head.type.v)), head.gen_date_text, head.msg_id
        ),
        software_name=software_name,
        software_version=software_version,
    )


def mirrored(party: Organisation, role: CodedValue) -> Party:
    """An organisation of MsgHead as a party of a receipt: entity, service, person, numbers and address."""
    main, additional = _split(party.idents)
    departments: list[Actor] = []
    below = party.organisation
    while below is not None:
        service, more = _split(below.idents)
        departments.append(
            Actor(below.name, service.id if service else None, _plain(service), more, None),
        )
        below = below.organisation
    persons: tuple[Actor, ...] = ()
    if (someone := _addressed(party)) is not None:
        person, more = _split(someone.idents)
        persons = (Actor(someone.full_name or None, person.id if person else None, _plain(person), more),)
    return Party(
        role=role,
        institution=Institution(
            party.name or None, main.id if main else None, _plain(main), tuple(departments), additional, persons
        ),
        address=_address(party),
    )


def _addressed(party: Organisation) -> HealthcareProfessional | None:
    """The person who is the address: alone below the entity, or beside services that have no HER-id."""
    if party.organisation is None:
        return party.professional
    number, levels = party_her_id(party), organisations(party)
    if number is None or any(her_id_of(level.idents) == number for level in levels):
        return None
    found = (level.professional for level in levels if level.professional is not None)
    return next((person for person in found if her_id_of(person.idents) == number), None)


def _address(party: Organisation) -> PostalAddress | None:
    source = party.address
    if source is None:
        return None
    return PostalAddress(
        # AppRec requires a type where MsgHead does not; without one it is said to be the visiting address.
        type=source.type or codes.plain("3401", "RES"),
        street=source.street or source.postbox,
        postal_code=source.postal_code,
        city=source.city,
        county=source.county,
        country=source.country,
        telecoms=tuple(telecom.address for telecom in party.telecoms),
    )


def _split(idents: tuple[Ident, ...]) -> tuple[Ident | None, tuple[Ident, ...]]:
    plain = tuple(Ident(found.id, CodedValue(found.type.v, found.type.dn)) for found in idents)
    return (plain[0], plain[1:]) if plain else (None, ())


def _plain(found: Ident | None) -> CodedValue | None:
    return None if found is None else found.type


_PARTY = party_shape(("departments", "additional_ids", "persons"))


def _shape(version: str) -> Shape:
    return Shape(
        AppRec,
        Constant("version", version),
        One("MsgType", "msg_type", CODED, required=True),
        Fixed("MIGversion", MIG_VERSIONS[version]),
        One("SoftwareName", "software_name", TEXT),
        One("SoftwareVersion", "software_version", TEXT),
        Moment("GenDate", "gen_date", "gen_date_text"),
        One("Id", "id", TEXT, required=True),
        One("Sender", "sender", _PARTY, required=True),
        One("Receiver", "receiver", _PARTY, required=True),
        One("Status", "status", CODED, required=True),
        Many("Error", "errors", CODED),
        One(
            "OriginalMsgId",
            "original",
            Shape(
                OriginalMsgId,
                One("MsgType", "msg_type", CODED, required=True),
                One("IssueDate", "issue_date", DATE_TIME_TEXT, required=True),
                One("Id", "id", TEXT, required=True),
            ),
            required=True,
        ),
    )


_SHAPES = {version: _shape(version) for version in APPREC_NAMESPACES}
