"""The bench of growth: that its houses are what they are said to be. What it measures is for a quiet machine to say."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from nhnload.bench import growth, many

if TYPE_CHECKING:
    from pathlib import Path


def test_every_kind_of_call_is_made_to_all_three_houses() -> None:
    """One object on one line, with both ratios of every call; the exit code says what held."""
    command = [sys.executable, "-m", "nhnload.bench.growth", "--json", "--messages", "200", "--rounds", "1"]
    done = subprocess.run([*command, "--calls", "1"], capture_output=True, text=True, timeout=110, check=False)
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert done.stderr == ""
    assert found["messages"] == {"ten": 10, "many": 200}
    assert {name.partition(" ")[0] for name in found["calls"]} == {"v2", "v3", "clinic"}
    for row in found["calls"].values():
        assert min(row[side] for side in growth.SIDES) > 0
        assert isinstance(row["holds"], bool)
    assert done.returncode == int(not found["holds"])


def test_copies_keep_together_what_belongs_together(tmp_path: Path) -> None:
    """References go from copy to copy; a reference to a row that is not there stays as it was."""
    path = tmp_path / "some.sqlite"
    guid = "0b5c7a52-68f4-4dd4-9a45-cb2a3d1e7f10"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE message (number INTEGER PRIMARY KEY, id TEXT UNIQUE, original TEXT)")
        made.execute("CREATE TABLE delivery (message INTEGER REFERENCES message (number), receiver INTEGER)")
        made.execute("INSERT INTO message VALUES (1, ?, NULL)", (guid,))
        made.execute("INSERT INTO message VALUES (2, ?, ?)", (guid[:-1] + "1", guid))
        made.executemany("INSERT INTO delivery VALUES (?, 7)", [(1,), (2,)])
    tables = {
        "message": {"number": "row:message", "id": many.GUID, "original": many.GUID},
        "delivery": {"message": "row:message"},
    }
    many.multiply_file(path, tables, 3)
    with closing(sqlite3.connect(path)) as made:
        answers = made.execute(
            "SELECT a.number, b.number FROM message a JOIN message b ON a.original = b.id"
        ).fetchall()
        assert sorted(answers) == [(2, 1), (102, 101), (202, 201), (302, 301)]
        assert made.execute("PRAGMA foreign_key_check").fetchall() == []
        assert made.execute("SELECT count(*) FROM delivery").fetchone() == (8,)
        made.executemany("INSERT INTO delivery VALUES (1, ?)", [(number,) for number in range(100)])
        made.commit()
    with pytest.raises(ValueError, match="at most 99 can be multiplied"):
        many.multiply_file(path, {"delivery": {}}, 1)
