"""The journal: every HTTP exchange of the network, with its exact bytes, whom it concerned and what went wrong.

Bounded three ways: so many entries, so many bytes in memory, so many bytes on disk; when one bound is passed the
oldest entries go. Bytes of one direction of one exchange stay in memory up to `SPILL` and go to a file beyond. The
journal belongs to a run: the folder is emptied when a network starts.
"""

from __future__ import annotations

import asyncio
import itertools
from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nhnsim.faults import Fault

SPILL = 16_384
LISTS = ("her_ids", "message_ids", "msg_ids", "patients")
TEXTS = ("client_id", "organisation_number")


class Recording:
    """The bytes of one direction, in memory while few, in a file when many.

    Args:
        folder: for the file.
        number: its name there, which no other recording has.
    """

    __slots__ = ("_folder", "_memory", "_number", "_spilled", "size")  # there are two for each of many exchanges

    def __init__(self, folder: Path, number: int) -> None:
        self.size = 0
        self._folder = folder
        self._number = number
        self._memory: bytes | bytearray = bytearray()
        self._spilled = False

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._number}.bin"

    @property
    def in_memory(self) -> int:
        """Bytes held in memory."""
        return len(self._memory)

    def write(self, data: bytes) -> None:
        """Append."""
        self.size += len(data)
        self._memory += data
        if self._spilled or len(self._memory) > SPILL:
            with self._path.open("ab") as file:
                file.write(self._memory)
            self._spilled = True
            self._memory = bytearray()

    def settle(self) -> None:
        """Nothing is written any more: let go of the room that was kept for it."""
        self._memory = bytes(self._memory)

    def read(self) -> bytes:
        """All of it."""
        return self._path.read_bytes() if self._spilled else bytes(self._memory)

    def drop(self) -> None:
        """Free memory and disk."""
        self._memory = b""
        if self._spilled:
            self._path.unlink(missing_ok=True)


@dataclass(eq=False, slots=True)
class Exchange:
    """One request and its response, while it lasts and afterwards.

    Attributes:
        endpoint, connection: where; connections are numbered through the whole network.
        at, wall: when the request's head was complete, in domain time and in real time (ISO 8601).
        received, sent: the exact bytes; of the response those that left, so that a truncated one is short here too.
        notes: what the endpoint told about it, see `nhnsim.context.note`.
        complete: False when the connection ended before request and response were through.
        error: the type and text of a defect of ours, if the handler raised.
        wrapping: the fault that wraps the endpoint's answer, for the middleware.
        n: its number once it is in the journal, from 1.
    """

    endpoint: str
    connection: int
    at: str
    wall: str
    received: Recording
    sent: Recording
    method: str = ""
    path: str = ""
    query: str = ""
    status: int | None = None
    fault: str | None = None
    notes: Mapping[str, object] = field(default_factory=dict)
    complete: bool = False
    error: str | None = None
    wrapping: Fault | None = None
    n: int = 0

    def describe(self) -> dict[str, Any]:
        """The entry as JSON values."""
        texts = {name: self.notes.get(name) for name in TEXTS}
        lists = {name: _distinct(self.notes.get(name)) for name in LISTS}
        return {
            "n": self.n,
            "endpoint": self.endpoint,
            "connection": self.connection,
            "at": self.at,
            "wall": self.wall,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            **texts,
            **lists,
            "fault": self.fault,
            "bytes_in": self.received.size,
            "bytes_out": self.sent.size,
            "complete": self.complete,
            "error": self.error,
        }


def _distinct(values: object) -> list[object]:
    return list(dict.fromkeys(values)) if isinstance(values, list | array) else []


def _packed(value: object) -> object:
    """HER-ids in a quarter of the room: a page of a search has a hundred of them."""
    if isinstance(value, list) and all(type(one) is int and abs(one) < 1 << 62 for one in value):
        return array("q", value)
    return value


class Journal:
    """All exchanges of a network, in the order in which they ended."""

    def __init__(self, folder: Path, *, entries: int = 20_000, memory: int = 128 << 20, disk: int = 4 << 30) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.bin"):
            old.unlink()
        self._folder = folder
        self._bounds = (entries, memory, disk)
        self._entries: deque[Exchange] = deque()
        self._sizes = [0, 0, 0]
        self._last = 0
        self._files = itertools.count(1)
        self._news = asyncio.Event()
        self._over = False

    def recording(self) -> Recording:
        """A new, empty recording."""
        return Recording(self._folder, next(self._files))

    def add(self, exchange: Exchange) -> None:
        """Enter an exchange that has ended; it gets the next number and whoever waits is woken."""
        self._last += 1
        exchange.n = self._last
        exchange.received.settle()
        exchange.sent.settle()
        exchange.notes = {name: _packed(value) for name, value in exchange.notes.items()}
        self._entries.append(exchange)
        self._count(exchange, 1)
        while any(size > bound for size, bound in zip(self._sizes, self._bounds, strict=True)):
            self._evict()
        self._wake()

    def close(self) -> None:
        """Nobody needs to wait any more: the network is being stopped."""
        self._over = True
        self._wake()

    def clear(self) -> None:
        """Forget all entries; numbers go on, so that a reader's cursor stays valid."""
        while self._entries:
            self._evict()

    def get(self, number: int) -> Exchange | None:
        """The entry with this number, if it is still here."""
        at = number - self._entries[0].n if self._entries else -1
        return self._entries[at] if 0 <= at < len(self._entries) else None

    async def since(
        self, cursor: int, *, limit: int = 1000, endpoint: str | None = None, wait: float = 0.0
    ) -> tuple[list[Exchange], int]:
        """Entries with a number above `cursor`, oldest first, and the cursor to go on from.

        Args:
            cursor: 0 for the beginning, then what the previous call gave.
            limit: most entries to give.
            endpoint: entries of this endpoint only.
            wait: real seconds to wait when there are none yet.
        """
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            found, cursor = self._scan(cursor, limit, endpoint)
            left = deadline - asyncio.get_running_loop().time()
            if found or left <= 0 or self._over:
                return found, cursor
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                pass

    def _scan(self, cursor: int, limit: int, endpoint: str | None) -> tuple[list[Exchange], int]:
        found: list[Exchange] = []
        start = max(0, cursor + 1 - self._entries[0].n) if self._entries else 0
        for exchange in itertools.islice(self._entries, start, None):
            if len(found) >= limit:
                break
            cursor = exchange.n
            if endpoint in {None, exchange.endpoint}:
                found.append(exchange)
        return found, cursor

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _evict(self) -> None:
        exchange = self._entries.popleft()
        self._count(exchange, -1)
        exchange.received.drop()
        exchange.sent.drop()

    def _count(self, exchange: Exchange, sign: int) -> None:
        total = exchange.received.size + exchange.sent.size
        memory = exchange.received.in_memory + exchange.sent.in_memory
        for at, size in enumerate((1, memory, total - memory)):
            self._sizes[at] += sign * size
