"""Points in time as peers write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnwire import timestamps
from nhnwire.errors import SchemaError


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00"),
        ("2026-03-02T08:00:00+01:00", "2026-03-02T07:00:00"),
        ("2026-03-02T08:00:00", "2026-03-02T07:00:00"),
        ("2026-07-02T08:00:00", "2026-07-02T06:00:00"),
        ("2025-08-21T11:21:16.0004155", "2025-08-21T09:21:16.000415"),
        ("2026-03-02T24:00:00Z", "2026-03-03T00:00:00"),
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59"),
        ("2026-03-29T03:00:00", "2026-03-29T01:00:00"),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00"),
        ("2026-03-02T08:00:00.5-03:30", "2026-03-02T11:30:00.500000"),
    ],
)
def test_date_times_of_all_habits_are_understood(text: str, utc: str) -> None:
    """With an offset, without one (Norwegian time, summer and winter), and with more digits than a clock has."""
    assert timestamps.parse_date_time(text).astimezone(dt.UTC) == dt.datetime.fromisoformat(utc + "+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02",
        "2026-02-30T08:00:00",
        "2026-03-02T25:00:00",
        "2026-03-02T24:00:01",
        "2026-03-02 08:00:00",
        "2026-03-02T08:00:00+1",
        "2026-03-02T08:00:00+15:00",
        "02026-03-02T08:00:00",
        "9999-12-31T24:00:00",
        "-2026-03-02T08:00:00",
        "0000-03-02T08:00:00",
        "",
        "nå",
    ],
)
def test_what_is_no_date_time_is_a_schema_error(text: str) -> None:
    """The reader refuses with a type and a remedy."""
    with pytest.raises(SchemaError):
        timestamps.parse_date_time(text)


def test_a_replaced_time_loses_its_old_words() -> None:
    """The words are kept for echoing only as long as they say the time they stand for."""
    noon = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    assert timestamps.keep_text(noon, "2026-03-02T13:00:00.0000000+01:00") == "2026-03-02T13:00:00.0000000+01:00"
    assert timestamps.keep_text(noon, "2026-03-02T13:00:00Z") == "2026-03-02T12:00:00Z"
    with pytest.raises(ValueError, match="naive"):
        timestamps.keep_text(dt.datetime(2026, 3, 2), "")  # noqa: DTZ001 - the mistake under test


@settings(deadline=None)
@given(
    st.datetimes(
        min_value=dt.datetime(1900, 1, 1),  # noqa: DTZ001 - the strategy wants naive bounds
        max_value=dt.datetime(9000, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))),
    )
)
def test_what_is_written_is_read_back(moment: dt.datetime) -> None:
    """Every aware time survives the wire."""
    assert timestamps.parse_date_time(timestamps.format_date_time(moment)) == moment


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_time_or_a_typed_refusal(text: str) -> None:
    """No text makes the readers fail in any other way."""
    for read in (timestamps.parse_date_time, timestamps.parse_date):
        try:
            read(text)
        except SchemaError:
            continue
