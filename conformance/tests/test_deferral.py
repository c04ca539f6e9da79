"""Cases that wait longer than a run: begun in a lab that is kept, ended by a later run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nhnconform.deferral import Deferred
from nhnconform.schemas import schema

HERE = Path(__file__).parent
FOREIGN = HERE.parent / "foreign" / "sut.toml"


def conform(folder: Path, *words: str) -> tuple[int, str]:
    """Run the front door; exit code and what it said."""
    command = ["conform", "--sut", str(FOREIGN), "--suite", str(HERE / "deferral_suite.py"), *words]
    done = subprocess.run(
        [sys.executable, "-m", "provenett", *command],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        cwd=folder,
    )
    return done.returncode, done.stdout + done.stderr


def cases(report: Path) -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in json.loads((report / "results.json").read_text("utf-8"))["cases"]}


def test_what_waits_is_begun_and_ended_later(tmp_path: Path) -> None:
    """In a lab the cases send at once and are deferred; the next run finds the foreign EHR with its messages, gives one
    case its verdict, leaves what is not due, and says of what cannot be taken up why.
    """
    code, said = conform(tmp_path, "--state", "lab")
    assert code == 1, said
    assert {case["verdict"] for case in cases(tmp_path / "report").values()} == {"deferred"}, said
    jsonschema.validate(json.loads((tmp_path / "report" / "deferred.json").read_text("utf-8")), schema("deferred"))
    kept = Deferred.read(tmp_path / "report")
    assert {one.case for one in kept.cases} == {"D-SOON", "D-LATER", "D-FICKLE"}
    assert all(one.msg_ids and one.her_ids for one in kept.cases)

    code, said = conform(tmp_path, "--resume", "report")
    ended = cases(tmp_path / "report" / "resumed")
    assert ended["D-SOON"]["verdict"] == "passed", ended["D-SOON"]["detail"]
    assert ended["D-LATER"]["verdict"] == "deferred"
    assert ended["D-FICKLE"]["verdict"] == "inconclusive"
    assert "with other data" in ended["D-FICKLE"]["detail"]
    assert [one.case for one in Deferred.read(tmp_path / "report").cases] == ["D-LATER"]

    code, said = conform(tmp_path, "--resume", "report")
    assert code == 1
    assert "nothing can be taken up before" in said


def test_without_a_lab_a_case_is_deferred_unplayed(tmp_path: Path) -> None:
    """The network is gone after the run, so nothing is begun; the detail says how it would be."""
    code, said = conform(tmp_path, "--case", "D-LATER")
    assert code == 1, said
    assert "--state" in cases(tmp_path / "report")["D-LATER"]["detail"]
    assert not (tmp_path / "report" / "deferred.json").exists()


@pytest.mark.parametrize(
    "data", [None, b"", b"[]", b'{"format":9,"seed":1,"sut":"","attach":null,"state":null,"cases":[]}']
)
def test_a_folder_without_deferred_cases_is_said(data: bytes | None, tmp_path: Path) -> None:
    """Nothing there, nonsense, another format: the path and the remedy."""
    if data is not None:
        (tmp_path / "deferred.json").write_bytes(data)
    with pytest.raises(ValueError, match=r"deferred\.json"):
        Deferred.read(tmp_path)
