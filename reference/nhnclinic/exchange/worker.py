"""The loop that runs the steps: poll, resume, carry, follow, and sleep until the next of these is due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nhnclinic.domain import alerts
from nhnclinic.domain.values import Delivery, Notice, Outgoing, Parcel, State
from nhnclinic.errors import TransportError
from nhnclinic.store import inbox, outbox, records

if TYPE_CHECKING:
    from nhnclinic.domain.values import Draft
    from nhnclinic.exchange.bench import Bench
    from nhntime import Signal

_log = logging.getLogger("nhnclinic")

PAGE = 100

STUCK = 6
"""Failed attempts (about five minutes) after which a user is told that a received document is stuck."""


@dataclass(frozen=True)
class Pulse:
    """How the last look at the transport went; for health checks."""

    at: datetime | None = None
    error: str = ""


class Exchange:
    """The exchange core at work. One at a time works; what it did not finish, the store remembers."""

    def __init__(self, bench: Bench, signal: Signal) -> None:
        self.bench = bench
        self.pulse = Pulse()
        self._signal = signal
        self._lock = asyncio.Lock()
        self._next_poll = bench.clock.now()

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
        while True:
            await self.work()
            await self._pause()

    async def poll(self) -> None:
        """Do now what the next look at the transport would do; returns when it is done."""
        self._next_poll = self.bench.clock.now()
        await self.work()
        self._signal.set()  # the loop sleeps by what was due before this

    async def work(self) -> None:
        """Do everything that is due now."""
        async with self._lock:
            await self._resume()
            if self._next_poll <= self.bench.clock.now():
                self._next_poll = self.bench.clock.now() + timedelta(seconds=self.bench.config.edi2.poll_seconds)
                await self._poll()
            await self._carry()
            await self._follow()

    async def _pause(self) -> None:
        until = self._next_poll
        with self.bench.store.reading() as connection:
            for due in (inbox.next_due(connection), outbox.next_due(connection)):
                until = min(until, due) if due is not None else until
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

    async def _poll(self) -> None:
        """Take what is unread, page by page, as long as marking it read makes room for the next page."""
        try:
            while True:
                notices = await self.bench.transport.unread(self.bench.config.own_her_ids)
                self.pulse = Pulse(self.bench.clock.now())
                taken = [await self._offered(notice) for notice in notices]
                if len(notices) < PAGE or not any(taken):
                    return
        except TransportError as error:
            self.pulse = Pulse(self.pulse.at, str(error))

    async def _offered(self, notice: Notice) -> bool:
        """Receive a document that is offered; False when there was nothing new in that."""
        with self.bench.store.reading() as connection:
            known = inbox.known(connection, notice)
            finished = known is not None and known.row is not None and inbox.is_finished(connection, known.row)
        if known is None:
            await self._receive(Delivery(notice))
        elif finished:
            # Marking it read did not last (the service was restored from a copy, say): do just that again.
            await self.bench.transport.mark_read(notice.transport_id, notice.her_id)
        return known is None

    async def _resume(self) -> None:
        with self.bench.store.reading() as connection:
            unfinished = inbox.unfinished(connection, self.bench.clock.now())
        for delivery in unfinished:
            await self._receive(delivery)

    async def _receive(self, delivery: Delivery) -> None:
        """Run one delivery through the steps; what fails is tried again later, and never stops the others."""
        last = delivery
        try:
            for one in self.bench.parts.receiving:
                if not (one.recorded and one.name in last.done):
                    last = await one.run(self.bench, last)
            if last.row is not None:
                with self.bench.store.transaction() as connection:
                    if not inbox.is_finished(connection, last.row):
                        inbox.finish(connection, last.row)
        except TransportError as error:
            self._postpone(last, error)
        except Exception as error:  # noqa: BLE001 - one document must never keep the others from being received
            _log.exception("delivery %s", last.notice.transport_id)
            self._postpone(last, TransportError(f"internal error: {type(error).__name__}"))

    def _postpone(self, delivery: Delivery, error: TransportError) -> None:
        now, attempts = self.bench.clock.now(), delivery.attempts + 1
        with self.bench.store.transaction() as connection:
            if delivery.row is not None:
                inbox.postpone(connection, delivery.row, attempts, now + self.bench.parts.back_off(attempts))
                kind = "stuck" if attempts >= STUCK else ""
            else:
                kind = "" if error.retry else "document_lost"
            if kind:
                what = f"transport id {delivery.notice.transport_id}"
                records.raise_alert(
                    connection,
                    key=f"{kind}:{delivery.notice.transport_id}:{delivery.notice.her_id}",
                    kind=kind,
                    text=alerts.text(kind, what, str(error)),
                    at=now,
                )

    async def _carry(self) -> None:
        await self._each({State.QUEUED}, "carrying")

    async def _follow(self) -> None:
        await self._each({State.SENT, State.APPREC_MISSING}, "following")

    async def _each(self, states: set[State], which: str) -> None:
        with self.bench.store.reading() as connection:
            due = outbox.due(connection, states, self.bench.clock.now())
        for message in due:
            try:
                last: Outgoing = message
                for one in getattr(self.bench.parts, which):
                    last = await one.run(self.bench, last)
            except Exception:  # noqa: BLE001 - one message must never keep the others from being sent
                _log.exception("message %s", message.msg_id)
                attempts = message.attempts + 1
                due_at = self.bench.clock.now() + self.bench.parts.back_off(attempts)
                with self.bench.store.transaction() as connection:
                    outbox.change(connection, message.row, attempts=attempts, due_at=due_at)


__all__ = ["Exchange", "Pulse"]
