"""`provenett doctor`: what stands in the way is found, and each finding says what helps."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nhnconform.schemas import schema

HERE = Path(__file__).parent
MAKE = "from pathlib import Path; from nhnsim.lab import Lab; Lab.open(Path('other')).close()"


def doctor(*words: str, cwd: Path, path: str | None = None) -> tuple[int, dict[str, Any]]:
    """Exit code, and the checks by name."""
    done = subprocess.run(
        [sys.executable, "-m", "provenett", "doctor", "--json", *words],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **({} if path is None else {"PATH": path})},
    )
    told = json.loads(done.stdout)
    jsonschema.validate(told, schema("doctor"))
    assert told["ok"] is (done.returncode == 0)
    return done.returncode, {check["name"]: check for check in told["checks"]}


def test_optional_programs_are_named_with_their_packages(tmp_path: Path) -> None:
    """With an empty PATH what is missing is told with its package, and nothing stands in the way."""
    code, checks = doctor(cwd=tmp_path, path=str(tmp_path))
    assert code == 0
    assert checks["xmlsec1"]["status"] == "missing"
    assert checks["xmlsec1"]["remedy"] == "apt-get install xmlsec1"
    assert checks["dotnet"]["remedy"]


def test_a_port_in_use_is_found(tmp_path: Path) -> None:
    """One of the lab's two ports is taken by somebody."""
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        ports = {"edi2": taken.getsockname()[1], "helseid": other.getsockname()[1]}
        other.close()
        (tmp_path / "lab.json").write_text(json.dumps({"ports": ports}), "utf-8")
        code, checks = doctor("--state", str(tmp_path), cwd=tmp_path)
    assert code == 1
    assert checks["port of edi2"]["status"] == "wrong"
    assert "--port-base" in checks["port of edi2"]["remedy"]
    assert checks["port of helseid"]["status"] == "ok"


def test_a_network_that_is_up_is_trusted_and_on_time(tmp_path: Path) -> None:
    """All endpoints are reached by the trust root; by another root none is, and the finding says what to do."""
    command = [sys.executable, "-m", "provenett", "up", "--no-clinic", "--json", "--state", "lab"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as network:
        try:
            assert network.stdout is not None
            up = json.loads(network.stdout.readline())
            (tmp_path / "up.json").write_text(json.dumps(up), "utf-8")
            code, checks = doctor("--attach", "up.json", cwd=tmp_path)
            assert code == 0, checks
            assert checks["trust of edi2"]["status"] == "ok"
            assert checks["network's clock"]["status"] == "ok"
            other = subprocess.run(
                [sys.executable, "-c", MAKE],
                cwd=tmp_path,
                check=False,
            )
            assert other.returncode == 0
            up["trust"] = str(tmp_path / "other" / "trust.pem")
            (tmp_path / "up.json").write_text(json.dumps(up), "utf-8")
            code, checks = doctor("--attach", "up.json", cwd=tmp_path)
            assert code == 1
            assert checks["trust of edi2"]["status"] == "wrong"
            assert "trust root" in checks["trust of edi2"]["remedy"]
        finally:
            network.terminate()
            network.wait(30)


@pytest.mark.parametrize(
    ("more", "name", "says"),
    [
        ('url = "http://127.0.0.1:9"', "SUT contract", "start the EHR"),
        ('url = "http://127.0.0.1:{port}"\nstart = ["./nowhere"]', "start", "path or mode"),
        ('driver = "command"\n[commands]\nsend = ["./nowhere"]', "command send", "path or mode"),
        ('driver = "manual"', "keyboard", "terminal"),
        ('driver = "telepathy"', "SUT file", "--template"),
    ],
)
def test_an_ehr_that_cannot_be_reached_is_explained(more: str, name: str, says: str, tmp_path: Path) -> None:
    """Nobody listens, a program is not there, nobody sits at the keyboard, the file is wrong."""
    (tmp_path / "sut.toml").write_text(f'name = "E"\nversion = "1"\n{more}\n', "utf-8")
    code, checks = doctor("--sut", "sut.toml", cwd=tmp_path)
    assert code == 1
    assert checks[name]["status"] == "wrong"
    assert says in checks[name]["remedy"]


def test_an_ehr_that_answers_is_found(tmp_path: Path) -> None:
    """What it declares is shown."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, str(HERE / "fake_sut.py"), "honest", str(port)]) as sut:
        try:
            (tmp_path / "sut.toml").write_text(f'name = "E"\nversion = "1"\nurl = "http://127.0.0.1:{port}"\n', "utf-8")
            for _ in range(50):
                code, checks = doctor("--sut", "sut.toml", cwd=tmp_path)
                if code == 0:
                    break
            assert "send, inbox, message" in checks["SUT contract"]["detail"]
        finally:
            sut.terminate()
