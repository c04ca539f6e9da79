"""The engine: plays cases against one SUT in one network and says how each of them ended.

First the cases that live side by side, as many at a time as the SUT can take; then, one by one, those that need time
or a fault for themselves. Around each stands real patience, so that nothing a SUT does can hold the judge.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nhnconform.case import LEAP
from nhnconform.contract import Patient, WorldRequest
from nhnconform.deferral import Tape, TapedDriver, TapedTime, taped
from nhnconform.errors import HarnessError, InconclusiveError, ReplayError, SutCrashError, SutError, SutHangError
from nhnconform.events import CaseEnded, CaseStarted, Item, Outcome, Progress
from nhnconform.stage import Log, Stage
from nhnconform.timing import FlowingTime, MachineTime, SteppedTime
from nhnconform.verdicts import Verdict, judge
from nhntime import ClockError, ClockLostError, ClockStuckError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from nhnconform.attribution import Claim
    from nhnconform.case import Case
    from nhnconform.counterpart import Counterpart
    from nhnconform.deferral import Waiting
    from nhnconform.events import Stream
    from nhnconform.journal import Journal
    from nhnconform.network import Network
    from nhnconform.sut import Sut
    from nhnconform.timing import DomainTime

JUDGE = "judge"
"""Our own name among the agents of the clock."""

NETWORK_AGENTS = ("network", "nhnsim")
"""What agents of the network's processes are called, or begin with."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one run.

    Attributes:
        patience: real seconds the SUT is given for any one thing.
        concurrency: how many cases run side by side.
    """

    patience: float = 30.0
    concurrency: int = 8


@dataclass
class Played:
    """A case in play: what is needed to explain it afterwards."""

    case: Case
    claim: Claim
    log: Log = field(default_factory=Log)
    began: float = field(default_factory=time.monotonic)


def set_aside(case: Case, sut: Sut, *, virtual: bool, kept: bool = False) -> tuple[Verdict, str] | None:
    """The verdict of a case that need not be played, and why; None when it must be.

    Args:
        case: the case.
        sut: who is judged.
        virtual: time can leap.
        kept: network and SUT are there after the run, so that a case can be put off in the middle.
    """
    claimed = set(sut.identity.profiles)
    if case.profiles and claimed and not claimed & set(case.profiles):
        return Verdict.NOT_APPLICABLE, f"the SUT does not claim {' or '.join(case.profiles)}"
    operations = [need for need in case.needs if need != LEAP]
    if not sut.driver.supports(operations):
        missing = [need for need in operations if not sut.driver.supports([need])]
        return Verdict.UNTESTED, f"the SUT does not declare {', '.join(missing)}"
    if LEAP in case.needs and not (virtual or kept):
        return Verdict.DEFERRED, (
            "the SUT keeps the machine's time; this case waits longer than a run can. In a network that is kept "
            "(--state, or --attach with an EHR that is already up) it is begun, and ended by --resume"
        )
    return None


class Engine:
    """Plays cases.

    Args:
        network: the network, up.
        sut: the SUT, ready.
        journal: what the network records from now on.
        stream: gets `CaseStarted` and `CaseEnded`.
        limits: patience and concurrency.
        kept: network and SUT are there after the run.
        tapes: what cases that were put off have done, by id.
    """

    def __init__(
        self,
        network: Network,
        sut: Sut,
        journal: Journal,
        stream: Stream,
        limits: Limits,
        *,
        kept: bool = False,
        tapes: Mapping[str, Tape] | None = None,
    ) -> None:
        self._network = network
        self._sut = sut
        self._journal = journal
        self._stream = stream
        self._limits = limits
        self._kept = kept
        self._tapes = tapes or {}
        self.claims: dict[str, Claim] = {}
        self.waiting: list[Waiting] = []

    async def run(self, cases: Sequence[Case]) -> list[Outcome]:
        """Play all of them; an outcome for each, in the order of their end."""
        outcomes: list[Outcome] = []
        to_play: list[Case] = []
        for case in cases:
            aside = set_aside(case, self._sut, virtual=self._network.mover is not None, kept=self._kept)
            if aside is None:
                to_play.append(case)
            else:
                outcomes.append(self._ended(Outcome(case, *aside)))
        # An attached virtual network has one time for all and nobody who lets it flow: one case after the other.
        alone = self._network.mover is not None and self._network.hub is None
        side_by_side = [case for case in to_play if not (case.exclusive or alone)]
        one_by_one = [case for case in to_play if case.exclusive or alone]
        async with self._flowing():
            outcomes += await self._side_by_side(side_by_side)
        for case in one_by_one:
            outcomes.append(await self._alone(case))
        return outcomes

    @contextlib.asynccontextmanager
    async def _flowing(self) -> AsyncIterator[None]:
        if self._network.hub is None:
            yield
            return
        try:
            async with self._network.hub.flowing():
                yield
        except ClockStuckError as error:
            self._stream.emit(Progress(f"time stood still: {error}"))

    async def _side_by_side(self, cases: Sequence[Case]) -> list[Outcome]:
        waiting = list(reversed(cases))
        outcomes: list[Outcome] = []

        async def worker() -> None:
            while waiting:
                case = waiting.pop()
                clock = self._network.clock
                kind = MachineTime(clock, self._limits.patience) if self._network.mover is None else FlowingTime(clock)
                # Only a case on stage holds a token: one that waits for its turn must not hold time.
                outcomes.append(await clock.spawn(self._play(case, kind), f"case {case.id}"))

        await asyncio.gather(*(worker() for _ in range(min(self._limits.concurrency, len(cases)))))
        return outcomes

    async def _alone(self, case: Case) -> Outcome:
        clock = self._network.clock
        if self._network.mover is None and LEAP in case.needs:
            tape = self._tapes.get(case.id, Tape())
            return await self._play(case, TapedTime(clock, self._limits.patience, tape), tape)
        if self._network.mover is None:
            return await self._play(case, MachineTime(clock, self._limits.patience))
        with clock.busy(f"case {case.id}") as token:
            return await self._play(case, SteppedTime(clock, self._network.mover, token))

    async def _play(self, case: Case, domain: DomainTime, tape: Tape | None = None) -> Outcome:
        self._stream.emit(CaseStarted(case))
        played = Played(case, self._journal.claim(case.id))
        self.claims[case.id] = played.claim
        began_at = domain.clock.now()
        error: BaseException | None = None
        bound = self._bound()
        try:
            async with asyncio.timeout(bound) as limit:
                await self._before(case)
                await case(await self._stage(played, domain, tape))
        except TimeoutError as timeout:
            error = self._out_of_patience(bound or 0.0) if limit.expired() else timeout
        except ClockStuckError as stuck:
            error = self._blame(stuck.holders, str(stuck))
        except ClockLostError as lost:
            error = HarnessError(f"the network's clock is gone: {lost}")
        except ClockError as other:
            error = HarnessError(f"domain time could not be used: {other}")
        except SutCrashError as crash:
            end = await _last_words(self._sut.ended)
            error = SutCrashError(f"{crash}; {end}") if end and end not in str(crash) else crash
        except ReplayError:
            self._stream.emit(Progress(f"{case.id} is played from its start again"))
            return await self._play(case, domain, None if tape is None else tape.again())
        except Exception as other:  # noqa: BLE001 - whatever a case raises becomes its verdict
            error = other
        verdict, detail = await self._judge(played, error)
        if fault := await self._sut.hooks.run("after_case", case=case.id, verdict=verdict.value):
            detail = f"{detail} ({fault})".strip()
        if tape is not None and verdict is Verdict.DEFERRED:
            self.waiting.append(tape.waiting(case, played.claim))
        return self._ended(self._outcome(played, verdict, detail, began_at, domain.clock.now()))

    async def _before(self, case: Case) -> None:
        if fault := await self._sut.hooks.run("before_case", case=case.id):
            raise InconclusiveError(f"the case was not played: {fault}")

    async def _stage(self, played: Played, domain: DomainTime, tape: Tape | None) -> Stage:
        network = self._network if tape is None else taped(self._network, tape)
        driver = self._sut.driver if tape is None else TapedDriver(self._sut.driver, tape)

        async def counterpart(person: bool) -> Counterpart:  # noqa: FBT001 - what the stage is given
            return await network.counterpart(played.claim, person=person)

        async def another_patient() -> Patient:
            return network.patient(await network.counterpart(played.claim))

        own = await network.counterpart(played.claim)
        patient = network.patient(own)
        played.claim.add(patients=[patient.number])
        if driver.supports(["world"]):
            await driver.world(WorldRequest(patients=(patient,)))
        return Stage(
            identity=network.identity,
            patient=patient,
            counterpart=own,
            poll_interval=self._sut.poll_interval,
            time=domain,
            driver=driver,
            traffic=self._journal,
            claim=played.claim,
            oracles=network.oracles,
            new_counterpart=counterpart,
            new_patient=another_patient,
            world_around=network.world,
            log=played.log,
        )

    async def _judge(self, played: Played, error: BaseException | None) -> tuple[Verdict, str]:
        verdict, detail = judge(played.case, error)
        if verdict not in {Verdict.FAILED, Verdict.WARNING, Verdict.HARNESS_ERROR}:
            return verdict, detail
        try:
            await self._journal.refresh()
        except HarnessError as broken:
            end = await _last_words(self._network.ended) or str(broken)
            return Verdict.HARNESS_ERROR, f"{end} (the case saw: {detail})"
        entries = [*self._journal.claimed(played.claim), *self._journal.shared(played.claim), *self._journal.context()]
        defects = [f"{entry.method} {entry.path}: {entry.error}" for entry in entries if entry.error]
        if defects:
            return Verdict.HARNESS_ERROR, f"the network itself broke: {defects[-1]} (the case saw: {detail})"
        if end := await self._end_of_sut():
            detail = f"{end} (the case saw: {detail})"  # whatever was awaited, a dead SUT is the reason it did not come
        return verdict, detail

    async def _end_of_sut(self) -> str:
        """How the SUT ended, or nothing. When none of its clocks is left, the news of its end may be on the way.

        Virtual time does not wait for a dead process: ten minutes pass before its parent has noticed.
        """
        hub = self._network.hub
        if hub is None or any(not name.startswith((JUDGE, *NETWORK_AGENTS)) for name in hub.agents()):
            return self._sut.ended()
        return await _last_words(self._sut.ended)

    def _bound(self) -> float | None:
        if self._sut.driver.by_hand:
            return None  # people take the time they need
        patience = self._limits.patience
        if self._network.mover is None:
            return 4 * (2 * self._sut.poll_interval + patience)
        return 3 * patience

    def _out_of_patience(self, bound: float) -> Exception:
        holders = self._network.hub.holders() if self._network.hub is not None else {}
        return self._blame(holders, f"the case did not end within {bound:g} s of real time")

    def _blame(self, holders: dict[str, list[str]], what: str) -> Exception:
        """Whose fault it is that time stood still: the network's (ours), or the SUT's."""
        others = {name: labels for name, labels in holders.items() if name != JUDGE and labels}
        if end := self._sut.ended():
            return SutCrashError(f"{what}; {end}")
        ours = {name: labels for name, labels in others.items() if name.startswith(NETWORK_AGENTS)}
        theirs = {name: labels for name, labels in others.items() if name not in ours}
        if theirs:
            busy = "; ".join(f"{name} is busy with {', '.join(labels)}" for name, labels in theirs.items())
            return SutHangError(f"{what}: {busy}")
        if ours:
            busy = "; ".join(f"{name} is busy with {', '.join(labels)}" for name, labels in ours.items())
            return HarnessError(f"{what}: {busy}")
        return SutHangError(what)

    def _outcome(
        self, played: Played, verdict: Verdict, detail: str, began_at: datetime, ended_at: datetime
    ) -> Outcome:
        return Outcome(
            case=played.case,
            verdict=verdict,
            detail=detail,
            seconds=time.monotonic() - played.began,
            domain_seconds=(ended_at - began_at).total_seconds(),
            items=tuple(Item(item.name, item.data, item.direction) for item in played.log.evidence),
            warnings=tuple(played.log.warnings),
        )

    def _ended(self, outcome: Outcome) -> Outcome:
        self._stream.emit(CaseEnded(outcome))
        return outcome


async def _last_words(ended: Callable[[], str]) -> str:
    """How a process ended: a connection breaks a moment before its process is known to be gone."""
    for _ in range(25):
        if end := ended():
            return end
        await asyncio.sleep(0.02)
    return ""


def all_failed(cases: Sequence[Case], reason: SutError, stream: Stream) -> list[Outcome]:
    """Every case of a SUT that never became ready: a missing prerequisite fails."""
    outcomes = []
    for case in cases:
        verdict, detail = judge(case, reason)
        outcome = Outcome(case, verdict, detail)
        stream.emit(CaseEnded(outcome))
        outcomes.append(outcome)
    return outcomes
