"""Person numbers: every published vector, rule set and wrong digit. All people here are of synthetic series."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnwire import identifiers
from nhnwire.errors import IdentifierError
from nhnwire.identifiers import LeapDay, RuleSet, Series, check_fnr, classify, numbers_of

SKD, NHN, NAV = Series.SKD, Series.NHN, Series.NAV
MAN, WOMAN = "1", "2"

# number, kind, series it can be of, born, sex: own vectors, calculated by hand from the weights.
OWN = [
    ("14835739784", "FNR", {SKD}, "1957-03-14", MAN),
    ("14835739865", "FNR", {SKD}, "1957-03-14", WOMAN),
    ("30911999834", "FNR", {SKD}, "2019-11-30", WOMAN),
    ("29820077723", "FNR", {SKD}, "2000-02-29", MAN),
    ("21866899824", "FNR", {SKD}, "1968-06-21", WOMAN),
    ("24929774538", "FNR", {SKD}, "1897-12-24", MAN),
    ("45889145149", "DNR", {SKD}, "1991-08-05", MAN),
    ("45889165093", "DNR", {SKD}, "1991-08-05", WOMAN),
    ("71810428125", "DNR", {SKD}, "2004-01-31", MAN),
    ("54835780026", "DNR", {SKD}, "1957-03-14", WOMAN),
    ("09728431234", "FNR", {NHN, Series.NPIDSYN}, "1984-07-09", WOMAN),
    ("31771655125", "FNR", {NHN}, "2016-12-31", MAN),
    ("41667522151", "DNR", {NHN}, "1975-01-01", MAN),
    ("17459024069", "FNR", {NAV, Series.H}, "1990-05-17", WOMAN),
    ("57459024133", "DNR", {NAV, Series.H}, "1990-05-17", MAN),
    # One woman in every series.
    ("09878431232", "FNR", {SKD}, "1984-07-09", WOMAN),
    ("09478431098", "FNR", {NAV, Series.H}, "1984-07-09", WOMAN),
    ("49878431226", "DNR", {SKD}, "1984-07-09", WOMAN),
    ("49728431228", "DNR", {NHN}, "1984-07-09", WOMAN),
    ("49478431243", "DNR", {NAV, Series.H}, "1984-07-09", WOMAN),
]
HELP_NUMBERS = ["81234567802", "98765432103", "80000000179", "89999999957", "90000000069"]
DUF_NUMBERS = ["202012345602", "202300000103", "199999999905", "202465432103"]

# Published by NAV (fnrvalidator, issue 116): the same seven people in two series, each as fødselsnummer and D-number;
# the first and the last have other dates in NAV's own.
PEOPLE = ["2020-11-17", "2020-02-29", "2003-04-05", "1994-02-12", "1952-10-12", "1936-08-21", "1897-12-21"]
SEXES = [MAN, WOMAN, WOMAN, MAN, MAN, WOMAN, WOMAN]
NAV_PEOPLE = ["1976-10-15", *PEOPLE[1:6], "1987-12-21"]
ISSUE_116 = [
    (SKD, "FNR", PEOPLE, "17912099997 29822099635 05840399895 12829499914 12905299938 21883649874 21929774873"),
    (SKD, "DNR", PEOPLE, "57912075186 69822075096 45840375084 52829400197 52905200100 61883600222 61929750062"),
    (NAV, "FNR", NAV_PEOPLE, "15507600333 29422059278 05440355678 12429400544 12505209719 21483609245 21528704651"),
    (NAV, "DNR", NAV_PEOPLE, "55507608360 69422056629 45440356293 52429405181 52505209540 61483601467 61528703428"),
]
# Skatteetaten: D-numbers of the series since 2021.
D_2021 = {
    1940: ["41814061033", "41814065640", "41814075603"],
    2000: ["41810021827", "41810025091", "41810034422"],
}
OTHERS = ["10915596784", "50846202355", "68467038838", "03851598730", "41819077302"]

# By the rules of 2032. The first of each stem leaves rest 0, so that its control digits fit the rules of 1964 too.
STEM_1957 = ["14835799922", "14835799930", "14835799949", "14835799957"]
STEM_2032 = ["02813299952", "02813299960", "02813299979", "02813299987"]
ONLY_2032 = ["30908299902", "41819077906"]

ELEVEN = [
    *(row[0] for row in OWN),
    *(number for *_, numbers in ISSUE_116 for number in numbers.split()),
    *itertools.chain.from_iterable(D_2021.values()),
    *OTHERS,
    *HELP_NUMBERS,
    *STEM_1957,
    *STEM_2032,
    *ONLY_2032,
]


@pytest.mark.parametrize(("number", "kind", "series", "born", "sex"), OWN)
def test_a_number_tells_kind_series_birth_and_sex(
    number: str, kind: str, series: set[Series], born: str, sex: str
) -> None:
    """The vectors whose arithmetic was written out by hand; months that two issuers use name both of them."""
    found = check_fnr(number)
    assert (found.kind, str(found.born), found.sex) == (kind, born, sex)
    assert {Series(one) for one in found.series.split("-or-")} == series
    assert {one.series for one in classify(number, RuleSet.R1964)} == series


@pytest.mark.parametrize(("series", "kind", "births", "numbers"), ISSUE_116)
def test_vectors_that_nav_published(series: Series, kind: str, births: list[str], numbers: str) -> None:
    """The same people, born from 1897 to 2020, in two synthetic series and as D-numbers."""
    for number, born, sex in zip(numbers.split(), births, SEXES, strict=True):
        read = {one.series: one for one in classify(number, RuleSet.R1964)}[series]
        assert [str(one) for one in read.births] == [born], number
        assert (read.kind, read.sex, read.synthetic) == (kind, sex, True), number


@pytest.mark.parametrize("year", D_2021)
def test_d_numbers_have_had_their_own_centuries_since_2021(year: int) -> None:
    """Skatteetaten's examples: the same two digits of a year mean 1940 or 2000 by the individual number."""
    for number in D_2021[year]:
        found = check_fnr(number, synthetic_only=True)
        assert (found.kind, found.born) == ("DNR", dt.date(year, 1, 1)), number


@pytest.mark.parametrize("number", OTHERS)
def test_other_published_numbers_pass(number: str) -> None:
    """Numbers of NAV's and Skatteetaten's own tests, by the rules of 1964."""
    assert check_fnr(number).number == number


@pytest.mark.parametrize("number", HELP_NUMBERS)
def test_a_common_help_number_has_no_date(number: str) -> None:
    """FH numbers are random: whoever computes an age from one has made it up."""
    found = check_fnr(number)
    assert (found.kind, found.series, found.born, found.sex) == ("FHN", "fhn", None, None)
    assert identifiers.age_of(found, dt.date(2026, 1, 1)) is None
    assert identifiers.sex_of(found) is None
    assert identifiers.age_of(found, dt.date(2026, 1, 1), registered=dt.date(1990, 1, 2)) == 35
    assert identifiers.sex_of(found, registered=WOMAN) == WOMAN


@pytest.mark.parametrize("number", DUF_NUMBERS)
def test_duf_numbers(number: str) -> None:
    """Ten digits and the rest of their weighted sum, as two digits."""
    assert identifiers.check_duf(number) == identifiers.with_duf_control(number[:10]) == number
    assert {one.kind for one in classify(number)} == {"DUF"}


@pytest.mark.parametrize("stem", [STEM_1957, STEM_2032])
def test_the_rules_of_2032_give_a_stem_four_numbers(stem: list[str]) -> None:
    """From 2032 the first sum may leave 0 to 3; the first of the four is the number that the old rules give."""
    nine = stem[0][:9]
    assert list(numbers_of(nine, RuleSet.R2032)) == list(numbers_of(nine, RuleSet.EITHER)) == stem
    assert identifiers.with_control_digits(nine) == stem[0]
    for number in stem:
        found = check_fnr(number, rules=RuleSet.R2032)
        assert (found.born, found.sex, found.rules) == (None, None, RuleSet.R2032)
        assert identifiers.age_of(found, dt.date(2040, 1, 1)) is None
    for number in stem[1:]:
        with pytest.raises(IdentifierError, match="control digits"):
            check_fnr(number)


def test_a_number_that_fits_both_rules_is_not_guessed_at() -> None:
    """14.03.57 with 999: a man of 1957 by the old rules, by the new ones anybody born that day in 1957 or 2057."""
    old, new = sorted(classify(STEM_1957[0]), key=lambda one: len(one.births))
    assert (old.rules, old.births, old.sex) == (RuleSet.R1964, (dt.date(1957, 3, 14),), MAN)
    assert (new.rules, new.births, new.sex) == (RuleSet.R2032, (dt.date(1957, 3, 14), dt.date(2057, 3, 14)), None)
    assert check_fnr(STEM_1957[0], rules=RuleSet.EITHER).born == dt.date(1957, 3, 14)


@pytest.mark.parametrize("number", ONLY_2032)
def test_numbers_of_2032_pass_only_where_they_are_wanted(number: str) -> None:
    """Skatteetaten's own examples, a fødselsnummer and a D-number."""
    assert classify(number, RuleSet.R1964) == frozenset()
    assert check_fnr(number, rules=RuleSet.R2032, synthetic_only=True) == check_fnr(number, rules=RuleSet.EITHER)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("30825739609", "date"),
        ("29829939795", "date"),
        ("14935739722", "month 93"),
        ("14785739796", "month 78"),
        ("14805739704", "month 80"),
        ("14535739669", "month 53"),
        ("00835739767", "date"),
        ("32835739758", "date"),
        ("72835739741", "date"),
        ("14835780032", "century"),
        ("14834560047", "century"),
        ("14835739785", "control digits"),
        ("14835737984", "control digits"),
        ("81234567803", "control digits"),
        ("1483573978", "eleven digits"),
        ("148357397844", "eleven digits"),
        ("1483573978A", "eleven digits"),
        ("14835 39784", "eleven digits"),
        ("14835739784\n", "eleven digits"),
        ("１４８３５７３９７８４", "eleven digits"),
    ],
)
def test_a_refusal_names_the_rule_that_was_broken(number: str, reason: str) -> None:
    """Control digits right, something else wrong; the text carries E31 and never the number."""
    with pytest.raises(IdentifierError, match=reason) as caught:
        check_fnr(number)
    assert caught.value.code == "E31"
    assert number not in str(caught.value)
    assert classify(number, RuleSet.R1964) == frozenset()


@pytest.mark.parametrize(
    "stem", ["148357494", "148357481", "148357479", "148357466", "148357485", "148357470", "148357451"]
)
def test_stems_whose_control_digit_would_be_ten_have_no_number(stem: str) -> None:
    """The first four fail at the first control digit, the others at the second."""
    assert identifiers.with_control_digits(stem) is None
    assert all(classify(f"{stem}{k:02}", RuleSet.R1964) == frozenset() for k in range(100))
    assert len(numbers_of(stem, RuleSet.R2032)) <= 3


def _wrong(number: str) -> set[str]:
    """Every number one digit, or one swap of neighbours, away."""
    digits = {number[:at] + digit + number[at + 1 :] for at in range(len(number)) for digit in "0123456789"}
    swaps = {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(len(number) - 1)}
    return (digits | swaps) - {number}


def test_every_wrong_digit_and_every_swap_is_caught_under_both_rule_sets() -> None:
    """Exhaustive over all vectors: the second control digit catches them even where the first is one of four."""
    assert len(ELEVEN) == len(set(ELEVEN)) == 74
    for number in [*ELEVEN, *DUF_NUMBERS]:
        assert classify(number), number
        for wrong in _wrong(number):
            assert not classify(wrong, RuleSet.EITHER), (number, wrong)


def test_centuries_follow_the_published_order_of_decisions() -> None:
    """All 100,000 pairs of year and individual number against the standard's own chain of decisions."""

    def decided(year: int, individual: int) -> int | None:
        if individual <= 499:
            return 1900
        if year <= 39:
            return 2000
        if year >= 54 and individual <= 749:
            return 1800
        return 1900 if individual >= 900 else None

    def decided_d(year: int, first: int) -> int | None:
        if year <= 39:
            return 1900 if first <= 1 else 2000
        if first == 5:
            return 1800 if year >= 58 else None
        return 1900

    for year, individual in itertools.product(range(100), range(1000)):
        assert identifiers.century_of(year, individual) == decided(year, individual), (year, individual)
        assert identifiers.century_of(year, individual, d_number=True) == decided_d(year, individual // 100)


def test_a_day_has_as_many_numbers_as_the_tax_administration_counts() -> None:
    """Of 500 individual numbers 411 to 415 give a number; about 82 of a hundred."""
    for born in (dt.date(1957, 3, 14), dt.date(2000, 2, 29), dt.date(1999, 12, 31)):
        stems = (f"{born:%d}{born.month + 80}{born:%y}{individual:03}" for individual in range(500))
        assert 411 <= sum(identifiers.with_control_digits(stem) is not None for stem in stems) <= 415


def test_a_date_can_decide_between_two_series() -> None:
    """Month 67 is February for NHN and July for NAV's synthetic ids; on the 31st only the second is a date."""
    numbers = (numbers_of(f"316790{individual}") for individual in range(100, 200))
    number = next(itertools.chain.from_iterable(numbers))
    assert {(one.series, one.kind) for one in classify(number, RuleSet.R1964)} == {(Series.NPIDSYN, "NPID")}
    found = check_fnr(number, synthetic_only=True)
    assert (found.series, found.born) == ("npid-synthetic", dt.date(1990, 7, 31))


def test_months_without_a_series() -> None:
    """The gaps between the series, and who shares a month."""
    free = {month for month in range(100) if not identifiers.month_series(month)}
    assert free == {0, *range(13, 21), *range(33, 41), *range(53, 61), *range(78, 81), *range(93, 100)}
    assert identifiers.month_series(45) == (NAV, Series.H)
    assert identifiers.month_series(72) == (NHN, Series.NPIDSYN)
    assert identifiers.month_series(73) == (NHN,)


def test_real_numbers_are_read_and_refused_where_only_synthetic_ones_belong() -> None:
    """The number is computed here and stored nowhere; a person of 1900 had it, if anybody."""
    number = next(itertools.chain.from_iterable(numbers_of(f"010100{individual:03}") for individual in range(99)))
    assert check_fnr(number).series == "real"
    assert not identifiers.is_synthetic_fnr(number)
    with pytest.raises(IdentifierError, match="synthetic"):
        check_fnr(number, synthetic_only=True)


def test_a_local_help_number_may_lack_control_digits() -> None:
    """H numbers are a fødselsnummer with month +40; not every system computes their control digits."""
    assert identifiers.check_hnr("17459024069").kind == "HNR"
    found = identifiers.check_hnr("17459024000", control_digits=False)
    assert identifiers.age_of(found, dt.date(2026, 1, 1)) is None
    assert identifiers.sex_of(found) is None
    for wrong in ("17459024000", "14835739784", "1745902406", "30429024000", "81234567802"):
        with pytest.raises(IdentifierError):
            identifiers.check_hnr(wrong)
    assert not identifiers.is_synthetic_fnr("17459024069")


@pytest.mark.parametrize(
    ("on", "february", "march"),
    [
        ("2018-02-28", 18, 17),
        ("2019-02-27", 18, 18),
        ("2019-02-28", 19, 18),
        ("2019-03-01", 19, 19),
        ("2020-02-28", 19, 19),
        ("2020-02-29", 20, 20),
        ("2000-02-29", 0, 0),
        ("2100-02-28", 100, 99),
    ],
)
def test_the_rule_for_29_february_has_a_name(on: str, february: int, march: int) -> None:
    """Born on a leap day, a year older on 28 February or on 1 March: the caller says which, and no clock is read."""
    number, day = check_fnr("29820077723"), dt.date.fromisoformat(on)
    assert identifiers.age_of(number, day, leap_day=LeapDay.FEBRUARY_28) == february
    assert identifiers.age_of(number, day) == identifiers.age(dt.date(2000, 2, 29), day, LeapDay.MARCH_1) == march


def test_ages_on_other_days() -> None:
    """A birthday counts from its morning; before the birth there is no age, and a register knows better."""
    number = check_fnr("30911999834")
    assert [identifiers.age_of(number, dt.date(2025, 11, day)) for day in (29, 30)] == [5, 6]
    assert identifiers.age_of(number, dt.date(2025, 11, 29), registered=dt.date(2019, 11, 1)) == 6
    with pytest.raises(IdentifierError):
        identifiers.age_of(number, dt.date(2019, 11, 29))


@settings(deadline=None)
@given(st.text() | st.text("0123456789", min_size=9, max_size=13), st.sampled_from(RuleSet))
def test_any_text_is_classified_or_refused(text: str, rules: RuleSet) -> None:
    """Nothing else is ever raised, and what `check_fnr` accepts `classify` knows."""
    readings = classify(text, rules)
    for check in (check_fnr, identifiers.check_hnr, identifiers.check_duf, identifiers.with_duf_control, numbers_of):
        try:
            check(text)
        except IdentifierError:
            continue
    try:
        found = check_fnr(text, rules=rules)
    except IdentifierError:
        assert not readings or {one.kind for one in readings} == {"DUF"}
    else:
        assert found.number == text
        assert {Series(one) for one in found.series.split("-or-")} <= {one.series for one in readings}


@settings(deadline=None)
@given(
    st.dates(dt.date(1900, 1, 1), dt.date(2039, 12, 31)),
    st.sampled_from([80, 65, 40, 60, 20]),
    st.integers(0, 999),
    st.booleans(),
)
def test_what_was_put_into_a_number_comes_out(born: dt.date, offset: int, individual: int, d_number: bool) -> None:  # noqa: FBT001 - hypothesis passes by position
    """Date, sex and kind survive for every series and every stem whose century is the right one."""
    day = born.day + (40 if d_number else 0)
    stem = f"{day:02}{born.month + offset:02}{born:%y}{individual:03}"
    if d_number and offset in {20, 60}:
        return
    right = identifiers.century_of(born.year % 100, individual, d_number=d_number) == born.year - born.year % 100
    for number in numbers_of(stem) if right else ():
        read = [one for one in classify(number, RuleSet.R1964) if identifiers.series.OFFSETS[one.series] == offset]
        assert read
        assert all(one.births == (born,) and one.sex == str(2 - individual % 2) for one in read)
        assert classify(number, RuleSet.R2032)
