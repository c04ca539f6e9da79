"""The clinic's configuration: what the template says can be loaded, and every mistake is explained."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnclinic.config import TEMPLATE, decode, from_up, load
from nhnclinic.errors import ConfigError

UP: dict[str, Any] = {
    "clock": {"mode": "virtual", "hub": "127.0.0.1:4000", "now": "2030-01-07T07:00:00Z"},
    "endpoints": {
        "helseid": {"issuer": "https://localhost:8402"},
        "address_register": {"rest": "https://localhost:8403", "soap": None, "export": None},
        "edi2": {"v2": "https://localhost:8404", "v3": None},
    },
    "credentials": {
        "edi2": {"client_id": "c1", "key": "/keys/clinic.pem", "kid": "k1", "scope": "nhn:msh/api"},
        "address_register": {
            "client_id": "c1",
            "key": "/keys/clinic.pem",
            "kid": "k1",
            "scope": "nhn:cp-api/access-v2-dpop",
        },
    },
    "trust": "/keys/root.pem",
    "clinic": {
        "api": None,
        "organisation_number": "311111111",
        "name": 'Legekontoret "Blå" Øy',
        "her_id": 9_000_001,
        "service_her_ids": [9_000_002, 9_000_003],
        "services": [{"her_id": 9_000_002, "name": "Fastlegetjeneste"}, {"her_id": 9_000_003, "name": "Mottak"}],
        "users": [
            {
                "id": "doctor",
                "given_name": "Vakker",
                "family_name": "Blomst",
                "hpr": 900_000_001,
                "role": "physician",
                "her_id": 9_000_010,
            },
            {
                "id": "secretary",
                "given_name": "Stille",
                "family_name": "Fjell",
                "hpr": None,
                "role": "secretary",
                "her_id": None,
            },
        ],
    },
}


def test_the_template_is_a_configuration(tmp_path: Path) -> None:
    """Whoever saves the printed template has a file that loads; relative paths count from its folder."""
    path = tmp_path / "clinic.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    config = load(path)
    assert config.trust == str(tmp_path / "root.pem")
    assert config.database_url == f"sqlite:///{tmp_path}/state/clinic.sqlite"
    assert config.own_her_ids == (9_000_002, 9_000_001)


def test_a_network_describes_its_clinic(tmp_path: Path) -> None:
    """`from_up` turns the network's description into a configuration; names with quotes and æøå survive."""
    config = decode(from_up(UP, tmp_path, tokens={"doctor": "t1"}).encode(), folder=tmp_path)
    assert config.clock.hub == "127.0.0.1:4000"
    assert config.organisation.name == 'Legekontoret "Blå" Øy'
    assert config.own_her_ids == (9_000_002, 9_000_003, 9_000_010, 9_000_001)
    doctor, secretary, operator = config.users
    assert (doctor.name, doctor.hpr, doctor.token) == ("Vakker Blomst", "900000001", "t1")
    assert len(secretary.token) > 20
    assert secretary.hpr == ""
    assert [sorted(user.all_roles) for user in config.users] == [
        ["physician"],
        ["administrator", "secretary"],
        ["operator"],
    ]
    assert (doctor.her_id, operator.id) == (9_000_010, "operator")
    assert config.helseid.key == "/keys/clinic.pem"


def test_a_description_that_lacks_something_is_named() -> None:
    """A network without EDI 2.0 is no place for this clinic, and the error says what is missing."""
    broken = {**UP, "endpoints": {"helseid": {"issuer": "x"}}}
    with pytest.raises(ConfigError, match="address_register"):
        from_up(broken, Path("/nowhere"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('state = "state"', 'sttae = "state"', "sttae"),
        ("poll_seconds = 60", 'poll_seconds = "often"', "poll_seconds"),
        ("poll_seconds = 60", "poll_seconds = 0", "poll_seconds must be 1"),
        ("version = 2 ", "version = 4 ", "version must be 2 or 3"),
        ('receive = "polling"', 'receive = "stream"', "needs version = 3"),
        ('receive = "polling"', 'receive = "pigeon"', "polling"),
        ('number = "311111111"', 'number = "31111"', "nine digits"),
        ('token = "change-me"', 'token = ""', "token must not be empty"),
        ('roles = ["administrator"]', 'roles = ["king"]', "roles must be among"),
        ("her_id = 9000002", "her_id = 9000001", "must differ"),
        ("events_seconds = 300", "events_seconds = -1", "events_seconds must be 0"),
        ('tenancy = "single"', 'tenancy = "both"', "tenancy must be"),
        ('spelling = "libraries"', 'spelling = "own"', "spelling must be"),
        ('child = ""', 'child = "31"', "child must be nine digits"),
        ("[edi2]", '[gp_register]\nurl = "u"\nuser = "OrgUsr311111111"\n[edi2]', "password or password_file"),
        ("[edi2]", "[edi2", "not right"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Unknown keys, wrong types and impossible values are refused with the key and the remedy."""
    assert old in TEMPLATE
    with pytest.raises(ConfigError, match=words):
        decode(TEMPLATE.replace(old, new, 1).encode(), folder=tmp_path)


def test_a_network_with_a_gp_register_gives_its_user(tmp_path: Path) -> None:
    """The section is there when the network has the register, and a password's file is looked for beside the file."""
    assert decode(from_up(UP, tmp_path).encode(), folder=tmp_path).gp_register is None
    endpoints = {**UP["endpoints"], "gp_register": {"soap": "https://localhost:8405/v2/flr"}}
    credentials = {**UP["credentials"], "gp_register": {"username": "OrgUsr311111111", "password": "secret"}}
    text = from_up({**UP, "endpoints": endpoints, "credentials": credentials}, tmp_path)
    settings = decode(text.encode(), folder=tmp_path).gp_register
    assert settings is not None
    assert (settings.user, settings.password, settings.believe_minutes) == ("OrgUsr311111111", "secret", 60)
    kept = decode(text.replace("password =", "password_file =").encode(), folder=tmp_path).gp_register
    assert kept is not None
    assert kept.password_file == str(tmp_path / "secret")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml"):
        load(tmp_path / "nothing.toml")


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_hostile_bytes_are_refused_in_words(data: bytes) -> None:
    """Whatever is in the file, the answer is a configuration or a ConfigError."""
    with pytest.raises(ConfigError):
        decode(data, folder=Path("/nowhere"))


def test_from_up_writes_toml() -> None:
    """What is written is TOML by anybody's reader."""
    tables = tomllib.loads(from_up(UP, Path("/state dir"), database="sqlite:////x.db"))
    assert tables["state"] == "/state dir"
    assert tables["services"][0] == {"her_id": 9_000_002, "name": "Fastlegetjeneste"}
