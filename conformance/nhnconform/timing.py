"""Domain time as a case sees it: three ways to let it pass behind one face.

==============  ==========================================  =====================================
class           when                                        waiting
==============  ==========================================  =====================================
FlowingTime     virtual clock, cases side by side           sleeps; the hub goes on when all sleep
SteppedTime     virtual clock, one case alone               moves the hub itself, may leap
MachineTime     the SUT's clock is the machine's            really waits; a leap is deferred
==============  ==========================================  =====================================
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from nhnconform.errors import DeferredError, HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from nhntime import Clock, Hub, HubClock
    from nhntime.clock import Busy

LONGEST_STEP = timedelta(seconds=15)


class Mover(Protocol):
    """What moves virtual time: our own hub, or the hub of a network that is already up."""

    async def run_to(self, when: datetime) -> object:
        """Fire every timer at its instant."""

    async def leap_to(self, when: datetime) -> object:
        """Go there at once."""


class RemoteMover:
    """Moves the hub that another process owns, through this process's agent."""

    def __init__(self, clock: HubClock) -> None:
        self._clock = clock

    async def run_to(self, when: datetime) -> object:
        """Fire every timer at its instant."""
        return await self._clock.move("run", when)

    async def leap_to(self, when: datetime) -> object:
        """Go there at once."""
        return await self._clock.move("leap", when)


class DomainTime(ABC):
    """The domain's clock in the hands of one case."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def now(self) -> datetime:
        """Aware, UTC."""
        return self.clock.now()

    @abstractmethod
    async def pause(self, span: timedelta) -> None:
        """Let time pass; everybody's timers fire when they are due."""

    async def run(self, span: timedelta) -> None:
        """As `pause`; only for a case that has time for itself."""
        await self.pause(span)

    @abstractmethod
    async def leap(self, span: timedelta) -> None:
        """Move time at once; what is overdue happens once.

        Raises:
            DeferredError: this clock cannot be moved.
            HarnessError: the case shares time with others.
        """

    def bound(self, within: timedelta, poll_interval: float) -> timedelta:
        """How long to wait for something that must come `within` a span."""
        del poll_interval
        return within

    def steps(self, poll_interval: float) -> Iterator[timedelta]:
        """Spans between two looks, without end: short at first, then a quarter of the poll interval."""
        longest = min(LONGEST_STEP, timedelta(seconds=max(poll_interval / 4, 0.25)))
        step = min(timedelta(seconds=1), longest)
        while True:
            yield step
            step = min(step * 2, longest)


class FlowingTime(DomainTime):
    """Virtual time that flows whenever every process sleeps. The case runs in a task of `clock.spawn`."""

    async def pause(self, span: timedelta) -> None:
        """Sleep in domain time; call it from the case's own task only."""
        await self.clock.sleep(span.total_seconds())

    async def run(self, span: timedelta) -> None:
        """Not for a case that runs beside others."""
        raise HarnessError(f"a case that lets {span} pass for everybody must be exclusive=True")

    async def leap(self, span: timedelta) -> None:
        """Not for a case that runs beside others."""
        raise HarnessError(f"a case that leaps {span} moves time for everybody: mark it exclusive=True")


class SteppedTime(DomainTime):
    """Virtual time that stands still unless this case moves it.

    Args:
        clock: the judge's agent of the hub.
        mover: the hub.
        token: the case's own token; put down while time moves.
    """

    def __init__(self, clock: Clock, mover: Mover | Hub, token: Busy) -> None:
        super().__init__(clock)
        self._mover = mover
        self._token = token

    async def pause(self, span: timedelta) -> None:
        """Fire every timer of the span, one after the other."""
        goal = self.now() + span
        self._token.drop()
        try:
            await self._mover.run_to(goal)
        finally:
            self._token.take()

    async def leap(self, span: timedelta) -> None:
        """Go there at once."""
        goal = self.now() + span
        self._token.drop()
        try:
            await self._mover.leap_to(goal)
        finally:
            self._token.take()


class MachineTime(DomainTime):
    """The machine's time, for a SUT that has no other.

    Args:
        clock: a real clock.
        patience: real seconds the SUT is given for any one thing.
    """

    def __init__(self, clock: Clock, patience: float) -> None:
        super().__init__(clock)
        self._patience = patience

    async def pause(self, span: timedelta) -> None:
        """Really wait."""
        with self.clock.busy("a case waits"):
            await self.clock.sleep(span.total_seconds())

    async def leap(self, span: timedelta) -> None:
        """Cannot be done."""
        raise DeferredError(
            f'the SUT keeps the machine\'s time, which cannot leap {span}; run it with clock = "hub", '
            "or judge this case when that time has passed"
        )

    async def run(self, span: timedelta) -> None:
        """Cannot be done in reasonable time."""
        await self.leap(span)

    def bound(self, within: timedelta, poll_interval: float) -> timedelta:
        """Two polls and the SUT's patience, at most `within`."""
        return min(within, timedelta(seconds=2 * poll_interval + self._patience))

    def steps(self, poll_interval: float) -> Iterator[timedelta]:
        """From a twentieth of a second to a second."""
        del poll_interval
        spans = (0.05, 0.1, 0.2, 0.4, 0.7)
        return map(_seconds, itertools.chain(spans, itertools.repeat(1.0)))


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
