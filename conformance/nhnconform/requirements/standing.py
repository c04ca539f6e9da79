"""How each requirement and each rule stands: computed from runs, never typed in."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nhnconform.requirements.catalogue import requirements
from nhnconform.requirements.evidence import NOT_APPLICABLE, PASSED
from nhnconform.validating import beyond_schemas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nhnconform.requirements.catalogue import Declared
    from nhnconform.requirements.evidence import Evidence
    from nhnconform.requirements.golden import RuleProof


class Status(enum.StrEnum):
    """How something stands.

    proved: a case or test that names it passed, and a mutant died of that case or test.
    attested: nobody can run it; somebody answers for it.
    untestable: nothing could be observed.
    planned: not proved yet; the reason says what is missing.
    """

    PROVED = "proved"
    ATTESTED = "attested"
    UNTESTABLE = "untestable"
    PLANNED = "planned"


@dataclass(frozen=True)
class Standing:
    """One requirement or rule, and how it stands.

    Attributes:
        id: `R-001`, or the id of a rule.
        kind: `requirement` or `rule`.
        title: in one line.
        status: how it stands.
        reason: why, or what is missing.
        proved_by: ids of cases, names of golden files.
        mutants: those that died of them.
    """

    id: str
    kind: str
    title: str
    status: Status
    reason: str
    proved_by: tuple[str, ...] = field(default=())
    mutants: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """All fields."""
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "status": self.status.value,
            "reason": self.reason,
            "proved_by": list(self.proved_by),
            "mutants": list(self.mutants),
        }


def standings(
    evidence: Evidence,
    *,
    declared: Mapping[str, Declared],
    proofs: Mapping[str, RuleProof],
    named_by: Mapping[str, Sequence[str]],
) -> list[Standing]:
    """Every requirement, then every rule.

    Args:
        evidence: of runs.
        declared: what no run can prove.
        proofs: of the rules, by the golden files.
        named_by: ids of the cases that name a requirement or rule, played or not.
    """
    found = []
    for requirement in requirements().values():
        standing = _by_cases(requirement.id, "requirement", requirement.title, evidence, named_by)
        other = declared.get(requirement.id)
        if standing.status is not Status.PROVED and other is not None:
            standing = Standing(requirement.id, "requirement", requirement.title, Status(other.status), other.reason)
        found.append(standing)
    for rule in beyond_schemas():
        standing = _by_cases(rule.id, "rule", rule.cause, evidence, named_by)
        found.append(standing if standing.status is Status.PROVED else _by_files(rule.id, rule.cause, proofs))
    return found


def _by_cases(key: str, kind: str, title: str, evidence: Evidence, named_by: Mapping[str, Sequence[str]]) -> Standing:
    """By the cases that name it: all that were judged passed, and at least one has killed a mutant."""
    played = [one for one in evidence.cases if key in one.requirements and one.verdict != NOT_APPLICABLE]
    killers = {one.id: evidence.killers(one.id) for one in played}
    others = [one for one in played if one.verdict != PASSED]
    proved_by = tuple(one.id for one in played if killers[one.id])
    if not played:
        names = ", ".join(named_by.get(key, ()))
        reason = f"no run is known in which {names} was judged" if names else "no case names it"
    elif others:
        reason = "; ".join(f"case {one.id} ended as {one.verdict}" for one in others)
    elif not proved_by:
        reason = f"no mutant is known to have died of {', '.join(one.id for one in played)}"
    else:
        mutants = tuple(dict.fromkeys(name for case_id in proved_by for name in killers[case_id]))
        text = f"passed: {', '.join(proved_by)}; died of it: {', '.join(mutants)}"
        return Standing(key, kind, title, Status.PROVED, text, proved_by, mutants)
    return Standing(key, kind, title, Status.PLANNED, reason)


def _by_files(key: str, title: str, proofs: Mapping[str, RuleProof]) -> Standing:
    proof = proofs[key]
    if not proof.proved:
        return Standing(key, "rule", title, Status.PLANNED, proof.reason)
    files = tuple(f"golden/{name}" for name in (*proof.failing, *proof.passing))
    text = "it is all that is found in its failing file, and silent in the good one"
    return Standing(key, "rule", title, Status.PROVED, text, files, ("never fires", "always fires"))
