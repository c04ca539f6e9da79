"""`provenett kit`: a folder with which somebody else's EHR joins the lab's network."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12

from nhnconform.contract import WorldRequest, openapi
from nhnconform.drivers import SutFile

if TYPE_CHECKING:
    from pathlib import Path


def provenett(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    command = [sys.executable, "-m", "provenett", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kit of a new lab, for an EHR on another machine."""
    folder = tmp_path_factory.mktemp("kit")
    done = provenett("kit", "--state", "lab", "--out", "kit", "--public-host", "nhn.example", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "kit"


def test_keys_and_certificates_fit_each_other(kit: Path) -> None:
    """PEM and PKCS#12 hold the same key; certificates carry the organisation's number and lead to the root."""
    network = json.loads((kit / "network.json").read_text("utf-8"))
    for name in ("helseid", "signing", "encryption"):
        pem: Any = load_pem_private_key((kit / f"{name}.pem").read_bytes(), None)
        key, certificate, chain = pkcs12.load_key_and_certificates((kit / f"{name}.p12").read_bytes(), b"provenett")
        assert key is not None
        assert key.public_key() == pem.public_key()
        if certificate is not None:
            assert network["clinic"]["organisation_number"] in certificate.subject.rfc4514_string()
            certificate.verify_directly_issued_by(chain[0])
            chain[0].verify_directly_issued_by(chain[1])
            assert (kit / "trust.cer").read_bytes() == chain[1].public_bytes(Encoding.DER)
    ssl.create_default_context(cafile=kit / "trust.pem")
    assert (kit / "helseid.pem").stat().st_mode & 0o077 == 0


def test_the_description_is_for_elsewhere(kit: Path) -> None:
    """Endpoints have the public name, files are those of the kit, and nothing of the judge's is told."""
    text = (kit / "network.json").read_text("utf-8")
    network = json.loads(text)
    assert network["endpoints"]["edi2"]["v2"].startswith("https://nhn.example:")
    assert network["trust"] == "trust.pem"
    assert network["credentials"]["edi2"]["key"] == "helseid.pem"
    assert json.loads((kit / "helseid.jwk.json").read_text("utf-8"))["kid"] == network["credentials"]["edi2"]["kid"]
    assert not {"counterparts", "control", "state"} & set(network)
    assert str(kit.parent) not in text


def test_people_contract_and_sut_file_are_usable(kit: Path) -> None:
    """People are a request of the contract, the SUT file is one, the page is the page; the guide names every file."""
    people = msgspec.json.decode((kit / "people.json").read_bytes(), type=WorldRequest)
    assert len(people.patients) == 40
    assert people.users
    SutFile.read(kit / "sut.toml")
    tomllib.loads((kit / "sut.toml").read_text("utf-8"))
    assert json.loads((kit / "contract.json").read_bytes()) == openapi()
    guide = (kit / "README.txt").read_text("utf-8")
    assert {path.name.split(".")[0] for path in kit.iterdir() if path.name.split(".")[0] not in guide} == {"README"}


def test_a_lab_gives_the_same_kit_again(kit: Path) -> None:
    """Keys and certificates are the lab's, not the kit's."""
    done = provenett("kit", "--state", "lab", "--out", "again", cwd=kit.parent)
    assert done.returncode == 0, done.stderr
    for name in ("trust.pem", "helseid.pem", "signing.pem", "encryption.pem"):
        assert (kit.parent / "again" / name).read_bytes() == (kit / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name either"),
        (["--state", "lab", "--attach", "up.json"], "name either"),
        (["--attach", "nowhere.json"], "provenett up --json"),
    ],
)
def test_wrong_use_is_explained(words: list[str], says: str, tmp_path: Path) -> None:
    """Exit code 2 and what to give instead."""
    done = provenett("kit", "--out", "kit", *words, cwd=tmp_path)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder that holds something is left alone."""
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "mine").touch()
    done = provenett("kit", "--state", "lab", "--out", "kit", cwd=tmp_path)
    assert done.returncode == 2
    assert "holds something already" in done.stderr
