"""The system under test: started, found ready, driven, ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from nhnconform.drivers import HttpDriver, PassiveDriver
from nhnconform.errors import SutBabbleError, SutCrashError, SutHangError
from nhnconform.events import SutIdentity
from nhnconform.processes import Process, ProcessError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from nhnconform.drivers import Driver, Prepared, SutFile

BETWEEN_LOOKS = 0.03

_KINDS = {"hang": SutHangError, "crash": SutCrashError, "babble": SutBabbleError}


@dataclass(frozen=True)
class Subject:
    """Who is to be judged, before it is started.

    Attributes:
        file: its SUT file.
        folder: where the command runs.
    """

    file: SutFile
    folder: Path | None = None

    @property
    def identity(self) -> SutIdentity:
        """What is known of it before it says anything itself."""
        file = self.file
        return SutIdentity(file.name, file.version, file.driver, file.clock, file.profiles)


@dataclass(frozen=True)
class Sut:
    """A SUT that is up; `ended` says how its process ended, nothing while it runs."""

    identity: SutIdentity
    driver: Driver
    poll_interval: float
    ended: Callable[[], str]


@contextlib.asynccontextmanager
async def start_sut(subject: Subject, up: Path, *, log: Path, patience: float) -> AsyncIterator[Sut]:
    """Start it if it has a command, and wait until it is ready.

    Args:
        subject: who.
        up: path of the network's description, handed to the command.
        log: gets its output.
        patience: real seconds to be ready in, and for any one answer.

    Raises:
        SutError: it hangs, crashes or babbles before it is ready.
    """
    file = subject.file
    async with contextlib.AsyncExitStack() as stack:
        folder = tempfile.TemporaryDirectory(prefix="provenett-sut-", ignore_cleanup_errors=True)
        state = Path(stack.enter_context(folder))
        ready = file.prepared(up=up, state=state, port=_free_port(), cwd=subject.folder)
        process = await _start(stack, ready, file.name, log)
        ended = process.ended if process is not None else _never
        if file.driver == "none":
            yield Sut(subject.identity, PassiveDriver(file.name, file.version), file.poll_interval, ended)
            return
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        await _until_ready(http, ready.ready, file.name, process, patience)
        driver = await HttpDriver.connect(
            http,
            ready.url,
            patience=patience,
            operations=file.operations,
            ended=ended,
        )
        said = driver.declaration
        identity = SutIdentity(said.name or file.name, said.version or file.version, "http", file.clock, file.profiles)
        yield Sut(identity, driver, said.poll_interval or file.poll_interval, ended)


async def _start(stack: contextlib.AsyncExitStack, ready: Prepared, name: str, log: Path) -> Process | None:
    if not ready.argv:
        return None
    try:
        process = await Process.start(name, ready.argv, log=log, cwd=ready.cwd, environment=ready.environment)
    except ProcessError as error:
        raise _KINDS[error.kind](str(error)) from error
    stack.push_async_callback(process.aclose)
    process.drain()
    return process


async def _until_ready(
    http: aiohttp.ClientSession, url: str, name: str, process: Process | None, patience: float
) -> None:
    last = "nothing listens there"
    try:
        async with asyncio.timeout(patience):
            while True:
                if process is not None and (end := process.ended()):
                    raise SutCrashError(end)
                try:
                    async with http.get(url) as response:
                        if response.status // 100 == 2:
                            return
                        last = f"it answered {response.status}"
                except aiohttp.ClientConnectorError:
                    last = "nothing listens there"
                except (aiohttp.ClientError, OSError) as error:
                    last = f"what it answered is not HTTP as it should be: {error}"
                await asyncio.sleep(BETWEEN_LOOKS)
    except TimeoutError:
        raise SutHangError(f"{name} was not ready within {patience:g} s: GET {url}: {last}") from None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _never() -> str:
    return ""
