"""What a rule's row is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    """

    id: str
    clause: str
    code: str
    check: Callable[[Any], Iterable[str]]
    cause: str
    remedy: str


def is_uuid(text: str) -> bool:
    """True for the 36 character form of a UUID, upper or lower case."""
    return _UUID.fullmatch(text) is not None


def where(broken: bool, xpath: str) -> tuple[str, ...]:  # noqa: FBT001 - reads as `where(condition, place)`
    """The place when the rule is broken there, else nothing."""
    return (xpath,) if broken else ()
