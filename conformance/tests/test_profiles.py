"""Profiles: frozen lists that fit the suites, and what they say to those who ask."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from nhnconform.case import Case
from nhnconform.plugin import SUITES
from nhnconform.profiles import every, newest, profile
from nhnconform.runner import UsageError, chosen
from provenett.__main__ import main

OFFICIAL = Path(__file__).parents[2].parent / "shared/standards/data/apprec-testcases.tsv"


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """All cases that there are."""
    modules = [importlib.import_module(f"nhnconform.suites.{file.stem}") for file in sorted(SUITES.glob("*.py"))]
    return [one for module in modules for one in vars(module).values() if isinstance(one, Case)]


def test_the_newest_file_of_each_profile_lists_its_cases(cases: list[Case]) -> None:
    """What cases say of profiles and what the files say is the same, so that a claim is the same on both sides."""
    named = {name for case in cases for name in case.profiles}
    assert named == set(newest())
    for name, file in newest().items():
        assert set(file.required) == {case.id for case in cases if name in case.profiles}, name


def test_every_file_names_cases_that_exist_and_gives_reasons(cases: list[Case]) -> None:
    """Nothing is left out without a word; an official test has cases or a reason, never both."""
    ids = {case.id for case in cases}
    for file in every():
        assert len(set(file.required)) == len(file.required)
        assert all(row.reason for row in file.not_scored)
        for test in file.official:
            assert set(test.cases) <= ids, test.test
            assert bool(test.cases) != bool(test.reason), test.test


def test_every_official_receipt_test_is_accounted_for() -> None:
    """Nine unit tests and 42 system tests, each once."""
    listed = [test.test for test in profile("apprec").official]
    assert sorted(listed) == sorted([f"U{number}" for number in range(1, 10)] + [f"S{n}" for n in range(1, 43)])
    assert len(profile("receive-tests").official) == 23
    if OFFICIAL.exists():
        rows = [line.split("\t")[0] for line in OFFICIAL.read_text("utf-8").splitlines()]
        assert sum(row.isdigit() for row in rows) == len(listed)


def test_a_dated_profile_chooses_what_its_file_requires(cases: list[Case]) -> None:
    """And an unknown date is explained, not ignored."""
    wanted = profile("edi2-pace@2026-11")
    assert {case.id for case in chosen(cases, globs=(), profiles=["edi2-pace@2026-11"])} == set(wanted.required)
    with pytest.raises(UsageError, match="edi2-pace@2026-11"):
        chosen(cases, globs=(), profiles=["edi2-pace@1999-01"])
    fewer = [case for case in cases if case.id != "EDI-28"]
    with pytest.raises(UsageError, match="no case belongs to profile edi2-pace"):
        chosen(fewer, globs=(), profiles=["edi2-pace@2026-11"])


def test_the_command_lists_shows_and_explains(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each; one whole; JSON; and an error that says what there is."""
    assert main(["profiles"]) == 0
    assert "edi2-v3-stream@2026-11" in capsys.readouterr().out
    assert main(["profiles", "apprec"]) == 0
    shown = capsys.readouterr().out
    assert "S29" in shown
    assert "card" in shown
    assert main(["profiles", "receive-tests", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "receive-tests"
    assert main(["profiles", "unheard-of"]) == 2
    assert "edi2-send@2026-11" in capsys.readouterr().err
