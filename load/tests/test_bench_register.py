"""The bench of the address register: what it prints. What it measures is for a quiet machine to say."""

from __future__ import annotations

import json
import subprocess
import sys

from nhnload.bench import register


def test_the_bench_prints_one_line_of_json_that_says_who_shared_the_machine() -> None:
    """Both sides for each size of a page, beside each other; memory and start; the exit code says what held."""
    done = subprocess.run(
        [sys.executable, "-m", "nhnload.bench.register", "--requests", "40", "--clients", "4", "--tier", "200"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert done.stderr == ""
    for size in register.SIZES:
        row = found[f"size_{size}"]
        assert row["floor"]["p99"] > 0 < row["register"]["p99"]
        assert row["ratio"] > 0 < row["paced"]["p50"]
    assert found["machine"]["shared_by"] == "client, network and floor"
    broken = (
        found["memory"] > register.LIMIT_MEMORY,
        found["start_seconds"] > register.LIMIT_START,
        found["size_10"]["paced"]["p99"] > register.LIMIT_P99,
    )
    assert done.returncode == int(any(broken))
