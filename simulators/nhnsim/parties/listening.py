"""Holding the service's stream of notifications for a party, where its mailbox has one."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from nhnsim.parties.calling import Edi2ClientError
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nhnsim.parties.mailbox import Mailbox
    from nhntime import Clock, Signal

PAUSE = 30.0
"""Seconds of domain time before a broken stream is opened again; meanwhile the party polls."""


class Listener:
    """Rings a bell whenever the stream says something.

    Waiting for news holds no clock token: the service holds one for what it has pushed, and the party takes its own
    when the bell rings.

    Args:
        clock: domain time.
        mailbox: whose stream.
        bell: is rung.
        position: beyond which news are news.
        complain: hears why a stream broke.
    """

    def __init__(
        self,
        clock: Clock,
        mailbox: Mailbox,
        bell: Signal,
        position: Callable[[], Awaitable[int]],
        complain: Callable[[Exception], None],
    ) -> None:
        self._clock = clock
        self._mailbox = mailbox
        self._bell = bell
        self._position = position
        self._complain = complain
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, unless that was done or there is nothing to hear."""
        if self._task is None and self._mailbox.streams:
            self._task = asyncio.create_task(self._run(), name="a party's stream")

    async def aclose(self) -> None:
        """Let the stream go."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (Edi2ClientError, ProtocolError) as error:
                self._complain(error)
            with self._clock.busy("a party's stream broke"):
                await self._clock.sleep(PAUSE)

    async def _listen(self) -> None:
        async with contextlib.aclosing(self._mailbox.news(await self._position())) as pieces:
            with self._clock.busy("opening a party's stream"):
                alive = await anext(pieces, self) is None
            while alive:
                with self._clock.busy("news for a party"):
                    self._bell.set()
                alive = await anext(pieces, self) is None
