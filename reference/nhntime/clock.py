"""Clocks, tokens and signals inside one process.

The rule that makes virtual time safe: *whoever starts work holds a token until the answer is in.* Tokens are
counted here; who may move time, and when, is decided in `nhntime.hub`, or by the test that owns a
`VirtualClock`.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
from abc import ABC, abstractmethod
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

from nhntime.errors import ClockMisuseError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LONGEST_NAP = 3600.0  # seconds; a machine whose clock is set meanwhile is noticed within the hour

_held: ContextVar[tuple[Busy, ...]] = ContextVar("_held", default=())


def to_micros(when: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00Z; exact both ways."""
    if when.tzinfo is None:
        msg = "a point in time needs a zone: use an aware datetime"
        raise ClockMisuseError(msg)
    return (when - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC datetime for microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=micros)


class Busy:
    """A token. Virtual time stands still from entering to leaving, sleeps and parked waits excepted.

    Works in threads as well as in tasks. Put down by `Clock.sleep_until` and `Signal.wait` when, and only when,
    the task that entered it is the one that sleeps.
    """

    __slots__ = ("_clock", "_previous", "_up", "label", "owner")

    def __init__(self, clock: Clock, label: str) -> None:
        self._clock = clock
        self._up = False
        self._previous: tuple[Busy, ...] = ()
        self.label = label
        self.owner: asyncio.Task[Any] | None = None

    def __enter__(self) -> Self:
        try:
            self.owner = asyncio.current_task()
        except RuntimeError:
            self.owner = None
        self._previous = _held.get()
        _held.set((*self._previous, self))
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _held.set(self._previous)
        self.drop()

    def take(self) -> None:
        """Hold the token (idempotent)."""
        if not self._up:
            self._up = True
            self._clock._taken(self)  # noqa: SLF001 - token and clock are two halves of one thing

    def drop(self) -> None:
        """Put the token down (idempotent)."""
        if self._up:
            self._up = False
            self._clock._dropped(self)  # noqa: SLF001 - as above


class Signal:
    """An event whose `set` gives every waiter its token back before it returns.

    Use it from the event loop's own thread. A plain `asyncio.Event` would leave an instant in which the setter is
    done and the waiter has not yet run; a clock that looked just then would move too early.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiters: list[tuple[asyncio.Future[None], list[Busy]]] = []
        self._is_set = False

    def is_set(self) -> bool:
        """True when the next `wait` returns at once."""
        return self._is_set

    def set(self) -> None:
        """Wake everybody; stays set until `clear`."""
        self._is_set = True
        waiters, self._waiters = self._waiters, []
        for future, tokens in waiters:
            if not future.done():
                for token in tokens:
                    token.take()
                future.set_result(None)

    def clear(self) -> None:
        """The next `wait` parks again."""
        self._is_set = False

    async def wait(self) -> None:
        """Park until set; the caller's tokens are down meanwhile."""
        if self._is_set:
            return
        tokens = self._clock._own_tokens("wait for a signal")  # noqa: SLF001 - signal and clock are one thing
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (future, tokens)
        self._waiters.append(entry)
        for token in tokens:
            token.drop()
        try:
            await future
        finally:
            for token in tokens:
                token.take()
            if entry in self._waiters:
                self._waiters.remove(entry)


class Clock(ABC):
    """Domain time for one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[int, Busy] = {}
        self._activity = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    @abstractmethod
    def now(self) -> datetime:
        """The domain's now: an aware datetime in UTC."""

    @abstractmethod
    async def _until(self, when: datetime, tokens: list[Busy]) -> None:
        """Sleep; tokens are already down, and must be up again when the sleeper is due."""

    def busy(self, label: str) -> Busy:
        """A context manager that holds a token. The label names the work in messages about a stuck clock."""
        return Busy(self, label)

    def signal(self) -> Signal:
        """A new, unset signal."""
        return Signal(self)

    def spawn(self, coroutine: Coroutine[Any, Any, T], label: str) -> asyncio.Task[T]:
        """Start a task that holds a token from this very call on, whenever it is not asleep or parked."""
        token = Busy(self, label)
        token.take()

        async def run() -> T:
            token.owner = asyncio.current_task()
            _held.set((token,))
            return await coroutine

        task = asyncio.create_task(run(), name=label)
        self._tasks.add(task)

        def ended(done: asyncio.Task[T]) -> None:
            self._tasks.discard(done)
            coroutine.close()
            token.drop()

        task.add_done_callback(ended)
        return task

    async def sleep_until(self, when: datetime) -> None:
        """Sleep to a point in domain time. Call it inside `busy` or a spawned task only.

        Raises:
            ClockMisuseError: the caller holds no token, so nobody could know when its work after the sleep ends.
        """
        tokens = self._own_tokens("sleep")
        if when <= self.now():
            await asyncio.sleep(0)
            return
        for token in tokens:
            token.drop()
        try:
            await self._until(when, tokens)
        finally:
            for token in tokens:
                token.take()

    async def sleep(self, seconds: float) -> None:
        """Sleep for a span of domain time."""
        await self.sleep_until(self.now() + timedelta(seconds=seconds))

    def holders(self) -> list[str]:
        """The labels of the tokens held now."""
        with self._lock:
            return [token.label for token in self._tokens.values()]

    async def aclose(self) -> None:
        """Cancel what was spawned here and wait for it to end."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _own_tokens(self, what: str) -> list[Busy]:
        task = asyncio.current_task()
        tokens = [token for token in _held.get() if token.owner is task and token._clock is self]  # noqa: SLF001
        if not tokens:
            msg = (
                f"cannot {what} without a token: enter clock.busy(...) or start the task with clock.spawn(...), "
                "so that virtual time knows when the work that follows is done"
            )
            raise ClockMisuseError(msg)
        return tokens

    def _taken(self, token: Busy) -> None:
        with self._lock:
            self._activity += 1
            self._tokens[id(token)] = token

    def _dropped(self, token: Busy) -> None:
        with self._lock:
            del self._tokens[id(token)]
            quiet = not self._tokens
        if quiet:
            self._went_quiet()

    @abstractmethod
    def _went_quiet(self) -> None:
        """Called in whichever thread put the last token down."""


class RealClock(Clock):
    """The machine's own time."""

    def now(self) -> datetime:
        """UTC now."""
        return datetime.now(UTC)

    async def _until(self, when: datetime, tokens: list[Busy]) -> None:
        del tokens
        left = (when - self.now()).total_seconds()
        while left > 0:
            await asyncio.sleep(min(left, LONGEST_NAP))
            left = (when - self.now()).total_seconds()

    def _went_quiet(self) -> None:
        """Real time waits for nobody."""


class TimerClock(Clock):
    """What virtual clocks share: a now that is set, and timers that are fired."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._micros = to_micros(now)
        self._timers: list[tuple[int, int, asyncio.Future[None], list[Busy]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """The virtual now."""
        return from_micros(self._micros)

    async def _until(self, when: datetime, tokens: list[Busy]) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._timers, (to_micros(when), next(self._order), future, tokens))
        self._timer_set()
        await future

    def _timer_set(self) -> None:
        """Called when a timer was added."""

    def _next(self) -> int | None:
        while self._timers and self._timers[0][2].done():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _fire(self) -> int:
        """Wake every sleeper that is due, tokens first; how many there were."""
        fired = 0
        while (due := self._next()) is not None and due <= self._micros:
            _, _, future, tokens = heapq.heappop(self._timers)
            for token in tokens:
                token.take()
            future.set_result(None)
            fired += 1
        return fired


class VirtualClock(TimerClock):
    """Virtual time inside one process and one event loop: for unit tests."""

    def __init__(self, now: datetime = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)) -> None:
        super().__init__(now)
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def settle(self) -> None:
        """Wait until nobody holds a token."""
        self._loop = asyncio.get_running_loop()
        while self._tokens:
            self._quiet.clear()
            if self._tokens:
                await self._quiet.wait()

    async def run_to(self, when: datetime) -> None:
        """Fire every timer at its own instant, one after the other, and stop at `when`."""
        goal = to_micros(when)
        await self.settle()
        while (due := self._next()) is not None and due <= goal:
            self._micros = max(self._micros, due)
            self._fire()
            await self.settle()
        self._micros = max(self._micros, goal)

    async def leap_to(self, when: datetime) -> None:
        """Go to `when` at once; whatever is overdue then fires once."""
        await self.settle()
        self._micros = max(self._micros, to_micros(when))
        self._fire()
        await self.settle()

    def _went_quiet(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._quiet.set)


async def open_clock(hub: str | None, name: str) -> Clock:
    """The clock of this process: real when `hub` is empty, else an agent of the hub at `host:port`.

    Args:
        hub: address of the hub, as `Hub.address` gives it, or None.
        name: how this process is called in messages about a stuck clock.

    Raises:
        ClockLostError: nothing answers at that address.
    """
    if not hub:
        return RealClock()
    from nhntime.agent import HubClock  # noqa: PLC0415 - the agent builds on this module

    return await HubClock.connect(hub, name)
