"""Processes of their own, started, listened to and ended with patience; never waited for without a bound."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LINE = 1 << 20
"""A ready line longer than this is babble."""

GRACE = 5.0
"""Real seconds from SIGTERM to SIGKILL."""


class ProcessError(Exception):
    """A process did not do what it should; `kind` is `hang`, `crash` or `babble`."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        super().__init__(text)


class Process:
    """A child in a process group of its own. Its output goes to a file and is quoted when it dies.

    Make one with `start`, end it with `aclose`; a context manager does both.
    """

    def __init__(self, name: str, child: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._child = child
        self._drain: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a command.

        Args:
            name: how it is called in messages.
            argv: the command, no shell.
            log: gets its standard error, and its standard output after the ready line.
            cwd: its working directory.
            environment: variables to add.

        Raises:
            ProcessError: it cannot be started.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with log.open("ab") as errors:
                child = await asyncio.create_subprocess_exec(
                    *argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=errors,
                    cwd=cwd,
                    env={**os.environ, **(environment or {})},
                    start_new_session=True,
                    limit=LINE,
                )
        except OSError as error:
            raise ProcessError("crash", f"{name} cannot be started: {argv[0]}: {error.strerror}") from error
        return cls(name, child, log)

    async def ready_line(self, patience: float) -> dict[str, Any]:
        """The one JSON object that it prints when it is ready.

        Raises:
            ProcessError: hang (nothing within patience), crash (it ended), babble (something else was printed).
        """
        stdout = self._child.stdout
        if stdout is None:
            raise ProcessError("crash", f"{self.name} has no standard output")
        try:
            async with asyncio.timeout(patience):
                line = await stdout.readline()
                if not line:
                    await self._child.wait()
        except TimeoutError:
            text = f"{self.name} was not ready within {patience:g} s{self._said()}"
            raise ProcessError("hang", text) from None
        except ValueError:
            raise ProcessError("babble", f"{self.name} printed more than {LINE} bytes without a line end") from None
        if not line:
            raise ProcessError("crash", self.ended())
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ProcessError("babble", f"{self.name} printed {line[:200]!r} where one JSON object was expected")
        self.drain()
        return value

    def drain(self) -> None:
        """From now on its standard output goes to the log."""
        if self._drain is None:
            self._drain = asyncio.create_task(self._copy(), name=f"output of {self.name}")

    def ended(self) -> str:
        """Empty while it runs, else how it ended, with the last it said."""
        code = self._child.returncode
        if code is None:
            return ""
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"{self.name} {how}{self._said()}"

    async def wait(self) -> int:
        """Its exit code, when it ends."""
        return await self._child.wait()

    async def aclose(self) -> None:
        """SIGTERM to its group, SIGKILL after the grace."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(GRACE):
                await self._child.wait()
        except TimeoutError:
            pass
        self._signal(signal.SIGKILL)
        await self._child.wait()
        if self._drain is not None:
            self._drain.cancel()
            await asyncio.gather(self._drain, return_exceptions=True)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, number)

    async def _copy(self) -> None:
        stdout = self._child.stdout
        if stdout is None:
            return
        with self.log.open("ab") as out:
            while piece := await stdout.read(1 << 16):
                out.write(piece)
                out.flush()

    def _said(self) -> str:
        try:
            tail = self.log.read_bytes()[-1500:].decode("utf-8", "replace").strip()
        except OSError:
            return ""
        return f"; it said last: {tail}" if tail else " and said nothing"
