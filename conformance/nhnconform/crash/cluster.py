"""A PostgreSQL server of one's own, in a temporary folder, reached by a Unix socket and gone when the context ends."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATIENCE = 60.0
HINT = "PostgreSQL is not installed: apt-get install postgresql"
USER = "clinic"


@dataclass(frozen=True)
class Cluster:
    """A server that is up.

    Attributes:
        folder: its socket and, below it, its data.
        pid: of its first process; the others are its children.
    """

    folder: Path
    bin: Path
    pid: int

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def create(self, database: str) -> str:
        """Make a database; its URL."""
        self.sql(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What `psql` answers to a statement, unaligned."""
        where = ["-h", str(self.folder), "-U", USER, "-d", database]
        words = [str(self.bin / "psql"), "-X", "-A", "-t", "-q", *where, "-c", statement]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - ours
        if done.returncode:
            raise HarnessError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def cut(self) -> None:
        """End every client's connection."""
        clients = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {clients}")  # noqa: S608 - as it stands


def binaries() -> Path | None:
    """The folder of the newest server's programs; None when there is none."""
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    found = sorted(debian, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    if found:
        return found[-1]
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path and shutil.which("initdb") else None


@contextlib.contextmanager
def cluster(settings: Sequence[str] = (), prefix: Sequence[str] = ()) -> Iterator[Cluster]:
    """A server of one's own.

    Args:
        settings: `name=value`.
        prefix: goes before its command, such as `strace`; in it `{folder}` stands for the server's folder, where its
            user may write.

    Raises:
        HarnessError: there is no PostgreSQL here, or it does not start.
    """
    found = binaries()
    if found is None:
        raise HarnessError(HINT)
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="pv-pg-"))
    data = folder / "data"
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        words = [found / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        _run(words, owner)
        options = [f"-c{one}" for one in ("listen_addresses=", f"unix_socket_directories={folder}", *settings)]
        before = [word.replace("{folder}", str(folder)) for word in prefix]
        command = [*before, found / "postgres", "-D", data, *options]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, **_as(owner))  # type: ignore[call-overload] # noqa: S603
        try:
            made = Cluster(folder, found, server.pid)
            _wait_for(made, server)
            yield made
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait(PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as the user its package made, or as nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise HarnessError("PostgreSQL does not run as root, and there is no user postgres: apt-get install postgresql")


def _as(owner: pwd.struct_passwd | None) -> dict[str, object]:
    if owner is None:
        return {"cwd": "/"}
    return {"cwd": "/", "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _run(words: Sequence[object], owner: pwd.struct_passwd | None) -> None:
    command = [str(word) for word in words]
    done = subprocess.run(  # type: ignore[call-overload] # noqa: S603 - our own
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, **_as(owner)
    )
    if done.returncode:
        raise HarnessError(f"{command[0]}: {done.stderr.strip()}")


def _wait_for(made: Cluster, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(HarnessError):
            made.sql("SELECT 1")
            return
        if server.poll() is not None or time.monotonic() > deadline:
            log = (made.folder / "log").read_text("utf-8", "replace")[-2000:]
            raise HarnessError(f"PostgreSQL did not start: {log}")
        time.sleep(0.05)
