"""The address register's events (cpapi v1, `/api/v1/event`): who has changed since the last look.

Nothing is kept on disk: a clinic that starts asks for the latest event and knows nobody yet. Each look begins with the
event that was read last, so that a log that was begun anew, or has a gap, is noticed; then everybody is forgotten.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from nhnclinic.errors import TransportError
from nhnclinic.exchange.health import LONGEST_REST, Pulse
from nhntime import ClockError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nhnclinic.registers.cpapi import Cpapi
    from nhntime import Clock

_log = logging.getLogger("nhnclinic")

PAGE = 1000
"""Events in one answer; no more may be asked for."""

_CREATED = "CommunicationPartyCreated"


class Event(msgspec.Struct, frozen=True, rename="camel"):
    """What happened, and to whom; `event_type` may be a word that we do not know."""

    sequence_number: int
    her_id: int
    event_type: str = ""
    event_timestamp: str = ""

    @property
    def creates(self) -> bool:
        """True when there is a party that was not there before."""
        return self.event_type == _CREATED

    def is_same(self, other: Event) -> bool:
        """Whether two answers tell of one event."""
        mine = (self.sequence_number, self.her_id, self.event_timestamp)
        return mine == (other.sequence_number, other.her_id, other.event_timestamp)


class _Events(msgspec.Struct):
    results: list[Event]


class EventFeed:
    """Looks for events and tells of them.

    Args:
        api: the register.
        clock: domain time.
        every: domain time between two looks; zero for none at all.
        tell: is given new events, or None when nobody knows what has happened.

    Attributes:
        pulse: how the last look went.
    """

    def __init__(
        self, api: Cpapi, clock: Clock, every: timedelta, tell: Callable[[Collection[Event] | None], None]
    ) -> None:
        self._api = api
        self._clock = clock
        self._every = every
        self._tell = tell
        self._last: Event | None = None
        self._begun = False
        self.pulse = Pulse()

    @property
    def is_current(self) -> bool:
        """True while whatever changes will be heard of: the last look went well, and the next is not overdue."""
        at = self.pulse.at
        return not self.pulse.error and at is not None and self._clock.now() - at <= 2 * self._every

    async def run(self) -> None:
        """Look at the start and then at the interval, for ever. Start it with `clock.spawn`."""
        while self._every:
            wait = self._every
            try:
                await self.look()
            except TransportError as error:
                self.pulse = Pulse(self.pulse.at, str(error))
                wait = max(wait, min(error.after or timedelta(0), LONGEST_REST))
            except ClockError:
                raise
            except Exception:  # noqa: BLE001 - whatever it was, there is still the register itself to ask
                _log.exception("the address register's events")
                self.pulse = Pulse(self.pulse.at, "internal error")
            await self._clock.sleep(wait.total_seconds())

    async def look(self) -> None:
        """Read what has happened since the last look.

        Raises:
            TransportError: the register does not answer; where we are in its log stays known.
        """
        if not self._begun:
            await self._begin()
        else:
            while await self._page():
                pass
        self.pulse = Pulse(self._clock.now())

    async def _begin(self) -> None:
        """From the newest event on; whatever was known before it counts no more."""
        self._last = await self._api.get("/api/v1/event/latest", Event)
        self._begun = True
        self._tell(None)

    async def _page(self) -> bool:
        """One page; True when there may be another."""
        last = self._last
        first = last.sequence_number if last is not None else 1
        found = await self._api.get("/api/v1/event", _Events, fromSequenceNumber=first, maxEvents=PAGE)
        if found is None:
            raise TransportError("the address register has no events (HTTP 404)", status=404)
        answer: list[Event] = found.results
        events = sorted({one.sequence_number: one for one in answer}.values(), key=lambda one: one.sequence_number)
        if not _follows(events, last):
            await self._begin()
            return False
        if events:
            self._last = events[-1]
        if new := events[0 if last is None else 1 :]:
            self._tell(new)
        return len(answer) >= PAGE and bool(new)


def _follows(events: list[Event], last: Event | None) -> bool:
    """Whether these are the log from the last known event on (from its beginning without one), without a gap."""
    if any(after.sequence_number != before.sequence_number + 1 for before, after in pairwise(events)):
        return False
    if last is None:
        return not events or events[0].sequence_number == 1
    return bool(events) and events[0].is_same(last)
