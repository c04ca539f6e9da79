"""Numbers of organisations, professionals and communication parties."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnwire import identifiers
from nhnwire.errors import IdentifierError
from nhnwire.identifiers import OrganisationSeries, check_organisation_number

# Calculated by hand, then test organisations that are published.
CALCULATED = ["310000000", "310000027", "313456781", "210000003", "212345679", "399999995"]
PUBLISHED = [
    "314240979",
    "311780735",
    "314270320",
    "313513580",
    "310163449",
    "310478717",
    "313367002",
    "311851381",
    "314961900",
    "314055403",
    "212201782",
    "313745392",
    "313325016",
    "312232324",
    "313464091",
]
IN_NHN_SAMPLES = ["312232326", "999977775"]
"""Published by NHN with control digits that are wrong."""


def test_published_organisation_numbers() -> None:
    """All of them pass, as test organisations too, and a number is its first eight digits and one more."""
    for number in [*CALCULATED, *PUBLISHED]:
        assert check_organisation_number(number, series=OrganisationSeries.TENOR) == number
        assert identifiers.with_organisation_control_digit(number[:8]) == number
        with pytest.raises(IdentifierError, match="start with 8 or 9"):
            check_organisation_number(number, series=OrganisationSeries.REAL)


def test_every_wrong_digit_and_swap_of_an_organisation_number_is_caught() -> None:
    """Exhaustive over the vectors."""
    for number in [*CALCULATED, *PUBLISHED]:
        wrong = {number[:at] + digit + number[at + 1 :] for at in range(9) for digit in "0123456789"}
        wrong |= {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(8)}
        for candidate in wrong - {number}:
            with pytest.raises(IdentifierError):
                check_organisation_number(candidate)


def test_some_eight_digits_begin_no_number() -> None:
    """Where the control digit would be ten."""
    none = [
        eight for eight in range(31_000_000, 31_000_100) if not identifiers.with_organisation_control_digit(f"{eight}")
    ]
    assert none
    for eight in none:
        for digit in "0123456789":
            with pytest.raises(IdentifierError):
                check_organisation_number(f"{eight}{digit}")


def test_a_wrong_control_digit_is_an_error_or_a_warning() -> None:
    """NHN's own samples hold such numbers: a network that refused them would refuse its own test data."""
    for number in IN_NHN_SAMPLES:
        with pytest.raises(IdentifierError, match="control digit"):
            check_organisation_number(number)
        warnings: list[str] = []
        assert check_organisation_number(number, warn=warnings.append) == number
        assert len(warnings) == 1
    warnings = []
    check_organisation_number(IN_NHN_SAMPLES[1], series=OrganisationSeries.TENOR, warn=warnings.append)
    assert len(warnings) == 2
    warnings = []
    assert check_organisation_number(CALCULATED[0], warn=warnings.append)
    assert not warnings


def test_what_is_not_nine_digits_is_an_error_even_where_others_are_warnings() -> None:
    """A warning is for numbers that somebody may have; a text is none."""
    for wrong in ("31000002", "3100000270", "31000002a", "٣١٠٠٠٠٠٢٧", "310000027\n", ""):
        with pytest.raises(IdentifierError):
            check_organisation_number(wrong, warn=print)


def test_a_real_number_is_no_test_organisation() -> None:
    """The number is computed here; whoever has it is not named."""
    number = next(
        filter(None, (identifiers.with_organisation_control_digit(f"{n}") for n in range(97_000_000, 97_000_099)))
    )
    assert check_organisation_number(number, series=OrganisationSeries.REAL) == number
    with pytest.raises(IdentifierError, match="synthetic"):
        check_organisation_number(number, synthetic_only=True)


def test_numbers_that_only_count() -> None:
    """HER-id, HPR number and RESH-id have a range and no control digit; what looks like a number is not enough."""
    assert identifiers.check_her_id("9000001") == 9_000_001
    assert identifiers.check_hpr_number("900000001") == identifiers.check_hpr_number(900_000_001) == 900_000_001
    assert identifiers.check_resh_id(9_000_000) == 9_000_000
    assert identifiers.check_her_id(identifiers.MAX_INT32) == identifiers.MAX_INT32
    for check in (identifiers.check_her_id, identifiers.check_hpr_number, identifiers.check_resh_id):
        for wrong in ("0", "-1", "01", "2147483648", 0, -1, 2**31, 10**5000, "1 000", "1.0", "٩", "", True, "1\n"):
            with pytest.raises(IdentifierError):
                check(wrong)
    with pytest.raises(IdentifierError):
        identifiers.check_hpr_number("1000000000")


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("FNR", "14835739784", "45889145149"),
        ("DNR", "45889145149", "14835739784"),
        ("FHN", "81234567802", "14835739784"),
        ("HNR", "17459024000", "14835739784"),
        ("DUF", "202012345602", "202012345603"),
        ("HPR", "900000001", "HPR 900000001"),
        ("HER", "9000001", "9000001.0"),
        ("ENH", "310000027", "310000028"),
        ("RSH", "9000000", "4-2"),
    ],
)
def test_each_kind_of_identifier_has_its_check(kind: str, right: str, wrong: str) -> None:
    """The kind is TypeId of a message: a D-number that is sent as a fødselsnummer is wrong, however valid."""
    identifiers.check_identifier(kind, right)
    with pytest.raises(IdentifierError):
        identifiers.check_identifier(kind, wrong)


def test_kinds_without_a_national_rule_accept_every_text() -> None:
    """Passports and local numbers, and codes that nobody has heard of."""
    for kind in ("PNR", "LOK", "XXX", "", "no such code"):
        identifiers.check_identifier(kind, "anything at all")


@settings(deadline=None)
@given(
    st.text() | st.text("0123456789", max_size=13), st.sampled_from(["ENH", "HER", "HPR", "RSH", "FNR", "HNR", "DUF"])
)
def test_any_text_is_an_identifier_or_a_typed_refusal(text: str, kind: str) -> None:
    """No input makes a check fail in any other way, and no refusal grows with its input."""
    refusal = ""
    try:
        identifiers.check_identifier(kind, text)
    except IdentifierError as error:
        refusal = str(error)
    assert len(refusal) < 300
