"""Simple types on the registers' wire: how text becomes a value and back, as .NET's DataContractSerializer does it.

Points in time are a trap: the registers write Norwegian local time without an offset. Here a naive datetime is exactly
that, so that what is read can be written again unchanged; `local_time` and `instant` convert.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnwire import xml
from nhnwire.errors import SchemaError
from nhnwire.timestamps import SUMMER, WINTER, norwegian_zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

XSD = "http://www.w3.org/2001/XMLSchema"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
STREAMS = "http://schemas.microsoft.com/Message"

NO_TIME = dt.datetime.fromisoformat("0001-01-01T00:00:00")
"""What .NET reads when a point in time is left out."""
NO_GUID = "00000000-0000-0000-0000-000000000000"

_WHITE = " \t\r\n"
_HOUR = dt.timedelta(hours=1)
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOMENT = re.compile(
    r"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>[0-9]{1,8})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,11})M)?"
    r"(?:(?P<seconds>[0-9]{1,12})(?:\.(?P<fraction>[0-9]*))?S)?)?"
)


@dataclass(frozen=True)
class Simple:
    """A type whose content is text.

    Attributes:
        name: local name of the type.
        ns: its namespace.
        parse: text to value; ValueError when the text is not of the type.
        format: value to text; ValueError when the value does not fit the type.
        default: what an absent element means when it cannot be nil.
        nullable: the .NET type is a reference type, which can always be nil.
    """

    name: str
    ns: str
    parse: Callable[[str], Any]
    format: Callable[[Any], str]
    default: Any
    nullable: bool = False

    def read(self, element: _Element, reader: object) -> Any:  # noqa: ARG002 - the signature of a kind
        """The value of an element that is not nil.

        Raises:
            SchemaError: when its text is not of this type.
        """
        text = text_of(element)
        try:
            return self.parse(text)
        except (ValueError, OverflowError):
            raise schema_error(element, f"{text[:60]!r} is not of type {self.name}", f"write a {self.name}") from None

    def write(self, element: _Element, value: Any) -> None:
        """Fill an element with a value."""
        element.text = self.format(value)


def text_of(element: _Element) -> str:
    """The text of an element that may hold nothing else.

    Raises:
        SchemaError: when there are elements inside.
    """
    if next(element.iterchildren(tag=etree.Element), None) is not None:
        raise schema_error(element, "elements inside where a text is wanted", "write the value only")
    return xml.text_of(element)


def schema_error(element: _Element, reason: str, remedy: str) -> SchemaError:
    """The error for an element that is not as it should be."""
    where = xml.path_of(element)
    return SchemaError(f"{where}: {reason}", xpath=where, remedy=remedy)


def _integer(bits: int) -> tuple[Callable[[str], int], Callable[[int], str]]:
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def read(text: str) -> int:
        stripped = text.strip(_WHITE)
        if not _INTEGER.fullmatch(stripped):
            raise ValueError(text)
        return checked(int(stripped))

    def checked(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"{value} does not fit {bits} bits")
        return value

    return read, lambda value: str(checked(int(value)))


def _read_boolean(text: str) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    value = known.get(text.strip(_WHITE))
    if value is None:
        raise ValueError(text)
    return value


def _read_double(text: str) -> float:
    stripped = text.strip(_WHITE)
    special = {"INF": math.inf, "-INF": -math.inf, "NaN": math.nan}
    if stripped in special:
        return special[stripped]
    if not _DECIMAL.fullmatch(stripped):
        raise ValueError(text)
    return float(stripped)


def _write_double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(float(value))


def _read_bytes(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _read_guid(text: str) -> str:
    stripped = text.strip(_WHITE).lower()
    if not _GUID.fullmatch(stripped):
        raise ValueError(text)
    return stripped


def _read_moment(text: str) -> dt.datetime:
    match = _MOMENT.fullmatch(text.strip(_WHITE))
    if match is None:
        raise ValueError(text)
    # .NET counts in 100 ns; what Python cannot hold is cut off, as for instance in the year 9999.
    fraction = ((match["fraction"] or "") + "000000")[:6]
    value = dt.datetime.fromisoformat(f"{match['time']}.{fraction}{match['zone'] or ''}")
    offset = value.utcoffset()
    if offset is not None and abs(offset) > 14 * _HOUR:
        raise ValueError(text)
    return value


def _write_moment(value: dt.datetime) -> str:
    whole, _, zone = value.isoformat(timespec="microseconds").partition(".")
    fraction, zone = zone[:6].rstrip("0"), zone[6:].replace("+00:00", "Z")
    return f"{whole}.{fraction}{zone}" if fraction else whole + zone


def _read_duration(text: str) -> dt.timedelta:
    match = _DURATION.fullmatch(text.strip(_WHITE))
    if match is None or text.strip(_WHITE).endswith(("P", "T")):
        raise ValueError(text)
    value = dt.timedelta(
        days=int(match["days"] or 0),
        hours=int(match["hours"] or 0),
        minutes=int(match["minutes"] or 0),
        seconds=int(match["seconds"] or 0),
        microseconds=int(((match["fraction"] or "") + "000000")[:6]),
    )
    return -value if match["sign"] else value


def _write_duration(value: dt.timedelta) -> str:
    size = abs(value)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{size.microseconds:06}".rstrip("0").rstrip(".")
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    if seconds or fraction or not (size.days or hours or minutes):
        parts.append(f"{seconds}{fraction}S")
    clock = "".join(parts)
    days = f"{size.days}D" if size.days else ""
    return f"{'-' if value < dt.timedelta(0) else ''}P{days}{'T' + clock if clock else ''}"


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


BOOLEAN = Simple("boolean", XSD, _read_boolean, lambda value: "true" if value else "false", default=False)
INT = Simple("int", XSD, *_integer(32), default=0)
LONG = Simple("long", XSD, *_integer(64), default=0)
SHORT = Simple("short", XSD, *_integer(16), default=0)
DOUBLE = Simple("double", XSD, _read_double, _write_double, default=0.0)
STRING = Simple("string", XSD, str, str, default=None, nullable=True)
BASE64 = Simple("base64Binary", XSD, _read_bytes, _encode, default=None, nullable=True)
DATE_TIME = Simple("dateTime", XSD, _read_moment, _write_moment, default=NO_TIME)
DURATION = Simple("duration", SERIALIZATION, _read_duration, _write_duration, default=dt.timedelta(0))
GUID = Simple("guid", SERIALIZATION, _read_guid, _read_guid, default=NO_GUID)
STREAM = Simple("StreamBody", STREAMS, _read_bytes, _encode, default=b"")
"""A streamed answer: one base64 body that is never nil."""


def local_time(moment: dt.datetime) -> dt.datetime:
    """Norwegian local time, naive, of an aware moment: how the registers write it.

    Raises:
        ValueError: when the moment is naive.
    """
    if moment.utcoffset() is None:
        raise ValueError("a naive datetime is local time already; give an aware one, for instance UTC")
    winter = moment.astimezone(WINTER).replace(tzinfo=None)
    summer = moment.astimezone(SUMMER).replace(tzinfo=None)
    # Both must agree: before the change in March the winter clock decides, in October's double hour the summer one.
    return summer if norwegian_zone(winter) == SUMMER == norwegian_zone(summer) else winter


def instant(value: dt.datetime) -> dt.datetime:
    """The aware moment of a value from the wire: as it is, or Norwegian local time when it has no offset."""
    return value if value.utcoffset() is not None else value.replace(tzinfo=norwegian_zone(value))
