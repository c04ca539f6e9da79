"""What a run came to, gathered from its events, and as `results.json` (schema: `schemas/results.json`)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nhnconform.events import CaseEnded, RunEnded, RunStarted, SutReady, Traffic
from nhnconform.judging import shown
from nhnconform.reports.causes import cause_of
from nhnconform.reports.evidence import files_of
from nhnconform.verdicts import Verdict, exit_code

if TYPE_CHECKING:
    from nhnconform.events import Event, Exchange, Outcome, SutIdentity
    from nhnconform.expectations import Weighed

FORMAT = 1
"""Version of `results.json`; rises when a field changes its meaning or goes."""


@dataclass
class Results:
    """A listener of the stream that remembers everything a report needs.

    Attributes:
        again: the command of this run without its choice of cases.
        weighed: the run beside its expectations, where there are any.
    """

    started: RunStarted | None = None
    sut: SutIdentity | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    traffic: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    strays: tuple[str, ...] = ()
    seconds: float = 0.0
    again: str = "provenett conform"
    weighed: Weighed | None = None

    def repeat(self, outcome: Outcome) -> str:
        """The command that plays one case again, alone."""
        return f"{self.again} --case {outcome.case.id}"

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, RunStarted):
            self.started = event
        elif isinstance(event, SutReady):
            self.sut = event.sut
        elif isinstance(event, CaseEnded):
            self.outcomes[event.outcome.case.id] = event.outcome
        elif isinstance(event, Traffic):
            self.traffic[event.case_id] = event.exchanges
        elif isinstance(event, RunEnded):
            self.strays = event.strays
            self.seconds = event.seconds

    def ordered(self) -> list[Outcome]:
        """Outcomes by the id of their case."""
        return [self.outcomes[key] for key in sorted(self.outcomes)]

    def summary(self) -> dict[str, int]:
        """How many cases ended with each verdict; every verdict is there."""
        count = Counter(outcome.verdict for outcome in self.outcomes.values())
        return {verdict.value: count[verdict] for verdict in Verdict}

    @property
    def exit_code(self) -> int:
        """What the process says with it; beside its expectations, where there are any."""
        if self.weighed is not None:
            return self.weighed.exit_code
        return exit_code(outcome.verdict for outcome in self.outcomes.values())

    def as_json(self) -> dict[str, Any]:
        """The value of `results.json`."""
        started, sut = self.started, self.sut
        return {
            "format": FORMAT,
            "suite": {
                "name": started.suite if started else "",
                "version": started.version if started else "",
                "cases": len(started.cases) if started else len(self.outcomes),
            },
            "sut": {
                "name": sut.name if sut else "",
                "version": sut.version if sut else "",
                "driver": sut.driver if sut else "",
                "clock": sut.clock if sut else "",
                "profiles": list(sut.profiles) if sut else [],
            },
            "seed": started.seed if started else 0,
            "exit_code": self.exit_code,
            "seconds": round(self.seconds, 3),
            "summary": self.summary(),
            "cases": [self._case(outcome) for outcome in self.ordered()],
            "strays": list(self.strays),
            "expected": list(self.weighed.as_expected) if self.weighed else [],
            "surprises": list(self.weighed.surprises) if self.weighed else [],
        }

    def _case(self, outcome: Outcome) -> dict[str, Any]:
        case = outcome.case
        return {
            "id": case.id,
            "title": case.title,
            "profiles": list(case.profiles),
            "requirements": list(case.requirements),
            "level": case.level.value,
            "basis": case.basis.value,
            "clause": case.clause,
            "verdict": outcome.verdict.value,
            "detail": outcome.detail,
            "cause": cause_of(outcome),
            "repeat": self.repeat(outcome),
            "warnings": [shown(finding) for finding in outcome.warnings],
            "evidence": [name for name, _ in files_of(outcome, self.traffic.get(case.id, ()))],
            "seconds": round(outcome.seconds, 3),
            "domain_seconds": round(outcome.domain_seconds, 3),
        }
