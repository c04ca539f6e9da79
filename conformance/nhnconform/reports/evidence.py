"""Evidence files: the exact bytes behind a verdict, `evidence/CASE/NNN-in.bin` and `NNN-out.bin`.

NNN counts the exchanges of a case from 001; `in` is what the network was given (the request), `out` what it answered.
What a case kept itself follows with numbers of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhnconform.events import Exchange, Outcome

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def folder_of(case_id: str) -> str:
    """The folder of a case's evidence, safe on every file system."""
    return "evidence/" + (_UNSAFE.sub("_", case_id).strip(".") or "_")


def files_of(outcome: Outcome, exchanges: Sequence[Exchange]) -> list[tuple[str, bytes]]:
    """Paths, relative to the report's folder, and their bytes."""
    folder = folder_of(outcome.case.id)
    files: list[tuple[str, bytes]] = []
    for number, exchange in enumerate(exchanges, 1):
        files.append((f"{folder}/{number:03}-in.bin", exchange.request))
        files.append((f"{folder}/{number:03}-out.bin", exchange.response))
    for number, item in enumerate(outcome.items, len(exchanges) + 1):
        files.append((f"{folder}/{number:03}-{'in' if item.direction == 'in' else 'out'}.bin", item.data))
    return files
