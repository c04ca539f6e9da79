"""`provenett adapter`: skeletons that pass the self-test as they stand, and adapters that are found out."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from nhnconform.drivers import SutFile
from nhnconform.schemas import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def provenett(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    command = [sys.executable, "-m", "provenett", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def checked(url: str) -> tuple[int, dict[str, Any]]:
    """Exit code and checks by name."""
    done = provenett("adapter", "check", url, "--json")
    told = json.loads(done.stdout)
    jsonschema.validate(told, schema("doctor"))
    return done.returncode, {check["name"]: check for check in told["checks"]}


@contextlib.contextmanager
def serving(*argv: str, cwd: Path | None = None) -> Iterator[str]:
    """A program that serves at the port that replaces PORT; its URL once it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([word.replace("PORT", str(port)) for word in argv], cwd=cwd, stderr=subprocess.PIPE) as child:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert child.poll() is None, "it ended"
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.kill()


def skeleton(language: str, folder: Path) -> Path:
    """Written by the command."""
    done = provenett("adapter", "init", "--lang", language, str(folder / "mine"))
    assert done.returncode == 0, done.stderr
    SutFile.read(folder / "mine" / "sut.toml")
    return folder / "mine"


def passes(url: str) -> None:
    """Every operation it declares is answered, every wrong request refused."""
    code, checks = checked(url)
    assert code == 0, [check for check in checks.values() if check["status"] != "ok"]
    for name in ("contract", "send", "send, no JSON", "world, no object", "message, unknown", "an unknown path"):
        assert checks[name]["status"] == "ok"


def test_the_python_skeleton_works_as_it_stands(tmp_path: Path) -> None:
    """It passes the self-test, and the judge can begin with it: a message it never sends is found out."""
    folder = skeleton("python", tmp_path)
    with serving(sys.executable, "adapter.py", "--port", "PORT", cwd=folder) as url:
        passes(url)
    report = tmp_path / "report"
    done = provenett("conform", "--sut", str(folder / "sut.toml"), "--report", str(report), "--case", "EDI-01")
    results = json.loads((report / "results.json").read_text("utf-8"))
    assert {case["verdict"] for case in results["cases"]} == {"failed"}, done.stdout


@pytest.mark.skipif(shutil.which("javac") is None, reason="needs javac; apt-get install default-jdk-headless")
def test_the_java_skeleton_compiles_and_passes(tmp_path: Path) -> None:
    """Without a warning, and it answers as the Python one does."""
    folder = skeleton("java", tmp_path)
    made = subprocess.run(
        ["javac", "-Xlint:all", "-Werror", "-d", "out", "Adapter.java"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    with serving("java", "-cp", "out", "Adapter", "PORT", cwd=folder) as url:
        passes(url)


@pytest.mark.skipif(
    shutil.which("dotnet") is None, reason="needs dotnet; install a .NET 8 SDK by its maker's instructions"
)
def test_the_csharp_skeleton_compiles_and_passes(tmp_path: Path) -> None:
    """As above."""
    folder = skeleton("csharp", tmp_path)
    with serving("dotnet", "run", "--", "PORT", cwd=folder) as url:
        passes(url)


def test_an_adapter_that_does_not_speak_the_contract_is_told_how(tmp_path: Path) -> None:
    """The fake SUT takes any body, and its refusals have neither cause nor remedy."""
    del tmp_path
    with serving(sys.executable, str(HERE / "fake_sut.py"), "honest", "PORT") as url:
        code, checks = checked(url)
    assert code == 1
    assert checks["send"]["status"] == "ok"
    assert checks["send, no JSON"]["remedy"] == "answer 400"
    assert "cause" in checks["message, unknown"]["detail"]


def test_babble_is_told() -> None:
    """An answer outside the contract is quoted."""
    with serving(sys.executable, str(HERE / "fake_sut.py"), "babble", "PORT") as url:
        code, checks = checked(url)
    assert code == 1
    assert "certainly!" in checks["send"]["detail"]


def test_nobody_there_is_told() -> None:
    """One check, which says what to serve."""
    code, checks = checked("http://127.0.0.1:9")
    assert (code, set(checks)) == (1, {"contract"})


def test_wrong_use_is_explained(tmp_path: Path) -> None:
    """No address; a folder that holds something."""
    (tmp_path / "mine").touch()
    assert provenett("adapter", "check", "localhost").returncode == 2
    done = provenett("adapter", "init", "--lang", "python", str(tmp_path))
    assert (done.returncode, "holds something already" in done.stderr) == (2, True)
