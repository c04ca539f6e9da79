"""The world's people, offices and contracts as the GP register writes them."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from nhnsim.gp_register.lists import BEGAN
from nhnwire import codes
from nhnwire.registers.common import Code, OpenPeriod
from nhnwire.registers.gp.common import ElectronicAddress, PhysicalAddress
from nhnwire.registers.gp.types import (
    GPContract,
    GPOffice,
    GPOnContractAssociation,
    PatientToGPContractAssociation,
    Person,
)

if TYPE_CHECKING:
    from nhnfixtures.people import Person as WorldPerson
    from nhnfixtures.world import GpList, World
    from nhnsim.gp_register.lists import Lists, Stay


def contract(lists: Lists, entry: GpList, at: datetime, *, whole: bool = True) -> GPContract:
    """A contract.

    Args:
        lists: where it stands.
        entry: the list.
        at: the time at which places are counted.
        whole: False leaves out what is counted, which is slow in a long answer.
    """
    end = lists.ends(entry.id)
    return GPContract(
        agreement_date=BEGAN,
        doctor_cycles=cycles(lists, entry),
        gp_office=office(lists.world, entry),
        gp_office_organization_number=int(entry.organisation_number),
        id=entry.id,
        max_patients=entry.capacity,
        municipality=_municipality(entry.municipality),
        name=_office_name(lists.world, entry),
        places_available=max(0, entry.capacity - len(lists.patients(entry, at))) if whole else None,
        status=_code("7751", entry.status),
        updated_on=BEGAN,
        valid=OpenPeriod(from_=BEGAN, to=end),
    )


def cycles(lists: Lists, entry: GpList) -> tuple[GPOnContractAssociation, ...]:
    """The doctors of a contract: its GP, or nobody for a list without one."""
    if entry.hpr is None:
        return ()
    return (
        GPOnContractAssociation(
            gp=doctor(lists.world, entry),
            gp_contract_id=entry.id,
            hpr_number=int(entry.hpr),
            id=entry.id,
            relationship=_code("7750", "LPFL"),
            updated_on=BEGAN,
            valid=OpenPeriod(from_=BEGAN, to=lists.ends(entry.id)),
            working_percentage=100,
        ),
    )


def doctor(world: World, entry: GpList) -> Person | None:
    """The GP of a list, by name; the world's register of parties knows no more of them."""
    party = world.party(entry.her_id)
    if party is None or entry.hpr is None:
        return None
    given, _, family = party.name.rpartition(" ")
    return Person(first_name=given, last_name=family)


def office(world: World, entry: GpList) -> GPOffice | None:
    """The office of a list."""
    party = world.party(entry.office)
    if party is None:
        return None
    return GPOffice(
        display_name=party.name,
        electronic_addresses=(_electronic("E_EDI", world.edi_address(party)),),
        last_changed=BEGAN,
        municipality=_municipality(party.municipality),
        name=party.name,
        organization_number=int(party.organisation_number),
        physical_addresses=(_place(party.street, party.postal_code, party.city),),
        updated_on=BEGAN,
        valid=OpenPeriod(from_=BEGAN),
    )


def association(
    lists: Lists, stay: Stay, at: datetime, *, patient: bool = True, whole: bool = True
) -> PatientToGPContractAssociation:
    """A patient's time on a list.

    Args:
        lists: where it stands.
        stay: which time.
        at: the time at which places are counted.
        patient: False leaves out who the patient is beyond the number.
        whole: False leaves out the contract.
    """
    entry, person = lists.world.gp_list(stay.contract), lists.world.person(stay.person)
    if entry is None:
        raise LookupError(f"the world has no GP list {stay.contract}")
    ended = _code("7753", "OHUT") if stay.end is not None and stay.left else None
    return PatientToGPContractAssociation(
        begin_code=_code("7754", "OTOB" if stay.number else "OTAT"),
        doctor_cycles=cycles(lists, entry),
        end_code=ended,
        gp_contract=contract(lists, entry, at, whole=False) if whole else None,
        gp_contract_id=entry.id,
        gp_her_id=entry.her_id,
        id=stay.person * 1000 + stay.number,
        patient=_patient(person) if patient else None,
        patient_nin=person.number,
        period=OpenPeriod(from_=stay.start, to=stay.end),
        updated_on=stay.end or stay.start,
    )


def _patient(person: WorldPerson) -> Person:
    return Person(
        date_of_birth=datetime.combine(person.born, time()),
        first_name=person.given_name,
        last_name=person.family_name,
        nin=person.number,
        physical_addresses=(_place(person.street, person.postal_code, person.city),),
        sex=_code("3101", person.sex),
    )


def _office_name(world: World, entry: GpList) -> str | None:
    party = world.party(entry.office)
    return None if party is None else party.name


def _place(street: str | None, postal_code: str | None, city: str | None) -> PhysicalAddress:
    return PhysicalAddress(
        street_address=street,
        postal_code=int(postal_code or 0),
        city=city,
        last_changed=BEGAN,
        type=Code(active=True, code_text="Postadresse", code_value="PST", oid=3401),
    )


def _electronic(kind: str, address: str) -> ElectronicAddress:
    return ElectronicAddress(
        address=address,
        last_changed=BEGAN,
        type=Code(active=True, code_text="EDI", code_value=kind, oid=9044),
        type_code_value=kind,
    )


def _municipality(number: str | None) -> Code | None:
    return None if number is None else Code(active=True, code_value=number, oid=3402, simple_type="kommune")


def _code(table: str, value: str) -> Code:
    return Code(active=True, code_text=codes.value(table, value).dn, code_value=value, oid=int(table))
