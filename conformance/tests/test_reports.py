"""One stream of events, and every report made from it: complete, valid, and safe with hostile bytes."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import re
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nhnconform.case import Basis, Case, Level
from nhnconform.events import (
    CaseEnded,
    CaseStarted,
    Exchange,
    Item,
    Outcome,
    Progress,
    RunEnded,
    RunStarted,
    Stream,
    SutIdentity,
    SutReady,
    Traffic,
)
from nhnconform.oracles import Finding
from nhnconform.reports import Results, badge, ci, lines, live, write
from nhnconform.reports.decode import decode
from nhnconform.reports.html import page
from nhnconform.schemas import schema
from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path


async def _nothing(_: object) -> None:
    """A case that is never played here."""


def a_case(case_id: str, title: str = "A rule") -> Case:
    return Case(
        id=case_id,
        title=title,
        requirements=("R-001",),
        profiles=("edi2-send",),
        level=Level.MUST,
        basis=Basis.SPECIFICATION,
        clause="edi2 A.4",
        needs=(),
        exclusive=False,
        story="Something happens. Then something must hold.",
        suite="suites.demo",
        function=_nothing,
    )


DOCUMENT = b"<?xml version='1.0'?><MsgHead><Patient>Vakker <b>Blomst</b> &lt;script&gt;</Patient></MsgHead>"
BODY = json.dumps({"businessDocument": base64.b64encode(DOCUMENT).decode(), "contentType": "application/xml"}).encode()
REQUEST = (
    b"POST /Messages HTTP/1.1\r\nHost: x\r\nDPoP: eyJ0eXAiOiJkcG9wK2p3dCJ9.eyJodG0iOiJQT1NUIn0.c2ln\r\n\r\n" + BODY
)
RESPONSE = b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n"guid-1\r\n1\r\n"\r\n0\r\n\r\n'


def an_exchange(number: int, who: str = "sut") -> Exchange:
    return Exchange(
        n=number,
        at="2030-01-07T07:00:00+00:00",
        who=who,
        endpoint="edi2",
        method="POST",
        path="/Messages",
        status=201,
        fault=None,
        request=REQUEST,
        response=RESPONSE,
    )


def a_run(listener: Results, *, hostile: str = "") -> Results:
    """A run with a case for each verdict; the failed one has traffic."""
    cases = tuple(a_case(f"D-{number}", f"{verdict.value} {hostile}") for number, verdict in enumerate(Verdict))
    stream = Stream([listener])
    stream.emit(RunStarted("Suites", "0.1.0", 7, cases, ("edi2-send",)))
    stream.emit(Progress("network up"))
    stream.emit(SutReady(SutIdentity(f"EHR {hostile}", "1.0", "http", "hub", ("edi2-send",))))
    for case, verdict in zip(cases, Verdict, strict=True):
        stream.emit(CaseStarted(case))
        detail = "" if verdict is Verdict.PASSED else f"expected 201, seen 400 {hostile}"
        items = (Item("stimulus", b"\x00\xff", "in"),) if verdict is Verdict.FAILED else ()
        warnings = (Finding("R-1", f"should {hostile}", level="should"),) if verdict is Verdict.PASSED else ()
        stream.emit(CaseEnded(Outcome(case, verdict, detail, 0.25, 60.0, items, warnings)))
    stream.emit(Traffic("D-1", (an_exchange(4), an_exchange(5, "counterpart"))))
    stream.emit(RunEnded(("9: edi2 GET /x -> 404",), 1.5))
    return listener


def test_the_folder_holds_what_the_results_name(tmp_path: Path) -> None:
    """results.json fits its schema, and every evidence file it names is there with the exact bytes."""
    results = a_run(Results())
    write(tmp_path, results)
    value = json.loads((tmp_path / "results.json").read_text("utf-8"))
    jsonschema.validate(value, schema("results"), cls=jsonschema.Draft202012Validator)
    assert value["summary"]["failed"] == 1
    assert sum(value["summary"].values()) == len(value["cases"]) == len(Verdict)
    failed = next(case for case in value["cases"] if case["verdict"] == "failed")
    assert failed["evidence"] == [
        "evidence/D-1/001-in.bin",
        "evidence/D-1/001-out.bin",
        "evidence/D-1/002-in.bin",
        "evidence/D-1/002-out.bin",
        "evidence/D-1/003-in.bin",
    ]
    assert (tmp_path / "evidence/D-1/001-in.bin").read_bytes() == REQUEST
    assert (tmp_path / "evidence/D-1/001-out.bin").read_bytes() == RESPONSE
    assert (tmp_path / "evidence/D-1/003-in.bin").read_bytes() == b"\x00\xff"


def test_an_older_report_does_not_shine_through(tmp_path: Path) -> None:
    """Evidence of an earlier run into the same folder is gone; other files of the user's are not."""
    (tmp_path / "evidence" / "OLD-1").mkdir(parents=True)
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path, a_run(Results()))
    assert not (tmp_path / "evidence" / "OLD-1").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_junit_counts_failures_errors_and_skips(tmp_path: Path) -> None:
    """A failed case is a failure, a broken harness an error, what was not judged is skipped."""
    write(tmp_path, a_run(Results(), hostile="\x00<&>"))
    root = etree.parse(str(tmp_path / "junit.xml")).getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("8", "1", "1", "4")
    assert "expected 201, seen 400" in (root.findtext(".//failure") or "")
    assert [case.get("time") for case in root.iter("testcase")] == ["0.250"] * len(Verdict)


def test_the_page_stands_alone_and_escapes_what_others_wrote() -> None:
    """One file: nothing is fetched from anywhere, and a hostile SUT cannot put markup or scripts into the report."""
    text = page(a_run(Results(), hostile="<script>alert(1)</script>"))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    assert not re.search(r"@import|url\(", text)
    assert text.count('class="case ') == len(Verdict)
    assert "Vakker" in text
    assert "&#34;htm&#34;: &#34;POST&#34;" in text


def test_the_page_draws_who_asked_whom() -> None:
    """A conversation has a line for each exchange, from the SUT's side or the counterpart's."""
    text = page(a_run(Results()))
    assert text.count('<details class="step sut') == 1
    assert text.count('<details class="step counterpart') == 1
    assert '<a class="quiet" href="evidence/D-1/001-in.bin">' in text


def test_a_chunked_answer_is_read_as_one() -> None:
    """Chunks are put together before the body is decoded."""
    parts = {part.title: part.text for part in decode(RESPONSE)}
    assert parts["JSON"] == '"guid-1"'


def test_entities_are_never_expanded_in_a_report(tmp_path: Path) -> None:
    """A document with a DOCTYPE that names a local file is shown without that file's content."""
    secret = tmp_path / "secret"
    secret.write_text("synthetic secret")
    hostile = f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]><a>&e;</a>'.encode()
    shown = "".join(part.text for part in decode(b"POST / HTTP/1.1\r\n\r\n" + hostile))
    assert "synthetic secret" not in shown


@given(st.binary(max_size=600))
def test_decoding_never_breaks_on_hostile_bytes(data: bytes) -> None:
    """Whatever a SUT sends, the report can be written."""
    for part in decode(data) + decode(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + data):
        part.text.encode("utf-8", "backslashreplace")


@pytest.mark.parametrize("listener", [lines, live])
def test_the_terminal_says_every_verdict_once(listener: object) -> None:
    """Plain lines and the live list both name each case, and the reason of what is not green."""
    out = io.StringIO()
    listen = listener(out, verbose=False)  # type: ignore[operator]  # both are functions of a stream
    results = Results()
    a_run(results)
    cases = tuple(outcome.case for outcome in results.ordered())
    listen(RunStarted("Suites", "0.1.0", 7, cases, ()))
    for outcome in results.ordered():
        listen(CaseStarted(outcome.case))
        listen(CaseEnded(outcome))
    listen(RunEnded((), 1.0))
    text = out.getvalue()
    for outcome in results.ordered():
        assert len(re.findall(rf"{outcome.verdict.value} +{outcome.case.id} ", text)) == 1
    assert text.count("expected 201, seen 400") == 6


def test_the_manifest_names_every_evidence_file_and_its_digest(tmp_path: Path) -> None:
    """Whoever gets the folder can see what each file is, and that it is whole."""
    write(tmp_path, a_run(Results()))
    value = json.loads((tmp_path / "evidence/manifest.json").read_text("utf-8"))
    jsonschema.validate(value, schema("evidence"), cls=jsonschema.Draft202012Validator)
    there = {str(path.relative_to(tmp_path)) for path in (tmp_path / "evidence").rglob("*.bin")}
    assert {row["file"] for row in value["files"]} == there
    for row in value["files"]:
        data = (tmp_path / row["file"]).read_bytes()
        assert (row["bytes"], row["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_sarif_has_a_rule_for_each_case_and_keeps_our_own_breakage_apart(tmp_path: Path) -> None:
    """Failures are errors, weaker rules warnings; a broken harness is the tool's matter, not a finding on the SUT."""
    write(tmp_path, a_run(Results(), hostile="<&>"))
    (run,) = json.loads((tmp_path / "results.sarif").read_text("utf-8"))["runs"]
    assert len(run["tool"]["driver"]["rules"]) == len(Verdict)
    levels = {(row["ruleId"], row["level"]) for row in run["results"]}
    assert {("D-1", "error"), ("D-2", "warning"), ("D-0", "warning")} <= levels
    assert "D-3" not in {rule for rule, _ in levels}
    (said,) = run["invocations"][0]["toolExecutionNotifications"]
    assert said["message"]["text"].startswith("D-3: ")
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_the_badge_says_what_the_exit_code_says(tmp_path: Path) -> None:
    """A picture and values of the same: grey when nobody was judged, red, or green."""
    write(tmp_path, a_run(Results()))
    value = json.loads((tmp_path / "badge.json").read_text("utf-8"))
    assert value["message"] == "harness error"
    root = etree.parse(str(tmp_path / "badge.svg")).getroot()
    assert "harness error" in (root.get("aria-label") or "")
    good = Results()
    good(CaseEnded(Outcome(a_case("D-0"), Verdict.PASSED)))
    assert badge.words(good) == ("1 of 1 hold", badge.GREEN)
    good(CaseEnded(Outcome(a_case("D-1"), Verdict.FAILED)))
    assert badge.words(good) == ("1 of 2 hold", badge.RED)


def test_annotations_are_one_line_each_whatever_the_text() -> None:
    """A CI system's own command characters in a text cannot make commands of it."""
    results = a_run(Results(), hostile="100 %\n::error::fake, ##vso[task.complete]")
    github = ci.lines(results, "github")
    azure = ci.lines(results, "azure")
    assert len(github) == len(azure) == 6
    assert all("\n" not in line for line in [*github, *azure])
    assert sum(line.startswith("::error title=D-") for line in github) == 5
    assert sum(line.startswith("##vso[task.logissue type=warning]") for line in azure) == 1
    rows = json.loads(ci.code_quality(results))
    assert len({row["fingerprint"] for row in rows}) == len(rows) == 6
    assert ci.lines(results, "") == []
    assert ci.system_of({"TF_BUILD": "True"}) == "azure"
    assert ci.system_of({}) == ""


def test_the_page_shows_three_views_what_changed_and_how_to_repeat() -> None:
    """By profile, requirement and verdict; the difference between two calls of a kind; a cause; a command."""
    results = Results(again="provenett conform --sut my.toml")
    a_run(results)
    failed = results.outcomes["D-1"]
    results(CaseEnded(dataclasses.replace(failed, detail="rule ECHO-03: IssueDate is not the message's")))
    later = dataclasses.replace(an_exchange(6), request=REQUEST.replace(b"application/xml", b"text/xml"))
    results(Traffic("D-1", (an_exchange(4), later)))
    text = page(results)
    for name in ("by profile", "by requirement", "by verdict"):
        assert f"<summary>{name}</summary>" in text
    assert "+  &#34;contentType&#34;: &#34;text/xml&#34;" in text
    assert "Probable cause." in text
    assert "provenett conform --sut my.toml --case D-1" in text


@pytest.mark.parametrize("listener", [lines, live])
def test_a_sut_cannot_speak_to_the_terminal_or_the_ci_system(listener: object) -> None:
    """Escapes and commands in what it answers come out as plain text."""
    out = io.StringIO()
    listen = listener(out, verbose=True)  # type: ignore[operator]  # both are functions of a stream
    hostile = "\x1b[2Jgone\n::error::fake\n##vso[task.complete result=Succeeded]\n##[error]fake"
    listen(RunStarted("Suites", "0.1.0", 7, (a_case("D-1"),), ()))
    listen(CaseEnded(Outcome(a_case("D-1"), Verdict.FAILED, hostile)))
    listen(RunEnded((), 1.0))
    text = out.getvalue()
    assert "\x1b[2J" not in text
    assert "##vso[" not in text
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "error::fake" in text
