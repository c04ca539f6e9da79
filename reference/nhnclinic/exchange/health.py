"""How the transport is doing, so that a service in trouble is left alone instead of hammered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnclinic.errors import TransportError
    from nhntime import Clock

IN_A_ROW = 3
"""Failures without an answer between them after which everybody waits: one bad message must not stop the others."""

LONGEST_REST = timedelta(hours=6)
"""However long a service asks to be left alone, it is asked again after this."""


@dataclass(frozen=True)
class Pulse:
    """How the last attempt at something went, for health checks: when it last went well, and what is wrong since."""

    at: datetime | None = None
    error: str = ""


def of_the_service(error: TransportError) -> bool:
    """True for a failure that says something about the service: no answer, too many requests, an error of its own."""
    return error.status in {0, 429} or error.status >= 500


def pause(back_off: Callable[[int, str], timedelta], attempts: int, seed: str, error: TransportError) -> timedelta:
    """How long to wait after a failure: the back-off, and never less than the peer asked for."""
    return max(back_off(attempts, seed), min(error.after or timedelta(0), LONGEST_REST))


class Health:
    """Counts failures of the service itself. While it `rests`, the loop asks for nothing.

    Args:
        clock: domain time.
        back_off: as `Parts.back_off`.
        seed: names the clinic.
    """

    def __init__(self, clock: Clock, back_off: Callable[[int, str], timedelta], seed: str) -> None:
        self._clock = clock
        self._back_off = back_off
        self._seed = seed
        self._failures = 0
        self.until: datetime | None = None

    def rests(self) -> bool:
        """True while the service is to be left alone."""
        return self.until is not None and self._clock.now() < self.until

    def answered(self) -> None:
        """The service answered, whatever it said."""
        self._failures = 0
        self.until = None

    forgive = answered
    """A user wants it tried now."""

    def failed(self, error: TransportError) -> None:
        """A call failed; an error that is about the call alone counts as an answer."""
        if not of_the_service(error):
            self.answered()
            return
        self._failures += 1
        beyond = self._failures - IN_A_ROW + 1
        if beyond > 0 or error.after is not None:
            self.until = self._clock.now() + pause(self._back_off, max(beyond, 1), self._seed, error)
