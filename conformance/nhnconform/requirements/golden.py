"""Whether a rule of `nhnwire.rules` does what it says: judged on the golden files, now, not remembered.

Each rule has a file that breaks it and nothing else. Two mutants of every rule are known without being written: one
that never speaks, and one that always does. The first dies of the failing file, when the rule is all that is found in
it; the second of a good file of the same standard, when nothing is found in that one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from nhnconform.validating import Severity, beyond_schemas, judge

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class RuleProof:
    """How a rule fared on the golden files.

    Attributes:
        failing: files in which it is the one rule that is broken.
        passing: a good file of its standard, in which nothing is broken.
        reason: what is missing; empty when it is proved.
    """

    failing: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()
    reason: str = ""

    @property
    def proved(self) -> bool:
        """Both mutants are dead."""
        return not self.reason


def rule_proofs() -> Mapping[str, RuleProof]:
    """Every rule with its proof; about a second."""
    folder = resources.files("nhnfixtures").joinpath("golden")
    index = tomllib.loads(folder.joinpath("index.toml").read_text(encoding="utf-8"))["file"]
    rows = {rule.id for rule in beyond_schemas()}
    broken: dict[str, frozenset[str]] = {}
    standards: dict[str, str] = {}
    for entry in index:
        judged = judge(entry["name"], folder.joinpath(entry["name"]).read_bytes())
        broken[entry["name"]] = frozenset(
            finding.rule for finding in judged.findings if finding.rule in rows or finding.severity is Severity.ERROR
        )
        standards[entry["name"]] = judged.standard
    good = {entry["name"] for entry in index if entry["expect"] == "ok" and not broken[entry["name"]]}
    found = {}
    for rule in beyond_schemas():
        meant = [entry["name"] for entry in index if entry["expect"] == rule.id]
        failing = tuple(name for name in meant if broken[name] == {rule.id})
        ours = {standards[name] for name in failing}
        passing = tuple(sorted(name for name in good if standards[name] in ours))[:1]
        found[rule.id] = RuleProof(failing, passing, _missing(meant, failing, passing))
    return found


def _missing(meant: list[str], failing: tuple[str, ...], passing: tuple[str, ...]) -> str:
    if not meant:
        return "no golden file breaks it"
    if len(failing) < len(meant):
        return f"judged otherwise than its index says: {', '.join(sorted(set(meant) - set(failing)))}"
    return "" if passing else "no good golden file of its standard"
