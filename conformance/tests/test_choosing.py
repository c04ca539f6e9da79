"""Parts of a run, and what is expected of it."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnconform.case import Basis, Case, Level
from nhnconform.choosing import not_green, shard
from nhnconform.events import Outcome
from nhnconform.expectations import ExpectationError, read, weigh
from nhnconform.runner import UsageError
from nhnconform.verdicts import Verdict
from provenett.__main__ import parser_for

CI = Path(__file__).parents[2] / "docs/ci.md"
TODAY = dt.date(2027, 1, 15)
ENTRY = '[[expect]]\ncase = "{}"\nverdict = "{}"\nreason = "known"\nowner = "us"\nexpires = {}\n'


async def _nothing(_: object) -> None:
    """A case that is never played here."""


def a_case(case_id: str, *, exclusive: bool = False) -> Case:
    return Case(
        case_id, "A rule", (), ("p",), Level.MUST, Basis.SPECIFICATION, "", (), exclusive, "Story.", "suites", _nothing
    )


@given(st.sets(st.text("ABC-0123", min_size=1, max_size=6), min_size=1, max_size=40), st.integers(1, 8), st.data())
def test_shards_are_disjoint_and_together_everything(ids: set[str], count: int, data: st.DataObject) -> None:
    """In whatever order the cases come; and no part has more than its share of those that run alone."""
    alone = data.draw(st.sets(st.sampled_from(sorted(ids))))
    cases = data.draw(st.permutations([a_case(one, exclusive=one in alone) for one in ids]))
    count = min(count, len(cases))
    parts = [shard(cases, f"{k}/{count}") for k in range(1, count + 1)]
    dealt = [case.id for part in parts for case in part]
    assert sorted(dealt) == sorted(ids)
    shares = [sum(case.exclusive for case in part) for part in parts]
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize("which", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2", "2/2"])
def test_a_shard_that_cannot_be_is_explained(which: str) -> None:
    """One case, and a part of it that does not exist."""
    with pytest.raises(UsageError, match="shard"):
        shard([a_case("A-1")], which)


def test_what_was_not_green_is_read_from_the_report(tmp_path: Path) -> None:
    """And a folder without a report, or with a broken one, is explained."""
    with pytest.raises(UsageError, match="needs the report"):
        not_green(tmp_path)
    rows = [{"id": f"A-{number}", "verdict": verdict.value} for number, verdict in enumerate(Verdict)]
    (tmp_path / "results.json").write_text(json.dumps({"cases": rows}))
    assert not_green(tmp_path) == [row["id"] for row in rows if not Verdict(row["verdict"]).green]
    (tmp_path / "results.json").write_text('{"cases": [{"id": "A-1"}]}')
    with pytest.raises(UsageError, match="cannot read"):
        not_green(tmp_path)


def test_nothing_to_play_again_is_a_success(tmp_path: Path) -> None:
    """All was green: the command says so and starts nothing."""
    (tmp_path / "results.json").write_text(json.dumps({"cases": [{"id": "EDI-01", "verdict": "passed"}]}))
    command = [sys.executable, "-m", "provenett", "conform", "--rerun-failed", "--report", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "nothing to play again" in done.stdout


def outcomes(**verdicts: Verdict) -> list[Outcome]:
    return [Outcome(a_case(name.replace("_", "-")), verdict) for name, verdict in verdicts.items()]


def test_expectations_are_held_both_ways(tmp_path: Path) -> None:
    """What is as expected is green; a pass that was not expected, another verdict, an old entry are surprises."""
    path = tmp_path / "known.toml"
    known = ("A-1", "A-2", "A-3", "A-4")
    day = "2027-01-31"
    path.write_text(
        ENTRY.format("A-1", "failed", day)
        + ENTRY.format("A-2", "failed", day)
        + ENTRY.format("A-3", "failed", "2027-01-14")
    )
    expected = read(path, known)
    fine = weigh(outcomes(A_1=Verdict.FAILED, A_4=Verdict.PASSED), expected, TODAY)
    assert (fine.exit_code, len(fine.as_expected)) == (0, 1)
    found = weigh(
        outcomes(A_1=Verdict.FAILED, A_2=Verdict.PASSED, A_3=Verdict.FAILED, A_4=Verdict.UNTESTED), expected, TODAY
    )
    assert found.exit_code == 1
    assert [line.split()[0].rstrip(":") for line in found.surprises] == ["A-2", "A-3", "A-4"]
    assert "expired on 2027-01-14" in found.surprises[1]
    assert weigh(outcomes(A_1=Verdict.HARNESS_ERROR), expected, TODAY).exit_code == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY.format("A-9", "failed", "2027-01-31"), "no case A-9"),
        (2 * ENTRY.format("A-1", "failed", "2027-01-31"), "more than one entry"),
        (ENTRY.format("A-1", "passed", "2027-01-31"), "expected to pass"),
        (ENTRY.format("A-1", "harness_error", "2027-01-31"), "nothing excuses"),
        (ENTRY.format("A-1", "failed", '"soon"'), "expires"),
        (ENTRY.format("A-1", "failed", "2027-01-31").replace('"us"', '" "'), "no owner"),
        ('[[expect]]\ncase = "A-1"\n', "verdict"),
        ("not toml", "cannot be used"),
    ],
)
def test_a_file_of_expectations_that_cannot_be_used_is_explained(text: str, says: str, tmp_path: Path) -> None:
    """Every entry needs an owner and a last day; none excuses a broken harness."""
    path = tmp_path / "known.toml"
    path.write_text(text)
    with pytest.raises(ExpectationError, match=says):
        read(path, ("A-1",))


def test_every_command_of_the_page_on_ci_is_understood() -> None:
    """The snippets for GitHub, GitLab and Azure call the command with options that it has."""
    text = re.sub(r">-\n\s+", "", CI.read_text("utf-8"))
    text = re.sub(r"\n\s+(--shard)", r" \1", text)
    commands = [
        found for line in text.splitlines() if (found := line[line.find("provenett conform") :])[:9] == "provenett"
    ]
    assert len(commands) >= 4
    for command in commands:
        plain = re.sub(r"\$\{\{.*?\}\}|\$\(.*?\)|\$\w+", "1", command.partition("`")[0])
        words = shlex.split(plain)[1:]
        assert parser_for(words).parse_args(words).command == "conform"
