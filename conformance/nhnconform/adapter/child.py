"""The clinic as a child process: started, killed and started again over the same folder."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

READY_WITHIN = 30.0
"""Real seconds for the clinic to say that it is ready."""

STOP_WITHIN = 10.0
"""Real seconds for an orderly stop, after which it is killed."""


class ClinicError(Exception):
    """The clinic did not start, or its process is gone."""


class Clinic:
    """One clinic; `api` is its address while it runs."""

    def __init__(self, config: Path, with_: Sequence[str]) -> None:
        """`config` is its configuration file, `with_` its extensions."""
        self._command = [sys.executable, "-m", "nhnclinic", "serve", "--config", str(config)]
        for extension in with_:
            self._command += ["--with", extension]
        self._process: asyncio.subprocess.Process | None = None
        self._expected = False
        self.api = ""
        self.gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Start and wait for its ready line.

        Raises:
            ClinicError: it ended, kept silent or said something else; its own words are on stderr.
        """
        self._expected = False
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        watch = asyncio.create_task(self._watch(self._process), name="watch the clinic")
        watch.add_done_callback(lambda _: None)
        self._watching = watch
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(READY_WITHIN):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise ClinicError(f"the clinic was not ready within {READY_WITHIN:g} s") from None
        if not line:
            raise ClinicError(f"the clinic ended with code {await self._process.wait()} before it was ready")
        try:
            self.api = str(json.loads(line)["api"]).rstrip("/")
        except (ValueError, KeyError, TypeError):
            raise ClinicError(f"the clinic's first line is not what was agreed: {line[:200]!r}") from None

    async def stop(self, *, abrupt: bool) -> None:
        """Kill it, or ask it to stop and wait."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._expected = True
        with contextlib.suppress(ProcessLookupError):
            process.kill() if abrupt else process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if not self._expected and not self.gone.done():
            self.gone.set_result(code)
