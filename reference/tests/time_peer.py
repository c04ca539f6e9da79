"""A process under the hub, for the tests of virtual time: a TLS server, or a TLS client that obeys a script.

Every piece of work reads the domain clock when it begins and when it ends; the two must be equal, else time moved
while somebody was working. The process prints one JSON line for each thing it was told to do.
"""

import asyncio
import hashlib
import json
import random
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

from nhntime import Clock, open_clock


def burn(rounds: int) -> str:
    """Work for a thread or another process: a little hashing and a little waiting, in real time."""
    time.sleep(0.001 * (rounds % 3))
    return hashlib.sha256(b"x" * rounds).hexdigest()


class Peer:
    """What both kinds share: a clock, pools, and a count of early moves."""

    def __init__(self, clock: Clock, pools: dict[str, Executor]) -> None:
        self.clock = clock
        self.pools = pools
        self.early = 0
        self.work = 0

    @contextmanager
    def watched(self, label: str) -> Iterator[None]:
        with self.clock.busy(label):
            began = self.clock.now()
            yield
            self.work += 1
            self.early += self.clock.now() != began

    async def labour(self, kind: str, rounds: int) -> None:
        """One piece of work: in the loop, in a thread, in a process, or by a task that outlives its caller."""
        if kind in self.pools:
            await asyncio.get_running_loop().run_in_executor(self.pools[kind], burn, rounds)
        elif kind == "turns":
            for _ in range(rounds % 7):
                await asyncio.sleep(0)
        elif kind == "later":
            self.clock.spawn(self.background(rounds), "background work")
        elif kind == "handover":
            signal = self.clock.signal()
            self.clock.spawn(self.woken(signal.wait, rounds), "woken by a signal")
            await asyncio.sleep(0)
            signal.set()

    async def background(self, rounds: int) -> None:
        began = self.clock.now()
        await asyncio.sleep(0.0005 * (rounds % 4))
        self.early += self.clock.now() != began
        await self.clock.sleep(rounds % 50)
        with self.watched("after a sleep"):
            await asyncio.sleep(0)

    async def woken(self, wait: Callable[[], object], rounds: int) -> None:
        waiting = wait()
        assert asyncio.iscoroutine(waiting)
        await waiting
        with self.watched("after a signal"):
            await self.labour("thread", rounds)


KINDS = ("turns", "thread", "process", "later", "handover")


async def serve(peer: Peer, certificate: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            with peer.watched("answering"):
                order = json.loads(line)
                await peer.labour(order["kind"], order["rounds"])
                writer.write(json.dumps({"now": peer.clock.now().isoformat()}).encode() + b"\n")
                await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    say({"port": server.sockets[0].getsockname()[1]})
    await commands(peer, {})
    server.close()


async def call(peer: Peer, certificate: str, port: int) -> None:
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False

    async def client(seed: int, calls: int, longest: float) -> None:
        rng = random.Random(seed)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        for _ in range(calls):
            await peer.clock.sleep(rng.uniform(0, longest) if longest else 60)
            with peer.watched("calling"):
                order = {"kind": rng.choice(KINDS) if longest else "turns", "rounds": rng.randrange(2000)}
                writer.write(json.dumps(order).encode() + b"\n")
                answer = json.loads(await reader.readline())
                peer.early += answer["now"] != peer.clock.now().isoformat()
        writer.close()

    async def script(order: dict[str, float]) -> None:
        for n in range(int(order.get("clients", 1))):
            peer.clock.spawn(client(int(order["seed"]) * 31 + n, int(order["calls"]), order["longest"]), f"client {n}")

    say({"ready": True})
    await commands(peer, {"script": script})


async def commands(peer: Peer, known: dict[str, Callable[[dict[str, float]], object]]) -> None:
    """Obey lines on standard input until it ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        if order["do"] in known:
            doing = known[order["do"]](order)
            assert asyncio.iscoroutine(doing)
            await doing
        say({"work": peer.work, "early": peer.early, "held": peer.clock.holders()})


def say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


async def main(role: str, hub: str, certificate: str, port: str) -> None:
    clock = await open_clock(hub, role)
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(1) as processes:
        peer = Peer(clock, {"thread": threads, "process": processes})
        await (serve(peer, certificate) if role == "server" else call(peer, certificate, int(port)))
        await clock.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
