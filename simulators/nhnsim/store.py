"""How an endpoint keeps its state: one SQLite file, and nothing is done before it is on disk."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class StoreError(Exception):
    """The store cannot be used; the text says why and what to do."""


def open_store(path: Path, statements: Sequence[str]) -> sqlite3.Connection:
    """Open or create a store.

    Write-ahead log, `synchronous=FULL` (each COMMIT returns after its fdatasync), foreign keys on, rows by name. A
    transaction begins (IMMEDIATE) with the first statement that changes something; write `with connection:` around
    it, which commits at its end and rolls back on an exception.

    Args:
        path: the file; its folder is made if need be.
        statements: the schema's history, oldest first: statement k brings version k to version k + 1. Append to it,
            never change what has been released. Use STRICT tables.

    Raises:
        StoreError: the file is no database, is damaged, is in use by another writer for more than five seconds, or was
            written by a newer version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=5.0, isolation_level="IMMEDIATE", check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        _prepare(connection, path, statements)
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(f"{path} cannot be opened as a store: {error}. Remove it, or use another --state.") from error
    except StoreError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, statements: Sequence[str]) -> None:
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise StoreError(f"{path} cannot use a write-ahead log; put the state on a local disk")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(statements):
        raise StoreError(
            f"{path} has schema version {version}, but this program knows {len(statements)}: "
            "it was written by a newer version. Use that version, or another --state."
        )
    for number, statement in enumerate(statements[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
