"""The register's entries as the data contracts of its web service: the legacy model, typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nhnsim.address_register import legacy
from nhnsim.soap import naive
from nhnwire.registers.kinds import Array, Enumeration, Record, contract_of
from nhnwire.registers.party.types import CommunicationParty, CommunicationPartyType, Organization, OrganizationPerson
from nhnwire.registers.party.types import Service as PartyService

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnfixtures.world import Party
    from nhnsim.address_register.register import Register
    from nhnwire.registers.kinds import Kind

CLASSES: Mapping[str, type[CommunicationParty]] = {
    "Organization": Organization,
    "Person": OrganizationPerson,
    "Service": PartyService,
}
KINDS = {
    "Organization": CommunicationPartyType.ORGANIZATION,
    "Person": CommunicationPartyType.PERSON,
    "Service": CommunicationPartyType.SERVICE,
}


def contract(register: Register, party: Party, now: datetime, changed: str | None = None) -> Any:
    """An entry; without those who belong to it.

    Args:
        register: where the party stands.
        party: from `register`.
        now: naive Norwegian time, shown as ServerTime.
        changed: when the party was last changed, ISO 8601; None: not since it was registered.
    """
    model = legacy.entry(register, party)
    model |= {"Type": KINDS[party.type]} | ({"LastChanged": changed} if changed else {})
    if party.type == "Person":
        given, _, family = party.name.partition(" ")
        model["Person"] |= {"FirstName": given, "LastName": family}
        model["Person"]["HPRInformation"] |= {"HPRNo": party.hpr}
    return replace(_read(CLASSES[party.type], model), server_time=now)


def whole(register: Register, party: Party, now: datetime, changed: str | None = None) -> Any:
    """An entry with those who belong to it, or with whom it belongs to."""
    made = contract(register, party, now, changed)
    if party.type == "Organization":
        people = (register.party(her_id) for her_id in party.persons)
        services = (register.party(her_id) for her_id in party.services)
        return replace(
            made,
            people=tuple(contract(register, one, now) for one in people if one is not None),
            services=tuple(contract(register, one, now) for one in services if one is not None),
        )
    if party.type == "Person":
        return replace(made, organizations=(contract(register, register.owner(party), now),))
    return made


def _read(cls: type[Any], model: Mapping[str, Any]) -> Any:
    """An object of the legacy model as its data contract; members that are not there keep their defaults."""
    members = [one for base in cls.__mro__ if "__contract__" in base.__dict__ for one in contract_of(base).members()]
    return cls(**{one.field: _value(one.kind, model[one.wire]) for one in members if one.wire in model})


def _value(kind: Kind, value: Any) -> Any:
    if value is None or isinstance(kind, Enumeration):
        return value
    if isinstance(kind, Array):
        return tuple(_value(kind.item, one) for one in value)
    if isinstance(kind, Record):
        return _read(kind.cls, value)
    if kind.name == "dateTime":
        return moment(value)
    return value


def moment(text: str) -> datetime:
    """A time of the legacy model as the contracts have it; digits beyond the microsecond are dropped."""
    head, _, zone = text.partition("+")
    return naive(datetime.fromisoformat(f"{head[:26]}+{zone}" if zone else head[:26]))
