"""An EHR at another host address: two network namespaces with a cable, which share nothing else but files."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = Path(__file__).parent.parent / "foreign" / "sut.toml"
NAME, WRONG_NAME = "nhn.example", "elsewhere.example"
HERE, THERE = "10.213.77.1", "10.213.77.2"
CONNECT = """
import json, socket, ssl, sys
trust, name, port = sys.argv[1:]
context = ssl.create_default_context(cafile=trust)
try:
    with socket.create_connection((name, int(port)), 10) as plain, context.wrap_socket(plain, server_hostname=name):
        print("trusted")
except ssl.SSLCertVerificationError as error:
    print(error.verify_message)
"""

pytestmark = pytest.mark.integration("ip", apt="iproute2")


class Hosts(NamedTuple):
    """Namespaces: of the network, of the EHR."""

    network: str
    ehr: str


def ip(*words: str) -> None:
    """One command of iproute2."""
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=20)


def inside(host: str, *argv: str) -> list[str]:
    """The command in a namespace."""
    return ["ip", "netns", "exec", host, *argv]


def _cannot(text: str) -> NoReturn:
    """Skip; in CI fail, so that a green run has run it."""
    if os.environ.get("PROVENETT_CI"):
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    """Two hosts with a cable; the EHR's knows the other by two names, one of which the certificate does not have."""
    mark = uuid.uuid4().hex[:6]
    pair = Hosts(f"pvn{mark}", f"pve{mark}")
    names = Path("/etc/netns") / pair.ehr
    if os.geteuid() != 0:
        _cannot("needs root, to make network namespaces; run it as root")
    with contextlib.ExitStack() as stack:
        try:
            for host in pair:
                ip("netns", "add", host)
                stack.callback(ip, "netns", "del", host)
                ip("-n", host, "link", "set", "lo", "up")
        except subprocess.CalledProcessError as error:
            _cannot(f"needs leave to make network namespaces (CAP_SYS_ADMIN, CAP_NET_ADMIN): {error.stderr}")
        names.mkdir(parents=True)
        stack.callback(_forget, names)
        lines = ("127.0.0.1 localhost", f"{HERE} {NAME} {WRONG_NAME}")
        (names / "hosts").write_text("\n".join(lines) + "\n", "utf-8")
        ends = [(pair.network, f"n{mark}", HERE), (pair.ehr, f"e{mark}", THERE)]
        ip("-n", pair.network, "link", "add", ends[0][1], "type", "veth", "peer", ends[1][1], "netns", pair.ehr)
        for host, end, address in ends:
            ip("-n", host, "addr", "add", f"{address}/24", "dev", end)
            ip("-n", host, "link", "set", end, "up")
        yield pair


def _forget(names: Path) -> None:
    (names / "hosts").unlink()
    names.rmdir()
    with contextlib.suppress(OSError):  # another test's hosts may be there
        names.parent.rmdir()


@contextlib.contextmanager
def network(host: str, folder: Path) -> Iterator[dict[str, Any]]:
    """The network, up in its namespace; what it says of itself."""
    words = ("up", "--no-clinic", "--json", "--state", "lab", "--bind", HERE, "--public-host", NAME)
    command = inside(host, sys.executable, "-m", "provenett", *words)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(30)


def proofs(report: Path) -> set[str]:
    """The `htu` of every DPoP proof in the evidence."""
    found = set()
    for path in report.glob("evidence/*/*-in.bin"):
        for proof in re.findall(rb"(?im)^dpop: ([\w-]+)\.([\w-]+)\.", path.read_bytes()):
            found.add(json.loads(base64.urlsafe_b64decode(proof[1] + b"=="))["htu"])
    return found


def test_an_ehr_on_another_host_is_served_and_judged(hosts: Hosts, tmp_path: Path) -> None:
    """The judge and the foreign EHR stand at one address, the network at another. Server certificates hold for the
    network's public name and no other, DPoP proofs name it, and the EHR sends and receives as it does at home.
    """
    with network(hosts.network, tmp_path) as up:
        (tmp_path / "up.json").write_text(json.dumps(up), "utf-8")
        edi = up["endpoints"]["edi2"]["v2"]
        assert edi.startswith(f"https://{NAME}:")
        port = edi.rpartition(":")[2].split("/")[0]
        said = {
            name: subprocess.run(
                inside(hosts.ehr, sys.executable, "-c", CONNECT, up["trust"], name, port),
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            ).stdout.strip()
            for name in (NAME, HERE, WRONG_NAME)
        }
        assert said[NAME] == said[HERE] == "trusted"
        assert "doesn't match" in said[WRONG_NAME] or "mismatch" in said[WRONG_NAME].casefold()

        words = ("--attach", "up.json", "--sut", str(FOREIGN), "--case", "EDI-01", "EDI-11", "EDI-12", "HID-*")
        done = subprocess.run(
            inside(hosts.ehr, sys.executable, "-m", "provenett", "conform", *words),
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "report" / "results.json").read_text("utf-8"))
    verdicts = {case["id"]: case["verdict"] for case in results["cases"]}
    assert {verdicts["EDI-01"], verdicts["EDI-11"], verdicts["EDI-12"]} == {"passed"}
    targets = proofs(tmp_path / "report")
    assert targets
    assert all(target.startswith(f"https://{NAME}:") for target in targets), targets
