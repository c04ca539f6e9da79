"""The agent: a process's clock when the hub decides what time it is.

Wire (JSON, one object a line, loopback TCP). Times are whole microseconds since the epoch.

========  ==========================================================  =================================
sender    message                                                     meaning
========  ==========================================================  =================================
agent     {"hello": NAME}                                             join
hub       {"welcome": NOW}                                            joined; the time is NOW
agent     {"state": N, "quiet": true, "next": T, "held": []}          pushed each time it falls quiet
hub       {"probe": K}                                                are you, and were you all along?
agent     {"probe": K, "state": N, "quiet": Q, "next": T, "held": L}  answer
hub       {"set": T, "probe": K}                                      the time is now T; fire nothing yet
agent     {"probe": K, ...}                                           done
hub       {"fire": K}                                                 wake whoever is due
agent     {"probe": K, ...}                                           done; tokens are already held
agent     {"move": "leap"|"run", "to": T, "ask": K}                   please move (an agent that is quiet)
hub       {"asked": K, "now": T} or {"asked": K, "error": TEXT}       moved, or why not
========  ==========================================================  =================================

`state` counts every token ever taken: an agent that is quiet with the same `state` as before has been quiet all
the while.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

from nhntime.clock import TimerClock, from_micros, to_micros
from nhntime.errors import ClockError, ClockLostError

if TYPE_CHECKING:
    from datetime import datetime


class HubClock(TimerClock):
    """Virtual time, moved by a hub in another process."""

    def __init__(self, name: str, now: datetime, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(now)
        self.name = name
        self.lost = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._asks: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ask_numbers = itertools.count(1)
        self._push_due = False
        self._closing = False
        self._listener = asyncio.create_task(self._listen(), name=f"clock agent {name}")
        self._push()

    @classmethod
    async def connect(cls, hub: str, name: str) -> HubClock:
        """Join the hub at `host:port`.

        Raises:
            ClockLostError: nothing answers there, or it is no hub.
        """
        host, _, port = hub.rpartition(":")
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(json.dumps({"hello": name}).encode() + b"\n")
                welcome = json.loads(await reader.readline())
                return cls(name, from_micros(welcome["welcome"]), reader, writer)
        except (OSError, ValueError, KeyError, TypeError, TimeoutError) as error:
            msg = f"no clock hub answers at {hub!r}: {error}. Is the process that owns the hub still running?"
            raise ClockLostError(msg) from error

    async def move(self, kind: str, when: datetime) -> datetime:
        """Ask the hub to move (`leap` or `run`); the caller must hold no token.

        Raises:
            ClockError: the hub could not move, with its reason.
        """
        number = next(self._ask_numbers)
        future: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._asks[number] = future
        self._send({"move": kind, "to": to_micros(when), "ask": number})
        answer = await future
        if "error" in answer:
            raise ClockError(answer["error"])
        return from_micros(answer["now"])

    async def aclose(self) -> None:
        """Leave the hub after cancelling what was spawned here."""
        self._closing = True
        await super().aclose()
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)
        self._writer.close()

    def _report(self) -> dict[str, Any]:
        with self._lock:
            held = [token.label for token in self._tokens.values()]
            state = self._activity
        return {"state": state, "quiet": not held, "next": self._next(), "held": held[:8]}

    def _send(self, message: dict[str, Any]) -> None:
        if not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    def _push(self) -> None:
        self._push_due = False
        report = self._report()
        if report["quiet"]:
            self._send(report)

    def _went_quiet(self) -> None:
        with self._lock:
            if self._push_due or self._closing:
                return
            self._push_due = True
        self._loop.call_soon_threadsafe(self._push)

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                self._hear(json.loads(line))
        except (OSError, ValueError):
            pass
        finally:
            self._hub_is_gone()

    def _hear(self, message: dict[str, Any]) -> None:
        if "set" in message:
            self._micros = max(self._micros, message["set"])
        elif "fire" in message:
            self._fire()
            self._send({"probe": message["fire"], **self._report()})
            return
        elif "asked" in message:
            future = self._asks.pop(message["asked"], None)
            if future is not None and not future.done():
                future.set_result(message)
            return
        if "probe" in message:
            self._send({"probe": message["probe"], **self._report()})

    def _hub_is_gone(self) -> None:
        self.lost.set()
        error = ClockLostError("the clock hub closed the connection; this process has no time any more and must stop")
        if self._closing:
            return
        for _, _, future, tokens in self._timers:
            if not future.done():
                for token in tokens:
                    token.take()
                future.set_exception(error)
        for ask in self._asks.values():
            if not ask.done():
                ask.set_exception(error)
