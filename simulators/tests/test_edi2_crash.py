"""Killed at any instant, the network still has every message it said 201 to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from nhnfixtures.world import World
from nhnsim.parties.client import Edi2Client, Edi2ClientError
from nhntime import RealClock
from nhnwire import codes
from nhnwire.msghead import MsgHead, Organisation, business_document, ident

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = (business_document(b'<?xml version="1.0" encoding="UTF-8"?><x xmlns="urn:x"/>'),)


@contextlib.contextmanager
def network(state: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """A network in a process of its own."""
    command = [sys.executable, "-m", "nhnsim", "up", "--json", "--state", str(state), "--only", "helseid", "edi2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the network did not start"
        yield process, json.loads(line)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def client(described: dict[str, Any], http: aiohttp.ClientSession, credentials: dict[str, Any]) -> Edi2Client:
    """A client with credentials from the `up` object."""
    return Edi2Client(
        http,
        RealClock(),
        described["endpoints"]["helseid"]["issuer"],
        described["endpoints"]["edi2"]["v2"],
        credentials["client_id"],
        Path(credentials["key"]).read_bytes(),
        credentials["kid"],
        "Test, v1",
        lambda: str(uuid.uuid4()),
    )


def session(described: dict[str, Any]) -> aiohttp.ClientSession:
    """A session that trusts the lab."""
    import ssl  # noqa: PLC0415 - only here

    context = ssl.create_default_context(cafile=described["trust"])
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))


def message(sender: int, receiver: int) -> bytes:
    """A message that can be carried."""
    head = MsgHead(
        type=codes.plain("8279", "DIALOG_NOTAT"),
        gen_date=RealClock().now(),
        msg_id=str(uuid.uuid4()),
        sender=Organisation("A", (ident("HER", sender),)),
        receiver=Organisation("B", (ident("HER", receiver),)),
        documents=DOCUMENT,
    )
    return head.to_bytes()


@pytest.mark.parametrize("round_", range(2))
def test_what_was_answered_201_is_there_after_kill_9(tmp_path: Path, round_: int) -> None:
    """The network is killed while it takes messages in; the next one delivers every message it had said yes to."""
    peer = World(1).counterpart(round_).her_id

    async def flood(described: dict[str, Any], process: subprocess.Popen[bytes]) -> list[str]:
        async with session(described) as http:
            clinic = client(described, http, described["credentials"]["edi2"])
            own = described["clinic"]["service_her_ids"][0]
            accepted = [await clinic.post(message(own, peer)) for _ in range(5)]

            async def kill() -> None:
                await asyncio.sleep(random.uniform(0.05, 0.25))
                os.kill(process.pid, signal.SIGKILL)

            killer = asyncio.create_task(kill())
            with contextlib.suppress(Edi2ClientError):
                while True:
                    accepted.append(await clinic.post(message(own, peer)))
            await killer
            return accepted

    async def delivered(described: dict[str, Any]) -> list[str]:
        async with session(described) as http:
            judge = client(described, http, described["counterparts"])
            found: list[str] = []
            while page := await judge.unread([peer]):
                for item in page:
                    found.append(item["id"])
                    await judge.mark_read(item["id"], peer)
            return found

    with network(tmp_path) as (process, described):
        accepted = asyncio.run(flood(described, process))
    with network(tmp_path) as (_, described):
        found = asyncio.run(delivered(described))
    assert set(accepted) <= set(found)
    assert len(found) == len(set(found)) <= len(accepted) + 1
