"""The lab: what stays the same from one run to the next, and what is refused."""

from __future__ import annotations

import json
import socket
import ssl
import stat
import threading
from typing import TYPE_CHECKING

import pytest
from joserfc.jwk import RSAKey

from nhnsim.lab import DEFAULT_SEED, Lab, LabError
from nhnsim.serving import ServingError, bind

if TYPE_CHECKING:
    from pathlib import Path


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def handshake(lab: Lab, name: str, trust: ssl.SSLContext) -> bytes:
    """Connect over real sockets and TLS under a name; the server's certificate."""
    server = bind("x", "127.0.0.1", 0)
    server.setblocking(True)
    server.listen()

    def serve() -> None:
        sock, _ = server.accept()
        with sock:
            try:
                lab.tls().wrap_socket(sock, server_side=True).close()
            except (ssl.SSLError, OSError):
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with (
            socket.create_connection(server.getsockname(), timeout=10) as sock,
            trust.wrap_socket(sock, server_hostname=name) as tls,
        ):
            return tls.getpeercert(binary_form=True) or b""
    finally:
        thread.join()
        server.close()


def test_a_second_start_finds_everything_as_it_was(tmp_path: Path) -> None:
    """CA, keys, credentials, seed and ports are those of the first start, byte for byte."""
    with Lab.open(tmp_path / "lab", seed=7) as lab:
        lab.tls()
        first = lab.credential(lab.world.clients[0])
        lab.publish([first])
        sock = bind("edi2", "127.0.0.1", lab.port("edi2", 4, None))
        port = sock.getsockname()[1]
        lab.remember({"edi2": sock})
        sock.close()
        before = files(lab.state)
    with Lab.open(tmp_path / "lab") as lab:
        lab.tls()
        assert lab.seed == 7
        assert lab.credential(lab.world.clients[0]) == first
        assert lab.port("edi2", 4, None) == port
        assert files(lab.state) == before


def test_another_seed_is_refused_with_a_remedy(tmp_path: Path) -> None:
    """A lab's keys and messages belong to one world."""
    with Lab.open(tmp_path, seed=7):
        pass
    with Lab.open(tmp_path, seed=7):
        pass
    with pytest.raises(LabError, match=r"seed 7.*Leave --seed 8 out, or name another --state"):
        Lab.open(tmp_path, seed=8)


def test_two_networks_do_not_share_a_lab(tmp_path: Path) -> None:
    """The second is refused while the first runs, and welcome afterwards."""
    with Lab.open(tmp_path), pytest.raises(LabError, match="another network is using"):
        Lab.open(tmp_path)
    with Lab.open(tmp_path):
        pass


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"version": 99, "seed": 1, "ports": {}}',
        b'{"version": 1, "seed": "x", "ports": {}}',
        b'{"version": 1, "seed": 1, "ports": []}',
        b"\xff",
    ],
)
def test_a_damaged_lab_is_refused(tmp_path: Path, content: bytes) -> None:
    """Never overwritten, never guessed at."""
    (tmp_path / "lab.json").write_bytes(content)
    with pytest.raises(LabError, match="name another --state"):
        Lab.open(tmp_path)
    assert (tmp_path / "lab.json").read_bytes() == content


def test_damaged_keys_are_refused_and_left_alone(tmp_path: Path) -> None:
    """A lab whose root cannot be read is not given a new one behind its users' backs."""
    with Lab.open(tmp_path):
        pass
    root = tmp_path / "authority" / "root.pem"
    root.write_bytes(b"-----BEGIN CERTIFICATE-----")
    with pytest.raises(LabError, match="cannot be read"):
        Lab.open(tmp_path)
    assert root.read_bytes() == b"-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize("host", ["", "bl\N{LATIN SMALL LETTER A WITH RING ABOVE}.example", "a b", "x\n", "a/b"])
def test_a_host_name_that_is_none_is_refused(tmp_path: Path, host: str) -> None:
    """Before anything is made for it."""
    with pytest.raises(LabError, match="no host name"):
        Lab.open(tmp_path, hosts=[host])


def test_a_folder_that_cannot_be_used_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="Name a folder you own"):
        Lab.open(tmp_path / "file")


def test_without_a_state_nothing_stays() -> None:
    """A temporary lab has a fresh root each time and goes with its process."""
    with Lab.open() as one, Lab.open() as other:
        assert one.seed == other.seed == DEFAULT_SEED
        assert one.trust.read_bytes() != other.trust.read_bytes()
        folder = one.state
    assert not folder.exists()


def test_private_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    """Mode 0600, and none of them in what is published."""
    with Lab.open(tmp_path) as lab:
        lab.tls()
        credential = lab.credential(lab.world.clients[0])
        lab.publish([credential])
        private = [path for path in tmp_path.rglob("*") if path.is_file() and b"PRIVATE" in path.read_bytes()]
        assert len(private) >= 4
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in private)
        clients = json.loads((tmp_path / "clients.json").read_bytes())
        entry = clients[credential.client.client_id]
        assert entry["jwk"]["kid"] == credential.kid
        assert not {"d", "p", "q"} & set(entry["jwk"])
        assert entry["organisation_number"] == credential.client.organisation_number
        assert RSAKey.import_key(entry["jwk"]).thumbprint() == credential.kid


def test_tls_is_trusted_under_every_name_of_the_lab_and_no_other(tmp_path: Path) -> None:
    """Loopback and what --san adds; when the names change the certificate does, the root does not."""
    with Lab.open(tmp_path, hosts=["nhn.example", "192.0.2.7"]) as lab:
        trust = lab.trusting()
        first = handshake(lab, "nhn.example", trust)
        assert {handshake(lab, name, trust) for name in ("localhost", "127.0.0.1", "::1", "192.0.2.7")} == {first}
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(lab, "other.example", trust)
    with Lab.open(tmp_path, hosts=["other.example"]) as lab:
        assert handshake(lab, "other.example", trust) != first


def test_a_port_that_is_taken_is_an_error_with_a_remedy() -> None:
    """Whoever starts a network twice on one port learns what to do."""
    with bind("edi2", "127.0.0.1", 0) as sock:
        sock.listen()
        with pytest.raises(ServingError, match=r"edi2 cannot listen on 127.0.0.1 port \d+.*--port-base"):
            bind("edi2", "127.0.0.1", sock.getsockname()[1])
