"""The clinic on a real network: sockets, TLS, HelseID, the address register and EDI 2.0, each clinic a process."""

from __future__ import annotations

import asyncio
import io
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from nhnclinic.api.routes import ROUTES
from nhnconform.crash.scene import Scene
from nhnwire import apprec, codes, dialogmelding, msghead
from nhnwire.dialogmelding import Dialogmelding, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from nhnconform.crash.scene import Peer, Process


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(tmp_path_factory.mktemp("scene")) as opened:
        yield opened


@dataclass(frozen=True)
class Stage:
    """A clinic at work and a counterpart of its own."""

    clinic: Process
    peer: Peer

    async def api(self, method: str, path: str, body: Any = None) -> Any:
        return await self.peer.api(self.clinic, method, path, body)

    async def poll(self) -> None:
        await self.api("POST", "/api/poll")

    async def send(self, kind: str = "DIALOG_NOTAT", **more: Any) -> str:
        person = self.peer.person()
        body = {
            "type": kind,
            "from_her_id": self.peer.clinic_her_id,
            "to_her_id": self.peer.her_id,
            "patient": {"number": person.number, "given_name": person.given_name, "family_name": person.family_name},
            "subject": "Prøve",
            "text": "Hei på deg",
            **more,
        }
        return str((await self.api("POST", "/api/messages", body))["msg_id"])

    async def message(self, msg_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.api("GET", f"/api/messages/{msg_id}")
        return found

    async def exchanges(self, transport_id: str, method: str) -> list[int]:
        """The statuses of what was asked of EDI 2.0 about one message."""
        entries = (await self.peer.control("GET", "/journal?endpoint=edi2&limit=1000"))["entries"]
        return [one["status"] for one in entries if transport_id in one["path"] and one["method"] == method]


@asynccontextmanager
async def _stage(scene: Scene, *extensions: str, state: str = "clinic") -> AsyncIterator[Stage]:
    clinic = scene.clinic(extensions, state=state)
    assert clinic.start(), clinic.log()
    try:
        async with scene.peer() as peer:
            yield Stage(clinic, peer)
    finally:
        assert clinic.stop() == 0, clinic.log()
    assert "Traceback" not in clinic.log()


@pytest.mark.parametrize(
    "extension", [(), ("nhnclinic.exchange.honest:apprec_as_document",)], ids=["endpoint", "document"]
)
def test_a_message_is_filed_and_answered_once_however_often_it_comes(scene: Scene, extension: tuple[str, ...]) -> None:
    """A note comes three times with the same MsgId: one inbox entry, one journal event, one AppRec 1.0 that echoes it.
    Whether the AppRec is made by the service or written as a document makes no difference to the sender.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene, *extension) as stage:
            msg_id = str(uuid.uuid4())
            document = stage.peer.note(msg_id)
            first = await stage.peer.edi.post(document)
            await stage.peer.edi.post(document)
            await stage.poll()
            await stage.peer.edi.post(document)
            await stage.poll()
            inbox = [one for one in await stage.api("GET", "/api/inbox") if one["msg_id"] == msg_id]
            assert [(one["text"], one["apprec"]["status"]) for one in inbox] == [("Prøvemelding", "Ok")]
            journal = await stage.api("GET", f"/api/patients/{stage.peer.person().number}/journal")
            assert [event["msg_id"] for event in journal] == [msg_id]
            (receipt,) = await stage.peer.unread()
            assert receipt["isAppRec"]
            answer = apprec.parse(await stage.peer.edi.document(receipt["id"]))
            assert (answer.version, answer.status.v, answer.original.id) == ("1.0", "1", msg_id)
            assert [one["appRecStatus"] for one in await stage.peer.edi.apprecs(first)] == ["Ok"]
            events = [event["event"] for event in (await stage.message(msg_id))["history"]]
            assert events.count("arrived again") == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"", b"", "E36"),
        (b"<MIGversion>v1.2 2006-05-24</MIGversion>", b"", "T02"),
        (b'V="DIALOG_NOTAT"', b'V="EPIKRISE"', "T10"),
    ],
    ids=["E36", "T02", "T10"],
)
def test_what_must_be_rejected_is_rejected_and_not_kept(scene: Scene, old: bytes, new: bytes, code: str) -> None:
    """A patient nobody can identify, a document against its schema, an unknown kind: the right error goes back, and
    nothing of it is in the inbox or a journal.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            msg_id = str(uuid.uuid4())
            document = stage.peer.note(msg_id)
            broken = _without_patient(document) if code == "E36" else document.replace(old, new)
            assert broken != document
            transport_id = await stage.peer.edi.post(broken)
            await stage.poll()
            (answer,) = await stage.peer.edi.apprecs(transport_id)
            assert answer["appRecStatus"] == "Rejected"
            assert [error["errorCode"] for error in answer["appRecErrorList"]] == [code]
            assert (await stage.message(msg_id))["state"] == "rejected"
            assert [one for one in await stage.api("GET", "/api/inbox") if one["msg_id"] == msg_id] == []
            assert await stage.api("GET", f"/api/patients/{stage.peer.person().number}/journal") == []
            alerts = [one["kind"] for one in await stage.api("GET", "/api/alerts") if one["msg_id"] == msg_id]
            assert alerts == ["rejected_incoming"]

    asyncio.run(story())


def _without_patient(document: bytes) -> bytes:
    return replace(msghead.parse(document), patient=msghead.Person("Blomst", "Vakker")).to_bytes()


def test_two_own_recipients_give_two_apprecs_and_one_journal_event(scene: Scene) -> None:
    """A message goes to one service and in copy to another of the same clinic: each gives its AppRec, and the patient's
    journal has the message once.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            msg_id = str(uuid.uuid4())
            head = msghead.parse(stage.peer.note(msg_id))
            service = stage.peer.up["clinic"]["services"][1]
            copy = replace(
                head.receiver,
                organisation=msghead.Organisation(service["name"], (msghead.ident("HER", service["her_id"]),)),
            )
            others = (msghead.OtherReceiver(codes.plain("8112", "COP"), organisation=copy),)
            transport_id = await stage.peer.edi.post(replace(head, other_receivers=others).to_bytes())
            await stage.poll()
            answers = await stage.peer.edi.apprecs(transport_id)
            assert {one["receiverHerId"]: one["appRecStatus"] for one in answers} == {
                stage.peer.clinic_her_id: "Ok",
                service["her_id"]: "Ok",
            }
            assert [one["isAppRec"] for one in await stage.peer.unread()] == [True, True]
            journal = await stage.api("GET", f"/api/patients/{stage.peer.person().number}/journal")
            assert [event["msg_id"] for event in journal] == [msg_id]

    asyncio.run(story())


def test_the_hospital_answers(scene: Scene) -> None:
    """A question to the automatic hospital is delivered, and its answer comes back, filed with its references."""

    async def story() -> None:
        async with _stage(scene) as stage:
            hospital = stage.peer.up["parties"]["hospital"]["her_id"]
            msg_id = await stage.send("DIALOG_FORESPORSEL", to_her_id=hospital, text="Hvordan går det?")
            await stage.poll()
            await stage.peer.control("POST", "/clock/run", {"seconds": 300})
            assert (await stage.message(msg_id))["state"] == "delivered"
            (answer,) = [one for one in await stage.api("GET", "/api/inbox") if one["parent"] == msg_id]
            assert (answer["type"], answer["conversation"]) == ("DIALOG_SVAR", msg_id)

    asyncio.run(story())


def test_one_request_sent_twice_at_once_is_one_message(scene: Scene) -> None:
    """Two requests with the same Idempotency-Key race; both are told the same MsgId, and one message goes out."""

    async def story() -> None:
        async with _stage(scene) as stage:
            person, key = stage.peer.person(), str(uuid.uuid4())
            body = {
                "type": "DIALOG_NOTAT",
                "from_her_id": stage.peer.clinic_her_id,
                "to_her_id": stage.peer.her_id,
                "patient": {"number": person.number, "given_name": "Vakker", "family_name": "Blomst"},
                "text": "Hei",
            }
            asked = [stage.peer.api(stage.clinic, "POST", "/api/messages", body, Idempotency_Key=key) for _ in range(3)]
            assert len({answer["msg_id"] for answer in await asyncio.gather(*asked)}) == 1
            await stage.poll()
            assert len(await stage.peer.unread()) == 1

    asyncio.run(story())


def test_a_lost_answer_to_an_apprec_does_not_make_two(scene: Scene) -> None:
    """The service takes the AppRec but its answer never arrives. The clinic tries again later, asks first whether the
    AppRec counts, and gives none a second time.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            msg_id = str(uuid.uuid4())
            transport_id = await stage.peer.edi.post(stage.peer.note(msg_id))
            fault = {
                "endpoint": "edi2",
                "kind": "reset",
                "count": 1,
                "match": {"method": "POST", "path_prefix": f"/Messages/{transport_id}"},
            }
            await stage.peer.control("POST", "/faults", fault)
            await stage.poll()
            assert "apprec Ok given" not in [event["event"] for event in (await stage.message(msg_id))["history"]]
            await stage.peer.leap(10)
            assert "apprec Ok given" in [event["event"] for event in (await stage.message(msg_id))["history"]]
            assert len(await stage.exchanges(transport_id, "POST")) == 1
            assert [one["isAppRec"] for one in await stage.peer.unread()] == [True]

    asyncio.run(story())


def test_a_second_copy_does_not_bring_a_second_apprec_while_the_first_is_unsure(scene: Scene) -> None:
    """The answer to the AppRec is lost, and before it is asked for a copy of the message comes: the copy's receipt is
    the same one, so the service is asked first then, too.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            document = stage.peer.note(str(uuid.uuid4()))
            transport_id = await stage.peer.edi.post(document)
            match = {"method": "POST", "path_prefix": f"/Messages/{transport_id}"}
            await stage.peer.control("POST", "/faults", {"endpoint": "edi2", "kind": "reset", "match": match})
            await stage.poll()
            await stage.peer.edi.post(document)
            await stage.poll()
            await stage.peer.leap(10)
            assert [one["isAppRec"] for one in await stage.peer.unread()] == [True]

    asyncio.run(story())


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_post_that_fails_is_repeated_with_the_same_msg_id(scene: Scene, direction: str) -> None:
    """The connection breaks before or after the service has taken the message; the clinic sends it again, and all that
    arrives has one MsgId.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            fault: dict[str, Any] = {"endpoint": "edi2", "kind": "reset", "count": 2, "match": {"method": "POST"}}
            if direction == "in":
                fault["direction"] = "in"
            await stage.peer.control("POST", "/faults", fault)
            msg_id = await stage.send()
            await stage.poll()
            await stage.peer.leap(6)
            await stage.peer.leap(11)
            assert (await stage.message(msg_id))["state"] == "sent"
            arrived = await stage.peer.unread()
            assert {one["businessDocumentId"] for one in arrived} == {msg_id}
            assert len(arrived) == (1 if direction == "in" else 3)

    asyncio.run(story())


def test_a_question_and_its_answer(scene: Scene) -> None:
    """The counterpart asks, a user answers: the answer carries the question, refers to it, and is delivered when the
    counterpart's AppRec comes.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            msg_id = str(uuid.uuid4())
            head = msghead.parse(stage.peer.note(msg_id))
            asked = Dialogmelding("1.0", requests=(Request(codes.value("9152", "99"), "Hvordan går det?"),))
            question = replace(
                head,
                type=codes.plain("8279", "DIALOG_FORESPORSEL"),
                documents=(msghead.business_document(asked.to_bytes()),),
            )
            await stage.peer.edi.post(question.to_bytes())
            await stage.poll()
            assert (await stage.message(msg_id))["text"] == "Hvordan går det?"
            answer_id = await stage.send("DIALOG_SVAR", in_reply_to=msg_id, text="Bra.")
            await stage.poll()
            (arrived,) = [one for one in await stage.peer.unread() if not one["isAppRec"]]
            answer = msghead.parse(await stage.peer.edi.document(arrived["id"]))
            assert answer.msg_id == answer_id
            assert answer.conversation == msghead.ConversationRef(msg_id, msg_id)
            payload = answer.business_document
            assert payload is not None
            (note,) = dialogmelding.parse(payload).notes
            assert note.request is not None
            assert note.request.question == "Hvordan går det?"
            await stage.peer.edi.post_apprec(arrived["id"], stage.peer.her_id, "Ok")
            await stage.poll()
            assert (await stage.message(answer_id))["state"] == "delivered"

    asyncio.run(story())


def test_what_a_user_cannot_do_is_refused_in_words(scene: Scene) -> None:
    """Each refusal has an error name, a cause and a remedy, and sends nothing."""

    async def story() -> None:
        async with _stage(scene) as stage:
            person = stage.peer.person()
            good = {
                "type": "DIALOG_NOTAT",
                "from_her_id": stage.peer.clinic_her_id,
                "to_her_id": stage.peer.her_id,
                "patient": {"number": person.number, "given_name": "A", "family_name": "B"},
                "text": "x",
            }
            organisation = stage.peer.own["organisation_her_id"]
            cases: list[tuple[str, str, Any, int, str]] = [
                ("POST", "/api/messages", {**good, "text": ""}, 422, "not_ready"),
                ("POST", "/api/messages", {**good, "from_her_id": 1}, 422, "not_ready"),
                ("POST", "/api/messages", {**good, "to_her_id": 9_999_999}, 422, "unknown_party"),
                (
                    "POST",
                    "/api/messages",
                    {**good, "to_her_id": organisation},
                    422,
                    "not_addressable",
                ),
                ("POST", "/api/messages", {**good, "in_reply_to": "nothing"}, 422, "unknown_message"),
                ("POST", "/api/messages", {**good, "colour": "red"}, 400, "bad_body"),
                ("POST", "/api/messages", [], 400, "bad_body"),
                ("GET", "/api/messages/nothing", None, 404, "unknown_message"),
                ("GET", "/api/messages/nothing/raw", None, 404, "unknown_message"),
                ("POST", "/api/alerts/nothing/resolve", None, 404, "unknown_alert"),
                ("POST", "/api/alerts/999999/resolve", None, 404, "unknown_alert"),
                ("GET", "/nowhere", None, 404, "not_here"),
                ("DELETE", "/api/inbox", None, 405, "not_here"),
            ]
            for method, path, body, status, error in cases:
                given = await _ask(stage, method, path, body)
                assert (given[0], given[1]["error"]) == (status, error), (method, path, given)
                assert given[1]["cause"]
                assert given[1]["remedy"]
            for token in ("", "Bearer wrong", "Basic scene", "Bearer \xff"):
                given = await _ask(stage, "GET", "/api/inbox", None, {"Authorization": token})
                assert given[0] == 401
            assert await stage.peer.unread() == []

    asyncio.run(story())


async def _ask(
    stage: Stage, method: str, path: str, body: Any, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    sent = {"Authorization": "Bearer scene", **(headers or {})}
    url = stage.clinic.ready["api"] + path
    async with stage.peer.http.request(method, url, json=body, headers=sent) as response:
        return response.status, await response.json()


def test_hostile_bodies_are_answered_and_leave_no_trace(scene: Scene) -> None:
    """Bytes that are no JSON, far too deep, far too many: typed answers, never 500."""

    async def story() -> None:
        async with _stage(scene) as stage:
            url = stage.clinic.ready["api"] + "/api/messages"
            for body in (b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 10_000, b"x" * 5_000_000, b"nul\x00"):
                sent = io.BytesIO(body)
                async with stage.peer.http.post(url, data=sent, headers={"Authorization": "Bearer scene"}) as response:
                    assert 400 <= response.status < 500, body[:20]
                    assert set(await response.json()) == {"error", "cause", "remedy"}

    asyncio.run(story())


def test_the_interface_describes_itself(scene: Scene) -> None:
    """/openapi.json names every route, with the shapes of what it takes and gives; health needs no user."""

    async def story() -> None:
        async with _stage(scene) as stage:
            status, document = await _ask(stage, "GET", "/openapi.json", None)
            assert status == 200
            for route in ROUTES:
                assert route.method.lower() in document["paths"][route.path]
            text = str(document)
            for name in set(text.split("#/components/schemas/")[1:]):
                assert name.split("'")[0] in document["components"]["schemas"]
            async with stage.peer.http.get(stage.clinic.ready["api"] + "/api/health") as response:
                assert (await response.json())["ok"] is True

    asyncio.run(story())


def test_two_clinics_cannot_share_a_state_folder(scene: Scene) -> None:
    """The second one says so and ends; the first goes on."""

    async def story() -> None:
        async with _stage(scene, state="shared") as stage:
            second = scene.clinic(state="shared")
            assert not second.start()
            assert second.ended() == 2
            assert "another clinic is using" in second.log()
            await stage.poll()

    asyncio.run(story())


def test_a_network_that_is_away_is_waited_for(scene: Scene) -> None:
    """The EDI service cuts every connection for a while: health says so, nothing is lost, and work goes on by itself
    when it is back.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            msg_id = str(uuid.uuid4())
            await stage.peer.edi.post(stage.peer.note(msg_id))
            fault = {"endpoint": "edi2", "kind": "reset", "count": 20, "match": {"method": "GET"}}
            await stage.peer.control("POST", "/faults", fault)
            await stage.poll()
            health = await stage.api("GET", "/api/health")
            assert health["ok"] is False
            assert health["poll_error"]
            await stage.peer.control("DELETE", "/faults")
            await stage.peer.leap(61)
            assert (await stage.message(msg_id))["state"] == "received"
            assert (await stage.api("GET", "/api/health"))["ok"] is True

    asyncio.run(story())


def test_the_clinic_ends_with_its_hub(tmp_path_factory: pytest.TempPathFactory) -> None:
    """When the network with the clock hub is gone, the clinic ends by itself, in order."""
    with Scene(tmp_path_factory.mktemp("short")) as short:
        clinic = short.clinic()
        assert clinic.start(), clinic.log()
    assert clinic.ended() == 0, clinic.log()


def test_an_hour_of_waiting_costs_sixty_requests_and_few_tokens(scene: Scene) -> None:
    """Looking for messages is one request a minute, looking for changed parties one every five; each API's token is
    reused until shortly before it expires.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            begin = stage.peer.clock.now().isoformat()
            await stage.peer.control("POST", "/clock/run", {"seconds": 3600})
            entries = (await stage.peer.control("GET", "/journal?limit=1000"))["entries"]
            client = stage.peer.up["credentials"]["edi2"]["client_id"]
            mine = [one for one in entries if one["client_id"] == client and one["at"] > begin]
            polls = [one for one in mine if one["endpoint"] == "edi2" and one["path"] == "/Messages"]
            events = [one for one in mine if one["endpoint"] == "address_register" and one["path"] == "/api/v1/event"]
            tokens = [one for one in mine if one["endpoint"] == "helseid" and one["status"] == 200]
            assert (len(polls), len(events)) == (60, 12)
            assert 2 * 6 <= len(tokens) <= 2 * 8

    asyncio.run(story())
