"""A day at the clinic, on a real network: what comes in is handled, forwarded, answered, and found again."""

from __future__ import annotations

import asyncio
import base64
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.crash.scene import Scene
from nhnwire import basemessages, codes, dialogmelding, messages, msghead, validation
from nhnwire.dialogmelding import Dialogmelding, Note, Request
from nhnwire.msghead import ConversationRef, HealthcareProfessional, MsgHead, Organisation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from nhnconform.crash.scene import Peer, Process

A, B, SECRETARY, ADMINISTRATOR, OPERATOR = "physician1", "physician2", "secretary", "administrator", "operator"
PDF = b"%PDF-1.4\n\x00\xff synthetic \r\n%%EOF"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(tmp_path_factory.mktemp("day")) as opened:
        yield opened


@pytest.fixture(scope="module")
def clinic(scene: Scene) -> Iterator[Process]:
    """One clinic for all stories; each has a counterpart and a patient of its own."""
    process = scene.clinic(state="day")
    assert process.start(), process.log()
    yield process
    assert process.stop() == 0
    assert "Traceback" not in process.log(), process.log()


@dataclass(frozen=True)
class Day:
    """A clinic at work, seen by its users and by a counterpart."""

    clinic: Process
    peer: Peer

    async def ask(self, user: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        token = "scene" if user == A else f"scene-{user}"
        sent = {"Authorization": f"Bearer {token}", **{key.replace("_", "-"): value for key, value in headers.items()}}
        url = self.clinic.ready["api"] + path
        async with self.peer.http.request(method, url, json=body, headers=sent) as response:
            if response.content_type == "application/json":
                return response.status, await response.json()
            return response.status, (response.content_type, await response.read())

    async def get(self, user: str, path: str) -> Any:
        status, answer = await self.ask(user, "GET", path)
        assert status == 200, answer
        return answer

    async def post(self, user: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        status, answer = await self.ask(user, "POST", path, body)
        assert status == expect, answer
        return answer

    def party(self, her_id: int, *, hpr: str = "") -> Organisation:
        """The receiver's part: to a service, to a person, or to a service with somebody named below it."""
        clinic = self.peer.up["clinic"]
        idents = (msghead.ident("HER", clinic["her_id"]), msghead.ident("ENH", clinic["organisation_number"]))
        user = next((one for one in clinic["users"] if one["her_id"] == her_id), None)
        if user is not None:
            person = HealthcareProfessional((msghead.person_ident("HER", her_id),), family_name="Blomst")
            return Organisation(clinic["name"], idents, professional=person)
        named = HealthcareProfessional((msghead.person_ident("HPR", hpr),), family_name="Blomst") if hpr else None
        service = Organisation("Fastlegetjeneste", (msghead.ident("HER", her_id),), professional=named)
        return Organisation(clinic["name"], idents, organisation=service)

    async def arrives(self, kind: str = "DIALOG_NOTAT", **more: Any) -> str:
        """A message of that kind comes in; its MsgId."""
        msg_id = str(uuid.uuid4())
        to, inside = more.pop("to", None) or self.peer.clinic_her_id, more.pop("inside", None) or _dialogue(kind)
        head = msghead.parse(self.peer.note(msg_id))
        head = replace(
            head,
            type=codes.plain("8279", kind),
            receiver=self.party(to, hpr=more.pop("hpr", "")),
            documents=(msghead.business_document(inside), *more.pop("attachments", ())),
            **more,
        )
        transport_id = await self.peer.edi.post(head.to_bytes())
        await self.post(A, "/api/poll")
        given = await self.peer.edi.apprecs(transport_id)
        assert [one["appRecStatus"] for one in given] == ["Ok"], given
        return msg_id

    async def waiting(self) -> MsgHead:
        """The one message (no receipt) that waits for the counterpart."""
        await self.post(A, "/api/poll")
        (one,) = [one for one in await self.peer.unread() if not one["isAppRec"]]
        return msghead.parse(await self.peer.edi.document(one["id"]))

    async def waiting_of(self, msg_id: str) -> MsgHead:
        """What waits for the counterpart under that MsgId."""
        await self.post(A, "/api/poll")
        waiting = [one["id"] for one in await self.peer.unread() if not one["isAppRec"]]
        heads = [msghead.parse(await self.peer.edi.document(one)) for one in waiting]
        return next(head for head in heads if head.msg_id == msg_id)

    async def sent(self, user: str = A, *, kind: str = "DIALOG_NOTAT", to: int = 0, **more: Any) -> str:
        person = self.peer.person()
        body = {
            "type": kind,
            "from_her_id": self.peer.clinic_her_id,
            "to_her_id": to or self.peer.her_id,
            "patient": {"number": person.number, "given_name": person.given_name, "family_name": person.family_name},
            "subject": "Prøve",
            "text": "Hei på deg",
            **more,
        }
        return str((await self.post(user, "/api/messages", body, expect=201))["msg_id"])

    async def rejected(self, msg_id: str, code: str = "E36") -> None:
        """The counterpart rejects a message of ours."""
        await self.post(A, "/api/poll")
        for one in await self.peer.unread():
            if not one["isAppRec"] and msghead.parse(await self.peer.edi.document(one["id"])).msg_id == msg_id:
                fault = {"errorCode": code, "details": "ukjent pasient"}
                await self.peer.edi.post_apprec(one["id"], self.peer.her_id, "Rejected", [fault])
        await self.post(A, "/api/poll")

    def her_id(self, user: str) -> int:
        return int(next(one["her_id"] for one in self.peer.up["clinic"]["users"] if one["id"] == user))

    async def lies(self, user: str, inbox: str, query: str = "") -> dict[str, dict[str, Any]]:
        """By MsgId what lies in all the user's mailboxes in that inbox, of this story's counterpart."""
        boxes = await self.get(user, "/api/mailboxes")
        rows = [
            row
            for box in boxes
            for row in (await self.get(user, f"/api/mailboxes/{box['her_id']}/{inbox}?limit=500{query}"))["rows"]
        ]
        return {row["msg_id"]: row for row in rows if row["counterpart"] == self.peer.her_id}


@pytest.fixture
def play(scene: Scene, clinic: Process) -> Callable[[Callable[[Day], Awaitable[None]]], None]:
    """Play a story at the clinic."""

    @asynccontextmanager
    async def stage() -> AsyncIterator[Day]:
        async with scene.peer() as peer:
            yield Day(clinic, peer)

    def played(story: Callable[[Day], Awaitable[None]]) -> None:
        async def play_it() -> None:
            async with stage() as day:
                await story(day)

        asyncio.run(play_it())

    return played


def _dialogue(kind: str) -> bytes:
    if kind == "DIALOG_FORESPORSEL":
        return Dialogmelding("1.0", requests=(Request(codes.value("9152", "99"), "Er svaret kommet?"),)).to_bytes()
    table = {"DIALOG_SVAR": "9069", "DIALOG_AVVIK": "8117"}.get(kind, "7321")
    value = {"9069": "5", "8117": "9"}.get(table, "6")
    return Dialogmelding("1.0", notes=(Note(codes.value(table, value), "Prøvemelding"),)).to_bytes()


def _foreign(name: str) -> bytes:
    """The business document of a golden file."""
    data = resources.files("nhnfixtures").joinpath("golden", "msghead", f"{name}.xml").read_bytes()
    document = msghead.parse(data).business_document
    assert document is not None
    return document


FOREIGN = {"EPIKRISE": "discharge-summary", "REQ_LAB": "requisition", "SVAR_LAB": "lab-answer",
           "SVAR_RTG": "radiology-answer", "HENVISNING": "referral", "LOG_INNLAGT": "patient-admitted"}  # fmt: skip
OLDER = b'<Message xmlns="http://www.kith.no/xmlstds/labsvar/2008-12-01"><Ack V="J"/></Message>'


def test_what_other_systems_will_send_is_filed_under_its_type(play: Any) -> None:
    """R-003, R-033, R-034, R-036: a lab answer, a radiology answer, a referral, a discharge summary and a requisition
    are accepted, typed, in the journal, and in Feedback each under its own category.
    """  # fmt: skip

    async def story(day: Day) -> None:
        sent = {kind: await day.arrives(kind, inside=_foreign(name)) for kind, name in FOREIGN.items()}
        sent["DIALOG_NOTAT"] = await day.arrives()
        lying = await day.lies(A, "feedback")
        assert {row["type"]: msg_id for msg_id, row in lying.items()} == sent
        assert len({row["category"] for row in lying.values()}) == len(sent)
        journal = await day.get(A, f"/api/patients/{day.peer.person().number}/journal")
        assert sorted(event["msg_id"] for event in journal) == sorted(sent.values())
        one = await day.lies(A, "feedback", "&type=EPIKRISE")
        assert list(one) == [sent["EPIKRISE"]]

    play(story)


def test_a_document_of_another_kind_than_its_type_says_is_still_rejected(play: Any) -> None:
    """A discharge summary that holds a requisition is no discharge summary: T10."""

    async def story(day: Day) -> None:
        head = replace(
            msghead.parse(day.peer.note(str(uuid.uuid4()))),
            type=codes.plain("8279", "EPIKRISE"),
            documents=(msghead.business_document(_foreign("requisition")),),
        )
        transport_id = await day.peer.edi.post(head.to_bytes())
        await day.post(A, "/api/poll")
        (given,) = await day.peer.edi.apprecs(transport_id)
        assert [error["errorCode"] for error in given["appRecErrorList"]] == ["T10"]

    play(story)


def test_a_document_is_read_in_the_versions_that_are_known_and_filed_unread_in_others(play: Any) -> None:
    """R-003: a lab answer of version 1.4 shows its result; one of 1.3 is filed all the same; one of 1.4 that breaks its
    schema is rejected with T02.
    """  # fmt: skip

    async def story(day: Day) -> None:
        read = await day.arrives("SVAR_LAB", inside=_foreign("lab-answer"))
        shown = await day.get(A, f"/api/messages/{read}")
        assert "Hemoglobin: 10.1 g/dL Under nedre referansegrense" in shown["text"]
        unread = await day.arrives("SVAR_LAB", inside=OLDER)
        assert (await day.get(A, f"/api/messages/{unread}"))["text"] == ""
        broken = _foreign("lab-answer").replace(b"ServProvId", b"ServProvID")
        head = replace(
            msghead.parse(day.peer.note(str(uuid.uuid4()))),
            type=codes.plain("8279", "SVAR_LAB"),
            documents=(msghead.business_document(broken),),
        )
        transport_id = await day.peer.edi.post(head.to_bytes())
        await day.post(A, "/api/poll")
        (given,) = await day.peer.edi.apprecs(transport_id)
        assert [error["errorCode"] for error in given["appRecErrorList"]] == ["T02"]

    play(story)


def test_a_referral_a_discharge_summary_and_requisitions_go_out(play: Any) -> None:
    """R-003, R-074: each is a document of its standard with what the user wrote, valid by its schema, from the user's
    service to the receiver; a requisition is version 1.6 without copy receivers, and asking for one is 400.
    """  # fmt: skip

    async def story(day: Day) -> None:
        for kind, namespace in messages.DOCUMENTS.items():
            if kind.startswith(("LOG_", "SVAR_")):
                continue
            msg_id = await day.sent(kind=kind)
            head = await day.waiting_of(msg_id)
            validation.check_schema(head.to_bytes())
            assert head.business_document is not None
            document = basemessages.parse(head.business_document)
            assert (head.type.v, document.namespace, document.msg_id) == (kind, namespace, msg_id)
            assert {day.peer.clinic_her_id, day.peer.her_id} == {document.provider.her_id, document.requester.her_id}
            assert "Hei på deg" in head.business_document.decode()
            assert b"CopyDest" not in head.business_document
        person = day.peer.person()
        body = {
            "type": "REQ_LAB", "from_her_id": day.peer.clinic_her_id, "to_her_id": day.peer.her_id, "text": "Trett",
            "patient": {"number": person.number, "given_name": "A", "family_name": "B"}, "subject": "Hemoglobin",
        }  # fmt: skip
        refused = await day.post(A, "/api/messages", {**body, "copy_to": [day.peer.her_id]}, expect=400)
        assert "copy_to" in refused["cause"]
        assert "subject" in (await day.post(A, "/api/messages", {**body, "subject": ""}, expect=422))["remedy"]

    play(story)


def test_every_main_mailbox_has_its_inboxes(play: Any) -> None:
    """R-035, R-037, R-038: Feedback in each main mailbox; what NAV and HELFO send and what the municipality's care
    sends lies in an inbox of its own too.
    """  # fmt: skip

    async def story(day: Day) -> None:
        boxes = await day.get(A, "/api/mailboxes")
        assert len(boxes) > 1
        assert all(
            [one["id"] for one in box["inboxes"]] == ["feedback", "nav_helfo", "plo", "archive"] for box in boxes
        )
        by_name = {}
        for name in ("NAV Eksempel", "HELFO Eksempel"):
            sender = msghead.parse(day.peer.note(str(uuid.uuid4()))).sender
            by_name[name] = await day.arrives(sender=replace(sender, name=name))
        care = await day.arrives(
            "MEDISINSKE_OPPLYSNINGER",
            inside=b'<M xmlns="http://www.kith.no/xmlstds/po/MedisinskeOpplysninger/2012-04-01"><Ack V="J"/></M>',
        )
        assert set(await day.lies(A, "nav_helfo")) == set(by_name.values())
        assert set(await day.lies(A, "plo")) == {care}
        assert set(await day.lies(A, "feedback")) == {*by_name.values(), care}

    play(story)


def test_actions_follow_from_the_type(play: Any) -> None:
    """R-040, R-043 to R-046, R-267: for each type exactly what its row says; one type with and one without each of
    sign, answer and deviation; what is not allowed answers 409, and nothing is sent.
    """  # fmt: skip

    async def story(day: Day) -> None:
        expected = {
            "REQ_LAB": ["open", "deviation", "attachment", "forward"],
            "EPIKRISE": ["open", "sign", "attachment", "forward"],
            "DIALOG_FORESPORSEL": ["open", "answer", "deviation", "attachment", "forward"],
            "DIALOG_NOTAT": ["open", "sign", "deviation", "attachment", "forward"],
        }
        for kind, actions in expected.items():
            inside = _foreign(FOREIGN[kind]) if kind in FOREIGN else None
            msg_id = await day.arrives(kind, inside=inside)
            rights = await day.get(A, f"/api/messages/{msg_id}/actions")
            assert (rights["actions"], rights["needs_signature"]) == (actions, "sign" in actions)
            for action, body in (("answer", {"text": "x"}), ("deviation", {"text": "x"}), ("sign", None)):
                if action not in actions:
                    refused = await day.post(A, f"/api/messages/{msg_id}/{action}", body, expect=409)
                    assert set(refused) == {"error", "cause", "remedy"}
        await day.post(A, "/api/poll")
        assert [one for one in await day.peer.unread() if not one["isAppRec"]] == []

    play(story)


def test_a_request_is_answered_with_a_reference(play: Any) -> None:
    """R-045: the answer to a received request is a DIALOG_SVAR that refers to it and carries its question; asked twice
    with one key it is sent once.
    """  # fmt: skip

    async def story(day: Day) -> None:
        asked = await day.arrives("DIALOG_FORESPORSEL")
        keyed = {"Idempotency_Key": str(uuid.uuid4())}
        first = await day.ask(B, "POST", f"/api/messages/{asked}/answer", {"text": "Ja"}, **keyed)
        again = await day.ask(B, "POST", f"/api/messages/{asked}/answer", {"text": "Ja"}, **keyed)
        assert first[0] == again[0] == 201
        assert first[1]["msg_id"] == again[1]["msg_id"]
        other = await day.ask(B, "POST", f"/api/messages/{asked}/answer", {"text": "Nei"}, **keyed)
        assert (other[0], other[1]["error"]) == (409, "key_reused")
        head = await day.waiting()
        assert (head.type.v, head.conversation) == ("DIALOG_SVAR", ConversationRef(asked, asked))
        assert head.business_document is not None
        (note,) = dialogmelding.parse(head.business_document).notes
        assert note.request is not None
        assert (note.text, note.request.question) == ("Ja", "Er svaret kommet?")
        assert (await day.get(A, f"/api/messages/{asked}"))["handling"] == "open"

    play(story)


def test_a_note_cannot_be_answered_by_any_way_in(play: Any) -> None:
    """R-046: DIALOG_SVAR to a note is refused as an answer and as a new message, and nothing is sent."""

    async def story(day: Day) -> None:
        note = await day.arrives()
        person = day.peer.person()
        body = {
            "type": "DIALOG_SVAR", "from_her_id": day.peer.clinic_her_id, "to_her_id": day.peer.her_id, "text": "Svar",
            "patient": {"number": person.number, "given_name": "A", "family_name": "B"}, "in_reply_to": note,
        }  # fmt: skip
        assert (await day.post(A, "/api/messages", body, expect=409))["error"] == "not_answerable"
        await day.post(A, "/api/poll")
        assert [one for one in await day.peer.unread() if not one["isAppRec"]] == []

    play(story)


def test_a_deviation_is_reported_to_the_sender_and_linked(play: Any) -> None:
    """R-043: a requisition with an error: DIALOG_AVVIK with theme and text goes to its sender and refers to it; the
    requisition shows the report. A receiver like ourselves accepts it.
    """  # fmt: skip

    async def story(day: Day) -> None:
        msg_id = await day.arrives("REQ_LAB", inside=_foreign("requisition"))
        body = {"text": "Gjelder en annen pasient", "reason": "1"}
        report = await day.post(A, f"/api/messages/{msg_id}/deviation", body, expect=201)
        head = await day.waiting()
        assert (head.msg_id, head.type.v) == (report["msg_id"], "DIALOG_AVVIK")
        assert head.conversation == ConversationRef(msg_id, msg_id)
        assert head.business_document is not None
        (note,) = dialogmelding.parse(head.business_document).notes
        assert (note.theme.v, note.text) == ("1", "Gjelder en annen pasient")
        assert (await day.get(A, f"/api/messages/{msg_id}"))["deviations"] == [report["msg_id"]]

    play(story)


def test_signing_archives_and_says_who(play: Any) -> None:
    """R-041, R-042, R-267: a discharge summary is signed by login alone, no card is spoken of; it leaves the inbox for
    the archive with signer and time. A question wants no signature and is archived without.
    """  # fmt: skip

    async def story(day: Day) -> None:
        summary = await day.arrives("EPIKRISE", inside=_foreign("discharge-summary"))
        note = await day.arrives("DIALOG_FORESPORSEL")
        assert (await day.lies(B, "feedback"))[summary]["needs_signature"] is True
        assert (await day.lies(B, "feedback"))[note]["needs_signature"] is False
        assert (await day.post(B, f"/api/messages/{summary}/archive", expect=409))["error"] == "signature_needed"
        signed = await day.post(B, f"/api/messages/{summary}/sign")
        assert (signed["handling"], signed["by"]) == ("archived", B)
        assert signed["at"]
        await day.post(B, f"/api/messages/{summary}/sign", expect=409)
        await day.post(B, f"/api/messages/{note}/archive")
        assert await day.lies(B, "feedback") == {}
        assert set(await day.lies(B, "archive")) == set(await day.lies(A, "archive")) == {summary, note}

    play(story)


def test_attachments_go_both_ways_byte_for_byte(play: Any) -> None:
    """R-047: a PDF that came is opened with its bytes and media type; one that we attach arrives the same."""

    async def story(day: Day) -> None:
        came = await day.arrives(
            attachments=(msghead.attachment(PDF, mime_type="application/pdf", description="Prøvesvar"),)
        )
        (listed,) = await day.get(A, f"/api/messages/{came}/attachments")
        assert listed == {"number": 1, "mime_type": "application/pdf", "description": "Prøvesvar", "size": len(PDF)}
        assert await day.get(A, f"/api/messages/{came}/attachments/1") == ("application/pdf", PDF)
        assert (await day.ask(A, "GET", f"/api/messages/{came}/attachments/2"))[0] == 404
        file = {"mime_type": "image/png", "data": base64.b64encode(PDF).decode(), "description": "Bilde"}
        await day.sent(attachments=[file])
        (attached,) = (await day.waiting()).attachments
        assert (attached.mime_type, attached.description, attached.attachment) == ("image/png", "Bilde", PDF)

    play(story)


def test_forwarding_step_by_step(play: Any) -> None:
    """R-049, R-050, R-057 to R-059, R-061, R-062: A opens a message that is for B, chooses B, confirms. Only
    then B has it, new and with nothing of A's half-written answer; A no longer does; B answers it; nobody outside sees.
    """  # fmt: skip

    async def story(day: Day) -> None:
        msg_id = await day.arrives("DIALOG_FORESPORSEL", to=day.her_id(A))
        assert (await day.get(A, f"/api/messages/{msg_id}"))["participants"] == [A]
        path = f"/api/messages/{msg_id}/forward"
        assert (await day.post(A, path, {"to": [f"position:{B}"], "confirm": True}, expect=409))["error"] == "not_open"
        await day.post(A, f"/api/messages/{msg_id}/open")
        before = len((await day.peer.control("GET", "/journal?endpoint=edi2&limit=1000"))["entries"])
        for body in ({}, {"to": [f"position:{B}"]}):
            assert (await day.post(A, path, body))["done"] is False
        assert (await day.post(A, path, {"confirm": True}, expect=422))["error"] == "no_participant"
        assert await day.lies(B, "feedback") == {}
        await day.post(A, path, {"to": [f"position:{B}"], "confirm": True, "text": "halvskrevet"}, expect=400)
        done = await day.post(A, path, {"to": [f"position:{B}"], "confirm": True})
        assert (done["done"], done["participants"]) == (True, [B])
        assert len((await day.peer.control("GET", "/journal?endpoint=edi2&limit=1000"))["entries"]) == before
        assert await day.lies(A, "feedback") == {}
        assert (await day.lies(B, "feedback"))[msg_id]["handling"] == "new"
        assert (await day.post(A, f"/api/messages/{msg_id}/answer", {"text": "x"}, expect=403))["error"] == "not_yours"
        await day.post(B, f"/api/messages/{msg_id}/answer", {"text": "Ja"}, expect=201)
        assert (await day.waiting()).type.v == "DIALOG_SVAR"

    play(story)


def test_who_may_forward(play: Any) -> None:
    """R-051, R-052, R-053, R-060: without being receiver and without access to all messages it is 403; a physician
    cannot grant that access, the administrator can, and it is logged; then it works; an archived message is 409.
    """  # fmt: skip

    async def story(day: Day) -> None:
        msg_id = await day.arrives(to=day.her_id(A))
        await day.post(A, f"/api/messages/{msg_id}/open")
        forward = {"to": [f"position:{B}"], "confirm": True}
        refused = await day.post(SECRETARY, f"/api/messages/{msg_id}/forward", forward, expect=403)
        assert refused["error"] == "not_yours"
        assert (await day.get(A, f"/api/messages/{msg_id}"))["participants"] == [A]
        for user in (A, SECRETARY, OPERATOR):
            assert (await day.ask(user, "PUT", f"/api/grants/{SECRETARY}"))[0] == 403
        assert (await day.ask(ADMINISTRATOR, "PUT", f"/api/grants/{SECRETARY}"))[0] == 200
        lines = (await day.get(ADMINISTRATOR, "/api/audit?limit=1"))["lines"]
        assert [(one["by"], one["event"], one["detail"]) for one in lines] == [
            (ADMINISTRATOR, "access to all messages granted", SECRETARY)
        ]
        assert msg_id in await day.lies(SECRETARY, "feedback")
        await day.post(SECRETARY, f"/api/messages/{msg_id}/forward", forward)
        assert (await day.get(A, f"/api/messages/{msg_id}"))["participants"] == [A, B]
        await day.post(B, f"/api/messages/{msg_id}/sign")
        await day.post(B, f"/api/messages/{msg_id}/forward", forward, expect=409)
        assert (await day.ask(ADMINISTRATOR, "DELETE", f"/api/grants/{SECRETARY}"))[0] == 200
        assert msg_id not in await day.lies(SECRETARY, "archive")

    play(story)


def test_forward_targets(play: Any) -> None:
    """R-054 to R-056, R-268: every position, group and function in a group is offered, a forward reaches exactly
    its members, and participants other than the forwarder stay.
    """  # fmt: skip

    async def story(day: Day) -> None:
        group = f"lab-{day.peer.her_id}"
        body = {"name": "Laboratoriet", "members": [
            {"user": A, "function": "vakt"}, {"user": B, "function": "vakt"}, {"user": SECRETARY},
        ]}  # fmt: skip
        assert (await day.ask(A, "PUT", f"/api/groups/{group}", body))[0] == 403
        assert (await day.ask(ADMINISTRATOR, "PUT", f"/api/groups/{group}", body))[0] == 200
        targets = {one["id"]: one["members"] for one in await day.get(A, "/api/forward-targets")}
        assert {f"position:{user}" for user in (A, B, SECRETARY, ADMINISTRATOR)} <= set(targets)
        assert set(targets[f"group:{group}"]) == {A, B, SECRETARY}
        assert set(targets[f"function:{group}:vakt"]) == {A, B}
        ways = [
            *(f"position:{user}" for user in (B, SECRETARY, ADMINISTRATOR)),
            f"group:{group}",
            f"function:{group}:vakt",
        ]
        for way in ways:
            msg_id = await day.arrives(to=day.her_id(A))
            await day.post(A, f"/api/messages/{msg_id}/open")
            done = await day.post(A, f"/api/messages/{msg_id}/forward", {"to": [way], "confirm": True})
            assert set(done["participants"]) == set(targets[way])
            for user in targets[way]:
                assert msg_id in await day.lies(user, "feedback")
        two = await day.arrives(to=day.her_id(B))
        await day.post(B, f"/api/messages/{two}/open")
        await day.post(
            B, f"/api/messages/{two}/forward", {"to": [f"position:{A}", f"position:{SECRETARY}"], "confirm": True}
        )
        await day.post(A, f"/api/messages/{two}/open")
        done = await day.post(A, f"/api/messages/{two}/forward", {"to": [f"position:{ADMINISTRATOR}"], "confirm": True})
        assert set(done["participants"]) == {SECRETARY, ADMINISTRATOR}
        assert (await day.ask(ADMINISTRATOR, "DELETE", f"/api/groups/{group}"))[0] == 200

    play(story)


def test_a_message_names_its_practitioner_or_is_everybodys(play: Any) -> None:
    """R-050: by HER-id or by HPR number below the service a message is one practitioner's; an answer is of whoever
    asked; what names nobody is everybody's who works here.
    """  # fmt: skip

    async def story(day: Day) -> None:
        hpr = next(one["hpr"] for one in day.peer.up["clinic"]["users"] if one["id"] == B)
        named = await day.arrives(hpr=str(hpr))
        assert (await day.get(A, f"/api/messages/{named}"))["participants"] == [B]
        asked = await day.sent(SECRETARY, kind="DIALOG_FORESPORSEL")
        answer = await day.arrives("DIALOG_SVAR", conversation=ConversationRef(asked, asked))
        assert (await day.get(A, f"/api/messages/{answer}"))["participants"] == [SECRETARY]
        anybody = await day.arrives()
        everybody = (await day.get(A, f"/api/messages/{anybody}"))["participants"]
        assert set(everybody) == {A, B, SECRETARY, ADMINISTRATOR}

    play(story)


def test_a_failed_message_is_alerted_corrected_and_sent_anew(play: Any) -> None:
    """R-063, R-064, R-065, R-066, R-068: a negative receipt raises one alert for whoever wrote the message; opened, it
    shows code and text; corrected it goes out with a new MsgId; the old one stays failed in the log, each names the
    other.
    """  # fmt: skip

    async def story(day: Day) -> None:
        old = await day.sent(B, text="Feil pasient")
        await day.rejected(old)
        (alert,) = [one for one in await day.get(B, "/api/alerts?open=true&mine=true") if one["msg_id"] == old]
        assert (alert["user"], alert["kind"]) == (B, "rejected")
        assert [one for one in await day.get(A, "/api/alerts?mine=true") if one["msg_id"] == old] == []
        shown = await day.get(B, f"/api/messages/{old}")
        assert "E36" in shown["error"]
        assert shown["apprec"]["errors"][0]["code"] == "E36"
        new = (await day.post(B, f"/api/messages/{old}/resend", {"text": "Rett"}, expect=201))["msg_id"]
        assert new != old
        head = await day.waiting_of(new)
        assert head.business_document is not None
        assert dialogmelding.parse(head.business_document).notes[0].text == "Rett"
        assert (await day.get(B, f"/api/messages/{old}"))["replaced_by"] == new
        log = (await day.get(A, f"/api/clinic/message-log?counterpart={day.peer.her_id}"))["rows"]
        by_id = {row["msg_id"]: row for row in log}
        assert (by_id[old]["status"], by_id[new]["replaces"]) == ("rejected", old)
        assert "E36" in by_id[old]["error"]
        assert by_id[new]["error"] == ""
        assert (await day.post(B, f"/api/messages/{old}/resend", {}, expect=409))["error"] == "sent_anew"
        assert (await day.post(B, f"/api/messages/{new}/resend", {}, expect=409))["error"] == "not_failed"

    play(story)


def test_the_paperclip_lists_searches_and_begins(play: Any) -> None:
    """R-018, R-019, R-021: each type with a shortcut, the patient's messages of it, and a draft that is begun; the
    search narrows both. A type without a shortcut and a patient nobody knows cannot be begun.
    """  # fmt: skip

    async def story(day: Day) -> None:
        came, person = await day.arrives(), day.peer.person()
        path = f"/api/patients/{person.number}"
        clips = {one["type"]: one for one in await day.get(A, f"{path}/paperclip")}
        keys = {one["opens"]: one["keys"] for one in await day.get(A, "/api/shortcuts")}
        assert {kind: one["keys"] for kind, one in clips.items()} == keys
        assert [row["msg_id"] for row in clips["DIALOG_NOTAT"]["messages"]] == [came]
        assert not clips["HENVISNING"]["messages"]
        assert [one["type"] for one in await day.get(A, f"{path}/paperclip?q=HENV")] == ["HENVISNING"]
        assert await day.get(A, f"{path}/paperclip?q=xqzwv") == []
        names = {"given_name": person.given_name, "family_name": person.family_name}
        assert (await day.ask(A, "PUT", path, names))[0] in {200, 201}
        draft = await day.get(A, clips["HENVISNING"]["opens"])
        assert (draft["type"], draft["patient"]["number"], draft["kept"]) == ("HENVISNING", person.number, True)
        assert (await day.get(A, clips["DIALOG_NOTAT"]["opens"]))["kept"] is False
        for wrong, error in (
            (f"{path}/editor/APPREC", "unknown_type"),
            ("/api/patients/1/editor/HENVISNING", "unknown_patient"),
        ):
            status, answer = await day.ask(A, "GET", wrong)
            assert (status, answer["error"]) == (404, error)

    play(story)


def test_lists_show_the_newest_and_go_back_from_there(play: Any) -> None:
    """Messages and journal: `limit` takes the newest, in the order of the list, `before` those before a row; going back
    from list to list shows each once. A MsgId nobody knows is refused.
    """  # fmt: skip

    async def story(day: Day) -> None:
        came = [await day.arrives() for _ in range(5)]
        journal = f"/api/patients/{day.peer.person().number}/journal"
        for path, name in (("/api/inbox", "msg_id"), ("/api/messages?direction=in", "msg_id"), (journal, "id")):
            joined = f"{path}{'&' if '?' in path else '?'}"
            everything = [one[name] for one in await day.get(A, f"{joined}limit=10000")]
            newest = [one[name] for one in await day.get(A, f"{joined}limit=2")]
            older = [one[name] for one in await day.get(A, f"{joined}limit=3&before={newest[0]}")]
            assert older + newest == everything[-5:]
        assert [one["msg_id"] for one in await day.get(A, f"{journal}?limit=5")] == came
        refused = await day.ask(A, "GET", "/api/inbox?before=nobody")
        assert (refused[0], refused[1]["error"]) == (400, "bad_query")

    play(story)


def test_the_log_and_what_a_user_has_sent(play: Any) -> None:
    """R-032, R-066, R-067: each user finds her own messages with type, receiver, time and status; the log under Clinic
    has all of both directions, page by page, none twice and none lost.
    """  # fmt: skip

    async def story(day: Day) -> None:
        mine = [await day.sent(A) for _ in range(3)]
        other = await day.sent(B)
        came = await day.arrives()
        rows = [
            row for row in (await day.get(A, "/api/sent?limit=500"))["rows"] if row["counterpart"] == day.peer.her_id
        ]
        assert [row["msg_id"] for row in rows] == mine[::-1]
        assert all(row["type"] == "DIALOG_NOTAT" and row["at"] and row["status"] for row in rows)
        seen: list[str] = []
        cursor = ""
        while True:
            query = f"counterpart={day.peer.her_id}&limit=2" + (f"&cursor={cursor}" if cursor else "")
            page = await day.get(A, f"/api/clinic/message-log?{query}")
            seen += [row["msg_id"] for row in page["rows"]]
            cursor = page["next"]
            if not cursor:
                break
        assert seen == [came, other, *mine[::-1]]

    play(story)


def test_a_patients_overview(play: Any) -> None:
    """R-069 to R-073: all of one patient's messages and nobody else's, grouped by type; e-dialogues, e-consultations,
    lab requisitions and lab results have their groups; the next tab by name and by command is the same; each opens.
    """  # fmt: skip

    async def story(day: Day) -> None:
        sent = await day.sent()
        came = {kind: await day.arrives(kind, inside=_foreign(FOREIGN[kind])) for kind in ("REQ_LAB", "SVAR_LAB")}
        path = f"/api/patients/{day.peer.person().number}/correspondence"
        tabs = await day.get(A, path)
        found = {tab["id"]: [row["msg_id"] for row in tab["rows"]] for tab in tabs}
        assert {"e_dialogue", "e_consultation"} <= set(found)
        assert found["lab_requisition"] == [came["REQ_LAB"]]
        assert found["lab_result"] == [came["SVAR_LAB"]]
        assert found["note"] == [sent]
        assert sum(map(len, found.values())) == 3
        for place, tab in enumerate(tabs):
            by_command = tabs[(place + 1) % len(tabs)]
            by_name = await day.get(A, f"{path}/{tab['next_tab']}")
            assert (by_name["id"], by_name["previous_tab"]) == (by_command["id"], tab["id"])
        opened = await day.get(A, f"/api/messages/{came['SVAR_LAB']}")
        assert opened["type"] == "SVAR_LAB"
        kind, raw = await day.get(A, f"/api/messages/{came['SVAR_LAB']}/raw")
        assert (kind, messages.SVARRAPPORT_1_4.encode() in raw) == ("application/xml", True)

    play(story)


def test_help_is_there(play: Any) -> None:
    """R-005, R-020, R-031, R-048, R-278: NHN's page with its language; a text of its own for each type to send and to
    handle; the pages the texts point to; the shortcut search finds the referral.
    """  # fmt: skip

    async def story(day: Day) -> None:
        page = await day.get(A, "/api/help/messages")
        assert [(link["url"].split("/")[2], link["language"]) for link in page["links"]] == [("www.nhn.no", "no")]
        index = await day.get(A, "/api/help")
        dialogues = {"DIALOG_FORESPORSEL", "DIALOG_SVAR", "DIALOG_NOTAT", "DIALOG_AVVIK", "DIALOG_HELSEFAGLIG"}
        sends = {*dialogues, "HENVISNING", "EPIKRISE", "REQ_LAB", "REQ_RTG"}
        assert set(index["send"]) == sends
        texts = [(await day.get(A, f"/api/help/send/{kind}"))["text"] for kind in index["send"]]
        assert len(set(texts)) == len(sends)
        assert {*sends, *FOREIGN} <= set(index["handle"])
        for kind in index["handle"]:
            assert (await day.get(A, f"/api/help/handle/{kind}"))["text"]
        for topic in (
            "shortcut-search",
            "attachment-search",
            "granting-access-to-all-messages",
            "forwarding",
            "message-log",
        ):
            assert (await day.get(A, f"/api/help/{topic}"))["text"]
        hits = await day.get(A, "/api/shortcuts?q=henv")
        assert "HENVISNING" in {one["opens"] for one in hits}

    play(story)


def test_drafts_are_kept_for_four_types_only(play: Any) -> None:
    """R-022, R-023: half-written treatment notes, referrals, sick leaves and medical declarations are kept; a dialogue
    message, a requisition and a discharge summary are not, and cannot be listed.
    """  # fmt: skip

    async def story(day: Day) -> None:
        for kind in ("TREATMENT_NOTE", "HENVISNING", "SYKMELD", "LEGEERKL"):
            status, kept = await day.ask(B, "PUT", f"/api/drafts/{kind}", {"type": kind, "content": {"text": "Halv"}})
            assert (status, kept["content"]) == (200, {"text": "Halv"})
        for kind in ("DIALOG_FORESPORSEL", "DIALOG_NOTAT", "REQ_LAB", "EPIKRISE"):
            status, refused = await day.ask(B, "PUT", "/api/drafts/x", {"type": kind, "content": {}})
            assert (status, refused["error"]) == (409, "not_kept")
        assert len(await day.get(B, "/api/drafts")) == 4
        assert await day.get(A, "/api/drafts") == []
        for one in await day.get(B, "/api/drafts"):
            assert (await day.ask(B, "DELETE", f"/api/drafts/{one['id']}"))[0] == 200
        assert await day.get(B, "/api/drafts") == []

    play(story)
