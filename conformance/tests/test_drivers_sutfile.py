"""SUT files: what can be said in one, and what is told to whoever gets it wrong."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import jsonschema
import msgspec
import pytest

from nhnconform import adapter
from nhnconform.drivers import TEMPLATE, SutFile, SutFileError, json_schema
from nhnconform.drivers.sutfile import Hooks
from nhnconform.schemas import schema

FOREIGN = Path(__file__).parent.parent / "foreign" / "sut.toml"
BARE = 'name = "E"\nversion = "1"\n'
LEAST = 'name = "E"\nversion = "1"\nurl = "http://127.0.0.1:{port}"\n'


def read(tmp_path: Path, text: str) -> SutFile:
    path = tmp_path / "sut.toml"
    path.write_text(text, encoding="utf-8")
    return SutFile.read(path)


def test_its_schema_is_shipped() -> None:
    """An editor that checks TOML by a schema knows every field; the schema follows the code."""
    assert schema("sut") == json_schema()
    value = tomllib.loads(TEMPLATE)
    jsonschema.validate(value, schema("sut"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value | {"driver": "telepathy"}, schema("sut"))


def test_the_template_is_a_sut_file_and_names_every_field(tmp_path: Path) -> None:
    """A vendor starts from it; nothing that can be said is missing from it."""
    read(tmp_path, TEMPLATE)
    tables = {"environment", "commands", "hooks"}
    assert [name for name in SutFile.__struct_fields__ if f"{name} =" not in TEMPLATE and name not in tables] == []
    assert [name for name in tables if f"[{name}]" not in TEMPLATE] == []
    assert [name for name in Hooks.__struct_fields__ if f"{name} =" not in TEMPLATE] == []


def test_placeholders_are_filled_in(tmp_path: Path) -> None:
    """Paths, the port and the interpreter reach the command, the URL and the environment."""
    text = LEAST + 'start = ["{python}", "x.py", "{up}", "{state}", "{{}}"]\n[environment]\nWHERE = "{state}/log"\n'
    ready = read(tmp_path, text).prepared(up="/u/up.json", state="/s", port=8123, cwd=tmp_path)
    assert ready.argv == (sys.executable, "x.py", "/u/up.json", "/s", "{}")
    assert ready.url == "http://127.0.0.1:8123"
    assert ready.ready == "http://127.0.0.1:8123/contract"
    assert ready.environment == {"WHERE": "/s/log"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "cannot be used"),
        (LEAST + "patience = 0", "patience must be above 0"),
        (LEAST + "poll_interval = -1", "poll_interval"),
        (LEAST + "concurrency = 0", "concurrency"),
        (LEAST + 'ready = "contract"', 'begins with "/"'),
        (LEAST + 'clock = "sundial"', "sundial"),
        (LEAST + "patients = 3", "patients"),
        (LEAST + 'start = ["{home}/ehr"]', "{up}, {state}, {port}, {python}"),
        (LEAST + 'start = ["{"]', "placeholder"),
        ('name = "E"\nversion = "1"\n', "url is missing"),
        ('name = "E"\nversion = "1"\ndriver = "none"\nurl = "http://x"\n', "leave it out"),
        (BARE + 'driver = "command"\n', "[commands] is missing"),
        (BARE + 'driver = "command"\n[commands]\nfly = ["x"]\n', "no operation fly"),
        (BARE + 'driver = "command"\n[commands]\nsend = []\n', "is empty"),
        (BARE + 'driver = "command"\noperations = ["inbox"]\n[commands]\nsend = ["x"]\n', "inbox"),
        (LEAST + '[commands]\nsend = ["x"]\n', 'without driver = "command"'),
        (LEAST + "manual_patience = 5", "manual_patience"),
        (BARE + 'driver = "manual"\nclock = "hub"\n', "keeps the machine's time"),
        (BARE + 'driver = "manual"\nmanual_patience = 0\n', "above 0"),
        (LEAST + '[hooks]\nbefore_lunch = ["x"]\n', "before_lunch"),
        (LEAST + '[hooks]\nbefore_run = ["{home}"]\n', "placeholder"),
        ('name = "\xff"\n', "cannot be used"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, text: str, says: str) -> None:
    """Which file, which field, and what to write instead."""
    path = tmp_path / "sut.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SutFileError) as told:
        SutFile.read(path)
    assert says in str(told.value)
    assert "sut.toml" in str(told.value) or "placeholder" in str(told.value)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(SutFileError, match=r"nowhere\.toml"):
        SutFile.read(tmp_path / "nowhere.toml")


def test_the_foreign_ehr_and_the_reference_clinic_have_sut_files() -> None:
    """Both can be prepared; extensions of the clinic reach its command line as they are."""
    assert SutFile.read(FOREIGN).profiles
    sut = adapter.sut_file(["a.b:c?x={1}"], name="mutant")
    sut.check("the reference clinic")
    argv = sut.prepared(up="u", state="s", port=1, cwd=None).argv
    assert argv[argv.index("--with") + 1] == "a.b:c?x={1}"
    assert msgspec.structs.replace(sut, name="x").clock == "hub"
