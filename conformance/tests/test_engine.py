"""The engine against real processes: every way a case can end becomes its verdict, within patience."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nhnconform.schemas import schema

HERE = Path(__file__).parent
SUITE = HERE / "engine_suite.py"
SUT = HERE / "fake_sut.py"


def sut_file(folder: Path, manner: str, *, patience: float = 20, profiles: tuple[str, ...] = ("sending",)) -> Path:
    """A SUT file for the fake SUT."""
    path = folder / "sut.toml"
    path.write_text(
        f"""
name = "Fake EHR"
version = "{manner}"
url = "http://127.0.0.1:{{port}}"
start = ["{{python}}", "{SUT}", "{manner}", "{{port}}", "{{up}}"]
patience = {patience}
poll_interval = 0.2
clock = "{"hub" if manner in {"hub", "hog"} else "none"}"
profiles = {json.dumps(profiles)}
""",
        encoding="utf-8",
    )
    return path


def conform(folder: Path, *words: str, environment: dict[str, str] | None = None) -> tuple[int, dict[str, Any], str]:
    """Run the front door; exit code, results.json (empty when there is none) and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "provenett", "conform", "--report", str(folder / "report"), *words],
        capture_output=True,
        text=True,
        timeout=110,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    path = folder / "report" / "results.json"
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return done.returncode, results, done.stdout + done.stderr


def verdicts(results: dict[str, Any]) -> dict[str, str]:
    return {case["id"]: case["verdict"] for case in results["cases"]}


def details(results: dict[str, Any]) -> dict[str, str]:
    return {case["id"]: case["detail"] for case in results["cases"]}


def test_every_way_a_case_can_end_has_its_verdict(tmp_path: Path) -> None:
    """One run over a case of each kind: the verdicts, the reasons, and exit code 3 because the harness broke too."""
    code, results, said = conform(tmp_path, "--suite", str(SUITE), "--sut", str(sut_file(tmp_path, "honest")))
    assert verdicts(results) == {
        "E-PASS": "passed",
        "E-FAIL": "failed",
        "E-SHOULD": "warning",
        "E-INFERENCE": "warning",
        "E-BUG": "harness_error",
        "E-STIMULUS": "harness_error",
        "E-NEVER": "failed",
        "E-UNTESTED": "untested",
        "E-UNDECLARED": "untested",
        "E-LEAP": "deferred",
        "E-FOREIGN": "not_applicable",
        "E-OPEN": "inconclusive",
        "E-SEND": "passed",
        "E-STUCK": "not_applicable",
        "E-OWN-1": "not_applicable",
        "E-OWN-2": "not_applicable",
        "E-KILL": "not_applicable",
    }, said
    assert code == results["exit_code"] == 3
    jsonschema.validate(results, schema("results"), cls=jsonschema.Draft202012Validator)
    why = details(results)
    assert "'queued' == 'delivered'" in why["E-FAIL"]
    assert "a sign of life" in why["E-NEVER"]
    assert "KeyError" in why["E-BUG"]
    assert "stimulus" in why["E-STIMULUS"]
    assert results["sut"]["name"] == "Fake EHR"
    assert (tmp_path / "report" / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("manner", "kind"),
    [("hang", "hang"), ("crash", "crash"), ("babble", "babble"), ("long", "babble"), ("refuse", "refusal")],
)
def test_a_sut_that_misbehaves_fails_with_the_reason(tmp_path: Path, manner: str, kind: str) -> None:
    """Whatever it does to the judge in the middle of a case, the case ends as failed, within patience."""
    began = time.monotonic()
    words = ["--suite", str(SUITE), "--sut", str(sut_file(tmp_path, manner, patience=2)), "--case", "E-SEND", "E-PASS"]
    code, results, said = conform(tmp_path, *words)
    assert verdicts(results)["E-SEND"] == "failed", said
    assert f"({kind})" in details(results)["E-SEND"]
    assert code == 1
    assert time.monotonic() - began < 40
    if manner == "crash":
        assert "synthetic last words" in details(results)["E-SEND"]


@pytest.mark.parametrize(
    ("manner", "reason"), [("dead", "synthetic reason to die"), ("deaf", "not ready"), ("mute", "not ready")]
)
def test_a_sut_that_never_gets_ready_fails_every_case(tmp_path: Path, manner: str, reason: str) -> None:
    """A missing prerequisite is a failure with its reason, not a skip, and not a hang."""
    words = ["--suite", str(SUITE), "--sut", str(sut_file(tmp_path, manner, patience=2)), "--case", "E-PASS", "E-SEND"]
    code, results, said = conform(tmp_path, *words)
    assert verdicts(results) == {"E-PASS": "failed", "E-SEND": "failed"}, said
    assert reason in details(results)["E-PASS"]
    assert code == 1


def test_a_case_that_never_ends_is_ended(tmp_path: Path) -> None:
    """Real patience stands around each case; the others are judged all the same."""
    sut = sut_file(tmp_path, "honest", patience=1, profiles=("stuck",))
    code, results, said = conform(tmp_path, "--suite", str(SUITE), "--sut", str(sut), "--case", "E-STUCK", "E-PASS")
    assert verdicts(results) == {"E-PASS": "passed", "E-STUCK": "failed"}, said
    assert "did not end within" in details(results)["E-STUCK"]
    assert code == 1


def test_a_clock_that_can_leap_leaps(tmp_path: Path) -> None:
    """With the judge's clock a week passes at once, and the case is judged instead of deferred."""
    words = ["--suite", str(SUITE), "--sut", str(sut_file(tmp_path, "hub")), "--case", "E-LEAP", "E-NEVER"]
    code, results, said = conform(tmp_path, *words)
    assert verdicts(results) == {"E-LEAP": "passed", "E-NEVER": "failed"}, said
    leap = next(case for case in results["cases"] if case["id"] == "E-LEAP")
    assert leap["domain_seconds"] == 7 * 86400
    assert leap["seconds"] < 10
    assert code == 1


def test_a_sut_that_holds_the_clock_fails_with_its_own_words(tmp_path: Path) -> None:
    """Virtual time cannot pass while the SUT is busy: the case ends within patience and names who held time."""
    words = ["--suite", str(SUITE), "--sut", str(sut_file(tmp_path, "hog", patience=1)), "--case", "E-NEVER", "E-LEAP"]
    code, results, said = conform(tmp_path, *words)
    assert verdicts(results) == {"E-LEAP": "failed", "E-NEVER": "failed"}, said
    for detail in details(results).values():
        assert "hog is busy with a synthetic job without end" in detail
    assert code == 1


def test_a_network_that_dies_is_the_harness_breaking(tmp_path: Path) -> None:
    """The network is killed in the middle of a case: nobody is judged, and the judge says why."""
    sut = sut_file(tmp_path, "honest", profiles=("killer",))
    code, results, said = conform(tmp_path, "--suite", str(SUITE), "--sut", str(sut), "--case", "E-KILL")
    assert verdicts(results) == {"E-KILL": "harness_error"}, said
    assert "the network was killed by SIGKILL" in details(results)["E-KILL"]
    assert code == 3


def test_cases_share_neither_party_nor_patient(tmp_path: Path) -> None:
    """Two cases side by side have a HER-id and a synthetic patient each."""
    sut = sut_file(tmp_path, "honest", profiles=("own",))
    _, results, said = conform(tmp_path, "--suite", str(SUITE), "--sut", str(sut), "--case", "E-OWN-*")
    assert set(verdicts(results).values()) == {"passed"}, said
    kept = [(tmp_path / "report" / case["evidence"][-1]).read_text().split() for case in results["cases"]]
    assert kept[0][0] != kept[1][0]
    assert kept[0][1] != kept[1][1]
    assert all(int(number[2:4]) > 80 for _, number in kept)


def test_nothing_of_the_users_leaks_into_a_run(tmp_path: Path) -> None:
    """A conftest, a pytest.ini, plugins and options of the place where the judge is started change nothing."""
    (tmp_path / "conftest.py").write_text("raise SystemExit('the conftest was read')")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    hostile = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no_such_plugin"}
    words = ["--suite", str(SUITE), "--sut", str(sut_file(tmp_path, "honest")), "--case", "E-PASS"]
    code, results, said = conform(tmp_path, *words, environment=hostile)
    assert (code, verdicts(results)) == (0, {"E-PASS": "passed"}), said


def test_the_same_id_twice_is_the_harness_breaking(tmp_path: Path) -> None:
    """Ids name evidence and are unique; a suite that breaks that is not judged with."""
    twice = tmp_path / "twice.py"
    twice.write_text(
        '"""Twice."""\nfrom nhnconform.case import case\n'
        + "".join(
            f'@case(id="D-1", title="t")\nasync def case_{name}(sut):\n    """Story."""\n' for name in ("one", "two")
        )
    )
    code, _, said = conform(tmp_path, "--suite", str(twice), "--list")
    assert code == 3
    assert "several cases are called D-1" in said


def test_no_process_survives_a_run(tmp_path: Path) -> None:
    """Network and SUT are gone when the judge is, also when it was told to stop in the middle."""
    words = ["--suite", str(SUITE), "--sut", str(sut_file(tmp_path, "hang", patience=60)), "--case", "E-SEND"]
    command = [sys.executable, "-m", "provenett", "conform", "--report", str(tmp_path / "r"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as judge:
        assert judge.stdout is not None
        for line in judge.stdout:
            if line.startswith("judging"):
                break
        children = _descendants(judge.pid)
        assert len(children) >= 2
        judge.terminate()
        assert judge.wait(timeout=30) == 130
    deadline = time.monotonic() + 10
    while (alive := [pid for pid in children if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive == []


def _descendants(pid: int) -> list[int]:
    """Processes whose ancestor is `pid`."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {pid}
    grown = True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return sorted(found - {pid})
