"""`results.sarif` (SARIF 2.1.0), for code hosts: a rule for each case, a result for each that is not kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nhnconform.judging import shown
from nhnconform.reports.evidence import files_of
from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from nhnconform.case import Case
    from nhnconform.events import Outcome
    from nhnconform.reports.results import Results

LEVELS = {Verdict.FAILED: "error", Verdict.WARNING: "warning", Verdict.INCONCLUSIVE: "note", Verdict.UNTESTED: "note"}
"""Verdicts that are about the SUT. What we broke ourselves is a notification of the tool."""


def sarif(results: Results) -> str:
    """The whole file."""
    outcomes = results.ordered()
    started = results.started
    broken = [outcome for outcome in outcomes if outcome.verdict is Verdict.HARNESS_ERROR]
    run = {
        "tool": {
            "driver": {
                "name": "Provenett",
                "version": started.version if started else "",
                "rules": [_rule(outcome.case) for outcome in outcomes],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not broken,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": f"{one.case.id}: {one.detail}"}} for one in broken
                ],
            }
        ],
        "results": [
            *(_result(results, outcome) for outcome in outcomes if outcome.verdict in LEVELS),
            *(
                _note(results, outcome, shown(finding))
                for outcome in outcomes
                for finding in outcome.warnings
                if outcome.verdict.green
            ),
        ],
    }
    value = {"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [run]}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _rule(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "shortDescription": {"text": case.title},
        "fullDescription": {"text": " ".join(case.story.split())},
        "help": {"text": f"{case.level}, {case.basis}: {case.clause}"},
        "properties": {"tags": [*case.profiles, *case.requirements]},
    }


def _result(results: Results, outcome: Outcome) -> dict[str, Any]:
    return {
        "ruleId": outcome.case.id,
        "level": LEVELS[outcome.verdict],
        "message": {"text": outcome.detail or outcome.verdict.value},
        "locations": [_place(results, outcome)],
    }


def _note(results: Results, outcome: Outcome, text: str) -> dict[str, Any]:
    place = _place(results, outcome)
    return {"ruleId": outcome.case.id, "level": "warning", "message": {"text": text}, "locations": [place]}


def _place(results: Results, outcome: Outcome) -> dict[str, Any]:
    """The newest evidence of the case, or the report."""
    files = files_of(outcome, results.traffic.get(outcome.case.id, ()))
    uri = files[-1][0] if files else "report.html"
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}
