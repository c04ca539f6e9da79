"""Probable causes: what usually lies behind a failure of this kind, from a table (`causes.toml`)."""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import TYPE_CHECKING

import msgspec

from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from nhnconform.events import Outcome

_JUDGED = {Verdict.FAILED, Verdict.WARNING}


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`says`: a pattern in the failure's text; `cause`: what it usually means."""

    says: str
    cause: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cause: tuple[_Row, ...]


@functools.cache
def _rows() -> tuple[tuple[re.Pattern[str], str], ...]:
    data = resources.files("nhnconform.reports").joinpath("causes.toml").read_bytes()
    return tuple((re.compile(row.says), row.cause) for row in msgspec.toml.decode(data, type=_File).cause)


def cause_of(outcome: Outcome) -> str:
    """The probable cause of a broken rule; empty when the table has none, or nothing is broken."""
    if outcome.verdict not in _JUDGED:
        return ""
    return next((cause for pattern, cause in _rows() if pattern.search(outcome.detail)), "")
