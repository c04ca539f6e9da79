"""The network as a process: one line when all is ready, a clean end, and the same lab the next time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import ssl
import stat
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from nhnsim.__main__ import main
from nhnsim.network import ENDPOINTS, NAMES, Options, up
from nhnsim.serving import ServingError
from nhntime import Hub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = 60


@contextlib.asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """`python -m nhnsim up --json` and the object it prints."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "nhnsim",
        "up",
        "--json",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE):
            line = await running.stdout.readline()
            assert line.endswith(b"\n"), (await running.stderr.read()).decode()
        yield running, json.loads(line)
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def ended(running: asyncio.subprocess.Process) -> tuple[int, str]:
    """The exit code and what was said on standard error."""
    assert running.stderr is not None
    async with asyncio.timeout(PATIENCE):
        said = await running.stderr.read()
        return await running.wait(), said.decode()


def mode(path: str) -> int:
    """A file's permissions."""
    return stat.S_IMODE(Path(path).stat().st_mode)


def root_of(up_object: dict[str, Any]) -> bytes:
    """Fetch the root from the authority as a stranger would: by URL, trusting the file that `trust` names."""
    context = ssl.create_default_context(cafile=up_object["trust"])
    with urllib.request.urlopen(up_object["endpoints"]["authority"]["url"] + "/root.pem", context=context) as answer:  # noqa: S310 - https
        return bytes(answer.read())


def test_one_line_says_all_that_a_client_needs(tmp_path: Path) -> None:
    """`up --json` prints one object when everything answers; SIGTERM ends the process with 0 and frees the lab."""

    async def story() -> None:
        async with process("--state", str(tmp_path), "--seed", "5") as (running, found):
            assert found["seed"] == 5
            assert found["clock"]["mode"] == "real"
            assert set(found["endpoints"]) == {endpoint.name for endpoint in ENDPOINTS}
            assert await asyncio.to_thread(root_of, found) == (tmp_path / "trust.pem").read_bytes()
            clients = [one for one in found["credentials"].values() if "key" in one]
            assert len(clients) >= 2
            for credential in (*clients, found["counterparts"]):
                assert mode(credential["key"]) == 0o600
                assert credential["client_id"]
                assert credential["kid"]
            assert found["credentials"]["edi2"]["scope"] == "nhn:msh/api"
            assert found["clinic"]["api"] is None
            assert len(found["clinic"]["service_her_ids"]) >= 2
            assert found["parties"]["hospital"]["kind"] == "hospital"
            running.send_signal(signal.SIGTERM)
            assert await ended(running) == (0, "")
        async with process("--state", str(tmp_path)) as (running, again):
            same = ("seed", "endpoints", "credentials", "counterparts", "trust", "clinic", "parties", "control")
            assert {name: again[name] for name in same} == {name: found[name] for name in same}
            running.send_signal(signal.SIGINT)
            assert await ended(running) == (0, "")

    asyncio.run(story())


def test_a_killed_network_starts_again_as_it_was(tmp_path: Path) -> None:
    """Kill -9 leaves no lock and no half-written file behind."""

    async def story() -> None:
        async with process("--state", str(tmp_path)) as (running, found):
            running.kill()
            await running.wait()
        async with process("--state", str(tmp_path)) as (_, again):
            assert again["endpoints"] == found["endpoints"]
            assert again["credentials"] == found["credentials"]

    asyncio.run(story())


def test_a_network_without_its_hub_stops() -> None:
    """The process that owns the time is gone: the network says so and ends with 1."""

    async def story() -> None:
        hub = await Hub.start(datetime(2030, 1, 7, tzinfo=UTC))
        async with process("--hub", hub.address, "--only", "authority") as (running, found):
            assert found["clock"] == {"mode": "virtual", "hub": hub.address, "now": "2030-01-07T00:00:00+00:00"}
            assert hub.agents() == ["network"]
            await hub.leap_to(hub.now() + timedelta(days=4))
            async with aiohttp.ClientSession() as session, session.get(found["control"] + "/clock") as answer:
                assert (await answer.json())["now"] == "2030-01-11T00:00:00+00:00"
            await hub.aclose()
            code, said = await ended(running)
            assert code == 1
            assert "clock hub is gone" in said
            assert "Traceback" not in said

    asyncio.run(story())


def test_ports_follow_the_base(tmp_path: Path) -> None:
    """Control at the base, each endpoint at its own offset; a lab that moves remembers where it went."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = probe.getsockname()[1] // 2 * 2 - 40

    async def story() -> None:
        async with await up(Options(state=tmp_path, port_base=base)) as network:
            ports = {name: int(url.rpartition(":")[2]) - base for name, url in network.urls.items()}
        assert ports == {"control": 0, **{endpoint.name: endpoint.offset for endpoint in ENDPOINTS}}
        async with await up(Options(state=tmp_path)) as network:
            assert int(network.urls["control"].rpartition(":")[2]) == base

    try:
        asyncio.run(story())
    except ServingError:
        pytest.skip("another program has one of the ports that this test chose at random")


def test_other_machines_reach_the_network_by_its_public_name(tmp_path: Path) -> None:
    """URLs carry the name, the certificate too, and the endpoints still find each other on this machine."""

    async def story() -> None:
        options = Options(state=tmp_path, public_host="nhn.example", sans=("alias.example",), only=("authority",))
        async with await up(options) as network:
            facts = network.describe()
            assert facts["endpoints"]["authority"]["url"].startswith("https://nhn.example:")
            assert facts["control"].startswith("http://nhn.example:")
            port = int(network.urls["authority"].rpartition(":")[2])
            for name in ("nhn.example", "alias.example", "localhost"):
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=network.lab.trusting(), server_hostname=name
                )
                writer.close()
                await writer.wait_closed()

    asyncio.run(story())


def test_the_parties_live_by_domain_time_and_start_afresh_after_a_reset() -> None:
    """While nobody moves the clock nothing happens; in ten virtual minutes the hospital polls again and again."""

    async def story() -> None:
        async with await up(Options(clock="virtual")) as network, aiohttp.ClientSession() as session:
            control = network.urls["control"]

            async def polls() -> int:
                async with session.get(control + "/journal?endpoint=edi2") as answer:
                    entries = (await answer.json())["entries"]
                party = next(client for client in network.lab.world.clients if client.name == "parties")
                return sum(entry["client_id"] == party.client_id and entry["status"] == 200 for entry in entries)

            async def run(seconds: int) -> None:
                async with session.post(control + "/clock/run", json={"seconds": seconds}) as answer:
                    assert answer.status == 200, await answer.text()

            await run(600)
            before = await polls()
            assert before >= 10
            async with session.post(control + "/reset") as answer:
                assert answer.status == 204
            assert await polls() <= 1
            await run(600)
            assert await polls() >= 10

    asyncio.run(story())


def test_everything_is_up_within_a_moment() -> None:
    """Starting and stopping the whole network is quick, so that a test can afford its own."""

    async def story() -> None:
        start = time.perf_counter()
        async with await up(Options(clock="virtual")) as network:
            assert set(network.house.endpoints) == {endpoint.name for endpoint in ENDPOINTS}
        assert time.perf_counter() - start < 10

    asyncio.run(story())


def test_a_network_that_cannot_start_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lab in use, a port taken, no hub: one line with a remedy, exit 1; nothing is left running."""
    assert main(["up", "--hub", "127.0.0.1:1"]) == 1
    assert "no clock hub answers" in capsys.readouterr().err
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["up", "--port-base", str(taken.getsockname()[1]), "--state", str(tmp_path)]) == 1
    assert "--port-base" in capsys.readouterr().err
    (tmp_path / "lab.json").write_text('{"version": 1, "seed": 3, "ports": {}}')
    assert main(["up", "--state", str(tmp_path), "--seed", "4"]) == 1
    assert "--state" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["up", "--port-base", "70000"],
        ["up", "--port-base", "x"],
        ["up", "--epoch", "monday"],
        ["up", "--only", "mars"],
        ["up", "--epoch", "2030-01-07"],
        ["up", "--hub", "h:1", "--clock", "virtual"],
        [],
        ["down"],
    ],
)
def test_bad_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And says what is wrong."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_help_lists_the_endpoints(capsys: pytest.CaptureFixture[str]) -> None:
    """`--only` can be filled in from the help alone."""
    with pytest.raises(SystemExit):
        main(["up", "--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in NAMES)
    assert "examples:" in said
