"""Who a document is from and for, read from the document as version 2 of EDI 2.0 does."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnsim.edi2.addressing import read
from nhnsim.edi2.errors import RefusedError
from nhnwire import apprec, codes
from nhnwire.coded import CodedValue
from nhnwire.msghead import (
    HealthcareProfessional,
    MsgHead,
    Organisation,
    OtherReceiver,
    Patient,
    business_document,
    ident,
    person_ident,
)

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
DOCUMENT = (business_document(b'<?xml version="1.0" encoding="UTF-8"?><x xmlns="urn:x"/>'),)


def party(organisation: int, service: int | None = None, person: int | None = None) -> Organisation:
    inner = None if service is None else Organisation("Tjeneste", (ident("HER", service),))
    professional = None if person is None else HealthcareProfessional((person_ident("HER", person),), "Blomst")
    idents = (ident("ENH", "310000027"), ident("HER", organisation))
    return Organisation("Virksomhet", idents, organisation=inner, professional=professional)


def head(**fields: object) -> MsgHead:
    given_fields: dict[str, object] = {
        "type": codes.plain("8279", "DIALOG_NOTAT"),
        "gen_date": NOW,
        "msg_id": "b0c7ad4a-6c1d-4f4b-8c3d-6f0d2f8f2c11",
        "sender": party(9_000_001, 9_000_002),
        "receiver": party(9_000_003, 9_000_004),
        "documents": DOCUMENT,
    }
    return MsgHead(**{**given_fields, **fields})  # type: ignore[arg-type]  # a test's short form


def test_service_is_the_address_before_person_before_organisation() -> None:
    """HIS 1153 puts the communication party at level 2: the service, or the person, else the entity itself."""
    copies = (
        OtherReceiver(codes.plain("8112", "COP"), organisation=party(9_000_005, person=9_000_006)),
        OtherReceiver(codes.plain("8112", "COP"), organisation=party(9_000_007)),
        OtherReceiver(codes.plain("8112", "COP"), patient=Patient("Blomst", "Vakker")),
    )
    found = read(head(other_receivers=copies, receiver=party(9_000_003, 9_000_004, person=9_000_008)).to_bytes())
    assert found.sender == 9_000_002
    assert found.receivers == (9_000_004, 9_000_006, 9_000_007)


def test_envelope_facts_of_a_head_message() -> None:
    """What GET /Messages shows and what the journal attributes by."""
    patient = Patient("Blomst", "Vakker", (person_ident("FNR", "14835739784"),))
    found = read(head(patient=patient).to_bytes())
    assert (found.is_app_rec, found.msg_type) == (False, "DIALOG_NOTAT")
    assert found.msg_id == "b0c7ad4a-6c1d-4f4b-8c3d-6f0d2f8f2c11"
    assert found.generated == NOW
    assert found.patients == ("14835739784",)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_receipts_of_both_versions_name_their_parties_and_their_original(version: str) -> None:
    """An AppRec has other elements than MsgHead for the same three levels."""
    original = head()
    receipt = apprec.answer(
        original,
        own_her_id=9_000_004,
        version=version,
        status="2",
        errors=(apprec.error("E21", "ukjent tjeneste"),),
        id="6a0f9d0c-6f6e-4f4f-9f63-0d3a3a1f1c01",
        gen_date=NOW,
    )
    found = read(receipt.to_bytes())
    assert found.is_app_rec
    assert (found.sender, found.receivers) == (9_000_004, (9_000_002,))
    assert (found.original_msg_id, found.status) == (original.msg_id, "2")
    assert found.errors == (("E21", "2.16.578.1.12.4.1.1.8221", "Mottaker finnes ikke", "ukjent tjeneste"),)


def test_seven_decimals_and_a_missing_offset_are_kept_as_written() -> None:
    """Clients on .NET write seven decimals; without an offset the time is Norwegian."""
    written = head().to_bytes().replace(b"2030-01-07T08:00:00Z", b"2030-01-07T09:00:00.0004155")
    found = read(written)
    assert found.gen_date == "2030-01-07T09:00:00.0004155"
    assert found.generated == NOW.replace(microsecond=415)


def test_a_broken_document_is_carried_if_its_envelope_can_be_read() -> None:
    """Schema faults are for the receiver to answer (T02), so the post office must let them through."""
    written = head().to_bytes().replace(b"v1.2 2006-05-24", b"v9").replace(b"b0c7ad4a-", b"not-a-uuid-")
    assert read(written).msg_id == "not-a-uuid-6c1d-4f4b-8c3d-6f0d2f8f2c11"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data.split(b"?>\n", 1)[1], "must begin with"),
        (lambda data: data.replace(b"UTF-8", b"ISO-8859-1", 1), "must begin with"),
        (lambda data: data.replace(b"Tjeneste", b"Tjen\xe6ste", 1), "is not"),
        (lambda data: data.replace(b"?>\n", b"?><!DOCTYPE x [<!ENTITY a 'b'>]>", 1), "DOCTYPE"),
        (lambda data: data.replace(b"</MsgHead>", b""), "not readable XML"),
        (lambda data: data.replace(b"msghead/2006-05-24", b"msghead/1999"), "this service carries"),
        (lambda data: data.replace(b'V="HER"', b'V="XYZ"'), "deduce the sender"),
        (lambda data: data.replace(b"900000", b"9999999999"), "deduce the sender"),
        (lambda data: data.replace(b"b0c7ad4a-", b"x" * 101), "longer than 100"),
    ],
)
def test_what_cannot_be_carried_is_refused_with_the_reason(change: object, reason: str) -> None:
    """Each refusal says what is wrong, so that a developer need not guess."""
    assert callable(change)
    with pytest.raises(RefusedError) as refusal:
        read(change(head().to_bytes()))
    assert refusal.value.status == 400
    assert reason in " ".join((refusal.value.text, *refusal.value.violations))


@given(st.binary(max_size=200))
def test_hostile_bytes_are_refused_not_fatal(data: bytes) -> None:
    """Nothing that can be uploaded raises anything but a refusal."""
    for document in (data, b'<?xml version="1.0" encoding="UTF-8"?>' + data):
        with contextlib.suppress(RefusedError):
            read(document)


@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=12))
def test_a_damaged_message_is_refused_or_read(place: int, damage: bytes) -> None:
    """A flipped byte anywhere gives a refusal or a value, never another exception."""
    whole = head(type=CodedValue("DIALOG_NOTAT")).to_bytes()
    at = place % len(whole)
    with contextlib.suppress(RefusedError):
        read(whole[:at] + damage + whole[at + len(damage) :])
