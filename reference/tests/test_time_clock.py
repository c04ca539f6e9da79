"""Tokens, sleeps and signals inside one process."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhntime import Clock, ClockMisuseError, RealClock, VirtualClock
from nhntime.clock import from_micros, to_micros

MONDAY = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)))
def test_points_in_time_survive_the_wire(when: datetime) -> None:
    """Microseconds on the wire are exact both ways."""
    assert from_micros(to_micros(when)) == when


def test_naive_times_are_refused() -> None:
    """A time without a zone is nobody's time."""
    with pytest.raises(ClockMisuseError, match="aware"):
        to_micros(datetime(2030, 1, 7))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("make", [RealClock, VirtualClock])
def test_sleeping_without_a_token_is_refused(make: type[Clock]) -> None:
    """Who sleeps without a token could not be waited for; both kinds of clock refuse, with the remedy."""

    async def story() -> None:
        clock = make()
        with pytest.raises(ClockMisuseError, match=r"clock\.busy"):
            await clock.sleep(1)
        with clock.busy("parent"), pytest.raises(ClockMisuseError):
            await asyncio.create_task(clock.sleep(1))

    asyncio.run(story())


def test_timers_fire_at_their_instants_when_run_and_once_when_leapt() -> None:
    """A poll each minute happens sixty times in a run of an hour, and once in a leap of an hour."""

    async def story() -> None:
        clock = VirtualClock(MONDAY)
        seen: list[datetime] = []

        async def poll() -> None:
            while True:
                await clock.sleep(60)
                seen.append(clock.now())

        clock.spawn(poll(), "poll")
        await clock.run_to(MONDAY + timedelta(hours=1))
        assert seen == [MONDAY + timedelta(minutes=n) for n in range(1, 61)]
        seen.clear()
        await clock.leap_to(MONDAY + timedelta(hours=2))
        assert seen == [MONDAY + timedelta(hours=2)]
        await clock.aclose()

    asyncio.run(story())


def test_a_token_in_a_thread_holds_time() -> None:
    """Work in a thread holds the clock until the thread is done."""

    async def story() -> None:
        clock = VirtualClock(MONDAY)
        entered, leave = threading.Event(), threading.Event()

        def work() -> datetime:
            with clock.busy("thread"):
                entered.set()
                leave.wait(10)
                return clock.now()

        running = asyncio.get_running_loop().run_in_executor(None, work)
        await asyncio.to_thread(entered.wait, 10)
        moving = asyncio.create_task(clock.leap_to(MONDAY + timedelta(hours=1)))
        await asyncio.sleep(0.05)
        assert clock.now() == MONDAY
        leave.set()
        assert await running == MONDAY
        await moving
        assert clock.now() == MONDAY + timedelta(hours=1)

    asyncio.run(story())


def test_a_signal_hands_the_token_over() -> None:
    """Between setting a signal and the waiter's first step time cannot move, however many turns that takes."""

    async def story() -> None:
        clock = VirtualClock(MONDAY)
        signal = clock.signal()
        seen: list[datetime] = []

        async def waiter() -> None:
            await signal.wait()
            for _ in range(5):
                await asyncio.sleep(0)
            seen.append(clock.now())

        clock.spawn(waiter(), "waiter")
        await clock.settle()
        with clock.busy("setter"):
            signal.set()
        await clock.leap_to(MONDAY + timedelta(hours=1))
        assert seen == [MONDAY]

    asyncio.run(story())


def test_a_cancelled_sleeper_leaves_no_timer_and_no_token() -> None:
    """Cancelling a sleeping task ends its timer; the clock then has nothing to wait for."""

    async def story() -> None:
        clock = VirtualClock(MONDAY)

        async def sleeper() -> None:
            await clock.sleep(60)

        task = clock.spawn(sleeper(), "sleeper")
        await clock.settle()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await clock.settle()
        assert clock.holders() == []
        await clock.run_to(MONDAY + timedelta(hours=1))
        assert clock.now() == MONDAY + timedelta(hours=1)

    asyncio.run(story())


def test_nested_tokens_are_all_put_down_for_a_sleep() -> None:
    """A handler inside a handler sleeps once; both tokens are down meanwhile and up again after."""

    async def story() -> None:
        clock = VirtualClock(MONDAY)

        async def handler() -> list[str]:
            with clock.busy("outer"), clock.busy("inner"):
                await clock.sleep(60)
                return clock.holders()

        task = clock.spawn(handler(), "task")
        await clock.leap_to(MONDAY + timedelta(minutes=1))
        assert sorted(await task) == ["inner", "outer", "task"]

    asyncio.run(story())
