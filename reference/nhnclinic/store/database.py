"""Opening the database so that what is committed is on disk."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from nhnclinic.errors import StoreError
from nhnclinic.store import postgres, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from sqlalchemy import Connection, Engine

    from nhntime import Clock

HEAD = "0005"
"""The newest migration; a database of another version is brought here, or refused when it is newer."""

KINDS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgres}
"""Kind of database by the name in its URL: a module with `engine`, `check_durable`, `Claims` and `SHARED`."""


class _Claims(Protocol):
    def claim(self, what: str) -> AbstractContextManager[bool]: ...

    def spread(self, interval: timedelta) -> timedelta: ...

    def close(self) -> None: ...


class Store:
    """A database of the clinic. One transaction at a time writes; a transaction is on disk when it has ended.

    Attributes:
        shared: True when other processes may work on it as well.
    """

    def __init__(self, engine: Engine, clock: Clock, claims: _Claims, *, shared: bool = False) -> None:
        self.shared = shared
        self.engine = engine
        self.clock = clock
        self._claims = claims
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

    def claim(self, what: str) -> AbstractContextManager[bool]:
        """A context in which this process alone works on `what`; enters as False when another process does.

        The claim ends with the context, and with the process or its connection to the database.
        """
        return self._claims.claim(what)

    def spread(self, interval: timedelta) -> timedelta:
        """That long; by chance a little more where several processes share the work, so that each is first in turn."""
        return self._claims.spread(interval)

    def close(self) -> None:
        """Let the database go."""
        self._claims.close()
        self.engine.dispose()


def is_away(error: BaseException) -> bool:
    """True when the database itself is the trouble (gone, busy, shutting down), not what was asked of it."""
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or (
        isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
    )


def is_shared(url: str) -> bool:
    """True when several clinic processes may use the database at this URL.

    Raises:
        StoreError: it is no URL of a database that can be used.
    """
    return bool(_kind(url)[1].SHARED)


def open_store(url: str, clock: Clock) -> Store:
    """Open the database at a SQLAlchemy URL, make or migrate its tables, and prove that it keeps what it commits.

    Raises:
        StoreError: it cannot be opened, would not survive a power cut, or belongs to a newer clinic.
    """
    parsed, kind = _kind(url)
    with contextlib.ExitStack() as stack:
        try:
            engine = kind.engine(parsed)
            stack.callback(engine.dispose)
            with engine.connect() as connection:
                kind.check_durable(connection)
            _migrate(engine)
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(f"the database {parsed.render_as_string()} cannot be used: {error}.") from error
        stack.pop_all()
        return Store(engine, clock, kind.Claims(engine), shared=kind.SHARED)


def _kind(url: str) -> tuple[sa.URL, Any]:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(f"{url!r} is no database URL: {error}. Example: sqlite:////var/lib/clinic.sqlite") from error
    name = parsed.drivername.partition("+")[0]
    if name not in KINDS:
        raise StoreError(
            f"databases of kind {name!r} are not supported: use sqlite:///FILE or postgresql+psycopg://HOST/NAME?user=USER."
        )
    return parsed, KINDS[name]


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
