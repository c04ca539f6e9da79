"""The reference clinic's adapter in a real network: it translates, restarts the clinic, and does not outlive it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from nhnconform import adapter
from nhnconform.contract import Patient, SendRequest, WorldRequest
from nhnconform.drivers import HttpDriver
from nhnconform.errors import SutCrashError, SutRefusalError
from nhnconform.oracles import Oracles
from nhnwire.validation import schema_path

PATIENT = Patient("01899499006", "Vakker", "Blomst")


def children_of(pid: int) -> list[int]:
    """Process ids of direct children."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def connected(http: aiohttp.ClientSession, port: int) -> HttpDriver:
    """The driver, once the adapter serves."""
    for _ in range(600):
        try:
            return await HttpDriver.connect(http, f"http://127.0.0.1:{port}", patience=20)
        except SutCrashError:
            await asyncio.sleep(0.05)
    raise AssertionError("the adapter was not ready within 30 s")


def test_the_adapter_keeps_the_contract_over_restarts_and_ends_with_its_clinic(tmp_path: Path) -> None:
    """What was written is still there after a kill and after an orderly stop; when the clinic dies, so does the SUT."""
    from nhnconform.network import start_network  # noqa: PLC0415 - slow to import

    async def story() -> None:
        async with (
            start_network(tmp_path, seed=1, virtual=True, oracles=Oracles(schema_path()), patience=30) as network,
            aiohttp.ClientSession() as http,
        ):
            port = free_port()
            command = adapter.command(str(network.path), str(tmp_path / "clinic"), port)
            with network.clock.busy("test"), subprocess.Popen(command) as process:  # noqa: ASYNC220 - our own
                try:
                    driver = await connected(http, port)
                    assert driver.supports(["send", "restart", "settle", "world"])
                    await driver.world(WorldRequest(patients=(PATIENT,)))
                    party = await network.control.ask("POST", "/counterparts")
                    order = SendRequest("DIALOG_NOTAT", party["her_id"], PATIENT, "Står dette fortsatt her?")
                    msg_id = await driver.send(order)
                    for abrupt in (True, False):
                        await driver.restart(abrupt=abrupt)
                        view = await driver.message(msg_id)
                        assert view is not None
                        assert (view.text, view.patient) == (order.text, PATIENT.number)
                    assert await driver.message("00000000-0000-4000-8000-000000000000") is None
                    assert await driver.inbox() == ()
                    with pytest.raises(SutRefusalError, match="404"):
                        await driver.answer("00000000-0000-4000-8000-000000000000", "Hei")
                    (clinic,) = children_of(process.pid)
                    os.kill(clinic, signal.SIGKILL)
                    assert await asyncio.to_thread(process.wait, 20) == 1
                    with pytest.raises(SutCrashError):
                        await driver.inbox()
                finally:
                    if process.poll() is None:
                        process.kill()

    asyncio.run(story())


def test_a_clinic_that_does_not_start_is_explained(tmp_path: Path) -> None:
    """A description without the clinic's credentials: exit code, and a reason without a stack trace of the clinic."""
    up = tmp_path / "up.json"
    up.write_text(json.dumps({"clinic": {"users": [], "service_her_ids": [9000002]}}), encoding="utf-8")
    command = adapter.command(str(up), str(tmp_path / "clinic"), free_port())
    done = subprocess.run([*command], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode != 0
    assert "credentials" in done.stderr
    assert sys.executable == command[0]
