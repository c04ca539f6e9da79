"""The other side of a campaign: a counterpart that writes to the clinic, is written to, and keeps all it sees.

Whatever it asks of the network or of the clinic is asked again until it is answered, since one of the two is killed all
the time; what is asked again is asked under the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import aiohttp

from nhnconform.errors import HarnessError
from nhnsim.parties.client import Edi2ClientError
from nhnwire import apprec, codes, msghead
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from nhnconform.crash.scene import Peer, Process

AGAIN = 0.1
"""Real seconds before something is asked again."""

COPY_EVERY = 10
"""One note in so many goes to a second service of the clinic as well, which owes a receipt of its own."""

TROUBLE = (aiohttp.ClientError, Edi2ClientError, HarnessError, OSError, TimeoutError, KeyError)


@dataclass
class Traffic:
    """What went to and fro.

    Attributes:
        window: notes that may be under way to the clinic at once.
        expected: (MsgId, own HER-id) of every receipt the clinic owes.
        receipts: the same of every receipt that came, by its transport id.
        arrived: MsgIds of the clinic's messages, by transport id.
        texts: exact bytes by MsgId; a second one of other bytes would be two messages under one name.
        answered: MsgIds the counterpart has given its receipt for.
        queued: MsgId that the clinic named, by the key of the request.
    """

    peer: Peer
    clinics: Sequence[Process]
    window: int = 60
    expected: set[tuple[str, int]] = field(default_factory=set)
    receipts: dict[str, tuple[str, int]] = field(default_factory=dict)
    arrived: dict[str, str] = field(default_factory=dict)
    texts: dict[str, set[bytes]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    queued: dict[str, str] = field(default_factory=dict)

    @property
    def settled(self) -> int:
        """Receipts that came, and messages that were answered."""
        return len(self.receipts) + len(self.answered)

    def is_complete(self) -> bool:
        """True when every receipt has come and every message of the clinic's is answered."""
        return self.expected <= set(self.receipts.values()) and set(self.queued.values()) <= self.answered

    async def write(self, count: int) -> None:
        """Send notes to the clinic, never more than the window allows unanswered."""
        for number in range(count):
            await self._room(lambda: len(self.expected) - len(set(self.receipts.values())))
            msg_id = str(uuid5(NAMESPACE_URL, f"{self.peer.her_id}:{number}"))
            document = self.peer.note(msg_id)
            owing = [self.peer.clinic_her_id]
            if number % COPY_EVERY == 0:
                document, second = self._copied(document)
                owing.append(second)
            self.expected |= {(msg_id, her_id) for her_id in owing}
            await _until_done(lambda document=document: self.peer.edi.post(document))  # type: ignore[misc]

    async def ask_to_write(self, count: int) -> None:
        """Have users of the clinic send messages; each request has a key, under which it is repeated."""
        person = self.peer.person()
        for number in range(count):
            await self._room(lambda: len(self.queued) - len(self.answered))
            clinic, key = self.clinics[number % len(self.clinics)], f"request-{number}"
            body = {
                "type": "DIALOG_NOTAT",
                "from_her_id": self.peer.clinic_her_id,
                "to_her_id": self.peer.her_id,
                "patient": {
                    "number": person.number, "given_name": person.given_name, "family_name": person.family_name
                },
                "text": f"Prøve {number}",
            }  # fmt: skip
            given = await _until_done(
                lambda clinic=clinic, key=key, body=body: self.peer.api(  # type: ignore[misc]
                    clinic, "POST", "/api/messages", body, Idempotency_Key=key
                )
            )
            self.queued[key] = given["msg_id"]

    async def _room(self, under_way: Callable[[], int]) -> None:
        while under_way() >= self.window:  # noqa: ASYNC110 - what makes room happens in other processes
            await asyncio.sleep(AGAIN / 4)

    async def take(self) -> None:
        """Take what comes, for ever: count receipts, answer messages once each, mark all as read."""
        while True:
            items: list[dict[str, Any]] = []
            with contextlib.suppress(*TROUBLE):
                items = await self.peer.unread()
            for item in items:
                with contextlib.suppress(*TROUBLE, ProtocolError):
                    await self._take(item["id"], is_receipt=bool(item["isAppRec"]))
            if not items:
                await asyncio.sleep(AGAIN / 2)

    async def _take(self, transport_id: str, *, is_receipt: bool) -> None:
        document = await self.peer.edi.document(transport_id)
        if is_receipt:
            receipt = apprec.parse(document)
            self.receipts[transport_id] = (receipt.original.id.lower(), int(receipt.sender_her_id or 0))
        else:
            msg_id = msghead.parse(document).msg_id
            self.arrived[transport_id] = msg_id
            self.texts.setdefault(msg_id, set()).add(document)
            if msg_id not in self.answered:
                await self._answer(transport_id)
                self.answered.add(msg_id)
        await self.peer.edi.mark_read(transport_id, self.peer.her_id)

    async def _answer(self, transport_id: str) -> None:
        given = await self.peer.edi.apprecs(transport_id)
        if not any(one["appRecStatus"] for one in given if one["receiverHerId"] == self.peer.her_id):
            await self.peer.edi.post_apprec(transport_id, self.peer.her_id, "Ok")

    def _copied(self, document: bytes) -> tuple[bytes, int]:
        head = msghead.parse(document)
        service = self.peer.up["clinic"]["services"][1]
        copy = replace(
            head.receiver,
            organisation=msghead.Organisation(service["name"], (msghead.ident("HER", service["her_id"]),)),
        )
        others = (msghead.OtherReceiver(codes.plain("8112", "COP"), organisation=copy),)
        return replace(head, other_receivers=others).to_bytes(), int(service["her_id"])

    def problems(self) -> list[str]:
        """What the counterpart's own books object to: receipts that lack or come twice, messages lost or changed."""
        counted = Counter(self.receipts.values())
        found = [f"no AppRec from HER-id {one[1]} for {one[0]}" for one in self.expected - counted.keys()]
        found += [f"{times} AppRecs from HER-id {one[1]} for {one[0]}" for one, times in counted.items() if times != 1]
        found += [f"an AppRec for {one[0]} from {one[1]}, who owes none" for one in counted.keys() - self.expected]
        names = set(self.queued.values())
        found += [f"two requests became one message {name}" for name in names if _times(self.queued, name) > 1]
        found += [f"{name} was queued and never came" for name in names - set(self.arrived.values())]
        found += [f"{name} came and nobody had asked for it" for name in set(self.arrived.values()) - names]
        found += [f"{len(texts)} texts under the MsgId {name}" for name, texts in self.texts.items() if len(texts) > 1]
        return found


def _times(queued: dict[str, str], name: str) -> int:
    return sum(1 for one in queued.values() if one == name)


async def _until_done(ask: Callable[[], Awaitable[Any]]) -> Any:
    while True:
        try:
            return await ask()
        except TROUBLE:
            await asyncio.sleep(AGAIN)
