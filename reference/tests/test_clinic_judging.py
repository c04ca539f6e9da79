"""From bytes to a verdict: what the clinic accepts, what it rejects with which code, and when it keeps silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnclinic.config import TEMPLATE, Config, decode
from nhnclinic.domain import judging
from nhnclinic.domain.building import build
from nhnclinic.domain.values import Answer, Author, Decision, Draft, Notice, Parcel, Party, Patient, Verdict
from nhnclinic.exchange.receiving import outcome_of
from nhnwire import apprec, codes, msghead
from nhnwire.identifiers import with_control_digits
from nhnwire.msghead import MsgHead

OWN = 9_000_002
OTHER = 9_700_001
MSG_ID = "5bd1d3f6-1f4c-4cde-9d1a-3c1d5b0a7e42"
NOW = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
NUMBER = next(number for k in range(100, 200) if (number := with_control_digits(f"018250{k}")))
US = Party(OWN, "Fastlegetjeneste", "Service", 9_000_001, "Blå legesenter", "310000027")
THEM = Party(OTHER, "Rød Humle", "Service", 9_700_000, "Rød helsetjeneste", "310000035")
NOTICE = Notice("t1", OWN, OTHER)
SERVICES = frozenset({OWN})


def _config() -> Config:
    from pathlib import Path  # noqa: PLC0415 - only here

    return decode(TEMPLATE.encode(), folder=Path("/nowhere"))


def _bytes(kind: str = "DIALOG_NOTAT", receiver: Party = US, msg_id: str = "") -> bytes:
    draft = Draft(
        kind, msg_id or MSG_ID, OTHER, receiver.her_id, Patient(NUMBER, "Vakker", "Blomst"), "Tema", "Hei på deg",
        Author("a", "Stille Fjell", "900000001", "physician"),
    )  # fmt: skip
    return build(Parcel(draft, THEM, receiver), NOW, _config())


def _judge(raw: bytes, notice: Notice = NOTICE) -> Decision:
    opened = judging.recognise(raw)
    return judging.decide(opened, judging.find_faults(opened, raw), notice, SERVICES)


def _changed(change: object, raw: bytes | None = None) -> bytes:
    assert callable(change)
    made = change(msghead.parse(raw or _bytes()))
    assert isinstance(made, MsgHead)
    return made.to_bytes()


@pytest.mark.parametrize("kind", ["DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG"])
def test_what_this_clinic_writes_this_clinic_accepts(kind: str) -> None:
    """Every kind of message the clinic builds keeps schema and rules, and is accepted by a receiver like itself."""
    assert _judge(_bytes(kind)).verdict is Verdict.ACCEPT


def test_an_answer_carries_the_question_and_the_references() -> None:
    """DIALOG_SVAR copies the question in and refers to it and to the first message (HIS 1152, HIS 80601)."""
    question = _bytes("DIALOG_FORESPORSEL")
    draft = Draft(
        "DIALOG_SVAR", str(uuid4()), OTHER, OWN, Patient(NUMBER, "Vakker", "Blomst"), "", "Svar",
        Author("a", "Stille Fjell"), parent="P-1", conversation="C-1", original=question,
    )  # fmt: skip
    raw = build(Parcel(draft, THEM, US), NOW, _config())
    opened = judging.recognise(raw)
    assert opened.head is not None
    assert opened.dialog is not None
    assert opened.head.conversation == msghead.ConversationRef("P-1", "C-1")
    (note,) = opened.dialog.notes
    assert note.request is not None
    assert note.request.question == "Hei på deg"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (_changed(lambda head: replace(head, msg_id="not-a-uuid")), "E10"),
        (_changed(lambda head: replace(head, patient=msghead.Person("Blomst", "Vakker"))), "E36"),
        (_changed(lambda head: replace(head, type=codes.plain("8279", "EPIKRISE"))), "T10"),
        (_changed(lambda head: replace(head, type=codes.plain("8279", "DIALOG_HELSEFAGLIG"))), "T10"),
        (_bytes().replace(b"<MIGversion>v1.2 2006-05-24</MIGversion>", b""), "T02"),
        (b"this is no xml", "T01"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + _bytes().partition(b"?>")[2], "T01"),
        (b"<?xml version='1.0'?><Other/>", "T10"),
    ],
    ids=["msg-id", "patient", "type", "type-and-document", "schema", "no-xml", "doctype", "other-root"],
)
def test_what_is_wrong_is_rejected_with_its_code(raw: bytes, code: str) -> None:
    """Each fault gets the most precise code of table 8221 (HITS 1168), and the sender is told."""
    decision = _judge(raw)
    assert decision.verdict is Verdict.REJECT
    assert [fault.code for fault in decision.faults] == [code]
    assert "etc/passwd" not in decision.reason


def test_a_code_nobody_knows_is_no_ground_for_rejection() -> None:
    """HITS 1168: wrong code values are not rejected."""
    raw = _bytes().replace(b'<TemaKodet V="6"', b'<TemaKodet V="666"')
    assert _judge(raw).verdict is Verdict.ACCEPT


def test_a_message_to_the_organisation_finds_no_service() -> None:
    """Delivered at the organisation's HER-id, which is no service: E21."""
    decision = _judge(_bytes(), Notice("t1", 9_000_001, OTHER))
    assert [fault.code for fault in decision.faults] == ["E21"]


@pytest.mark.parametrize(
    ("raw", "notice"),
    [
        (_bytes(receiver=replace(US, her_id=9_500_001, organisation_her_id=9_500_000)), NOTICE),
        (b"this is no xml", replace(NOTICE, sender_her_id=None)),
        (b"<AppRec xmlns='http://www.kith.no/xmlstds/apprec/2012-02-15'/>", NOTICE),
        (b"<AppRec xmlns='urn:some-new-version'/>", NOTICE),
        (b"this is no xml", replace(NOTICE, is_apprec=True)),
    ],
    ids=["foreign", "unknown-sender", "broken-receipt", "new-receipt", "said-to-be-a-receipt"],
)
def test_nobody_is_answered_who_must_not_be(raw: bytes, notice: Notice) -> None:
    """No AppRec for foreign addressees, for unknown senders, and never for a receipt, however broken."""
    assert _judge(raw, notice).verdict is Verdict.SILENT


def test_a_receipt_is_taken_as_one() -> None:
    """An AppRec is settled, with status and errors, and not answered."""
    head = msghead.parse(_bytes())
    answer = apprec.answer(
        head,
        own_her_id=OWN,
        version="1.0",
        status="2",
        errors=[apprec.error("E36", "mangler")],
        id=str(uuid4()),
        gen_date=NOW,
    )
    opened = judging.recognise(answer.to_bytes())
    assert judging.decide(opened, (), NOTICE, SERVICES).verdict is Verdict.RECEIPT
    assert opened.apprec is not None
    outcome = outcome_of(opened.apprec)
    assert (outcome.status, outcome.msg_id, outcome.her_id) == (Answer.REJECTED, head.msg_id, OWN)
    assert [(fault.code, fault.text) for fault in outcome.faults] == [("E36", "mangler")]


def test_the_same_message_is_the_same_whatever_its_spelling() -> None:
    """MsgIds are compared as UUIDs and by sender; what is no UUID identifies nothing but its own transport."""
    msg_id = str(uuid4())
    lower, upper = (judging.recognise(_bytes(msg_id=text)) for text in (msg_id, msg_id.upper()))
    assert judging.identity(lower, NOTICE) == judging.identity(upper, replace(NOTICE, transport_id="t2"))
    odd = judging.recognise(_changed(lambda head: replace(head, msg_id="1")))
    assert judging.identity(odd, NOTICE) != judging.identity(odd, replace(NOTICE, transport_id="t2"))


@given(
    st.binary(max_size=300)
    | st.sampled_from([_bytes()]).flatmap(lambda good: st.integers(0, len(good)).map(lambda n: good[:n]))
)
def test_hostile_bytes_get_a_verdict(raw: bytes) -> None:
    """Whatever arrives, the clinic decides: it never raises."""
    decision = _judge(raw)
    assert decision.verdict in {Verdict.ACCEPT, Verdict.REJECT, Verdict.SILENT}
