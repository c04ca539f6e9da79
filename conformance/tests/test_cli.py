"""The front door: quick to answer, clear about wrong use, one line of JSON when the network is up."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import jsonschema
import pytest

from nhnconform.schemas import schema

HERE = Path(__file__).parent


def provenett(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    command = [sys.executable, "-m", "provenett", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=cwd, check=False)


def test_help_imports_nothing_heavy() -> None:
    """The help must come in a fifth of a second; it can only if none of the libraries is imported for it.

    Counted instead of timed, so that a busy machine does not fail the test; the best of some tries is timed as well.
    """
    heavy = "{'aiohttp', 'lxml', 'pytest', 'sqlalchemy', 'cryptography', 'jinja2', 'rich', 'msgspec', 'nhnsim'}"
    script = (
        "import sys\nfrom provenett.__main__ import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.strip() == "[]"
    assert "conform" in done.stdout
    times = []
    for _ in range(5):
        began = time.perf_counter()
        provenett("--help")
        times.append(time.perf_counter() - began)
    assert min(times) < 0.2


def test_the_version_is_the_packages() -> None:
    """`--version` answers with the distribution's version."""
    done = provenett("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("provenett 0.")


@pytest.mark.parametrize("words", [["conform", "--help"], ["up", "--help"]])
def test_each_command_explains_itself_with_examples(words: list[str]) -> None:
    """Every sub-command's help has examples."""
    done = provenett(*words)
    assert done.returncode == 0
    assert "examples:" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "COMMAND"),
        (["judge"], "invalid choice"),
        (["conform", "--patience", "soon"], "not a number of seconds"),
        (["conform", "--concurrency", "0"], "not a whole number above 0"),
        (["conform", "--case", "NO-SUCH-*"], "provenett conform --list"),
        (["conform", "--profile", "no-such-profile", "--list"], "no case belongs to profile"),
        (["conform", "--sut", "missing.toml"], "missing.toml"),
        (["conform", "--suite", "missing.py"], "no such suite"),
        (["conform", "--attach", "missing.json"], "provenett up --json"),
        (["up", "--port-base", "high"], "not a port"),
    ],
)
def test_wrong_use_ends_with_two_and_a_remedy(tmp_path: Path, words: list[str], says: str) -> None:
    """Exit code 2, a sentence that helps, and no stack trace."""
    done = provenett(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sut_file_that_cannot_be_used_is_wrong_use(tmp_path: Path) -> None:
    """The reason names the file and the field."""
    (tmp_path / "sut.toml").write_text('name = "x"\nversion = "1"\nurl = "http://127.0.0.1:1"\nspeed = 9\n')
    done = provenett("conform", "--sut", "sut.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "sut.toml" in done.stderr
    assert "speed" in done.stderr


def test_a_claim_that_no_case_belongs_to_is_wrong_use(tmp_path: Path) -> None:
    """A misspelt profile must not make everything not applicable, and so green."""
    (tmp_path / "sut.toml").write_text(
        'name = "x"\nversion = "1"\nurl = "http://127.0.0.1:1"\nprofiles = ["edi2-sned"]\n'
    )
    done = provenett("conform", "--sut", "sut.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "edi2-sned" in done.stderr


def test_a_report_that_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    """Nobody waits for a run whose report is lost."""
    (tmp_path / "file").write_text("")
    done = provenett("conform", "--report", "file/report", cwd=tmp_path)
    assert done.returncode == 2
    assert "the report cannot be written" in done.stderr


def test_the_list_names_every_case_and_starts_nothing(tmp_path: Path) -> None:
    """`--list` is quick, needs no network, and leaves no report behind."""
    done = provenett("conform", "--list", cwd=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) >= 8
    assert any(line.startswith("EDI-12 ") for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_up_prints_one_object_that_fits_its_schema_and_stops_when_told(tmp_path: Path) -> None:
    """Network and clinic are up when the line comes; the clinic answers with a user's token; SIGTERM ends it all."""
    command = [sys.executable, "-m", "provenett", "up", "--json", "--state", str(tmp_path / "lab"), "--seed", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            jsonschema.validate(facts, schema("up"), cls=jsonschema.Draft202012Validator)
            assert facts["seed"] == 5
            status, body = asyncio.run(_ask_clinic(facts))
            assert status == 200, body
        finally:
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, ""), errors


async def _ask_clinic(facts: dict[str, dict[str, str]]) -> tuple[int, str]:
    token = facts["clinic"]["users"][0]["token"]  # type: ignore[index]  # a list in JSON
    url = facts["clinic"]["api"] + "/api/inbox"
    async with aiohttp.ClientSession() as http, http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status, await answer.text()


def test_up_stops_with_a_reason_when_its_clinic_is_gone(tmp_path: Path) -> None:
    """A network without the clinic that it promised is not left standing in silence."""
    command = [sys.executable, "-m", "provenett", "up", "--json", "--state", str(tmp_path / "lab")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        (clinic,) = _children(process.pid)
        os.kill(clinic, signal.SIGKILL)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "the clinic was killed by SIGKILL" in errors


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def test_the_judge_attaches_to_a_network_that_is_up(tmp_path: Path) -> None:
    """`conform --attach` judges in it, leaves it up, and a second run works as well."""
    command = [sys.executable, "-m", "provenett", "up", "--no-clinic", "--json", "--clock", "virtual"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            (tmp_path / "up.json").write_text(process.stdout.readline())
            for _ in range(2):
                done = provenett("conform", "--attach", "up.json", "--case", "EDI-12", "EDI-02", cwd=tmp_path)
                assert done.returncode == 0, done.stdout + done.stderr
                results = json.loads((tmp_path / "report" / "results.json").read_text("utf-8"))
                assert results["summary"]["passed"] == 2
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(timeout=30)
