"""One document through all layers: bytes in, values out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnconform.validating import codes, schema
from nhnconform.validating import rulebook as book
from nhnconform.validating.findings import Finding, Judged, Severity
from nhnconform.validating.places import Fault, element_at
from nhnwire import apprec, msghead, rules, validation, xml
from nhnwire.errors import ProtocolError, UnsupportedFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nhnconform.validating.official import Official

_TYPE_PATHS = {"MsgHead": "{*}MsgInfo/{*}Type", "AppRec": "{*}MsgType"}
_LINE = re.compile(r",? line (\d+), column \d+ \(<string>, line \d+\)")
"""Where libxml2 says it stopped, at the end of its message."""

_ONLY_OURS = "only the schema carried here refuses the document, the official one accepts it"
_ONLY_THEIRS = "only the official schema refuses the document, the one carried here accepts it"


def judge(file: str, data: bytes, official: Official | None = None) -> Judged:
    """Say what a document is and everything that is wrong with it.

    Rules are asked only of documents that follow our schema, since they are about values that the schema promises;
    code tables always.

    Args:
        file: name to put into the findings.
        data: the document; any bytes.
        official: schemas of the user's, to judge by as well.
    """
    report = _Report(file)
    try:
        found = validation.recognise(data)
    except UnsupportedFormatError as error:
        return Judged(file, findings=tuple(_stranger(report, data, error, official)))
    except ProtocolError as error:
        line = _LINE.search(str(error))
        fault = Fault("/", int(line[1]) if line else None, _LINE.sub("", str(error)), error.remedy)
        return Judged(file, findings=(report.finding(book.XML, fault),))
    own = schema.own_faults(found)
    findings = [*_schema(report, own)] if official is None else [*_both(report, found, own, official)]
    if not own:
        findings += _rules(report, found)
    findings += [report.finding(rule, fault) for rule, fault in codes.doubts(found.root)]
    kind = found.root.find(_TYPE_PATHS[found.standard]) if found.standard in _TYPE_PATHS else None
    return Judged(file, found.standard, found.version, "" if kind is None else kind.get("V", ""), tuple(findings))


@dataclass(frozen=True)
class _Report:
    """Makes the findings of one file."""

    file: str

    def finding(self, rule: str, fault: Fault, severity: Severity | None = None) -> Finding:
        """A finding of the rulebook, in words of its own where the fault has some."""
        entry = book.rulebook()[rule]
        return Finding(
            self.file,
            entry.layer,
            severity or entry.severity,
            rule,
            fault.place or "/",
            fault.cause or entry.cause,
            fault.remedy or entry.remedy,
            entry.code,
            entry.clause,
            fault.line,
        )


def _stranger(
    report: _Report, data: bytes, error: UnsupportedFormatError, official: Official | None
) -> Iterator[Finding]:
    """A root of no standard here: the user's own schemas may still know it."""
    root = xml.parse(data)
    theirs = None if official is None else official.faults(root)
    fault = Fault("/", root.sourceline, str(error), error.remedy)
    yield report.finding(book.FORMAT, fault, None if theirs is None else Severity.INFO)
    for one in theirs or ():
        yield report.finding(book.OFFICIAL, one)


def _schema(report: _Report, own: Sequence[Fault], severity: Severity | None = None) -> Iterator[Finding]:
    for fault in own:
        yield report.finding(book.PAYLOAD if fault.inside else book.SCHEMA, fault, severity)


def _both(report: _Report, found: validation.Recognised, own: Sequence[Fault], official: Official) -> Iterator[Finding]:
    """Our schema beside the official one, which is trusted where they differ; what both say of a place is said once."""
    theirs = official.faults(found.root)
    if theirs is None:
        yield from _schema(report, own)
        yield report.finding(book.UNCOVERED, Fault("/", None, "", ""))
        return
    yield from _schema(report, [fault for fault in own if not fault.inside], None if theirs else Severity.WARNING)
    yield from _schema(report, [fault for fault in own if fault.inside], Severity.INFO)
    said = {fault.place for fault in own if not fault.inside}
    for fault in theirs:
        if fault.place not in said:
            yield report.finding(book.OFFICIAL, fault)
    only_ours = [fault for fault in own if not fault.inside and not theirs]
    if only_ours:
        yield report.finding(book.DISAGREEMENT, only_ours[0].because(_ONLY_OURS))
    elif theirs and not own:
        yield report.finding(book.DISAGREEMENT, theirs[0].because(_ONLY_THEIRS))


def _rules(report: _Report, found: validation.Recognised) -> Iterator[Finding]:
    try:
        if found.standard == "MsgHead":
            broken = rules.check(msghead.parse(found.root))
        elif found.standard == "AppRec":
            broken = rules.check(apprec.parse(found.root))
        else:
            broken = []
    except ProtocolError as error:
        line = element_at(found.root, error.xpath).sourceline
        yield report.finding(book.UNREADABLE, Fault(error.xpath, line, str(error), error.remedy))
        return
    for one in broken:
        line = element_at(found.root, one.xpath).sourceline
        yield report.finding(one.rule, Fault(one.xpath, line, one.cause, one.remedy))
