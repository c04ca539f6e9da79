"""Where cases meet the oracles: judge what the SUT sent, and what we are about to send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nhnconform.oracles import Finding, Oracles


def shown(finding: Finding) -> str:
    """A finding as one sentence of a failure text."""
    clause = f" ({finding.clause})" if finding.clause else ""
    place = f" at {finding.where}" if finding.where else ""
    return f"{finding.rule}{clause}{place}: {finding.message}"


def demand(what: str, findings: Iterable[Finding]) -> list[Finding]:
    """Fail on every must among the findings; the others come back and become warnings.

    Raises:
        AssertionError: a rule that must hold does not; all of them are named.
    """
    findings = list(findings)
    broken = [finding for finding in findings if finding.level == "must"]
    assert not broken, f"{what}: {len(broken)} rule(s) broken: " + "; ".join(map(shown, broken))
    return findings


def expect(oracles: Oracles, table: str, data: bytes | Sequence[bytes], **context: Any) -> list[Finding]:
    """Judge bytes by one oracle table, or by all that hold for a business document (`document`).

    Raises:
        AssertionError: a must does not hold.
        HarnessError: there is no such table, or the oracles disagree.
    """
    if table == "document":
        if not isinstance(data, bytes):
            raise HarnessError("one business document is judged at a time; hand in its bytes")
        return demand(table, oracles.document(data))
    return demand(table, oracles.check(table, data, **context))


def check_stimulus(oracles: Oracles, document: bytes, breaks: str | None) -> None:
    """Make sure that a document breaks exactly the rules it is meant to break, by tables the SUT is judged by.

    Args:
        oracles: what judges.
        document: its bytes.
        breaks: the rule, several joined by `+`, or None.

    Raises:
        HarnessError: it breaks another, further or no rule.
    """
    findings = [finding for finding in oracles.document(document) if finding.level == "must"]
    found = sorted({finding.rule for finding in findings})
    wanted = [] if breaks is None else sorted(breaks.split("+"))
    if found == wanted:
        return
    says = "; ".join(map(shown, findings)) or "it breaks no rule"
    meant = f"rule {breaks} and no other is meant to be broken" if breaks else "it is meant to break none"
    raise HarnessError(f"our own stimulus is wrong: {meant}, but {says}. Correct the case before judging with it")
