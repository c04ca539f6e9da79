"""The table of mutants itself: each reaches a seam, and no two are the same."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from nhnclinic.__main__ import extension
from nhnclinic.exchange.honest import honest
from nhnclinic.exchange.parts import extended
from nhnconform import suites
from nhnconform.adapter import WAYS
from nhnconform.errors import HarnessError
from nhnconform.mutants import HARNESS, HONEST, MUTANTS, Mutant, every, mutant

SUITES = Path(suites.__file__).parent


def case_ids() -> set[str]:
    """Ids of all cases, read from the source."""
    found = set()
    for file in SUITES.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "case":
                found |= {key.value.value for key in node.keywords if key.arg == "id"}  # type: ignore[attr-defined]  # text
    return found


@pytest.mark.parametrize("row", [*MUTANTS, *HONEST], ids=lambda row: row.name)
def test_every_mutant_and_variant_reaches_a_seam(row: Mutant) -> None:
    """The clinic with it is another value than the honest one; else it would prove nothing."""
    parts = honest()
    for seam in row.with_:
        parts = extended(parts, extension(seam), seam)
    assert parts != honest() or WAYS[row.way] != WAYS["v2"]


def test_every_harness_mutant_can_be_opened_and_closed() -> None:
    """Breaking the judge is undone afterwards; one that reaches no seam says so."""
    for row in HARNESS:
        with row.applied():
            pass
    lost = Mutant("lost", "nothing", "harness", judge="nhnconform.mutants.harness:no_such_thing")
    with pytest.raises(HarnessError, match="reaches no seam"):
        lost.applied()


def test_names_defects_and_seams_are_unique() -> None:
    """No two mutants are the same in place and effect."""
    rows = every()
    for key in ("name", "defect"):
        assert max(Counter(getattr(row, key) for row in rows).values()) == 1, key
    assert max(Counter((row.with_, row.judge, row.way) for row in rows).values()) == 1


def test_mutants_name_cases_that_exist_and_spare_the_others() -> None:
    """Expected cases are in the suites, and are at most a fifth of them."""
    ids = case_ids()
    assert ids
    for row in every():
        assert set(row.expected) <= ids, row.name
        assert bool(row.expected) == (row.kind != "honest")
        assert len(row.expected) <= len(ids) / 5


def test_every_case_but_the_optional_one_catches_something() -> None:
    """A case that no defect can break proves nothing; EDI-13-T02 only warns, since the standard leaves it open."""
    assert case_ids() - {case for row in MUTANTS for case in row.expected} == {"EDI-13-T02"}


def test_a_mutant_is_found_by_name() -> None:
    """And one that does not exist is explained."""
    assert mutant("sends-twice").expected == ("EDI-02",)
    with pytest.raises(HarnessError, match="sends-twice"):
        mutant("unheard-of")
