"""`provenett validate`: what it says of good, bad and hostile documents, and how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnconform.schemas import schema
from nhnconform.validating import (
    Judged,
    Layer,
    OfficialSchemasError,
    Severity,
    beyond_schemas,
    judge,
    prepare,
    rulebook,
)
from nhnconform.validating.many import CHUNK, judge_many, xml_files
from nhnconform.validating.wording import GENERAL
from nhnwire import validation
from provenett import progress
from provenett.__main__ import main

GOLDEN = resources.files("nhnfixtures").joinpath("golden")
INDEX = tomllib.loads(GOLDEN.joinpath("index.toml").read_text(encoding="utf-8"))["file"]
SHARED = Path(__file__).parents[3] / "shared" / "standards" / "xsd"
NOTE = GOLDEN.joinpath("msghead/note.xml").read_bytes()
ROWS = {rule.id for rule in beyond_schemas()}
FIRST_LAYER = {"xml": Layer.XML, "format": Layer.SCHEMA, "schema": Layer.SCHEMA}


def golden(name: str) -> bytes:
    return GOLDEN.joinpath(name).read_bytes()


def by_rule(judged: Judged) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in judged.findings}


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """What --json has printed, which follows its schema."""
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    value: dict[str, object] = json.loads(out)
    jsonschema.validate(value, schema("validate"))
    return value


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: entry["name"])
def test_each_golden_file_is_found_out_in_its_layer(entry: dict[str, str]) -> None:
    """A good file has no errors; a bad one is stopped by its layer, or breaks its rule and no other."""
    judged = judge(entry["name"], golden(entry["name"]))
    errors = [finding for finding in judged.findings if finding.severity is Severity.ERROR]
    expect = entry["expect"]
    if expect == "ok":
        assert errors == []
        assert not {finding.rule for finding in judged.findings} & ROWS
    elif expect in FIRST_LAYER:
        assert {finding.layer for finding in errors} == {FIRST_LAYER[expect]}
    else:
        assert {finding.rule for finding in judged.findings} & ROWS == {expect}
    for finding in judged.findings:
        assert finding.rule in rulebook()
        assert finding.cause
        assert finding.remedy
        assert finding.xpath.startswith("/")


def test_standard_version_and_type_are_recognised() -> None:
    """The three things one wants to know first about a file."""
    found = {name: judge(name, golden(name)) for name in ("msghead/note.xml", "apprec/receipt-1.1-copy.xml")}
    note, receipt = found.values()
    assert (note.standard, note.version, note.type) == ("MsgHead", "1.2", "DIALOG_NOTAT")
    assert (receipt.standard, receipt.version, receipt.type) == ("AppRec", "1.1", "APPREC")


@pytest.mark.parametrize(
    ("old", "new", "place", "cause"),
    [
        (b"<MsgId>", b"<MsgNo>", "/MsgHead/MsgInfo/MsgNo", "MsgNo stands where MsgId is wanted"),
        (b"<GenDate>", b"<GenDate/><GenDate>", "/MsgHead/MsgInfo/GenDate[1]", "no valid xs:dateTime"),
        (b' V="DIALOG_NOTAT"', b' V="DIALOG_NOTAT" X="1"', "/MsgHead/MsgInfo/Type/@X", "does not exist in the schema"),
        (b"<MsgInfo>", b"<MsgInfo>text", "/MsgHead/MsgInfo", "holds text where the schema allows elements only"),
        (b"dialog/2006-10-11", b"dialog/2005-10-11", "Content/Dialogmelding", "no document that is known here"),
        (b"2.16.578.1.12.4.1.1.7321", b"urn:7321", "TemaKodet/@S", "which has another form than"),
    ],
)
def test_schema_faults_are_said_in_plain_words(old: bytes, new: bytes, place: str, cause: str) -> None:
    """Somebody who has not read the schema learns where and what, without namespaces in braces."""
    data = NOTE.replace(old, new)
    if old == b"<MsgId>":
        data = data.replace(b"</MsgId>", b"</MsgNo>")
    assert data != NOTE
    found = [one for one in judge("note.xml", data).findings if one.layer is Layer.SCHEMA]
    first = found[0]
    assert first.xpath.endswith(place)
    assert cause in first.cause
    assert first.remedy != GENERAL
    assert first.line is not None
    assert all("{http" not in one.cause + one.remedy for one in found)


def test_codes_outside_their_table_are_warnings() -> None:
    """A code that no table has is worth a warning and no rejection; another name for a code is worth knowing."""
    unknown = judge("x", NOTE.replace(b'V="HER"', b'V="HERR"', 1))
    assert by_rule(unknown)["CODE-UNKNOWN"] is Severity.WARNING
    renamed = judge("x", NOTE.replace(b'DN="HER-id"', b'DN="Herkules"', 1))
    assert by_rule(renamed) == {"CODE-NAME": Severity.INFO}


def test_the_exit_code_says_how_it_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 without errors, 1 with, 2 for wrong use or a file that cannot be read."""
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(NOTE)
    bad.write_bytes(golden("msghead/rule-msghead-id.xml"))
    assert main(["validate", str(good)]) == 0
    assert main(["validate", str(good), str(bad)]) == 1
    out = capsys.readouterr().out
    assert "MSGHEAD-ID" in out
    assert "AppRec E10" in out
    assert "(line " in out
    assert main(["validate", str(tmp_path / "none.xml")]) == 2
    assert main(["validate", str(good), "--schemas", str(tmp_path)]) == 2
    assert main(["validate", "/proc/self/mem", str(good)]) == 2
    err = capsys.readouterr().err
    assert "there is no file" in err
    assert "there are no XSD files" in err
    assert "cannot be read" in err


def test_json_is_one_line_that_follows_its_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A machine gets every finding with file, layer, severity, rule, xpath, cause and remedy."""
    for number, entry in enumerate(INDEX):
        (tmp_path / f"{number:03}.xml").write_bytes(golden(entry["name"]))
    assert main(["validate", str(tmp_path), "--json"]) == 1
    value = printed(capsys)
    assert value["files"] == len(INDEX)
    findings = value["findings"]
    assert isinstance(findings, list)
    assert {finding["layer"] for finding in findings} >= {"xml", "schema", "rule"}
    files = [finding["file"] for finding in findings]
    assert files == sorted(files)


def test_folders_are_searched_and_files_taken_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files named *.xml at any depth are judged; others, and links out of the folder, are not."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "deep.XML").write_bytes(NOTE)
    (tmp_path / "a" / "note.xml").write_bytes(NOTE)
    (tmp_path / "a" / "readme.txt").write_bytes(b"no document")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert main(["validate", str(tmp_path), str(tmp_path / "a" / "note.xml"), "--json"]) == 0
    assert printed(capsys)["files"] == 2
    (tmp_path / "empty").mkdir()
    assert main(["validate", str(tmp_path / "empty")]) == 2
    assert "no files named *.xml" in capsys.readouterr().err


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    """Spreading the work changes neither what is said nor its order."""
    for number in range(2 * CHUNK + 3):
        (tmp_path / f"{number:04}.xml").write_bytes(golden(INDEX[number % len(INDEX)]["name"]))
    files = xml_files(tmp_path)
    assert list(judge_many(files, processes=2)) == list(judge_many(files, processes=1))


def test_progress_is_told_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long job says how far it is, and keeps standard output for its result."""
    monkeypatch.setattr(progress, "SILENT", 0.0)
    (tmp_path / "note.xml").write_bytes(NOTE)
    assert main(["validate", str(tmp_path), "--json"]) == 0
    streams = capsys.readouterr()
    assert "1 of 1 files (100 %)" in streams.err
    jsonschema.validate(json.loads(streams.out), schema("validate"))


def test_standard_input_and_a_reader_that_leaves(tmp_path: Path) -> None:
    """It works in a pipeline on both ends; a pager that is closed is no crash."""
    command = [sys.executable, "-m", "provenett", "validate"]
    done = subprocess.run([*command, "-"], input=NOTE, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert b"1 of 1 without errors" in done.stdout
    for number in range(150):
        (tmp_path / f"{number:04}.xml").write_bytes(golden("msghead/rule-msghead-id.xml"))
    with subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


def test_nothing_of_a_document_or_name_reaches_the_terminal_raw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A document cannot move the cursor of the one who reads about it."""
    path = tmp_path / "a\x1b[2Jb.xml"
    path.write_bytes(NOTE.replace(b"<MsgId>", "<MsgId>\x9b2J".encode()).replace(b' V="HER"', ' V="\x9b"'.encode(), 1))
    main(["validate", str(path)])
    out = capsys.readouterr().out
    assert "\\u001b[2Jb.xml" in out
    assert not {"\x1b", "\x9b"} & set(out)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own schemas, in the part of somebody else's."""
    folder = tmp_path_factory.mktemp("schemas") / "xsd"
    shutil.copytree(validation.schema_path(), folder)
    return folder


def changed(schemas: Path, into: Path, name: str, old: str, new: str) -> Path:
    """A copy in which one schema says something else."""
    shutil.copytree(schemas, into)
    path = next(into.rglob(name))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return into


def test_schemas_that_agree_add_nothing(schemas: Path, tmp_path: Path) -> None:
    """Judged by two equal sets of schemas, every golden file is judged as by one."""
    official = prepare(schemas, tmp_path)
    for entry in INDEX:
        alone, both = (judge(entry["name"], golden(entry["name"]), other) for other in (None, official))
        added = {finding.rule for finding in set(both.findings) - set(alone.findings)}
        assert added <= {"SCHEMA-UNCOVERED"}, entry["name"]


def test_a_stricter_official_schema_wins(schemas: Path, tmp_path: Path) -> None:
    """What only the official schema refuses is an error, and the difference is reported."""
    folder = changed(schemas, tmp_path / "xsd", "msghead-1.2.xsd", "v1.2 2006-05-24", "v1.2 2026-05-24")
    (tmp_path / "copies").mkdir()
    found = by_rule(judge("note.xml", NOTE, prepare(folder, tmp_path / "copies")))
    assert found == {"SCHEMA-OFFICIAL": Severity.ERROR, "SCHEMA-DISAGREEMENT": Severity.WARNING}


def test_a_milder_official_schema_wins_too(schemas: Path, tmp_path: Path) -> None:
    """What only our schema refuses is a warning, and the difference is reported."""
    folder = changed(schemas, tmp_path / "xsd", "msghead-1.2.xsd", ' fixed="v1.2 2006-05-24"', "")
    (tmp_path / "copies").mkdir()
    judged = judge("bad.xml", golden("msghead/schema-migversion.xml"), prepare(folder, tmp_path / "copies"))
    assert by_rule(judged) == {"SCHEMA": Severity.WARNING, "SCHEMA-DISAGREEMENT": Severity.WARNING}


def test_documents_the_official_folder_does_not_cover_are_said_so(schemas: Path, tmp_path: Path) -> None:
    """A folder with the schema of receipts only says nothing about notes."""
    folder = tmp_path / "xsd"
    folder.mkdir()
    shutil.copy(schemas / "apprec" / "apprec-1.0.xsd", folder)
    (tmp_path / "copies").mkdir()
    official = prepare(folder, tmp_path / "copies")
    assert by_rule(judge("note.xml", NOTE, official)) == {"SCHEMA-UNCOVERED": Severity.INFO}
    assert judge("receipt.xml", golden("apprec/receipt-1.0.xml"), official).findings == ()


def test_an_incomplete_official_folder_is_refused(schemas: Path, tmp_path: Path) -> None:
    """A schema whose imports are missing cannot judge; the file is named."""
    (tmp_path / "dialogmelding-1.1.xsd").write_bytes((schemas / "dialogmelding" / "dialogmelding-1.1.xsd").read_bytes())
    (tmp_path / "copies").mkdir()
    with pytest.raises(OfficialSchemasError, match=r"dialogmelding-1\.1\.xsd cannot be used"):
        prepare(tmp_path, tmp_path / "copies")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the official schemas in ../shared/standards/xsd")
def test_the_official_schemas_agree_on_every_golden_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is taken as it comes: 200 files that import each other by addresses that do not exist here."""
    for number, entry in enumerate(INDEX):
        (tmp_path / f"{number:03}.xml").write_bytes(golden(entry["name"]))
    assert main(["validate", str(tmp_path), "--json", "--schemas", str(SHARED)]) == 1
    value = printed(capsys)
    findings = value["findings"]
    assert isinstance(findings, list)
    assert [finding for finding in findings if finding["rule"] == "SCHEMA-DISAGREEMENT"] == []
    assert isinstance(value["schemas"], dict)


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    """Rubbish is a finding in the XML or the schema layer, never a crash."""
    found = judge("x", data).findings
    assert found[0].layer in {Layer.XML, Layer.SCHEMA}


@given(entry=st.sampled_from(INDEX), data=st.data())
def test_any_damage_is_judged(entry: dict[str, str], data: st.DataObject) -> None:
    """A document with some bytes replaced is judged like any other, and what is said follows the schema."""
    whole = golden(entry["name"])
    at = data.draw(st.integers(0, len(whole)))
    damage = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"<", b"&", b'"', b"xmlns=''", b"<a/>"])))
    cut = data.draw(st.integers(0, 40))
    judged = judge("x", whole[:at] + damage + whole[at + cut :])
    for finding in judged.findings:
        jsonschema.validate(finding.as_json(), schema("validate")["properties"]["findings"]["items"])
