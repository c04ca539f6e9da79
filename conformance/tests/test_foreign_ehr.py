"""The foreign EHR: it shares no code with the house, passes its profile, and is found out when it is not honest."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOREIGN = Path(__file__).parent.parent / "foreign"
OURS = ("nhn", "provenett")


def judged(folder: Path, *words: str, fault: str = "") -> tuple[int, dict[str, Any], str]:
    """Exit code, cases by id, and what was said."""
    environment = {**os.environ, "FOREIGN_FAULT": fault}
    arguments = ["conform", "--sut", str(FOREIGN / "sut.toml"), "--report", str(folder), *words]
    done = subprocess.run(
        [sys.executable, "-m", "provenett", *arguments],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env=environment,
    )
    said = done.stdout + done.stderr
    results = folder / "results.json"
    assert results.exists(), said[-3000:]
    return done.returncode, {case["id"]: case for case in json.loads(results.read_text("utf-8"))["cases"]}, said


def test_it_imports_nothing_of_ours() -> None:
    """Standard library, aiohttp, cryptography and lxml; that is all."""
    names = set()
    for node in ast.walk(ast.parse((FOREIGN / "foreign_ehr.py").read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert not {name for name in names if name.startswith(OURS)}
    assert names - set(sys.stdlib_module_names) == {"aiohttp", "cryptography", "lxml"}


def test_it_passes_its_profile(tmp_path: Path) -> None:
    """Every case of the profiles it claims passes; the others are not applicable, which is green too."""
    code, cases, said = judged(tmp_path)
    assert code == 0, said[-3000:]
    verdicts = {case["verdict"] for case in cases.values()}
    assert verdicts == {"passed", "not_applicable"}
    assert sum(case["verdict"] == "passed" for case in cases.values()) >= 15


@pytest.mark.parametrize(
    ("fault", "case", "says"),
    [
        ("duplicates", "EDI-11", "2 times"),
        ("echo", "EDI-12", "ECHO-03"),
        ("tokens", "HID-06", "each lives 600 s"),
        ("deaf", "EDI-15", "the SUT shows it as 'sent'"),
        ("mute", "EDI-12", "an AppRec at counterpart"),
    ],
)
def test_a_planted_fault_is_found(fault: str, case: str, says: str, tmp_path: Path) -> None:
    """One defect each; the case for it fails and says which rule is broken."""
    code, cases, said = judged(tmp_path, "--case", case, "--patience", "8", fault=fault)
    assert code == 1, said[-3000:]
    assert cases[case]["verdict"] == "failed"
    assert says in cases[case]["detail"]
