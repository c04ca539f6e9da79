"""PostgreSQL so that what is committed is on disk, for one clinic process or several.

Three things make several processes as safe as one. A transaction that writes takes one advisory lock first, so that
one writes at a time, as with SQLite, and looking before inserting is enough. Work is claimed by advisory locks of the
session: they are gone when the process or its connection is, so a claim never outlives its owner. And the unique keys
of the tables are the same.
"""

from __future__ import annotations

import contextlib
from functools import cache
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from sqlalchemy import URL, Connection, Engine

SHARED = True
"""Several processes may use one database."""

WRITING = 0x70726F76  # any number does, as long as nobody else in this database uses it
PATIENCE_MS = 10_000
HUNG_MS = 60_000

MUST_BE = {
    "synchronous_commit": frozenset({"on", "local", "remote_write", "remote_apply"}),
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "server_encoding": frozenset({"UTF8"}),
    "transaction_read_only": frozenset({"off"}),
}
"""Settings with which a commit survives a power cut, and any name can be written."""


def engine(url: URL) -> Engine:
    """The engine, not yet connected.

    Raises:
        StoreError: the driver is not installed.
    """
    try:
        made = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=4,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 10},
        )
    except ImportError as error:
        raise StoreError(f"PostgreSQL needs a driver ({error}): pip install 'provenett[postgres]'.") from error
    sa.event.listen(made, "connect", _prepare)
    sa.event.listen(made, "begin", _begin)
    return made


def check_durable(connection: Connection) -> None:
    """See that commits reach the disk before they are answered.

    Raises:
        StoreError: the server, database or role is set otherwise; names the setting and what it must be.
    """
    for name, allowed in MUST_BE.items():
        value = str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())
        if value not in allowed:
            raise StoreError(
                f"the database has {name}={value}, and a power cut could lose messages that were acknowledged, or it "
                f"cannot hold them at all. It must be {' or '.join(sorted(allowed))}."
            )
    unlogged = connection.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u' "
        "AND relnamespace = current_schema()::regnamespace ORDER BY relname"
    ).scalars()
    if names := list(unlogged):
        raise StoreError(
            f"the tables {', '.join(names)} are UNLOGGED and would be empty after a crash: make them LOGGED."
        )


class Claims:
    """Session locks on a connection of their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._chance = Random()  # noqa: S311 - for sharing, not for secrets

    @contextlib.contextmanager
    def claim(self, what: str) -> Iterator[bool]:
        """True when `what` is ours while the context lasts; False when another process has it."""
        key = int.from_bytes(sha256(what.encode()).digest()[:8], "big", signed=True)
        ours = bool(self._ask("SELECT pg_try_advisory_lock(%s)", key))
        try:
            yield ours
        finally:
            if ours:
                self._ask("SELECT pg_advisory_unlock(%s)", key)

    def spread(self, interval: timedelta) -> timedelta:
        """Up to a quarter more, drawn anew each time: each of several processes is the first to look as often."""
        return interval * (1 + self._chance.random() / 4)

    def close(self) -> None:
        """Let everything go."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _ask(self, question: str, key: int) -> Any:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            return self._connection.exec_driver_sql(question, (key,)).scalar_one()
        except sa.exc.SQLAlchemyError:
            # The server let our locks go with the connection; the next claim begins anew.
            self.close()
            raise


def _prepare(connection: Any, record: Any) -> None:
    del record
    for dumper in _dumpers():
        connection.adapters.register_dumper(str, dumper)
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {PATIENCE_MS}")
        # A process that hangs in the middle of a transaction must not keep the others from writing for ever.
        cursor.execute(f"SET idle_in_transaction_session_timeout = {HUNG_MS}")
    connection.commit()


@cache
def _dumpers() -> tuple[type[Any], ...]:
    """How texts are handed over: U+0000, which PostgreSQL cannot hold and no document may, becomes U+FFFD."""
    from psycopg.types.string import StrDumper, StrDumperUnknown  # noqa: PLC0415 - the driver is an extra

    class Dumper(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "\ufffd"))

    class DumperUnknown(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "\ufffd"))

    return Dumper, DumperUnknown


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    if options.get("reading", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    else:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (WRITING,))
