"""Laboratory, municipality and second clinic: legal, and unlike the hospital."""

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

from nhnfixtures.messages import TYPES, message
from nhnfixtures.world import World
from nhnsim.network import Network, Options, up
from nhnsim.parties.client import Edi2Client
from nhnsim.parties.personalities import PERSONALITIES, Personality
from nhntime import RealClock
from nhnwire import apprec, rules, xml
from nhnwire.errors import ProtocolError
from nhnwire.msghead import ConversationRef
from nhnwire.msghead import parse as parse_head
from nhnwire.validation import check_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from nhnsim.parties.diary import Reply, Verdict
    from nhnwire.msghead import MsgHead

ROWS = {row.name: row for row in PERSONALITIES}


def asked(world: World, kind: str, to: str, k: int = 0, shape: str = "minimal", **more: Any) -> MsgHead:
    """From the clinic's first service to an automatic party."""
    return message(
        world, kind, k, shape=shape, sender=world.clinic.services[0], receiver=world.named[to], attachments=(), **more
    )


def consider(world: World, head: MsgHead | bytes, row: Personality) -> tuple[Verdict, tuple[Reply, ...]]:
    document = head if isinstance(head, bytes) else head.to_bytes()
    now = RealClock().now()
    return row.consider(document, world.named[row.name], world, now, lambda: str(uuid.uuid4()), "transport-1")


@pytest.mark.parametrize("row", PERSONALITIES, ids=lambda row: row.name)
@pytest.mark.parametrize("kind", ["DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG", "DIALOG_AVVIK", "DIALOG_NOTAT"])
def test_all_they_write_is_legal(row: Personality, kind: str) -> None:
    """Schema and rules are kept by every reply and receipt, however odd it looks."""
    world = World(1)
    head = asked(world, kind, row.name)
    if kind == "DIALOG_HELSEFAGLIG":
        head = dataclasses.replace(head, conversation=None)
    verdict, letters = consider(world, head, row)
    assert (verdict.status is None) == (row.own_receipts and kind in row.accepts)
    for letter in letters:
        check_schema(letter.document)
        if letter.receipt_for:
            receipt = apprec.parse(letter.document)
            assert (receipt.original.id, receipt.status.v) == (head.msg_id, "1")
            assert not [found for found in rules.check(receipt) if found.severity != "info"]
        else:
            answer = parse_head(letter.document)
            assert not list(rules.grounds(answer))
            assert answer.conversation is not None
            assert answer.conversation.parent == head.msg_id
            assert answer.receiver_her_ids == (head.sender_her_id,)
            assert answer.sender_her_id == world.named[row.name].her_id


def test_each_has_a_hand_of_its_own() -> None:
    """The same answer looks different from each of them, and means the same."""
    world = World(1)
    looks = {}
    for name, row in ROWS.items():
        _, letters = consider(world, asked(world, "DIALOG_FORESPORSEL", name), row)
        looks[name] = letters[-1].document
    assert looks["hospital"].startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<MsgHead ')
    assert looks["laboratory"].startswith(b"<?xml version='1.0' encoding='utf-8' standalone='yes'?><ns0:MsgHead ")
    assert b"<mh:Organisation>\n" in looks["municipality"]
    assert b'<mh:TypeId V="ENH"' in looks["municipality"]
    assert b"<Type DN=" in looks["second_clinic"]


@settings(deadline=None, max_examples=40)
@given(
    name=st.sampled_from(sorted(ROWS)),
    kind=st.sampled_from(sorted(TYPES)),
    k=st.integers(0, 200),
    shape=st.sampled_from(["minimal", "random", "maximal"]),
)
def test_a_hand_changes_nothing_that_counts(name: str, kind: str, k: int, shape: str) -> None:
    """Rewritten, a message says what it said: the same text in the same elements, the same attributes."""

    def said(document: bytes) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
        root = xml.parse(document)
        rows = (
            (str(one.tag), (one.text or "").strip(), tuple(sorted(dict(one.attrib).items())))
            for one in root.iter("{*}*")
        )
        return sorted(rows)

    world = World(1)
    document = message(world, kind, k, shape=shape, attachments=(100,)).to_bytes()
    written = ROWS[name].hand.write(document)
    assert said(written) == said(document)
    check_schema(written)


@pytest.mark.parametrize("row", PERSONALITIES, ids=lambda row: row.name)
def test_a_message_for_somebody_else_is_refused(row: Personality) -> None:
    """E21 of table 8221: the document names another receiver than the one who has it."""
    world = World(1)
    other = next(name for name in ROWS if name != row.name)
    verdict, letters = consider(world, asked(world, "DIALOG_NOTAT", other), row)
    assert [code for code, _ in verdict.errors] == ["E21"]
    assert letters == ()


def test_an_invalid_number_of_a_patient_is_refused() -> None:
    """E31: the control digits are wrong."""
    world = World(1)
    head = asked(world, "DIALOG_NOTAT", "second_clinic")
    number = world.patient(0).number
    document = head.to_bytes()
    own = head.patient
    assert own is not None
    wrong = own.idents[0].id[:-1] + str((int(own.idents[0].id[-1]) + 1) % 10)
    verdict, _ = consider(world, document.replace(own.idents[0].id.encode(), wrong.encode()), ROWS["second_clinic"])
    assert "E31" in [code for code, _ in verdict.errors], (number, verdict)


def test_a_laboratory_takes_no_clinical_dialogue() -> None:
    """T10, by the endpoint, since a receipt of its own would have to understand the message."""
    world = World(1)
    verdict, letters = consider(world, asked(world, "DIALOG_HELSEFAGLIG", "laboratory"), ROWS["laboratory"])
    assert ([code for code, _ in verdict.errors], letters) == (["T10"], ())


def test_a_rejection_can_be_a_document() -> None:
    """The laboratory's own receipt carries the errors."""
    world = World(1)
    head = dataclasses.replace(asked(world, "DIALOG_NOTAT", "laboratory"), msg_id="abc")
    verdict, letters = consider(world, head, ROWS["laboratory"])
    assert verdict.status is None
    [letter] = letters
    receipt = apprec.parse(letter.document)
    assert (receipt.status.v, [error.v for error in receipt.errors]) == ("2", ["E10"])


def test_two_who_answer_everything_come_to_an_end() -> None:
    """Only the first message of a clinical dialogue is answered."""
    world = World(1)
    later = dataclasses.replace(
        asked(world, "DIALOG_HELSEFAGLIG", "municipality"), conversation=ConversationRef("a", "a")
    )
    verdict, letters = consider(world, later, ROWS["municipality"])
    assert (verdict.status, letters) == ("Ok", ())


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(sorted(ROWS)),
    place=st.integers(0, 4_000),
    damage=st.binary(min_size=1, max_size=12),
)
def test_whatever_arrives_gets_a_verdict(name: str, place: int, damage: bytes) -> None:
    """A message damaged anywhere is accepted or rejected, by the endpoint or by a document."""
    world = World(1)
    whole = asked(world, "DIALOG_FORESPORSEL", name).to_bytes()
    at = place % len(whole)
    document = whole[:at] + damage + whole[at + len(damage) :]
    verdict, letters = consider(world, document, ROWS[name])
    assert verdict.status in {"Ok", "Rejected"} or any(letter.receipt_for for letter in letters)


class Scene:
    """A network in virtual time, and the clinic's client."""

    def __init__(self, network: Network, http: aiohttp.ClientSession) -> None:
        self.network, self.http, self.world = network, http, network.lab.world
        have = network.credentials["clinic"]
        self.clinic = Edi2Client(
            http,
            network.clock,
            network.urls["helseid"],
            network.urls["edi2"],
            have.client.client_id,
            have.pem,
            have.kid,
            "Test, v1",
            lambda: str(uuid.uuid4()),
        )
        self.own = self.world.clinic.services[0].her_id

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.http.request(method, self.network.urls["control"] + path, json=body) as answer:
            return answer.status, await answer.json(content_type=None)

    async def leap(self, seconds: float) -> None:
        status, said = await self.ask("POST", "/clock/leap", {"seconds": seconds})
        assert status == 200, said

    async def statuses(self, message_id: str) -> list[str | None]:
        return [row["appRecStatus"] for row in await self.clinic.status(message_id)]

    async def received(self) -> dict[str, bytes]:
        """Documents that wait for the clinic's first service, by type."""
        found = {}
        for item in await self.clinic.unread([self.own]):
            document = await self.clinic.document(item["id"])
            try:
                found[parse_head(document).type.v] = document
            except ProtocolError:
                found["APPREC"] = document
        return found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab's folder; its keys are made once."""
    return tmp_path_factory.mktemp("lab")


@contextlib.asynccontextmanager
async def scene(lab: Path) -> AsyncIterator[Scene]:
    running = await up(Options(state=lab, clock="virtual"))
    connector = aiohttp.TCPConnector(ssl=running.lab.trusting())
    async with running, aiohttp.ClientSession(connector=connector) as http:
        await http.post(f"{running.urls['control']}/reset")
        yield Scene(running, http)


def test_the_laboratory_posts_its_receipt_as_a_document(lab: Path) -> None:
    """The sender sees the state and gets the document, written by the laboratory and not by the service."""

    async def story() -> None:
        async with scene(lab) as it:
            sent = await it.clinic.post(asked(it.world, "DIALOG_FORESPORSEL", "laboratory").to_bytes())
            await it.leap(301)
            assert await it.statuses(sent) == ["Ok"]
            found = await it.received()
            assert set(found) == {"APPREC", "DIALOG_SVAR"}
            assert b"<ns0:AppRec" in found["APPREC"] or b":AppRec " in found["APPREC"]

    asyncio.run(story())


def test_the_municipality_hears_at_once(lab: Path) -> None:
    """It listens to version 3's stream: no time passes between message, receipt and answer."""

    async def story() -> None:
        async with scene(lab) as it:
            await it.leap(1)
            head = dataclasses.replace(asked(it.world, "DIALOG_HELSEFAGLIG", "municipality"), conversation=None)
            sent = await it.clinic.post(head.to_bytes())
            for _ in range(20):
                await it.leap(1)
                if await it.statuses(sent) == ["Ok"]:
                    break
            assert await it.statuses(sent) == ["Ok"]
            assert {"APPREC", "DIALOG_HELSEFAGLIG"} <= set(await it.received())

    asyncio.run(story())


def test_the_second_clinic_answers_the_day_after(lab: Path) -> None:
    """A late receipt, still within the 96 hours that a sender waits."""

    async def story() -> None:
        async with scene(lab) as it:
            sent = await it.clinic.post(asked(it.world, "DIALOG_NOTAT", "second_clinic").to_bytes())
            await it.leap(3600)
            assert await it.statuses(sent) == [None]
            await it.leap(21 * 3600)
            assert await it.statuses(sent) == ["Ok"]

    asyncio.run(story())


def test_a_party_writes_when_it_is_told_to(lab: Path) -> None:
    """`POST /parties/{name}/send`: in its own hand, at once; wishes that make no sense are refused in words."""

    async def story() -> None:
        async with scene(lab) as it:
            for name in ROWS:
                wish = {"kind": "DIALOG_NOTAT", "shape": "minimal", "patient": 3, "to": it.own}
                status, said = await it.ask("POST", f"/parties/{name}/send", wish)
                assert (status, said["state"]) == (201, "done"), said
                document = await it.clinic.document(said["id"])
                head = parse_head(document)
                assert (head.msg_id, head.sender_her_id) == (said["msg_id"], it.world.named[name].her_id)
            # The same again is a repeated message.
            assert (await it.ask("POST", "/parties/hospital/send", wish))[1]["msg_id"] != said["msg_id"]
            assert len(await it.clinic.unread([it.own])) == 5
            for path, wrong, reason in (
                ("/parties/nobody/send", {}, "hospital"),
                ("/parties/hospital/send", {"kind": "LETTER"}, "DIALOG_NOTAT"),
                ("/parties/hospital/send", {"to": 1}, "HER-id 1"),
                ("/parties/hospital/send", {"colour": "red"}, "kind, k, shape"),
                ("/parties/hospital/send", {"k": -1}, "k"),
                ("/parties/hospital/send", {"attachments": [10**9]}, ""),
            ):
                status, said = await it.ask("POST", path, wrong)
                assert (status in {400, 404}, reason in said["error"]) == (True, True), said
            status, said = await it.ask("GET", "/parties")
            assert [row["name"] for row in said["parties"]] == list(ROWS)

    asyncio.run(story())


def test_a_letter_that_cannot_leave_is_owed(lab: Path) -> None:
    """It is on disk, and goes out when the network answers again."""

    async def story() -> None:
        async with scene(lab) as it:
            fault = {"endpoint": "edi2", "kind": "reset", "count": 1, "match": {"method": "POST"}}
            status, said = await it.ask("POST", "/faults", fault)
            assert status == 201, said
            _, said = await it.ask("POST", "/parties/hospital/send", {"to": it.own})
            assert said["state"] == "owed"
            await it.leap(1300)
            found = {item["businessDocumentId"] for item in await it.clinic.unread([it.own])}
            assert found == {said["msg_id"]}

    asyncio.run(story())
