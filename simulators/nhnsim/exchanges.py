"""The ear for HTTP: cuts a connection into exchanges, records them, and asks for their faults."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nhnsim.faults import Close, Fault, Faults, Reset, Send, Step, steps
from nhnsim.framing import Framer
from nhnsim.journal import Exchange, Journal
from nhnsim.tap import Ear

if TYPE_CHECKING:
    from nhntime import Clock


class _Running:
    """An exchange while it lasts."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.request = Framer()
        self.response: Framer | None = None
        self.fault: Fault | None = None
        self.came = 0
        self.went = 0


class HttpEar(Ear):
    """Hears one HTTP/1.1 connection, pipelined requests included.

    Request bytes belong to the newest exchange, response bytes to the oldest that is not answered. An exchange is
    entered in the journal when its last response byte leaves, before the peer can have read it; or when the
    connection ends.
    """

    def __init__(self, endpoint: str, connection: int, clock: Clock, journal: Journal, faults: Faults) -> None:
        self._endpoint = endpoint
        self._connection = connection
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._asking: _Running | None = None
        self._unanswered: deque[_Running] = deque()
        self._leaving: deque[tuple[_Running, int]] = deque()
        self._open: list[_Running] = []

    @property
    def exchange(self) -> Exchange | None:
        """The oldest exchange that is not answered."""
        return self._unanswered[0].exchange if self._unanswered else None

    def opened(self, peer: str) -> None:
        """Nothing to note: a connection without a request is no exchange."""

    def incoming(self, data: bytes) -> list[Step]:
        """Record and frame request bytes; a fault on the request may cut them."""
        passed: list[Step] = []
        while data:
            running = self._asking or self._begin()
            before = running.request.head
            taken = running.request.feed(data)
            piece, data = data[:taken], data[taken:]
            if running.request.head and not before:
                self._ask(running)
            cut = running.fault if running.fault is not None and running.fault.direction == "in" else None
            done = steps(cut, piece, running.came)
            running.came += len(piece)
            passed += done
            for step in done:
                if isinstance(step, Send):
                    running.exchange.received.write(step.data)
            if isinstance(done[-1], Close | Reset):
                return passed
            if running.request.ended:
                self._asking = None
                self._enter_if_over(running)
        return passed

    def outgoing(self, data: bytes) -> list[Step]:
        """Frame response bytes; a fault on the response decides what becomes of them."""
        passed: list[Step] = []
        while data:
            if not self._unanswered:
                self._begin()
            running = self._unanswered[0]
            if running.response is None:
                running.response = Framer(response_to=running.exchange.method or "GET")
            taken = running.response.feed(data)
            piece, data = data[:taken], data[taken:]
            if running.response.head:
                status = running.response.start_line[1]
                running.exchange.status = int(status) if status.isascii() and status.isdigit() else None
            fault = running.fault if running.fault is not None and running.fault.direction == "out" else None
            done = steps(fault, piece, running.went)
            running.went += len(piece)
            self._leaving.extend((running, len(step.data)) for step in done if isinstance(step, Send) and step.data)
            passed += done
            if isinstance(done[-1], Close | Reset):
                return passed
            if running.response.ended:
                self._unanswered.popleft()
        return passed

    def left(self, data: bytes) -> None:
        """Record response bytes as they leave."""
        while data:
            running, size = self._leaving[0]
            running.exchange.sent.write(data[:size])
            if len(data) < size:
                self._leaving[0] = (running, size - len(data))
            else:
                self._leaving.popleft()
            data = data[size:]
            self._enter_if_over(running)

    def closed(self) -> None:
        """Enter what was not finished."""
        for running in list(self._open):
            self._enter(running)
        self._leaving.clear()
        self._unanswered.clear()
        self._asking = None

    def _begin(self) -> _Running:
        exchange = Exchange(
            endpoint=self._endpoint,
            connection=self._connection,
            at=self._clock.now().isoformat(),
            wall=datetime.now(UTC).isoformat(),
            received=self._journal.recording(),
            sent=self._journal.recording(),
        )
        running = _Running(exchange)
        self._asking = running
        self._unanswered.append(running)
        self._open.append(running)
        return running

    def _ask(self, running: _Running) -> None:
        exchange = running.exchange
        exchange.method, target, _ = running.request.start_line
        exchange.path, _, exchange.query = target.partition("?")
        exchange.at = self._clock.now().isoformat()
        exchange.wall = datetime.now(UTC).isoformat()
        fault = self._faults.take(self._endpoint, exchange.method, exchange.path)
        if fault is None:
            return
        exchange.fault = fault.id
        if fault.is_below_http:
            running.fault = fault
        else:
            exchange.wrapping = fault

    def _enter_if_over(self, running: _Running) -> None:
        response = running.response
        if response is None or not response.ended or any(other is running for other, _ in self._leaving):
            return
        if running.request.ended:
            running.exchange.complete = running.exchange.sent.size == running.went
            self._enter(running)

    def _enter(self, running: _Running) -> None:
        if running in self._open:
            self._open.remove(running)
            self._journal.add(running.exchange)
