"""Communication parties as the address register's web service writes them (WSDL of 2025)."""

import datetime as dt
import enum
from typing import Annotated

from nhnwire.registers.contract import Guid, Wire, contract, enumeration
from nhnwire.registers.party.common import (
    Code,
    ElectronicAddress,
    FutureElectronicAddress,
    KeyValue,
    Period,
    PhysicalAddress,
)
from nhnwire.registers.party.people import Person
from nhnwire.registers.simple import NO_TIME

PARTY = "http://register.nhn.no/CommunicationParty"

NONE_KNOWN = -1
"""`parent_her_id` and `parent_organization_number` of a party without a parent."""


@enumeration(PARTY)
class CommunicationPartyType(enum.IntFlag):
    """Kind of party; in searches kinds are combined."""

    NONE = 0
    PERSON = 1
    ORGANIZATION = 2
    SERVICE = 4
    ALL = 7


@contract(PARTY)
class CommunicationParty:
    """Whom one can send to: what organisations, people and services have in common."""

    active: bool = False
    coverage_area_type: Code | None = None
    display_name: str | None = None
    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    future_electronic_addresses: tuple[FutureElectronicAddress, ...] | None = None
    her_id: int = 0
    is_valid_communication_party: bool = False
    last_changed: dt.datetime = NO_TIME
    municipality: Code | None = None
    name: str | None = None
    parent_business_type: Code | None = None
    parent_her_id: int = 0
    parent_name: str | None = None
    parent_organization_number: int = 0
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    server_time: dt.datetime = NO_TIME
    type: CommunicationPartyType = CommunicationPartyType.NONE
    valid: Period | None = None


@contract(PARTY)
class CoverageInfo:
    """A municipality that a service covers."""

    display_name: str | None = None
    her_id: int = 0
    name: str | None = None
    organization_number: int = 0


@contract(PARTY)
class Service(CommunicationParty):
    """A service (tjeneste) of an organisation; `code` says which."""

    code: Code | None = None
    coverage_areas: tuple[CoverageInfo, ...] | None = None
    description: str | None = None
    location_description: str | None = None
    properties: tuple[Code, ...] | None = None


@contract(PARTY)
class OrganizationPerson(CommunicationParty):
    """A person at an organisation."""

    organizations: "tuple[Organization, ...] | None" = None
    person: Person | None = None
    properties: tuple[Code, ...] | None = None
    title: str | None = None


@contract(PARTY)
class Organization(CommunicationParty):
    """An organisation (virksomhet) with its people and services; the number has no leading zero."""

    business_type: Code | None = None
    industry_codes: tuple[Code, ...] | None = None
    organization_number: int = 0
    people: tuple[OrganizationPerson, ...] | None = None
    properties: tuple[Code, ...] | None = None
    services: tuple[Service, ...] | None = None


@contract(PARTY)
class CommunicationPartyLastChangedInfo:
    """When a party changed last."""

    her_id: int = 0
    last_updated: dt.datetime = NO_TIME


@contract(PARTY)
class CommunicationPartySearch:
    """A search: constraints, and which page of the answer."""

    page: int = 0
    page_size: int = 0
    search_constraints: tuple[KeyValue, ...] | None = None


@contract(PARTY)
class SearchResultFacetEntry:
    """A value of a facet and how often it was found."""

    hits: int = 0
    text: str | None = None
    type: str | None = None
    value: str | None = None


@contract(PARTY)
class SearchFacet:
    """A property by which a result can be narrowed."""

    code_value: str | None = None
    entries: tuple[SearchResultFacetEntry, ...] | None = None
    name: str | None = None


@contract(PARTY)
class SearchResult:
    """One page of what was found."""

    facets: tuple[SearchFacet, ...] | None = None
    results: tuple[CommunicationParty, ...] | None = None
    server_time: dt.datetime = NO_TIME
    total_results: int = 0


@contract(PARTY)
class BusinessTypeStatistics:
    """How many there are of a type of business."""

    business_type: str | None = None
    number_of_persons: int = 0
    number_of_services: int = 0
    number_of_units: int = 0


@contract(PARTY)
class CommunicationPartyStatistics:
    """How many there are, by type of business."""

    business_type_statistics: tuple[BusinessTypeStatistics, ...] | None = None


@contract(PARTY)
class UpdateStatistic:
    """An update and who made it."""

    created_date: dt.datetime = NO_TIME
    display_name: str | None = None
    her_id: int = 0
    ip_address: Annotated[str | None, Wire("IPAddress")] = None
    user_id: Guid | None = None
    username: str | None = None


@contract(PARTY)
class OrganizationUpdateStatistics:
    """Updates of organisations in a period."""

    statistics: tuple[UpdateStatistic, ...] | None = None
