"""Opening the database so that what is committed is on disk."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nhnclinic.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from nhntime import Clock

HEAD = "0001"
"""The newest migration; a database of another version is brought here, or refused when it is newer."""

_FULL = 2


class Store:
    """A database of the clinic. One transaction at a time writes; a transaction is on disk when it has ended."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._reading = engine.execution_options(reading=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Read and write; committed to disk when the block ends, rolled back when it raises."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one consistent state."""
        with self._reading.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()


def open_store(url: str, clock: Clock) -> Store:
    """Open the database at a SQLAlchemy URL, make or migrate its tables, and prove that it keeps what it commits.

    Raises:
        StoreError: it cannot be opened, would not survive a power cut, or belongs to a newer clinic.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(f"{url!r} is no database URL: {error}. Example: sqlite:////var/lib/clinic.sqlite") from error
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"databases of kind {parsed.get_backend_name()!r} are not supported yet: use sqlite:///FILE.")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError("a database in memory loses every message with the process: name a file, sqlite:///FILE.")
    try:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(parsed, poolclass=sa.pool.QueuePool, pool_size=4)
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
        with engine.connect() as connection:
            check_durable(connection)
        _migrate(engine)
    except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(f"the database {url} cannot be used: {error}.") from error
    return Store(engine, clock)


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


def _prepare(connection: sqlite3.Connection, record: Any) -> None:
    del record
    connection.isolation_level = None  # transactions are begun by `_begin`, not guessed by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        version = None
        if sa.inspect(connection).has_table("alembic_version"):
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if version == HEAD:
            return
        from alembic import command, config  # noqa: PLC0415 - costs start-up time, and is needed once per version
        from alembic.util import CommandError  # noqa: PLC0415 - as above

        settings = config.Config()
        settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        settings.set_main_option("path_separator", "os")
        settings.attributes["connection"] = connection
        try:
            command.upgrade(settings, "head")
        except CommandError as error:
            raise StoreError(
                f"the database has version {version!r}, which this clinic does not know: {error}. "
                "Start the newer clinic that wrote it, or name another file."
            ) from error
