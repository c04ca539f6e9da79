"""A communication party that answers by itself: poll, keep, mark as read, receipt, reply.

The order is the one NHN asks of clients (dossier of EDI 2.0 §A.14): a message is on the party's own disk before it is
marked as read, and what is owed for it is on disk with it, so that a crash at any point repeats nothing and loses
nothing.
"""

from __future__ import annotations

import sys
import traceback
from functools import partial
from typing import TYPE_CHECKING

from nhnsim.parties.client import Edi2ClientError
from nhnsim.parties.diary import Diary, Verdict
from nhnsim.store import StoreError
from nhnsim.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from nhnfixtures.world import Party
    from nhnsim.context import Context
    from nhnsim.parties.client import Edi2Client
    from nhnsim.parties.personalities import Personality

LONGEST_PAUSE = 600.0
"""Seconds of domain time between attempts when the network does not answer."""
PAGE = 100


class AutomaticParty:
    """One party at work.

    Args:
        context: clock, ids and the folder of its diary.
        client: its own credentials.
        party: who it is in the register.
        personality: how it behaves.
    """

    def __init__(self, context: Context, client: Edi2Client, party: Party, personality: Personality) -> None:
        self._context = context
        self._client = client
        self._party = party
        self._personality = personality
        self._worker = Worker(f"{personality.name} diary")
        self._diary: Diary | None = None

    async def run(self) -> None:
        """Work until cancelled. Run it with `clock.spawn`, since it sleeps in domain time."""
        pause = self._personality.poll_seconds
        try:
            while True:
                try:
                    await self.round()
                    pause = self._personality.poll_seconds
                except (Edi2ClientError, StoreError) as error:
                    self._complain(error)
                    pause = min(2 * pause, LONGEST_PAUSE)
                except Exception:  # noqa: BLE001 - a party that dies of our defect would only fall silent
                    traceback.print_exc(file=sys.stderr)
                    pause = min(2 * pause, LONGEST_PAUSE)
                await self._context.clock.sleep(pause)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Put the diary away."""
        if self._diary is not None:
            await self._worker.do(self._diary.close)
        await self._worker.aclose()

    async def _open(self) -> Diary:
        if self._diary is None:
            path = self._context.state / f"{self._personality.name}.sqlite"
            self._diary = await self._worker.do(partial(Diary.open, path))
        return self._diary

    async def round(self) -> None:
        """Take in everything that waits, then give everything that is owed.

        Raises:
            Edi2ClientError: the network does not answer; what is owed stays owed.
            StoreError: the party's own store cannot be used.
        """
        diary = await self._open()
        while await self._take_in(diary) == PAGE:
            pass
        for message_id, verdict in await self._worker.do(diary.receipts_owed):
            await self._give_receipt(diary, message_id, verdict)
        for reply in await self._worker.do(diary.replies_owed):
            state = await self._tried(partial(self._client.post, reply.document))
            await self._worker.do(partial(diary.replied, reply.msg_id, state))

    async def _take_in(self, diary: Diary) -> int:
        """One page of unread messages; how many of them are now read."""
        done = 0
        for item in await self._client.unread([self._party.her_id], PAGE):
            message_id = str(item.get("id"))
            if not await self._worker.do(partial(diary.knows, message_id)):
                document = await self._fetched(message_id)
                if document is None:
                    continue
                await self._keep(diary, item, message_id, document)
            if await self._tried(partial(self._client.mark_read, message_id, self._party.her_id)) == "done":
                done += 1
        return done

    async def _keep(self, diary: Diary, item: dict[str, Any], message_id: str, document: bytes) -> None:
        msg_id = item.get("businessDocumentId")
        if item.get("isAppRec") or await self._worker.do(partial(diary.knows_msg_id, msg_id)):
            # A receipt is never answered, and a repeated message only once (HITS 1168).
            verdict, reply = Verdict(None), None
        else:
            verdict, reply = self._personality.consider(
                document, self._party.her_id, self._context.clock.now(), self._context.new_id
            )
        await self._worker.do(partial(diary.keep, message_id, msg_id, document, verdict, reply))

    async def _give_receipt(self, diary: Diary, message_id: str, verdict: Verdict) -> None:
        """Send the receipt unless it went out before a crash kept us from noting it."""
        known = await self._client.apprecs(message_id)
        own = (row for row in known if row.get("receiverHerId") == self._party.her_id)
        state = "done"
        if not any(row.get("appRecStatus") for row in own):
            errors = [{"errorCode": code, "details": details} for code, details in verdict.errors]
            state = await self._tried(
                partial(self._client.post_apprec, message_id, self._party.her_id, verdict.status or "Ok", errors)
            )
        await self._worker.do(partial(diary.receipted, message_id, state))

    async def _fetched(self, message_id: str) -> bytes | None:
        """The document; None when the service will not give it, now or later."""
        try:
            return await self._client.document(message_id)
        except Edi2ClientError as error:
            if not _final(error):
                raise
            self._complain(error)
            return None

    async def _tried(self, call: Callable[[], Any]) -> str:
        """`done`, or `refused` when trying again would not help.

        Raises:
            Edi2ClientError: the network does not answer; worth another attempt.
        """
        try:
            await call()
        except Edi2ClientError as error:
            if not _final(error):
                raise
            self._complain(error)
            return "refused"
        return "done"

    def _complain(self, error: Exception) -> None:
        sys.stderr.write(f"{self._personality.name} ({self._party.her_id}): {error}\n")


def _final(error: Edi2ClientError) -> bool:
    """A refusal of the request itself; credentials and the network may come right."""
    return 400 <= error.status < 500 and error.status not in {401, 408, 429}
