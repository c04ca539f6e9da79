"""Holding the service's stream of notifications, so that news need not be asked for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from nhnclinic.domain import alerts
from nhnclinic.errors import TransportError
from nhnclinic.exchange.health import pause
from nhnclinic.exchange.noticing import attend, position
from nhnclinic.store import records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nhnclinic.domain.values import Notice
    from nhnclinic.exchange.bench import Bench
    from nhntime import Signal

_log = logging.getLogger("nhnclinic")


class Listener:
    """One stream, opened again from the last position whenever it breaks.

    Waiting for news holds no clock token: the service holds one for what it has pushed, and this takes over when the
    bytes are here. Breaking off is patience (real time); coming back is back-off (domain time).
    """

    def __init__(self, bench: Bench, signal: Signal) -> None:
        self._bench = bench
        self._signal = signal
        self._task: asyncio.Task[None] | None = None
        self.holds = False

    def start(self) -> None:
        """Begin, unless that was done."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="the clinic's stream")

    def close(self) -> None:
        """Let the stream go."""
        if self._task is not None:
            self._task.cancel()
            self._task, self.holds = None, False

    async def _run(self) -> None:
        """Until the service says that it will never do, or what it says cannot be understood."""
        failures = 0
        while True:
            try:
                async for notices in self._opened():
                    self.holds, failures = True, 0
                    if notices:
                        with self._bench.clock.busy("a notification"):
                            await attend(self._bench, notices)
                            self._signal.set()
                error = TransportError("the service closed the stream of notifications")
            except TransportError as found:
                error = found
            except Exception:  # noqa: BLE001 - whatever it was, there is still the poll
                _log.exception("the stream of notifications")
                error = TransportError("internal error")
            self._look_again()
            failures += 1
            with self._bench.clock.busy("the stream broke"):
                if not error.retry:
                    self._give_up(error)
                    return
                wait = pause(self._bench.parts.back_off, failures, self._bench.seed("stream"), error)
                await self._bench.clock.sleep(wait.total_seconds())

    async def _opened(self) -> AsyncIterator[list[Notice]]:
        """The stream; time stands still while it is opened, until the service's first sign of life."""
        with self._bench.clock.busy("opening the stream"):
            pieces = self._bench.transport.stream(self._bench.config.own_her_ids, position(self._bench))
            first = await anext(pieces, None)
        if first is not None:
            yield first
            async for notices in pieces:
                yield notices

    def _look_again(self) -> None:
        """Without a stream the clinic polls at its usual pace, from now."""
        if self.holds:
            self.holds = False
            self._signal.set()

    def _give_up(self, error: TransportError) -> None:
        now = self._bench.clock.now()
        with self._bench.store.transaction() as connection:
            records.raise_alert(
                connection,
                key=f"stream_stopped:{now.isoformat()}",
                kind="stream_stopped",
                text=alerts.text("stream_stopped", self._bench.config.edi2.url, str(error)),
                at=now,
            )
