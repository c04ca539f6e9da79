"""SQLite so that what is committed is on disk: WAL and synchronous=FULL, one file, one clinic process."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.errors import StoreError

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from sqlalchemy import URL, Connection, Engine

_FULL = 2

SHARED = False
"""One process at a time: who has the state folder has the database."""


def engine(url: URL) -> Engine:
    """The engine, not yet connected.

    Raises:
        StoreError: the database would be in memory.
    """
    if not url.database or url.database == ":memory:":
        raise StoreError("a database in memory loses every message with the process: name a file, sqlite:///FILE.")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    made = sa.create_engine(url, poolclass=sa.pool.QueuePool, pool_size=4, hide_parameters=True)
    sa.event.listen(made, "connect", _prepare)
    sa.event.listen(made, "begin", _begin)
    return made


def check_durable(connection: Connection) -> None:
    """See that commits reach the disk before they are answered.

    Raises:
        StoreError: SQLite did not take the settings (a file system without shared memory, for example).
    """
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    if (mode, level) != ("wal", _FULL):
        raise StoreError(
            f"the database has journal_mode={mode} and synchronous={level}, and a power cut could lose messages that "
            "were acknowledged. It must be wal and 2 (FULL): keep the file on a local disk that supports WAL."
        )


class Claims:
    """Nobody else is there to claim anything."""

    def __init__(self, engine: Engine) -> None:
        del engine

    def claim(self, what: str) -> AbstractContextManager[bool]:
        """Always ours."""
        del what
        return contextlib.nullcontext(enter_result=True)

    def spread(self, interval: timedelta) -> timedelta:
        """Just that long."""
        return interval

    def close(self) -> None:
        """Nothing is held."""


def _prepare(connection: sqlite3.Connection, record: Any) -> None:
    del record
    connection.isolation_level = None  # transactions are begun by `_begin`, not guessed by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
