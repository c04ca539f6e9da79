"""Stores: durable, migrated, and never opened by a version that does not know them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from nhnsim.store import StoreError, open_store

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "CREATE TABLE message (id TEXT PRIMARY KEY) STRICT"
SECOND = "ALTER TABLE message ADD COLUMN status INTEGER"


def test_every_commit_is_on_disk_before_it_returns(tmp_path: Path) -> None:
    """Write-ahead log with synchronous=FULL (2) and foreign keys on."""
    with closing(open_store(tmp_path / "deep" / "store.sqlite", [FIRST])) as store:
        facts = {
            name: store.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        assert facts == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    """`with store:` commits at its end and rolls back on an exception."""
    with closing(open_store(tmp_path / "s", [FIRST])) as store:
        with pytest.raises(sqlite3.IntegrityError), store:
            store.executemany("INSERT INTO message VALUES (?)", [("a",), ("a",)])
        with store:
            store.execute("INSERT INTO message VALUES ('b')")
    with closing(open_store(tmp_path / "s", [FIRST])) as store:
        assert [row["id"] for row in store.execute("SELECT id FROM message")] == ["b"]


def test_a_store_grows_with_its_schema_and_refuses_to_shrink(tmp_path: Path) -> None:
    """New statements are applied once; an older program is told to use the newer version."""
    path = tmp_path / "s"
    open_store(path, [FIRST]).close()
    for _ in range(2):
        with closing(open_store(path, [FIRST, SECOND])) as store, store:
            store.execute("INSERT OR REPLACE INTO message VALUES ('a', 1)")
    with pytest.raises(StoreError, match="written by a newer version"):
        open_store(path, [FIRST])


def test_a_failed_migration_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """The version counts only what was applied."""
    path = tmp_path / "s"
    open_store(path, [FIRST]).close()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(path, [FIRST, "ALTER TABLE nothing ADD COLUMN x"])
    open_store(path, [FIRST, SECOND]).close()


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    """A damaged or foreign file is an error with a remedy, and stays as it is."""
    path = tmp_path / "s"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="another --state"):
        open_store(path, [FIRST])
    assert path.read_bytes().startswith(b"not a database")


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    """Nobody reads half of a change."""
    with closing(open_store(tmp_path / "s", [FIRST])) as one, closing(open_store(tmp_path / "s", [FIRST])) as other:
        other.execute("PRAGMA busy_timeout = 10")
        with one:
            one.execute("INSERT INTO message VALUES ('a')")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("INSERT INTO message VALUES ('b')")
            assert other.execute("SELECT count(*) FROM message").fetchone()[0] == 0
        assert other.execute("SELECT count(*) FROM message").fetchone()[0] == 1
