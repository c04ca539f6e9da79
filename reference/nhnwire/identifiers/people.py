"""Person numbers: fødselsnummer, D-number, H-number, FH-number, DUF number, NPID.

`classify` says everything that a text can be and never guesses. `check_fnr` is for those who have been told that it is
a number of the population register or a common help number, and want its date and sex.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from nhnwire.errors import IdentifierError
from nhnwire.identifiers.digits import RuleSet, control_digits_agree, with_duf_control
from nhnwire.identifiers.series import OFFSETS, ORDER, SYNTHETIC, Series, century_of, month_series

_ELEVEN = re.compile(r"[0-9]{11}")
_TWELVE = re.compile(r"[0-9]{12}")
_D = 40
"""Added to the day of a D-number."""
_CENTURIES_2032 = (1900, 2000)
"""The rules of 2032 leave the century open: nobody born earlier is given a number then."""
_NPIDS = frozenset({Series.NPID, Series.NPIDSYN})


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a number can be.

    Attributes:
        kind: `FNR`, `DNR`, `HNR`, `FHN` or `DUF` as in table 8116, or `NPID`, which that table does not have.
        series: who would have issued it.
        rules: the rule set it was issued by; None for FHN and DUF, which have one rule only.
        births: dates of birth it allows: one by the rules of 1964, up to two by those of 2032, none for FHN and DUF.
        sex: `1` man or `2` woman (table 3101); None when the number does not tell.
    """

    kind: str
    series: Series
    rules: RuleSet | None
    births: tuple[dt.date, ...]
    sex: str | None

    @property
    def synthetic(self) -> bool:
        """True when a number that is this belongs to nobody."""
        return self.series in SYNTHETIC


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """A checked person number of eleven digits.

    Attributes:
        number: the digits.
        kind: `FNR`, `DNR`, `HNR` or `FHN`, as in table 8116; NAV's person ids, which it lacks, count as `FNR`.
        series: who issued it: the value of a `Series`, or several joined by `-or-` when it could be any of them.
        born: the date inside the number; None for FHN and for numbers that leave the century open. Where two series
            would put different dates into it, the date of the first.
        sex: `1` man or `2` woman (table 3101); None for FHN and for numbers by the rules of 2032 only.
        rules: the rule set by which it was read.
    """

    number: str
    kind: str
    series: str
    born: dt.date | None
    sex: str | None
    rules: RuleSet = RuleSet.R1964

    @property
    def synthetic(self) -> bool:
        """True for the series that never belong to a living person: months +80, +65, and NAV's +60.

        Not for +40: the number may be a local help number of somebody real.
        """
        return {Series(one) for one in self.series.split("-or-")} <= SYNTHETIC


def classify(text: str, rules: RuleSet = RuleSet.EITHER) -> frozenset[Reading]:
    """Everything that a text can be as a person number; empty when it is none.

    Args:
        text: eleven ASCII digits, twelve for a DUF number, nothing around them.
        rules: which control digits to believe. `EITHER` gives a number that both rule sets accept two readings, since
            from 2032 on nobody can tell by which one it was issued.
    """
    if _TWELVE.fullmatch(text):
        valid = with_duf_control(text[:10]) == text
        return frozenset({Reading("DUF", Series.DUF, None, (), None)} if valid else ())
    if not _ELEVEN.fullmatch(text):
        return frozenset()
    return frozenset(reading for part in rules.parts for reading in _readings(text, part))


def _readings(text: str, rules: RuleSet) -> tuple[Reading, ...]:
    """What eleven digits can be under one rule set, in the order of the series."""
    if text[0] in "89":
        valid = control_digits_agree(text, RuleSet.R1964)
        return (Reading("FHN", Series.FH, None, (), None),) if valid else ()
    return _dated(text, rules) if control_digits_agree(text, rules) else ()


def _dated(text: str, rules: RuleSet) -> tuple[Reading, ...]:
    """What eleven digits can be by their date alone, whatever the control digits."""
    day, year, individual = int(text[:2]), int(text[4:6]), int(text[6:9])
    d_number = day > _D
    day -= _D if d_number else 0
    month = int(text[2:4])
    old = rules is RuleSet.R1964
    centuries = (century_of(year, individual, d_number=d_number),) if old else _CENTURIES_2032
    sex = ("1" if individual % 2 else "2") if old else None
    readings = []
    for series in month_series(month):
        if d_number and series in _NPIDS:
            continue
        births = _dates(centuries, year, month - OFFSETS[series], day)
        if births:
            kind = "NPID" if series in _NPIDS else "HNR" if series is Series.H else "DNR" if d_number else "FNR"
            readings.append(Reading(kind, series, rules, births, sex))
    return tuple(readings)


def _dates(centuries: tuple[int | None, ...], year: int, month: int, day: int) -> tuple[dt.date, ...]:
    found = []
    for century in centuries:
        if century is not None:
            try:
                found.append(dt.date(century + year, month, day))
            except ValueError:
                continue
    return tuple(found)


def check_fnr(text: str, *, synthetic_only: bool = False, rules: RuleSet = RuleSet.R1964) -> PersonNumber:
    """Check a fødselsnummer, D-number or felles hjelpenummer (FHN).

    Args:
        text: eleven ASCII digits, nothing around them.
        synthetic_only: also refuse the series of living people.
        rules: whose control digits are right. Under `EITHER`, a number that the rules of 1964 accept is read by them,
            as all numbers issued before 2032 must be; `classify` tells when it could be a newer one.

    Raises:
        IdentifierError: with the reason; code `E31` of table 8221.
    """
    if not _ELEVEN.fullmatch(text):
        raise _bad_number("it is not eleven digits")
    found = next(filter(None, (_readings(text, part) for part in rules.parts)), ())
    if not found:
        raise _bad_number(_why_not(text, rules))
    number = _number(text, found)
    if synthetic_only and not number.synthetic:
        raise IdentifierError(
            "the person number is not of a synthetic series",
            code="E31",
            remedy="use month +80 (Skatteetaten, Tenor) or month +65 (NHN)",
        )
    return number


def _number(text: str, readings: tuple[Reading, ...]) -> PersonNumber:
    first = readings[0]
    series = "-or-".join(one.series.value for one in sorted(readings, key=lambda one: ORDER[one.series]))
    born = first.births[0] if len(first.births) == 1 and first.rules is RuleSet.R1964 else None
    kind = "FNR" if first.kind == "NPID" else first.kind
    return PersonNumber(text, kind, series, born, first.sex, first.rules or RuleSet.R1964)


def _why_not(text: str, rules: RuleSet) -> str:
    """Which of the rules eleven digits break first."""
    if not any(control_digits_agree(text, part) for part in rules.parts):
        return "its control digits do not agree with the other digits"
    if text[0] in "89":
        return "its control digits are none of a common help number"
    month, year = int(text[2:4]), int(text[4:6])
    if not month_series(month):
        return f"no series of numbers has month {month:02}"
    d_number = int(text[:2]) > _D
    if rules is RuleSet.R1964 and century_of(year, int(text[6:9]), d_number=d_number) is None:
        return "its individual number belongs to no century for that year"
    return "the date in it does not exist"


def _bad_number(reason: str) -> IdentifierError:
    # The number itself stays out of the text: messages end in logs.
    return IdentifierError(
        f"not a Norwegian person number: {reason}", code="E31", remedy="send the number as it stands in the register"
    )


def is_synthetic_fnr(text: str) -> bool:
    """True when the text is a valid person number of a synthetic series (month +80 or +65)."""
    try:
        return check_fnr(text).synthetic
    except IdentifierError:
        return False


def check_hnr(text: str, *, control_digits: bool = True) -> PersonNumber:
    """Check a local help number (*H-nummer*): a fødselsnummer with 40 added to the month.

    Args:
        text: eleven ASCII digits.
        control_digits: False accepts any control digits, which not all systems compute (HIS 1001:2010).

    Returns:
        The number; its date of birth may be made up by the organisation that issued it.

    Raises:
        IdentifierError: when it is no such number; code `E31` of table 8221.
    """
    if not _ELEVEN.fullmatch(text):
        raise _bad_number("it is not eleven digits")
    if control_digits and not control_digits_agree(text, RuleSet.R1964):
        raise _bad_number("its control digits do not agree with the other digits")
    for reading in _dated(text, RuleSet.R1964):
        if reading.series is Series.H:
            return PersonNumber(text, "HNR", Series.H.value, reading.births[0], reading.sex)
    raise _bad_number("a help number has a date with 40 added to its month")


def check_duf(text: str) -> str:
    """Check a DUF number: a year, a serial number, two control digits.

    Returns:
        The same text.

    Raises:
        IdentifierError: when it is no such number; code `E31` of table 8221.
    """
    if not _TWELVE.fullmatch(text):
        raise _bad_number("a DUF number has twelve digits")
    if with_duf_control(text[:10]) != text:
        raise _bad_number("the control digits of the DUF number do not agree with the other digits")
    return text
