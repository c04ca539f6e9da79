"""Finds everything that an id names. An id may name several things: `E10` is a code of more than one table."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from nhnconform.requirements import requirements
from nhnconform.validating import rulebook
from nhnwire import codes
from nhnwire.coded import oid, table_of
from nhnwire.messages import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nhnconform.case import Case
    from nhnconform.validating import Rule

RECEIPT_TABLES = ("8221", "8222", "8223")
"""Tables whose codes stand in the Error of an application receipt."""

_REQUIREMENT = re.compile(r"R-?0*(\d{1,3})")


@dataclass(frozen=True)
class Entry:
    """One thing that an id names.

    Attributes:
        kind: rule, requirement, case, code, table, message type or error.
        id: its own id, in full.
        title: in one line.
        cause: what is wrong when it comes up; empty for what is not about a fault.
        remedy: what to do then; empty as above.
        source: standard and clause, or whatever it rests on.
        details: more, as label and text.
    """

    kind: str
    id: str
    title: str
    cause: str = ""
    remedy: str = ""
    source: str = ""
    details: tuple[tuple[str, str], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """All fields; details as an object."""
        return {
            "kind": self.kind,
            "id": self.id,
            "title": self.title,
            "cause": self.cause,
            "remedy": self.remedy,
            "source": self.source,
            "details": dict(self.details),
        }


def explain(name: str, cases: Sequence[Case]) -> list[Entry]:
    """Everything an id names; empty when nothing does. Case does not matter.

    Args:
        name: such as `MSGHEAD-ID`, `R-042`, `EDI-11`, `E10`, `8221:E10`, `8221`, `edi2:1000`, `DIALOG_NOTAT`.
        cases: those of the suites.
    """
    wanted = name.strip().upper()
    return [
        *_rules(wanted, cases),
        *_requirements(wanted, cases),
        *_cases(wanted, cases),
        *_codes(wanted),
        *_errors(wanted),
    ]


def suggestions(name: str, cases: Sequence[Case]) -> list[str]:
    """Ids that look like this one."""
    known = [*rulebook(), *requirements(), *(case.id for case in cases), *_table_of_errors(), *PROFILES]
    known += [v for number in RECEIPT_TABLES[:1] for v in codes.table(number)]
    by_upper = {one.upper(): one for one in known}
    return [by_upper[one] for one in difflib.get_close_matches(name.strip().upper(), by_upper, n=5, cutoff=0.6)]


def _rules(wanted: str, cases: Sequence[Case]) -> Iterator[Entry]:
    for rule in rulebook().values():
        if rule.id.upper() == wanted:
            yield Entry("rule", rule.id, rule.cause, rule.cause, rule.remedy, rule.clause, _of_rule(rule, cases))


def _of_rule(rule: Rule, cases: Sequence[Case]) -> tuple[tuple[str, str], ...]:
    answer = (
        f"{rule.code} ({codes.name('8221', rule.code) or 'table 8221'})" if rule.code else "no ground for rejection"
    )
    return (
        ("layer", rule.layer.value),
        ("severity", rule.severity.value),
        ("documents", rule.standard),
        ("receiver may answer", answer),
        *_named("cases", [case.id for case in cases if rule.id in case.requirements]),
    )


def _requirements(wanted: str, cases: Sequence[Case]) -> Iterator[Entry]:
    match = _REQUIREMENT.fullmatch(wanted)
    found = requirements().get(f"R-{int(match[1]):03}") if match else None
    if found is not None:
        named = [case.id for case in cases if found.id in case.requirements]
        details = (
            ("given", found.given),
            ("when", found.when),
            ("then", found.then),
            ("asked of", ", ".join(found.sides)),
            *_named("marks", list(found.marks)),
            ("cases", ", ".join(named) or "none yet"),
        )
        yield Entry("requirement", found.id, found.title, source=found.section, details=details)


def _cases(wanted: str, cases: Sequence[Case]) -> Iterator[Entry]:
    """The case of that id; else the cases that name it, which is how requirements of other lists are explained."""
    found = [case for case in cases if case.id.upper() == wanted]
    if not found and wanted not in requirements() and wanted not in rulebook():
        found = [case for case in cases if wanted in {name.upper() for name in case.requirements}]
    yield from map(_case, found)


def _case(case: Case) -> Entry:
    details = (
        ("story", case.story),
        ("level", f"{case.level.value}, basis {case.basis.value}{'' if case.fails else ' (warns, does not fail)'}"),
        *_named("requirements", list(case.requirements)),
        *_named("profiles", list(case.profiles)),
        *_named("needs", list(case.needs)),
        ("suite", case.suite.rpartition(".")[2]),
    )
    return Entry("case", case.id, case.title, source=case.clause, details=details)


def _codes(wanted: str) -> Iterator[Entry]:
    table, colon, v = wanted.rpartition(":")
    number = (table_of(table) or table) if colon else ""
    if colon:
        yield from (_code(number, one) for one in codes.table(number) if one.upper() == v)
        return
    whole = table_of(wanted) or wanted
    yield from _table(whole)
    if not wanted.isdecimal():
        for other in codes.tables():
            yield from (_code(other, one) for one in codes.table(other) if one.upper() == wanted)


def _code(number: str, v: str) -> Entry:
    name = codes.name(number, v) or v
    table = codes.system(number)
    details: list[tuple[str, str]] = [("table", f"{number} {table.title if table else ''} (OID {oid(number)})")]
    if codes.is_retired(number, v):
        details.append(("use", "no longer sent; receivers still read it"))
    cause = remedy = ""
    if number == "8221":
        meaning = _receipts().get(v, {})
        cause, remedy = meaning.get("cause", ""), meaning.get("remedy", "")
        details += _named("rules answered with it", [rule.id for rule in rulebook().values() if rule.code == v])
    profile = PROFILES.get(v) if number == "8279" else None
    if profile is not None:
        details += [
            ("document", f"{profile.standard} {' or '.join(profile.versions)}, root {profile.root}"),
            ("namespace", profile.namespace),
            ("answered by", f"AppRec {profile.apprec_version}" if profile.apprec_version else "nothing"),
            *_named("tables for the theme", list(profile.themes)),
        ]
    kind = "receipt code" if number in RECEIPT_TABLES else "message type" if number == "8279" else "code"
    return Entry(kind, f"{number}:{v}", name, cause, remedy, f"code table {number}", tuple(details))


def _table(number: str) -> Iterator[Entry]:
    found = codes.system(number)
    if found is None:
        return
    values = tuple((v, f"{name} (no longer sent)" if v in found.retired else name) for v, name in found.values.items())
    title = f"{found.title} ({found.name}), {len(values)} codes"
    about = (("OID", found.oid), ("used by", found.source), ("state", found.version))
    remarks = [*_named("note", _there(found.note)), *_named("withdrawn", _there(found.withdrawn))]
    yield Entry("table", number, title, source=f"code table {number}", details=(*about, *remarks, *values))


def _there(text: str | None) -> list[str]:
    return [text] if text else []


def _errors(wanted: str) -> Iterator[Entry]:
    for key, one in _table_of_errors().items():
        if wanted in {key.upper(), key.partition(":")[2].upper()}:
            yield Entry("error", key, one["title"], one["cause"], one["remedy"], one["source"])


def _named(label: str, names: list[str]) -> list[tuple[str, str]]:
    return [(label, ", ".join(names))] if names else []


@cache
def _table_of_errors() -> Mapping[str, Mapping[str, str]]:
    return _toml("errors.toml")


@cache
def _receipts() -> Mapping[str, Mapping[str, str]]:
    return _toml("receipts.toml")


def _toml(name: str) -> dict[str, dict[str, str]]:
    text = resources.files("nhnconform.explaining").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
