"""People in the address register: its copy of the register of health personnel (HPR); the register's WSDL."""

import datetime as dt
from typing import Annotated

from nhnwire.registers.contract import Wire, contract
from nhnwire.registers.party.common import CitizenId, Code, Period
from nhnwire.registers.simple import NO_TIME

HPR = "http://register.nhn.no/HPR"


@contract(HPR)
class Requisition:
    """A right to order (requisition) or prescribe."""

    last_changed: dt.datetime = NO_TIME
    type: Code | None = None
    valid: Period | None = None


@contract(HPR)
class Speciality:
    """A recognised speciality."""

    last_changed: dt.datetime = NO_TIME
    type: Code | None = None
    valid: Period | None = None


@contract(HPR)
class SpecialCompetence:
    """A special competence."""

    type: Code | None = None
    valid: Period | None = None


@contract(HPR)
class Authorization:
    """A licence for a profession."""

    last_changed: dt.datetime = NO_TIME
    profession: Code | None = None
    requisition: Requisition | None = None
    specialities: tuple[Speciality, ...] | None = None
    type: Code | None = None
    valid: Period | None = None


@contract(HPR)
class HPRInformation:
    """A professional's number and licences."""

    authorizations: tuple[Authorization, ...] | None = None
    hpr_no: Annotated[str | None, Wire("HPRNo")] = None
    hpr_number: Annotated[int, Wire("HPRNumber")] = 0
    last_changed: dt.datetime = NO_TIME
    special_competences: tuple[SpecialCompetence, ...] | None = None


@contract(HPR)
class Person:
    """A person behind a communication party."""

    birth_date: dt.datetime = NO_TIME
    citizen_id: CitizenId | None = None
    first_name: str | None = None
    hpr_information: Annotated[HPRInformation | None, Wire("HPRInformation")] = None
    last_changed: dt.datetime = NO_TIME
    last_name: str | None = None
    middle_name: str | None = None
    sex: Code | None = None
