"""The rules of EDI 2.0 that only show with other options or other tokens than the network's own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from nhnfixtures.world import EDI2_ADDRESS, World
from nhnsim.edi2.desk import Caller, Desk, Options
from nhnsim.edi2.errors import RefusedError
from nhnsim.edi2.model import SCHEMA, PostOffice, Unread
from nhnsim.edi2.notices import NoticeBoard
from nhnsim.guard import Principal
from nhnsim.store import open_store
from nhntime import VirtualClock
from nhnwire import codes
from nhnwire.msghead import MsgHead, Organisation, business_document, ident

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORLD = World(1)
CLOCK = VirtualClock()
CLINIC = WORLD.clinic
PEER = WORLD.counterpart(0)
DOCUMENT = (business_document(b'<?xml version="1.0" encoding="UTF-8"?><x xmlns="urn:x"/>'),)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    """An empty post office."""
    connection = open_store(tmp_path / "messages.sqlite", SCHEMA)
    yield PostOffice(connection)
    connection.close()


def desk(office: PostOffice, **options: Any) -> Desk:
    return Desk(office, NoticeBoard(office.connection), WORLD, CLOCK, lambda: str(uuid.uuid4()), Options(**options))


def caller(organisation_number: str, her_ids: frozenset[int] | None = None) -> Caller:
    return Caller(Principal("client", organisation_number, her_ids), "EHR, v1", lambda **_: None)


def document(sender: int, receiver: int) -> bytes:
    head = MsgHead(
        type=codes.plain("8279", "DIALOG_NOTAT"),
        gen_date=CLOCK.now(),
        msg_id="b0c7ad4a-6c1d-4f4b-8c3d-6f0d2f8f2c11",
        sender=Organisation("A", (ident("HER", sender),)),
        receiver=Organisation("B", (ident("HER", receiver),)),
        documents=DOCUMENT,
    )
    return head.to_bytes()


def test_the_herid_claim_narrows_a_token_to_some_of_the_organisations_her_ids(office: PostOffice) -> None:
    """The claim `herid` lists what the token covers; without it every HER-id of the organisation is covered."""
    number = CLINIC.organisation.organisation_number
    one, other = (service.her_id for service in CLINIC.services[:2])
    narrow = caller(number, frozenset({one}))
    desk(office).post(narrow, document(one, PEER.her_id))
    with pytest.raises(RefusedError, match=f"Not authorized for HerId\\(s\\): {other}$"):
        desk(office).post(narrow, document(other, PEER.her_id))
    desk(office).post(caller(number), document(other, PEER.her_id))


def test_transport_may_be_acknowledged_at_download(office: PostOffice) -> None:
    """With that option a message is unconfirmed until its receiver has fetched it, whoever else looks."""
    sender = caller(CLINIC.organisation.organisation_number)
    late = desk(office, acknowledge="download")
    made = late.post(sender, document(CLINIC.services[0].her_id, PEER.her_id))
    late.document(sender, made.id)
    assert [d.transport for d in late.deliveries(sender, made.id)] == ["Unconfirmed"]
    late.document(caller(PEER.organisation_number), made.id)
    assert [d.transport for d in late.deliveries(sender, made.id)] == ["Acknowledged"]


def test_a_strict_service_refuses_a_msg_id_it_has_seen(office: PostOffice) -> None:
    """No rule was found either way; the strict one can be switched on."""
    sender = caller(CLINIC.organisation.organisation_number)
    strict = desk(office, unique_msg_ids=True)
    same = document(CLINIC.services[0].her_id, PEER.her_id)
    strict.post(sender, same)
    with pytest.raises(RefusedError, match="has been sent before"):
        strict.post(sender, same)


def test_a_receiver_outside_edi2_stays_unconfirmed(office: PostOffice) -> None:
    """Its message would leave the house as ebXML; as long as nothing does, nothing is confirmed."""
    outside = next(party for party in WORLD.parties() if WORLD.edi_address(party) != EDI2_ADDRESS)
    sender = caller(CLINIC.organisation.organisation_number)
    made = desk(office).post(sender, document(CLINIC.services[0].her_id, outside.her_id))
    assert [d.transport for d in desk(office).deliveries(sender, made.id)] == ["Unconfirmed"]


def test_reading_twice_and_reading_for_a_stranger(office: PostOffice) -> None:
    """Marking as read may be repeated; an own HER-id that is no receiver is refused."""
    service = desk(office)
    sender, receiver = caller(CLINIC.organisation.organisation_number), caller(PEER.organisation_number)
    made = service.post(sender, document(CLINIC.services[0].her_id, PEER.her_id))
    for _ in range(2):
        service.mark_read(receiver, made.id, PEER.her_id)
    assert service.unread(receiver, Unread((PEER.her_id,))) == []
    with pytest.raises(RefusedError, match="is not a receiver") as refusal:
        service.mark_read(receiver, made.id, WORLD.counterpart(1).her_id)
    assert refusal.value.status == 400
