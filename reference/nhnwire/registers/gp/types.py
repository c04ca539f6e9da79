"""Contracts, lists and people of the GP register (fastlegeregisteret, FLR); the GP register's WSDL."""

import datetime as dt
import enum
from typing import Annotated

from nhnwire.registers.common import Code, OpenPeriod
from nhnwire.registers.contract import Long, Wire, contract, enumeration
from nhnwire.registers.gp.common import Business, ElectronicAddress, LatitudeLongitude, PhysicalAddress, Status
from nhnwire.registers.simple import NO_TIME

FLR = "http://schemas.nhn.no/reg/flr"
NAV = "http://schemas.datacontract.org/2004/07/NHN.DtoContracts.Flr.Data"
SYSTEM = "http://schemas.datacontract.org/2004/07/System"


@enumeration(SYSTEM)
class DayOfWeek(enum.StrEnum):
    """A day, in .NET's order."""

    SUNDAY = "Sunday"
    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"


@contract(FLR)
class Person:
    """A person as the population register knows them."""

    date_of_birth: dt.datetime | None = None
    date_of_death: dt.datetime | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    nin: Annotated[str | None, Wire("NIN")] = None
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    sex: Code | None = None
    status: tuple[Status, ...] | None = None


@contract(FLR)
class GPOffice(Business):
    """A GP's office (legekontor)."""

    district: Code | None = None
    is_group_office: bool = False
    primary_health_care_team_id: Long | None = None


@contract(FLR)
class GPOnContractAssociation:
    """A doctor on a contract: relationship of table 7750, valid from and to, at what share of full time."""

    gp: Annotated[Person | None, Wire("GP")] = None
    gp_contract: Annotated["GPContract | None", Wire("GPContract")] = None
    gp_contract_id: Annotated[Long, Wire("GPContractId")] = 0
    hpr_number: int = 0
    id: Long = 0
    relationship: Code | None = None
    substitute_for_hpr_number: int | None = None
    updated_on: dt.datetime = NO_TIME
    valid: OpenPeriod | None = None
    working_on_days: tuple[DayOfWeek, ...] | None = None
    working_percentage: int | None = None


@contract(FLR)
class OutOfOfficeLocation:
    """A place outside the office where patients are seen."""

    description: str | None = None
    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    gp_contract_id: Annotated[Long, Wire("GPContractId")] = 0
    id: Long = 0
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    updated_on: dt.datetime = NO_TIME
    valid: OpenPeriod | None = None


@contract(FLR)
class PatientToGPContractAssociation:
    """A patient on a list: `gp_her_id` is where to send, `doctor_cycles` are the doctors."""

    begin_code: Code | None = None
    doctor_cycles: tuple[GPOnContractAssociation, ...] | None = None
    end_code: Code | None = None
    gp_contract: Annotated["GPContract | None", Wire("GPContract")] = None
    gp_contract_id: Annotated[Long, Wire("GPContractId")] = 0
    gp_her_id: Annotated[int | None, Wire("GPHerId")] = None
    id: Long = 0
    patient: Person | None = None
    patient_nin: Annotated[str | None, Wire("PatientNIN")] = None
    period: OpenPeriod | None = None
    updated_on: dt.datetime = NO_TIME


@contract(FLR)
class GPContract:
    """A GP's contract with a municipality, and its list."""

    agreement_date: dt.datetime = NO_TIME
    coop_municipalities: tuple[Code, ...] | None = None
    doctor_cycles: tuple[GPOnContractAssociation, ...] | None = None
    end_reason: Code | None = None
    gp_office: Annotated[GPOffice | None, Wire("GPOffice")] = None
    gp_office_organization_number: Annotated[int, Wire("GPOfficeOrganizationNumber")] = 0
    id: Long = 0
    is_fixed_salary: bool = False
    max_patients: int = 0
    municipality: Code | None = None
    name: str | None = None
    out_of_office_offices: tuple[OutOfOfficeLocation, ...] | None = None
    participates_on_common_list: bool = False
    patient_list: tuple[PatientToGPContractAssociation, ...] | None = None
    patients_on_waiting_list: int = 0
    places_available: int | None = None
    primary_health_care_team_id: Long | None = None
    requires_membership: Code | None = None
    status: Code | None = None
    updated_on: dt.datetime = NO_TIME
    valid: OpenPeriod | None = None


@contract(FLR)
class GPDetails:
    """A GP and the contracts they work on."""

    contracts: tuple[GPOnContractAssociation, ...] | None = None
    gp: Annotated[Person | None, Wire("GP")] = None
    hpr_number: int = 0
    languages: tuple[Code, ...] | None = None


@contract(FLR)
class NinWithTimestamp:
    """A patient and a point in time."""

    at_time: dt.datetime = NO_TIME
    nin: Annotated[str | None, Wire("NIN")] = None


@contract(FLR)
class GPSearchParameters:
    """A search for GPs."""

    full_text: str | None = None
    has_gp_office_in_municipality: Annotated[Code | None, Wire("HasGPOfficeInMunicipality")] = None
    page: int = 0
    page_size: int = 0
    sort_results_by_distance_to: LatitudeLongitude = LatitudeLongitude()


@contract(FLR)
class GPContractQueryParameters:
    """A search for contracts."""

    full_text: str | None = None
    has_primary_health_care_team: bool | None = None
    municipality: Code | None = None
    page: int = 0
    page_size: int = 0
    sort_results_by_distance_to: LatitudeLongitude = LatitudeLongitude()


@contract(FLR, name="PagedResultOfGPDetailsRE_Pj1Nec")
class PagedGPDetails:
    """One page of GPs."""

    results: tuple[GPDetails, ...] | None = None
    total: int = 0


@contract(FLR, name="PagedResultOfGPContractRE_Pj1Nec")
class PagedGPContracts:
    """One page of contracts."""

    results: tuple[GPContract, ...] | None = None
    total: int = 0


@contract(FLR)
class PrimaryHealthCareContract:
    """A contract that belongs to a primary health care team."""

    flr_id: Long = 0
    id: Long = 0
    membership_period: OpenPeriod | None = None


@contract(FLR)
class PrimaryHealthCarePerson:
    """A member of a primary health care team."""

    hpr_number: int = 0
    id: Long = 0
    is_substitute: bool = False
    membership_period: OpenPeriod | None = None
    role: Code | None = None
    working_percentage: int | None = None


@contract(FLR)
class PrimaryHealthCareTeam:
    """A primary health care team (primærhelseteam)."""

    id: Long = 0
    organization_number: int = 0
    primary_health_care_contracts: tuple[PrimaryHealthCareContract, ...] | None = None
    primary_health_care_leader_hpr_number: int = 0
    primary_health_care_people: tuple[PrimaryHealthCarePerson, ...] | None = None


@contract(FLR)
class NavEncryptedPatientListParameters:
    """Which list NAV asks for, and for whom to encrypt it."""

    do_substitute_search: bool = False
    doctor_nin: Annotated[str | None, Wire("DoctorNIN")] = None
    encrypt_with_x509_certificate: bytes | None = None
    list_type: str | None = None
    month: dt.datetime = NO_TIME
    municipality_id: str | None = None
    receiver_xml: str | None = None
    sender_xml: str | None = None


@contract(NAV)
class ContractWithMonth:
    """A contract and a month."""

    contract_id: Long = 0
    month: dt.datetime = NO_TIME


@contract(NAV)
class GetNavPatientListsParameters:
    """Which lists NAV asks for."""

    contracts: tuple[ContractWithMonth, ...] | None = None
    format_type: str | None = None
