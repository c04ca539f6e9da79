"""Requests of the control port, from text to values."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from nhnsim.control.errors import ControlError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 60.0
LONGEST_MOVE = timedelta(days=3660)


def whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query.

    Raises:
        ControlError: it is none, or out of bounds.
    """
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16 and least <= int(text) <= most):
        raise ControlError(400, f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def seconds(query: Mapping[str, str], name: str) -> float:
    """Real seconds from the query, 0 when it says nothing.

    Raises:
        ControlError: not a number from 0 to `LONGEST_WAIT`.
    """
    text = query.get(name, "0")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= LONGEST_WAIT:
        raise ControlError(400, f"{name} must be a number of seconds from 0 to {LONGEST_WAIT:g}, not {text!r}")
    return value


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object from a body.

    Raises:
        ControlError: it is none.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ControlError(400, f"the body must be a JSON object: {error}") from error
    if not isinstance(value, dict):
        raise ControlError(400, f"the body must be a JSON object, not {type(value).__name__}")
    return value


def goal(move: Mapping[str, Any], now: datetime) -> datetime:
    """Where the clock is to go: `{"to": iso}` or `{"seconds": n}`.

    Raises:
        ControlError: neither, both, no zone, back in time, or further than ten years.
    """
    if set(move) not in ({"to"}, {"seconds"}):
        raise ControlError(400, 'say {"to": an ISO 8601 time with zone} or {"seconds": a number}, one of the two')
    try:
        when = datetime.fromisoformat(move["to"]) if "to" in move else now + timedelta(seconds=move["seconds"])
    except (ValueError, TypeError, OverflowError) as error:
        raise ControlError(400, f"the clock cannot go there: {error}") from error
    if when.tzinfo is None:
        raise ControlError(400, f"{move['to']!r} has no zone; write it with Z or +00:00")
    if not now <= when <= now + LONGEST_MOVE:
        raise ControlError(400, f"the clock goes forward, up to ten years at a time, and it is {now.isoformat()} now")
    return when
