"""Faults of the protocol: an endpoint's answer is wrapped for the next n calls; the endpoint knows nothing of it."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import pytest

from nhnsim.faults import REQUIRED, FaultError, Faults
from nhnsim.network import Options, up
from nhnsim.parties.client import Edi2Client, Edi2ClientError
from nhnsim.wrapping import UNKNOWN_PROPERTY, UNKNOWN_WORD, WRAPPINGS
from nhntime import RealClock

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

T = TypeVar("T")

NOTE = (
    '<?xml version="1.0" encoding="UTF-8"?><MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"><MsgInfo>'
    '<Type V="DIALOG_NOTAT"/><GenDate>2030-01-07T08:00:00Z</GenDate><MsgId>{id}</MsgId>'
    '<Sender><Organisation><Ident><Id>{sender}</Id><TypeId V="HER"/></Ident></Organisation></Sender>'
    '<Receiver><Organisation><Ident><Id>{receiver}</Id><TypeId V="HER"/></Ident></Organisation></Receiver>'
    "</MsgInfo></MsgHead>"
)


class House:
    """A network in a thread of its own, with the clinic's client."""

    def __init__(self, state: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="network")
        self.thread.start()
        self.run(self.open(state))

    async def open(self, state: Path) -> None:
        self.network = await up(Options(state=state, only=("helseid", "edi2")))
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.network.lab.trusting()))
        have = self.network.credentials["clinic"]
        urls = self.network.urls
        self.client = Edi2Client(
            self.http,
            RealClock(),
            urls["helseid"],
            urls["edi2"],
            have.client.client_id,
            have.pem,
            have.kid,
            "Test, v1",
            lambda: str(uuid.uuid4()),
        )
        self.her_id = self.network.lab.world.clinic.services[0].her_id
        await self.client.unread([self.her_id])

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(60)

    async def arm(self, kind: str, endpoint: str = "edi2", **more: object) -> None:
        wish = {"endpoint": endpoint, "kind": kind, **more}
        async with self.http.post(f"{self.network.urls['control']}/faults", json=wish) as answer:
            assert answer.status == 201, await answer.text()

    async def post(self) -> str:
        document = NOTE.format(id=uuid.uuid4(), sender=self.her_id, receiver=self.her_id)
        return await self.client.post(document.encode())

    def close(self) -> None:
        async def story() -> None:
            await self.http.close()
            await self.network.aclose()

        self.run(story())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The network of this module."""
    made = House(tmp_path_factory.mktemp("lab"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def disarmed(house: House) -> Iterator[None]:
    """Nothing stays armed from one test to the next."""
    yield
    house.network.house.faults.clear()


def test_every_kind_has_a_wrapping_or_is_below_http() -> None:
    """Whatever can be armed is carried out somewhere."""
    assert set(REQUIRED) - {"latency", "reset", "slice", "dribble", "truncate"} == set(WRAPPINGS)


def test_an_error_in_the_endpoints_own_words_and_then_none(house: House) -> None:
    """The next call is answered 503 with Retry-After in EDI 2.0's error body; the one after that is well."""

    async def story() -> None:
        await house.arm("status", status=503, retry_after=7)
        answer = await house.client.call("GET", f"/Messages?ReceiverHerIds={house.her_id}")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "7"
        assert "requestId" in json.loads(answer.body)
        await house.client.unread([house.her_id])

    house.run(story())


def test_an_answer_is_lost_after_the_work_was_done(house: House) -> None:
    """The POST has no answer, and yet the message waits for its receiver."""

    async def story() -> None:
        before = len(await house.client.unread([house.her_id]))
        await house.arm("lose_answer", match={"method": "POST"})
        with pytest.raises(Edi2ClientError):
            await house.post()
        assert len(await house.client.unread([house.her_id])) == before + 1

    house.run(story())


def test_lists_are_doubled_turned_emptied_and_shortened(house: House) -> None:
    """What a list answer may do to its reader, and the next call shows it whole again."""

    async def story() -> None:
        for _ in range(2):
            await house.post()

        async def ids() -> list[str]:
            return [row["id"] for row in await house.client.unread([house.her_id])]

        plain = await ids()
        for kind, expected in (
            ("duplicate", [one for one in plain for _ in range(2)]),
            ("reorder", plain[::-1]),
            ("empty_page", []),
            ("lost_notification", plain[1:]),
        ):
            await house.arm(kind)
            assert await ids() == expected, kind
            assert await ids() == plain

    house.run(story())


def test_unknown_words_and_members(house: House) -> None:
    """A status has a word that nobody knows; an answer has a member that nobody knows."""

    async def story() -> None:
        message_id = await house.post()
        await house.arm("unknown_enum")
        assert (await house.client.status(message_id))[0]["transportDeliveryState"] == UNKNOWN_WORD
        await house.arm("unknown_property")
        assert UNKNOWN_PROPERTY in (await house.client.status(message_id))[0]

    house.run(story())


def test_bodies_that_are_none(house: House) -> None:
    """Cut, garbled, of another kind, or absent: HTTP is whole, and the client cannot read it."""

    async def story() -> None:
        await house.post()
        for kind, more in (
            ("malformed", {}),
            ("malformed", {"variant": "garbled"}),
            ("malformed", {"variant": "html"}),
            ("empty_body", {}),
        ):
            await house.arm(kind, **more)
            with pytest.raises(Edi2ClientError):
                await house.client.unread([house.her_id])

    house.run(story())


@pytest.mark.parametrize(
    ("variant", "holds"),
    [
        ("cut", lambda now, before: before.startswith(now) and len(now) < len(before)),
        ("declaration", lambda now, before: before.endswith(now) and not now.startswith(b"<?xml")),
        ("doctype", lambda now, before: b"<!DOCTYPE" in now and before.partition(b"?>")[2].strip() in now),
        ("encoding", lambda now, before: now == before.decode().encode("iso-8859-1") != before),
    ],
)
def test_a_document_is_not_as_it_was_handed_in(
    house: House, variant: str, holds: Callable[[bytes, bytes], bool]
) -> None:
    """The fault changes what is fetched, once; what is kept stays whole."""

    async def story() -> None:
        written = NOTE.replace("<MsgInfo>", "<MsgInfo><!-- æøå -->", 1)
        document = written.format(id=uuid.uuid4(), sender=house.her_id, receiver=house.her_id).encode()
        message_id = await house.client.post(document)
        await house.arm("document", variant=variant)
        assert holds(await house.client.document(message_id), document)
        assert await house.client.document(message_id) == document

    house.run(story())


def test_credentials_go_stale_and_clocks_are_wrong(house: House) -> None:
    """A good token is refused once; a proof is too old for an endpoint whose clock is ahead; both are 401."""

    async def story() -> None:
        wrong: tuple[tuple[str, dict[str, object]], ...] = (
            ("stale_token", {}),
            ("clock_skew", {"seconds": 3600}),
            ("clock_skew", {"seconds": -3600}),
        )
        for kind, more in wrong:
            await house.arm(kind, **more)  # type: ignore[arg-type]  # no kind of them names an endpoint
            token = await house.client._access_token()
            answer = await house.client._call("GET", f"/Messages?ReceiverHerIds={house.her_id}", None, {}, token)
            assert answer.status == 401, kind
            assert answer.headers["WWW-Authenticate"].startswith("DPoP")
        await house.arm("use_nonce", endpoint="helseid", match={"path_prefix": "/connect/token"})
        await house.client._discard(await house.client._access_token())
        with pytest.raises(Edi2ClientError, match="use_dpop_nonce"):  # the offered nonce is stale as well
            await house.client.unread([house.her_id])
        await house.client.unread([house.her_id])

    house.run(story())


def test_one_call_in_three(house: House) -> None:
    """`every` counts the calls that match; `count` those that were hit."""

    async def story() -> None:
        await house.arm("status", status=500, every=3, count=2)
        seen = [(await house.client.call("GET", f"/Messages?ReceiverHerIds={house.her_id}")).status for _ in range(9)]
        assert seen == [200, 200, 500, 200, 200, 500, 200, 200, 200]

    house.run(story())


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"kind": "status"}, "needs status"),
        ({"kind": "status", "status": 200}, "400 to 599"),
        ({"kind": "malformed", "variant": "sideways"}, "cut, garbled, html"),
        ({"kind": "reorder", "seconds": 1}, "no parameters"),
        ({"kind": "clock_skew", "seconds": 10**9}, "86400"),
        ({"kind": "lose_answer", "every": 0}, "at least 1"),
        ({"kind": "status", "status": 500, "commit": "yes"}, "true or false"),
    ],
)
def test_wishes_that_make_no_sense(wish: dict[str, object], text: str) -> None:
    """Each is refused with the cause and what would make sense."""
    with pytest.raises(FaultError, match=text):
        Faults(["edi2"]).arm({"endpoint": "edi2", **wish})
