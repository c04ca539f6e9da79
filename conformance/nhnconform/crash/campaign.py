"""A campaign: processes killed by SIGKILL at random while messages go both ways and calls fail; then the books.

What must hold afterwards, however the blows fell: every message is filed once, every recipient has answered once,
nothing is lost, and what users sent has arrived under one MsgId with one text.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nhnconform.crash.cluster import cluster
from nhnconform.crash.scene import Process, Scene
from nhnconform.crash.traffic import Traffic
from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nhnconform.crash.scene import Peer

ONLY = ("authority", "helseid", "address_register", "edi2")
IDLE = frozenset(
    ["", "step receipt ends", "step transport ends", "step deadline ends", "asking unread", "asked unread",
     "asking prepare", "asked prepare", "step store ends"]
)  # fmt: skip
"""Last marks of a clinic after which nothing was under way; whatever else it died at, it died at work."""

MANY = 1_000_000
"""Faults armed: more than there are calls."""

PATIENCE = 180.0
"""Real seconds for everything to settle once the killing is over."""

NEXT_DEATH = 90.0
"""Real seconds within which the service must have come to its next point, however long the clinic leaves it alone."""

NEXT_BLOW = 15.0
"""Real seconds after which a blow falls though the messages have not come as far as was meant."""


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        victim: `clinic` or `service` (the network with EDI 2.0 in it).
        database: `sqlite` or `postgresql`.
        clinics: processes on one database.
        kills: how many times.
        messages: in both directions together.
        version: of EDI 2.0, as the clinic speaks it.
        receive: `polling` or `stream`.
        every: one call in so many fails besides.
        faults: where: `clinic` (its own calls are not made, or their answers thrown away) or `network` (connections
            are reset before the request is heard, or before it is answered; the counterpart's too), or `none`.
        points: of the service, at which it kills itself, one after another (`crash.service`); instead of kills at
            random.
        share: the least part of the work that each process must have done.
    """

    name: str
    victim: str = "clinic"
    database: str = "sqlite"
    clinics: int = 1
    kills: int = 200
    messages: int = 2000
    version: int = 2
    receive: str = "polling"
    every: int = 10
    faults: str = "network"
    seed: int = 1
    share: float = 0.0
    points: tuple[str, ...] = ()


@dataclass
class Report:
    """What became of it."""

    plan: Plan
    kills: int = 0
    in_flight: int = 0
    inbound: int = 0
    receipts: int = 0
    outbound: int = 0
    copies: int = 0
    calls: int = 0
    failed_calls: int = 0
    shares: list[float] = field(default_factory=list)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For a reader."""
        part = self.in_flight / self.kills if self.kills else 0.0
        shares = ", ".join(f"{share:.0%}" for share in self.shares)
        inward, outward = f"{self.inbound} messages in, {self.receipts} AppRecs", f"{self.outbound} messages out"
        return [
            f"{self.plan.name}: {'the books are right' if not self.problems else 'THE BOOKS ARE WRONG'}",
            f"  {self.kills} kills of the {self.plan.victim}, {self.in_flight} ({part:.0%}) with work in flight",
            f"  {inward}; {outward}, {self.copies} sent again",
            f"  {self.failed_calls} of {self.calls} calls failed; work by process: {shares}; {self.seconds:.0f} s",
            *(f"  ! {problem}" for problem in self.problems[:20]),
        ]


def run(plan: Plan, folder: Path) -> Report:
    """Carry a plan out in an empty folder.

    Raises:
        HarnessError: the stage could not be set, or nothing moves any more.
    """
    with contextlib.ExitStack() as stack:
        database = ""
        if plan.database == "postgresql":
            database = stack.enter_context(cluster()).create("clinic")
        scene = stack.enter_context(
            Scene(folder, options=(*_tap(plan), "--only", *ONLY), program=_program(plan, folder))
        )
        marks = [folder / f"marks-{number}" for number in range(plan.clinics)]
        clinics = [
            scene.clinic(
                _extensions(plan, folder / f"calls-{number}", path),
                state=f"clinic-{number}",
                poll_seconds=1,
                database=database,
                edi2_version=plan.version,
                receive=plan.receive,
            )
            for number, path in enumerate(marks)
        ]
        stage = _Stage(plan, scene, clinics, marks, random.Random(plan.seed))  # noqa: S311 - chance, not secrets
        for clinic in clinics:
            stage.start(clinic)
            stack.callback(_let_go, clinic)
        report = asyncio.run(stage.play())
        if plan.faults == "clinic":
            calls = Counter(
                line.split()[1] for path in folder.glob("calls-*") for line in path.read_text("utf-8").splitlines()
            )
            report.calls, report.failed_calls = calls["call"] + calls["failed"], calls["failed"]
        return report


def _tap(plan: Plan) -> list[str]:
    """Byte faults need the tap; without them it is only in the way."""
    return [] if plan.faults == "network" else ["--no-tap"]


def _program(plan: Plan, folder: Path) -> list[str]:
    if not plan.points:
        return ["nhnsim"]
    points = folder / "points"
    points.write_text("\n".join(plan.points), encoding="utf-8")
    return ["nhnconform.crash.service", "--points", str(points), "--memory", str(folder / "deaths")]


def _extensions(plan: Plan, calls: Path, marks: Path) -> list[str]:
    weather = f"nhnconform.crash.weather:failing?every={plan.every}&seed={plan.seed}&path={calls}"
    return [
        "nhnconform.crash.weather:hasty?factor=0.04",
        *([weather] if plan.faults == "clinic" else []),
        f"nhnconform.crash:marked?path={marks}",
    ]


def _let_go(process: Process) -> None:
    if process.is_alive():
        process.stop()


@dataclass
class _Stage:
    plan: Plan
    scene: Scene
    clinics: Sequence[Process]
    marks: Sequence[Path]
    chance: random.Random

    def start(self, process: Process) -> None:
        if not process.start():
            raise HarnessError(f"a process that was killed does not start again: {process.log()}")

    async def play(self) -> Report:
        report, begin = Report(self.plan), time.monotonic()
        async with self.scene.peer() as peer:
            traffic = Traffic(peer, self.clinics)
            await self._arm(peer)
            half = self.plan.messages // 2
            taking = asyncio.create_task(traffic.take())
            writing = [
                asyncio.create_task(traffic.write(half)),
                asyncio.create_task(traffic.ask_to_write(self.plan.messages - half)),
            ]
            try:
                await (self._await_deaths if self.plan.points else self._strike)(traffic, report)
                await asyncio.wait_for(asyncio.gather(*writing), PATIENCE)
                await self._settle(traffic, report)
                await self._count_faults(peer, report)
            except TimeoutError:
                health = await peer.api(self.clinics[0], "GET", "/api/health")
                stuck = f"nothing moves any more at {traffic.settled} settled messages"
                report.problems.append(f"{stuck}; the clinic says {health}")
            finally:
                for task in (taking, *writing):
                    task.cancel()
                await asyncio.gather(taking, *writing, return_exceptions=True)
            report.problems += traffic.problems() + await self._clinics_books(traffic)
            report.inbound, report.receipts = half, len(traffic.receipts)
            report.outbound, report.copies = len(traffic.queued), len(traffic.arrived) - len(traffic.texts)
        report.shares = self._shares()
        if min(report.shares) < self.plan.share:
            report.problems.append(f"a process did less than {self.plan.share:.0%} of the work")
        report.seconds = time.monotonic() - begin
        return report

    async def _strike(self, traffic: Traffic, report: Report) -> None:
        """Blows spread over the messages; each falls a random moment after so many have been settled.

        Of several clinics it hits one that is at work, if any is.
        """
        for number in range(self.plan.kills):
            goal, patience = self.plan.messages * number // self.plan.kills, time.monotonic() + NEXT_BLOW
            while traffic.settled < goal and time.monotonic() < patience:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.01)
            await asyncio.sleep(self.chance.uniform(0.02, 0.2))
            busy = [at for at, path in enumerate(self.marks) if _last(path) not in IDLE]
            at = self.chance.choice(busy or range(len(self.clinics)))
            victim = self.clinics[at] if self.plan.victim == "clinic" else self.scene.network
            if self.plan.victim == "service":
                await self._count_faults(traffic.peer, report)
            await asyncio.to_thread(victim.kill)
            report.kills += 1
            watched = [self.marks[at]] if self.plan.victim == "clinic" else self.marks
            report.in_flight += any(_last(path) not in IDLE for path in watched)
            await asyncio.to_thread(self.start, victim)
            if self.plan.victim == "service":
                await self._arm(traffic.peer)  # faults die with the network

    async def _await_deaths(self, traffic: Traffic, report: Report) -> None:
        """The service dies at one point after another, and is started again each time."""
        for point in self.plan.points:
            patience = time.monotonic() + NEXT_DEATH
            while self.scene.network.is_alive():
                if time.monotonic() > patience:
                    report.problems.append(f"{point} was not reached, at {traffic.settled} settled messages")
                    return
                await asyncio.sleep(0.01)
            self.scene.network.ended()
            report.kills += 1
            report.in_flight += 1
            await asyncio.to_thread(self.start, self.scene.network)

    async def _arm(self, peer: Peer) -> None:
        """Half of the failing calls are cut off before they are heard, half before they are answered."""
        if self.plan.faults == "network":
            for direction in ("in", "out"):
                wish = {"endpoint": "edi2", "kind": "reset", "count": MANY, "every": 2 * self.plan.every}
                await peer.control("POST", "/faults", {**wish, "direction": direction})

    async def _count_faults(self, peer: Peer, report: Report) -> None:
        """Those since the network was last started."""
        if self.plan.faults == "network":
            hits = [
                (int(one["count"]) - int(one["left"]), int(one["every"]))
                for one in (await peer.control("GET", "/faults"))["faults"]
            ]
            report.failed_calls += sum(hit for hit, _ in hits)
            report.calls += max(hit * every for hit, every in hits)

    async def _settle(self, traffic: Traffic, report: Report) -> None:
        """Until every receipt is in and every message of the clinic's is delivered, in its own eyes too."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(HarnessError, OSError):
                if traffic.is_complete() and not await self._open(traffic):
                    return
            if time.monotonic() > deadline:
                report.problems.append(f"not everything settled within {PATIENCE:.0f} s")
                return
            await asyncio.sleep(0.2)

    async def _open(self, traffic: Traffic) -> int:
        """How many of the clinic's messages are not yet delivered in its own eyes."""
        paths = [f"/api/messages?direction=out&state={state}&limit=10000" for state in ("queued", "sent")]
        return sum([len(await traffic.peer.api(self.clinics[0], "GET", path)) for path in paths])

    async def _clinics_books(self, traffic: Traffic) -> list[str]:
        """What the clinic says of itself: one journal entry for each message, and all of its own delivered."""
        peer, clinic = traffic.peer, self.clinics[0]
        path = f"/api/patients/{peer.person().number}/journal?limit=10000"
        journal: list[dict[str, Any]] = await peer.api(clinic, "GET", path)
        entries = Counter(event["msg_id"] for event in journal if event["direction"] == "in")
        wanted = {msg_id for msg_id, _ in traffic.expected}
        found = [f"{entries[msg_id]} journal entries for {msg_id}" for msg_id in wanted if entries[msg_id] != 1]
        found += [f"a journal entry for {msg_id}, which nobody sent" for msg_id in entries.keys() - wanted]
        for msg_id in sorted(traffic.queued.values()):
            state = (await peer.api(clinic, "GET", f"/api/messages/{msg_id}"))["state"]
            found += [f"{msg_id} is {state}"] if state != "delivered" else []
        kinds = Counter(alert["kind"] for alert in await peer.api(clinic, "GET", "/api/alerts?open=true&limit=10000"))
        found += [f"{times} open alerts of the kind {kind}" for kind, times in kinds.items() if kind != "stuck"]
        return found

    def _shares(self) -> list[float]:
        """Each process's part of what was filed and handed over."""
        done = [
            sum(line in {"mark: step file ends", "mark: step transport ends"} for line in _lines(path))
            for path in self.marks
        ]
        return [one / max(sum(done), 1) for one in done]


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _last(path: Path) -> str:
    """The last mark a clinic made."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(file.seek(0, 2) - 400, 0))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return lines[-1].removeprefix("mark: ") if lines else ""
