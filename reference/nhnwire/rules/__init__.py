"""Rules beyond the schema, as tables: id, clause, check, AppRec code, cause and remedy.

Each row has golden files in `nhnfixtures/golden` that keep it and that break it. A violation without a code is the
sender's fault all the same, but HITS 1168 gives no leave to reject the message for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nhnwire.apprec import AppRec
from nhnwire.rules import receipts
from nhnwire.rules.messages import ROWS as MESSAGE_ROWS
from nhnwire.rules.messages import Subject
from nhnwire.rules.table import Row

if TYPE_CHECKING:
    from nhnwire.msghead import MsgHead

__all__ = ["ROWS", "Row", "Violation", "check", "row"]

ROWS: tuple[Row, ...] = (*MESSAGE_ROWS, *receipts.ROWS)
"""All rows; ids are unique."""


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
    """

    rule: str
    code: str
    xpath: str
    cause: str
    remedy: str
    clause: str


def check(value: MsgHead | AppRec) -> list[Violation]:
    """Judge a message or a receipt that follows its schema; an empty list says that no row is broken."""
    if isinstance(value, AppRec):
        return [_violation(row, where) for row in receipts.ROWS for where in row.check(value)]
    subject = Subject.of(value)
    return [_violation(row, where) for row in MESSAGE_ROWS for where in row.check(subject)]


def row(rule: str) -> Row:
    """A row by its id.

    Raises:
        KeyError: no such rule.
    """
    return _by_id()[rule]


@cache
def _by_id() -> dict[str, Row]:
    return {found.id: found for found in ROWS}


def _violation(found: Row, where: str) -> Violation:
    return Violation(found.id, found.code, where, found.cause, found.remedy, found.clause)
