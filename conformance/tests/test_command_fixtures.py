"""`provenett fixtures`: the seeded world on paper, the same for everybody, and good by our own judgement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from nhnconform.schemas import schema
from nhnconform.validating import Severity, judge
from nhnfixtures.messages import TYPES
from nhnfixtures.world import World
from provenett.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What the command prints with --json, which follows its schema."""
    assert main(["fixtures", *words, "--json"]) == 0
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(value, schema("fixtures"))
    return value


def test_the_world_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    """How many there are of what, and who the clinic is; a larger tier has more around the same clinic."""
    small, large = told(capsys, "world"), told(capsys, "world", "--tier", "20000")
    assert small["world"]["parties"] == 200
    assert large["world"]["parties"] == 20_000
    assert small["world"]["clinic"] == large["world"]["clinic"]
    assert main(["fixtures", "world"]) == 0
    assert "200 parties" in capsys.readouterr().out


def test_people_are_those_of_the_seed(capsys: pytest.CaptureFixture[str]) -> None:
    """Person k is person k wherever the seed is the same."""
    people = told(capsys, "person", "0", "7", "--count", "2")["people"]
    assert [one["k"] for one in people] == [0, 1, 7, 8]
    world = World(1)
    assert [one["number"] for one in people] == [world.person(k).number for k in (0, 1, 7, 8)]
    assert told(capsys, "person", "--seed", "2")["people"][0]["number"] == World(2).person(0).number


def test_parties_are_found_by_her_id_kind_and_type(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole register, a part of it, or one."""
    assert len(told(capsys, "party")["parties"]) == 200
    services = told(capsys, "party", "--kind", "clinic", "--type", "Service")["parties"]
    assert [one["her_id"] for one in services] == [one.her_id for one in World(1).clinic.services]
    one = told(capsys, "party", str(services[0]["her_id"]))["parties"]
    assert one == services[:1]
    assert one[0]["edi_address"]


@pytest.mark.parametrize("kind", sorted(TYPES))
@pytest.mark.parametrize("shape", ["minimal", "random", "maximal"])
def test_messages_and_their_receipts_are_good(
    kind: str, shape: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the world writes has no errors by `provenett validate`, in any shape."""
    words = [kind, "3", "--shape", shape, "--attachment", "0", "1000", "--out", str(tmp_path)]
    told(capsys, "message", *words)
    told(capsys, "message", *words, "--receipt")
    told(capsys, "message", kind, "4", "--receipt", "--error", "E10", "E21", "--out", str(tmp_path))
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    for path in files:
        found = judge(path.name, path.read_bytes()).findings
        assert [finding for finding in found if finding.severity is Severity.ERROR] == []


def test_the_same_message_comes_as_bytes_json_and_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One message, three ways out."""
    assert main(["fixtures", "message", "DIALOG_NOTAT", "5"]) == 0
    text = capsys.readouterr().out.removesuffix("\n")
    (message,) = told(capsys, "message", "DIALOG_NOTAT", "5")["messages"]
    assert message["document"] == text
    assert message["msg_id"] in text
    assert main(["fixtures", "message", "DIALOG_NOTAT", "4", "--count", "3", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "DIALOG_NOTAT-000005.xml").read_text(encoding="utf-8") == text
    assert capsys.readouterr().out == f"3 written to {tmp_path}\n"
    assert main(["fixtures", "person", "--out", str(tmp_path / "person.txt")]) == 0
    assert World(1).person(0).number in (tmp_path / "person.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["world", "--tier", "7"], "there is no tier of 7 parties"),
        (["person", "9999999999"], "k runs from 0"),
        (["party", "1"], "no party has HER-id 1"),
        (["party", "--kind", "circus"], "no such party"),
        (["message", "DIALOG_SANG"], "choose one of"),
        (["message", "DIALOG_NOTAT", "--attachment", "35000001"], "35000000"),
        (["message", "DIALOG_NOTAT", "--count", "2"], "--out DIR"),
        (["message", "DIALOG_NOTAT", "--error", "E10"], "--receipt"),
    ],
)
def test_wrong_use_is_said_and_ends_with_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Cause and remedy instead of a stack trace."""
    assert main(["fixtures", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["person", "-1"], ["person", "--count", "0"], ["message"], ["elephant"], []])
def test_what_cannot_be_read_is_refused_at_once(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers are whole and not negative; what to print must be said."""
    with pytest.raises(SystemExit) as ended:
        main(["fixtures", *words])
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err
