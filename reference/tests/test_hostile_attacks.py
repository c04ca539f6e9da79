"""Documents made to hurt cost a bounded time and a bounded memory, and end as a value or a ProtocolError."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from reference.tests import hostile_documents, hostile_run

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20
"""Of processor time for one reader and one document, on a slow machine; most take less than one (docs: benchmarks)."""
MEGABYTES = 1_000
"""Above what the process had before; the document itself is up to 60."""
TEXT = 8_000
"""Characters of an error: it goes into journals and answers."""
SHARDS = [
    (kind, names[at : at + 6])
    for kind in hostile_run.TAKERS
    for names in [tuple(getattr(hostile_documents, kind))]
    for at in range(0, len(names), 6)
]
REFUSED = {
    *("billion laughs", "quadratic blow-up", "entity in an attribute", "file by entity", "network by DTD"),
    *(
        "101 levels",
        "101 levels, the last one empty",
        "200 organisations in each other",
        "a million levels",
        "2,000 levels around long text",
        "2,000,000 elements",
    ),
    *("5,000,000 comments before the root", "100,000 attributes", "5,000,000 attributes", "100,000 namespaces"),
    *("250 namespaces in each of 90 levels", "60 MB of quoted equals signs", "more than 64 MB", "a name of 40 MB"),
    *("UTF-16", "UTF-16 without a mark", "UTF-16 without NUL", "UTF-32", "UTF-7", "EBCDIC", "declared EBCDIC"),
    *("Latin-1 undeclared", "UTF-8 declared as Latin-1 with a mark", "two marks", "overlong", "surrogates"),
    *(
        "beyond Unicode",
        "cut in a character",
        "NUL",
        "NUL as a reference",
        "only NULs",
        "noise",
        "a declaration of 10 MB",
    ),
}
"""What the parser itself turns away; all else becomes a tree."""


@pytest.mark.parametrize(("kind", "names"), SHARDS, ids=lambda part: part if isinstance(part, str) else "")
def test_attacks_end_soon_with_a_value_or_a_typed_refusal(kind: str, names: tuple[str, ...]) -> None:
    """Each reader that may meet the document reads it in a fresh process; time, memory and outcome are as bounded."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", hostile_run.__name__, kind, *names],
        check=False,
        capture_output=True,
        timeout=110,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {row["attack"] for row in rows} == set(names)
    for row in rows:
        assert row["outcome"] == "value" or row["outcome"].endswith("Error"), row
        assert "(" not in row["outcome"], row
        assert row["seconds"] < SECONDS, row
        assert row["megabytes"] < MEGABYTES, row
        assert row["text"] < TEXT, row
        if row["reader"] == hostile_run.FIRST:
            assert (row["outcome"] == "XmlError") == (row["attack"] in REFUSED), row
