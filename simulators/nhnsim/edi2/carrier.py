"""What happens to messages when nobody does anything: transports give up, and old messages are purged."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from nhnsim.edi2.model import EPOCH, micros

if TYPE_CHECKING:
    from nhnsim.edi2.model import PostOffice
    from nhnsim.edi2.stream import Bell
    from nhnsim.worker import Worker
    from nhntime import Clock


class Carrier:
    """A task that sleeps in domain time until something is due."""

    def __init__(self, clock: Clock, worker: Worker, office: PostOffice, bell: Bell) -> None:
        self._clock = clock
        self._worker = worker
        self._office = office
        self._bell = bell
        self._news = clock.signal()

    def hurry(self) -> None:
        """Something may be due earlier than was known."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled; start it with `clock.spawn`."""
        while True:
            self._news.clear()
            now = self._clock.now()
            if await self._worker.do(partial(self._office.give_up, micros(now), now.isoformat())):
                self._bell.ring()
            await self._worker.do(partial(self._office.purge, micros(now)))
            due = await self._worker.do(self._office.next_due)
            await self._sleep(due)

    async def _sleep(self, due: int | None) -> None:
        if due is None:
            await self._news.wait()
            return
        alarm = self._clock.spawn(self._ring(due), "the alarm of the message transport")
        try:
            await self._news.wait()
        finally:
            alarm.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await alarm

    async def _ring(self, due: int) -> None:
        await self._clock.sleep_until(EPOCH + timedelta(microseconds=due))
        self._news.set()
