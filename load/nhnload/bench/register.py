"""Searches in the address register beside a bare server: `python -m nhnload.bench.register`.

A network with 60,000 parties runs in a process of its own, a bare aiohttp server behind TLS in another, and this
process asks both, in turns, with 32 clients that each ask again as soon as they are answered. What is asked: names by
the beginnings of words, 10 and 100 parties to a page. Proofs are made before anything is timed. The floor answers with
as many bytes, and knows no tokens.

Clients that never pause keep the server busy to the full, so that each waits for all others: a round trip then takes
the number of clients times what one request costs. The same searches are therefore also asked as fast as that many
people type (`paced`).

Prints one JSON object on one line; times are milliseconds, memory is in MB. Client, network and floor share the
machine: `machine` says how many cores it has and what else was running. Exit code 1 when the memory or the time to
start is above its limit, or a p99 of 10 to a page at the steady rate is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from nhnwire.helseid import ASSERTION_TYPE, client_assertion, dpop_proof, load_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

LIMIT_P99, LIMIT_MEMORY, LIMIT_START = 10.0, 150.0, 1.0
"""Milliseconds, MB, seconds (issue 4)."""

SIZES = (10, 100)
"""Parties to a page."""

NAMES = ("lege", "a", "sykehus", "fysio", "bjørn", "bjorn", "kommune", "vakker", "oslo ko", "hj", "tann", "elg", "sp")
PATH = "/api/v1/communicationparty/search"
RATE = 5
"""Searches a second by each client when paced: about as fast as somebody types."""


@dataclass
class Caller:
    """What a caller holds: an open session, the key and the token."""

    http: aiohttp.ClientSession
    url: str
    key: Any
    token: str

    def headers(self) -> dict[str, str]:
        """Credentials for one search."""
        proof = dpop_proof(
            self.key,
            method="POST",
            url=self.url + PATH,
            now=datetime.now(UTC),
            jti=str(uuid.uuid4()),
            access_token=self.token,
        )
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof, "Content-Type": "application/json"}


def start(*command: str) -> tuple[subprocess.Popen[bytes], dict[str, Any], float]:
    """A process of ours, the JSON it prints when it is ready, and the seconds that took."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE)  # noqa: S603 - our own modules
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        raise SystemExit(f"{command[0]} did not start; its standard error says why")
    return process, json.loads(line), time.perf_counter() - begun


def memory(pid: int) -> float:
    """What a process holds now, in MB; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def busy(pid: int) -> float:
    """Milliseconds of processor time a process has had: what others do on the machine counts little in it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


async def login(http: aiohttp.ClientSession, up: dict[str, Any], pem: bytes) -> Caller:
    """A caller with the clinic's credentials."""
    have, issuer = up["credentials"]["address_register"], up["endpoints"]["helseid"]["issuer"]
    key = load_key(pem)
    url, nonce, body = f"{issuer}/connect/token", None, {}
    for _ in range(2):
        now, client_id = datetime.now(UTC), have["client_id"]
        form = {
            "grant_type": "client_credentials",
            "scope": have["scope"],
            "client_id": client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(
                key, issuer=issuer, client_id=client_id, now=now, jti=str(uuid.uuid4()), kid=have["kid"]
            ),
        }
        proof = dpop_proof(key, method="POST", url=url, now=now, jti=str(uuid.uuid4()), nonce=nonce)
        async with http.post(url, data=form, headers={"DPoP": proof}) as answer:
            nonce, body = answer.headers.get("DPoP-Nonce"), await answer.json()
    return Caller(http, up["endpoints"]["address_register"]["rest"], key, body["access_token"])


async def timed(ask: Callable[[], Awaitable[None]], taken: list[float]) -> None:
    """Ask once and note the milliseconds."""
    begun = time.perf_counter()
    await ask()
    taken.append((time.perf_counter() - begun) * 1000)


async def closed(asks: list[Callable[[], Awaitable[None]]], clients: int, pid: int) -> dict[str, float]:
    """All clients ask without a pause until nothing is left to ask; `cpu` is the server's for one answer."""
    taken: list[float] = []
    left = iter(asks)

    async def client() -> None:
        for ask in left:
            await timed(ask, taken)

    begun, before = time.perf_counter(), busy(pid)
    await asyncio.gather(*(client() for _ in range(clients)))
    lasted, cpu = time.perf_counter() - begun, busy(pid) - before
    return {**summary(taken), "per_second": round(len(taken) / lasted), "cpu": round(cpu / len(taken), 3)}


async def paced(asks: list[Callable[[], Awaitable[None]]], rate: int) -> dict[str, float]:
    """One after another at a steady rate, whether or not those before are answered."""
    taken: list[float] = []
    begun, running = time.perf_counter(), []
    for number, ask in enumerate(asks):
        await asyncio.sleep(begun + number / rate - time.perf_counter())
        running.append(asyncio.create_task(timed(ask, taken)))
    await asyncio.gather(*running)
    return summary(taken)


def summary(taken: list[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2), "max": round(max(taken), 2)}


async def measure(
    up: dict[str, Any], floor: dict[str, Any], pids: tuple[int, int], pem: bytes, requests: int, clients: int
) -> dict[str, Any]:
    """Both sides in turns, for each size of a page."""
    trust = ssl.create_default_context(cafile=up["trust"])
    trust.load_verify_locations(cadata=floor["certificate"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust, limit=clients)) as http:
        caller = await login(http, up, pem)

        def search(number: int, size: int) -> Callable[[], Awaitable[None]]:
            body = json.dumps({"name": NAMES[number % len(NAMES)]}).encode()
            return _post(http, f"{caller.url}{PATH}?Page=1&Size={size}", body, caller.headers())

        begun = time.perf_counter()
        await search(0, 1)()
        found: dict[str, Any] = {"first_search_seconds": round(time.perf_counter() - begun, 2)}
        for which, size in enumerate(SIZES):
            url = f"https://localhost:{floor['port']}/{which}"
            bare = [_post(http, url, b'{"name":"x"}', {"Content-Type": "application/json"})] * requests
            for ask in (search(number, size) for number in range(clients)):
                await ask()
            row = {"floor": await closed(bare, clients, pids[1])}
            row["register"] = await closed([search(number, size) for number in range(requests)], clients, pids[0])
            row["paced"] = await paced([search(number, size) for number in range(requests // 2)], RATE * clients)
            found[f"size_{size}"] = {**row, "ratio": round(row["register"]["p50"] / row["floor"]["p50"], 2)}
    return found


def _post(http: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        async with http.post(url, data=body, headers=headers) as answer:
            data = await answer.read()
            if answer.status != 200:
                raise SystemExit(f"{url} answered {answer.status}: {data[:300]!r}")

    return ask


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when every limit holds."""
    parser = argparse.ArgumentParser(prog="python -m nhnload.bench.register", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="searches of each kind (at least 8)")
    parser.add_argument("--clients", type=int, default=32, help="how many ask at the same time")
    parser.add_argument("--tier", default="60000", help="parties in the register")
    parser.add_argument("--no-tap", action="store_true", help="the network records no bytes")
    given = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as lab:
        small, _, started = start("nhnsim", "up", "--json")
        small.terminate()
        small.wait()
        extra = ["--no-tap"] if given.no_tap else []
        network, up, _ = start("nhnsim", "up", "--json", "--tier", given.tier, "--state", lab, *extra)
        floor, bare, _ = start("nhnload.bench.floor", *(str(600 * size) for size in SIZES))
        try:
            pem = Path(up["credentials"]["address_register"]["key"]).read_bytes()
            found = asyncio.run(measure(up, bare, (network.pid, floor.pid), pem, given.requests, given.clients))
            held = round(memory(network.pid), 1)
        finally:
            for process in (network, floor):
                process.terminate()
                process.wait()
    found |= {
        "machine": {"cores": os.cpu_count(), "load_before": load, "shared_by": "client, network and floor"},
        "start_seconds": round(started, 2),
        "memory": held,
        "limits": {"p99": LIMIT_P99, "memory": LIMIT_MEMORY, "start_seconds": LIMIT_START},
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return int(held > LIMIT_MEMORY or started > LIMIT_START or found["size_10"]["paced"]["p99"] > LIMIT_P99)


if __name__ == "__main__":
    raise SystemExit(main())
