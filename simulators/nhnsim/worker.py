"""A thread that owns a store: disk writes must not hold up the event loop, and SQLite wants one writer."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Worker:
    """One thread, one queue.

    Args:
        name: of the thread, for debuggers.
    """

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, name)

    async def do(self, function: Callable[[], T]) -> T:
        """Run in the thread, in the order of the calls.

        A caller that is cancelled stops waiting; what it asked for is still done.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    async def aclose(self) -> None:
        """End the thread once it has done what it was asked to."""
        await asyncio.to_thread(self._pool.shutdown)
