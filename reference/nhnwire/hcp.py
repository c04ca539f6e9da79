"""Parties as documents without a head message name them (HCP): AppRec and the base messages.

Sources: HIS 80415 (AppRec), HIS 80226, 80517, 80821 and 80822 (base messages), which share the structure but not the
order of its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnwire.coded import CodedValue
from nhnwire.people import Ident, her_id_of
from nhnwire.shape import CODED, IN_V, TEXT, Group, Many, One, Part, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Actor", "Institution", "Party", "PostalAddress", "party_shape"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A department, a person at an institution, or a professional: a name and numbers.

    `type` is given for departments (8624, 8451) and stand-alone professionals only.
    """

    name: str | None = None
    id: str | None = None
    id_type: CodedValue | None = None
    additional_ids: tuple[Ident, ...] = ()
    type: CodedValue | None = None

    @property
    def idents(self) -> tuple[Ident, ...]:
        """All numbers: the main one first."""
        return _idents(self.id, self.id_type, self.additional_ids)


@dataclass(frozen=True, slots=True)
class Institution:
    """A legal entity (Inst), its service (Dept) or person (HCPerson)."""

    name: str | None = None
    id: str | None = None
    id_type: CodedValue | None = None
    departments: tuple[Actor, ...] = ()
    additional_ids: tuple[Ident, ...] = ()
    persons: tuple[Actor, ...] = ()

    @property
    def idents(self) -> tuple[Ident, ...]:
        """All numbers: the main one first."""
        return _idents(self.id, self.id_type, self.additional_ids)


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address as these documents have it. `type` (3401) is required by the schema."""

    type: CodedValue
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    county: CodedValue | None = None
    country: CodedValue | None = None
    city_district: CodedValue | None = None
    telecoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a receipt or a base message: an institution, or a professional on her own.

    `relation` (8254) is what the party is to the patient, where the document has a place for that.
    """

    role: CodedValue | None = None
    institution: Institution | None = None
    professional: Actor | None = None
    speciality: CodedValue | None = None
    address: PostalAddress | None = None
    relation: CodedValue | None = None

    @property
    def her_id(self) -> int | None:
        """HER-id of the communication party: innermost department, else person, else institution or professional."""
        if self.institution is None:
            return None if self.professional is None else her_id_of(self.professional.idents)
        below = (*reversed(self.institution.departments), *self.institution.persons)
        return next(
            (found for actor in below if (found := her_id_of(actor.idents)) is not None),
            her_id_of(self.institution.idents),
        )

    @property
    def organisation_her_id(self) -> int | None:
        """HER-id of the legal entity."""
        return None if self.institution is None else her_id_of(self.institution.idents)


def _idents(number: str | None, kind: CodedValue | None, additional: tuple[Ident, ...]) -> tuple[Ident, ...]:
    return additional if number is None else (Ident(number, kind or CodedValue("")), *additional)


def _rows(*, typed: bool) -> tuple[Part, ...]:
    return (
        *((One("Type", "type", CODED),) if typed else ()),
        One("Name", "name", TEXT),
        One("Id", "id", TEXT),
        One("TypeId", "id_type", CODED),
        _ADDITIONAL,
    )


_ADDITIONAL = Many(
    "AdditionalId",
    "additional_ids",
    Shape(Ident, One("Id", "id", TEXT, required=True), One("Type", "type", CODED, required=True)),
)
_BELOW = {
    "departments": Many("Dept", "departments", Shape(Actor, *_rows(typed=True))),
    "additional_ids": _ADDITIONAL,
    "persons": Many("HCPerson", "persons", Shape(Actor, *_rows(typed=False))),
}
_ADDRESS = Shape(
    PostalAddress,
    One("Type", "type", CODED, required=True),
    One("StreetAdr", "street", TEXT),
    One("PostalCode", "postal_code", TEXT),
    One("City", "city", TEXT),
    One("County", "county", CODED),
    One("Country", "country", CODED),
    One("CityDistr", "city_district", CODED),
    Many("TeleAddress", "telecoms", IN_V),
)


def party_shape(order: Iterable[str], speciality: str = "MedSpeciality", *, related: bool = False) -> Shape:
    """The shape of a party.

    Args:
        order: fields of `Institution` that may be repeated, as the document's schema orders them.
        speciality: how its schema spells that element.
        related: the element says what the party is to the patient.
    """
    institution = Shape(
        Institution,
        One("Name", "name", TEXT),
        One("Id", "id", TEXT),
        One("TypeId", "id_type", CODED),
        *(_BELOW[name] for name in order),
    )
    return Shape(
        Party,
        One("Role", "role", CODED),
        *((One("Relation", "relation", CODED),) if related else ()),
        Group(
            "HCP",
            One("Inst", "institution", institution),
            One("HCProf", "professional", Shape(Actor, *_rows(typed=True))),
            One(speciality, "speciality", CODED),
            One("Address", "address", _ADDRESS),
        ),
    )
