"""The feed of the address register's events, against a register that is a list: gaps, other logs, many pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from nhnclinic.errors import TransportError
from nhnclinic.registers import events
from nhnclinic.registers.events import Event, EventFeed
from nhntime import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Collection

EVERY = timedelta(minutes=5)


@dataclass
class Log:
    """A register's log; `told` is what the feed passed on, None for "forget everybody"."""

    rows: list[Event] = field(default_factory=list)
    told: list[list[int] | None] = field(default_factory=list)
    asked: int = 0
    down: bool = False
    twice: bool = False

    async def get(self, path: str, kind: Any, **query: int) -> Any:
        self.asked += 1
        if self.down:
            raise TransportError("away", status=503, after=timedelta(minutes=20))
        if path.endswith("latest"):
            return self.rows[-1] if self.rows else None
        found = [row for row in self.rows if row.sequence_number >= query["fromSequenceNumber"]][: query["maxEvents"]]
        return msgspec.convert({"results": [*found, *(found if self.twice else ())]}, kind, from_attributes=True)

    def add(self, her_id: int) -> None:
        number = self.rows[-1].sequence_number + 1 if self.rows else 1
        self.rows.append(Event(number, her_id, "CommunicationPartyUpdated", f"2030-01-07T07:00:{number:02}Z"))

    def tell(self, found: Collection[Event] | None) -> None:
        self.told.append(None if found is None else [one.her_id for one in found])

    def feed(self, clock: VirtualClock | None = None) -> EventFeed:
        return EventFeed(cast("Any", self), clock or VirtualClock(), EVERY, self.tell)


@given(st.lists(st.lists(st.integers(1, 9), max_size=5), max_size=5), st.integers(1, 3), st.booleans())
def test_every_event_is_told_of_once_and_in_order(rounds: list[list[int]], size: int, twice: bool) -> None:  # noqa: FBT001
    """However many come between two looks, in pages however small, each twice or once."""
    log = Log(twice=twice)

    async def story() -> None:
        feed = log.feed()
        await feed.look()
        for changed in rounds:
            for her_id in changed:
                log.add(her_id)
            await feed.look()

    before, events.PAGE = events.PAGE, size + 1
    try:
        asyncio.run(story())
    finally:
        events.PAGE = before
    assert log.told[0] is None
    assert [her_id for one in log.told[1:] for her_id in one or ()] == [her_id for one in rounds for her_id in one]


def test_a_log_that_is_not_the_one_we_know_means_that_nothing_is_known() -> None:
    """A hole, the last event gone, another event under its number, a log begun anew: everybody is forgotten, once."""

    def hole(log: Log) -> None:
        log.add(5)
        del log.rows[-2]
        log.add(6)
        del log.rows[-2]

    def gone(log: Log) -> None:
        log.rows.pop()

    def other(log: Log) -> None:
        log.rows[-1] = msgspec.structs.replace(log.rows[-1], her_id=8)

    def emptied(log: Log) -> None:
        log.rows.clear()

    for damage in (hole, gone, other, emptied):
        log = Log()
        log.add(1)
        log.add(2)

        async def story(damage: Any = damage, log: Log = log) -> None:
            feed = log.feed()
            await feed.look()
            damage(log)
            await feed.look()
            await feed.look()
            log.add(7)
            await feed.look()

        asyncio.run(story())
        assert log.told == [None, None, [7]], damage.__name__


def test_a_log_whose_numbers_went_on_while_it_was_empty_is_no_beginning() -> None:
    """The register had an empty log when the clinic began; numbers that do not begin with 1 mean that some are gone."""
    log = Log()

    async def story() -> None:
        feed = log.feed()
        await feed.look()
        log.rows.append(Event(58, 3))
        await feed.look()

    asyncio.run(story())
    assert log.told == [None, None]


def test_the_feed_says_whether_it_can_be_relied_on() -> None:
    """Not before the first look, not while the register is away (which is left alone for as long as it asks), not
    when a look is overdue; and what changed meanwhile is told of before it is current again.
    """  # fmt: skip
    log, clock = Log(), VirtualClock()

    async def story() -> None:
        feed = log.feed(clock)
        assert not feed.is_current
        clock.spawn(feed.run(), "events")
        await clock.settle()
        assert feed.is_current
        log.down = True
        start = clock.now()
        await clock.run_to(start + EVERY)
        assert not feed.is_current
        assert feed.pulse.error == "away"
        asked = log.asked
        log.add(4)
        log.down = False
        await clock.run_to(start + EVERY + timedelta(minutes=19))
        assert (log.asked, feed.is_current) == (asked, False)
        await clock.run_to(start + EVERY + timedelta(minutes=20))
        assert feed.is_current
        assert log.told[-1] == [4]
        await clock.aclose()
        await clock.leap_to(clock.now() + 2 * EVERY + timedelta(seconds=1))
        assert not feed.is_current

    asyncio.run(story())


def test_no_interval_means_no_questions() -> None:
    log = Log()
    asyncio.run(EventFeed(cast("Any", log), VirtualClock(), timedelta(0), log.tell).run())
    assert log.asked == 0
