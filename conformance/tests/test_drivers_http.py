"""The HTTP driver against SUTs that behave, hang, crash and babble: a typed reason for each, within patience."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from nhnconform.contract import Patient, SendRequest, WorldRequest
from nhnconform.drivers import HttpDriver, PassiveDriver
from nhnconform.errors import (
    SutBabbleError,
    SutCrashError,
    SutError,
    SutRefusalError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE = 0.5
DECLARED = b'{"name":"Fake","version":"1","operations":["send","inbox","message","world"]}'
ENOUGH = Patient("01899499006", "Vakker", "Blomst")

Answer = "Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]"


def http(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


async def driven(answer: Callable[[bytes, asyncio.StreamWriter], Awaitable[None]], ended: str = "") -> HttpDriver | str:
    """Ask a SUT for its inbox, whose answer to that is up to `answer`; the text and kind of what went wrong."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b"/contract" in head:
                    writer.write(http(DECLARED))
                    continue
                await answer(head, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the judge is gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with aiohttp.ClientSession() as session:
            driver = await HttpDriver.connect(
                session, f"http://127.0.0.1:{port}", patience=PATIENCE, ended=lambda: ended
            )
            began = time.monotonic()
            try:
                await driver.inbox()
            except SutError as error:
                assert time.monotonic() - began < PATIENCE + 2
                return f"{type(error).__name__}: {error}"
            return driver
    finally:
        server.close()


def outcome(answer: Callable[[bytes, asyncio.StreamWriter], Awaitable[None]], ended: str = "") -> str:
    told = asyncio.run(driven(answer, ended))
    assert isinstance(told, str), "nothing went wrong"
    return told


def raw(data: bytes) -> Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return answer


def test_a_sut_that_keeps_the_contract_is_understood() -> None:
    """The inbox comes back as values, with what the SUT says beyond the contract left out."""
    row = b'[{"msg_id":"a","direction":"in","state":"received","extra":1}]'
    assert isinstance(asyncio.run(driven(raw(http(row)))), HttpDriver)


def test_silence_is_a_hang() -> None:
    """It takes the request and never answers."""

    async def nothing(_head: bytes, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    told = outcome(nothing)
    assert told.startswith("SutHangError: inbox: no complete answer within 0.5 s")


def test_one_byte_at_a_time_is_a_hang_too() -> None:
    """Patience is for the whole answer, not for the next byte."""

    async def dribble(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    assert outcome(dribble).startswith("SutHangError: inbox")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"hello\r\n\r\n", "not HTTP"),
        (http(b"<html>"), "it said: '<html>'"),
        (http(b'{"not":"a list"}'), "Expected `array`"),
        (http(b'[{"msg_id":"a"}]'), "direction"),
        (http(b'[{"msg_id":"a","direction":"in","state":"lost"}]'), "lost"),
        (http(b"\xff\xfe"), "it said"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n" + b" " * (17 << 20), "more than 16 MiB"),
    ],
)
def test_what_the_contract_does_not_allow_is_babble(data: bytes, says: str) -> None:
    """Not HTTP, not JSON, another shape, an unknown state, no UTF-8, too much: the reason shows what was said."""
    told = outcome(raw(data))
    assert told.startswith("SutBabbleError: inbox: ")
    assert says in told


def test_a_connection_that_breaks_is_a_crash_and_says_how_the_process_ended() -> None:
    """The SUT drops the connection; where its process is known to have ended, that is the reason."""

    async def drop(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    assert outcome(drop).startswith("SutCrashError: inbox: ")
    assert outcome(drop, "it ended with signal 11") == "SutCrashError: inbox: it ended with signal 11"


def test_an_error_of_its_own_is_a_refusal_with_cause_and_remedy() -> None:
    """The SUT's words reach the report."""
    told = outcome(raw(http(b'{"error":"no","cause":"locked","remedy":"unlock"}', "409 Conflict")))
    assert told == "SutRefusalError: inbox: GET /inbox answered 409: no; locked; unlock"


def test_nobody_there_is_a_crash() -> None:
    """Nothing listens at the URL."""

    async def story() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(SutCrashError, match="contract"):
                await HttpDriver.connect(session, "http://127.0.0.1:9", patience=PATIENCE)

    asyncio.run(story())


def test_only_declared_operations_are_asked() -> None:
    """What a SUT does not declare is not asked; a message it does not know is None; unknown operations are babble."""

    async def story() -> None:
        asked: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked.append(head.split(b" HTTP")[0])
                known = b'{"name":"F","version":"1","operations":["fly"]}' if len(asked) == 1 else DECLARED
                writer.write(http(known) if b"/contract" in head else http(b"{}", "404 Not Found"))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with aiohttp.ClientSession() as session:
            with pytest.raises(SutBabbleError, match="fly"):
                await HttpDriver.connect(session, url, patience=PATIENCE)
            driver = await HttpDriver.connect(session, url, patience=PATIENCE)
            assert await driver.message("../x y") is None
            assert asked[-1] == b"GET /messages/..%2Fx%20y"
            with pytest.raises(UnsupportedError, match="alerts"):
                await driver.alerts()
            with pytest.raises(SutRefusalError, match="404"):
                await driver.world(WorldRequest(patients=(ENOUGH,)))
            fewer = await HttpDriver.connect(session, url, patience=PATIENCE, operations=("inbox",))
            with pytest.raises(UnsupportedError):
                await fewer.send(SendRequest("DIALOG_NOTAT", 1, ENOUGH, "x"))
        server.close()

    asyncio.run(story())


def test_a_passive_sut_can_be_asked_nothing() -> None:
    """Driver `none`: every operation is unsupported, so cases that need one are untested."""
    driver = PassiveDriver("Silent EHR", "1")
    assert driver.supports([])
    assert not driver.supports(["send"])
    with pytest.raises(UnsupportedError):
        asyncio.run(driver.inbox())
