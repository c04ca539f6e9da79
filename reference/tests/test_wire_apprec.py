"""Receipts as answers: version, roles, mirrored addresses, echoes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from importlib import resources

import pytest

from nhnwire import apprec, messages, msghead, rules, validation
from nhnwire.errors import RuleError, UnsupportedFormatError

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
ID = "6a1f0c52-8f0e-4d6c-9b52-0c7e2f3a4d01"


def head(name: str) -> msghead.MsgHead:
    return msghead.parse(resources.files("nhnfixtures").joinpath(f"golden/msghead/{name}.xml").read_bytes())


def answer(message: msghead.MsgHead, her_id: int, status: str = "1", *errors: str) -> apprec.AppRec:
    receipt = apprec.answer(
        message,
        own_her_id=her_id,
        version=messages.profile(message.type.v).apprec_version,
        status=status,
        errors=[apprec.error(code) for code in errors],
        id=ID,
        gen_date=NOW,
    )
    data = receipt.to_bytes()
    validation.check_schema(data)
    assert apprec.parse(data) == receipt
    return receipt


def test_a_note_is_answered_in_version_1_0_with_everything_mirrored() -> None:
    """HITS 1168: the receiver becomes the sender; entity, service, all numbers and the address come back."""
    receipt = answer(head("note"), 9000201)
    assert receipt.version == "1.0"
    assert receipt.sender.role is not None
    assert receipt.receiver.role is not None
    assert (receipt.sender.role.v, receipt.receiver.role.v) == ("SPR", "RECEIVER")
    assert (receipt.sender_her_id, receipt.receiver_her_id) == (9000201, 9000101)
    mirrored = receipt.receiver.institution
    assert mirrored is not None
    assert [found.id for found in mirrored.idents] == ["9000100", "310000027"]
    assert [department.name for department in mirrored.departments] == ["Legekontor"]
    assert receipt.receiver.address is not None
    assert (receipt.receiver.address.street, receipt.receiver.address.city) == ("Røsslyngveien 4", "Lyngheia")
    assert rules.check(receipt) == []


def test_the_original_is_echoed_in_its_senders_own_words() -> None:
    """GenDate with seven decimals and no offset comes back digit for digit, and MsgId in the case it had."""
    receipt = answer(head("note-prefixed"), 9000101)
    assert receipt.original.issue_date == "2026-07-02T08:15:30.1234567"
    assert receipt.original.id == "6A1F0C52-8F0E-4D6C-9B52-0C7E2F3A4B02"
    assert b"<IssueDate>2026-07-02T08:15:30.1234567</IssueDate>" in receipt.to_bytes()


def test_a_person_without_a_service_is_mirrored_and_a_signer_is_not() -> None:
    """A general practitioner is the party; a professional below a service is only a contact."""
    doctor = answer(head("note-prefixed"), 9000101).receiver.institution
    assert doctor is not None
    assert [(person.name, [found.id for found in person.idents]) for person in doctor.persons] == [
        ("Stille Hegre", ["9000301", "900000101"])
    ]
    office = answer(head("professional-dialogue"), 9000201).receiver.institution
    assert office is not None
    assert office.persons == ()
    assert len(office.departments) == 1


@pytest.mark.parametrize(
    ("name", "her_id", "version", "role"),
    [
        ("professional-dialogue", 9000201, "1.1", "PRIM"),
        ("professional-dialogue", 9000401, "1.1", "COP"),
        ("professional-dialogue", 9000400, "1.1", "COP"),
        ("answer", 9000101, "1.0", "REQ"),
        ("request", 9000201, "1.0", "SPR"),
    ],
)
def test_roles_follow_version_and_receiver(name: str, her_id: int, version: str, role: str) -> None:
    """In 1.1 main or copy receiver; in 1.0 provider or requester; the entity's HER-id names its receiver too."""
    receipt = answer(head(name), her_id, "2", "E35")
    assert receipt.version == version
    assert receipt.sender.role is not None
    assert receipt.sender.role.v == role
    assert receipt.status.v == "2"
    assert receipt.errors[0].dn == "Pasienten finnes ikke i mottakersystemet"
    assert receipt.errors[0].s == "2.16.578.1.12.4.1.1.8221"
    assert rules.check(receipt) == []


def test_no_receipt_is_made_for_somebody_elses_message() -> None:
    """HITS 1168: a message addressed to a foreign party gets no receipt at all."""
    with pytest.raises(RuleError) as caught:
        answer(head("note"), 9000999)
    assert caught.value.rule == "APPREC-RECEIVER"


def test_a_copy_receiver_in_the_same_entity_is_found_by_its_own_number() -> None:
    """Two receivers share an entity: each answers as itself."""
    note = head("professional-dialogue")
    assert note.other_receivers[0].organisation is not None
    sibling = dataclasses.replace(note.other_receivers[0].organisation, idents=note.receiver.idents)
    shared = dataclasses.replace(
        note, other_receivers=(dataclasses.replace(note.other_receivers[0], organisation=sibling),)
    )
    assert answer(shared, 9000401).sender_her_id == 9000401
    assert answer(shared, 9000201).sender_her_id == 9000201


def test_unknown_types_have_no_profile() -> None:
    """T10: the type is not spoken here."""
    with pytest.raises(UnsupportedFormatError):
        messages.profile("DIALOG_UKJENT")
