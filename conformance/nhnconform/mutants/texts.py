"""What the judge says of each mutant, held to a snapshot.

    python -m nhnconform.mutants.texts report/mutants.json [--write]

A failure's text must name the rule and what was seen; mutants of different rules must not be told in the same words.
What is new in every run (ids, times, counts) is left out of the comparison.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).parent / "texts.json"

_NEW = (
    (re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.+Z-]+"), "<time>"),
    (re.compile(r"(?<![\w-])\d+(?:[.:]\d+)*(?![\w-])"), "<n>"),
    (re.compile(r"jti \S+"), "jti <id>"),
    (re.compile(r"fault-\d+"), "fault-<n>"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<date>"),
    (re.compile(r"melding-\d+(?:-\d+)?"), "<msg-id>"),
)


_RULE = re.compile(r"\b[A-Z]{2,5}-\d\d\b")
"""A rule of an oracle table by name: two mutants that break the same one may be told in the same words."""


def plain(detail: str) -> str:
    """The first line of a failure's text without what is new in every run, and without the traffic behind it."""
    text = detail.partition("\n")[0].partition(". Traffic of this case")[0].partition(". The journal holds")[0]
    for pattern, word in _NEW:
        text = pattern.sub(word, text)
    return text[:300]


def twins(rows: list[dict[str, Any]]) -> list[str]:
    """Pairs of mutants that different cases must catch, and that are told in the same words."""
    found: dict[str, dict[str, Any]] = {}
    same = []
    for row in rows:
        for text in row["texts"].values():
            other = found.setdefault(text, row)
            if not (set(other["expected"]) & set(row["expected"]) or _RULE.search(text)):
                same.append(f"{other['name']} and {row['name']} are told in the same words: {text}")
    return same


def main(argv: list[str] | None = None) -> int:
    """0 when all is as in the snapshot and no two are the same, else 1 with what is not."""
    parser = argparse.ArgumentParser(prog="python -m nhnconform.mutants.texts", description=__doc__)
    parser.add_argument("mutants", type=Path, help="mutants.json of a whole run")
    parser.add_argument("--write", action="store_true", help="take what is there as the snapshot")
    options = parser.parse_args(argv)
    rows = [row for row in json.loads(options.mutants.read_text("utf-8"))["mutants"] if row["kind"] == "mutant"]
    now = json.dumps({row["name"]: row["texts"] for row in rows}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if options.write:
        SNAPSHOT.write_text(now, encoding="utf-8")
    before = SNAPSHOT.read_text("utf-8")
    said = [*difflib.unified_diff(before.splitlines(), now.splitlines(), "snapshot", "now", n=1, lineterm="")]
    said += twins(rows)
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
