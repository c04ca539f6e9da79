"""A communication party that answers by itself: hear or ask, keep, mark as read, receipt, reply.

The order is the one NHN asks of clients (documentation of EDI 2.0): a message is on the party's own disk before it is
marked as read, and what is owed for it is on disk with it, so that a crash at any point repeats nothing and loses
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from functools import partial
from typing import TYPE_CHECKING

from nhnsim.parties.calling import Edi2ClientError
from nhnsim.parties.diary import Diary, Verdict
from nhnsim.parties.listening import Listener
from nhnsim.store import StoreError
from nhnsim.worker import Worker
from nhntime.clock import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from nhnfixtures.world import Party
    from nhnsim.context import Context
    from nhnsim.parties.diary import Reply
    from nhnsim.parties.mailbox import Arrival, Mailbox
    from nhnsim.parties.personalities import Personality

LONGEST_PAUSE = 600.0
"""Seconds of domain time between attempts when the network does not answer."""


class AutomaticParty:
    """One party at work.

    Args:
        context: clock, ids, world and the folder of its diary.
        mailbox: its own, with its own credentials.
        party: who it is in the register.
        personality: how it behaves.
    """

    def __init__(self, context: Context, mailbox: Mailbox, party: Party, personality: Personality) -> None:
        self._context = context
        self._mailbox = mailbox
        self.party = party
        self.personality = personality
        self._worker = Worker(f"{personality.name} diary")
        self._diary: Diary | None = None
        self._prepared = False
        self._one_at_a_time = asyncio.Lock()
        self._bell = context.clock.signal()

    async def run(self) -> None:
        """Work until cancelled. Run it with `clock.spawn`, since it sleeps in domain time."""
        pause = self.personality.poll_seconds
        listener = Listener(self._context.clock, self._mailbox, self._bell, self._position, self.complain)
        try:
            while True:
                self._bell.clear()
                try:
                    await self.round()
                    pause = self.personality.poll_seconds
                    listener.start()
                except (Edi2ClientError, StoreError) as error:
                    self._prepared = False
                    self.complain(error)
                    pause = min(2 * pause, LONGEST_PAUSE)
                except Exception:  # noqa: BLE001 - a party that dies of our defect would only fall silent
                    traceback.print_exc(file=sys.stderr)
                    pause = min(2 * pause, LONGEST_PAUSE)
                await self._rest(pause)
        finally:
            await listener.aclose()
            await self.aclose()

    async def aclose(self) -> None:
        """Put the diary away."""
        if self._diary is not None:
            await self._worker.do(self._diary.close)
        await self._worker.aclose()

    async def round(self) -> None:
        """Take in everything that waits, then give everything that is due.

        Raises:
            Edi2ClientError: the network does not answer; what is owed stays owed.
            StoreError: the party's own store cannot be used.
        """
        async with self._one_at_a_time:
            diary = await self._open()
            while await self._take_in(diary):
                pass
            await self._give(diary)

    async def send(self, letter: Reply) -> dict[str, object]:
        """Send a letter out of the blue: it is on disk first, and goes out later when it cannot now.

        Returns:
            `msg_id`, `state` (done, refused; owed when the network does not answer) and, when it was sent, its
            transport `id`.
        """
        async with self._one_at_a_time:
            diary = await self._open()
            await self._worker.do(partial(diary.write, letter))
            with contextlib.suppress(Edi2ClientError):
                if not self._prepared:
                    await self._mailbox.prepare()
                    self._prepared = True
                state, transport_id = await self._tried(partial(self._mailbox.post, letter.document))
                await self._worker.do(partial(diary.sent, letter.msg_id, state))
                return {"msg_id": letter.msg_id, "state": state, "id": transport_id}
            return {"msg_id": letter.msg_id, "state": "owed", "id": None}

    async def describe(self) -> dict[str, object]:
        """Who it is, how it behaves and what it has done."""
        async with self._one_at_a_time:
            counts = await self._worker.do((await self._open()).counts)
        own = {"name": self.personality.name, "her_id": self.party.her_id, "service": self.party.name}
        return {**own, **self.personality.describe(), **counts}

    def complain(self, error: Exception) -> None:
        """Say on standard error what did not work."""
        sys.stderr.write(f"{self.personality.name} ({self.party.her_id}): {error}\n")

    async def _rest(self, seconds: float) -> None:
        """Until it is time for the next round, or there is news."""

        async def ring() -> None:
            await self._context.clock.sleep(seconds)
            self._bell.set()

        alarm = self._context.clock.spawn(ring(), f"the alarm of {self.personality.name}")
        try:
            await self._bell.wait()
        finally:
            alarm.cancel()
            await asyncio.gather(alarm, return_exceptions=True)

    async def _open(self) -> Diary:
        if self._diary is None:
            path = self._context.state / f"{self.personality.name}.sqlite"
            self._diary = await self._worker.do(partial(Diary.open, path))
        return self._diary

    async def _position(self) -> int:
        diary = await self._open()
        return await self._worker.do(lambda: diary.position)

    async def _take_in(self, diary: Diary) -> bool:
        """One page of what waits; whether to look again at once."""
        if not self._prepared:
            await self._mailbox.prepare()
            self._prepared = True
        position = await self._worker.do(lambda: diary.position)
        page = await self._mailbox.waiting(position)
        done = 0
        for arrival in page.arrivals:
            done += await self._take(diary, arrival)
        if page.position != position:
            await self._worker.do(partial(diary.advance, page.position))
            return page.full
        return page.full and done == len(page.arrivals)

    async def _take(self, diary: Diary, arrival: Arrival) -> bool:
        """One message: keep it, then say so; whether it will not come again."""
        if not await self._worker.do(partial(diary.knows, arrival.message_id)):
            document = await self._fetched(arrival.message_id)
            if document is None:
                return False
            await self._keep(diary, arrival, document)
        if self.personality.early:
            await self._give(diary)
        state, _ = await self._tried(partial(self._mailbox.taken, arrival.message_id))
        return state == "done"

    async def _keep(self, diary: Diary, arrival: Arrival, document: bytes) -> None:
        verdict: Verdict = Verdict(None)
        replies: tuple[Reply, ...] = ()
        if not await self._worker.do(partial(diary.knows_msg_id, arrival.msg_id)):
            # A repeated message is answered once (HITS 1168).
            verdict, replies = self._considered(arrival, document)
        await self._worker.do(partial(diary.keep, arrival.message_id, arrival.msg_id, document, verdict, replies))

    def _considered(self, arrival: Arrival, document: bytes) -> tuple[Verdict, tuple[Reply, ...]]:
        now, new_id = self._context.clock.now(), self._context.new_id
        return self.personality.consider(
            document, self.party, self._context.world, now, new_id, message_id=arrival.message_id
        )

    async def _give(self, diary: Diary) -> None:
        """Every receipt and letter that is due."""
        now = to_micros(self._context.clock.now())
        for message_id, verdict in await self._worker.do(partial(diary.receipts_owed, now)):
            give = partial(self._mailbox.answer, message_id, verdict)
            state = await self._unless_answered(message_id, give)
            await self._worker.do(partial(diary.receipted, message_id, state))
        for letter in await self._worker.do(partial(diary.letters_owed, now)):
            post = partial(self._mailbox.post, letter.document)
            state = await self._unless_answered(letter.receipt_for, post)
            await self._worker.do(partial(diary.sent, letter.msg_id, state))

    async def _unless_answered(self, message_id: str | None, call: Callable[[], Any]) -> str:
        """A receipt may have gone out before a crash kept us from noting it."""
        if message_id is not None and await self._mailbox.answered(message_id):
            return "done"
        state, _ = await self._tried(call)
        return state

    async def _fetched(self, message_id: str) -> bytes | None:
        """The document; None when the service will not give it, now or later."""
        try:
            return await self._mailbox.document(message_id)
        except Edi2ClientError as error:
            if not _final(error):
                raise
            self.complain(error)
            return None

    async def _tried(self, call: Callable[[], Any]) -> tuple[str, Any]:
        """`done`, or `refused` when trying again would not help, and what the call gave.

        Raises:
            Edi2ClientError: the network does not answer; worth another attempt.
        """
        try:
            return "done", await call()
        except Edi2ClientError as error:
            if not _final(error):
                raise
            self.complain(error)
            return "refused", None


def _final(error: Edi2ClientError) -> bool:
    """A refusal of the request itself; credentials and the network may come right."""
    return 400 <= error.status < 500 and error.status not in {401, 408, 429}
