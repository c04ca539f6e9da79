"""Rules beyond the schema, as tables: id, standard, clause, severity, check, AppRec code, cause and remedy.

Each row has golden files in `nhnfixtures/golden` that keep it and that break it. A violation without a code is the
sender's fault all the same, but HITS 1168 gives no leave to reject the message for it.

The tables by what they look at: `heads`, `addresses`, `dialogues`, `profiles` and `attachments` at a head message,
`receipts` and `verdicts` at an application receipt, `wire` at the elements of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nhnwire.apprec import AppRec
from nhnwire.rules import addresses, attachments, dialogues, heads, profiles, receipts, verdicts, wire
from nhnwire.rules.subject import Subject, Tree
from nhnwire.rules.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhnwire.msghead import MsgHead

__all__ = ["MESSAGE_ROWS", "RECEIPT_ROWS", "ROWS", "Row", "Violation", "check", "grounds", "row"]

MESSAGE_ROWS: tuple[Row, ...] = (*heads.ROWS, *addresses.ROWS, *dialogues.ROWS, *profiles.ROWS, *attachments.ROWS)
"""Rows about head messages alone."""

RECEIPT_ROWS: tuple[Row, ...] = (*receipts.ROWS, *verdicts.ROWS)
"""Rows about application receipts alone."""

ROWS: tuple[Row, ...] = (*MESSAGE_ROWS, *RECEIPT_ROWS, *wire.ROWS)
"""All rows; ids are unique."""

_REJECTING = tuple(row for row in MESSAGE_ROWS if row.code)


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken in one place.

    Attributes:
        rule: the row's id.
        code: error of table 8221 that a receipt gives for it; empty when it is no ground for rejection.
        xpath: where, in local names.
        cause: what is wrong.
        remedy: what to send instead.
        clause: standard and clause.
        severity: `error`, `warning` or `info`.
    """

    rule: str
    code: str
    xpath: str
    cause: str
    remedy: str
    clause: str
    severity: str = "error"


def check(value: MsgHead | AppRec) -> list[Violation]:
    """Judge a message or a receipt that follows its schema; an empty list says that no row is broken."""
    if isinstance(value, AppRec):
        return [*_judged(RECEIPT_ROWS, value), *_judged(wire.ROWS, Tree.of(value))]
    return [*_judged(MESSAGE_ROWS, Subject.of(value)), *_judged(wire.ROWS, Tree.of(value))]


def grounds(head: MsgHead) -> list[Violation]:
    """The violations for which a receiver may reject a message: those of `check` that have a code, and much faster."""
    return _judged(_REJECTING, Subject.of(head))


def row(rule: str) -> Row:
    """A row by its id.

    Raises:
        KeyError: no such rule.
    """
    return _by_id()[rule]


@cache
def _by_id() -> dict[str, Row]:
    return {found.id: found for found in ROWS}


def _judged(rows: Iterable[Row], subject: object) -> list[Violation]:
    return [_violation(row, where) for row in rows for where in row.check(subject)]


def _violation(found: Row, where: str) -> Violation:
    return Violation(found.id, found.code, where, found.cause, found.remedy, found.clause, found.severity)
