"""The automatic hospital: what it answers, and that it answers once."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import uuid
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnfixtures.world import World
from nhnsim.context import Context
from nhnsim.network import Network, Options, up
from nhnsim.parties.automatic import AutomaticParty
from nhnsim.parties.client import Edi2Client, Edi2ClientError
from nhnsim.parties.diary import DONE, OWED, Diary, Reply, Verdict
from nhnsim.parties.mailbox import Version2
from nhnsim.parties.personalities import PERSONALITIES, Personality
from nhntime import RealClock
from nhnwire import apprec, codes, dialogmelding
from nhnwire.dialogmelding import Dialogmelding, Note, Request
from nhnwire.msghead import (
    ConversationRef,
    MsgHead,
    Organisation,
    Patient,
    business_document,
    ident,
    person_ident,
)
from nhnwire.msghead import parse as parse_head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from nhnfixtures.world import Party

HOSPITAL = PERSONALITIES[0]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab's folder; its keys are made once."""
    return tmp_path_factory.mktemp("lab")


def organisation(world: World, party: Party) -> Organisation:
    parent = world.party(party.parent_her_id or 0)
    assert parent is not None
    inner = Organisation(party.name, (ident("HER", party.her_id),))
    return Organisation(parent.name, (ident("HER", parent.her_id),), organisation=inner)


def message(
    world: World, kind: str, document: Dialogmelding, *, conversation: ConversationRef | None = None, msg_id: str = ""
) -> MsgHead:
    """From the clinic's first service to the hospital, about the clinic's first patient."""
    person = world.patient(0)
    return MsgHead(
        type=codes.plain("8279", kind),
        gen_date=RealClock().now(),
        msg_id=msg_id or str(uuid.uuid4()),
        sender=organisation(world, world.clinic.services[0]),
        receiver=organisation(world, world.named["hospital"]),
        patient=Patient(person.family_name, person.given_name, (person_ident("FNR", person.number),)),
        conversation=conversation,
        documents=(business_document(document.to_bytes()),),
    )


def question(text: str = "Hvilke legemidler bruker pasienten?") -> Dialogmelding:
    return Dialogmelding("1.0", requests=(Request(codes.value("9152", "4"), text),))


def note(text: str | None = "Et notat") -> Dialogmelding:
    return Dialogmelding("1.0", notes=(Note(codes.value("7321", "3"), text),))


def consider(world: World, head: MsgHead | bytes, row: Personality = HOSPITAL) -> tuple[Verdict, Reply | None]:
    """The verdict, and the only reply."""
    document = head if isinstance(head, bytes) else head.to_bytes()
    verdict, replies = row.consider(
        document, world.named[row.name], world, RealClock().now(), lambda: "11111111-1111-4111-8111-111111111111"
    )
    assert len(replies) < 2
    return verdict, replies[0] if replies else None


def test_a_question_is_answered_in_the_same_conversation() -> None:
    """HIS 1152: theme 5, a date, the question copied in, references to the question and to the first message."""
    world = World(1)
    asked = message(world, "DIALOG_FORESPORSEL", question(), conversation=ConversationRef("p", "first"))
    verdict, reply = consider(world, asked)
    assert verdict == Verdict("Ok")
    assert reply is not None
    head = parse_head(reply.document)
    assert (head.type.v, head.msg_id) == ("DIALOG_SVAR", reply.msg_id)
    assert head.conversation == ConversationRef(asked.msg_id, "first")
    assert (head.sender_her_id, head.receiver_her_ids) == (asked.receiver_her_ids[0], (asked.sender_her_id,))
    assert head.patient == asked.patient
    assert head.business_document is not None
    [answer] = dialogmelding.parse(head.business_document).notes
    assert (answer.theme.v, answer.theme.table) == ("5", "9069")
    assert answer.date == head.gen_date.date()
    assert answer.request == question().requests[0]


def test_the_first_answer_refers_twice_to_the_question() -> None:
    """With only one earlier message both references are its MsgId."""
    world = World(1)
    asked = message(world, "DIALOG_FORESPORSEL", question())
    _, reply = consider(world, asked)
    assert reply is not None
    assert parse_head(reply.document).conversation == ConversationRef(asked.msg_id, asked.msg_id)


def test_what_the_hospital_sends_is_what_it_would_accept() -> None:
    """Its own answers pass the checks it applies to others."""
    world = World(1)
    _, reply = consider(world, message(world, "DIALOG_FORESPORSEL", question()))
    assert reply is not None
    back = world.named["hospital"].her_id
    answered = parse_head(reply.document)
    turned = dataclasses.replace(answered, sender=answered.receiver, receiver=answered.sender)
    assert turned.receiver_her_ids == (back,)
    assert consider(world, turned)[0] == Verdict("Ok")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: data[:-9], "T01"),
        (lambda data: data.replace(b"MIGversion>v1.2", b"MIGversion>v1.3"), "T02"),
        (lambda data: data.replace(b"DIALOG_NOTAT", b"EPIKRISE"), "T10"),
    ],
)
def test_faults_are_rejected_with_their_code(damage: Any, code: str) -> None:
    """Table 8221: unreadable T01, invalid T02, unsupported T10; a rejected message is not answered."""
    world = World(1)
    verdict, reply = consider(world, damage(message(world, "DIALOG_NOTAT", note()).to_bytes()))
    assert verdict.status == "Rejected"
    assert code in [found for found, _ in verdict.errors]
    assert all(details for _, details in verdict.errors)
    assert reply is None


@settings(deadline=None, max_examples=60)
@given(place=st.integers(0, 4_000), damage=st.binary(min_size=1, max_size=12))
def test_whatever_arrives_gets_a_verdict(place: int, damage: bytes) -> None:
    """A message damaged anywhere is accepted or rejected with a code; the party never stumbles over it."""
    world = World(1)
    whole = message(world, "DIALOG_FORESPORSEL", question()).to_bytes()
    at = place % len(whole)
    verdict, reply = consider(world, whole[:at] + damage + whole[at + len(damage) :])
    assert verdict.status in {"Ok", "Rejected"}
    assert (verdict.status == "Rejected") == bool(verdict.errors)
    assert reply is None or verdict.status == "Ok"


def test_a_msg_id_that_is_no_uuid_is_rejected_with_e10() -> None:
    """HITS 1168 demands E10."""
    world = World(1)
    verdict, _ = consider(world, message(world, "DIALOG_NOTAT", note(), msg_id="abc"))
    assert [code for code, _ in verdict.errors] == ["E10"]


def test_the_diary_keeps_what_is_owed(tmp_path: Path) -> None:
    """Message, receipt and reply are kept in one transaction and survive being closed."""
    diary = Diary.open(tmp_path / "x.sqlite")
    diary.keep("id-1", "msg-1", b"<x/>", Verdict("Rejected", (("E10", "nei"),)), [Reply("msg-2", b"<y/>")])
    diary.keep("id-2", "msg-1", b"<x/>", Verdict(None))
    diary.close()
    diary = Diary.open(tmp_path / "x.sqlite")
    assert diary.knows("id-1")
    assert diary.knows_msg_id("msg-1")
    assert not diary.knows_msg_id(None)
    assert diary.receipts_owed(0) == [("id-1", Verdict("Rejected", (("E10", "nei"),)))]
    assert diary.letters_owed(0) == [Reply("msg-2", b"<y/>")]
    diary.receipted("id-1", DONE)
    diary.sent("msg-2", DONE)
    assert (diary.receipts_owed(0), diary.letters_owed(0)) == ([], [])
    diary.close()


def edi2_client(running: Network, http: aiohttp.ClientSession, client_id: str, pem: bytes, kid: str) -> Edi2Client:
    """A client of this network."""
    return Edi2Client(
        http,
        running.clock,
        running.urls["helseid"],
        running.urls["edi2"],
        client_id,
        pem,
        kid,
        "Test, v1",
        lambda: str(uuid.uuid4()),
    )


@contextlib.asynccontextmanager
async def network(lab: Path, **options: Any) -> AsyncIterator[tuple[Network, Edi2Client, aiohttp.ClientSession]]:
    """A network in virtual time with its hospital, and the clinic's client."""
    async with await up(Options(state=lab, clock="virtual", **options)) as running:
        have = running.credentials["clinic"]
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=running.lab.trusting())) as http:
            await http.post(f"{running.urls['control']}/reset")
            clinic = edi2_client(running, http, have.client.client_id, have.pem, have.kid)
            yield running, clinic, http


async def leap(running: Network, http: aiohttp.ClientSession, seconds: float) -> None:
    async with http.post(f"{running.urls['control']}/clock/leap", json={"seconds": seconds}) as answer:
        assert answer.status == 200, await answer.text()


def test_the_hospital_answers_over_the_wire_and_only_once(lab: Path) -> None:
    """A question and its copy come in; within a poll there is one receipt and one answer, and none for the copy."""

    async def story() -> None:
        async with network(lab) as (running, clinic, http):
            world = running.lab.world
            own = world.clinic.services[0].her_id
            asked = message(world, "DIALOG_FORESPORSEL", question())
            first, second = [await clinic.post(asked.to_bytes()) for _ in range(2)]
            await leap(running, http, 31)
            await leap(running, http, 31)
            assert [s["appRecStatus"] for s in await clinic.status(first)] == ["Ok"]
            assert [s["appRecStatus"] for s in await clinic.status(second)] == [None]
            listed = await clinic.unread([own])
            assert sorted(item["isAppRec"] for item in listed) == [False, True]
            answer = next(item for item in listed if not item["isAppRec"])
            assert parse_head(await clinic.document(answer["id"])).type.v == "DIALOG_SVAR"
            receipt = apprec.parse(await clinic.document(next(item["id"] for item in listed if item["isAppRec"])))
            assert receipt.original.id == asked.msg_id
            # The clinic's own receipt for the answer is taken and not answered.
            await clinic.post_apprec(answer["id"], own, "Ok")
            await leap(running, http, 31)
            await leap(running, http, 31)
            assert len(await clinic.unread([own])) == 2
            shown = await running.house.endpoints["edi2"].snapshot()
            entries: Any = shown["messages"]
            hospital = world.named["hospital"].her_id
            waiting = [r for e in entries for r in e["receivers"] if r["her_id"] == hospital and not r["read_at"]]
            assert waiting == []

    asyncio.run(story())


def test_the_hospital_survives_a_network_that_fails(lab: Path) -> None:
    """Connections are reset while it polls; it waits longer, tries again, and answers."""

    async def story() -> None:
        async with network(lab) as (running, clinic, http):
            message_id = await clinic.post(message(running.lab.world, "DIALOG_NOTAT", note()).to_bytes())
            fault = {"endpoint": "edi2", "kind": "reset", "count": 2, "match": {"path_prefix": "/Messages"}}
            async with http.post(f"{running.urls['control']}/faults", json=fault) as answer:
                assert answer.status < 300, await answer.text()
            for _ in range(6):
                await leap(running, http, 300)
            assert [s["appRecStatus"] for s in await clinic.status(message_id)] == ["Ok"]

    asyncio.run(story())


def test_a_crash_before_the_note_sends_no_second_receipt(lab: Path, tmp_path: Path) -> None:
    """The receipt went out, then the party died before it noted that: on its next day it asks, and sends none."""

    async def story() -> None:
        async with network(lab, only=("helseid", "edi2")) as (running, clinic, http):
            world = running.lab.world
            have = running.credentials["parties"]
            context = Context("parties", running.clock, world, running.urls, tmp_path, lambda: str(uuid.uuid4()), http)
            client = edi2_client(running, http, have.client.client_id, have.pem, have.kid)
            mailbox = Version2(client, world.named["hospital"].her_id)
            message_id = await clinic.post(message(world, "DIALOG_NOTAT", note()).to_bytes())
            party = AutomaticParty(context, mailbox, world.named["hospital"], HOSPITAL)
            await party.round()
            await party.aclose()
            diary = Diary.open(tmp_path / "hospital.sqlite")
            diary.receipted(message_id, OWED)
            diary.close()
            party = AutomaticParty(context, mailbox, world.named["hospital"], HOSPITAL)
            await party.round()
            await party.aclose()
            diary = Diary.open(tmp_path / "hospital.sqlite")
            assert diary.receipts_owed(0) == []
            diary.close()
            assert len(await clinic.unread([world.clinic.services[0].her_id])) == 1

    asyncio.run(story())


def test_a_token_is_used_for_as_long_as_it_lasts(lab: Path) -> None:
    """NHN's rules for clients: no new token while one is valid, the nonce dance once per token, discovery once."""

    async def story() -> None:
        async with network(lab, only=("helseid", "edi2")) as (running, clinic, http):
            own = running.lab.world.clinic.services[0].her_id

            async def paths() -> list[str]:
                async with http.get(f"{running.urls['control']}/journal?limit=1000&endpoint=helseid") as answer:
                    entries = (await answer.json())["entries"]
                return [entry["path"] for entry in entries if "jwks" not in entry["path"]]

            for _ in range(5):
                await clinic.unread([own])
            discovery = "/.well-known/openid-configuration"
            asked = [path for path in await paths() if path != discovery]
            assert asked == ["/connect/token"] * 2
            await leap(running, http, 3600)
            for _ in range(5):
                await clinic.unread([own])
            assert [path for path in await paths() if path != discovery] == ["/connect/token"] * 4

    asyncio.run(story())


def test_a_wrong_key_is_a_clear_error(lab: Path) -> None:
    """The client says what HelseID answered."""

    async def story() -> None:
        async with network(lab) as (running, _, http):
            mine, other = running.credentials["clinic"], running.credentials["parties"]
            client = edi2_client(running, http, mine.client.client_id, other.pem, other.kid)
            with pytest.raises(Edi2ClientError) as refusal:
                await client.unread([1])
            assert (refusal.value.status, "invalid_client" in refusal.value.body) == (400, True)

    asyncio.run(story())
