"""What a caller sends to create or change a party (the register's WSDL)."""

from nhnwire.registers.contract import contract
from nhnwire.registers.party.common import Code, ElectronicAddress, FutureElectronicAddress, Period, PhysicalAddress
from nhnwire.registers.party.types import PARTY


@contract(PARTY)
class OrganizationCreate:
    """A new organisation."""

    business_type: Code | None = None
    display_name: str | None = None
    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    organization_number: int = 0
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    valid: Period | None = None


@contract(PARTY)
class OrganizationUpdate:
    """New facts about an organisation."""

    business_type: Code | None = None
    display_name: str | None = None
    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    future_electronic_addresses: tuple[FutureElectronicAddress, ...] | None = None
    her_id: int = 0
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    valid: Period | None = None


@contract(PARTY)
class OrganizationPersonCreate:
    """A new person at an organisation."""

    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    hpr_number: str | None = None
    parent_her_id: int = 0
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    professions: tuple[str, ...] | None = None
    properties: tuple[Code, ...] | None = None
    specialities: tuple[str, ...] | None = None
    title: str | None = None
    valid: Period | None = None


@contract(PARTY)
class OrganizationPersonUpdate:
    """New facts about a person at an organisation."""

    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    future_electronic_addresses: tuple[FutureElectronicAddress, ...] | None = None
    her_id: int = 0
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    professions: tuple[str, ...] | None = None
    properties: tuple[Code, ...] | None = None
    specialities: tuple[str, ...] | None = None
    title: str | None = None
    valid: Period | None = None


@contract(PARTY)
class ServiceCreate:
    """A new service of an organisation."""

    description: str | None = None
    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    location_description: str | None = None
    parent_her_id: int = 0
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    properties: tuple[Code, ...] | None = None
    service_code: Code | None = None
    valid: Period | None = None


@contract(PARTY)
class ServiceUpdate:
    """New facts about a service."""

    description: str | None = None
    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    future_electronic_addresses: tuple[FutureElectronicAddress, ...] | None = None
    her_id: int = 0
    location_description: str | None = None
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    properties: tuple[Code, ...] | None = None
    service_code: Code | None = None
    valid: Period | None = None
