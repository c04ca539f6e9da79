"""The tap: the one seam per socket, between TLS (or TCP) and the protocol library.

`tapped(factory, listen)` wraps a protocol factory for `loop.create_server`. Everything that comes in or goes out
passes an *ear*, an object per connection that hears the exact bytes and says what becomes of them. Without a fault
bytes pass straight through. With one, a pump carries out the steps (`nhnsim.faults.steps`) in order, one after the
other, and flow control holds: the protocol above is paused while the pump has much to do.

A reset is a real RST: the socket lingers for zero seconds and is dropped, under TLS too.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import sys
import termios
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from nhnsim.faults import Close, Send, Step, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HIGH_WATER = 65_536
FLUSH_PATIENCE = 2.0


class Ear(ABC):
    """Hears one connection."""

    @abstractmethod
    def opened(self, peer: str) -> None:
        """The connection is there; under TLS the handshake is done."""

    @abstractmethod
    def incoming(self, data: bytes) -> list[Step]:
        """Bytes have come: what is handed on (`Send`), and whether the connection ends (`Close`, `Reset`)."""

    @abstractmethod
    def outgoing(self, data: bytes) -> list[Step]:
        """Bytes are to go: what becomes of them."""

    @abstractmethod
    def left(self, data: bytes) -> None:
        """These bytes, part of what `outgoing` let pass, are given to the socket now."""

    @abstractmethod
    def closed(self) -> None:
        """The connection is over; nothing more will be heard."""

    @property
    @abstractmethod
    def exchange(self) -> object:
        """What `transport.get_extra_info("exchange")` gives to the layer above."""


class Tap:
    """All tapped connections of one socket, so that they can be ended together."""

    def __init__(self, listen: Callable[[], Ear]) -> None:
        self._listen = listen
        self._open: set[TapTransport] = set()

    def wrap(self, factory: Callable[[], asyncio.BaseProtocol]) -> Callable[[], asyncio.Protocol]:
        """The protocol factory for `loop.create_server`."""
        return lambda: _TapProtocol(cast("asyncio.Protocol", factory()), self._listen(), self._open)

    def abort(self) -> None:
        """Drop every connection at once, delayed bytes included."""
        for transport in list(self._open):
            transport.abort()


class _TapProtocol(asyncio.Protocol):
    """What the event loop talks to: hands everything on to the protocol above, through the ear."""

    def __init__(self, above: asyncio.Protocol, ear: Ear, opened: set[TapTransport]) -> None:
        self._above = above
        self._ear = ear
        self._open = opened
        self._transport: TapTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = TapTransport(cast("asyncio.Transport", transport), self._above, self._ear)
        self._open.add(self._transport)
        self._ear.opened(str(transport.get_extra_info("peername")))
        self._above.connection_made(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_cut():
            return
        for step in self._ear.incoming(bytes(data)):
            if isinstance(step, Send):
                if step.data:
                    self._above.data_received(step.data)
            elif not isinstance(step, Wait):
                self._transport.cut(step)
                return

    def eof_received(self) -> bool | None:
        return self._above.eof_received()

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.below_paused(paused=True)

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.below_paused(paused=False)

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._transport.lost()
            self._open.discard(self._transport)
        self._ear.closed()
        self._above.connection_lost(error)


class TapTransport(asyncio.Transport):
    """What the protocol above talks to: a transport whose writes pass the ear, and wait if they must."""

    def __init__(self, below: asyncio.Transport, above: asyncio.BaseProtocol, ear: Ear) -> None:
        super().__init__()
        self._below = below
        self._above = above
        self._ear = ear
        self._queue: deque[Step] = deque()
        self._queued = 0
        self._pump: asyncio.Task[None] | None = None
        self._closing = False
        self._cut = False
        self._below_paused = False
        self._above_paused = False
        self._writable = asyncio.Event()
        self._writable.set()

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send, when and as far as the ear lets pass."""
        if self._closing or self._cut:
            return
        for step in self._ear.outgoing(bytes(data)):
            if self._pump is None and isinstance(step, Send):
                self._give(step.data)
            else:
                self._enqueue(step)
        self._tell_flow()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]) -> None:
        """Send several pieces as one."""
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        """Half-close once everything has left."""
        if self._pump is None:
            self._below.write_eof()
        else:
            self._enqueue(_END)

    def can_write_eof(self) -> bool:
        """As the transport below: TCP can, TLS cannot."""
        return self._below.can_write_eof()

    def close(self) -> None:
        """Close once everything has left, delayed bytes included."""
        if self._closing:
            return
        self._closing = True
        if self._pump is None:
            self._below.close()

    def abort(self) -> None:
        """Close at once; what has not left is lost."""
        self._closing = True
        self._stop_pump()
        self._below.abort()

    def is_closing(self) -> bool:
        """True when nothing more can be written."""
        return self._closing or self._cut or self._below.is_closing()

    def is_cut(self) -> bool:
        """True when a fault has ended the connection, or is about to."""
        return self._cut

    def cut(self, step: Step) -> None:
        """End the connection as a fault on incoming bytes wants it: `Close` or `Reset`."""
        self._cut = True
        self._stop_pump()
        self._enqueue(step)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the transport below; `exchange` is the exchange whose response is being written."""
        return self._ear.exchange if name == "exchange" else self._below.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Bytes that have not left: here and below."""
        return self._queued + self._below.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """As the transport below."""
        return self._below.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """As the transport below."""
        self._below.set_write_buffer_limits(high, low)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Another protocol above."""
        self._above = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol above."""
        return self._above

    def is_reading(self) -> bool:
        """As the transport below."""
        return self._below.is_reading()

    def pause_reading(self) -> None:
        """As the transport below."""
        self._below.pause_reading()

    def resume_reading(self) -> None:
        """As the transport below."""
        self._below.resume_reading()

    def below_paused(self, *, paused: bool) -> None:
        """The transport below has much (or little again) to send."""
        self._below_paused = paused
        if paused:
            self._writable.clear()
        else:
            self._writable.set()
        self._tell_flow()

    def lost(self) -> None:
        """The transport below is gone."""
        self._cut = True
        self._stop_pump()

    def _give(self, data: bytes) -> None:
        if data:
            self._ear.left(data)
            self._below.write(data)

    def _enqueue(self, step: Step) -> None:
        self._queue.append(step)
        if isinstance(step, Send):
            self._queued += len(step.data)
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._run(), name="tap pump")

    def _stop_pump(self) -> None:
        self._queue.clear()
        self._queued = 0
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None

    async def _run(self) -> None:
        while self._queue:
            if isinstance(self._queue[0], Send):
                await self._writable.wait()
            step = self._queue.popleft()
            if isinstance(step, Send):
                self._queued -= len(step.data)
                self._give(step.data)
                self._tell_flow()
            elif isinstance(step, Wait):
                await asyncio.sleep(step.seconds)
            elif step is _END:
                self._below.write_eof()
            else:
                await self._end(step)
                return
        self._pump = None
        if self._closing:
            self._below.close()

    async def _end(self, step: Step) -> None:
        self._cut = True
        self._queue.clear()
        self._queued = 0
        if isinstance(step, Close):
            self._below.close()
            return
        await self._flushed()
        sock = self._below.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._below.abort()

    async def _flushed(self) -> None:
        """Wait until the peer's machine has what was sent before the reset; a RST overtakes nothing then."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FLUSH_PATIENCE
        sock = self._below.get_extra_info("socket")
        below = self._below
        while (below.get_write_buffer_size() or _unsent(sock)) and loop.time() < deadline:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.001)

    def _tell_flow(self) -> None:
        paused = self._below_paused or self._queued > HIGH_WATER
        if paused == self._above_paused:
            return
        self._above_paused = paused
        if paused:
            self._above.pause_writing()
        else:
            self._above.resume_writing()


class _End(Close):
    """Half-close: `write_eof` in its turn."""


_END = _End()


def _unsent(sock: socket.socket | None) -> int:
    """Bytes in the kernel that the peer has not acknowledged; 0 where the system does not say."""
    if sock is None or sys.platform != "linux":
        return 0
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0])
    except OSError:
        return 0
