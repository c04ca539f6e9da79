"""The use of application receipts: who owes one, what it says, and what its reader makes of it (HITS 1168)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from importlib import resources
from typing import Any

import pytest

from nhnwire import apprec, codes, messages, msghead, receipts, validation
from nhnwire.apprec import Actor, Institution, Party
from nhnwire.errors import RuleError
from nhnwire.msghead import HealthcareProfessional, Organisation
from nhnwire.receipts import Departure, Event, Silence, Standing, Strength

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
ID = "6a1f0c52-8f0e-4d6c-9b52-0c7e2f3a4d01"
HOSPITAL, SURGERY = 9000200, 9000201
COMMUNE, HOME_NURSING = 9000400, 9000401


def head(name: str) -> msghead.MsgHead:
    return msghead.parse(resources.files("nhnfixtures").joinpath(f"golden/msghead/{name}.xml").read_bytes())


def golden(name: str) -> apprec.AppRec:
    return apprec.parse(resources.files("nhnfixtures").joinpath(f"golden/apprec/{name}.xml").read_bytes())


def answer(message: msghead.MsgHead, her_id: int, status: str = "1") -> apprec.AppRec:
    version = receipts.version(message.type.v)
    return apprec.answer(message, own_her_id=her_id, version=version, status=status, id=ID, gen_date=NOW)


@pytest.mark.parametrize(
    ("msg_type", "namespace", "version"),
    [
        ("DIALOG_NOTAT", "", "1.0"),
        ("DIALOG_FORESPORSEL", "", "1.0"),
        ("DIALOG_SVAR", "", "1.0"),
        ("DIALOG_AVVIK", "", "1.0"),
        ("DIALOG_HELSEFAGLIG", "", "1.1"),
        ("DIALOG_STATUS_HENVISNING", "", "1.1"),
        ("DIALOG_TIL_ARKIVERING", "", "1.1"),
        ("APPREC", "", ""),
        ("EPIKRISE", "http://www.kith.no/xmlstds/epikrise/2006-09-23", "1.0"),
        ("EPIKRISE", "http://www.kith.no/xmlstds/epikrise/2012-02-15", "1.1"),
        ("SVAR_RTG", "http://www.kith.no/xmlstds/labsvar/2008-12-01", "1.0"),
        ("SVAR_RTG", "http://www.kith.no/xmlstds/labsvar/2012-02-15", "1.1"),
        ("INNLEGGELSESRAPPORT", "http://www.kith.no/xmlstds/po/Innleggelsesrapport/2009-06-30", "1.0"),
        ("INNLEGGELSESRAPPORT", "http://www.kith.no/xmlstds/po/Innleggelsesrapport/2012-04-01", "1.1"),
        ("HENVISNING_NYTILSTAND", "http://ehelse.no/xmlstds/henvisning/2017-11-30", "1.1"),
        ("LEGEERKL", "http://www.kith.no/xmlstds/legeerklaring/2008-06-06", "1.0"),
        ("SVAR_RTG", "", ""),
        ("INNLEGGELSESRAPPORT", "urn:example:other", ""),
    ],
)
def test_type_and_version_of_the_message_decide_the_version_of_the_receipt(
    msg_type: str, namespace: str, version: str
) -> None:
    """Dialogues by their type, others by the version of their document, receipts and strangers not at all."""
    assert receipts.version(msg_type, namespace) == version


def test_each_recipient_of_ours_owes_one_receipt() -> None:
    """Primary and copy receiver each answer; what another organisation owes is not ours to give."""
    both = head("professional-dialogue")
    ours = receipts.owed(both, parties={SURGERY, HOME_NURSING}, organisations={HOSPITAL, COMMUNE})
    assert [(due.her_id, due.copy, due.known) for due in ours.receipts] == [
        (SURGERY, False, True),
        (HOME_NURSING, True, True),
    ]
    copy_only = receipts.owed(both, parties={HOME_NURSING}, organisations={COMMUNE})
    assert [due.her_id for due in copy_only.receipts] == [HOME_NURSING]
    assert copy_only.silence is None


def test_a_duplicate_is_ignored_but_for_those_who_have_not_answered() -> None:
    """The second copy of a message to two of our services finds one of them still owing."""
    both = head("professional-dialogue")
    where: dict[str, Any] = {"parties": {SURGERY, HOME_NURSING}, "organisations": {HOSPITAL, COMMUNE}}
    second = receipts.owed(both, **where, given={SURGERY})
    assert [due.her_id for due in second.receipts] == [HOME_NURSING]
    third = receipts.owed(both, **where, given={SURGERY, HOME_NURSING})
    assert third == receipts.Owed((), Silence.GIVEN)


def test_an_unknown_service_of_our_own_organisation_is_answered_all_the_same() -> None:
    """Official cases 17 to 20: organisation known and service not, or one HER-id missing, is E21 and no silence."""
    note = head("note")
    closed = receipts.owed(note, parties={9000299}, organisations={HOSPITAL})
    assert [(due.her_id, due.known) for due in closed.receipts] == [(SURGERY, False)]
    level_2_missing = dataclasses.replace(note, receiver=dataclasses.replace(note.receiver, organisation=None))
    assert receipts.owed(level_2_missing, parties={SURGERY}, organisations={HOSPITAL}).receipts == (
        receipts.Due(HOSPITAL, copy=False, known=False),
    )
    level_1_missing = dataclasses.replace(note, receiver=dataclasses.replace(note.receiver, idents=()))
    assert receipts.owed(level_1_missing, parties={SURGERY}, organisations={HOSPITAL}).receipts == (
        receipts.Due(SURGERY, copy=False, known=False),
    )


def test_who_gets_no_receipt_at_all() -> None:
    """Foreign addressees, senders nobody can make out, receipts, synchronous exchanges."""
    note = head("note")
    ours: dict[str, Any] = {"parties": {SURGERY}, "organisations": {HOSPITAL}}
    assert receipts.owed(note, parties={1}, organisations={2}).silence is Silence.FOREIGN
    assert receipts.owed(note, **ours, synchronous=True).silence is Silence.SYNCHRONOUS
    nameless = dataclasses.replace(note, sender=Organisation("Hvem?"))
    assert receipts.owed(nameless, **ours).silence is Silence.SENDER
    assert receipts.owed(head("rule-receipt-wrapped"), **ours).receipts != ()
    wrapped = dataclasses.replace(note, type=dataclasses.replace(note.type, v="APPREC"))
    assert receipts.owed(wrapped, **ours).silence is Silence.RECEIPT


def test_a_verdict_without_faults_is_positive_and_bare() -> None:
    """Status 1 carries no error; status 2 at least one, each with OID, name and the given words."""
    assert receipts.verdict([]) == receipts.Verdict("1")
    rejected = receipts.verdict([("E36", "mangler navn"), ("E10", ""), ("E36", "igjen")])
    assert rejected.status == "2"
    assert [(error.v, error.ot, error.table) for error in rejected.errors] == [
        ("E36", "mangler navn", "8221"),
        ("E10", None, "8221"),
    ]
    assert all(error.dn for error in rejected.errors)


def test_the_most_precise_code_is_used() -> None:
    """T99 beside T02, S99 beside S03, X99 beside anything say nothing more; alone they need words."""
    told = [error.v for error in receipts.verdict([("T99", "?"), ("T02", "linje 3")]).errors]
    assert told == ["T02"]
    assert [error.v for error in receipts.verdict([("S99", "?"), ("T02", "linje 3")]).errors] == ["S99", "T02"]
    assert [error.v for error in receipts.verdict([("X99", "?"), ("E35", "")]).errors] == ["E35"]
    assert [error.v for error in receipts.verdict([("X99", "vedlegget er for stort")]).errors] == ["X99"]
    with pytest.raises(ValueError, match="X99 needs a text"):
        receipts.verdict([("X99", " ")])


def test_an_emergency_is_never_turned_away_for_its_patient() -> None:
    """Priority 0: positive if it can be read; what makes it unreadable still counts."""
    faults = [("E36", ""), ("E35", ""), ("E31", "")]
    assert receipts.verdict(faults, emergency=True).status == "1"
    assert [error.v for error in receipts.verdict([*faults, ("T01", "")], emergency=True).errors] == ["T01"]


def test_weak_grounds_may_be_tolerated_and_strong_ones_not() -> None:
    """HITS 1168: E21 and the T errors can, E10, E35, E36 and the signature errors shall lead to rejection."""
    every = list(receipts.GROUNDS)
    left = {error.v for error in receipts.verdict([(code, "x") for code in every], tolerated=every).errors}
    assert left == {code for code, strength in receipts.GROUNDS.items() if strength is Strength.SHALL}
    assert left == {"E10", "E35", "E36", "S01", "S02", "S03"}


def test_only_claims_are_accepted_in_part() -> None:
    """Status 3 names the bills; a dialogue has no parts."""
    bill = apprec.error("X99", "Regning 7")
    assert receipts.partly("LOM", [bill]) == receipts.Verdict("3", (bill,))
    for kind, errors in (("DIALOG_NOTAT", [bill]), ("LOM", []), ("LOM", [apprec.error("X99")])):
        with pytest.raises(ValueError, match="in part"):
            receipts.partly(kind, errors)


def test_the_first_receipt_decides_and_a_late_one_is_legal() -> None:
    """No receipt in 96 hours counts as negative and alerts; a positive one may still come, but not after a negative."""
    late = receipts.step(receipts.step(Standing.WAITING, Event.DEADLINE).standing, Event.POSITIVE)
    assert late == receipts.Step(Standing.ACCEPTED)
    assert receipts.step(Standing.WAITING, Event.DEADLINE) == receipts.Step(Standing.OVERDUE, alert=True)
    assert receipts.step(Standing.REJECTED, Event.POSITIVE) == receipts.Step(Standing.REJECTED, news=False, alert=True)
    assert receipts.step(Standing.ACCEPTED, Event.NEGATIVE) == receipts.Step(Standing.ACCEPTED, news=False, alert=True)
    assert receipts.step(Standing.ACCEPTED, Event.DEADLINE) == receipts.Step(Standing.ACCEPTED, news=False)


@pytest.mark.parametrize("events", list(itertools.product(Event, repeat=3)))
def test_no_order_of_events_changes_a_given_answer(events: tuple[Event, ...]) -> None:
    """Whatever comes in whatever order: the first receipt stands, and a repetition is no news."""
    standing, first = Standing.WAITING, None
    for event in events:
        done = receipts.step(standing, event)
        if first is not None:
            assert (done.standing, done.news) == (first, False)
        standing = done.standing
        if first is None and event is not Event.DEADLINE:
            first = standing
        again = receipts.step(standing, event)
        assert (again.standing, again.news) == (standing, False)


def test_the_clock_starts_at_gen_date_in_norwegian_time_where_no_offset_is_given() -> None:
    """GenDate without an offset is local: summer time in July."""
    assert receipts.deadline(head("note")) == dt.datetime(2026, 3, 6, 7, 15, 30, tzinfo=dt.UTC)
    assert receipts.deadline(head("note-prefixed")).astimezone(dt.UTC).hour == 6


def test_a_receipt_finds_its_message_and_recipient() -> None:
    """MsgId in any case; the service that gave it, or its entity where only one recipient is of it; else nobody."""
    both = head("professional-dialogue")
    assert receipts.standings(both) == {SURGERY: Standing.WAITING, HOME_NURSING: Standing.WAITING}
    for her_id in (SURGERY, HOME_NURSING):
        given = answer(both, her_id)
        shouted = dataclasses.replace(given, original=dataclasses.replace(given.original, id=given.original.id.upper()))
        assert receipts.answered_by(both, shouted) == her_id
    assert receipts.answered_by(head("note"), answer(both, SURGERY)) is None
    entity = Party(institution=Institution("Blåfjell", str(HOSPITAL), codes.plain("9051", "HER")))
    assert receipts.answered_by(both, dataclasses.replace(answer(both, SURGERY), sender=entity)) == SURGERY
    stranger = Party(institution=Institution("?", "9000999", codes.plain("9051", "HER")))
    assert receipts.answered_by(both, dataclasses.replace(answer(both, SURGERY), sender=stranger)) is None


@pytest.mark.parametrize(
    ("message", "receipt", "expected"),
    [
        ("note", "receipt-1.0", set()),
        ("professional-dialogue", "receipt-1.1-copy", set()),
        ("referral-status", "receipt-1.1", set()),
        ("professional-dialogue", "rejection-1.1", {Departure.RECEIVER}),
    ],
)
def test_hand_written_receipts_echo_their_messages(message: str, receipt: str, expected: set[Departure]) -> None:
    """The golden receipts answer golden messages; one of them forgot the sender's organisation number."""
    assert receipts.departures(golden(receipt), head(message)) == expected


def test_each_departure_is_seen() -> None:
    """One change of a faithful receipt, one departure."""
    note = head("note")
    right = answer(note, SURGERY)
    assert receipts.departures(right, note) == frozenset()
    original = right.original
    other_type = dataclasses.replace(original.msg_type, v="DIALOG_SVAR")
    changes: dict[Departure, dict[str, Any]] = {
        Departure.VERSION: {"version": "1.1"},
        Departure.MSG_TYPE: {"original": dataclasses.replace(original, msg_type=other_type)},
        Departure.ISSUE_DATE: {"original": dataclasses.replace(original, issue_date="2026-03-02T07:15:30Z")},
        Departure.ID: {"original": dataclasses.replace(original, id=original.id.upper())},
        Departure.RECEIVER: {"receiver": dataclasses.replace(right.receiver, institution=right.sender.institution)},
        Departure.SENDER_ROLE: {"sender": dataclasses.replace(right.sender, role=apprec.ROLES["COP"])},
        Departure.RECEIVER_ROLE: {"receiver": dataclasses.replace(right.receiver, role=None)},
    }
    for name, change in changes.items():
        assert receipts.departures(dataclasses.replace(right, **change), note) == {name}
    assert right.sender.institution is not None
    shortened = dataclasses.replace(right.sender.institution, departments=())
    entity_only = dataclasses.replace(right, sender=dataclasses.replace(right.sender, institution=shortened))
    assert receipts.departures(entity_only, note) == {Departure.SENDER}
    with pytest.raises(RuleError):
        receipts.departures(dataclasses.replace(right, sender=Party()), note)


def test_the_service_is_the_address_wherever_its_contact_stands() -> None:
    """HITS 1168: a person with a HER-id inside or beside a service is a contact; without a service she is the party."""
    person = HealthcareProfessional((msghead.person_ident("HER", 9000301),), "Hegre", given_name="Stille")
    service = Organisation("Kirurgi", (msghead.ident("HER", SURGERY),), professional=person)
    entity = Organisation("Blåfjell", (msghead.ident("HER", HOSPITAL),), organisation=service)
    assert msghead.party_her_id(entity) == SURGERY
    assert msghead.party_her_id(dataclasses.replace(entity, professional=person)) == SURGERY
    numberless = dataclasses.replace(entity, organisation=dataclasses.replace(service, idents=()))
    assert msghead.party_her_id(numberless) == 9000301
    assert msghead.party_her_id(dataclasses.replace(numberless, organisation=None)) == HOSPITAL


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_mirroring_keeps_who_the_address_is(version: str) -> None:
    """Whatever levels a party has, the mirrored one names the same HER-id as the message does."""
    note = head("note")
    person = HealthcareProfessional((msghead.person_ident("HER", 9000301),), "Hegre", given_name="Stille")
    inner = Organisation("Gastro", (msghead.ident("HER", 9000202),))
    service = Organisation("Kirurgi", (msghead.ident("HER", SURGERY),))
    for below in (
        {},
        {"organisation": service},
        {"organisation": dataclasses.replace(service, professional=person)},
        {"organisation": dataclasses.replace(service, organisation=inner)},
        {"organisation": dataclasses.replace(service, idents=(), professional=person)},
        {"organisation": dataclasses.replace(service, idents=()), "professional": person},
        {"organisation": service, "professional": person},
        {"professional": person},
    ):
        party = Organisation("Blåfjell", (msghead.ident("HER", HOSPITAL),), **below)
        mirrored = apprec.mirrored(party, apprec.ROLES["AVS"])
        assert mirrored.her_id == msghead.party_her_id(party)
        assert mirrored.organisation_her_id == HOSPITAL
        receipt = apprec.answer(
            dataclasses.replace(note, sender=party),
            own_her_id=SURGERY,
            version=version,
            status="1",
            id=ID,
            gen_date=NOW,
        )
        validation.check_schema(receipt.to_bytes())
        assert apprec.parse(receipt.to_bytes()).receiver_her_id == msghead.party_her_id(party)


def test_the_innermost_department_is_the_party() -> None:
    """Departments are mirrored outermost first, so that the last one with a HER-id is the address."""
    her = codes.plain("9051", "HER")
    departments = (Actor("Kirurgi", "9000201", her), Actor("Gastro", "9000202", her), Actor("Rom 3"))
    institution = Institution("Blåfjell", str(HOSPITAL), her, departments)
    assert Party(institution=institution).her_id == 9000202


def test_every_profile_is_answered_in_its_version() -> None:
    """The two tables of versions say the same."""
    for code, profile in messages.PROFILES.items():
        assert receipts.version(code) == profile.apprec_version
