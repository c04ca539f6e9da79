"""What the registers share: codes, faults, periods (namespace `http://register.nhn.no/Common` and its English twin)."""

import datetime as dt
from typing import Annotated, Any

from nhnwire.registers import faults
from nhnwire.registers.contract import Wire, contract
from nhnwire.registers.simple import NO_TIME

COMMON = "http://register.nhn.no/Common"
ENGLISH = "http://schemas.nhn.no/reg/Common/en"


@contract(COMMON)
class GenericFault:
    """The registers' own no: a code for programs and a message, both of which clients key on."""

    error_code: str | None = None
    message: str | None = None


@contract(COMMON)
class ValidationError:
    """One thing that is wrong with what was to be stored."""

    display_name: str | None = None
    message: str | None = None
    property_name: str | None = None
    value: str | None = None


@contract(COMMON)
class ValidationFault:
    """All that is wrong with what was to be stored."""

    errors: tuple[ValidationError, ...] | None = None
    has_errors: bool = False


@contract(COMMON)
class Code:
    """A coded value as GP register and CPPA write it; the address register has one member more.

    Attributes:
        active: the code may still be used.
        code_text: its name.
        code_value: the code itself.
        oid: number of the code table (the last arc of its OID), such as 7751.
        simple_type: short name of the table, such as `kommune`.
    """

    active: bool = False
    code_text: str | None = None
    code_value: str | None = None
    oid: Annotated[int, Wire("OID")] = 0
    simple_type: str | None = None


@contract(ENGLISH, name="Period")
class OpenPeriod:
    """From one point in time to another, or without end. Naive times are Norwegian local time."""

    from_: Annotated[dt.datetime, Wire("From")] = NO_TIME
    to: dt.datetime | None = None


def generic(row: str, **fill: Any) -> GenericFault:
    """The GenericFault of a row of the fault table, such as `unknown-her-id`, its blanks filled in.

    Raises:
        KeyError: when there is no such row, or a blank is left.
    """
    found = faults.row(row)
    return GenericFault(error_code=found.error_code, message=found.message.format(**fill))
