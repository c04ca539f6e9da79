"""Numbers that identify people, organisations and communication parties.

Fødselsnummer, D-number and their synthetic series follow Skatteetaten's rules (control digits of 1964); the order of
the month series is explained where it is decided. Organisation numbers: Brønnøysundregistrene. HER-id: NHN.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from nhnwire.errors import IdentifierError

K1_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
K2_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
MODULUS = 11
MAX_INT32 = 2**31 - 1
# Fødselsnummer: century, two-digit years, individual numbers; cells that are not here belong to nobody.
_CENTURIES = (
    (1900, range(100), range(500)),
    (2000, range(40), range(500, 1000)),
    (1800, range(54, 100), range(500, 750)),
    (1900, range(40, 100), range(900, 1000)),
)
_ELEVEN = re.compile(r"[0-9]{11}")
_NINE = re.compile(r"[0-9]{9}")
_HER = re.compile(r"[1-9][0-9]{0,9}")

# (first month, last month, offset, series). Months 66-72 are NHN's or synthetic NPIDs and 41-52 NAV's or H-numbers:
# the number alone cannot say which, so the series names both.
MONTH_SERIES = (
    (1, 12, 0, "real"),
    (21, 32, 20, "npid"),
    (41, 52, 40, "nav-or-h-number"),
    (61, 65, 60, "npid-synthetic"),
    (66, 72, 65, "nhn-or-npid-synthetic"),
    (73, 77, 65, "nhn"),
    (81, 92, 80, "skatteetaten"),
)


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """A checked person number of eleven digits.

    Attributes:
        number: the digits.
        kind: `FNR`, `DNR` or `FHN`, as in table 8116.
        series: who issued it, as told by the month: `real`, `skatteetaten` (+80), `nhn` (+65), …; `fhn` for FHN.
        born: the date inside the number; None for FHN and where the number does not give a century.
        sex: `1` man or `2` woman (table 3101); None for FHN.
    """

    number: str
    kind: str
    series: str
    born: dt.date | None
    sex: str | None

    @property
    def synthetic(self) -> bool:
        """True for the series that never belong to a living person: months +80 and +65."""
        return self.series in {"skatteetaten", "nhn", "nhn-or-npid-synthetic", "npid-synthetic"}


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _control(digits: str, weights: tuple[int, ...]) -> str | None:
    """The modulus 11 control digit; None when it would be 10, which means that no such number exists."""
    digit = -_weighted(digits, weights) % MODULUS
    return None if digit == 10 else str(digit)


def with_control_digits(nine: str) -> str | None:
    """Append both control digits to the first nine digits of a person number; None when no such number exists."""
    if not _NINE.fullmatch(nine):
        raise IdentifierError(f"{nine!r} is not nine digits; give the number without its two control digits")
    first = _control(nine, K1_WEIGHTS)
    if first is None:
        return None
    second = _control(nine + first, K2_WEIGHTS)
    return None if second is None else nine + first + second


def with_organisation_control_digit(eight: str) -> str | None:
    """Append the control digit to the first eight digits of an organisation number; None when none exists."""
    if not re.fullmatch(r"[0-9]{8}", eight):
        raise IdentifierError(f"{eight!r} is not eight digits; give the number without its control digit")
    digit = _control(eight, ORGANISATION_WEIGHTS)
    return None if digit is None else eight + digit


def _century(two_digit_year: int, individual: int, *, d_number: bool) -> int | None:
    """Century of birth; None where the rules of 1964 (fødselsnummer) and of 2021 (D-number) define none."""
    if d_number:
        # Skatteetaten's D-number series since autumn 2021: the first digit of the individual number decides.
        first = individual // 100
        if first == 5 and two_digit_year >= 58:
            return 1800
        if two_digit_year <= 39:
            return 1900 if first in {0, 1} else 2000
        return 1900 if first != 5 else None
    return next(
        (
            century
            for century, years, individuals in _CENTURIES
            if two_digit_year in years and individual in individuals
        ),
        None,
    )


def check_fnr(text: str, *, synthetic_only: bool = False) -> PersonNumber:
    """Check a fødselsnummer, D-number or felles hjelpenummer (FHN).

    Args:
        text: eleven ASCII digits, nothing around them.
        synthetic_only: also refuse the series of living people.

    Raises:
        IdentifierError: with the reason; code `E31` of table 8221.
    """
    if not _ELEVEN.fullmatch(text):
        raise _bad_number("it is not eleven digits")
    if with_control_digits(text[:9]) != text:
        raise _bad_number("its control digits do not agree with the other digits")
    if text[0] in "89":
        return _synthetic_or_error(PersonNumber(text, "FHN", "fhn", None, None), wanted=synthetic_only)
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:6])
    d_number = day > 40
    day -= 40 if d_number else 0
    found = next(((offset, name) for low, high, offset, name in MONTH_SERIES if low <= month <= high), None)
    if found is None:
        raise _bad_number(f"no series of numbers has month {month:02}")
    offset, series = found
    century = _century(year, int(text[6:9]), d_number=d_number)
    if century is None:
        raise _bad_number("its individual number belongs to no century for that year")
    try:
        born = dt.date(century + year, month - offset, day)
    except ValueError:
        raise _bad_number("the date in it does not exist") from None
    sex = "1" if int(text[8]) % 2 else "2"
    kind = "DNR" if d_number else "FNR"
    return _synthetic_or_error(PersonNumber(text, kind, series, born, sex), wanted=synthetic_only)


def _bad_number(reason: str) -> IdentifierError:
    # The number itself stays out of the text: messages end in logs.
    return IdentifierError(
        f"not a Norwegian person number: {reason}", code="E31", remedy="send the number as it stands in the register"
    )


def _synthetic_or_error(number: PersonNumber, *, wanted: bool) -> PersonNumber:
    if wanted and not number.synthetic:
        raise IdentifierError(
            "the person number is not of a synthetic series",
            code="E31",
            remedy="use month +80 (Skatteetaten, Tenor) or month +65 (NHN)",
        )
    return number


def is_synthetic_fnr(text: str) -> bool:
    """True when the text is a valid person number of a synthetic series (month +80 or +65)."""
    try:
        return check_fnr(text).synthetic
    except IdentifierError:
        return False


def check_organisation_number(text: str, *, synthetic_only: bool = False) -> str:
    """Check an organisation number (ENH): nine digits, the last one a control digit.

    Args:
        text: the number.
        synthetic_only: accept only the test series, which start with 2 or 3.

    Returns:
        The same text.

    Raises:
        IdentifierError: when it is not an organisation number.
    """
    if not _NINE.fullmatch(text):
        raise IdentifierError(f"{text!r} is not an organisation number: nine digits are needed")
    if _control(text[:8], ORGANISATION_WEIGHTS) != text[8]:
        raise IdentifierError(f"{text!r} is not an organisation number: its control digit is wrong")
    if synthetic_only and text[0] not in "23":
        raise IdentifierError(f"{text!r} is not a synthetic organisation number; those start with 2 or 3")
    return text


def check_her_id(value: str | int) -> int:
    """Check a HER-id, the number of a communication party in the address register: 1 to 2147483647.

    Raises:
        IdentifierError: when the value is not such a number.
    """
    text = str(value)
    if isinstance(value, bool) or not _HER.fullmatch(text) or int(text) > MAX_INT32:
        raise IdentifierError(f"{text[:20]!r} is not a HER-id: a whole number from 1 to {MAX_INT32} is needed")
    return int(text)
