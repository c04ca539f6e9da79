"""Control digits: weighted sums modulo 11.

Person numbers have two rule sets. The one of 1964 gives each stem of nine digits one number at most. The one that
Skatteetaten issues by from 1 January 2032 gives up to four, so that the old numbers last; its numbers tell neither
century nor sex. Everything that the old rule accepts has control digits the new rule accepts as well.
"""

from __future__ import annotations

import enum
import re

from nhnwire.errors import IdentifierError

MODULUS = 11
K1_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
K2_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
DUF_WEIGHTS = (4, 6, 3, 2, 4, 6, 3, 2, 7, 5)

_EIGHT = re.compile(r"[0-9]{8}")
_NINE = re.compile(r"[0-9]{9}")
_TEN = re.compile(r"[0-9]{10}")


class RuleSet(enum.Enum):
    """By which rules a person number's control digits are read (Skatteetaten, *Nytt fødselsnummer 2032*)."""

    R1964 = "1964"
    R2032 = "2032"
    EITHER = "either"
    """What those do who must read numbers of both: a number is then read by every rule it fits."""

    @property
    def rests(self) -> tuple[int, ...]:
        """What the sum of the first ten digits may leave, the first control digit counted with weight one.

        The sum for the second control digit leaves nothing under all rule sets.
        """
        return _RESTS[self]

    @property
    def parts(self) -> tuple[RuleSet, ...]:
        """The rule sets this one stands for, the oldest first."""
        return (RuleSet.R1964, RuleSet.R2032) if self is RuleSet.EITHER else (self,)


_RESTS = {RuleSet.R1964: (0,), RuleSet.R2032: (0, 1, 2, 3), RuleSet.EITHER: (0, 1, 2, 3)}


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """The sum of digit times weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def control_digit(digits: str, weights: tuple[int, ...], rest: int = 0) -> str | None:
    """The digit that makes the sum leave `rest`; None when it would be 10, which means that no such number exists."""
    digit = (rest - weighted(digits, weights)) % MODULUS
    return None if digit == 10 else str(digit)


def control_digits_agree(eleven: str, rules: RuleSet) -> bool:
    """True when both control digits of eleven digits follow the rules."""
    first = (weighted(eleven[:9], K1_WEIGHTS) + int(eleven[9])) % MODULUS
    second = (weighted(eleven[:10], K2_WEIGHTS) + int(eleven[10])) % MODULUS
    return second == 0 and first in rules.rests


def numbers_of(nine: str, rules: RuleSet = RuleSet.R1964) -> tuple[str, ...]:
    """Every number of eleven digits that these nine digits begin under the rules, by rising rest of the first sum.

    Raises:
        IdentifierError: when the text is not nine digits.
    """
    if not _NINE.fullmatch(nine):
        raise IdentifierError(f"{nine[:20]!r} is not nine digits; give the number without its two control digits")
    tens = (nine + first for rest in rules.rests if (first := control_digit(nine, K1_WEIGHTS, rest)))
    return tuple(ten + second for ten in tens if (second := control_digit(ten, K2_WEIGHTS)))


def with_control_digits(nine: str) -> str | None:
    """Append both control digits of 1964 to the first nine digits of a person number; None when no such number exists.

    Raises:
        IdentifierError: when the text is not nine digits.
    """
    return next(iter(numbers_of(nine)), None)


def with_organisation_control_digit(eight: str) -> str | None:
    """Append the control digit to the first eight digits of an organisation number; None when none exists.

    Raises:
        IdentifierError: when the text is not eight digits.
    """
    if not _EIGHT.fullmatch(eight):
        raise IdentifierError(f"{eight[:20]!r} is not eight digits; give the number without its control digit")
    digit = control_digit(eight, ORGANISATION_WEIGHTS)
    return None if digit is None else eight + digit


def with_duf_control(ten: str) -> str:
    """Append the two control digits of a DUF number (four digits of a year, six of a serial number): the rest itself.

    Raises:
        IdentifierError: when the text is not ten digits.
    """
    if not _TEN.fullmatch(ten):
        raise IdentifierError(f"{ten[:20]!r} is not ten digits; give the DUF number without its two control digits")
    return f"{ten}{weighted(ten, DUF_WEIGHTS) % MODULUS:02}"
