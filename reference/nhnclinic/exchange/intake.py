"""Taking what a transport offers: a delivery at a time through the receiving steps, resumed until it is done."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from nhnclinic.domain import alerts
from nhnclinic.domain.values import Delivery, Notice
from nhnclinic.errors import TransportError
from nhnclinic.exchange.health import pause
from nhnclinic.store import inbox, records
from nhnclinic.store.database import is_away

if TYPE_CHECKING:
    from nhnclinic.exchange.bench import Bench

_log = logging.getLogger("nhnclinic")

STUCK = 6
"""Failed attempts (about five minutes) after which a user is told that a received document is stuck."""


class Intake:
    """Receives deliveries, each under a claim of its own.

    Attributes:
        did: deliveries worked on since somebody set it to 0.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.did = 0

    async def offered(self, notices: list[Notice]) -> bool:
        """Receive the documents of a list; False when there was nothing new in it."""
        with self._bench.store.reading() as connection:
            before = [inbox.known(connection, notice) for notice in notices]
            finished = [one is not None and one.row is not None and inbox.is_finished(connection, one.row)
                        for one in before]  # fmt: skip
        for notice, known, done in zip(notices, before, finished, strict=True):
            if done:
                # Marking it read did not last (the service was restored from a copy, say): do just that again.
                await self._bench.transport.mark_read(notice.transport_id, notice.her_id)
            if known is not None or self._bench.health.rests():
                continue
            with self._bench.store.claim(_of_delivery(notice)) as ours:
                if ours:
                    await self._receive_first(notice)
        return not all(before)

    async def _receive_first(self, notice: Notice) -> None:
        with self._bench.store.reading() as connection:
            known = inbox.known(connection, notice)  # another process may have been here since the list was made
        if known is None:
            await self._receive(Delivery(notice))

    async def resume(self) -> None:
        """Go on with what was kept and not finished."""
        with self._bench.store.reading() as connection:
            rows = inbox.unfinished(connection, self._bench.clock.now())
        for row in rows:
            if self._bench.health.rests():
                return
            with self._bench.store.reading() as connection:
                found = inbox.still_unfinished(connection, row, self._bench.clock.now())
            if found is None:
                continue
            with self._bench.store.claim(_of_delivery(found.notice)) as ours:
                if not ours:
                    continue
                with self._bench.store.reading() as connection:
                    found = inbox.still_unfinished(connection, row, self._bench.clock.now())
                if found is not None:
                    await self._receive(found)

    async def _receive(self, delivery: Delivery) -> None:
        """Run one delivery through the steps; what fails is tried again later, and never stops the others."""
        self.did += 1
        last = delivery
        try:
            for one in self._bench.parts.receiving:
                if not (one.recorded and one.name in last.done):
                    last = await one.run(self._bench, last)
            if last.row is not None:
                with self._bench.store.transaction() as connection:
                    if not inbox.is_finished(connection, last.row):
                        inbox.finish(connection, last.row)
        except TransportError as error:
            self._postpone(last, error)
        except Exception as error:
            if is_away(error):
                raise
            # One document must never keep the others from being received.
            _log.exception("delivery %s", last.notice.transport_id)
            self._postpone(last, TransportError(f"internal error: {type(error).__name__}"))

    def _postpone(self, delivery: Delivery, error: TransportError) -> None:
        """Later again; or never, when it could not even be fetched and that will not change."""
        now, attempts, notice = self._bench.clock.now(), delivery.attempts + 1, delivery.notice
        lost = not error.retry and "persist" not in delivery.done
        with self._bench.store.transaction() as connection:
            if delivery.row is not None and lost:
                inbox.finish(connection, delivery.row)
            elif delivery.row is not None:
                wait = pause(self._bench.parts.back_off, attempts, self._bench.seed(_of_delivery(notice)), error)
                inbox.postpone(connection, delivery.row, attempts, now + wait)
            stuck = delivery.row is not None and attempts >= STUCK
            for kind in (["document_lost"] if lost else []) + (["stuck"] if stuck and not lost else []):
                records.raise_alert(
                    connection,
                    key=f"{kind}:{notice.transport_id}:{notice.her_id}",
                    kind=kind,
                    text=alerts.text(kind, f"transport id {notice.transport_id}", str(error)),
                    at=now,
                )


def _of_delivery(notice: Notice) -> str:
    return f"delivery:{notice.transport_id}:{notice.her_id}"
