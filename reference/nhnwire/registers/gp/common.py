"""Parts of the GP register's values: addresses, opening hours, businesses (the GP register's WSDL).

The same names as in the address register, but other members: the two services were last built at different times.
"""

import datetime as dt

from nhnwire.registers.common import COMMON, Code, OpenPeriod
from nhnwire.registers.contract import contract
from nhnwire.registers.simple import NO_TIME

CORPORATE = "http://register.nhn.no/Corporate"


@contract(COMMON)
class ElectronicAddress:
    """An address of some kind of table 9044."""

    address: str | None = None
    inherited: bool = False
    last_changed: dt.datetime = NO_TIME
    type: Code | None = None
    type_code_value: str | None = None


@contract(COMMON)
class PhysicalAddress:
    """A place; postal code as a number, 110 for 0110."""

    city: str | None = None
    country: Code | None = None
    description: str | None = None
    inherited: bool = False
    last_changed: dt.datetime = NO_TIME
    municipality: Code | None = None
    postal_code: int = 0
    postbox: str | None = None
    street_address: str | None = None
    type: Code | None = None


@contract(COMMON, struct=True)
class LatitudeLongitude:
    """A place in degrees (WGS 84)."""

    latitude: float = 0.0
    longitude: float = 0.0


@contract(COMMON, struct=True)
class TimePeriod:
    """From one time of the week to another, counted from its beginning."""

    from_: dt.timedelta = dt.timedelta(0)
    to: dt.timedelta = dt.timedelta(0)


@contract(COMMON)
class OpeningHours:
    """When an office is open."""

    free_text: str | None = None
    open_at: tuple[TimePeriod, ...] | None = None


@contract(COMMON)
class Status:
    """A person's status in the population register."""

    changed: dt.datetime = NO_TIME
    code: Code | None = None
    created: dt.datetime = NO_TIME
    id: int = 0
    period: OpenPeriod | None = None


@contract(CORPORATE)
class Business:
    """An enterprise."""

    children: "tuple[Business, ...] | None" = None
    display_name: str | None = None
    electronic_addresses: tuple[ElectronicAddress, ...] | None = None
    geographical_coordinates: LatitudeLongitude | None = None
    industry_codes: tuple[Code, ...] | None = None
    is_government_company: bool | None = None
    last_changed: dt.datetime = NO_TIME
    municipality: Code | None = None
    name: str | None = None
    opening_hours: OpeningHours | None = None
    organization_number: int = 0
    parent_organization_name: str | None = None
    parent_organization_number: int | None = None
    physical_addresses: tuple[PhysicalAddress, ...] | None = None
    properties: tuple[Code, ...] | None = None
    responsible_person: str | None = None
    sector_code: Code | None = None
    updated_on: dt.datetime = NO_TIME
    valid: OpenPeriod | None = None
