"""`provenett requirements`: proved is what a run proved, and nothing else is."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from nhnconform.errors import HarnessError
from nhnconform.requirements import (
    Evidence,
    EvidenceError,
    Standing,
    Status,
    declared,
    read,
    read_record,
    requirements,
    rule_proofs,
    standings,
)
from nhnconform.requirements.catalogue import MOST_DECLARED
from nhnconform.requirements.evidence import PlayedCase, PlayedMutant
from nhnconform.schemas import schema
from nhnwire import rules

if TYPE_CHECKING:
    from pathlib import Path


def case(case_id: str, verdict: str = "passed", *names: str) -> PlayedCase:
    return PlayedCase(case_id, verdict, names or ("R-001",))


def mutant(name: str, *caught_by: str, expected: tuple[str, ...] | None = None, kind: str = "mutant") -> PlayedMutant:
    wanted = caught_by if expected is None else expected
    return PlayedMutant(name, kind, wanted, caught_by, bool(set(wanted) & set(caught_by)))


def standing(*played: PlayedCase | PlayedMutant, key: str = "R-001", declarations: str = "") -> Standing:
    """How one requirement stands after a run of these cases and mutants."""
    evidence = Evidence(
        cases=tuple(one for one in played if isinstance(one, PlayedCase)),
        mutants=tuple(one for one in played if isinstance(one, PlayedMutant)),
    )
    found = standings(evidence, declared=declared(declarations), proofs={}, named_by={"R-001": ["A-1"]})
    return next(one for one in found if one.id == key)


@pytest.fixture(autouse=True)
def _requirements_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules need the golden files, which one test below judges."""
    monkeypatch.setattr("nhnconform.requirements.standing.beyond_schemas", tuple)


def test_there_are_279_requirements_with_their_stories() -> None:
    """R-001 to R-279, none missing, each with what is given, what happens and what must follow."""
    found = requirements()
    assert list(found) == [f"R-{number:03}" for number in range(1, 280)]
    assert all(one.title and one.given and one.when and one.then and one.sides for one in found.values())


def test_proved_needs_a_case_that_passed_and_a_mutant_that_died_of_it() -> None:
    """Both, of the same case; the reason names them."""
    found = standing(case("A-1"), mutant("forgetful", "A-1"))
    assert (found.status, found.proved_by, found.mutants) == (Status.PROVED, ("A-1",), ("forgetful",))
    assert "A-1" in found.reason
    assert "forgetful" in found.reason


@pytest.mark.parametrize(
    ("played", "reason"),
    [
        ((), "no run is known in which A-1 was judged"),
        ((case("A-1"),), "no mutant is known to have died of A-1"),
        ((case("A-1"), mutant("lucky", "B-1")), "no mutant is known to have died of A-1"),
        ((case("A-1"), mutant("seen", "A-1", expected=("B-1",))), "no mutant is known to have died of A-1"),
        ((case("A-1"), mutant("legal", "A-1", kind="honest")), "no mutant is known to have died of A-1"),
        ((case("A-1"), mutant("ours", "A-1", kind="harness")), "no mutant is known to have died of A-1"),
        ((case("A-1", "failed"), mutant("forgetful", "A-1")), "case A-1 ended as failed"),
        ((case("A-1"), case("A-2", "warning"), mutant("forgetful", "A-1")), "case A-2 ended as warning"),
        ((case("A-1"), case("A-2", "deferred"), mutant("forgetful", "A-1")), "case A-2 ended as deferred"),
        ((case("A-1", "not_applicable"), mutant("forgetful", "A-1")), "no run is known in which A-1 was judged"),
        ((case("A-1", "passed", "R-002"), mutant("forgetful", "A-1")), "no run is known in which A-1 was judged"),
    ],
)
def test_less_than_that_is_planned_and_says_what_is_missing(
    played: tuple[PlayedCase | PlayedMutant, ...], reason: str
) -> None:
    """A case that failed, was not judged, or catches nobody proves nothing."""
    found = standing(*played)
    assert (found.status, found.reason, found.proved_by) == (Status.PLANNED, reason, ())


def test_a_case_of_another_profile_does_not_stand_in_the_way() -> None:
    """Not applicable is no verdict on the requirement."""
    played = (case("A-1"), case("A-2", "not_applicable"), mutant("forgetful", "A-1"))
    assert standing(*played).status is Status.PROVED


def test_what_no_case_names_is_planned() -> None:
    """Most requirements, for a while."""
    found = standing(case("A-1"), mutant("forgetful", "A-1"), key="R-002")
    assert (found.status, found.reason) == (Status.PLANNED, "no case names it")


def test_a_declared_requirement_gives_way_to_a_proof() -> None:
    """Attested is said with its reason, until a run proves it."""
    text = '[R-001]\nstatus = "attested"\nreason = "the operator signs for it"\n'
    assert standing(declarations=text).status is Status.ATTESTED
    assert standing(declarations=text).reason == "the operator signs for it"
    assert standing(case("A-1"), mutant("forgetful", "A-1"), declarations=text).status is Status.PROVED


@pytest.mark.parametrize(
    "text",
    [
        '[R-001]\nstatus = "proved"\nreason = "we are sure"\n',
        '[R-001]\nstatus = "attested"\nreason = " "\n',
        '[R-999]\nstatus = "attested"\nreason = "x"\n',
        '[R-001]\nstatus = "untestable"\n',
        "".join(f'[R-{n:03}]\nstatus = "untestable"\nreason = "x"\n' for n in range(1, MOST_DECLARED + 2)),
        "[R-001",
    ],
)
def test_nothing_can_be_declared_proved_and_little_at_all(text: str) -> None:
    """At most five, with a reason, attested or untestable; anything else is our own mistake."""
    with pytest.raises(HarnessError, match=r"declared\.toml"):
        declared(text)


def test_our_own_declarations_hold() -> None:
    """What ships is within the limits."""
    assert len(declared()) <= MOST_DECLARED


def test_every_rule_is_proved_by_its_golden_files() -> None:
    """Each is all that is found in its failing file, so that a table without it would be noticed."""
    proofs = rule_proofs()
    assert set(proofs) == {row.id for row in rules.ROWS}
    assert {key: proof.reason for key, proof in proofs.items() if not proof.proved} == {}


RESULTS: dict[str, Any] = {
    "format": 1,
    "suite": {"name": "provenett", "version": "0.1.0", "cases": 1},
    "sut": {"name": "a clinic", "version": "1", "driver": "http", "clock": "hub", "profiles": []},
    "seed": 7,
    "exit_code": 0,
    "seconds": 1.0,
    "summary": {},
    "strays": [],
    "cases": [{"id": "A-1", "verdict": "passed", "requirements": ["R-001", "MSGHEAD-ID"], "title": "A rule"}],
}
MUTANTS: dict[str, Any] = {
    "format": 1,
    "seed": 7,
    "seconds": 1.0,
    "mutants": [
        {
            "name": "forgetful",
            "defect": "forgets",
            "kind": "mutant",
            "expected": ["A-1"],
            "caught_by": ["A-1"],
            "killed": True,
            "as_expected": True,
            "played": 1,
            "detail": "",
        }
    ],
}


def files(folder: Path) -> tuple[Path, Path]:
    (folder / "results.json").write_text(json.dumps(RESULTS), encoding="utf-8")
    (folder / "mutants.json").write_text(json.dumps(MUTANTS), encoding="utf-8")
    return folder / "results.json", folder / "mutants.json"


def test_evidence_is_read_from_a_run_and_kept_as_a_record(tmp_path: Path) -> None:
    """What CI records says the same as the run's own files."""
    evidence = read(*files(tmp_path))
    assert (evidence.version, evidence.sut, evidence.seed) == ("0.1.0", "a clinic", 7)
    assert evidence.killers("A-1") == ("forgetful",)
    (tmp_path / "evidence.json").write_bytes(evidence.to_bytes())
    assert read_record(tmp_path / "evidence.json") == evidence


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2, "mutants": [], "cases": []}', "\0"])
def test_files_that_are_no_evidence_are_refused(tmp_path: Path, text: str) -> None:
    """A wrong file is named, with what to do, instead of proving nothing in silence."""
    path = tmp_path / "file.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"file\.json"):
        read(path, None)
    with pytest.raises(EvidenceError, match=r"file\.json"):
        read(None, path)


def test_the_command_lists_everything_in_both_forms(tmp_path: Path) -> None:
    """279 requirements and every rule; the run's one case proves the two ids it names."""
    results, mutants = files(tmp_path)
    command = [sys.executable, "-m", "provenett", "requirements"]
    words = ["--results", str(results), "--mutants", str(mutants), "--record", str(tmp_path / "evidence.json")]
    done = subprocess.run([*command, *words, "--json"], capture_output=True, text=True, timeout=100, check=True)
    value = json.loads(done.stdout)
    jsonschema.validate(value, schema("requirements"))
    listed = {one["id"]: one for one in value["requirements"]}
    assert len(listed) == 279 + len(rules.ROWS)
    assert value["summary"]["requirements"]["proved"] == 1
    assert listed["R-001"]["proved_by"] == listed["MSGHEAD-ID"]["proved_by"] == ["A-1"]
    words = ["--evidence", str(tmp_path / "evidence.json"), "--status", "proved"]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.startswith("R-001 ")
    assert "278 planned" in done.stdout
    done = subprocess.run(
        [*command, "--results", str(tmp_path / "none.json")], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 2
    assert "none.json cannot be read" in done.stderr
