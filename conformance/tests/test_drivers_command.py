"""The command driver against command lines that behave, hang, crash and babble: a typed reason for each."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.contract import Declaration, Patient, SendRequest
from nhnconform.drivers import CommandDriver
from nhnconform.errors import SutError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

NOTE = SendRequest("DIALOG_NOTAT", 9_700_001, Patient("12813049998", "Test", "Testesen"), "Synthetic text.")
ECHO = """
import json, os, sys
order = json.load(sys.stdin)
if "to_her_id" in order:
    print(json.dumps({"msg_id": order["text"] + os.environ["WHERE"]}))
elif order["msg_id"] == "M-1":
    print(json.dumps({"msg_id": "M-1", "direction": "out", "state": "sent", "extra": 1}))
else:
    sys.exit(3)
"""


def driven(story: Callable[[CommandDriver], Awaitable[Any]], program: str, *, patience: float = 20) -> Any:
    """What a story comes to with this Python program behind send, message and inbox."""
    names = ("send", "message", "inbox")
    argv = (sys.executable, "-c", program)

    async def run() -> Any:
        driver = await CommandDriver.connect(
            Declaration("C", "1", names), dict.fromkeys(names, argv), patience=patience, environment={"WHERE": " here"}
        )
        return await story(driver)

    return asyncio.run(run())


def outcome(program: str, *, patience: float = 20) -> str:
    """How a send ends, as `Kind: text`."""
    with pytest.raises(SutError) as told:
        driven(lambda driver: driver.send(NOTE), program, patience=patience)
    return f"{type(told.value).__name__}: {told.value}"


def test_a_command_that_keeps_the_contract_is_understood() -> None:
    """Body and path reach it as one object, its answer is a value, exit code 3 is "no such thing"."""

    async def story(driver: CommandDriver) -> list[Any]:
        return [await driver.send(NOTE), await driver.message("M-1"), await driver.message("M-2")]

    msg_id, view, nothing = driven(story, ECHO)
    assert msg_id == "Synthetic text. here"
    assert view.state == "sent"
    assert nothing is None


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("print('certainly!')", "SutBabbleError: send: "),
        ("print('{}')", "SutBabbleError: send: Object missing required field `msg_id`"),
        ("", "SutBabbleError: send: "),
        ("import sys\nwhile True: sys.stdout.write(' ' * 65536)", "more than 16 MiB"),
        ("import sys; sys.exit('the form is locked')", "exit code 1: the form is locked"),
        ("import sys; sys.exit(3)", "SutRefusalError: send: "),
        ("import sys; sys.exit(127)", "SutCrashError: send: "),
        ("import os; os.kill(os.getpid(), 11)", "was killed by SIGSEGV"),
    ],
)
def test_what_is_not_an_answer_has_its_name(program: str, says: str) -> None:
    """Nonsense, nothing, too much, a refusal with its reason, crashes."""
    assert says in outcome(program)


def test_silence_is_a_hang_and_leaves_no_process(tmp_path: Path) -> None:
    """It starts a child and sleeps; after patience the whole group is gone."""
    mark = tmp_path / "alive"
    child = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(mark)!r}).touch()"
    program = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(60)"
    assert outcome(program, patience=0.7).startswith("SutHangError: send: ")
    time.sleep(2)
    assert not mark.exists()


def test_a_command_that_is_not_there_is_a_crash() -> None:
    """The reason names it."""

    async def run() -> None:
        driver = CommandDriver(Declaration("C", "1", ("send",)), {"send": ("/nowhere/ehr",)}, patience=5)
        with pytest.raises(SutError, match="/nowhere/ehr cannot be run"):
            await driver.send(NOTE)
        with pytest.raises(UnsupportedError):
            await driver.inbox()

    asyncio.run(run())


def test_a_command_may_declare_itself() -> None:
    """Name, version and users come from the command for `contract`; operations from the commands."""
    said = 'print(\'{"name": "Mine", "version": "7", "operations": []}\')'
    commands = {"contract": (sys.executable, "-c", said), "inbox": ("x",)}
    driver = asyncio.run(CommandDriver.connect(Declaration("C", "1", ("contract", "inbox")), commands, patience=20))
    assert (driver.declaration.name, driver.declaration.version) == ("Mine", "7")
    assert driver.supports(["inbox"])
