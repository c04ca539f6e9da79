"""Faults: what may happen to an exchange, and which exchanges it happens to.

A fault is a frozen value; `Faults` holds the armed ones and hands each to as many exchanges as it counts. Byte faults
happen below HTTP: what one does to a piece of bytes is the pure function `steps`, carried out by `nhnsim.tap`. The
others wrap the endpoint's answer (`nhnsim.wrapping`).

Below HTTP:

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

Of the protocol:

=================  =====================================================  =====================================
kind               what the peer sees                                     parameters
=================  =====================================================  =====================================
status             an error in the endpoint's own words                   status (400 to 599), retry_after
                                                                          (seconds), commit (done all the same)
malformed          a body that is no body                                 variant: cut, garbled or html
empty_body         no body where there should be one
duplicate          each item of a list twice
reorder            a list the other way round
empty_page         a list with nothing in it, though there is something
lost_notification  a list without its first items                         size (default 1)
lose_answer        ECONNRESET, after the endpoint has done its work
stale_token        401, as if the token had run out
use_nonce          a new DPoP nonce is asked for
clock_skew         an endpoint whose clock is wrong during the call       seconds (negative: behind)
unknown_enum       words that no enumeration has                          variant: member (default: all known)
unknown_property   members that no schema has
document           a business document that is not as it was      variant: cut, declaration, doctype or encoding
                   handed in                                      (see `nhnsim.spoiling`)
slow               an endpoint that takes its time                        seconds (real ones)
=================  =====================================================  =====================================

Every kind takes `count` (how many exchanges it hits), `every` (each so-manieth matching exchange: 10 is one call in
ten) and `match`.
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
    "status": frozenset({"status"}),
    "malformed": frozenset(),
    "empty_body": frozenset(),
    "duplicate": frozenset(),
    "reorder": frozenset(),
    "empty_page": frozenset(),
    "lost_notification": frozenset(),
    "lose_answer": frozenset(),
    "stale_token": frozenset(),
    "use_nonce": frozenset(),
    "clock_skew": frozenset({"seconds"}),
    "unknown_enum": frozenset(),
    "unknown_property": frozenset(),
    "document": frozenset(),
    "slow": frozenset({"seconds"}),
}
OPTIONAL: Final[dict[str, frozenset[str]]] = {
    "reset": frozenset({"at_byte", "direction"}),
    "truncate": frozenset({"at_byte", "direction"}),
    "status": frozenset({"retry_after", "commit"}),
    "malformed": frozenset({"variant"}),
    "document": frozenset({"variant"}),
    "lost_notification": frozenset({"size"}),
    "unknown_enum": frozenset({"variant"}),
}
BYTE_KINDS: Final = frozenset({"latency", "reset", "slice", "dribble", "truncate"})
"""Faults below HTTP; the others wrap an endpoint's answer."""
ALWAYS: Final = frozenset({"kind", "endpoint", "count", "every", "match"})
VARIANTS: Final = {"malformed": ("cut", "garbled", "html"), "document": ("cut", "declaration", "doctype", "encoding")}
"""The ways of the kinds that have several; the first is the default."""
LONGEST_WAIT: Final = 600.0
LONGEST_SKEW: Final = 86_400.0


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
        every: it hits each so-manieth of the exchanges that match.
        match: which of the endpoint's exchanges.
        seconds: real seconds, for latency and dribble.
        at_byte: how many bytes still pass, for reset and truncate.
        size: bytes in a segment, for slice and dribble.
        direction: "out" (the response) or "in" (the request).
        status: of the answer.
        retry_after: seconds for the header of that name; 0 for none.
        commit: the endpoint does its work before the error is answered.
        variant: which way, where a kind has several.
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
    every: int = 1
    status: int = 0
    retry_after: int = 0
    commit: bool = False
    variant: str = ""

    @property
    def is_below_http(self) -> bool:
        """True for a byte fault."""
        return self.kind in BYTE_KINDS


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
        self._met: dict[str, int] = {}
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
        for fault in tuple(self._armed.values()):
            if fault.endpoint == endpoint and fault.match.matches(method, path):
                self._met[fault.id] = self._met.get(fault.id, 0) + 1
                if self._met[fault.id] % fault.every:
                    continue
                self._left[fault.id] -= 1
                if not self._left[fault.id]:
                    self.disarm(fault.id)
                return fault
        return None

    def disarm(self, fault_id: str) -> bool:
        """Take one away; False when it is not armed (any more)."""
        self._left.pop(fault_id, None)
        self._met.pop(fault_id, None)
        return self._armed.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Take all away."""
        self._armed.clear()
        self._left.clear()
        self._met.clear()

    def armed(self) -> list[dict[str, object]]:
        """What is armed, as JSON values; `left` is how many exchanges it will still hit."""
        return [{**asdict(fault), "left": self._left[fault.id]} for fault in self._armed.values()]


def _read(wish: Mapping[str, object], endpoints: Collection[str], fault_id: str) -> Fault:
    kind, endpoint = wish.get("kind"), wish.get("endpoint")
    if not isinstance(kind, str) or kind not in REQUIRED:
        raise FaultError(f"kind {kind!r} is no fault; use one of {', '.join(sorted(REQUIRED))}")
    if not isinstance(endpoint, str) or endpoint not in endpoints:
        raise FaultError(f"endpoint {endpoint!r} is not tapped in this network; use one of {', '.join(endpoints)}")
    given = set(wish) - ALWAYS
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
        seconds=_seconds(wish, -LONGEST_SKEW if kind == "clock_skew" else 0.0),
        at_byte=_whole(wish, "at_byte", 0, 0),
        size=_whole(wish, "size", 1, 1),
        direction=str(direction),
        every=_whole(wish, "every", 1, 1),
        status=_status(wish) if kind == "status" else 0,
        retry_after=_whole(wish, "retry_after", 0, 0),
        commit=_switch(wish, "commit"),
        variant=_variant(kind, wish),
    )


def _whole(wish: Mapping[str, object], name: str, default: int, least: int) -> int:
    value = wish.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise FaultError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return value


def _seconds(wish: Mapping[str, object], least: float) -> float:
    value, most = wish.get("seconds", 0.0), LONGEST_SKEW if least else LONGEST_WAIT
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise FaultError(f"seconds must be a number from {least:g} to {most:g}, not {value!r}")
    return float(value)


def _status(wish: Mapping[str, object]) -> int:
    value = wish.get("status")
    if not isinstance(value, int) or isinstance(value, bool) or not 400 <= value <= 599:
        raise FaultError(f"status must be an HTTP status from 400 to 599, not {value!r}")
    return value


def _switch(wish: Mapping[str, object], name: str) -> bool:
    value = wish.get(name, False)
    if not isinstance(value, bool):
        raise FaultError(f"{name} must be true or false, not {value!r}")
    return value


def _variant(kind: str, wish: Mapping[str, object]) -> str:
    ways = VARIANTS.get(kind)
    value = wish.get("variant", ways[0] if ways else "")
    if not isinstance(value, str) or (ways and value not in ways):
        raise FaultError(f"variant must be one of {', '.join(ways or ('a text',))}, not {value!r}")
    return value


def _match(value: object) -> Match:
    if value is None:
        return Match()
    known = {entry.name for entry in fields(Match)}
    if not isinstance(value, dict) or set(value) - known or not all(isinstance(v, str) for v in value.values()):
        raise FaultError(f"match must be an object with texts for {' and '.join(sorted(known))}, not {value!r}")
    return Match(**value)
