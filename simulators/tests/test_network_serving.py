"""What the middleware of every endpoint promises: tokens, bounded patience, errors in the endpoint's own words."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from nhnsim import serving
from nhnsim.context import ERROR_BODY, note
from nhnsim.exchanges import HttpEar
from nhnsim.faults import Faults
from nhnsim.journal import Journal
from nhnsim.tap import Tap
from nhntime import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HEAD = b"POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"


class House:
    """A served application on virtual time."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock()
        self.journal = Journal(folder)
        self.started = asyncio.Event()
        self.release = asyncio.Event()
        self.port = 0

    async def ask(self, data: bytes) -> bytes:
        """Send and read to the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        answer = await reader.read()
        writer.close()
        return answer


@contextlib.asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """`/work` waits until it is released and notes whom it concerned."""
    built = House(folder)

    async def work(request: web.Request) -> web.Response:
        note(request, client_id="c", her_ids=[9700001])
        note(request, her_ids=[9700002])
        built.started.set()
        await built.release.wait()
        return web.Response(text=(await request.read()).decode())

    def own_words(status: int, text: str) -> web.Response:
        return web.Response(status=status, text=f"own words {status}: {text}")

    app = web.Application()
    app[ERROR_BODY] = own_words
    app.router.add_post("/work", work)
    sock = serving.bind("edi2", "127.0.0.1", 0)
    built.port = sock.getsockname()[1]
    tap = Tap(lambda: HttpEar("edi2", 1, built.clock, built.journal, Faults(["edi2"])))
    middleware = serving.middleware("edi2", built.clock, built.journal, tapped=True)
    running = await serving.serve(app, sock, context=None, tap=tap, middleware=middleware)
    try:
        yield built
    finally:
        await running.aclose()


def test_time_stands_still_while_a_request_is_handled(tmp_path: Path) -> None:
    """The token names endpoint, method and path, and is put down with the answer."""

    async def story() -> None:
        async with house(tmp_path) as h:
            asking = asyncio.create_task(h.ask(HEAD + b"body"))
            await h.started.wait()
            assert h.clock.holders() == ["edi2 POST /work"]
            leap = asyncio.create_task(h.clock.leap_to(h.clock.now() + timedelta(hours=1)))
            await asyncio.sleep(0.05)
            assert not leap.done()
            h.release.set()
            assert (await asking).endswith(b"body")
            await leap
            assert h.clock.holders() == []
            (entry,), _ = await h.journal.since(0, wait=10)
            assert entry.describe()["her_ids"] == [9700001, 9700002]
            assert entry.describe()["client_id"] == "c"

    asyncio.run(story())


def test_a_slow_client_does_not_stop_time(tmp_path: Path) -> None:
    """Half a request holds no token: virtual time goes on, and the rest may still come."""

    async def story() -> None:
        async with house(tmp_path) as h:
            h.release.set()
            reader, writer = await asyncio.open_connection("127.0.0.1", h.port)
            writer.write(HEAD + b"bo")
            await writer.drain()
            await asyncio.sleep(0.05)
            assert h.clock.holders() == []
            await h.clock.leap_to(h.clock.now() + timedelta(days=1))
            writer.write(b"dy")
            assert (await reader.read()).endswith(b"body")
            writer.close()

    asyncio.run(story())


def test_patience_with_a_slow_client_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 in the endpoint's own words, and the connection is closed."""
    monkeypatch.setattr(serving, "BODY_PATIENCE", 0.1)
    monkeypatch.setattr(serving, "SHUTDOWN_PATIENCE", 0.1)

    async def story() -> None:
        async with house(tmp_path) as h:
            answer = await h.ask(HEAD + b"bo")
            assert answer.startswith(b"HTTP/1.1 408")
            assert b"own words 408: The request was not complete within 0.1 s." in answer
            assert not h.started.is_set()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("request_line", "status", "words"),
    [(b"GET /work", 405, b"Method Not Allowed"), (b"POST /nothing", 404, b"Not Found")],
)
def test_errors_are_in_the_endpoints_own_words(tmp_path: Path, request_line: bytes, status: int, words: bytes) -> None:
    """Unknown paths and wrong methods too; 405 says which methods there are."""

    async def story() -> None:
        async with house(tmp_path) as h:
            answer = await h.ask(request_line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert b"own words %d: %b" % (status, words) in answer
            assert (b"Allow: POST" in answer) == (status == 405)

    asyncio.run(story())


def test_a_client_that_goes_away_leaves_an_incomplete_entry_and_no_token(tmp_path: Path) -> None:
    """The peer hung up in the middle of its body: the journal has what came."""

    async def story() -> None:
        async with house(tmp_path) as h:
            _, writer = await asyncio.open_connection("127.0.0.1", h.port)
            writer.write(HEAD + b"bo")
            await writer.drain()
            writer.close()
            (entry,), _ = await h.journal.since(0, wait=10)
            assert entry.received.read() == HEAD + b"bo"
            assert not entry.complete
            assert h.clock.holders() == []

    asyncio.run(story())
