"""Waiting on stage: free in virtual time, bounded in real time, and clear about what did not come."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from nhnconform.attribution import Claim
from nhnconform.contract import Declaration, Patient
from nhnconform.drivers import Driver
from nhnconform.errors import DeferredError, HarnessError, UnsupportedError
from nhnconform.stage import Identity, Stage
from nhnconform.timing import DomainTime, FlowingTime, MachineTime, SteppedTime
from nhntime import Hub, HubClock, RealClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BEGIN = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Quiet(Driver):
    """A SUT that declares nothing."""

    def __init__(self) -> None:
        super().__init__(Declaration(name="quiet", version="1", operations=()))

    async def _call(self, operation: str, body: Any, path: dict[str, str]) -> Any:
        raise AssertionError(f"nothing is declared, so nothing may be asked: {operation} {body} {path}")


@dataclass
class Silence:
    """A journal in which nothing happened."""

    entries: list[object] = field(default_factory=list)

    async def refresh(self) -> None:
        """Nothing new."""

    def claimed(self, claim: Claim) -> list[object]:
        """Nothing at all."""
        del claim
        return self.entries


def stage(domain: DomainTime, poll_interval: float = 60.0) -> Stage:
    """A stage with a real clock behind it, a SUT that declares nothing and a network in which nothing happens."""
    absent = cast("Any", None)
    return Stage(
        identity=Identity("310000000", 9_000_001, (9_000_002,)),
        patient=Patient("15815599123", "Vakker", "Blomst"),
        counterpart=absent,
        poll_interval=poll_interval,
        time=domain,
        driver=Quiet(),
        traffic=cast("Any", Silence()),
        claim=Claim("X-1"),
        oracles=absent,
        new_counterpart=absent,
        new_patient=absent,
        world_around=absent,
    )


def virtually(story: Callable[[Hub, HubClock], Awaitable[None]]) -> None:
    """Run a story with a hub and our agent of it."""

    async def run() -> None:
        hub = await Hub.start(BEGIN)
        clock = await HubClock.connect(hub.address, "judge")
        try:
            await story(hub, clock)
        finally:
            await clock.aclose()
            await hub.aclose()

    asyncio.run(run())


def test_waiting_in_virtual_time_is_free_and_exact() -> None:
    """Something that happens after 45 domain minutes is seen within seconds of it, at no real cost."""

    async def story(hub: Hub, clock: HubClock) -> None:
        sut = stage(FlowingTime(clock))

        async def case() -> None:
            due = sut.now() + timedelta(minutes=45)
            seen = await sut.eventually(lambda: sut.now() >= due and "it", "it", within=HOUR)
            assert seen == "it"
            assert sut.now() - due <= timedelta(seconds=15)

        began = time.monotonic()
        async with hub.flowing():
            await clock.spawn(case(), "case")
        assert time.monotonic() - began < 5

    virtually(story)


def test_what_does_not_come_is_named_with_what_was_seen() -> None:
    """The failure says what was awaited, for how long, and what was there instead; it looks at the very end too."""

    async def story(hub: Hub, clock: HubClock) -> None:
        sut = stage(FlowingTime(clock))
        looks: list[datetime] = []

        async def check() -> None:
            looks.append(sut.now())
            raise AssertionError("the state is queued")

        async def case() -> None:
            with pytest.raises(AssertionError, match=r"an AppRec did not come within 0:10:00.*the state is queued"):
                await sut.eventually(check, "an AppRec")

        async with hub.flowing():
            await clock.spawn(case(), "case")
        assert looks[0] == BEGIN
        assert looks[-1] == BEGIN + timedelta(minutes=10)

    virtually(story)


def test_never_gives_it_the_time_and_fails_when_it_comes() -> None:
    """Nothing in ten minutes is fine; something after five is not."""

    async def story(hub: Hub, clock: HubClock) -> None:
        sut = stage(FlowingTime(clock))

        async def case() -> None:
            await sut.never(lambda: False, "a second AppRec")
            due = sut.now() + timedelta(minutes=5)
            with pytest.raises(AssertionError, match="a second AppRec came"):
                await sut.never(lambda: sut.now() >= due, "a second AppRec")

        async with hub.flowing():
            await clock.spawn(case(), "case")
        assert clock.now() >= BEGIN + timedelta(minutes=15)

    virtually(story)


def test_an_exclusive_case_steps_and_leaps() -> None:
    """`run` fires each timer of another process at its instant; `leap` fires what is overdue once."""

    async def story(hub: Hub, clock: HubClock) -> None:
        other = await HubClock.connect(hub.address, "sut")
        ticks: list[datetime] = []

        async def poll() -> None:
            while True:
                await other.sleep(60)
                ticks.append(other.now())

        polling = other.spawn(poll(), "poll")
        with clock.busy("case") as token:
            sut = stage(SteppedTime(clock, hub, token))
            await sut.run(HOUR)
            assert len(ticks) == 60
            await sut.leap(timedelta(hours=96))
            assert len(ticks) == 61
            assert sut.now() == BEGIN + HOUR + timedelta(hours=96)
            assert "case" in clock.holders()
        polling.cancel()
        await other.aclose()

    virtually(story)


def test_a_shared_clock_is_not_moved_by_one_case() -> None:
    """A case that leaps without being exclusive is our mistake, not the SUT's."""

    async def story(hub: Hub, clock: HubClock) -> None:
        del hub
        sut = stage(FlowingTime(clock))
        with pytest.raises(HarnessError, match="exclusive"):
            await sut.leap(HOUR)
        with pytest.raises(HarnessError, match="exclusive"):
            await sut.run(HOUR)

    virtually(story)


def test_in_real_time_waiting_is_bounded_and_a_leap_deferred() -> None:
    """Ten minutes become two polls and the SUT's patience; a leap cannot be had."""

    async def story() -> None:
        clock = RealClock()
        sut = stage(MachineTime(clock, patience=0.2), poll_interval=0.1)
        began = time.monotonic()
        with pytest.raises(AssertionError, match="did not come"):
            await sut.eventually(lambda: None, "it")
        assert 0.35 < time.monotonic() - began < 5
        with pytest.raises(DeferredError):
            await sut.leap(HOUR)

    asyncio.run(story())


def test_an_operation_that_is_not_declared_is_never_asked() -> None:
    """The case is untested; the SUT is left alone."""

    async def story() -> None:
        sut = stage(MachineTime(RealClock(), patience=1))
        with pytest.raises(UnsupportedError):
            await sut.inbox()

    asyncio.run(story())
