"""The loop that runs the steps: prepare, resume, poll, carry, follow, and sleep until the next of these is due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nhnclinic.domain import alerts
from nhnclinic.domain.values import Outgoing, Parcel, State
from nhnclinic.errors import TransportError
from nhnclinic.exchange import setting
from nhnclinic.exchange.health import Pulse, pause
from nhnclinic.exchange.intake import Intake
from nhnclinic.exchange.listening import Listener
from nhnclinic.exchange.msh import PAGE
from nhnclinic.exchange.noticing import attend, position
from nhnclinic.store import inbox, outbox, records
from nhnclinic.store.database import is_away
from nhntime import ClockError

if TYPE_CHECKING:
    from nhnclinic.domain.values import Draft
    from nhnclinic.exchange.bench import Bench
    from nhntime import Signal

_log = logging.getLogger("nhnclinic")

REFRESH = timedelta(hours=6)
"""How often the service is told again how we want to be told."""

SAFETY_POLL = timedelta(minutes=15)
"""Between two looks while the stream of notifications holds: for what a stream might lose."""

CLOSED = frozenset({403, 404, 423})
"""Answers to a look for messages that no waiting mends: no permission, no configuration, locked by somebody else."""


class Exchange:
    """The exchange core at work. One at a time works; what it did not finish, the store remembers."""

    def __init__(self, bench: Bench, signal: Signal) -> None:
        self.bench = bench
        self.pulse = Pulse()
        self._signal = signal
        self._lock = asyncio.Lock()
        self._next_poll = bench.clock.now()
        self._next_prepare = bench.clock.now()
        self._prepare_failures = 0
        self._closed_since: datetime | None = None
        self._intake = Intake(bench)
        self._did = 0
        self._looked = False
        self._listener = Listener(bench, signal)

    async def compose(self, draft: Draft) -> Parcel:
        """Run a draft through the steps up to the outbox.

        Raises:
            RefusedError: it cannot be sent.
            TransportError: a register does not answer.
        """
        parcel = Parcel(draft)
        for one in self.bench.parts.composing:
            parcel = await one.run(self.bench, parcel)
        self._signal.set()
        return parcel

    async def run(self) -> None:
        """Work and sleep, for ever. Start it with `clock.spawn`."""
        failures = 0
        while True:
            try:
                await self.work()
                await self._pause()
                failures = 0
            except ClockError:
                raise
            except Exception:  # noqa: BLE001 - the database may be away; whatever it is, the work is still there
                _log.exception("the exchange")
                failures += 1
                wait = self.bench.parts.back_off(failures, self.bench.seed("exchange"))
                await self.bench.clock.sleep(wait.total_seconds())

    async def poll(self) -> None:
        """Do now what the next look at the transport would do; returns when it is done."""
        self._next_poll = self.bench.clock.now()
        self.bench.health.forgive()
        await self.work()
        self._signal.set()  # the loop sleeps by what was due before this

    async def work(self) -> None:
        """Do everything that is due now."""
        async with self._lock:
            self._did, self._intake.did, self._looked = 0, 0, False
            if (why := setting.closed(self.bench)) != "":
                self.pulse = Pulse(self.pulse.at, why)
                self._listener.close()
                self._next_poll = self._next_prepare = self.bench.clock.now() + self._interval()
                return
            await self._prepare()
            await self._intake.resume()
            if self._next_poll <= self.bench.clock.now() and not self.bench.health.rests():
                self._next_poll = self.bench.clock.now() + self._interval()
                await self._poll()
            await self._each({State.QUEUED}, "carrying")
            await self._each({State.SENT, State.APPREC_MISSING}, "following")

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _interval(self) -> timedelta:
        usual = timedelta(seconds=self.bench.config.edi2.poll_seconds)
        return max(SAFETY_POLL, usual) if self._listener.holds else self.bench.store.spread(usual)

    async def _pause(self) -> None:
        until = min(self._next_poll, self._next_prepare)
        with self.bench.store.reading() as connection:
            for due in (inbox.next_due(connection), outbox.next_due(connection)):
                until = min(until, due) if due is not None else until
        if self.bench.health.rests() and self.bench.health.until is not None:
            until = max(until, self.bench.health.until)
        elif until <= self.bench.clock.now() < self._next_poll and not self._did + self._intake.did:
            # What is due is claimed by another process; come back when that is done, or dead.
            until = self.bench.clock.now() + self.bench.parts.back_off(1, "claimed by another")
        alarm = self.bench.clock.spawn(self._ring(until), "the clinic's alarm")
        try:
            await self._signal.wait()
        finally:
            alarm.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await alarm
        self._signal.clear()

    async def _ring(self, until: datetime) -> None:
        await self.bench.clock.sleep_until(until)
        self._signal.set()

    async def _prepare(self) -> None:
        """Tell the service what it must know of us, at the start and now and then; then hold its stream."""
        if self._next_prepare > self.bench.clock.now():
            return
        now, wait = self.bench.clock.now(), REFRESH
        try:
            await self.bench.transport.prepare(self.bench.config.own_her_ids)
            self._prepare_failures = 0
            if self.bench.config.edi2.receive == "stream":
                self._listener.start()
        except TransportError as error:
            self._prepare_failures += 1
            self.pulse = Pulse(self.pulse.at, str(error))
            self._say_closed(error)
            wait = pause(self.bench.parts.back_off, self._prepare_failures, self.bench.seed("configuration"), error)
        self._next_prepare = now + wait

    async def _poll(self) -> None:
        """Take what there is, page by page, as long as a page brings something new."""
        try:
            while True:
                after = position(self.bench)
                notices = await self.bench.transport.unread(self.bench.config.own_her_ids, after)
                self.pulse, self._closed_since = Pulse(self.bench.clock.now()), None
                told = [notice for notice in notices if notice.offset]
                await attend(self.bench, told)
                if told:
                    await self._intake.resume()
                taken = await self._intake.offered([notice for notice in notices if not notice.offset])
                if len(notices) < PAGE or not (told or taken) or self.bench.health.rests():
                    self._looked = True
                    return
        except TransportError as error:
            self.pulse = Pulse(self.pulse.at, str(error))
            self._say_closed(error)
            if error.status in CLOSED:
                self._next_prepare = min(self._next_prepare, self._next_poll)

    def _say_closed(self, error: TransportError) -> None:
        """Alert once for each time that the service does not let us in."""
        if error.status not in CLOSED:
            return
        self._closed_since = self._closed_since or self.bench.clock.now()
        with self.bench.store.transaction() as connection:
            records.raise_alert(
                connection,
                key=f"closed:{self._closed_since.isoformat()}",
                kind="closed",
                text=alerts.text("closed", f"HTTP {error.status}", str(error)),
                at=self.bench.clock.now(),
            )

    async def _each(self, states: set[State], which: str) -> None:
        """Run the messages in these states through the steps of that name, as far as they are due."""
        with self.bench.store.reading() as connection:
            rows = outbox.due(connection, states, self.bench.clock.now())
        for row in rows:
            if self.bench.health.rests():
                return
            with self.bench.store.claim(f"message:{row}") as ours:
                if not ours:
                    continue
                with self.bench.store.reading() as connection:
                    message = outbox.still_due(connection, row, states, self.bench.clock.now())
                if message is not None:
                    await self._go_on(message, which)

    async def _go_on(self, message: Outgoing, which: str) -> None:
        self._did += 1
        if which == "carrying" and message.attempts:
            fresh = await self._seen_to(message)
            if fresh is None:
                return
            message = fresh
        try:
            last = message
            for one in getattr(self.bench.parts, which):
                last = await one.run(self.bench, last)
        except Exception as error:
            if is_away(error):
                raise
            # One message must never keep the others from being sent.
            _log.exception("message %s", message.msg_id)
            attempts = message.attempts + 1
            wait = self.bench.parts.back_off(attempts, self.bench.seed(f"message:{message.row}"))
            with self.bench.store.transaction() as connection:
                outbox.change(connection, message.row, attempts=attempts, due_at=self.bench.clock.now() + wait)

    async def _seen_to(self, message: Outgoing) -> Outgoing | None:
        """A POST of it may have counted: see whether there is news of it. None when it must not be posted now."""
        if self.bench.store.shared:
            self._looked = False  # another process may have posted it since the look of this round
        if not self._looked:
            await self._poll()
        now = self.bench.clock.now()
        if not self._looked or self.bench.health.rests():
            wait = self.bench.parts.back_off(message.attempts, self.bench.seed(f"message:{message.row}"))
            with self.bench.store.transaction() as connection:
                outbox.change(connection, message.row, due_at=now + wait)
            return None
        with self.bench.store.reading() as connection:
            return outbox.still_due(connection, message.row, {message.state}, now)
