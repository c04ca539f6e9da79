"""Byte faults: what may happen to an exchange below HTTP, and which exchanges it happens to.

A fault is a frozen value; `Faults` holds the armed ones and hands each to as many exchanges as it counts. What a
fault does to a piece of bytes is the pure function `steps`, carried out by `nhnsim.tap`.

========  =======================================================  ===========================
kind      what the peer sees                                       parameters
========  =======================================================  ===========================
latency   nothing for a while, then everything                     seconds
reset     ECONNRESET (a real RST) after so many bytes              at_byte (default 0)
slice     the bytes in segments of a size                          size
dribble   as slice, with a pause before each segment               size, seconds (between them)
truncate  an orderly end of the connection after so many bytes     at_byte (default 0)
========  =======================================================  ===========================

Bytes are counted from the first byte of the response; with `direction = "in"` (reset and truncate only) from the
first byte of the request, so that a request can be lost before it was handled. Seconds are real ones: a slow
network is slow for the patience of its peer, not for its calendar.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

REQUIRED: Final[dict[str, frozenset[str]]] = {
    "latency": frozenset({"seconds"}),
    "reset": frozenset(),
    "slice": frozenset({"size"}),
    "dribble": frozenset({"size", "seconds"}),
    "truncate": frozenset(),
}
OPTIONAL: Final[dict[str, frozenset[str]]] = {
    "reset": frozenset({"at_byte", "direction"}),
    "truncate": frozenset({"at_byte", "direction"}),
}
LONGEST_WAIT: Final = 600.0


class FaultError(ValueError):
    """The fault makes no sense; the text says why and what would."""


@dataclass(frozen=True)
class Match:
    """Which requests a fault is for; an empty field matches all."""

    method: str = ""
    path_prefix: str = ""

    def matches(self, method: str, path: str) -> bool:
        """True when a request with this method and path is meant (neither is case-sensitive)."""
        return self.method.upper() in {"", method.upper()} and path.lower().startswith(self.path_prefix.lower())


@dataclass(frozen=True)
class Fault:
    """One armed fault.

    Attributes:
        id: given when it was armed.
        endpoint: name of the endpoint it waits at.
        kind: see the table of this module.
        count: how many exchanges it hits before it is spent.
        match: which of the endpoint's exchanges.
        seconds: real seconds, for latency and dribble.
        at_byte: how many bytes still pass, for reset and truncate.
        size: bytes in a segment, for slice and dribble.
        direction: "out" (the response) or "in" (the request).
    """

    id: str
    endpoint: str
    kind: str
    count: int = 1
    match: Match = field(default_factory=Match)
    seconds: float = 0.0
    at_byte: int = 0
    size: int = 1
    direction: str = "out"


@dataclass(frozen=True)
class Send:
    """Let these bytes pass."""

    data: bytes


@dataclass(frozen=True)
class Wait:
    """Do nothing for so many real seconds; zero lets what was sent leave as a segment of its own."""

    seconds: float


@dataclass(frozen=True)
class Close:
    """End the connection in order; nothing more passes."""


@dataclass(frozen=True)
class Reset:
    """End the connection with a reset; nothing more passes."""


Step = Send | Wait | Close | Reset


def steps(fault: Fault | None, data: bytes, offset: int) -> list[Step]:
    """What becomes of `data`, of which `offset` bytes of the same message have gone before."""
    if fault is None or not data:
        return [Send(data)]
    if fault.kind == "latency":
        return [Send(data)] if offset else [Wait(fault.seconds), Send(data)]
    if fault.kind in {"slice", "dribble"}:
        pause = fault.seconds if fault.kind == "dribble" else 0.0
        done: list[Step] = []
        for at in range(0, len(data), fault.size):
            done += [Wait(pause)] if offset or at else []
            done.append(Send(data[at : at + fault.size]))
        return done
    end: Step = Reset() if fault.kind == "reset" else Close()
    left = fault.at_byte - offset
    if len(data) < left:
        return [Send(data)]
    return [Send(data[:left]), end] if left > 0 else [end]


class Faults:
    """The armed faults of a network."""

    def __init__(self, endpoints: Collection[str]) -> None:
        self._endpoints = endpoints
        self._armed: dict[str, Fault] = {}
        self._left: dict[str, int] = {}
        self._number = 0

    def arm(self, wish: Mapping[str, object]) -> Fault:
        """Arm what a JSON object asks for.

        Raises:
            FaultError: an unknown endpoint or kind, a parameter that is missing, unknown or out of bounds.
        """
        fault = _read(wish, self._endpoints, f"fault-{self._number + 1}")
        self._number += 1
        self._armed[fault.id] = fault
        self._left[fault.id] = fault.count
        return fault

    def take(self, endpoint: str, method: str, path: str) -> Fault | None:
        """The fault for this exchange, if any: the one armed first. Counts it."""
        for fault in self._armed.values():
            if fault.endpoint == endpoint and fault.match.matches(method, path):
                self._left[fault.id] -= 1
                if not self._left[fault.id]:
                    self.disarm(fault.id)
                return fault
        return None

    def disarm(self, fault_id: str) -> bool:
        """Take one away; False when it is not armed (any more)."""
        self._left.pop(fault_id, None)
        return self._armed.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Take all away."""
        self._armed.clear()
        self._left.clear()

    def armed(self) -> list[dict[str, object]]:
        """What is armed, as JSON values; `left` is how many exchanges it will still hit."""
        return [{**asdict(fault), "left": self._left[fault.id]} for fault in self._armed.values()]


def _read(wish: Mapping[str, object], endpoints: Collection[str], fault_id: str) -> Fault:
    kind, endpoint = wish.get("kind"), wish.get("endpoint")
    if not isinstance(kind, str) or kind not in REQUIRED:
        raise FaultError(f"kind {kind!r} is not a byte fault; use one of {', '.join(sorted(REQUIRED))}")
    if not isinstance(endpoint, str) or endpoint not in endpoints:
        raise FaultError(f"endpoint {endpoint!r} is not tapped in this network; use one of {', '.join(endpoints)}")
    given = set(wish) - {"kind", "endpoint", "count", "match"}
    allowed = REQUIRED[kind] | OPTIONAL.get(kind, frozenset())
    if given - allowed:
        takes = ", ".join(sorted(allowed)) or "no parameters"
        raise FaultError(f"{kind} does not take {', '.join(sorted(given - allowed))}; it takes {takes}")
    if REQUIRED[kind] - given:
        raise FaultError(f"{kind} needs {', '.join(sorted(REQUIRED[kind] - given))}")
    direction = wish.get("direction", "out")
    if direction not in {"in", "out"}:
        raise FaultError(f"direction {direction!r} is neither 'in' (the request) nor 'out' (the response)")
    return Fault(
        id=fault_id,
        endpoint=endpoint,
        kind=kind,
        count=_whole(wish, "count", 1, 1),
        match=_match(wish.get("match")),
        seconds=_seconds(wish),
        at_byte=_whole(wish, "at_byte", 0, 0),
        size=_whole(wish, "size", 1, 1),
        direction=str(direction),
    )


def _whole(wish: Mapping[str, object], name: str, default: int, least: int) -> int:
    value = wish.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise FaultError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return value


def _seconds(wish: Mapping[str, object]) -> float:
    value = wish.get("seconds", 0.0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LONGEST_WAIT:
        raise FaultError(f"seconds must be a number from 0 to {LONGEST_WAIT:g}, not {value!r}")
    return float(value)


def _match(value: object) -> Match:
    if value is None:
        return Match()
    known = {entry.name for entry in fields(Match)}
    if not isinstance(value, dict) or set(value) - known or not all(isinstance(v, str) for v in value.values()):
        raise FaultError(f"match must be an object with texts for {' and '.join(sorted(known))}, not {value!r}")
    return Match(**value)
