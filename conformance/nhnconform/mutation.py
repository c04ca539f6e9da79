"""Judging the judge: clinics with known defects, honest variants and a broken harness, one after the other.

Every mutant is a clinic process of its own. They go through in two lanes, each with a network that is reset in between;
a broken harness, which is broken for everybody, comes last and alone. Each is played against its expected cases and a
few others chosen by the seed; with `--mutants=honest` honest variants, and with `--mutants=all` everything, against
every case.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nhnconform.adapter import sut_file
from nhnconform.errors import HarnessError
from nhnconform.events import Stream
from nhnconform.mutants import every
from nhnconform.mutants.texts import plain
from nhnconform.runner import UsageError, judge_sut, network_for
from nhnconform.sut import Subject
from nhnconform.verdicts import EXIT_FAILED, EXIT_HARNESS, EXIT_OK, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nhnconform.case import Case
    from nhnconform.mutants import Mutant
    from nhnconform.network import Network
    from nhnconform.runner import Judged, Settings

FORMAT = 1
"""Version of `mutants.json`."""

OTHERS = {"mutant": 5, "harness": 5, "honest": 6}
"""Cases played beside the expected ones."""

LANES = 2
"""Networks, and mutants, side by side."""

SCOPES = ("expected", "honest", "all")
"""What can be asked for: expected cases and some others; honest variants against every case; everything."""

CAUGHT = {Verdict.FAILED, Verdict.WARNING}


@dataclass(frozen=True)
class Verified:
    """What came of one mutant; the fields of `mutants.json`.

    Attributes:
        expected: ids of the cases that must catch it.
        caught_by: ids of the cases that did (for a harness mutant: that ended as harness_error).
        killed: an expected case caught it.
        as_expected: killed, and the harness held; for an honest variant: nobody caught it; for a harness mutant: every
            expected case ended as harness_error.
        played: how many cases were played.
        green: how many of them were green.
        detail: why it is not as expected.
        texts: of the expected cases that caught it, what they said (`mutants.texts.plain`).
    """

    name: str
    defect: str
    kind: str
    expected: tuple[str, ...]
    caught_by: tuple[str, ...]
    killed: bool
    as_expected: bool
    played: int
    green: int
    detail: str = ""
    harness_broke: bool = False
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MutationRun:
    """All of them."""

    seed: int
    seconds: float
    mutants: tuple[Verified, ...]

    @property
    def exit_code(self) -> int:
        """0 when all are as expected, 3 when the harness broke for one, else 1."""
        if any(one.harness_broke for one in self.mutants):
            return EXIT_HARNESS
        return EXIT_OK if all(one.as_expected for one in self.mutants) else EXIT_FAILED

    def as_json(self) -> dict[str, Any]:
        """The value of `mutants.json`."""
        rows = [asdict(one) for one in self.mutants]
        for row in rows:
            del row["harness_broke"]
        return {"format": FORMAT, "seed": self.seed, "seconds": round(self.seconds, 3), "mutants": rows}


def write_mutants(folder: Path, run: MutationRun) -> None:
    """Write `mutants.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(run.as_json(), indent=2, ensure_ascii=False) + "\n"
    (folder / "mutants.json").write_text(text, encoding="utf-8")


async def judge_mutants(
    cases: Sequence[Case],
    selected: Sequence[Case],
    settings: Settings,
    *,
    scope: str,
    tell: Callable[[str], None],
) -> MutationRun:
    """Judge every mutant whose expected cases are among the selected ones (and, with all selected, the honest ones).

    Args:
        cases: all there are.
        selected: those the run is about.
        settings: as for a run.
        scope: one of `SCOPES`.
        tell: gets a line for each.

    Raises:
        UsageError: no mutant has to do with the selected cases.
        HarnessError: the network did not start.
    """
    began = time.monotonic()
    chosen = _chosen(cases, selected, scope)
    found: dict[str, Verified] = {}
    waiting = [one for one in reversed(chosen) if one.kind != "harness"]
    last = [one for one in reversed(chosen) if one.kind == "harness"]

    async def work(network: Network, own: Settings, queue: list[Mutant]) -> None:
        while queue:
            mutant = queue.pop()
            to_play = _to_play(mutant, cases, settings.seed, everything=scope != "expected")
            found[mutant.name] = await _verify(network, mutant, to_play, own)
            tell(_line(found[mutant.name]))

    async def lane(number: int) -> None:
        folder = settings.folder / f"lane-{number}"
        folder.mkdir(exist_ok=True)
        own = replace(settings, folder=folder)
        async with network_for(own, virtual=True) as network:
            await work(network, own, waiting)
            alone.release()
            if number == 0:
                for _ in range(lanes):
                    await alone.acquire()
                await work(network, own, last)

    # One network that is up already can be had once only.
    lanes, alone = 1 if settings.attach is not None or settings.state is not None else LANES, asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as group:
        for number in range(lanes):
            group.create_task(lane(number))
    run = MutationRun(settings.seed, time.monotonic() - began, tuple(found[one.name] for one in chosen))
    good = sum(one.as_expected for one in run.mutants)
    tell(f"{good} of {len(run.mutants)} as expected in {run.seconds:.1f} s")
    return run


def _chosen(cases: Sequence[Case], selected: Sequence[Case], scope: str) -> list[Mutant]:
    ids = {case.id for case in selected}
    kinds = {"honest"} if scope == "honest" else {"mutant", "honest", "harness"}
    chosen = [one for one in every() if one.kind in kinds and (ids & set(one.expected) or len(selected) == len(cases))]
    if not chosen:
        raise UsageError("no mutant is expected to be caught by these cases; leave --case out")
    return chosen


def _to_play(mutant: Mutant, cases: Sequence[Case], seed: int, *, everything: bool) -> list[Case]:
    if everything:
        return list(cases)
    expected = [case for case in cases if case.id in mutant.expected]
    others = [case for case in cases if case.id not in mutant.expected]
    chance = random.Random(f"{seed} {mutant.name}")  # noqa: S311 - a choice to be repeated, not a secret
    return expected + chance.sample(others, min(OTHERS[mutant.kind], len(others)))


async def _verify(network: Network, mutant: Mutant, cases: Sequence[Case], settings: Settings) -> Verified:
    missing = sorted(set(mutant.expected) - {case.id for case in cases})
    if missing:
        return _broken(mutant, f"it is to be caught by {', '.join(missing)}, which is no case")
    subject = Subject(sut_file(mutant.with_, name=f"mutant {mutant.name}", way=mutant.way))
    try:
        await network.control.ask("POST", "/reset")
        with mutant.applied():
            judged = await judge_sut(network, subject, cases, Stream(), settings, traffic=False)
    except HarnessError as error:
        return _broken(mutant, str(error))
    if judged.not_ready:
        return _broken(mutant, f"it did not start: {judged.not_ready}")
    return _weighed(mutant, judged)


def _weighed(mutant: Mutant, judged: Judged) -> Verified:
    verdicts = {outcome.case.id: outcome.verdict for outcome in judged.outcomes}
    details = {outcome.case.id: outcome.detail for outcome in judged.outcomes}
    broke = sorted(key for key, verdict in verdicts.items() if verdict is Verdict.HARNESS_ERROR)
    if mutant.kind == "harness":
        caught = broke
        wrong = [key for key in mutant.expected if verdicts[key] is not Verdict.HARNESS_ERROR]
        detail = "; ".join(f"{key} ended as {verdicts[key]}: {details[key]}" for key in wrong)
        unforeseen = False
    else:
        caught = sorted(key for key, verdict in verdicts.items() if verdict in CAUGHT)
        hit = bool(set(caught) & set(mutant.expected))
        trouble = [key for key, verdict in verdicts.items() if not verdict.green and verdict not in CAUGHT]
        if mutant.kind == "honest":
            trouble += caught
        elif not hit:
            trouble += mutant.expected
        detail = "; ".join(f"{key} ended as {verdicts[key]}: {details[key]}" for key in sorted(set(trouble)))
        unforeseen = bool(broke)
    return Verified(
        name=mutant.name,
        defect=mutant.defect,
        kind=mutant.kind,
        expected=mutant.expected,
        caught_by=tuple(caught),
        killed=bool(set(caught) & set(mutant.expected)),
        as_expected=not detail,
        played=len(verdicts),
        green=sum(verdict.green for verdict in verdicts.values()),
        detail=detail,
        harness_broke=unforeseen,
        texts={key: plain(details[key]) for key in mutant.expected if key in caught},
    )


def _broken(mutant: Mutant, why: str) -> Verified:
    return Verified(
        name=mutant.name,
        defect=mutant.defect,
        kind=mutant.kind,
        expected=mutant.expected,
        caught_by=(),
        killed=False,
        as_expected=False,
        played=0,
        green=0,
        detail=why,
        harness_broke=True,
    )


def _line(one: Verified) -> str:
    if one.as_expected:
        how = f"caught by {', '.join(one.caught_by)}" if one.caught_by else f"green in {one.green} cases"
        return f"✓ {one.kind:<8} {one.name}: {how} (of {one.played} played)"
    detail = one.detail if len(one.detail) <= 800 else f"{one.detail[:300]} … {one.detail[-400:]}"
    return f"✗ {one.kind:<8} {one.name}: {one.defect}\n    {detail}"
