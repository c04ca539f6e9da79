"""Killed at random, again and again, while messages go both ways and one call in ten fails: the books are right.

The numbers are small here; `tox -e crash` (or `python -m nhnconform.crash`) plays 200 kills through 2,000 messages.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nhnconform.crash.__main__ import LEAST_IN_FLIGHT, PLANS, planned
from nhnconform.crash.campaign import run

if TYPE_CHECKING:
    from pathlib import Path

FEW = 50
"""Below so many kills, chance decides how many hit work in flight and who does how much: half of either will do."""

KILLS = int(os.environ.get("PROVENETT_CRASH_KILLS") or 8)
MESSAGES = int(os.environ.get("PROVENETT_CRASH_MESSAGES") or 80)
ON_POSTGRES = pytest.mark.integration("postgres", "initdb", apt="postgresql")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[ON_POSTGRES] if name == "postgresql" else [])
        for name, plan in PLANS.items()
        if not plan.points  # those are `test_crash_service.py`
    ],
)
def test_however_the_blows_fall_the_books_are_right(tmp_path: Path, name: str) -> None:
    """Every message is filed once and answered once by each recipient, nothing is lost, most blows hit work in flight;
    and of two processes on one database, neither leaves the work to the other.
    """  # fmt: skip
    ease = 0.5 if KILLS < FEW else 1.0
    plan = planned(name, KILLS, MESSAGES)
    report = run(replace(plan, share=plan.share * ease), tmp_path)
    told = "\n".join(report.lines())
    assert report.problems == [], told
    assert report.kills == KILLS
    assert report.in_flight >= LEAST_IN_FLIGHT * ease * KILLS, told
    assert report.failed_calls > 0, told
