"""Who issued a person number, and in which century its bearer was born: the tables of the standards as data.

Sources: Skatteetaten's description of the fødselsnummer and of the D-number series since autumn 2021; HIS 1001:2010
for help numbers; NHN and NAV for their synthetic series.
"""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Series(enum.Enum):
    """Who issues numbers, told by what is added to the month; the order is that of preference where two are possible.

    NAV's synthetic numbers and local help numbers both add 40, so that nobody can tell them apart; NHN's synthetic
    numbers and NAV's synthetic person ids overlap in months 66 to 72.
    """

    SKD = "skatteetaten"
    """Synthetic, of the Tax Administration: Tenor, Test-Norge."""
    NHN = "nhn"
    """Synthetic, of Norsk Helsenett: test persons that a user owns."""
    NAV = "nav"
    """Synthetic, of NAV: Dolly."""
    REAL = "real"
    """A living or dead person."""
    NPID = "npid"
    """NAV's own person id for people without another number."""
    NPIDSYN = "npid-synthetic"
    """The same, synthetic."""
    H = "h-number"
    """Help number (*H-nummer*) of one organisation; never to be sent to others."""
    FH = "fhn"
    """Common help number (*felles hjelpenummer*) of NHN: random digits after an 8 or 9."""
    DUF = "duf"
    """Number of a foreigner at the immigration authorities (*DUF-nummer*)."""


OFFSETS: Mapping[Series, int] = MappingProxyType(
    {
        Series.SKD: 80,
        Series.NHN: 65,
        Series.NAV: 40,
        Series.REAL: 0,
        Series.NPID: 20,
        Series.NPIDSYN: 60,
        Series.H: 40,
    }
)
"""Added to the month of birth. FH and DUF numbers hold no date."""

ORDER: Mapping[Series, int] = MappingProxyType({series: rank for rank, series in enumerate(Series)})

SYNTHETIC = frozenset({Series.SKD, Series.NHN, Series.NAV, Series.NPIDSYN})
"""Series that belong to nobody."""

# First year, last year, individual numbers. A pair of year and individual number in no row belongs to nobody, such as
# 1957 with 800: libraries that guess a century there disagree.
CENTURIES = (
    (1900, 1999, range(500)),
    (2000, 2039, range(500, 1000)),
    (1854, 1899, range(500, 750)),
    (1940, 1999, range(900, 1000)),
)
"""Fødselsnummer (rules of 1964)."""

D_CENTURIES = (
    (1858, 1899, range(500, 600)),
    (1900, 1939, range(200)),
    (1940, 1999, range(500)),
    (1940, 1999, range(600, 1000)),
    (2000, 2039, range(200, 1000)),
)
"""D-numbers since autumn 2021. Those issued before, to people born 1900-1939 with 200-499, are read a century late."""

_BY_MONTH = tuple(
    tuple(series for series, offset in OFFSETS.items() if 1 <= month - offset <= 12) for month in range(100)
)


def month_series(month: int) -> tuple[Series, ...]:
    """The series whose numbers can have this month, 0 to 99: none, one or two."""
    return _BY_MONTH[month]


def century_of(two_digit_year: int, individual: int, *, d_number: bool = False) -> int | None:
    """The century of birth, such as 1900, under the rules of 1964; None where nobody has such a number."""
    for first, last, individuals in D_CENTURIES if d_number else CENTURIES:
        century = first - first % 100
        if individual in individuals and first <= century + two_digit_year <= last:
            return century
    return None
