"""Numbers of people, organisations and communication parties. All people here are of synthetic series."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnwire import identifiers
from nhnwire.errors import IdentifierError

SYNTHETIC = {
    "14835739784": ("FNR", dt.date(1957, 3, 14), "1"),
    "14835739865": ("FNR", dt.date(1957, 3, 14), "2"),
    "30911999834": ("FNR", dt.date(2019, 11, 30), "2"),
    "29820077723": ("FNR", dt.date(2000, 2, 29), "1"),
    "21866899824": ("FNR", dt.date(1968, 6, 21), "2"),
    "24929774538": ("FNR", dt.date(1897, 12, 24), "1"),
    "45889145149": ("DNR", dt.date(1991, 8, 5), "1"),
    "45889165093": ("DNR", dt.date(1991, 8, 5), "2"),
    "71810428125": ("DNR", dt.date(2004, 1, 31), "1"),
    "54835780026": ("DNR", dt.date(1957, 3, 14), "2"),
    "09728431234": ("FNR", dt.date(1984, 7, 9), "2"),
    "31771655125": ("FNR", dt.date(2016, 12, 31), "1"),
    "41667522151": ("DNR", dt.date(1975, 1, 1), "1"),
    "41814061033": ("DNR", dt.date(1940, 1, 1), "2"),
    "41810021827": ("DNR", dt.date(2000, 1, 1), "2"),
}


@pytest.mark.parametrize("number", SYNTHETIC)
def test_synthetic_numbers_tell_kind_birth_date_and_sex(number: str) -> None:
    """Months +80 and +65 are synthetic; a D-number has its day raised by 40 and its own centuries since 2021."""
    kind, born, sex = SYNTHETIC[number]
    found = identifiers.check_fnr(number, synthetic_only=True)
    assert (found.kind, found.born, found.sex) == (kind, born, sex)
    assert identifiers.is_synthetic_fnr(number)


@pytest.mark.parametrize("number", ["81234567802", "98765432103", "80000000179"])
def test_a_common_help_number_has_neither_age_nor_sex(number: str) -> None:
    """A felles hjelpenummer is random: nobody may compute an age from it."""
    found = identifiers.check_fnr(number)
    assert (found.kind, found.born, found.sex, found.synthetic) == ("FHN", None, None, False)


@pytest.mark.parametrize(
    "number",
    [
        "30825739609",  # 30 February
        "29829939795",  # 29 February 1999
        "14935739722",  # month 93
        "14785739796",  # month 78
        "14535739669",  # month 53
        "00835739767",  # day 0
        "32835739758",  # day 32
        "72835739741",  # day 72 of a D-number
        "14835780032",  # no century for 1957 and 800
        "14834560047",  # no century for 1945 and 600
        "14835739785",  # last digit changed
        "14835737984",  # neighbours swapped
        "1483573978",
        "148357397844",
        "1483573978x",
        "14835 739784",
        "１４８３５７３９７８４",  # full-width digits
        "",
    ],
)
def test_what_is_no_number_is_refused_without_repeating_it(number: str) -> None:
    """Refusals say why, carry E31, and never put the number into a text that ends in a log."""
    with pytest.raises(IdentifierError) as caught:
        identifiers.check_fnr(number)
    assert caught.value.code == "E31"
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize("number", SYNTHETIC)
def test_every_single_wrong_digit_is_caught(number: str) -> None:
    """The two control digits catch every single error and every swap of neighbours."""
    wrong = {number[:at] + digit + number[at + 1 :] for at in range(11) for digit in "0123456789"}
    swapped = {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(10)}
    for candidate in (wrong | swapped) - {number}:
        with pytest.raises(IdentifierError):
            identifiers.check_fnr(candidate)


def test_stems_without_control_digits_have_no_number() -> None:
    """Where a control digit would be ten, no number exists."""
    assert identifiers.with_control_digits("148357494") is None
    assert identifiers.with_control_digits("148357485") is None
    assert identifiers.with_control_digits("148357397") == "14835739784"
    with pytest.raises(IdentifierError):
        identifiers.with_control_digits("12345678")


def test_organisation_numbers() -> None:
    """Nine digits, one of them a control digit; test series start with 2 or 3."""
    for number in ("310000000", "310000027", "313456781", "210000003", "212345679", "399999995", "314240979"):
        assert identifiers.check_organisation_number(number, synthetic_only=True) == number
        assert identifiers.with_organisation_control_digit(number[:8]) == number
    for wrong in ("310000028", "31000002", "3100000270", "abcdefghi", ""):
        with pytest.raises(IdentifierError):
            identifiers.check_organisation_number(wrong)
    real = next(filter(None, map(identifiers.with_organisation_control_digit, ("97000000", "97000001"))))
    with pytest.raises(IdentifierError):
        identifiers.check_organisation_number(real, synthetic_only=True)


def test_her_ids_are_positive_int32() -> None:
    """The register counts from 1 and stays within int32."""
    assert identifiers.check_her_id("9000001") == identifiers.check_her_id(9000001) == 9000001
    for wrong in ("0", "-1", "01", "2147483648", "9 000 001", "٩", "", True):
        with pytest.raises(IdentifierError):
            identifiers.check_her_id(wrong)


@settings(deadline=None)
@given(st.text() | st.text("0123456789", min_size=9, max_size=12))
def test_any_text_is_a_number_or_a_typed_refusal(text: str) -> None:
    """No input makes a checker fail in any other way."""
    for check in (
        identifiers.check_fnr,
        identifiers.check_organisation_number,
        identifiers.check_her_id,
        identifiers.with_control_digits,
    ):
        try:
            check(text)
        except IdentifierError:
            continue
