"""The hub: moves virtual time for all processes, and only when all of them are quiet.

Why one probe is enough. Each agent pushes a report whenever it falls quiet. Once the hub knows every agent quiet
with counters c₁…cₙ, it probes them all. An agent that answers *quiet, still cᵢ* was quiet without a break from its
push until its answer; all those spans contain the instant at which the probe was sent. At that instant nobody held
a token. Work in flight is covered by the token of whoever started it, so nothing was in flight either, and only
a timer can start something: the hub may move.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from typing import TYPE_CHECKING, Any

from nhntime.clock import from_micros, to_micros
from nhntime.errors import ClockError, ClockStuckError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime


class _Agent:
    def __init__(self, name: str, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.writer = writer
        self.report: dict[str, Any] = {"state": -1, "quiet": False, "next": None, "held": ["joining"]}
        self.probes: dict[int, asyncio.Future[bool]] = {}

    def send(self, message: dict[str, Any]) -> None:
        if not self.writer.is_closing():
            self.writer.write(json.dumps(message).encode() + b"\n")


class Hub:
    """Owns virtual time. Create it with `Hub.start`, give `address` to every process, close it with `aclose`."""

    def __init__(self, now: datetime, patience: float) -> None:
        self.patience = patience
        self._micros = to_micros(now)
        self._agents: set[_Agent] = set()
        self._numbers = itertools.count(1)
        self._news = asyncio.Event()
        self._moving = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        self._connections: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(cls, now: datetime, *, host: str = "127.0.0.1", port: int = 0, patience: float = 60.0) -> Hub:
        """Listen for agents.

        Args:
            now: where domain time begins; aware.
            host: address to bind; keep it on loopback, the wire carries no authentication.
            port: 0 picks a free one.
            patience: real seconds that a move waits for all to be quiet before `ClockStuckError`.
        """
        hub = cls(now, patience)
        hub._server = await asyncio.start_server(hub._welcome, host, port)
        return hub

    @property
    def address(self) -> str:
        """`host:port` for `open_clock`."""
        if self._server is None or not self._server.sockets:
            return ""
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    def now(self) -> datetime:
        """The domain's now."""
        return from_micros(self._micros)

    def agents(self) -> list[str]:
        """The names of the processes that have joined."""
        return sorted(agent.name for agent in self._agents)

    async def joined(self, *names: str) -> None:
        """Wait until agents of these names have joined (bounded by `patience`).

        Raises:
            ClockStuckError: they did not come.
        """
        await self._wait(lambda: set(names) <= {agent.name for agent in self._agents})

    async def quiet(self) -> None:
        """Wait until nobody in any process holds a token.

        Raises:
            ClockStuckError: that did not happen within `patience`.
        """
        while True:
            await self._wait(lambda: all(agent.report["quiet"] for agent in self._agents))
            known = {agent: agent.report["state"] for agent in self._agents}
            if await self._ask({"probe": 0}) and all(
                agent.report["quiet"] and known.get(agent) == agent.report["state"] for agent in self._agents
            ):
                return

    async def run_to(self, when: datetime) -> None:
        """Fire every timer at its own instant, up to and including `when`.

        Raises:
            ClockStuckError: somebody stays busy.
        """
        goal = to_micros(when)
        async with self._moving:
            while await self._step(goal):
                pass
            await self._set(goal)

    async def leap_to(self, when: datetime) -> None:
        """Go to `when` at once; what is overdue then fires once, and its work is awaited.

        Raises:
            ClockStuckError: somebody stays busy.
        """
        async with self._moving:
            await self.quiet()
            await self._set(to_micros(when))
            await self._ask({"fire": 0})
            await self.quiet()

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Inside this context time goes on to the next timer whenever everybody is quiet.

        Somebody who stays busy only delays the flow: bound what happens inside by patience, and ask `holders` who
        it is.
        """
        flow = asyncio.create_task(self._flow(), name="clock hub flow")
        try:
            yield
        finally:
            flow.cancel()
            await asyncio.gather(flow, return_exceptions=True)

    async def aclose(self) -> None:
        """Stop listening and let all agents go."""
        for job in self._jobs:
            job.cancel()
        if self._server is not None:
            self._server.close()
        for agent in list(self._agents):
            agent.writer.close()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def _flow(self) -> None:
        while True:
            moved = False
            with contextlib.suppress(ClockStuckError):
                async with self._moving:
                    moved = await self._step(None)
            if not moved:
                self._news.clear()
                await self._news.wait()

    async def _step(self, goal: int | None) -> bool:
        """Move to the next timer (not past `goal`) and fire it; False when there is none."""
        await self.quiet()
        due = min((a.report["next"] for a in self._agents if a.report["next"] is not None), default=None)
        if due is None or (goal is not None and due > goal):
            return False
        await self._set(due)
        await self._ask({"fire": 0})
        return True

    async def _set(self, micros: int) -> None:
        self._micros = max(self._micros, micros)
        await self._ask({"set": self._micros, "probe": 0})

    async def _ask(self, message: dict[str, Any]) -> bool:
        """Send to all and await all answers; False when somebody joined or left meanwhile."""
        number = next(self._numbers)
        message = {key: number if key in {"probe", "fire"} else value for key, value in message.items()}
        asked = set(self._agents)
        answers = []
        for agent in asked:
            future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            agent.probes[number] = future
            agent.send(message)
            answers.append(future)
        try:
            async with asyncio.timeout(self.patience):
                complete = all(await asyncio.gather(*answers))
        except TimeoutError:
            silent = {agent.name: ["an event loop that does not turn"] for agent in asked if number in agent.probes}
            raise ClockStuckError(silent, self.patience) from None
        return complete and asked == self._agents

    async def _wait(self, condition: Any) -> None:
        deadline = asyncio.get_running_loop().time() + self.patience
        while not condition():
            self._news.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(max(left, 0)):
                    await self._news.wait()
            except TimeoutError:
                await self._ask({"probe": 0})
                if not condition():
                    raise ClockStuckError(self.holders(), self.patience) from None

    def holders(self) -> dict[str, list[str]]:
        """Agent name to the labels of its tokens, as last heard."""
        return {agent.name: list(agent.report["held"]) for agent in self._agents if not agent.report["quiet"]}

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        agent: _Agent | None = None
        connection = asyncio.current_task()
        if connection is not None:
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)
        try:
            agent = _Agent(str(json.loads(await reader.readline())["hello"]), writer)
            agent.send({"welcome": self._micros})
            self._agents.add(agent)
            self._news.set()
            while line := await reader.readline():
                self._hear(agent, json.loads(line))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # not an agent, or one that died: it is let go below
        finally:
            if agent is not None:
                self._agents.discard(agent)
                for future in agent.probes.values():
                    if not future.done():
                        future.set_result(False)
            self._news.set()
            writer.close()

    def _hear(self, agent: _Agent, message: dict[str, Any]) -> None:
        if "move" in message:
            job = asyncio.create_task(self._move_for(agent, message), name="clock hub move")
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)
            return
        agent.report = {key: message[key] for key in ("state", "quiet", "next", "held")}
        if "probe" in message:
            future = agent.probes.pop(message["probe"], None)
            if future is not None and not future.done():
                future.set_result(True)
        self._news.set()

    async def _move_for(self, agent: _Agent, message: dict[str, Any]) -> None:
        mover = {"leap": self.leap_to, "run": self.run_to}.get(message["move"])
        answer: dict[str, Any] = {"asked": message["ask"]}
        if mover is None:
            answer["error"] = f"a clock can leap or run, not {message['move']!r}"
        else:
            try:
                await mover(from_micros(message["to"]))
                answer["now"] = self._micros
            except ClockError as error:
                answer["error"] = str(error)
        agent.send(answer)
