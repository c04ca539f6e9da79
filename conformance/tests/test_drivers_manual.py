"""The manual driver: a person is told what to do, and what they type becomes what the EHR shows."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.contract import AppRecView, Declaration, ErrorView, Patient, SendRequest, WorldRequest
from nhnconform.drivers import ManualDriver, Prompt
from nhnconform.errors import ReplayError, SutHangError, SutRefusalError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HERE = Path(__file__).parent
PATIENT = Patient("12813049998", "Test", "Testesen")
NOTE = SendRequest("DIALOG_NOTAT", 9_700_001, PATIENT, "Synthetic text.")
DECLARED = Declaration(name="Paper EHR", version="1", operations=())


def driven(story: Callable[[ManualDriver], Awaitable[Any]], *typed: str) -> tuple[Any, str]:
    """What a story comes to when a person types these lines, and what they were shown."""
    said = io.StringIO()
    heard = io.StringIO("".join(f"{line}\n" for line in typed))

    async def run() -> Any:
        return await story(ManualDriver(DECLARED, Prompt(heard, said)))

    return asyncio.run(run()), said.getvalue()


def test_an_order_to_send_says_everything_and_takes_the_msg_id() -> None:
    """The instruction is numbered, names type, receiver, patient and text; an empty answer is asked for again."""
    msg_id, said = driven(lambda driver: driver.send(NOTE), "", "M-1")
    assert msg_id == "M-1"
    for part in ("1. Write this message", "type: DIALOG_NOTAT", "to_her_id: 9700001", "patient.number: 12813049998"):
        assert part in said
    assert "the MsgId is needed" in said


def test_a_message_is_shown_with_its_receipt() -> None:
    """A rejected message brings the receipt's errors; a message that is not shown is None; Enter means unchanged."""

    async def story(driver: ManualDriver) -> list[Any]:
        await driver.send(NOTE)
        return [await driver.message("M-1"), await driver.message("M-1"), await driver.message("M-2")]

    (first, again, other), said = driven(
        story, "M-1", "lost", "rejected", "2", "E10 Ugyldig; T02 Feil skjema", "", "none"
    )
    assert (first.direction, first.state) == ("out", "rejected")
    assert first.apprec == AppRecView("2", (ErrorView("E10", "Ugyldig"), ErrorView("T02", "Feil skjema")))
    assert again == first
    assert other is None
    assert "one of queued, sent" in said


def test_the_inbox_asks_for_details_once() -> None:
    """What was received is described the first time it is seen; the next look needs one key."""

    async def story(driver: ManualDriver) -> Any:
        assert await driver.inbox()
        return await driver.inbox()

    ((view,), _) = driven(story, "M-7", "DIALOG_NOTAT", "12813049998", "", "Hei", "")
    assert (view.msg_id, view.direction, view.state) == ("M-7", "in", "received")
    assert (view.type, view.patient, view.subject, view.text) == ("DIALOG_NOTAT", "12813049998", None, "Hei")


def test_alerts_are_listed_and_ticked_off() -> None:
    """Each line is an alert about a message or about none; ticking one off shows its text again."""

    async def story(driver: ManualDriver) -> Any:
        found = await driver.alerts()
        await driver.resolve(found[0].id)
        await driver.settle()
        await driver.world(WorldRequest(patients=(PATIENT,)))
        return found

    (found, said) = driven(story, "M-1 Ingen kvittering", "- Disk full", "", "", "", "")
    assert [(alert.msg_id, alert.text) for alert in found] == [("M-1", "Ingen kvittering"), (None, "Disk full")]
    assert "text: Ingen kvittering" in said
    assert "patients 1.number: 12813049998" in said


@pytest.mark.parametrize(
    ("typed", "error", "says"),
    [
        (["fail the field is locked"], SutRefusalError, "the field is locked"),
        (["skip"], UnsupportedError, "skipped"),
        (["quit"], UnsupportedError, "has left"),
        ([], UnsupportedError, "has left"),
        (["restart"], ReplayError, "restart"),
        (["pause", "what?", "resume", "help", "skip"], UnsupportedError, "skipped"),
    ],
)
def test_a_person_can_say_more_than_answers(typed: list[str], error: type[Exception], says: str) -> None:
    """Refusing, skipping, leaving, starting over and pausing are words; the end of the input is leaving."""
    with pytest.raises(error, match=says):
        driven(lambda driver: driver.send(NOTE), *typed)


def test_whoever_has_left_is_not_asked_again() -> None:
    """After `quit` every later question ends at once."""

    async def story(driver: ManualDriver) -> str:
        for _ in range(2):
            with pytest.raises(UnsupportedError):
                await driver.inbox()
        return "left"

    assert driven(story, "quit", "M-1")[0] == "left"


def test_patience_binds_a_person_only_when_it_is_set() -> None:
    """With manual_patience silence is a hang that names the question."""
    reading, writing = os.pipe()

    async def run(driver: ManualDriver) -> None:
        with pytest.raises(SutHangError, match=r"within 0\.1 s: its MsgId"):
            await driver.send(NOTE)

    with os.fdopen(reading) as keyboard:
        asyncio.run(run(ManualDriver(DECLARED, Prompt(keyboard, io.StringIO(), patience=0.1))))
        os.close(writing)
        for thread in threading.enumerate():
            if thread.name == "keyboard":
                thread.join(10)


def test_operations_without_an_instruction_are_not_declared() -> None:
    """Cases that need what no instruction covers are untested; the SUT file may leave out more."""
    said = Declaration(name="E", version="1", operations=("send", "paperclip"))
    assert ManualDriver(said, Prompt(io.StringIO(), io.StringIO())).declaration.operations == ("send",)


def test_a_run_by_hand(tmp_path: Path) -> None:
    """Through the front door: the person starts a case over, answers, skips another; each has its verdict."""
    sut = tmp_path / "sut.toml"
    sut.write_text('name = "Paper EHR"\nversion = "1"\ndriver = "manual"\noperations = ["inbox", "send"]\n', "utf-8")
    words = ["--suite", str(HERE / "engine_suite.py"), "--case", "E-PASS", "--sut", str(sut), "--verbose"]
    done = subprocess.run(
        [sys.executable, "-m", "provenett", "conform", "--report", str(tmp_path / "report"), *words],
        input="restart\nnone\n",
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    results = json.loads((tmp_path / "report" / "results.json").read_text("utf-8"))
    assert [(case["id"], case["verdict"]) for case in results["cases"]] == [("E-PASS", "passed")], done.stderr
    assert "E-PASS is played from its start again" in done.stdout
    assert done.returncode == 0
