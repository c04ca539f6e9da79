"""The runner's parts: which cases are chosen, and processes that are never waited for without a bound."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nhnconform.case import Basis, Case, Level, case
from nhnconform.errors import HarnessError
from nhnconform.network import msg_id_of
from nhnconform.processes import Process, ProcessError
from nhnconform.runner import UsageError, chosen

if TYPE_CHECKING:
    from nhnconform.stage import Stage


async def _nothing(_: object) -> None:
    """Never played."""


def a_case(case_id: str, *profiles: str) -> Case:
    return Case(
        case_id, "t", (), profiles, Level.MUST, Basis.SPECIFICATION, "", (), exclusive=False, story="s", suite="x",
        function=_nothing,
    )  # fmt: skip


CASES = [a_case("EDI-1", "send"), a_case("EDI-12", "receive"), a_case("HID-1", "send", "id")]


@pytest.mark.parametrize(
    ("globs", "profiles", "ids"),
    [
        ([], [], ["EDI-1", "EDI-12", "HID-1"]),
        (["edi-*"], [], ["EDI-1", "EDI-12"]),
        (["EDI-1"], [], ["EDI-1"]),
        ([], ["send"], ["EDI-1", "HID-1"]),
        (["HID-*"], ["send"], ["HID-1"]),
    ],
)
def test_globs_and_profiles_choose_cases(globs: list[str], profiles: list[str], ids: list[str]) -> None:
    """Any glob, in any case of letters, and any profile; both must fit."""
    assert [one.id for one in chosen(CASES, globs=globs, profiles=profiles)] == ids


@pytest.mark.parametrize(("globs", "profiles"), [(["EDI-9*"], []), (["EDI-*"], ["id"]), ([], ["nothing"])])
def test_choosing_nothing_is_wrong_use(globs: list[str], profiles: list[str]) -> None:
    """An empty run would be green without having judged anything."""
    with pytest.raises(UsageError):
        chosen(CASES, globs=globs, profiles=profiles)


def test_a_case_needs_a_story_and_known_needs() -> None:
    """What a case is made of is checked where it is defined."""

    async def silent(sut: Stage) -> None: ...

    async def told(sut: Stage) -> None:
        """A story."""

    with pytest.raises(HarnessError, match="story"):
        case(id="X-1", title="t")(silent)
    with pytest.raises(HarnessError, match="telepathy"):
        case(id="X-2", title="t", needs=("telepathy",))(told)
    with pytest.raises(HarnessError, match="exclusive"):
        case(id="X-3", title="t", needs=("leap",))(told)


@pytest.mark.parametrize(
    ("script", "kind", "says"),
    [
        ("import time; time.sleep(60)", "hang", "not ready within"),
        ("import sys; sys.exit('synthetic reason')", "crash", "synthetic reason"),
        ("print('hello')", "babble", "hello"),
        ("print('[1]')", "babble", "JSON object"),
        ("print('x' * 3_000_000)", "babble", "without a line end"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crash", "SIGKILL"),
    ],
)
def test_a_process_that_does_not_get_ready_says_how(tmp_path: Path, script: str, kind: str, says: str) -> None:
    """Hang, crash and babble are told apart, within patience, with the last words."""

    async def story() -> None:
        process = await Process.start("the thing", [sys.executable, "-c", script], log=tmp_path / "log")
        try:
            with pytest.raises(ProcessError, match=says) as caught:
                await process.ready_line(1.5)
            assert caught.value.kind == kind
        finally:
            await process.aclose()

    asyncio.run(story())


def test_a_command_that_does_not_exist_is_a_crash_with_its_name(tmp_path: Path) -> None:
    """Not an exception of the operating system's."""

    async def story() -> None:
        with pytest.raises(ProcessError, match="no-such-program"):
            await Process.start("the thing", ["./no-such-program"], log=tmp_path / "log")

    asyncio.run(story())


def test_grandchildren_and_the_stubborn_end_too(tmp_path: Path) -> None:
    """A process that ignores SIGTERM, with a child of its own, is gone after the grace: the whole group is."""
    child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    script = (
        "import json, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "print(json.dumps({'child': child.pid}), flush=True)\ntime.sleep(60)"
    )

    async def story() -> int:
        process = await Process.start("the thing", [sys.executable, "-c", script], log=tmp_path / "log")
        child_pid = int((await process.ready_line(20))["child"])
        began = time.monotonic()
        await process.aclose()
        assert time.monotonic() - began < 15
        return child_pid

    child_pid = asyncio.run(story())
    deadline = time.monotonic() + 5
    while _alive(child_pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(child_pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("document", "msg_id"),
    [
        (b"<MsgHead><MsgInfo><MsgId>abc-1</MsgId></MsgInfo></MsgHead>", "abc-1"),
        (b"<mh:MsgHead><mh:MsgId> abc-2\n</mh:MsgId>", "abc-2"),
        (b"<MsgId", None),
        (b"\xff\x00", None),
    ],
)
def test_the_msgid_is_read_from_any_stimulus(document: bytes, msg_id: str | None) -> None:
    """Also from documents that are broken on purpose."""
    assert msg_id_of(document) == msg_id
