"""Notifications as a stream of server-sent events (GET /notifications/stream).

First `event: connected`, then `event: notification` for each; a comment as a heartbeat when nothing happens. The
stream asks the store each time the bell rings, so that a slow reader holds a place in a sequence and no memory.

Virtual time: while a stream waits it holds no clock token. Whoever rings the bell gives every stream its token back
before the ringing returns, and a stream keeps it until what it has written has left, and `GRACE` longer: long enough
for the reader to take a token of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from aiohttp import web

from nhnsim.skew import plain
from nhntime import RealClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from nhnsim.edi2.notices import Noticed
    from nhntime import Clock, Signal

HEARTBEAT: Final = 15.0
"""Real seconds between signs of life."""
PATIENCE: Final = 10.0
"""Real seconds that a reader may take to take what was written."""
GRACE: Final = 0.1
"""Real seconds, with virtual time, between the last byte and the return of the token."""
PAGE: Final = 100

HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Bell:
    """Rings when there may be something new; every stream listens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._signals: set[Signal] = set()
        self._closed = False

    @contextlib.contextmanager
    def listener(self) -> Iterator[Signal]:
        """A signal that is set at each ring."""
        signal = self._clock.signal()
        self._signals.add(signal)
        try:
            yield signal
        finally:
            self._signals.discard(signal)

    @property
    def closed(self) -> bool:
        """True when streams must end."""
        return self._closed

    def ring(self) -> None:
        """There may be something new."""
        for signal in tuple(self._signals):
            signal.set()

    def close(self) -> None:
        """Let every stream end."""
        self._closed = True
        self.ring()


async def serve(
    request: web.Request,
    clock: Clock,
    bell: Bell,
    offset: int,
    fetch: Callable[[int], Awaitable[list[Noticed]]],
    encode: Callable[[Noticed], bytes],
) -> web.StreamResponse:
    """Serve one stream until the reader is gone, the endpoint closes, or the reader may no longer listen.

    Args:
        request: the reader's.
        clock: domain time; the caller holds a token of it.
        bell: see there.
        offset: begin beyond it.
        fetch: notifications beyond an offset; raising ends the stream.
        encode: a notification as JSON.
    """
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
    with bell.listener() as rung:
        await response.prepare(request)
        await response.write(b"event: connected\ndata:\n\n")
        while not bell.closed:
            rung.clear()
            found = await fetch(offset)
            for one in found:
                await _write(response, b"event: notification\ndata: " + encode(one) + b"\n\n")
                offset = one.offset
            if found:
                if not isinstance(plain(clock), RealClock):
                    await asyncio.sleep(GRACE)
                continue
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await rung.wait()
            except TimeoutError:
                await _write(response, b": heartbeat\n\n")
    return response


async def _write(response: web.StreamResponse, data: bytes) -> None:
    """Write, and give up on a reader that does not read.

    Raises:
        ConnectionResetError: it did not take it within `PATIENCE`, or is gone.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            await response.write(data)
    except TimeoutError:
        raise ConnectionResetError("the reader of the stream does not read") from None
