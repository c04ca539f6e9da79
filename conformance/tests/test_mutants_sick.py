"""Who judges the judge: an honest variant, and clinics that are sick rather than wrong.

All mutants, honest variants and broken harnesses are played by `provenett conform --mutants` (tox -e conform); that the
machine which plays them works is in `test_runner_clinic.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.mutants import HONEST

if TYPE_CHECKING:
    from pathlib import Path


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


def test_an_honest_variant_passes(tmp_path: Path) -> None:
    """Legal behaviour unlike the reference clinic's is not held against anybody; every case: `--mutants honest`."""
    (row,) = (row for row in HONEST if row.name == "receipts-as-documents")
    code, results, said = conform(tmp_path, row.with_[0], "--case", "EDI-1[0-5]*", "EDI-0[1278]*", "APP-*", "RT-*")
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
    code, results, said = conform(tmp_path, seam, "--case", "EDI-12", patience=15)
    assert code == 1, said[-3000:]
    (case,) = results["cases"]
    assert case["verdict"] == "failed"
    assert says in case["detail"], case["detail"]
    assert case["seconds"] < 60
