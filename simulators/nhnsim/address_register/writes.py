"""What an organisation may change of its own entries over the register's web service.

A list or value that is left out stays as it is. What this register keeps for the seeded world alone (kinds, licences,
cooperation) may be sent as it is, and is refused when it is something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nhnsim.soap import Caller, invalid, refused
from nhnwire.registers.simple import NO_TIME
from nhnwire.timestamps import norwegian_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from nhnfixtures.world import Party
    from nhnsim.address_register.answers import Answers
    from nhnsim.address_register.register import Register
    from nhnwire.registers.party.common import Code

FOR_EVER = 9999
"""The year in which a period ends that has no end."""
LONGEST = 250
"""Characters of a name, an address, a town."""


@dataclass(frozen=True)
class Wish:
    """What is to be different about a party: HER-id, and fields of `changes.Change`."""

    her_id: int
    fields: Mapping[str, Any]


class Writes:
    """Changes; each function gives what is to be changed, or refuses.

    Args:
        register: as it stands.
        answers: finds parties, and knows who may change what.
    """

    def __init__(self, register: Register, answers: Answers) -> None:
        self._register = register
        self._answers = answers

    def organisation(self, caller: Caller, asked: Mapping[str, Any]) -> Wish:
        """UpdateOrganizationDetails."""
        new = _given(asked["org"], "org")
        party = self._answers.own(caller, new.her_id, "Organization")
        _unchanged("BusinessType", new.business_type, party.business_type)
        return self._wish(party, new, {"name": _text("DisplayName", new.display_name)})

    def service(self, caller: Caller, asked: Mapping[str, Any]) -> Wish:
        """UpdateServiceDetails."""
        new = _given(asked["t"], "t")
        party = self._answers.own(caller, new.her_id, "Service")
        _unchanged("ServiceCode", new.service_code, party.service_type)
        _absent(new, "properties", "description", "location_description")
        return self._wish(party, new, {})

    def person(self, caller: Caller, asked: Mapping[str, Any]) -> Wish:
        """UpdateOrganizationPersonDetails."""
        new = _given(asked["p"], "p")
        party = self._answers.own(caller, new.her_id, "Person")
        _absent(new, "properties", "professions", "specialities", "title")
        return self._wish(party, new, {})

    def valid(self, caller: Caller, asked: Mapping[str, Any]) -> Wish:
        """SetCommunicationPartyValid: from when and until when."""
        period = _given(asked["period"], "period")
        party = self._answers.own(caller, asked["herId"])
        return Wish(party.her_id, _period(period))

    def add_attribute(self, caller: Caller, asked: Mapping[str, Any]) -> Code:
        """AddCustomAttribute; one that is there already is no fault."""
        party, code = self._attribute(caller, asked)
        self._register.attributes.add(party.her_id, code)
        return code

    def remove_attribute(self, caller: Caller, asked: Mapping[str, Any]) -> None:
        """RemoveCustomAttribute."""
        party, code = self._attribute(caller, asked)
        if not self._register.attributes.remove(party.her_id, code):
            raise refused("party-refused", what=f"HER-id {party.her_id} har ikke koden {code.code_value}")

    def cooperation(self, caller: Caller, asked: Mapping[str, Any]) -> None:
        """UpdateOrganizationIKSAssociations: nobody cooperates in this world, and that may be said again."""
        self._answers.own(caller, asked["organizaitonHerId"], "Organization")
        if asked["herIdsForAssociatedIKS"]:
            raise refused("party-refused", what="IKS-tilknytninger finnes ikke i dette registeret")

    def coverage(self, caller: Caller, asked: Mapping[str, Any]) -> None:
        """UpdateCoverageAreas: as cooperation."""
        self._answers.own(caller, asked["herId"], "Service")
        if asked["coverageAreas"]:
            raise refused("party-refused", what="dekningsområder finnes ikke i dette registeret")

    def create(self, caller: Caller, asked: Mapping[str, Any]) -> None:
        """CreateOrganization, CreateService, CreateOrganizationPerson: the world is what its seed makes it."""
        del caller, asked
        raise refused("party-refused", what="nye kommunikasjonsparter kan ikke registreres her; bruk en som finnes")

    def transport(self, caller: Caller, asked: Mapping[str, Any]) -> None:
        """EnableTransportOnOrganization: there is no bus to which one could be connected."""
        self._answers.own(caller, asked["herId"], "Organization")
        raise refused("party-refused", what="transport over meldingsbuss finnes ikke i dette nettet")

    def _wish(self, party: Party, new: Any, fields: dict[str, Any]) -> Wish:
        if new.future_electronic_addresses:
            raise invalid("FutureElectronicAddresses", "framtidige adresser kan ikke registreres her")
        made = {name: value for name, value in fields.items() if value is not None}
        made |= self._electronic(party, new.electronic_addresses)
        made |= self._physical(new.physical_addresses)
        if new.valid is not None:
            made |= _period(new.valid)
        if not made:
            raise invalid("HerId", "det er ingenting å endre", party.her_id)
        return Wish(party.her_id, made)

    def _electronic(self, party: Party, addresses: Any) -> dict[str, Any]:
        """The EDI address; others may be repeated as they are."""
        made: dict[str, Any] = {}
        for one in addresses or ():
            kind = _kind(one)
            if one.inherited or (kind == "E_EPO" and one.address == f"her-{party.her_id}@example.org"):
                continue
            if kind != "E_EDI":
                raise invalid("ElectronicAddresses", f"adresser av typen {kind or '(ingen)'} kan ikke endres her", kind)
            address = _text("Address", one.address) or ""
            if "@" not in address.strip("@") or any(letter.isspace() for letter in address):
                raise invalid("Address", "en EDI-adresse har et navn, krøllalfa og et domene", address)
            made["edi_address"] = address
        return made

    def _physical(self, addresses: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for one in addresses or ():
            if one.inherited:
                continue
            if _kind(one) != "PST":
                raise invalid("PhysicalAddresses", "bare postadressen (PST) kan endres her", _kind(one))
            if not 0 <= one.postal_code <= 9999:
                raise invalid("PostalCode", "et postnummer har fire siffer", one.postal_code)
            made |= {
                "street": _text("StreetAddress", one.street_address) or "",
                "postal_code": f"{one.postal_code:04d}",
                "city": _text("City", one.city) or "",
            }
        return made

    def _attribute(self, caller: Caller, asked: Mapping[str, Any]) -> tuple[Party, Code]:
        party = self._answers.own(caller, asked["herId"])
        code = asked["code"]
        if code is None or not code.code_value or code.oid <= 0:
            raise refused("party-refused", what="code må ha OID og CodeValue")
        return party, code


def _given(value: Any, name: str) -> Any:
    if value is None:
        raise invalid(name, f"{name} mangler")
    return value


def _kind(address: Any) -> str:
    return address.type_code_value or (address.type.code_value if address.type else "") or ""


def _text(name: str, value: str | None) -> str | None:
    if value is not None and (len(value) > LONGEST or (name == "DisplayName" and not value.strip())):
        raise invalid(name, f"{name} må ha 1 til {LONGEST} tegn", value[:LONGEST])
    return value


def _unchanged(name: str, new: Any, old: Any) -> None:
    if new is not None and (old is None or new.code_value != old.v):
        raise invalid(name, f"{name} kan ikke endres her", new.code_value or "")


def _absent(new: Any, *names: str) -> None:
    for name in names:
        if getattr(new, name):
            wire = "".join(part.capitalize() for part in name.split("_"))
            raise invalid(wire, f"{wire} kan ikke endres her")


def _period(period: Any) -> dict[str, Any]:
    """When a party is valid.

    Raises:
        Refused: it ends before it begins.
    """
    begin, end = period.from_, period.to
    endless = end == NO_TIME or end.year >= FOR_EVER
    if begin == NO_TIME and endless:
        raise invalid("Valid", "perioden har verken start eller slutt")
    if not endless and end.replace(tzinfo=None) < begin.replace(tzinfo=None):
        raise invalid("Valid", "perioden slutter før den begynner", end.isoformat())
    made: dict[str, Any] = {} if begin == NO_TIME else {"valid_from": _zoned(begin)}
    return made | {"valid_to": None if endless else _zoned(end)}


def _zoned(moment: datetime) -> str:
    """ISO 8601 with an offset; a time without one is Norwegian."""
    if moment.utcoffset() is None:
        moment = moment.replace(tzinfo=norwegian_zone(moment))
    return (moment + timedelta()).isoformat()


def table(writes: Writes) -> dict[str, Callable[[Caller, Mapping[str, Any]], Any]]:
    """The function of every operation that changes something."""
    return {
        "UpdateOrganizationPersonDetails": writes.person,
        "UpdateServiceDetails": writes.service,
        "UpdateOrganizationDetails": writes.organisation,
        "UpdateOrganizationIKSAssociations": writes.cooperation,
        "CreateOrganizationPerson": writes.create,
        "CreateService": writes.create,
        "CreateOrganization": writes.create,
        "EnableTransportOnOrganization": writes.transport,
        "SetCommunicationPartyValid": writes.valid,
        "AddCustomAttribute": writes.add_attribute,
        "RemoveCustomAttribute": writes.remove_attribute,
        "UpdateCoverageAreas": writes.coverage,
    }
