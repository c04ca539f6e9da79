"""Numbers of organisations, health professionals and communication parties, and the check for every kind of number.

Sources: Brønnøysundregistrene (organisation number), NHN (HER-id, RESH-id), HIS 1001:2010 (HPR number, kinds).
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from nhnwire.errors import IdentifierError
from nhnwire.identifiers.digits import ORGANISATION_WEIGHTS, control_digit
from nhnwire.identifiers.people import check_duf, check_fnr, check_hnr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_INT32 = 2**31 - 1
MAX_HPR = 999_999_999
_NINE = re.compile(r"[0-9]{9}")
_COUNT = re.compile(r"[1-9][0-9]{0,9}")


class OrganisationSeries(enum.Enum):
    """Which organisation numbers are wanted, told by the first digit."""

    REAL = "89"
    """The register of the country."""
    TENOR = "23"
    """Test organisations; in practice 21xxxxxxx and 31xxxxxxx."""
    ANY = "0123456789"


def check_organisation_number(
    text: str,
    *,
    synthetic_only: bool = False,
    series: OrganisationSeries = OrganisationSeries.ANY,
    warn: Callable[[str], None] | None = None,
) -> str:
    """Check an organisation number (ENH): nine digits, the last one a control digit.

    Args:
        text: the number.
        synthetic_only: the same as `series=OrganisationSeries.TENOR`.
        series: accept only numbers of this series.
        warn: told of a wrong control digit or series instead of an error. NHN's own samples hold numbers whose
            control digits are wrong, and a receiver that is strict turns them down.

    Returns:
        The same text.

    Raises:
        IdentifierError: when it is not an organisation number.
    """
    wanted = OrganisationSeries.TENOR if synthetic_only else series
    if not _NINE.fullmatch(text):
        raise IdentifierError(f"{text[:20]!r} is not an organisation number: nine digits are needed")
    for doubt in _organisation_doubts(text, wanted):
        if warn is None:
            raise IdentifierError(doubt)
        warn(doubt)
    return text


def _organisation_doubts(text: str, wanted: OrganisationSeries) -> list[str]:
    doubts = []
    if control_digit(text[:8], ORGANISATION_WEIGHTS) != text[8]:
        doubts.append(f"{text!r} is not an organisation number: its control digit is wrong")
    if text[0] not in wanted.value:
        kind = "a synthetic" if wanted is OrganisationSeries.TENOR else "a real"
        starts = " or ".join(wanted.value)
        doubts.append(f"{text!r} is not {kind} organisation number; those start with {starts}")
    return doubts


def check_her_id(value: str | int) -> int:
    """Check a HER-id, the number of a communication party in the address register: 1 to 2147483647.

    Raises:
        IdentifierError: when the value is not such a number.
    """
    return _count(value, "a HER-id", MAX_INT32)


def check_hpr_number(value: str | int) -> int:
    """Check an HPR number, of a health professional's authorisation: 1 to 999999999, without a control digit.

    Raises:
        IdentifierError: when the value is not such a number.
    """
    return _count(value, "an HPR number", MAX_HPR)


def check_resh_id(value: str | int) -> int:
    """Check a RESH-id, of a unit in the specialist services' register: 1 to 2147483647, without a control digit.

    Raises:
        IdentifierError: when the value is not such a number.
    """
    return _count(value, "a RESH-id", MAX_INT32)


def _count(value: str | int, what: str, most: int) -> int:
    text = str(value) if isinstance(value, str) or -most <= value <= most else ""
    if isinstance(value, bool) or not _COUNT.fullmatch(text) or int(text) > most:
        shown = f"{text[:20]!r}" if text else "the number"
        raise IdentifierError(f"{shown} is not {what}: a whole number from 1 to {most} is needed")
    return int(text)


def _of_kind(kind: str) -> Callable[[str], object]:
    def check(text: str) -> None:
        found = check_fnr(text).kind
        if found != kind:
            raise IdentifierError(
                f"the number is of kind {found}, not {kind}", code="E31", remedy=f"send it with TypeId V={found!r}"
            )

    return check


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "FNR": _of_kind("FNR"),
    "DNR": _of_kind("DNR"),
    "FHN": _of_kind("FHN"),
    # Control digits of help numbers are not guaranteed (HIS 1001:2010).
    "HNR": lambda text: check_hnr(text, control_digits=False),
    "DUF": check_duf,
    "HPR": check_hpr_number,
    "HER": check_her_id,
    "ENH": check_organisation_number,
    "RSH": check_resh_id,
}


def check_identifier(kind: str, text: str) -> None:
    """Check a number against the kind its message gives it.

    Args:
        kind: code of table 8116 or 9051. Kinds without a national rule (passport, local numbers, …) and unknown codes
            accept every text.
        text: the number.

    Raises:
        IdentifierError: when a number of that kind cannot be so.
    """
    check = _CHECKS.get(kind)
    if check is not None:
        check(text)
