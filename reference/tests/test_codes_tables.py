"""The code tables as files, and looking codes up in them."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnwire import codes
from nhnwire.coded import CodedValue, oid

FILES = Path(codes.__file__).parent / "tables"
OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "standards" / "data" / "kodeverk.json"

NEEDED = {
    "MsgHead": "8279 8113 8115 7304 8235 8112 4702 3109 9064 8114 1204",
    "people and organisations": "9040 9051 8116 9060 9034 3101 9043 9061 3401 3402",
    "AppRec": "8258 8221 8222 8223 8624 8451 7426 3403",
    "Dialogmelding": "9152 9153 9154 9069 9068 9067 9066 9057 8324 8422 7321 7322 8117 9148 9602",
    "base messages and care": "7309 8455 8304 8311 8231 7306 8240 8202 8233 8244 8245 9121 8408",
    "NAV": "8125 8126 8127 8128 8129",
    "not to be used any more": "9065 8331 8327 8268 8241",
    "digital dialogue": "7601 7602 7603 7604 7605 7606",
    "registers": "9044 8658 8659 8660 8663 8664 8666 8668 8669 8254 7704 8628 7750 7751 7753 7754 7755",
}

# Statistics Norway: municipalities by county since 2024; Svalbard is no municipality of a county.
COUNTIES = {
    "03": 1, "11": 23, "15": 27, "18": 41, "31": 12, "32": 21, "33": 18, "34": 46, "39": 6, "40": 17, "42": 25,
    "46": 43, "50": 38, "55": 21, "56": 18,
}  # fmt: skip

# What is known beyond the file that most tables were copied from, and why.
BEYOND = {
    "9060": {"FB", "NP", "OS", "PM"},  # newer than the display files
    "9044": {v for v in codes.table("9044") if v.startswith("E_")} | {"DSC"},  # of the register's code service
    "3402": set(codes.table("3402")),  # the municipalities of 2024 come from Statistics Norway
}


@pytest.mark.parametrize("document", NEEDED)
def test_every_table_that_the_base_standards_use_is_carried(document: str) -> None:
    """What a clinic meets in one of these it can show by name."""
    missing = [number for number in NEEDED[document].split() if not codes.table(number)]
    assert not missing, document


@pytest.mark.parametrize("number", codes.tables())
def test_a_file_says_what_it_is_and_where_it_comes_from(number: str) -> None:
    """OID, names, source and version; the file's name is the last arc of the OID."""
    found = codes.system(number)
    assert found is not None
    assert found.oid == oid(number)
    assert found.number == number
    assert all(text.strip() == text and text for text in (found.name, found.title, found.source, found.version))
    assert found.values
    assert all(v.strip() == v and v and text.strip() == text and text for v, text in found.values.items())
    assert found.retired <= set(found.values)
    data = tomllib.loads((FILES / f"{number}.toml").read_text(encoding="utf-8"))
    known = {"oid", "name", "title", "source", "version", "values", "retired", "withdrawn", "note"}
    assert set(data) <= known


def test_a_code_is_found_by_number_and_by_oid() -> None:
    """A CV names its table by OID, people name it by number."""
    for key in ("8221", oid("8221")):
        assert codes.name(key, "E10") == "Ugyldig meldingsidentifikator"
        assert codes.is_known(key, "T02")
        assert codes.value(key, "E10") == CodedValue("E10", "Ugyldig meldingsidentifikator", oid("8221"))
        assert codes.plain(key, "E10") == CodedValue("E10", "Ugyldig meldingsidentifikator")
        assert codes.system(key) is codes.system("8221")
    assert codes.name("3402", "5001") == "Trondheim - Tråante"
    assert codes.name("9043", "NO") == "Norge"
    assert codes.name("9044", "E_SB_ASYNC") == "Asynkron AMQP kø"


def test_codes_that_are_read_but_not_sent() -> None:
    """A retired code keeps its name, so that old messages can be shown; a withdrawn table retires all of its codes."""
    assert codes.name("9060", "MT") == "Manuellterapeut"
    assert codes.is_retired("9060", "MT")
    assert not codes.is_retired("9060", "LE")
    assert codes.is_retired("9065", "1")
    assert codes.is_retired("9043", "YU")
    assert not codes.is_retired("9043", "NO")
    assert not codes.is_retired("9065", "no such code")
    assert not codes.is_retired("0000", "1")


@pytest.mark.parametrize(
    "key",
    ["", ".", "..", "../tables/8221", "8221.toml", "/8221", "8221\0", "elements", "1.2.3", oid(""), oid("8221.1")],
)
def test_a_key_that_is_no_table_is_unknown_whatever_it_says(key: str) -> None:
    """The key comes out of a message: it opens no other file and raises nothing."""
    assert codes.system(key) is None
    assert codes.table(key) == {}
    assert codes.name(key, "E10") is None
    assert not codes.is_known(key, "E10")
    assert codes.value(key, "1").dn is None


@settings(deadline=None)
@given(st.text() | st.sampled_from(codes.tables()), st.text())
def test_looking_up_never_fails(key: str, v: str) -> None:
    """Unknown codes are data."""
    assert (codes.name(key, v) is not None) == codes.is_known(key, v)
    assert codes.plain(key, v).v == codes.value(key, v).v == v


def test_tables_cannot_be_changed() -> None:
    """One caller's mistake would be everybody's data."""
    with pytest.raises(TypeError):
        codes.table("8221")["E10"] = "x"  # type: ignore[index]  # that is what is tested


def test_municipalities_are_those_of_2024() -> None:
    """357 in 15 counties; names in several languages are one text."""
    counties = Counter(number[:2] for number in codes.table("3402"))
    assert counties.pop("21") == 1
    assert counties == COUNTIES
    assert sum(counties.values()) == 357
    assert all(len(number) == 4 and number.isdigit() for number in codes.table("3402"))


@pytest.mark.parametrize("number", codes.tables())
def test_values_are_those_of_the_display_files(number: str) -> None:
    """Every code and every text against NHN's own list, except for what is known to be newer."""
    if not OFFICIAL.is_file():
        pytest.skip("needs the shared reference material beside the project")
    official = _official()[number]
    ours = codes.table(number)
    beyond = BEYOND.get(number, set())
    assert beyond <= set(ours)
    assert {v: text for v, text in ours.items() if v not in beyond} == official


def _official() -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = json.loads(OFFICIAL.read_text(encoding="utf-8"))
    return {number: {v: text.strip() for v, text in values.items()} for number, values in tables.items()}
