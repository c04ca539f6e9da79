"""What a rule's row is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ERROR, WARNING, INFO = "error", "warning", "info"
MSGHEAD, APPREC, EVERY = "MsgHead", "AppRec", "every document"
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True)
class Row:
    """One rule.

    Attributes:
        id: stable name, such as `MSGHEAD-ID`.
        clause: standard and clause.
        code: AppRec error of table 8221 that answers a breach; empty when it is no ground for rejection.
        check: from the value to the places, as XPaths of local names, where the rule is broken.
        cause: what is wrong, as a sentence.
        remedy: what to send instead.
        severity: `error` for what the standard forbids; `warning` for what it advises against or gives no room for;
            `info` for what is legal and still worth knowing.
        standard: which documents the rule is about.
    """

    id: str
    clause: str
    code: str
    check: Callable[[Any], Iterable[str]]
    cause: str
    remedy: str
    severity: str = ERROR
    standard: str = MSGHEAD


def is_uuid(text: str) -> bool:
    """True for the 36 character form of a UUID, upper or lower case."""
    return _UUID.fullmatch(text) is not None


def where(broken: bool, xpath: str) -> tuple[str, ...]:  # noqa: FBT001 - reads as `where(condition, place)`
    """The place when the rule is broken there, else nothing."""
    return (xpath,) if broken else ()


def is_blank(text: str | None) -> bool:
    """True for what says nothing: no text, or white space only."""
    return not (text or "").strip()
