"""Annotations in the words of common CI systems, so that what is wrong stands beside the change that caused it.

GitHub and Azure read lines of the output; GitLab reads a file of its own, `gl-code-quality.json`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnconform.events import Outcome
    from nhnconform.reports.results import Results

SYSTEMS = ("github", "gitlab", "azure")
SIGNS = {"GITHUB_ACTIONS": "github", "GITLAB_CI": "gitlab", "TF_BUILD": "azure"}
"""Environment variables by which the systems are known."""

_WORDS = {
    "github": {"error": "error", "warning": "warning"},
    "azure": {"error": "error", "warning": "warning"},
    "gitlab": {"error": "major", "warning": "minor"},
}


def system_of(environment: Mapping[str, str]) -> str:
    """Which system this runs in; empty for none."""
    return next((name for sign, name in SIGNS.items() if environment.get(sign)), "")


def lines(results: Results, system: str) -> list[str]:
    """What to print; nothing for a system that reads a file."""
    made = {"github": _github, "azure": _azure}.get(system)
    return [made(outcome) for outcome in _told(results)] if made else []


def code_quality(results: Results) -> str:
    """GitLab's code quality report."""
    rows = [
        {
            "description": f"{outcome.case.id} {outcome.case.title}: {_first(outcome)}",
            "check_name": outcome.case.id,
            "fingerprint": hashlib.sha256(f"{outcome.case.id} {outcome.verdict}".encode()).hexdigest(),
            "severity": _WORDS["gitlab"][_level(outcome)],
            "location": {"path": outcome.case.suite.replace(".", "/") + ".py", "lines": {"begin": 1}},
        }
        for outcome in _told(results)
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _told(results: Results) -> list[Outcome]:
    return [one for one in results.ordered() if not one.verdict.green or one.verdict is Verdict.WARNING]


def _level(outcome: Outcome) -> str:
    return "warning" if outcome.verdict is Verdict.WARNING else "error"


def _first(outcome: Outcome) -> str:
    return outcome.detail.split("\n", 1)[0] or outcome.verdict.value


def _github(outcome: Outcome) -> str:
    title = _escaped(
        f"{outcome.case.id} {outcome.verdict}", {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}
    )
    text = f"{outcome.case.title}: {outcome.detail or outcome.verdict.value}"
    return f"::{_level(outcome)} title={title}::{_escaped(text, {'%': '%25', chr(13): '%0D', chr(10): '%0A'})}"


def _azure(outcome: Outcome) -> str:
    text = f"{outcome.case.id} {outcome.case.title}: {outcome.detail or outcome.verdict.value}"
    known = {"%": "%AZP25", "\r": "%0D", "\n": "%0A", "[": "(", "]": ")"}
    return f"##vso[task.logissue type={_level(outcome)}]{_escaped(text, known)}"


def _escaped(text: str, known: Mapping[str, str]) -> str:
    return "".join(known.get(letter, letter) for letter in text)
