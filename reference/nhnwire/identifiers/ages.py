"""Age and sex of a person on a day that the caller names; nothing here looks at a clock."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from nhnwire.errors import IdentifierError

if TYPE_CHECKING:
    import datetime as dt

    from nhnwire.identifiers.people import PersonNumber


class LeapDay(enum.Enum):
    """When somebody born on 29 February is a year older in a year without that day: the last day, as month and day.

    No official rule was found. Public libraries differ, so that both have a name here.
    """

    FEBRUARY_28 = (2, 28)
    MARCH_1 = (3, 1)


def age(born: dt.date, on: dt.date, leap_day: LeapDay = LeapDay.MARCH_1) -> int:
    """Age in whole years on a day.

    Raises:
        IdentifierError: when the day is before the birth.
    """
    if on < born:
        raise IdentifierError("the date of birth lies after the day for which an age is asked")
    birthday = (born.month, born.day)
    if birthday == (2, 29) and not _is_leap(on.year):
        birthday = leap_day.value
    return on.year - born.year - ((on.month, on.day) < birthday)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def age_of(
    number: PersonNumber,
    on: dt.date,
    *,
    registered: dt.date | None = None,
    leap_day: LeapDay = LeapDay.MARCH_1,
) -> int | None:
    """Age in whole years on a day, by the best source there is.

    That is the date of birth in a register, else the date inside the number. None when neither is known: a common help
    number holds no date, a local one may hold an invented one, and a number of 2032 leaves the century open.

    Raises:
        IdentifierError: when the day is before the birth.
    """
    born = registered or (None if number.kind == "HNR" else number.born)
    return None if born is None else age(born, on, leap_day)


def sex_of(number: PersonNumber, *, registered: str | None = None) -> str | None:
    """`1` man or `2` woman (table 3101) by the register, else by the number; None when neither is known."""
    return registered or (None if number.kind == "HNR" else number.sex)
