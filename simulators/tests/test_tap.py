"""The tap, proved from outside: raw sockets see what the faults promise, and the journal has what the sockets saw."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhnsim.exchanges import HttpEar
from nhnsim.faults import Faults
from nhnsim.journal import Exchange, Journal
from nhnsim.lab import Lab
from nhnsim.serving import bind, middleware, serve
from nhnsim.tap import HIGH_WATER, Tap, TapTransport
from nhntime import RealClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

BODY = bytes(range(256)) * 4
GET = b"GET /body HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class RawTls:
    """TLS over a raw socket whose errors are the kernel's own; an end without close_notify is an `SSLError`."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self.sock = sock
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")
        self._pump(self._tls.do_handshake)

    def sendall(self, data: bytes) -> None:
        """Encrypt and send."""
        for at in range(0, len(data), 16_384):
            self._pump(functools.partial(self._tls.write, data[at : at + 16_384]))

    def recv(self, most: int) -> bytes:
        """Receive and decrypt; empty after an orderly end."""
        return self._pump(functools.partial(self._tls.read, most))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def _pump(self, act: Callable[[], T]) -> T:
        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                self._flush()
                if data := self.sock.recv(65536):
                    self._in.write(data)
                else:
                    self._in.write_eof()
            finally:
                self._flush()

    def _flush(self) -> None:
        if self._out.pending:
            self.sock.sendall(self._out.read())


Peer = socket.socket | RawTls


@dataclass
class House:
    """A tapped endpoint and what it saw."""

    port: int
    journal: Journal
    faults: Faults
    client: ssl.SSLContext | None
    handled: list[bytes] = field(default_factory=list)
    transports: list[asyncio.Transport] = field(default_factory=list)

    def connect(self) -> Peer:
        """A raw connection, under TLS if the house speaks it."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return RawTls(sock, self.client) if self.client else sock

    def ask(self, *pieces: bytes) -> bytes:
        """Send, and read until the end of the connection."""
        with self.connect() as sock:
            for piece in pieces:
                sock.sendall(piece)
            return read(sock)

    async def entries(self, count: int) -> list[Exchange]:
        """The journal's entries, once there are so many."""
        found: list[Exchange] = []
        cursor = 0
        while len(found) < count:
            more, cursor = await self.journal.since(cursor, wait=10)
            assert more, "the journal lacks entries"
            found += more
        return found


def read(sock: Peer) -> bytes:
    """Everything until an orderly end."""
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.open() as opened:
        yield opened


@contextlib.asynccontextmanager
async def house(lab: Lab, folder: Path, *, tls: bool, tap: bool = True) -> AsyncIterator[House]:
    """An endpoint `edi2` with one page that echoes, one that is large, and one that fails."""
    sock = bind("edi2", "127.0.0.1", 0)
    clock = RealClock()
    built = House(sock.getsockname()[1], Journal(folder), Faults(["edi2"]), lab.trusting() if tls else None)

    async def body(request: web.Request) -> web.Response:
        built.handled.append(await request.read())
        if request.transport is not None:
            built.transports.append(request.transport)
        return web.Response(body=BODY)

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64):
            await response.write(BODY * 64)
            assert request.transport is not None
            built.handled.append(str(request.transport.get_write_buffer_size()).encode())
        return response

    async def broken(request: web.Request) -> web.Response:
        raise ZeroDivisionError(request.path)

    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/body", body)
    app.router.add_get("/large", large)
    app.router.add_get("/broken", broken)
    numbers = itertools.count(1)
    ears = Tap(lambda: HttpEar("edi2", next(numbers), clock, built.journal, built.faults))
    serving = await serve(
        app,
        sock,
        context=lab.tls() if tls else None,
        tap=ears if tap else None,
        middleware=middleware("edi2", clock, built.journal, tapped=tap),
    )
    try:
        yield built
    finally:
        await serving.aclose()


both = pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])


@both
@pytest.mark.parametrize("at_byte", [0, 1, 300])
def test_a_reset_is_a_real_rst(lab: Lab, tmp_path: Path, *, tls: bool, at_byte: int) -> None:
    """The peer reads exactly the bytes before the reset and then gets ECONNRESET from its kernel, under TLS too."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=tls) as h:
            h.faults.arm({"endpoint": "edi2", "kind": "reset", "at_byte": at_byte})

            def peer() -> bytes:
                got = b""
                with h.connect() as sock:
                    sock.sendall(GET)
                    try:
                        while part := sock.recv(7):
                            got += part
                    except ConnectionResetError:
                        return got
                pytest.fail("the connection ended in order")

            got = await asyncio.to_thread(peer)
            assert len(got) == at_byte
            (entry,) = await h.entries(1)
            assert entry.sent.read() == got
            assert entry.fault == "fault-1"
            assert not entry.complete
            assert h.handled == [b""], "the request was handled: the answer was lost, not the question"

    asyncio.run(story())


@both
def test_a_request_can_be_lost_before_it_is_handled(lab: Lab, tmp_path: Path, *, tls: bool) -> None:
    """A reset on the way in leaves the server with part of a body, and its handler is never called."""
    head = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n"

    async def story() -> None:
        async with house(lab, tmp_path, tls=tls) as h:
            h.faults.arm({"endpoint": "edi2", "kind": "reset", "at_byte": len(head) + 100, "direction": "in"})

            def peer() -> None:
                with pytest.raises((ConnectionResetError, BrokenPipeError)):
                    h.ask(head, b"x" * 10_000)

            await asyncio.to_thread(peer)
            (entry,) = await h.entries(1)
            assert entry.received.read() == head + b"x" * 100
            assert entry.sent.size == 0
            assert h.handled == []

    asyncio.run(story())


@both
def test_dribble_arrives_as_timed_segments(lab: Lab, tmp_path: Path, *, tls: bool) -> None:
    """Each read gives one segment of the size asked for, and a pause lies between any two."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=tls) as h:
            h.faults.arm({"endpoint": "edi2", "kind": "dribble", "size": 100, "seconds": 0.03})

            def peer() -> list[tuple[float, bytes]]:
                parts = []
                with h.connect() as sock:
                    sock.sendall(LAST)
                    while part := sock.recv(65536):
                        parts.append((time.monotonic(), part))
                return parts

            parts = await asyncio.to_thread(peer)
            assert all(len(part) == 100 for _, part in parts[:-1])
            assert len(parts) > 10
            gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(parts)]
            assert sorted(gaps)[len(gaps) // 2] > 0.02
            (entry,) = await h.entries(1)
            assert entry.complete
            assert entry.sent.read() == b"".join(part for _, part in parts)

    asyncio.run(story())


@both
def test_truncation_is_exact(lab: Lab, tmp_path: Path, *, tls: bool) -> None:
    """At byte n the connection ends in order, at every n: in the head, in the body, and not at all beyond the end."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=tls) as h:
            whole = await asyncio.to_thread(h.ask, LAST)
            for number, at_byte in enumerate((0, 1, 17, 200, len(whole) - 1, len(whole), len(whole) + 5), 2):
                h.faults.arm({"endpoint": "edi2", "kind": "truncate", "at_byte": at_byte})
                got = await asyncio.to_thread(h.ask, LAST)
                assert len(got) == min(at_byte, len(whole))
                entry = (await h.entries(number))[-1]
                assert entry.sent.read() == got
                assert entry.complete == (at_byte >= len(whole))

    asyncio.run(story())


@both
def test_latency_delays_and_loses_nothing(lab: Lab, tmp_path: Path, *, tls: bool) -> None:
    """The answer comes late and whole, although the server has closed the connection long before."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=tls) as h:
            h.faults.arm({"endpoint": "edi2", "kind": "latency", "seconds": 0.2})
            start = time.monotonic()
            got = await asyncio.to_thread(h.ask, LAST)
            assert time.monotonic() - start >= 0.2
            assert got.endswith(BODY)

    asyncio.run(story())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tls=st.booleans(),
    bodies=st.lists(st.binary(max_size=3000), min_size=1, max_size=4),
    size=st.integers(1, 400),
    slices=st.integers(0, 4),
)
def test_the_journal_has_the_bytes_that_were_on_the_wire(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory, *, tls: bool, bodies: list[bytes], size: int, slices: int
) -> None:
    """Pipelined requests in any segments, answers in slices: the recorded bytes are the sent ones."""
    requests = [
        b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies
    ]
    requests.append(LAST)
    stream = b"".join(requests)

    async def story() -> None:
        async with house(lab, tmp_path_factory.mktemp("journal"), tls=tls) as h:
            if slices:
                h.faults.arm({"endpoint": "edi2", "kind": "slice", "size": size, "count": slices})
            pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
            got = await asyncio.to_thread(h.ask, *pieces)
            entries = await h.entries(len(requests))
            assert [entry.received.read() for entry in entries] == requests
            assert b"".join(entry.sent.read() for entry in entries) == got
            assert [entry.fault is not None for entry in entries] == [n < slices for n in range(len(entries))]
            assert all(entry.complete and entry.status == 200 for entry in entries)
            assert h.handled == [*bodies, b""]

    asyncio.run(story())


@both
def test_a_slow_reader_slows_the_writer(lab: Lab, tmp_path: Path, *, tls: bool) -> None:
    """While the answer waits in the tap the handler is paused: what is held stays near the high-water mark."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=tls) as h:
            h.faults.arm({"endpoint": "edi2", "kind": "latency", "seconds": 0.3})
            got = await asyncio.to_thread(h.ask, b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert got.count(BODY) >= 64
            assert max(int(size) for size in h.handled) < HIGH_WATER + 3 * len(BODY) * 64

    asyncio.run(story())


def test_a_peer_that_never_reads_can_still_be_reset_and_shut_down(lab: Lab, tmp_path: Path) -> None:
    """Nothing that waits for a reader keeps the network from stopping."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=True) as h:
            h.faults.arm({"endpoint": "edi2", "kind": "dribble", "size": 10, "seconds": 600})
            sock = await asyncio.to_thread(h.connect)
            await asyncio.to_thread(sock.sendall, GET)
            await asyncio.to_thread(sock.recv, 5)
        start = time.monotonic()
        with contextlib.suppress(ConnectionResetError, ssl.SSLError), sock:
            await asyncio.to_thread(read, sock)
        assert time.monotonic() - start < 5

    asyncio.run(story())


def test_the_layer_above_sees_an_ordinary_transport(lab: Lab, tmp_path: Path) -> None:
    """Peer name, socket, TLS object and flow control are those of the transport below."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=True) as h:
            with await asyncio.to_thread(h.connect) as sock:
                assert isinstance(sock, RawTls)
                await asyncio.to_thread(sock.sendall, GET)
                assert await asyncio.to_thread(sock.recv, 20)
                (transport,) = h.transports
                assert isinstance(transport, TapTransport)
                assert transport.get_extra_info("peername") == sock.sock.getsockname()
                assert transport.get_extra_info("ssl_object") is not None
                assert transport.get_extra_info("nothing", "default") == "default"
                assert not transport.can_write_eof()
                assert not transport.is_closing()
                transport.set_write_buffer_limits(high=1000, low=10)
                assert transport.get_write_buffer_limits() == (10, 1000)
                transport.pause_reading()
                assert not transport.is_reading()
                transport.resume_reading()
                assert transport.get_protocol() is not None
                transport.abort()
                assert transport.is_closing()

    asyncio.run(story())


@pytest.mark.parametrize("tap", [True, False], ids=["tapped", "untapped"])
def test_a_defect_of_ours_is_an_answer_and_an_entry(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, tap: bool
) -> None:
    """The peer gets a 500 without a trace; the journal, tapped or not, and standard error have it."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=False, tap=tap) as h:
            got = await asyncio.to_thread(h.ask, b"GET /broken?q=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert got.startswith(b"HTTP/1.1 500")
            assert b"Traceback" not in got
            assert b"Zero" not in got
            (entry,) = await h.entries(1)
            assert entry.error == "ZeroDivisionError: /broken"
            facts: dict[str, Any] = entry.describe()
            assert (facts["method"], facts["path"], facts["query"]) == ("GET", "/broken", "q=1")
            assert facts["status"] == 500
            assert bool(facts["bytes_out"]) == tap

    asyncio.run(story())
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_what_is_not_http_is_in_the_journal_too(lab: Lab, tmp_path: Path) -> None:
    """A request that the protocol library refuses never reaches a handler, but its bytes are there to look at."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=False) as h:
            got = await asyncio.to_thread(h.ask, b"NOT HTTP AT ALL\r\n\r\n")
            assert got.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
            (entry,) = await h.entries(1)
            assert entry.received.read() == b"NOT HTTP AT ALL\r\n\r\n"
            assert entry.sent.read() == got
            assert entry.status == 400

    asyncio.run(story())


def test_a_body_that_is_too_large_is_refused_in_the_endpoints_format(lab: Lab, tmp_path: Path) -> None:
    """413 with an error body, and the connection ends since the rest will not be read."""

    async def story() -> None:
        async with house(lab, tmp_path, tls=False) as h:
            got = await asyncio.to_thread(
                h.ask, b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000
            )
            assert got.startswith(b"HTTP/1.1 413")
            assert b'{"error"' in got
            assert h.handled == []

    asyncio.run(story())
