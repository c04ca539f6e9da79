"""What a received message says, as a user reads it: a subject and a text; a table by the kind of document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nhnwire.basemessages import DischargeSummary, Referral, Report, Requisition
from nhnwire.dialogmelding import Dialogmelding
from nhnwire.pasientlogistikk import PatientLogistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nhnclinic.domain.values import Opened
    from nhnwire.basemessages import Investigation, Result, Text
    from nhnwire.coded import CodedValue


def of(opened: Opened) -> tuple[str, str]:
    """Subject and text of what was opened; empty for what the clinic does not read."""
    document = opened.dialog or opened.document
    if document is None:
        return "", ""
    subject, lines = _TOLD[type(document)](document)
    return subject, "\n".join(filter(None, lines))


def _dialogue(document: Dialogmelding) -> tuple[str, Iterable[str]]:
    for note in document.notes:
        return note.subject or "", (note.text or "",)
    for request in document.requests:
        return request.subject or "", (request.question or "",)
    return "", ()


def _referral(document: Referral) -> tuple[str, Iterable[str]]:
    diagnoses = (_name(found.concept) for found in document.diagnoses)
    return _name(document.purpose), (*_texts(document.reasons), *diagnoses)


def _summary(document: DischargeSummary) -> tuple[str, Iterable[str]]:
    lines = []
    for event in document.events:
        for found in event.findings:
            concept = _name(found.concept) or (found.text or "").strip()
            lines.append(f"{_name(found.type)}: {concept}")
        lines += _texts(event.texts)
    return document.description, lines


def _report(document: Report) -> tuple[str, Iterable[str]]:
    results = document.patient.results if document.patient is not None else ()
    return _name(document.speciality), (document.comment or "", *_results(results))


def _requisition(document: Requisition) -> tuple[str, Iterable[str]]:
    wanted = (_names(found) for one in document.examinations for found in one.investigations)
    return _name(document.speciality), (*_texts(document.reasons), *wanted)


def _logistics(document: PatientLogistics) -> tuple[str, Iterable[str]]:
    told = [f"{_name(one.code) or one.description or ''} {one.at}".strip() for one in document.happenings]
    return (_name(document.happenings[-1].code) if document.happenings else ""), told


def _texts(texts: Iterable[Text]) -> Iterator[str]:
    for one in texts:
        heading, text = _name(one.heading), (one.text or "").strip()
        yield f"{heading}: {text}" if heading and text else text


def _results(results: Iterable[Result]) -> Iterator[str]:
    for one in results:
        name = "; ".join(_names(found) for found in one.investigations)
        sign = _name(one.comparator)
        number = f"{one.number.value} {one.number.unit or ''}".strip() if one.number is not None else ""
        value = " ".join(filter(None, (sign, number, (one.text or "").strip(), _name(one.deviation), one.comment)))
        yield f"{name}: {value}" if name and value else name or value
        yield from _results(one.results)


def _names(investigation: Investigation) -> str:
    return ", ".join(filter(None, (*map(_name, investigation.codes), investigation.comment)))


def _name(code: CodedValue | None) -> str:
    """A code in words: its own text, else the original text, else itself."""
    return "" if code is None else code.ot or code.dn or code.v


_TOLD: dict[type[object], Callable[[Any], tuple[str, Iterable[str]]]] = {
    Dialogmelding: _dialogue,
    Referral: _referral,
    DischargeSummary: _summary,
    Report: _report,
    Requisition: _requisition,
    PatientLogistics: _logistics,
}
