"""The run as it goes by: a live list on a terminal, plain lines anywhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from nhnconform.events import CaseEnded, CaseStarted, Progress, RunEnded, RunStarted, SutReady
from nhnconform.judging import shown
from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnconform.events import Event, Outcome

MARKS = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.HARNESS_ERROR: ("☠", "bold magenta"),
    Verdict.NOT_APPLICABLE: ("–", "dim"),
    Verdict.INCONCLUSIVE: ("?", "yellow"),
    Verdict.DEFERRED: ("…", "cyan"),
    Verdict.UNTESTED: ("∅", "yellow"),
}


_COMMAND = re.compile(r"##(?=vso\[|\[)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def inert(text: str) -> str:
    """A line in which what a SUT wrote is no command to a terminal or to a CI system that reads the output."""
    return _COMMAND.sub("# #", _CONTROL.sub("�", text))


def lines(out: TextIO, *, verbose: bool = False) -> Callable[[Event], None]:
    """A listener that prints a line for each verdict."""

    def listen(event: Event) -> None:
        for line in _said(event, verbose=verbose):
            print(inert(line), file=out, flush=True)

    return listen


def live(out: TextIO, *, verbose: bool = False) -> Callable[[Event], None]:
    """A listener that keeps the running cases in sight below the verdicts, for a terminal."""
    from rich.console import Console  # noqa: PLC0415 - only where a person looks
    from rich.live import Live  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(file=out, highlight=False)
    running: dict[str, str] = {}
    view = Live(console=console, refresh_per_second=8, transient=True)

    def listen(event: Event) -> None:
        if isinstance(event, RunStarted):
            view.start()
        elif isinstance(event, CaseStarted):
            running[event.case.id] = event.case.title
        elif isinstance(event, CaseEnded):
            running.pop(event.outcome.case.id, None)
        elif isinstance(event, RunEnded):
            view.stop()
        style = MARKS[event.outcome.verdict][1] if isinstance(event, CaseEnded) else ""
        for line in _said(event, verbose=verbose):
            console.print(Text(inert(line), style=style))
        view.update(Text("\n".join(f"⋯ {case_id}  {title}" for case_id, title in running.items()), style="dim"))

    return listen


def _said(event: Event, *, verbose: bool) -> list[str]:
    if isinstance(event, RunStarted):
        return [f"{event.suite} {event.version}, seed {event.seed}: {len(event.cases)} cases"]
    if isinstance(event, SutReady):
        claims = ", ".join(event.sut.profiles) or "no profile in particular"
        return [f"judging {event.sut.name} {event.sut.version} (claims {claims})"]
    if isinstance(event, Progress):
        return [event.text] if verbose else []
    if isinstance(event, CaseEnded):
        return _verdict(event.outcome, verbose=verbose)
    if isinstance(event, RunEnded) and event.strays:
        return [
            f"{len(event.strays)} stray exchange(s) that no case claims",
            *(f"    │ {one}" for one in event.strays[:5]),
        ]
    return []


def _verdict(outcome: Outcome, *, verbose: bool) -> list[str]:
    mark, _ = MARKS[outcome.verdict]
    case = outcome.case
    text = [f"{mark} {outcome.verdict.value:<14} {case.id:<9} {case.title} ({outcome.seconds:.2f} s)"]
    if outcome.detail and (verbose or not outcome.verdict.green or outcome.verdict is Verdict.WARNING):
        # Never only white space before it: some systems take a line that begins with :: for a command.
        text += [f"    │ {line}" for line in outcome.detail.splitlines()]
    if verbose:
        text += [f"    │ warning: {shown(finding)}" for finding in outcome.warnings]
    return text
