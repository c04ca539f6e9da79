"""Hooks of a SUT file: run around the run and each case, with what they need to know; their failures are told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def conform(folder: Path, hooks: str, *words: str) -> tuple[int, Path, str]:
    """Judge the fake SUT with these hooks."""
    sut = folder / "sut.toml"
    sut.write_text(
        f"""
name = "Fake EHR"
version = "1"
url = "http://127.0.0.1:{{port}}"
start = ["{{python}}", "{HERE / "fake_sut.py"}", "honest", "{{port}}"]
poll_interval = 0.2
patience = 20
[hooks]
{hooks}
""",
        "utf-8",
    )
    command = ["conform", "--sut", str(sut), "--suite", str(HERE / "engine_suite.py"), "--case", "E-PASS", *words]
    done = subprocess.run(
        [sys.executable, "-m", "provenett", *command, "--report", str(folder / "report")],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return done.returncode, folder / "report", done.stdout + done.stderr


def test_hooks_run_in_their_places(tmp_path: Path) -> None:
    """Four hooks note themselves, in order; those of a case know its id, the last of them its verdict."""
    log = tmp_path / "log"
    program = tmp_path / "note.py"
    program.write_text(
        "import os, sys\n"
        "said = [sys.argv[1], *(os.environ.get('PROVENETT_' + key, '-') for key in ('CASE', 'VERDICT'))]\n"
        f"open({str(log)!r}, 'a').write(' '.join(said) + '\\n')\n"
        "assert os.path.exists(os.environ['PROVENETT_UP'])\n",
        "utf-8",
    )
    names = ("before_run", "before_case", "after_case", "after_run")
    hooks = "\n".join(f'{name} = ["{{python}}", "{program}", "{name}"]' for name in names)
    code, _, said = conform(tmp_path, hooks)
    assert code == 0, said
    expected = ["before_run - -", "before_case E-PASS -", "after_case E-PASS passed", "after_run - -"]
    assert log.read_text("utf-8").splitlines() == expected


def test_a_hook_that_fails_before_the_run_ends_it(tmp_path: Path) -> None:
    """Exit code 2, and the reason with what the hook said."""
    code, report, said = conform(tmp_path, """before_run = ["{python}", "-c", "import sys; sys.exit('no disk')"]""")
    assert code == 2
    assert "the run cannot begin: the hook before_run ended with exit code 1; it said last: no disk" in said
    assert "no disk" in (report / "logs" / "hooks.log").read_text("utf-8")


def test_a_hook_that_fails_around_a_case_is_told(tmp_path: Path) -> None:
    """Before it the case is inconclusive; after it the verdict stands with a remark."""
    code, report, said = conform(tmp_path, 'before_case = ["/nowhere/hook"]\nafter_case = ["/nowhere/other"]')
    assert code == 1, said
    [case] = json.loads((report / "results.json").read_text("utf-8"))["cases"]
    assert case["verdict"] == "inconclusive"
    assert "/nowhere/hook" in case["detail"]
    assert "/nowhere/other" in case["detail"]
