"""The hub, proved with processes, real sockets and TLS. The other end of each story is `time_peer.py`."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nhntime import ClockError, ClockLostError, ClockStuckError, Hub, HubClock, open_clock

MONDAY = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
PEER = Path(__file__).with_name("time_peer.py")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A self-signed certificate and its key, made for this run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path: Path = tmp_path_factory.mktemp("tls") / "peer.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


class Process:
    """A peer that is told things on standard input and answers with one line each."""

    def __init__(self, process: asyncio.subprocess.Process, first: dict[str, int]) -> None:
        self.process = process
        self.first = first

    async def tell(self, **order: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return answer


@asynccontextmanager
async def peer(role: str, hub: Hub, certificate: str, port: int = 0) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PEER),
        role,
        hub.address,
        certificate,
        str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Process(process, json.loads(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def two_processes(certificate: str) -> AsyncIterator[tuple[Hub, Process, Process]]:
    hub = await Hub.start(MONDAY, patience=60)
    async with (
        peer("server", hub, certificate) as server,
        peer("client", hub, certificate, server.first["port"]) as client,
    ):
        await hub.joined("server", "client")
        yield hub, server, client
    await hub.aclose()


def test_a_poll_every_minute_for_96_hours(certificate: str) -> None:
    """A client polls a server each minute. Leaping 96 h makes it poll once; running 96 h makes it poll 5,760 times."""

    async def story() -> None:
        async with two_processes(certificate) as (hub, server, client):
            await client.tell(do="script", seed=1, calls=10_000, longest=0)
            await hub.leap_to(MONDAY + timedelta(hours=96))
            assert (await server.tell(do="report"))["work"] == 1
            await hub.run_to(MONDAY + timedelta(hours=192))
            report = await server.tell(do="report")
            assert report["work"] == 1 + 96 * 60
            assert report["early"] == 0
            assert hub.now() == MONDAY + timedelta(hours=192)

    asyncio.run(story())


def test_200_random_runs_never_stick_and_never_move_early(certificate: str) -> None:
    """Clients sleep at random and call a server that works in loops, threads, processes, background tasks and by
    signals. Whatever is in flight, both ends see one and the same time from the beginning of a piece of work to
    its end, and every run comes to its end.
    """

    async def story() -> None:
        async with two_processes(certificate) as (hub, server, client):
            for seed in range(200):
                await client.tell(do="script", seed=seed, clients=1 + seed % 3, calls=1 + seed % 4, longest=100)
                goal = hub.now() + timedelta(seconds=500)
                await (hub.leap_to(goal) if seed % 5 == 0 else hub.run_to(goal))
                await hub.run_to(goal + timedelta(seconds=500))
                for process in (server, client):
                    report = await process.tell(do="report")
                    assert report["early"] == 0, f"time moved during work in run {seed}"
                    assert report["held"] == [], f"run {seed} ended with work in flight"
            total = (await client.tell(do="report"))["work"]
            assert total == sum((1 + seed % 3) * (1 + seed % 4) for seed in range(200))

    asyncio.run(story())


def test_who_holds_the_clock_is_named() -> None:
    """A peer that never finishes holds the clock; the error names the process and its work."""

    async def story() -> None:
        hub = await Hub.start(MONDAY, patience=0.2)
        clinic = await HubClock.connect(hub.address, "clinic")
        with clinic.busy("GET /Messages"), pytest.raises(ClockStuckError, match="clinic is busy with GET /Messages"):
            await hub.leap_to(MONDAY + timedelta(hours=1))
        assert hub.now() == MONDAY
        await hub.leap_to(MONDAY + timedelta(hours=1))
        assert clinic.now() == MONDAY + timedelta(hours=1)
        await clinic.aclose()
        await hub.aclose()

    asyncio.run(story())


def test_a_killed_process_lets_the_clock_go(certificate: str) -> None:
    """A process that dies while it works takes its token with it, and time goes on for the others."""

    async def story() -> None:
        hub = await Hub.start(MONDAY, patience=20)
        async with peer("server", hub, certificate) as doomed:
            await hub.joined("server")
            doomed.process.kill()
            await doomed.process.wait()
            await hub.leap_to(MONDAY + timedelta(hours=1))
            assert hub.agents() == []
        await hub.aclose()

    asyncio.run(story())


def test_any_agent_may_ask_for_a_move() -> None:
    """The control port of a network whose hub is elsewhere asks the hub; nonsense is answered with a reason."""

    async def story() -> None:
        hub = await Hub.start(MONDAY)
        network = await HubClock.connect(hub.address, "network")
        clinic = await HubClock.connect(hub.address, "clinic")
        assert await network.move("leap", MONDAY + timedelta(days=1)) == MONDAY + timedelta(days=1)
        assert clinic.now() == hub.now() == MONDAY + timedelta(days=1)
        with pytest.raises(ClockError, match="leap or run"):
            await network.move("crawl", MONDAY + timedelta(days=2))
        await network.aclose()
        await clinic.aclose()
        await hub.aclose()

    asyncio.run(story())


def test_time_flows_while_all_wait() -> None:
    """Inside `flowing` time goes from timer to timer by itself, and stands still while anybody works."""

    async def story() -> None:
        hub = await Hub.start(MONDAY)
        judge = await HubClock.connect(hub.address, "judge")
        with judge.busy("a case"):
            async with hub.flowing():
                await asyncio.sleep(0.05)
                assert judge.now() == MONDAY
                for hour in range(1, 4):
                    await judge.sleep(3600)
                    assert judge.now() == MONDAY + timedelta(hours=hour)
                    await asyncio.sleep(0.01)
                    assert hub.now() == MONDAY + timedelta(hours=hour)
        await judge.aclose()
        await hub.aclose()

    asyncio.run(story())


def test_a_lost_hub_is_told_to_every_sleeper() -> None:
    """When the hub goes away a process has no time any more: sleepers get a typed error and `lost` is set."""

    async def story() -> None:
        hub = await Hub.start(MONDAY)
        clock = await HubClock.connect(hub.address, "clinic")

        async def sleeper() -> None:
            await clock.sleep(60)

        task = clock.spawn(sleeper(), "poll")
        await hub.quiet()
        await hub.aclose()
        await clock.lost.wait()
        with pytest.raises(ClockLostError):
            await task
        await clock.aclose()

    asyncio.run(story())


def test_nobody_answers() -> None:
    """A wrong address is a typed error that says what to look at."""
    with pytest.raises(ClockLostError, match="no clock hub answers"):
        asyncio.run(open_clock("127.0.0.1:1", "clinic"))


def test_strangers_on_the_hub_port_do_no_harm() -> None:
    """Bytes that are not of the protocol end that connection and nothing else."""

    async def story() -> None:
        hub = await Hub.start(MONDAY)
        host, _, port = hub.address.rpartition(":")
        for line in (b"GET / HTTP/1.1\r\n\r\n", b'{"hello": "x"}\n{"state": 1}\n', b"\xff\x00\n", b"[]\n", b""):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(line)
            writer.write_eof()
            await reader.read()
            writer.close()
        await hub.leap_to(MONDAY + timedelta(days=1))
        await hub.aclose()

    asyncio.run(story())
