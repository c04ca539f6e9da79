"""A suite for tests of the engine: one case for each way in which a case can end."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

from nhnconform.case import Basis, Level, case
from nhnconform.errors import InconclusiveError
from nhnconform.stage import Stage, Stimulus


@case(id="E-PASS", title="A rule that holds", needs=("inbox",), requirements=("R-001",))
async def case_pass(sut: Stage) -> None:
    """The inbox is empty at first."""
    assert await sut.inbox() == ()


@case(id="E-FAIL", title="A rule that does not hold")
async def case_fail(_sut: Stage) -> None:
    """The assert explains itself."""
    seen = {"state": "queued"}
    assert seen["state"] == "delivered"


@case(id="E-SHOULD", title="A rule that is less than a must", level=Level.SHOULD)
async def case_should(_sut: Stage) -> None:
    """A broken should warns."""
    raise AssertionError("it should have")


@case(id="E-INFERENCE", title="A must that rests on inference", basis=Basis.INFERENCE)
async def case_inference(_sut: Stage) -> None:
    """What only we believe warns."""
    raise AssertionError("we believe it must have")


@case(id="E-BUG", title="A case with a defect of its own")
async def case_bug(sut: Stage) -> None:
    """Our own exception is our own fault."""
    facts: dict[str, str] = {}
    assert facts["missing"] == sut.patient.number


@case(id="E-STIMULUS", title="A stimulus that breaks what it should not")
async def case_stimulus(sut: Stage) -> None:
    """We would send nonsense: nobody is judged by it."""
    await sut.counterpart.send(Stimulus(b"<MsgHead"))


@case(id="E-NEVER", title="Something that does not come")
async def case_never(sut: Stage) -> None:
    """The failure names what was awaited and what was seen."""
    await sut.eventually(list[str], what="a sign of life", within=timedelta(seconds=2))


@case(id="E-UNTESTED", title="An operation that the SUT does not have", needs=("alerts",))
async def case_untested(_sut: Stage) -> None:
    """Never played."""
    raise AssertionError("it was played")


@case(id="E-UNDECLARED", title="An undeclared operation that the case forgot to name")
async def case_undeclared(sut: Stage) -> None:
    """Untested as well."""
    await sut.alerts()


@case(id="E-LEAP", title="A week from now", needs=("leap",), exclusive=True)
async def case_leap(sut: Stage) -> None:
    """Needs a clock that can leap."""
    before = sut.now()
    await sut.leap(timedelta(days=7))
    assert sut.now() - before == timedelta(days=7)


@case(id="E-FOREIGN", title="Another profile", profiles=("other",))
async def case_foreign(_sut: Stage) -> None:
    """Never played unless claimed."""
    raise AssertionError("it was played")


@case(id="E-OPEN", title="An open question")
async def case_open(_sut: Stage) -> None:
    """Nothing can be said."""
    raise InconclusiveError("both readings fit")


@case(id="E-SEND", title="A message is sent", needs=("send",), profiles=("sending",))
async def case_send(sut: Stage) -> None:
    """What a SUT does to a judge when asked to send."""
    await sut.send("DIALOG_NOTAT", "synthetic text")


@case(id="E-STUCK", title="A case that never ends", profiles=("stuck",))
async def case_stuck(_sut: Stage) -> None:
    """Real patience ends it."""
    await asyncio.Event().wait()


@case(id="E-OWN-1", title="A party and a patient of its own", profiles=("own",))
async def case_own_1(sut: Stage) -> None:
    """Each case has its own; kept as evidence for the test to compare."""
    sut.evidence("own", f"{sut.counterpart.her_id} {sut.patient.number}".encode())


@case(id="E-OWN-2", title="Another party and patient", profiles=("own",))
async def case_own_2(sut: Stage) -> None:
    """As above, and it asks for a second party."""
    other = await sut.another_counterpart()
    assert other.her_id != sut.counterpart.her_id
    sut.evidence("own", f"{sut.counterpart.her_id} {sut.patient.number}".encode())


@case(id="E-KILL", title="The network dies", profiles=("killer",))
async def case_kill(sut: Stage) -> None:
    """A power cut of the simulators in the middle of a case."""
    for pid in _networks():
        os.kill(pid, signal.SIGKILL)
    await sut.counterpart.received()


def _networks() -> list[int]:
    """Process ids of networks that are children of the judge."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            parent = command.with_name("stat").read_text().rpartition(")")[2].split()[1]
            if parent == str(os.getpid()) and b"nhnsim" in command.read_bytes():
                found.append(int(command.parent.name))
        except OSError:
            continue
    return found
