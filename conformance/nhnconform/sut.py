"""The system under test: started, found ready, driven, ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import msgspec

from nhnconform.contract import Declaration
from nhnconform.drivers import CommandDriver, HttpDriver, ManualDriver, PassiveDriver, Prompt, SutFileError
from nhnconform.errors import SutBabbleError, SutCrashError, SutHangError
from nhnconform.events import SutIdentity
from nhnconform.hooks import HookRunner
from nhnconform.processes import Process, ProcessError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from nhnconform.drivers import Driver, Prepared, SutFile

BETWEEN_LOOKS = 0.03

_KINDS = {"hang": SutHangError, "crash": SutCrashError, "babble": SutBabbleError}


def _silently(_text: str) -> None:
    pass


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
    """A SUT that is up; `ended` says how its process ended, nothing while it runs; `hooks` of its owner."""

    identity: SutIdentity
    driver: Driver
    poll_interval: float
    ended: Callable[[], str]
    hooks: HookRunner


@contextlib.asynccontextmanager
async def start_sut(
    subject: Subject,
    up: Path,
    *,
    log: Path,
    patience: float,
    state: Path | None = None,
    tell: Callable[[str], None] = _silently,
) -> AsyncIterator[Sut]:
    """Start it if it has a command, and wait until it is ready.

    Args:
        subject: who.
        up: path of the network's description, handed to the command.
        log: gets its output.
        patience: real seconds to be ready in, and for any one answer.
        state: the folder that is its own; None for one that goes with the run.
        tell: is told when its last hook fails.

    Raises:
        SutError: it hangs, crashes or babbles before it is ready.
        SutFileError: the hook that goes before the run fails.
    """
    file = subject.file
    async with contextlib.AsyncExitStack() as stack:
        if state is None:
            folder = tempfile.TemporaryDirectory(prefix="provenett-sut-", ignore_cleanup_errors=True)
            state = Path(stack.enter_context(folder))
        ready = file.prepared(up=up, state=state, port=_free_port(), cwd=subject.folder)
        hooks = HookRunner(
            ready.hooks,
            log=log.with_name("hooks.log"),
            patience=patience,
            cwd=ready.cwd,
            environment=ready.environment | {"PROVENETT_UP": str(up), "PROVENETT_STATE": str(state)},
        )
        if fault := await hooks.run("before_run"):
            raise SutFileError(f"the run cannot begin: {fault}")
        stack.push_async_callback(_last_hook, hooks, tell)
        process = await _start(stack, ready, file.name, log)
        ended = process.ended if process is not None else _never
        driver = await _driver(stack, subject, ready, process, patience)
        said = driver.declaration
        identity = replace(subject.identity, name=said.name or file.name, version=said.version or file.version)
        yield Sut(identity, driver, said.poll_interval or file.poll_interval, ended, hooks)


async def _driver(
    stack: contextlib.AsyncExitStack, subject: Subject, ready: Prepared, process: Process | None, patience: float
) -> Driver:
    file = subject.file
    known = Declaration(name=file.name, version=file.version, operations=file.operations or ())
    if file.driver == "none":
        return PassiveDriver(file.name, file.version)
    if file.driver == "manual":
        return ManualDriver(known, Prompt(sys.stdin, sys.stdout, patience=file.manual_patience))
    if file.driver == "command":
        known = msgspec.structs.replace(known, operations=known.operations or tuple(ready.commands))
        return await CommandDriver.connect(
            known, ready.commands, patience=patience, cwd=ready.cwd, environment=ready.environment
        )
    http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    await _until_ready(http, ready.ready, file.name, process, patience)
    return await HttpDriver.connect(
        http,
        ready.url,
        patience=patience,
        operations=file.operations,
        ended=process.ended if process is not None else _never,
    )


async def _last_hook(hooks: HookRunner, tell: Callable[[str], None]) -> None:
    if fault := await hooks.run("after_run"):
        tell(fault)


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
