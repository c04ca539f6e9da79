"""The bench of the schema judgement: what it prints. What it measures is for a quiet machine to say."""

from __future__ import annotations

import json
import subprocess
import sys

from nhnload.bench import schema
from nhnwire import validation


def test_the_documents_are_about_ten_kilobytes_and_follow_the_schema() -> None:
    """A ratio means something only for documents of the size it is promised for."""
    for kind in ("text", "structure"):
        data = schema.document(kind)
        assert 9_500 <= len(data) <= 10_300
        validation.check_schema(data)


def test_the_bench_prints_one_line_of_json() -> None:
    """Times of both sides, their ratio, and the rules apart; the exit code says whether the limit held."""
    done = subprocess.run(
        [sys.executable, "-m", "nhnload.bench.schema", "--rounds", "20"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert found["limit"] == 1.2
    assert found["rules"]["ours"] > 0
    ratios = [found[kind]["ratio"] for kind in ("text", "structure")]
    assert done.returncode == int(max(ratios) > 1.2)
