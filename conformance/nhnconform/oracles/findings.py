"""What an oracle says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One rule that does not hold. A judgement, never raised.

    Attributes:
        rule: id of the row, or of a rule of the reader (`XML-…`, `SCHEMA`).
        message: what is wrong, with what was seen.
        level: `must`, `should` or `house`.
        clause: standard and clause.
        where: XPath of the node.
        requirement: id of the requirement, when there is one.
    """

    rule: str
    message: str
    level: str = "must"
    clause: str = ""
    where: str = ""
    requirement: str = ""
