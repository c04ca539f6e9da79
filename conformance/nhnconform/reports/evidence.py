"""Evidence files: the exact bytes behind a verdict, `evidence/CASE/NNN-in.bin` and `NNN-out.bin`.

NNN counts the exchanges of a case from 001; `in` is what the network was given (the request), `out` what it answered.
What a case kept itself follows with numbers of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhnconform.events import Exchange, Outcome
    from nhnconform.reports.results import Results

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


def manifest(results: Results) -> str:
    """`evidence/manifest.json`: for every file what it is, how large, and its SHA-256 (schema: `evidence.json`)."""
    rows: list[dict[str, object]] = []
    for outcome in results.ordered():
        exchanges = results.traffic.get(outcome.case.id, ())
        told = [
            {"endpoint": one.endpoint, "method": one.method, "path": one.path, "status": one.status, "at": one.at}
            for one in exchanges
        ]
        about = [part for part in told for _ in range(2)] + [{"name": item.name} for item in outcome.items]
        for (name, data), facts in zip(files_of(outcome, exchanges), about, strict=True):
            direction = "in" if name.endswith("-in.bin") else "out"
            known = {"file": name, "case": outcome.case.id, "direction": direction, "bytes": len(data)}
            rows.append({**known, "sha256": hashlib.sha256(data).hexdigest(), **facts})
    return json.dumps({"format": 1, "files": rows}, indent=2, ensure_ascii=False) + "\n"
