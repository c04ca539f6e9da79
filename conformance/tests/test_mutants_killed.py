"""Who judges the judge: real clinics with one defect each, real network, real judge.

Every mutant is caught by a case that is expected to; honest variants pass everything; a broken judge says so itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nhnconform.mutants import HARNESS, HONEST, MUTANTS, Mutant

HERE = Path(__file__).parent
# `provenett conform --mutants` plays them all (tox -e conform); one of each direction shows that the machine works.
SAMPLE = tuple(row for row in MUTANTS if row.name in {"answers-receipts", "tells-nobody"})


def judged(rows: tuple[Mutant, ...]) -> dict[str, dict[str, tuple[str, str]]]:
    """Verdict and detail by case, by mutant."""
    command = [sys.executable, str(HERE / "mutants_program.py"), *(row.name for row in rows)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=115, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["name"]: {key: tuple(value) for key, value in line["verdicts"].items()} for line in lines}


def test_mutants_are_killed_by_their_expected_cases() -> None:
    """A known defect: every case that is expected to catch it fails, with a reason."""
    told = judged(SAMPLE)
    assert set(told) == {row.name for row in SAMPLE}
    assert len(SAMPLE) == 2
    for row in SAMPLE:
        for case in row.expected:
            verdict, detail = told[row.name][case]
            assert verdict == "failed", f"{row.name} survived {case}: {verdict} {detail}"
            assert detail


def test_a_broken_judge_says_that_it_is_broken() -> None:
    """A stimulus that breaks two rules or none, a row that cannot be asked: harness_error, never a failed SUT."""
    told = judged(HARNESS)
    for row in HARNESS:
        assert {verdict for verdict, _ in told[row.name].values()} == {"harness_error"}, (row.name, told[row.name])


def conform(folder: Path, seam: str, *words: str, patience: int = 40) -> tuple[int, dict[str, Any], str]:
    """The front door on a reference clinic with one extension; exit code, results, what it said."""
    from nhnconform.adapter import PROFILES, command  # noqa: PLC0415 - only here

    start = ["{python}", *command("{up}", "{state}", "{port}", (seam,))[1:]]
    sut = folder / "sut.toml"
    sut.write_text(
        f'name = "variant"\nversion = "1"\nurl = "http://127.0.0.1:{{port}}"\nstart = {json.dumps(start)}\n'
        f'clock = "hub"\npatience = {patience}\nprofiles = {json.dumps(PROFILES)}\n',
        encoding="utf-8",
    )
    report = folder / "report"
    arguments = ["conform", "--sut", str(sut), "--report", str(report), *words]
    done = subprocess.run(
        [sys.executable, "-m", "provenett", *arguments], capture_output=True, text=True, timeout=115, check=False
    )
    results = report / "results.json"
    said = done.stdout + done.stderr
    return done.returncode, json.loads(results.read_text("utf-8")) if results.exists() else {}, said


def test_an_honest_variant_passes_everything(tmp_path: Path) -> None:
    """Legal behaviour unlike the reference clinic's is not held against anybody."""
    (row,) = (row for row in HONEST if row.name == "receipts-as-documents")
    code, results, said = conform(tmp_path, row.with_[0])
    assert code == 0, said[-3000:]
    assert set(results["summary"]) >= {"passed"}
    assert {case["verdict"] for case in results["cases"]} == {"passed"}


@pytest.mark.parametrize(
    ("seam", "says"),
    [
        ("nhnconform.mutants.sick:hangs", "busy"),
        ("nhnconform.mutants.sick:dies", "ended"),
    ],
)
def test_a_sick_clinic_ends_as_failed_within_patience(seam: str, says: str, tmp_path: Path) -> None:
    """The reference clinic hangs, or dies, in the middle of receiving: a failure with the reason, and no hang."""
    code, results, said = conform(tmp_path, seam, "--case", "EDI-12", patience=6)
    assert code == 1, said[-3000:]
    (case,) = results["cases"]
    assert case["verdict"] == "failed"
    assert says in case["detail"], case["detail"]
    assert case["seconds"] < 60
