"""Commands of the SUT's owner around a run and around each case; bounded, logged, never trusted to end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nhnconform.processes import Process, ProcessError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class HookRunner:
    """Runs the hooks of a SUT file.

    Args:
        commands: argv by the name of the hook; what is not there is not run.
        log: gets their output.
        patience: real seconds for any one; then it is ended, with what it has started.
        cwd: where they run.
        environment: variables to add.
    """

    def __init__(
        self,
        commands: Mapping[str, tuple[str, ...]],
        *,
        log: Path,
        patience: float,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._commands = commands
        self._log = log
        self._patience = patience
        self._cwd = cwd
        self._environment = dict(environment or {})

    async def run(self, name: str, **facts: str) -> str:
        """Run one, if there is such a hook.

        Args:
            name: `before_run`, `after_run`, `before_case` or `after_case`.
            facts: for its environment; `case="EDI-11"` becomes `PROVENETT_CASE`.

        Returns:
            Why it failed; nothing when it did not.
        """
        argv = self._commands.get(name)
        if not argv:
            return ""
        environment = self._environment | {f"PROVENETT_{key.upper()}": value for key, value in facts.items()}
        try:
            hook = await Process.start(f"the hook {name}", argv, log=self._log, cwd=self._cwd, environment=environment)
        except ProcessError as error:
            return str(error)
        hook.drain()
        try:
            async with asyncio.timeout(self._patience):
                code = await hook.wait()
        except TimeoutError:
            return f"the hook {name} did not end within {self._patience:g} s"
        finally:
            await hook.aclose()
        return hook.ended() if code else ""
