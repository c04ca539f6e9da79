"""`provenett explain`: every id that a report or a finding may name is explained."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

from nhnconform.case import Basis, Case, Level
from nhnconform.explaining import explain, suggestions
from nhnconform.requirements import requirements
from nhnconform.schemas import schema
from nhnconform.validating import rulebook
from nhnwire import codes
from nhnwire.messages import PROFILES


async def _nothing(_: object) -> None:
    """A case that is never played here."""


CASE = Case(
    id="DEMO-1",
    title="A rule",
    requirements=("R-042", "MSGHEAD-ID", "DEMO-0"),
    profiles=("demo",),
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168",
    needs=(),
    exclusive=False,
    story="Something happens. Then something must hold.",
    suite="suites.demo",
    function=_nothing,
)


def kinds(name: str) -> list[tuple[str, str]]:
    return [(entry.kind, entry.id) for entry in explain(name, [CASE])]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("MSGHEAD-ID", [("rule", "MSGHEAD-ID")]),
        ("schema-official", [("rule", "SCHEMA-OFFICIAL")]),
        ("R-042", [("requirement", "R-042")]),
        ("r42", [("requirement", "R-042")]),
        ("demo-1", [("case", "DEMO-1")]),
        ("DEMO-0", [("case", "DEMO-1")]),
        ("8221:E10", [("receipt code", "8221:E10")]),
        ("2.16.578.1.12.4.1.1.8221:e10", [("receipt code", "8221:E10")]),
        ("8258", [("table", "8258")]),
        ("8279:DIALOG_SVAR", [("message type", "8279:DIALOG_SVAR")]),
        ("edi2:1000", [("error", "edi2:1000")]),
        ("invalid_dpop_proof", [("error", "helseid:invalid_dpop_proof")]),
        ("R-280", []),
        ("R-000", []),
        ("8221:Q", []),
        ("", []),
    ],
)
def test_ids_are_found_by_the_names_people_use(name: str, found: list[tuple[str, str]]) -> None:
    """Upper and lower case, short and long forms: all lead to the same entry; nothing else is made up."""
    assert kinds(name) == found


def test_an_id_of_several_things_is_explained_for_each() -> None:
    """A bare code may be in several tables, and each is told."""
    assert ("receipt code", "8221:E10") in kinds("E10")
    several = next(
        v for v in codes.table("9051") if not v.isdecimal() and sum(v in codes.table(t) for t in codes.tables()) > 1
    )
    assert len(kinds(several)) > 1


def test_everything_that_can_be_named_is_explained() -> None:
    """No rule, requirement, message type or receipt error is left without words."""
    for rule in rulebook().values():
        (entry,) = explain(rule.id, [])
        assert entry.cause
        assert entry.remedy
        assert entry.source
    for key in requirements():
        (entry,) = explain(key, [])
        assert {"given", "when", "then"} <= dict(entry.details).keys()
    for v in codes.table("8221"):
        (entry,) = explain(f"8221:{v}", [])
        assert entry.cause, v
        assert entry.remedy, v
    for code in PROFILES:
        assert explain(code, [])


def test_rules_and_requirements_name_the_cases_that_prove_them() -> None:
    """From a requirement one finds the way to the case, and from a receipt's error to the rule."""
    assert dict(explain("R-042", [CASE])[0].details)["cases"] == "DEMO-1"
    assert dict(explain("MSGHEAD-ID", [CASE])[0].details)["cases"] == "DEMO-1"
    assert "MSGHEAD-ID" in dict(explain("8221:E10", [CASE])[0].details)["rules answered with it"]


def test_near_misses_are_suggested() -> None:
    """A typing error is met with the id that was meant."""
    assert "MSGHEAD-ID" in suggestions("MSGHED-ID", [])
    assert suggestions("something else entirely", []) == []


def test_the_command_explains_several_and_complains_of_one() -> None:
    """What is known is explained; what is not makes the exit code 2; the cases of our own suites are known."""
    command = [sys.executable, "-m", "provenett", "explain"]
    done = subprocess.run(
        [*command, "EDI-12", "MSGHED-ID", "--json"], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 2
    value = json.loads(done.stdout)
    jsonschema.validate(value, schema("explain"))
    assert [entry["kind"] for entry in value["entries"]] == ["case"]
    assert value["unknown"] == ["MSGHED-ID"]
    assert "did you mean MSGHEAD-ID" in done.stderr
    done = subprocess.run([*command, "MSGHEAD-ID"], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0
    assert "what to do:" in done.stdout
