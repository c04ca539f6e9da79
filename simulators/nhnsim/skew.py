"""A clock that may be wrong for the length of one call: what an endpoint sees of domain time."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from datetime import datetime

    from nhntime import Clock

SKEW: Final[ContextVar[timedelta]] = ContextVar("SKEW", default=timedelta())
"""How far the clock of the endpoint that answers is ahead (or, negative, behind), for this call."""


class _Skewed:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def now(self) -> datetime:
        """Domain time, wrong by `SKEW`."""
        return self.clock.now() + SKEW.get()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.clock, name)


def skewed(clock: Clock) -> Clock:
    """The same clock, whose `now` heeds `SKEW`; tokens, sleeps and signals are the clock's own."""
    return cast("Clock", _Skewed(clock))


def plain(clock: Clock) -> Clock:
    """The clock itself."""
    return clock.clock if isinstance(clock, _Skewed) else clock
