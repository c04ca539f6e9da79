"""`junit.xml`, as common CI systems read it: failed is a failure, what we broke is an error, the rest is skipped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from nhnconform.judging import shown
from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from nhnconform.events import Outcome
    from nhnconform.reports.results import Results

_FAILURES = {Verdict.FAILED}
_ERRORS = {Verdict.HARNESS_ERROR}
_SKIPPED = {Verdict.NOT_APPLICABLE, Verdict.UNTESTED, Verdict.DEFERRED, Verdict.INCONCLUSIVE}

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Results) -> bytes:
    """The whole file."""
    outcomes = results.ordered()
    verdicts = [outcome.verdict for outcome in outcomes]
    counts: dict[str | bytes | etree.QName, str | bytes | bytearray | etree.QName] = {
        "tests": str(len(outcomes)),
        "failures": str(sum(verdict in _FAILURES for verdict in verdicts)),
        "errors": str(sum(verdict in _ERRORS for verdict in verdicts)),
        "skipped": str(sum(verdict in _SKIPPED for verdict in verdicts)),
        "time": f"{results.seconds:.3f}",
    }
    root = etree.Element("testsuites", {"name": "provenett conform", **counts})
    name = results.started.suite if results.started else "cases"
    suite = etree.SubElement(root, "testsuite", {"name": name, **counts})
    properties = etree.SubElement(suite, "properties")
    for key, value in _properties(results).items():
        etree.SubElement(properties, "property", {"name": key, "value": _clean(value)})
    for outcome in outcomes:
        _case(suite, outcome)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _properties(results: Results) -> dict[str, str]:
    sut = results.sut
    return {
        "sut": f"{sut.name} {sut.version}" if sut else "",
        "seed": str(results.started.seed if results.started else ""),
        "provenett": results.started.version if results.started else "",
    }


def _case(suite: etree._Element, outcome: Outcome) -> None:
    case = outcome.case
    attributes = {"classname": case.suite, "name": _clean(f"{case.id} {case.title}"), "time": f"{outcome.seconds:.3f}"}
    element = etree.SubElement(suite, "testcase", attributes)
    detail = _clean(outcome.detail)
    facts = {"message": detail.split("\n", 1)[0], "type": outcome.verdict.value}
    if outcome.verdict in _FAILURES:
        etree.SubElement(element, "failure", facts).text = detail
    elif outcome.verdict in _ERRORS:
        etree.SubElement(element, "error", facts).text = detail
    elif outcome.verdict in _SKIPPED:
        etree.SubElement(element, "skipped", {"message": f"{outcome.verdict.value}: {facts['message']}"})
    notes = [shown(finding) for finding in outcome.warnings]
    if outcome.verdict is Verdict.WARNING:
        notes.insert(0, f"warning: {outcome.detail}")
    if notes:
        etree.SubElement(element, "system-out").text = _clean("\n".join(notes))


def _clean(text: str) -> str:
    """XML 1.0 cannot carry every character; one it cannot carry becomes its replacement."""
    return _NOT_XML.sub("�", text)
