"""`report.html`: one file, no assets from elsewhere, readable from `file://`."""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import jinja2

from nhnconform.judging import shown
from nhnconform.reports.causes import cause_of
from nhnconform.reports.decode import Part, decode
from nhnconform.reports.evidence import files_of, folder_of
from nhnconform.reports.terminal import MARKS
from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nhnconform.events import Exchange, Outcome
    from nhnconform.reports.results import Results

MOST_RAW = 20_000
"""Bytes of one message shown raw; the evidence file has all of them."""

DOCUMENTS = ("JSON", "XML", "business document")
"""Parts of a message that are documents rather than credentials and headers."""

FIRST_STEPS, LAST_STEPS = 60, 20
"""Steps of a case that are drawn; what lies between, in a case of hundreds, is in its evidence files."""

MOST_LINES = 200
"""Of a difference."""

_GUID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)

ORDER = (
    Verdict.FAILED,
    Verdict.HARNESS_ERROR,
    Verdict.WARNING,
    Verdict.INCONCLUSIVE,
    Verdict.UNTESTED,
    Verdict.DEFERRED,
    Verdict.PASSED,
    Verdict.NOT_APPLICABLE,
)
"""What needs eyes comes first."""

MEANINGS = {
    Verdict.PASSED: "the rule was kept",
    Verdict.FAILED: "a rule that must be kept was broken, or the SUT could not be driven",
    Verdict.WARNING: "a rule was broken that is less than a must",
    Verdict.HARNESS_ERROR: "we broke: a stimulus or a simulator was wrong; the SUT is not to blame",
    Verdict.NOT_APPLICABLE: "the SUT does not claim the profile",
    Verdict.INCONCLUSIVE: "what was seen proves neither way",
    Verdict.DEFERRED: "needs a clock that can leap",
    Verdict.UNTESTED: "the SUT does not offer an operation that the case needs",
}


@dataclass(frozen=True)
class Step:
    """One exchange, ready to be drawn; `times` of them in a row were alike, and this is the last."""

    number: str
    exchange: Exchange
    good: bool
    path: str
    summary: str
    times: int
    request: list[Part]
    response: list[Part]
    changed: str
    raw_request: str
    raw_response: str


@dataclass(frozen=True)
class Card:
    """One case, ready to be drawn."""

    outcome: Outcome
    mark: str
    story: list[str]
    steps: list[Step]
    warnings: list[str]
    files: list[str]
    folder: str
    cause: str
    repeat: str


@dataclass(frozen=True)
class Group:
    """Cards that have a profile, or a requirement, in common."""

    name: str
    cards: list[Card]

    @property
    def worst(self) -> Verdict:
        """The verdict that needs eyes most."""
        return min((card.outcome.verdict for card in self.cards), key=ORDER.index)


def _groups(cards: Sequence[Card], names: Callable[[Card], Sequence[str]]) -> list[Group]:
    found: dict[str, list[Card]] = {}
    for card in cards:
        for name in names(card) or ("(none)",):
            found.setdefault(name, []).append(card)
    return [Group(name, found[name]) for name in sorted(found)]


def page(results: Results) -> str:
    """The whole page."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = resources.files("nhnconform.reports").joinpath("report.html.j2").read_text(encoding="utf-8")
    cards = [_card(results, outcome) for outcome in results.ordered()]
    cards.sort(key=lambda card: (ORDER.index(card.outcome.verdict), card.outcome.case.id))
    summary = results.summary()
    counts = [(verdict, MARKS[verdict][0], summary[verdict.value], MEANINGS[verdict]) for verdict in ORDER]
    return environment.from_string(source).render(
        results=results,
        started=results.started,
        sut=results.sut,
        cards=cards,
        counts=[row for row in counts if row[2]],
        total=max(len(cards), 1),
        good=results.exit_code == 0,
        views=(
            ("profile", _groups(cards, lambda card: card.outcome.case.profiles)),
            ("requirement", _groups(cards, lambda card: card.outcome.case.requirements)),
            ("verdict", _groups(cards, lambda card: (card.outcome.verdict.value.replace("_", " "),))),
        ),
    )


def _card(results: Results, outcome: Outcome) -> Card:
    exchanges = results.traffic.get(outcome.case.id, ())
    return Card(
        outcome=outcome,
        mark=MARKS[outcome.verdict][0],
        story=[" ".join(paragraph.split()) for paragraph in outcome.case.story.split("\n\n")],
        steps=_drawn(_steps(exchanges)),
        warnings=[shown(finding) for finding in outcome.warnings],
        files=[name for name, _ in files_of(outcome, exchanges)],
        folder=folder_of(outcome.case.id),
        cause=cause_of(outcome),
        repeat=results.repeat(outcome),
    )


def _drawn(steps: list[Step]) -> list[Step]:
    return steps if len(steps) <= FIRST_STEPS + LAST_STEPS else [*steps[:FIRST_STEPS], *steps[-LAST_STEPS:]]


def _steps(exchanges: Sequence[Exchange]) -> list[Step]:
    """One step for each exchange, and one for a row of looks that all saw the same."""
    steps = []
    shown_tokens: dict[str, str] = {}
    before: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    numbered = enumerate(exchanges, 1)
    for _, row in itertools.groupby(numbered, key=_alike):
        alike = list(row)
        number, exchange = alike[-1]
        kind = (exchange.who, exchange.endpoint, exchange.method, _GUID.sub("…", exchange.path))
        readable = _readable(exchange)
        last, text = before.get(kind, ("", ""))
        before[kind] = (f"{number:03}", readable)
        steps.append(
            Step(
                number=f"{number:03}",
                exchange=exchange,
                good=exchange.status is not None and exchange.status < 400,
                path=_GUID.sub(r"\1…", exchange.path),
                summary=_summary(exchange),
                times=len(alike),
                request=_once(decode(exchange.request), f"{number:03}", shown_tokens),
                response=decode(exchange.response),
                changed=_difference(last, text, f"{number:03}", readable) if last else "",
                raw_request=_raw(exchange.request),
                raw_response=_raw(exchange.response),
            )
        )
    return steps


def _readable(exchange: Exchange) -> str:
    """The documents of an exchange as they are shown, without what is new in every call."""
    parts = [*decode(exchange.request), *decode(exchange.response)]
    return "\n".join(part.text for part in parts if part.title in DOCUMENTS)[:MOST_RAW]


def _difference(old: str, before: str, new: str, after: str) -> str:
    """What is different between two exchanges of a kind; empty when nothing is, or nothing can be read."""
    if not before or not after or before == after:
        return ""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, n=1, lineterm="")
    return "\n".join(itertools.islice(lines, MOST_LINES))


def _alike(numbered: tuple[int, Exchange]) -> tuple[object, ...]:
    number, exchange = numbered
    same = exchange.method == "GET" and len(exchange.response)
    return (same or number, exchange.who, exchange.endpoint, exchange.path, exchange.status, exchange.fault)


def _once(parts: list[Part], number: str, known: dict[str, str]) -> list[Part]:
    """An access token goes with many calls; it is decoded at the first of them."""
    found = []
    for part in parts:
        first = known.setdefault(part.text, number) if part.title.startswith("Authorization") else number
        found.append(part if first == number else Part(part.title, f"the same as in {first}"))
    return found


def _summary(exchange: Exchange) -> str:
    status = "no answer" if exchange.status is None else str(exchange.status)
    fault = f" (fault {exchange.fault})" if exchange.fault else ""
    return f"{status}{fault}"


def _raw(data: bytes) -> str:
    text = data[:MOST_RAW].decode("utf-8", "backslashreplace")
    more = len(data) - MOST_RAW
    return text if more <= 0 else f"{text}\n… {more} more bytes; the evidence file has them all"
