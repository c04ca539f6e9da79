"""The table of rules: its texts, and the cases that golden files, one per rule, leave open."""

from __future__ import annotations

import dataclasses
import re
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnfixtures.messages import TYPES, message
from nhnfixtures.world import World
from nhnwire import apprec, codes, msghead, rules, validation, xml
from nhnwire.apprec import Actor, Institution, Party
from nhnwire.errors import ProtocolError
from nhnwire.msghead import HealthcareProfessional, Organisation, OtherReceiver
from nhnwire.rules.table import ERROR, INFO, WARNING

WORLD = World(1)
TEXTS = Path(__file__).with_name("rules_texts.txt")


def broken(value: msghead.MsgHead | apprec.AppRec) -> set[str]:
    return {found.rule for found in rules.check(value)}


def rendered() -> str:
    """The whole table as a page to read."""
    return "\n".join(
        f"{row.id} ({row.severity}{', ' + row.code if row.code else ''}; {row.standard}; {row.clause})\n"
        f"  {row.cause}\n  -> {row.remedy}\n"
        for row in rules.ROWS
    )


def test_the_texts_are_those_that_were_reviewed(tmp_path: Path) -> None:
    """What a developer reads of each rule was read by somebody before: a changed text is reviewed, then copied."""
    now = rendered()
    if now != TEXTS.read_text(encoding="utf-8"):
        (tmp_path / "rules_texts.txt").write_text(now, encoding="utf-8")
        pytest.fail(f"rule texts have changed; read {tmp_path / 'rules_texts.txt'} and copy it over {TEXTS.name}")


@pytest.mark.parametrize("row", rules.ROWS, ids=lambda row: row.id)
def test_every_text_can_be_acted_on(row: rules.Row) -> None:
    """A cause, a remedy that is an instruction, a source, a known code: nobody needs to open the standard."""
    assert re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)*", row.id)
    assert row.severity in {ERROR, WARNING, INFO}
    assert row.standard in {"MsgHead", "AppRec", "every document"}
    assert re.search(r"HIS|HITS|HISD", row.clause)
    for text in (row.cause, row.remedy):
        assert 15 <= len(text) <= 200
        assert text == text.strip()
        assert not text.endswith(".")
    verb = row.remedy.split()[0].rstrip(",")
    assert verb in {
        "address", "copy", "declare", "give", "leave", "let", "look", "mirror", "name", "never", "put", "say", "send",
        "sign", "trim", "use", "write",
    }, f"{verb!r} is no instruction"  # fmt: skip
    assert row.code == "" or codes.is_known("8221", row.code)
    assert row.code == "" or row.severity == ERROR
    assert rules.row(row.id) is row


def test_the_table_is_as_large_as_promised_and_names_nothing_twice() -> None:
    """At least sixty rules; ids, and pairs of cause and remedy, are unique."""
    assert len(rules.ROWS) >= 60
    assert len({row.id for row in rules.ROWS}) == len(rules.ROWS)
    assert len({(row.cause, row.remedy) for row in rules.ROWS}) == len(rules.ROWS)


@pytest.mark.parametrize("kind", TYPES)
def test_places_can_be_found_in_the_document(kind: str) -> None:
    """Every place is a path of local names from the root, also for what is missing."""
    head = message(WORLD, kind, 1, shape="minimal")
    nobody = Organisation(" ", (msghead.ident("HER", 9000001),))
    spoilt = dataclasses.replace(head, msg_id="1", receiver=nobody, patient=None, conversation=None)
    found = rules.check(spoilt)
    assert {"MSGHEAD-ID", "ADDRESS-NAME", "ADDRESS-PARTY", "MSGHEAD-PATIENT"} <= {one.rule for one in found}
    assert all(re.fullmatch(r"(/@?[A-Za-zøåæ0-9*]+(\[\d+\])?)+", one.xpath) for one in found)
    assert all(one.xpath.startswith("/MsgHead/") for one in found)


def test_a_person_may_stand_where_a_service_stands_but_must_be_named() -> None:
    """AD2.8: the GP's HER-id is enough for an address; without a given name it is an address of somebody unnamed."""
    head = message(WORLD, "DIALOG_NOTAT", 1, shape="minimal")
    entity = Organisation("Lyngheia", (msghead.ident("HER", 9000100),))
    doctor = HealthcareProfessional((msghead.person_ident("HER", 9000301),), "Hegre", given_name="Stille")
    named = dataclasses.replace(head, sender=dataclasses.replace(entity, professional=doctor))
    assert broken(named) == set()
    nameless = dataclasses.replace(doctor, given_name=None)
    assert broken(dataclasses.replace(head, sender=dataclasses.replace(entity, professional=nameless))) == {
        "ADDRESS-PERSON-NAME"
    }


def test_every_party_is_judged_also_copy_receivers() -> None:
    """AD2.2 speaks of every receiver; the place says which one."""
    head = message(WORLD, "DIALOG_NOTAT", 1, shape="minimal")
    copies = (
        OtherReceiver(codes.plain("8112", "COP"), head.receiver),
        OtherReceiver(codes.plain("8112", "COP"), Organisation("Granlia", (msghead.ident("HER", 9000400),))),
    )
    found = rules.check(dataclasses.replace(head, other_receivers=copies))
    assert [(one.rule, one.xpath) for one in found] == [
        ("ADDRESS-PARTY", "/MsgHead/MsgInfo/OtherReceiver[2]/Organisation/Organisation/Ident")
    ]


def test_an_emptied_number_is_not_a_number() -> None:
    """Official receive tests send an empty fødselsnummer with an empty kind: schema-valid, and nobody is identified."""
    head = message(WORLD, "DIALOG_NOTAT", 1, shape="minimal")
    assert head.patient is not None
    empty = msghead.Ident("", dataclasses.replace(head.patient.idents[0].type, v="", dn=None))
    spoilt = dataclasses.replace(head, patient=dataclasses.replace(head.patient, idents=(empty,)))
    assert broken(spoilt) == {"MSGHEAD-PATIENT", "IDENT-BLANK", "XML-EMPTY", "CODED-VALUE"}
    assert [found.code for found in rules.grounds(spoilt)] == ["E36"]


def test_attachments_are_not_read_for_the_rules_of_elements() -> None:
    """35 MB in base64 hold no rule: judging them costs nothing."""
    head = message(WORLD, "DIALOG_HELSEFAGLIG", 1, shape="minimal", attachments=(0, 35_000_000))
    assert broken(head) == set()


def test_a_payload_of_another_standard_is_left_alone() -> None:
    """Rules are about documents that are known here; what a foreign element means nobody here can say."""
    head = message(WORLD, "DIALOG_NOTAT", 1, shape="minimal")
    foreign = msghead.Document(b'<epikrise xmlns="urn:example:other"><tom/><kode V=""/></epikrise>')
    other = dataclasses.replace(head, type=codes.plain("8279", "INNLEGGELSESRAPPORT"), documents=(foreign,))
    assert broken(other) == set()


def test_a_receipt_for_what_could_not_be_trusted_may_echo_nonsense() -> None:
    """E10 and the T errors say that the original's own data were wrong; the echo is faithful, not faulty."""
    head = dataclasses.replace(message(WORLD, "DIALOG_NOTAT", 1, shape="minimal"), msg_id="17")
    for code, expected in (("E10", set()), ("E36", {"APPREC-ORIGINAL-ID"})):
        receipt = apprec.answer(
            head,
            own_her_id=head.receiver_her_ids[0],
            version="1.0",
            status="2",
            errors=(apprec.error(code),),
            id="6a1f0c52-8f0e-4d6c-9b52-0c7e2f3a4d01",
            gen_date=head.gen_date,
        )
        assert broken(receipt) == expected


def test_a_professional_on_her_own_is_no_address() -> None:
    """AD2.13: a receipt needs the entity, so HCProf alone lacks it."""
    head = message(WORLD, "DIALOG_NOTAT", 1, shape="minimal")
    receipt = apprec.answer(
        head,
        own_her_id=head.receiver_her_ids[0],
        version="1.0",
        status="1",
        id="6a1f0c52-8f0e-4d6c-9b52-0c7e2f3a4d01",
        gen_date=head.gen_date,
    )
    alone = Actor("Stille Hegre", "9000301", codes.plain("8116", "HER"))
    by_person = dataclasses.replace(receipt, sender=Party(receipt.sender.role, professional=alone))
    assert broken(by_person) == {"APPREC-ENTITY"}
    nobody = dataclasses.replace(receipt, sender=Party(receipt.sender.role, Institution("Lyngheia")))
    assert broken(nobody) == {"APPREC-ADDRESS"}


GOOD = {
    path.name: path.read_bytes()
    for folder in ("msghead", "apprec")
    for path in resources.files("nhnfixtures").joinpath("golden", folder).iterdir()
    if not path.name.startswith(("rule-", "schema-", "format-", "xml-"))
}
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_no_value_that_the_schema_allows_breaks_the_judge(name: str, data: st.DataObject) -> None:
    """Whatever a peer writes into texts and attributes, or leaves out: violations come back, never an exception."""
    root = xml.parse(GOOD[name])
    places = [element for element in root.iter("*") if element.text or element.keys()]
    for element in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        if len(element.keys()) > 0 and data.draw(st.booleans()):
            key = data.draw(st.sampled_from(sorted(element.keys())))
            element.set(key, data.draw(TEXT))
        elif data.draw(st.booleans()) and (parent := element.getparent()) is not None:
            parent.remove(element)
        elif len(element) == 0:
            element.text = data.draw(TEXT)
    changed = xml.serialise(root)
    try:
        validation.check_schema(changed)
        value = apprec.parse(changed) if xml.split_tag(root)[1] == "AppRec" else msghead.parse(changed)
    except ProtocolError:
        return
    found = rules.check(value)
    assert all(rules.row(one.rule).cause == one.cause for one in found)
    if isinstance(value, msghead.MsgHead):
        assert rules.grounds(value) == [one for one in found if one.code]
