"""Points in time on the wire: `xs:dateTime` with and without an offset, kept in the sender's own words.

A dateTime without an offset means Norwegian local time: KITH's messages are written that way. The offset is computed
from the European rule for summer time (directive 2000/84/EC: last Sundays of March and October, 01:00 UTC), so that no
time zone database is needed; it holds from 1996.
"""

from __future__ import annotations

import datetime as dt
import re

from nhnwire.errors import SchemaError

_DATE_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DATE = re.compile(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_MAX_OFFSET = dt.timedelta(hours=14)
WINTER = dt.timezone(dt.timedelta(hours=1))
SUMMER = dt.timezone(dt.timedelta(hours=2))


def _last_sunday(year: int, month: int) -> dt.date:
    last = dt.date(year, month, 31)
    return last - dt.timedelta(days=last.isoweekday() % 7)


def norwegian_zone(local: dt.datetime) -> dt.timezone:
    """Offset of Norwegian time at a naive local time; the hour that exists twice in October is read as summer time."""
    start = dt.datetime.combine(_last_sunday(local.year, 3), dt.time(2))
    end = dt.datetime.combine(_last_sunday(local.year, 10), dt.time(3))
    return SUMMER if start <= local < end else WINTER


def parse_date_time(text: str) -> dt.datetime:
    """Read an `xs:dateTime` of the years 1 to 9999; digits beyond the microsecond are dropped.

    Returns:
        An aware datetime; without an offset in the text it is Norwegian local time.

    Raises:
        SchemaError: when the text is not such a dateTime.
    """
    match = _DATE_TIME.fullmatch(text.strip(" \t\r\n"))
    if match is None:
        raise _not_a("date and time", text)
    clock, zone = match["time"], match["zone"]
    midnight = clock == "24:00:00"
    try:
        value = dt.datetime.fromisoformat(f"{match['date']}T{'00:00:00' if midnight else clock}")
        if midnight:
            if int(match["fraction"] or 0):
                raise _not_a("date and time", text)
            value += dt.timedelta(days=1)
        value += dt.timedelta(microseconds=int(((match["fraction"] or "") + "000000")[:6]))
        return value.replace(tzinfo=_zone(zone) if zone else norwegian_zone(value))
    except (ValueError, OverflowError):
        raise _not_a("date and time", text) from None


def _zone(text: str) -> dt.timezone:
    if text == "Z":
        return dt.UTC
    minutes = int(text[4:6])
    offset = dt.timedelta(hours=int(text[1:3]), minutes=minutes)
    if minutes > 59 or offset > _MAX_OFFSET:
        raise ValueError(text)
    return dt.timezone(-offset if text[0] == "-" else offset)


def format_date_time(value: dt.datetime) -> str:
    """Write an aware datetime as `xs:dateTime`: UTC as `Z`, other offsets as they are, no trailing zeros.

    Raises:
        ValueError: when the datetime is naive.
    """
    if value.utcoffset() is None:
        raise ValueError("a naive datetime cannot go on the wire; give it an offset, for instance UTC")
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def keep_text(value: dt.datetime, text: str) -> str:
    """The text if it denotes the value, else a new text: so that a replaced value never keeps its old words."""
    if text:
        try:
            if parse_date_time(text) == value:
                return text
        except SchemaError:
            pass
    return format_date_time(value)


def parse_date(text: str) -> dt.date:
    """Read an `xs:date`; an offset, which the type allows, is dropped.

    Raises:
        SchemaError: when the text is not a date of the years 1 to 9999.
    """
    match = _DATE.fullmatch(text.strip(" \t\r\n"))
    try:
        if match is not None:
            return dt.date.fromisoformat(match["date"])
    except ValueError:
        pass
    raise _not_a("date", text)


def _not_a(what: str, text: str) -> SchemaError:
    return SchemaError(
        f"{text[:40]!r} is not a {what}", remedy="write it as the schema does, for instance 2026-03-02T08:00:00+01:00"
    )
