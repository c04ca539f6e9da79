"""EDI 2.0 v3 over real sockets, TLS and DPoP: configurations, notifications, the stream, and one store with v2."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnfixtures.world import EDI2_ADDRESS
from nhnsim.network import Options, up
from nhnsim.parties.client import Answer, Edi2Client
from nhntime import HubClock, RealClock
from nhnwire import codes
from nhnwire.dialogmelding import Dialogmelding, Note
from nhnwire.helseid import dpop_proof, load_key
from nhnwire.msghead import MsgHead, Organisation, business_document, ident

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from nhnsim.edi2.notices import NoticeBoard

T = TypeVar("T")

V3 = {"api-version": "3"}
JSON = {**V3, "Content-Type": "application/json"}
NOTE = Dialogmelding("1.0", notes=(Note(codes.value("7321", "3"), "Et notat"),)).to_bytes()


class House:
    """A network on virtual time in a thread of its own, with two clients."""

    def __init__(self, state: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="network")
        self.thread.start()
        self.numbers = itertools.count()
        self.run(self.open(state))

    async def open(self, state: Path) -> None:
        self.network = await up(Options(state=state, only=("helseid", "edi2"), clock="virtual"))
        self.world = self.network.lab.world
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.network.lab.trusting()))
        self.clinic, self.peer = self.client("clinic"), self.client("counterparts")

    def client(self, name: str) -> Edi2Client:
        have, clock = self.network.credentials[name], self.network.clock
        urls = self.network.urls
        return Edi2Client(
            self.http,
            clock,
            urls["helseid"],
            urls["edi2"],
            have.client.client_id,
            have.pem,
            have.kid,
            "Test, v1",
            lambda: str(uuid.uuid4()),
        )

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(60)

    async def leap(self, span: timedelta) -> None:
        clock = self.network.clock
        assert isinstance(clock, HubClock)
        await clock.move("leap", clock.now() + span)

    def close(self) -> None:
        async def story() -> None:
            await self.http.close()
            await self.network.aclose()

        self.run(story())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def service(self) -> int:
        return self.world.clinic.services[0].her_id

    def party(self) -> int:
        """A counterpart that no other test has."""
        return self.world.counterpart(next(self.numbers)).her_id

    def note(self, sender: int, receiver: int) -> bytes:
        head = MsgHead(
            type=codes.plain("8279", "DIALOG_NOTAT"),
            gen_date=RealClock().now(),
            msg_id=str(uuid.uuid4()),
            sender=Organisation("A", (ident("HER", sender),)),
            receiver=Organisation("B", (ident("HER", receiver),)),
            documents=(business_document(NOTE),),
        )
        return head.to_bytes()

    async def ask(self, client: Edi2Client, method: str, path: str, body: object = None) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        return await client.call(method, path, data, headers=V3 if body is None else JSON)

    async def configured(self, client: Edi2Client, *her_ids: int, **more: object) -> None:
        rows = [{"herId": her_id, "receiveNotificationChannel": "Api", **more} for her_id in her_ids]
        answer = await self.ask(client, "PUT", "/mshconfigurations", {"configurations": rows})
        assert answer.status == 204, answer.text

    async def posted(self, client: Edi2Client, sender: int, *receivers: int, **more: object) -> str:
        answer = await self.ask(client, "POST", "/messages", self.posting(sender, *receivers, **more))
        assert answer.status == 202, answer.text
        made: str = json.loads(answer.body)["id"]
        assert answer.headers["Location"].endswith(f"/messages/{made}")
        return made

    def posting(self, sender: int, *receivers: int, **more: object) -> dict[str, object]:
        return {
            "businessDocument": base64.b64encode(self.note(sender, receivers[0])).decode(),
            "senderHerId": sender,
            "receiverHerIds": list(receivers),
            "contentType": "application/xml",
            "contentTransferEncoding": "base64",
            "messageTypeIdentificator": "DIALOG_NOTAT",
            "applicationName": "Test",
            "applicationVersion": "1",
            **more,
        }

    async def heard(self, client: Edi2Client, her_id: int, offset: int = 0) -> list[dict[str, Any]]:
        answer = await self.ask(client, "GET", f"/notifications?HerIds={her_id}&Offset={offset}")
        assert answer.status == 200, answer.text
        found: list[dict[str, Any]] = json.loads(answer.body)["notifications"]
        return found

    async def status(self, client: Edi2Client, message_id: str) -> list[dict[str, Any]]:
        answer = await self.ask(client, "GET", f"/messages/{message_id}/status")
        found: list[dict[str, Any]] = json.loads(answer.body)["statusList"]
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The network of this module."""
    made = House(tmp_path_factory.mktemp("lab"))
    yield made
    made.close()


def problem(answer: Answer, status: int, number: int) -> dict[str, Any]:
    """The answer is a problem of version 3 with this status and code."""
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body: dict[str, Any] = json.loads(answer.body)
    assert body["errorCode"] == number, answer.text
    assert body["status"] == status
    assert "Traceback" not in answer.text
    return body


def test_what_the_operations_do_not_answer_has_a_problem_document_too(house: House) -> None:
    """A body beyond 35 MiB, a wrong method and an unknown path: RFC 9457 for who asked in version 3."""

    async def story() -> None:
        for method, path, body, status in (
            ("POST", "/messages", b" " * (36 * 1024 * 1024), 413),
            ("PATCH", "/messages", b"{}", 405),
            ("GET", "/moon", None, 404),
        ):
            answer = await house.clinic.call(method, path, body, headers=JSON)
            assert answer.status == status
            assert answer.headers["Content-Type"].startswith("application/problem+json")
            problem = json.loads(answer.body)
            assert problem["status"] == status
            assert problem["detail"]
            assert problem["requestId"]

    house.run(story())


def test_a_note_and_its_receipt_go_the_whole_way(house: House) -> None:
    """The clinic posts; the peer is notified, downloads, marks and answers; the clinic is notified of each step."""

    async def story() -> None:
        peer, clinic = house.party(), house.service
        await house.configured(house.peer, peer)
        await house.configured(house.clinic, clinic)
        message_id = await house.posted(house.clinic, clinic, peer)
        new = [one for one in await house.heard(house.peer, peer) if one["type"] == "NewMessage"]
        assert [one["relatedMessageId"] for one in new] == [message_id]
        assert new[0]["notificationTriggeredByHerId"] == clinic
        answer = await house.ask(house.peer, "GET", f"/messages/{message_id}")
        found = json.loads(answer.body)
        assert found["senderHerId"] == clinic
        assert found["receiverHerIds"] == [peer]
        assert found["businessDocumentMsgType"] == "DIALOG_NOTAT"
        document = await house.ask(house.peer, "GET", f"/messages/{message_id}/business-document")
        assert b"MsgHead" in base64.b64decode(json.loads(document.body)["businessDocument"])
        mark = await house.ask(house.peer, "PUT", f"/messages/{message_id}/downloaded", {"receiverHerId": peer})
        assert mark.status == 204
        receipt = {
            "appRecSenderHerId": peer,
            "appRecStatus": "Rejected",
            "appRecErrorList": [{"errorCode": "E35", "details": "ukjent"}],
            "applicationName": "Test",
            "applicationVersion": "1",
        }
        given = await house.ask(house.peer, "POST", f"/messages/{message_id}/apprec", receipt)
        assert given.status == 202, given.text
        mine = [one for one in await house.heard(house.clinic, clinic) if one.get("relatedMessageId") == message_id]
        kinds = [one["type"] for one in mine]
        assert kinds == ["MessageSentStateUpdated", "MessageDeliveryStateUpdated", "MessageApprecInfoUpdated"]
        (state,) = await house.status(house.clinic, message_id)
        assert (state["transportDeliveryState"], state["sent"]) == ("Acknowledged", True)
        assert state["apprecInfo"]["appRecStatus"] == "Rejected"
        assert state["apprecInfo"]["appRecErrorList"][0]["errorCode"] == "E35"

    house.run(story())


def test_both_versions_stand_before_one_post_office(house: House) -> None:
    """What version 3 posted, version 2 lists until version 3 has marked it as downloaded."""

    async def story() -> None:
        peer, clinic = house.party(), house.service
        await house.configured(house.peer, peer)
        await house.configured(house.clinic, clinic)
        message_id = await house.posted(house.clinic, clinic, peer)
        assert [row["id"] for row in await house.peer.unread([peer])] == [message_id]
        await house.ask(house.peer, "PUT", f"/messages/{message_id}/downloaded", {"receiverHerId": peer})
        assert await house.peer.unread([peer]) == []
        other = await house.peer.post(house.note(peer, clinic))
        new = [one for one in await house.heard(house.clinic, clinic) if one.get("relatedMessageId") == other]
        assert [one["type"] for one in new] == ["NewMessage"]

    house.run(story())


def test_offsets_are_one_sequence_with_gaps(house: House) -> None:
    """Notifications of others leave gaps; a page begins beyond the offset that was given; nothing disappears."""

    async def story() -> None:
        one, two, clinic = house.party(), house.party(), house.service
        await house.configured(house.peer, one, two)
        await house.configured(house.clinic, clinic)
        for receiver in (one, two, one):
            await house.posted(house.clinic, clinic, receiver)
        heard = await house.heard(house.peer, one)
        offsets = [row["offset"] for row in heard]
        assert offsets == sorted(offsets)
        assert offsets[1] - offsets[0] > 1, "no gap, although something happened in between"
        assert await house.heard(house.peer, one, offsets[0]) == heard[1:]
        assert await house.heard(house.peer, one) == heard

    house.run(story())


def test_a_lock_keeps_other_clients_out(house: House) -> None:
    """423 with code 1210 for a HER-id that another client has locked, until it lets go."""

    async def story() -> None:
        peer, clinic = house.party(), house.service
        await house.configured(house.clinic, clinic)
        await house.configured(house.peer, peer, clientLocked=True)
        board: NoticeBoard = house.network.house.endpoints["edi2"].desk.board  # type: ignore[attr-defined]
        (mine,) = board.configurations([peer]).values()
        worker = house.network.house.endpoints["edi2"].worker  # type: ignore[attr-defined]
        await worker.do(lambda: board.configure([type(mine)(peer, "Api", "another client", locked=True)]))
        message_id = await house.posted(house.clinic, clinic, peer)
        path = f"/messages/{message_id}"
        for method, where, body in (
            ("GET", f"/notifications?HerIds={peer}&Offset=0", None),
            ("GET", f"/notifications/stream?HerIds={peer}", None),
            ("GET", path, None),
            ("GET", f"{path}/business-document", None),
            ("PUT", f"{path}/downloaded", {"receiverHerId": peer}),
            ("POST", "/messages", house.posting(peer, clinic)),
            ("DELETE", f"/mshconfigurations?herIds={peer}", None),
            (
                "PUT",
                "/mshconfigurations",
                {"configurations": [{"herId": peer, "receiveNotificationChannel": "Api", "clientLocked": False}]},
            ),
        ):
            problem(await house.ask(house.peer, method, where, body), 423, 1210)

    house.run(story())


def test_what_is_not_configured_is_not_served(house: House) -> None:
    """A HER-id without a configuration is refused in every operation that acts for it."""

    async def story() -> None:
        peer, clinic = house.party(), house.service
        problem(await house.ask(house.peer, "GET", f"/notifications?HerIds={peer}&Offset=0"), 404, 1010)
        problem(await house.ask(house.peer, "POST", "/messages", house.posting(peer, clinic)), 404, 1010)
        problem(await house.ask(house.peer, "DELETE", f"/mshconfigurations?herIds={peer}"), 404, 1010)
        await house.configured(house.peer, peer)
        gone = await house.ask(house.peer, "DELETE", f"/mshconfigurations?herIds={peer}")
        assert gone.status == 204
        problem(await house.ask(house.peer, "GET", f"/notifications?HerIds={peer}&Offset=0"), 404, 1010)

    house.run(story())


def test_what_a_receiver_does_not_take_is_refused(house: House) -> None:
    """The sender sees it rejected; the receiver is told if it wants to be, and cannot download it."""

    async def story() -> None:
        peer, clinic = house.party(), house.service
        await house.configured(house.clinic, clinic)
        await house.configured(
            house.peer,
            peer,
            rejectMessageFilters={"MessageFunction": ["DIALOG_NOTAT"]},
            receiveRefusedMessageNotices=True,
        )
        message_id = await house.posted(house.clinic, clinic, peer)
        (state,) = await house.status(house.clinic, message_id)
        assert state["transportDeliveryState"] == "Rejected"
        told = await house.heard(house.peer, peer)
        assert [one["type"] for one in told] == ["RefusedMessage"]
        assert "DIALOG_NOTAT" in told[0]["description"]
        problem(await house.ask(house.peer, "GET", f"/messages/{message_id}/business-document"), 404, 1010)
        assert await house.peer.unread([peer]) == []

    house.run(story())


def test_the_control_port_lets_a_party_refuse_a_type(house: House) -> None:
    """As if the party's own configuration said so; nonsense, and a party without a configuration, are explained."""

    async def story() -> None:
        service = house.network.house.endpoints["edi2"]
        her_id = house.network.lab.world.clinic.services[0].her_id
        for wish in ({"her_id": her_id}, {"her_id": "x", "refuses": []}, {"her_id": her_id, "refuses": [1]}):
            with pytest.raises(ValueError, match=r"HER-id|refuses"):
                await service.change(wish)
        with pytest.raises(ValueError, match="has no configuration"):
            await service.change({"her_id": 1, "refuses": ["DIALOG_NOTAT"]})

    house.run(story())


def test_a_receiver_outside_the_service_is_given_up_after_three_days(house: House) -> None:
    """Nobody confirms; after 72 hours the transport is abandoned, and the sender is notified once."""

    async def story() -> None:
        clinic = house.service
        services = (party for party in house.world.parties() if party.type == "Service")
        outside = next(party for party in services if house.world.edi_address(party) != EDI2_ADDRESS)
        await house.configured(house.clinic, clinic)
        message_id = await house.posted(house.clinic, clinic, outside.her_id)
        (state,) = await house.status(house.clinic, message_id)
        assert state["transportDeliveryState"] == "Unconfirmed"
        await house.leap(timedelta(hours=71))
        (state,) = await house.status(house.clinic, message_id)
        assert state["transportDeliveryState"] == "Unconfirmed"
        await house.leap(timedelta(hours=2))
        (state,) = await house.status(house.clinic, message_id)
        assert state["transportDeliveryState"] == "Abandoned"
        told = [one for one in await house.heard(house.clinic, clinic) if one.get("relatedMessageId") == message_id]
        assert [one.get("description") for one in told if one["type"] == "MessageDeliveryStateUpdated"] == ["Abandoned"]

    house.run(story())


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "number"),
    [
        ("GET", "/messages?ReceiverHerIds=1", None, 404, 1010),
        ("GET", "/messages/not-a-guid", None, 400, 1001),
        ("GET", f"/messages/{uuid.UUID(int=5)}", None, 404, 1010),
        ("PUT", f"/messages/{uuid.UUID(int=5)}/read/1", None, 404, 1010),
        ("GET", "/notifications?HerIds=1", None, 400, 1001),
        ("GET", "/notifications?HerIds=1&Offset=-1", None, 400, 1001),
        ("GET", "/notifications?HerIds=1&HerIds=1&Offset=0", None, 400, 1001),
        ("GET", "/notifications?HerIds=1&Offset=0&NotificationsToFetch=1001", None, 400, 1001),
        ("GET", "/notifications?HerIds=1&Offset=99999999999999999999", None, 400, 1001),
        ("GET", "/notifications?HerIds=1&Offset=0", None, 403, 1202),
        ("PUT", "/mshconfigurations", {"configurations": []}, 400, 1001),
        ("PUT", "/mshconfigurations", {"configurations": [{"herId": 1}]}, 400, 1001),
        (
            "PUT",
            "/mshconfigurations",
            {"configurations": [{"herId": 1, "receiveNotificationChannel": "Kafka"}]},
            400,
            1001,
        ),
        ("POST", "/messages", {"businessDocument": "x"}, 400, 1001),
        ("POST", "/nowhere", {}, 404, 1010),
        ("PATCH", "/ping", None, 405, 0),
    ],
)
def test_requests_that_do_not_fit(house: House, method: str, path: str, body: object, status: int, number: int) -> None:
    """Each is refused as a problem of version 3, with its code."""
    problem(house.run(house.ask(house.peer, method, path, body)), status, number)


def test_ping(house: House) -> None:
    """It answers pong and the service's time."""
    answer = house.run(house.ask(house.peer, "GET", "/ping"))
    assert json.loads(answer.body)["response"] == "pong"


def test_the_stream_tells_of_what_happens_and_holds_no_time(house: House) -> None:
    """Connected first; a notification per event; resumed from an offset; virtual time moves while nothing happens."""

    async def story() -> None:
        peer, clinic = house.party(), house.service
        await house.configured(house.peer, peer)
        await house.configured(house.clinic, clinic)
        before = await house.posted(house.clinic, clinic, peer)
        async with await _stream(house, f"HerIds={peer}&Offset=0") as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream"
            assert await _event(response) == ("connected", "")
            name, data = await _event(response)
            assert name == "notification"
            first = json.loads(data)
            assert first["relatedMessageId"] == before
            await house.leap(timedelta(minutes=10))
            after = await house.posted(house.clinic, clinic, peer)
            second = json.loads((await _event(response))[1])
            assert second["relatedMessageId"] == after
            assert second["offset"] > first["offset"]
        async with await _stream(house, f"HerIds={peer}") as response:
            await _event(response)
            last = await house.posted(house.clinic, clinic, peer)
            assert json.loads((await _event(response))[1])["relatedMessageId"] == last
        async with await _stream(house, "HerIds=1") as response:
            assert response.status == 403

    house.run(story())


async def _stream(house: House, query: str) -> Any:
    token = await house.peer._access_token()
    url = f"{house.network.urls['edi2']}/notifications/stream"
    have = house.network.credentials["counterparts"]
    proof = dpop_proof(
        load_key(have.pem),
        method="GET",
        url=url,
        now=house.network.clock.now(),
        jti=str(uuid.uuid4()),
        access_token=token.value,
    )
    headers = {
        **V3,
        "nhn-source-system": "Test, v1",
        "Accept": "text/event-stream",
        "Authorization": f"DPoP {token.value}",
        "DPoP": proof,
    }
    return house.http.get(f"{url}?{query}", headers=headers)


async def _event(response: aiohttp.ClientResponse) -> tuple[str, str]:
    name = ""
    data: list[str] = []
    async with asyncio.timeout(20):
        async for raw in response.content:
            line = raw.decode().rstrip("\n")
            if not line and (name or data):
                break
            key, _, value = line.partition(":")
            if key == "event":
                name = value.strip()
            elif key == "data":
                data.append(value.strip())
    return name, "\n".join(data)


KEYS = st.sampled_from(["configurations", "herId", "senderHerId", "receiverHerIds", "x"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
NOBODY = f"/messages/{uuid.UUID(int=5)}"
TAKES_A_BODY = (
    ("PUT", "/mshconfigurations"),
    ("POST", "/messages"),
    ("POST", f"{NOBODY}/apprec"),
    ("PUT", f"{NOBODY}/downloaded"),
)


@settings(max_examples=60)
@given(body=ANY_JSON, where=st.sampled_from(TAKES_A_BODY))
def test_no_body_breaks_the_service(house: House, body: object, where: tuple[str, str]) -> None:
    """Whatever JSON comes, the answer is a documented refusal."""
    answer = house.run(house.peer.call(*where, json.dumps(body).encode(), headers=JSON))
    assert 400 <= answer.status < 500, answer.text
