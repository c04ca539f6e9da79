"""People and organisations as the KITH schemas write them; shared by MsgHead, Dialogmelding and their like.

MsgHead 1.2 has these types in its own namespace, younger documents in felleskomponent1 (HIS 80601:2006,
felleskomponent1.xsd). Code tables: persons' identifiers 8116, organisations' 9051, sex 3101, country 9043.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnwire import codes
from nhnwire.shape import CODED, DATE, IN_V, TEXT, Many, One, Part, Shape

if TYPE_CHECKING:
    import datetime as dt

    from lxml.etree import _Element

    from nhnwire.coded import CodedValue

FK1 = "http://www.kith.no/xmlstds/felleskomponent1"


@dataclass(frozen=True, slots=True)
class Ident:
    """One number of a party or person, and what kind of number it is (`type.v`: `HER`, `ENH`, `FNR`, `HPR`, …)."""

    id: str
    type: CodedValue


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; all of it optional. `type` is of table 3401, `county` of 3402, `country` of 9043."""

    type: CodedValue | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    postbox: str | None = None
    county: CodedValue | None = None
    country: CodedValue | None = None


@dataclass(frozen=True, slots=True)
class TeleCom:
    """A telephone number or the like, as a URL with its scheme (`tel:`, `mailto:`); `type` is of table 9061."""

    address: str
    type: CodedValue | None = None


@dataclass(frozen=True, slots=True)
class HealthcareProfessional:
    """A person at work (helsepersonell). In MsgHead at least one ident is required; dialogues have it optional."""

    idents: tuple[Ident, ...] = ()
    family_name: str | None = None
    middle_name: str | None = None
    given_name: str | None = None
    type: CodedValue | None = None
    role_to_patient: CodedValue | None = None
    born: dt.date | None = None
    sex: CodedValue | None = None
    nationality: CodedValue | None = None
    address: Address | None = None
    telecoms: tuple[TeleCom, ...] = ()

    @property
    def full_name(self) -> str:
        """Given, middle and family name with single spaces; empty when there is none."""
        return " ".join(part for part in (self.given_name, self.middle_name, self.family_name) if part)


@dataclass(frozen=True, slots=True)
class Person:
    """A person outside work: a patient, a relative."""

    family_name: str | None = None
    given_name: str | None = None
    idents: tuple[Ident, ...] = ()
    middle_name: str | None = None
    born: dt.date | None = None
    sex: CodedValue | None = None
    nationality: CodedValue | None = None
    address: Address | None = None
    telecoms: tuple[TeleCom, ...] = ()

    @property
    def full_name(self) -> str:
        """Given, middle and family name with single spaces; empty when there is none."""
        return " ".join(part for part in (self.given_name, self.middle_name, self.family_name) if part)


Patient = Person
"""The patient of a message is a person like others; the name says where it stands."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A legal entity or one of its services; the nested `organisation` is the service, `professional` a person there.

    An organisation without name and idents is written as an empty element, which the MsgHead schema allows.
    """

    name: str = ""
    idents: tuple[Ident, ...] = ()
    type: CodedValue | None = None
    address: Address | None = None
    telecoms: tuple[TeleCom, ...] = ()
    organisation: Organisation | None = None
    professional: HealthcareProfessional | None = None


def ident(kind: str, number: str | int) -> Ident:
    """An identifier of an organisation, table 9051: `ident("HER", 9000001)`, `ident("ENH", "310000027")`."""
    return Ident(str(number), codes.value("9051", kind))


def person_ident(kind: str, number: str | int) -> Ident:
    """An identifier of a person, table 8116: `person_ident("FNR", "14835739784")`, `person_ident("HPR", 900000001)`."""
    return Ident(str(number), codes.value("8116", kind))


def number_of(idents: tuple[Ident, ...], kind: str) -> str | None:
    """The first identifier of a kind, as text without surrounding space; None when there is none."""
    return next((found.id.strip() for found in idents if found.type.v == kind), None)


def her_id_of(idents: tuple[Ident, ...]) -> int | None:
    """The HER-id among identifiers; None when there is none or it is not a number."""
    text = number_of(idents, "HER")
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 10 else None


# The tables of elements. `ns` is the namespace of the children where it is not the parent's own.


def ident_shape(ns: str | None = None) -> Shape:
    """Id, TypeId."""
    return Shape(Ident, One("Id", "id", TEXT, required=True), One("TypeId", "type", CODED, required=True), ns=ns)


def address_shape(ns: str | None = None) -> Shape:
    """Type, StreetAdr, PostalCode, City, Postbox, County, Country."""
    return Shape(
        Address,
        One("Type", "type", CODED),
        One("StreetAdr", "street", TEXT),
        One("PostalCode", "postal_code", TEXT),
        One("City", "city", TEXT),
        One("Postbox", "postbox", TEXT),
        One("County", "county", CODED),
        One("Country", "country", CODED),
        ns=ns,
    )


def telecom_shape(ns: str | None = None) -> Shape:
    """TypeTelecom, TeleAddress."""
    return Shape(TeleCom, One("TypeTelecom", "type", CODED), One("TeleAddress", "address", IN_V, required=True), ns=ns)


def _contact(inner: str | None) -> tuple[Part, ...]:
    return (One("Address", "address", address_shape(inner)), Many("TeleCom", "telecoms", telecom_shape(inner)))


def _life(inner: str | None) -> tuple[Part, ...]:
    return (
        One("DateOfBirth", "born", DATE),
        One("Sex", "sex", CODED),
        One("Nationality", "nationality", CODED),
        Many("Ident", "idents", ident_shape(inner)),
        *_contact(inner),
    )


def professional_shape(ns: str | None = None, inner: str | None = None) -> Shape:
    """HealthcareProfessional; `inner` is the namespace inside Ident, Address and TeleCom when it differs."""
    return Shape(
        HealthcareProfessional,
        One("TypeHealthcareProfessional", "type", CODED),
        One("RoleToPatient", "role_to_patient", CODED),
        One("FamilyName", "family_name", TEXT),
        One("MiddleName", "middle_name", TEXT),
        One("GivenName", "given_name", TEXT),
        *_life(inner),
        ns=ns,
    )


def person_shape(ns: str | None = None, inner: str | None = None, *, given_name_first: bool = False) -> Shape:
    """Person and Patient; Dialogmelding's own Person has the given name first."""
    names = [One("FamilyName", "family_name", TEXT), One("MiddleName", "middle_name", TEXT)]
    names.append(One("GivenName", "given_name", TEXT))
    if given_name_first:
        names.reverse()
    return Shape(Person, *names, *_life(inner), ns=ns)


def fk1_organisation() -> Shape:
    """Organisation of felleskomponent1: the type first, no professional."""
    return _FK1_ORGANISATION


def msghead_organisation() -> Shape:
    """Organisation of MsgHead: the name first, a professional at the end."""
    return _MSGHEAD_ORGANISATION


class _EmptyOrganisation(Shape):
    """MsgHead lets an Organisation be an empty element; one without name and idents is written so."""

    def write(self, element: _Element, value: object, ns: str) -> None:
        if value != Organisation():
            super().write(element, value, ns)


_IDENTIFIED: tuple[Part, ...] = (Many("Ident", "idents", ident_shape()), *_contact(None))
_FK1_ORGANISATION = Shape(
    Organisation,
    One("TypeOrganisation", "type", CODED),
    One("OrganisationName", "name", TEXT),
    *_IDENTIFIED,
    One("Organisation", "organisation", fk1_organisation),
    ns=FK1,
)
_MSGHEAD_ORGANISATION = _EmptyOrganisation(
    Organisation,
    One("OrganisationName", "name", TEXT),
    One("TypeOrganisation", "type", CODED),
    *_IDENTIFIED,
    One("Organisation", "organisation", msghead_organisation),
    One("HealthcareProfessional", "professional", professional_shape()),
)
