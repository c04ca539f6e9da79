"""The driver that runs a command for each operation: JSON on its standard input, JSON on its standard output.

The request is one JSON object: the members of the operation's body and the names in its path (`msg_id`, `id`, …).

==================  =====================================================
exit code           meaning
==================  =====================================================
0                   done; standard output holds the answer
3                   there is no such thing (where the operation knows that)
126 and above       crash, as is an end by a signal
anything else       refusal; standard error holds the reason
==================  =====================================================
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any

import msgspec

from nhnconform.contract import OPERATIONS, Declaration
from nhnconform.drivers.answers import MAX_ANSWER, decoded, sample, too_much
from nhnconform.drivers.base import Driver
from nhnconform.errors import SutCrashError, SutHangError, SutRefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NO_SUCH_THING = 3
CRASHED = 126
"""From here on a shell says that it could not run something, or that it was killed."""

GRACE = 5.0
"""Real seconds for the pipes of a command that was killed; what it has started elsewhere may hold them open."""

LAST_WORDS = 1500
"""Bytes of standard error that are quoted."""


class CommandDriver(Driver):
    """A SUT behind a command line.

    Args:
        declaration: what is known of it; only operations with a command are declared.
        commands: argv by operation; no shell.
        patience: real seconds for any one command; then its process group is killed.
        cwd: where commands run.
        environment: variables to add.
    """

    def __init__(
        self,
        declaration: Declaration,
        commands: Mapping[str, tuple[str, ...]],
        *,
        patience: float,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(declaration)
        self._commands = commands
        self._patience = patience
        self._cwd = cwd
        self._environment = {**os.environ, **(environment or {})}

    @classmethod
    async def connect(
        cls,
        declaration: Declaration,
        commands: Mapping[str, tuple[str, ...]],
        *,
        patience: float,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> CommandDriver:
        """As the constructor; a command for `contract` is asked who the SUT is and which users it has.

        Raises:
            SutError: that command hangs, crashes, babbles or refuses.
        """
        driver = cls(declaration, commands, patience=patience, cwd=cwd, environment=environment)
        if "contract" in commands:
            said: Declaration = await driver._call("contract", None, {})
            driver.declaration = msgspec.structs.replace(said, operations=declaration.operations)
        return driver

    async def _call(self, operation: str, body: Any, path: dict[str, str]) -> Any:
        row = OPERATIONS[operation]
        argv = self._commands[operation]
        request = msgspec.json.encode({**path, **(msgspec.to_builtins(body) if body is not None else {})})
        code, answer, errors = await self._run(operation, argv, request)
        reason = errors[-LAST_WORDS:].decode("utf-8", "replace").strip() or "it gave no reason"
        if code < 0:
            raise SutCrashError(f"{operation}: {argv[0]} was killed by {_signal_name(-code)}: {reason}")
        if code >= CRASHED:
            raise SutCrashError(f"{operation}: {argv[0]} ended with exit code {code}: {reason}")
        if code == NO_SUCH_THING and row.missing:
            return None
        if code:
            said = f"; it printed {sample(answer)}" if answer else ""
            raise SutRefusalError(f"{operation}: {argv[0]} ended with exit code {code}: {reason}{said}")
        return decoded(operation, answer, row.response)

    async def _run(self, operation: str, argv: tuple[str, ...], request: bytes) -> tuple[int, bytes, bytes]:
        try:
            child = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._cwd,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise SutCrashError(f"{operation}: {argv[0]} cannot be run: {error.strerror}") from None
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        try:
            async with asyncio.timeout(self._patience):
                # One task each, and all are over when the first fails: what babbles without end is not waited for.
                async with asyncio.TaskGroup() as group:
                    group.create_task(_fed(child.stdin, request))
                    answer = group.create_task(_capped(operation, child.stdout))
                    errors = group.create_task(_tail(child.stderr))
                code = await child.wait()
        except TimeoutError:
            raise SutHangError(f"{operation}: {argv[0]} was not done within {self._patience:g} s") from None
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        finally:
            await _over(child)
        return code, answer.result(), errors.result()


async def _over(child: asyncio.subprocess.Process) -> None:
    """Nothing is left of it. A pipe that nobody empties would keep its end from being noticed."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await child.communicate()


async def _fed(stdin: asyncio.StreamWriter, request: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # a command need not read what it does not need
        stdin.write(request)
        await stdin.drain()
    stdin.close()


async def _capped(operation: str, stream: asyncio.StreamReader) -> bytes:
    got = bytearray()
    while piece := await stream.read(1 << 16):
        got += piece
        if len(got) > MAX_ANSWER:
            raise too_much(operation)
    return bytes(got)


async def _tail(stream: asyncio.StreamReader) -> bytes:
    got = b""
    while piece := await stream.read(1 << 16):
        got = (got + piece)[-LAST_WORDS:]
    return got


def _signal_name(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
