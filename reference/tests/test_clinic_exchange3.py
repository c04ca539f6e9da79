"""The clinic on version 3 of EDI 2.0 on a real network: sockets, TLS, tokens, virtual time."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.crash.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from nhnconform.crash.scene import Peer, Process


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(tmp_path_factory.mktemp("scene")) as opened:
        yield opened


@asynccontextmanager
async def _clinic(scene: Scene, state: str, **settings: Any) -> AsyncIterator[tuple[Process, Peer]]:
    clinic = scene.clinic(state=state, **settings)
    assert clinic.start(), clinic.log()
    try:
        async with scene.peer() as peer:
            yield clinic, peer
    finally:
        assert clinic.stop() == 0, clinic.log()
    assert "Traceback" not in clinic.log()


async def _send(clinic: Process, peer: Peer) -> str:
    person = peer.person()
    body = {
        "type": "DIALOG_NOTAT",
        "from_her_id": peer.clinic_her_id,
        "to_her_id": peer.her_id,
        "patient": {"number": person.number, "given_name": person.given_name, "family_name": person.family_name},
        "text": "Hei",
    }
    return str((await peer.api(clinic, "POST", "/api/messages", body))["msg_id"])


async def _state(clinic: Process, peer: Peer, msg_id: str) -> str:
    return str((await peer.api(clinic, "GET", f"/api/messages/{msg_id}"))["state"])


@pytest.mark.parametrize("receive", ["polling", "stream"])
def test_a_message_in_and_a_message_out(scene: Scene, receive: str) -> None:
    """A note is received and answered, a message is sent and delivered. With the stream nobody has to look: as soon as
    everybody is quiet, it has happened, and no time has passed.
    """  # fmt: skip

    async def story() -> None:
        async with _clinic(scene, receive, edi2_version=3, receive=receive) as (clinic, peer):

            async def news() -> None:
                await (peer.leap(0) if receive == "stream" else peer.api(clinic, "POST", "/api/poll"))

            await peer.api(clinic, "POST", "/api/poll")
            msg_id = str(uuid.uuid4())
            transport_id = await peer.edi.post(peer.note(msg_id))
            await news()
            assert await _state(clinic, peer, msg_id) == "received"
            assert [one["appRecStatus"] for one in await peer.edi.apprecs(transport_id)] == ["Ok"]
            own = await _send(clinic, peer)
            await news()
            (arrived,) = [one for one in await peer.unread() if not one["isAppRec"]]
            assert arrived["businessDocumentId"] == own
            await peer.edi.post_apprec(arrived["id"], peer.her_id, "Ok")
            await news()
            assert await _state(clinic, peer, own) == "delivered"
            alerts = await peer.api(clinic, "GET", "/api/alerts?open=true")
            assert [one for one in alerts if msg_id in one["text"] or own in one["text"]] == []

    asyncio.run(story())


def test_a_stream_that_breaks_is_taken_up_again(scene: Scene) -> None:
    """The network cuts the stream's connection while a note is on its way; the note is received nevertheless, once."""

    async def story() -> None:
        async with _clinic(scene, "broken", edi2_version=3, receive="stream") as (clinic, peer):
            await peer.api(clinic, "POST", "/api/poll")
            await peer.leap(0)
            fault = {"endpoint": "edi2", "kind": "reset", "match": {"path_prefix": "/notifications"}}
            await peer.control("POST", "/faults", fault)
            msg_ids = [str(uuid.uuid4()) for _ in range(3)]
            for msg_id in msg_ids:
                await peer.edi.post(peer.note(msg_id))
                await peer.leap(20)
            journal = await peer.api(clinic, "GET", f"/api/patients/{peer.person().number}/journal")
            assert [event["msg_id"] for event in journal] == msg_ids
            assert [one["isAppRec"] for one in await peer.unread()] == [True] * 3

    asyncio.run(story())


def test_from_version_2_to_version_3_nothing_is_done_twice(scene: Scene) -> None:
    """A clinic that used version 2 starts with version 3 on the same database: what it had received is told of again,
    and neither filed nor answered again; what it had sent is followed to its end.
    """  # fmt: skip

    async def story() -> None:
        msg_id = str(uuid.uuid4())
        async with _clinic(scene, "moving") as (clinic, peer):
            await peer.edi.post(peer.note(msg_id))
            own = await _send(clinic, peer)
            await peer.api(clinic, "POST", "/api/poll")
            before = peer
            (arrived,) = [one for one in await peer.unread() if not one["isAppRec"]]
            assert len(await peer.unread()) == 2
        async with _clinic(scene, "moving", edi2_version=3) as (clinic, peer):
            await peer.api(clinic, "POST", "/api/poll")
            journal = await peer.api(clinic, "GET", f"/api/patients/{before.person().number}/journal")
            assert [event["msg_id"] for event in journal] == [msg_id]
            assert len(await peer.edi.unread([before.her_id])) == 2
            await peer.edi.post_apprec(arrived["id"], before.her_id, "Ok")
            await peer.api(clinic, "POST", "/api/poll")
            assert await _state(clinic, peer, own) == "delivered"

    asyncio.run(story())
