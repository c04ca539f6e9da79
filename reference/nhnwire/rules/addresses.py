"""Rules for the parties of a head message: two levels, both HER-ids, names, numbers (HIS 1153-1 to -3, HIS 1001)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nhnwire import codes, identifiers
from nhnwire.errors import IdentifierError
from nhnwire.people import her_id_of
from nhnwire.rules.subject import INFO
from nhnwire.rules.table import WARNING, Row, is_blank, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhnwire.people import Ident
    from nhnwire.rules.subject import Subject

_HPR = re.compile(r"[0-9]{1,9}")
_ORGANISATION_TABLES, _PERSON_TABLES = ("9051",), ("8116",)


def _entity(subject: Subject) -> Iterator[str]:
    for place, party in subject.parties():
        yield from where(her_id_of(party.idents) is None, f"{place}/Ident")


def _party(subject: Subject) -> Iterator[str]:
    for place, party in subject.parties():
        service = party.organisation is not None and her_id_of(party.organisation.idents) is not None
        person = party.professional is not None and her_id_of(party.professional.idents) is not None
        yield from where(not service and not person, f"{place}/Organisation/Ident")


def _names(subject: Subject) -> Iterator[str]:
    for place, party in subject.organisations():
        yield from where(is_blank(party.name), f"{place}/OrganisationName")


def _person_names(subject: Subject) -> Iterator[str]:
    for place, found in subject.professionals():
        if her_id_of(found.idents) is not None:
            yield from where(is_blank(found.family_name), f"{place}/FamilyName")
            yield from where(is_blank(found.given_name), f"{place}/GivenName")


def _levels(subject: Subject) -> Iterator[str]:
    for place, party in subject.parties():
        deeper = party.organisation is not None and party.organisation.organisation is not None
        yield from where(deeper, f"{place}/Organisation/Organisation")


def _same(subject: Subject) -> Iterator[str]:
    for place, party in subject.parties():
        if party.organisation is not None:
            both = her_id_of(party.idents), her_id_of(party.organisation.idents)
            yield from where(both[0] is not None and both[0] == both[1], f"{place}/Organisation/Ident")


def _receiver_roles(subject: Subject) -> Iterator[str]:
    for at, other in enumerate(subject.head.other_receivers, 1):
        known = codes.is_known("8112", other.role.v)
        yield from where(not known, f"{INFO}/OtherReceiver[{at}]/RoleReceiver/@V")


def _receiver_empty(subject: Subject) -> Iterator[str]:
    for at, other in enumerate(subject.head.other_receivers, 1):
        named = (other.organisation, other.patient, other.person, other.professional)
        yield from where(all(one is None for one in named), f"{INFO}/OtherReceiver[{at}]")


def _numbers(subject: Subject) -> Iterator[tuple[str, Ident, tuple[str, ...]]]:
    """All identifiers of the head with their places and the tables their kinds are from."""
    for place, party in subject.organisations():
        for at, number in enumerate(party.idents, 1):
            yield f"{place}/Ident[{at}]", number, _ORGANISATION_TABLES
    people = [*subject.professionals()]
    for place, person in people:
        for at, number in enumerate(person.idents, 1):
            yield f"{place}/Ident[{at}]", number, _PERSON_TABLES
    for at, number in enumerate(subject.head.patient.idents if subject.head.patient else (), 1):
        yield f"{INFO}/Patient/Ident[{at}]", number, _PERSON_TABLES


def _kinds(tables: tuple[str, ...]) -> Callable[[Subject], Iterator[str]]:
    def check(subject: Subject) -> Iterator[str]:
        for place, number, own in _numbers(subject):
            # A kind that is missing altogether breaks the rule for coded elements.
            foreign = bool(number.type.v) and not any(codes.is_known(table, number.type.v) for table in own)
            yield from where(own == tables and foreign, f"{place}/TypeId/@V")

    return check


def _blank(subject: Subject) -> Iterator[str]:
    for place, number, _ in _numbers(subject):
        yield from where(is_blank(number.id), f"{place}/Id")


def _broken(kind: str, wrong: Callable[[str], bool]) -> Callable[[Subject], Iterator[str]]:
    def check(subject: Subject) -> Iterator[str]:
        for place, number, _ in _numbers(subject):
            text = number.id.strip()
            yield from where(number.type.v == kind and bool(text) and wrong(text), f"{place}/Id")

    return check


def _no_her_id(text: str) -> bool:
    try:
        identifiers.check_her_id(text)
    except IdentifierError:
        return True
    return False


def _no_organisation_number(text: str) -> bool:
    try:
        identifiers.check_organisation_number(text)
    except IdentifierError:
        return True
    return False


ROWS = (
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
        "ADDRESS-PERSON-NAME",
        "HIS 1153-1:2015 AD2.4, AD2.8",
        "",
        _person_names,
        "a person with a HER-id lacks the family name or the given name",
        "put both names from the address register in FamilyName and GivenName",
    ),
    Row(
        "ADDRESS-LEVELS",
        "HIS 1153-1:2015 AD2.6, AD2.7",
        "",
        _levels,
        "organisations are nested three deep; addresses have two levels",
        "send the legal entity and inside it the service that the message is for, without the departments between",
    ),
    Row(
        "ADDRESS-SAME",
        "HIS 1153-1:2015 AD2.2",
        "",
        _same,
        "the legal entity and its service have the same HER-id",
        "look up the service in the address register: its HER-id is its own, its parent's is the legal entity's",
    ),
    Row(
        "RECEIVER-ROLE",
        "HIS 80601:2006 OtherReceiver/RoleReceiver, table 8112",
        "",
        _receiver_roles,
        "the role of a further receiver is not a code of table 8112",
        "send COP for a copy receiver",
    ),
    Row(
        "RECEIVER-EMPTY",
        "HIS 80601:2006 OtherReceiver",
        "",
        _receiver_empty,
        "a further receiver is announced, but nobody is named",
        "name the receiver as in Receiver: Organisation with both HER-ids; or leave OtherReceiver out",
    ),
    Row(
        "IDENT-BLANK",
        "HIS 80601:2006 Ident; HISD 1165:2016",
        "",
        _blank,
        "an identifier has a kind but no number",
        "leave out Ident when you have no number",
    ),
    Row(
        "IDENT-ORGANISATION",
        "HIS 80601:2006 Organisation/Ident/TypeId, table 9051",
        "",
        _kinds(_ORGANISATION_TABLES),
        "the kind of an organisation's number is not of table 9051",
        "send HER for the HER-id and ENH for the organisation number",
    ),
    Row(
        "IDENT-PERSON",
        "HIS 80601:2006 person Ident/TypeId, table 8116",
        "",
        _kinds(_PERSON_TABLES),
        "the kind of a person's number is not of table 8116",
        "send FNR, DNR or FHN for patients, HPR or HER for health professionals",
    ),
    Row(
        "IDENT-HER",
        "HIS 1153-1:2015; address register, HER-id",
        "",
        _broken("HER", _no_her_id),
        "a HER-id is no whole number",
        "send the HER-id in digits only, as the address register gives it",
    ),
    Row(
        "IDENT-ENH",
        "HIS 1153-1:2015; Enhetsregisteret",
        "",
        _broken("ENH", _no_organisation_number),
        "an organisation number is wrong: nine digits are needed, and the last must agree with the others",
        "send the number as Enhetsregisteret has it, without spaces and without MVA",
    ),
    Row(
        "IDENT-HPR",
        "HIS 1001:2010 HPR number",
        "",
        _broken("HPR", lambda text: _HPR.fullmatch(text) is None),
        "an HPR number is not one to nine digits",
        "send the number from the register of health personnel, digits only",
        WARNING,
    ),
)
