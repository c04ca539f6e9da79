"""Every row of every table that judges documents: a letter that keeps the rules passes, and one change breaks one rule.

The changes are made on the bytes, by hand; nothing here reads or writes messages with `nhnwire`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from nhnconform.conversations import Address, Letter, Person, apprec_of
from nhnconform.conversations.letters import STYLES
from nhnconform.oracles import Oracles, table
from nhnwire.validation import schema_path

if TYPE_CHECKING:
    from nhnconform.conversations.letters import Kind

ORACLES = Oracles(schema_path())
MSG_ID = "7b5f0a52-6a0e-4c8a-9c4e-0d7a0e3c9d10"
EARLIER = "0c0de7b1-91a5-4b52-8a35-0a3c5c2f4b11"
SENDER = Address(9700001, "Motpart & sønn", 9700000, "310000123", "Motparter")
RECEIVER = Address(9000002, "Legetjeneste", 9000001, "310000204", "Legekontoret")
PATIENT = Person("01899499006", "Vakker", "Blomst")
KINDS: tuple[Kind, Kind, Kind, Kind] = ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_SVAR", "DIALOG_HELSEFAGLIG")
BESIDE: tuple[Kind, ...] = ("SVAR_LAB", "SVAR_RTG", "HENVISNING", "EPIKRISE", "REQ_LAB", "LOG_INNLAGT")


def organisation_number(stem: str) -> str:
    """Eight digits and the control digit that belongs to them."""
    rest = sum(int(digit) * weight for digit, weight in zip(stem, (3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return stem + str((11 - rest) % 11)


def letter(kind: Kind = "DIALOG_NOTAT", style: int = 0) -> Letter:
    sender = Address(
        SENDER.her_id, SENDER.name, SENDER.organisation_her_id, organisation_number("31000012"), "Motparter"
    )
    return Letter(
        kind=kind,
        msg_id=MSG_ID,
        gen_date="2030-01-07T08:00:00+01:00",
        sender=sender,
        receiver=RECEIVER,
        patient=PATIENT,
        text="Alt vel <& & æøå>",
        conversation=(EARLIER, EARLIER) if kind == "DIALOG_SVAR" else None,
        question="Hvordan går det?",
        style=STYLES[style],
    )


def receipt(kind: Kind = "DIALOG_NOTAT", *errors: tuple[str, str]) -> bytes:
    return apprec_of(letter(kind), ident=EARLIER, gen_date="2030-01-07T09:00:00+01:00", errors=errors)


@pytest.mark.parametrize("style", range(len(STYLES)))
@pytest.mark.parametrize("kind", [*KINDS, *BESIDE])
def test_letters_and_their_receipts_keep_every_rule(kind: Kind, style: int) -> None:
    """Every message type in every legal way of writing it: no finding at all, and none in its receipts."""
    sent = letter(kind, style)
    assert ORACLES.document(sent.to_bytes()) == []
    for errors in ((), (("E36", "Pasientopplysninger er utilstrekkelige"),)):
        answer = apprec_of(sent, ident=EARLIER, gen_date=sent.gen_date, errors=errors, style=STYLES[style])
        assert ORACLES.document(answer) == []
        assert ORACLES.check("apprec-echo", answer, original=sent.to_bytes()) == []


def changed(data: bytes, pattern: str, replacement: str, *, count: int = 1) -> bytes:
    text, changes = re.subn(pattern, replacement, data.decode(), count=count, flags=re.DOTALL)
    assert changes, f"the change {pattern!r} found nothing to change"
    return text.encode()


NOTE, ASKED, ANSWER, CLINICAL = KINDS
HER = r'<Ident><Id>{}</Id><TypeId V="HER".*?</Ident>'
DOCUMENTS = [
    ("MH-01", NOTE, f"<MsgId>{MSG_ID}", "<MsgId>melding-1"),
    ("MH-02", NOTE, 'Type V="DIALOG_NOTAT"', 'Type V="et notat"'),
    ("MH-03", NOTE, HER.format(9700000), ""),
    ("MH-04", NOTE, "<Id>9000002</Id>", "<Id>HER 9000002</Id>"),
    ("MH-05", NOTE, "<OrganisationName>Legetjeneste", "<OrganisationName> "),
    ("MH-06", NOTE, "1.9051", "1.8116"),
    ("MH-07", NOTE, "1.8116", "1.9051"),
    ("MH-08", NOTE, r"<Ident><Id>01899499006.*?</Ident>", ""),
    ("MH-09", NOTE, "01899499006", "01899499007"),
    ("MH-10", NOTE, 'V="XML"', 'V="A"'),
    ("MH-11", ANSWER, "<RefToParent>.*?</RefToParent>", "<RefToParent> </RefToParent>"),
    ("MH-12", NOTE, '(TemaKodet V="1" S=")2.16[.0-9]*1.7321', r"\g<1>7321"),
    ("MH-13", NOTE, ' DN="Notat om pasient"', ""),
    ("MH-14", NOTE, r"<Ident><Id>\d{9}</Id>.*?</Ident>", ""),
    ("MH-15", NOTE, "<GivenName>", "<MiddleName></MiddleName><GivenName>"),
    ("DM-01", NOTE, "dialog/2006-10-11", "dialog/2013-01-23"),
    ("DM-02", CLINICAL, "dialog/2013-01-23", "dialog/2006-10-11"),
    ("DM-03", NOTE, "<Patient>.*?</Patient>", ""),
    ("DM-04", NOTE, "<TekstNotatInnhold>.*?</TekstNotatInnhold>", ""),
    ("DM-05", NOTE, "<Notat>.*?</Notat>", ""),
    ("DM-06", NOTE, 'TemaKodet V="1"', 'TemaKodet V="9"'),
    ("DM-07", CLINICAL, "1.7322", "1.7321"),
    ("DM-08", CLINICAL, "<Tema>.*?</Tema>", ""),
    ("DM-09", ASKED, "1.9152", "1.8331"),
    ("DM-10", ASKED, "<Sporsmal>.*?</Sporsmal>", ""),
    ("DM-11", ASKED, "<Foresporsel>.*?</Foresporsel>", ""),
    ("DM-12", ASKED, "</Sporsmal>", '</Sporsmal><Hastegrad V="1" DN="Øyeblikkelig hjelp"/>'),
    ("DM-13", ANSWER, "1.9069", "1.7321"),
    ("DM-14", ANSWER, "<DatoNotat>.*?</DatoNotat>", ""),
    ("DM-15", ANSWER, "<ConversationRef>.*?</ConversationRef>", ""),
    ("DM-16", CLINICAL, "<FamilyName>September</FamilyName>", ""),
    ("DM-17", CLINICAL, 'RoleToPatient V="24"', 'RoleToPatient V="6"'),
    ("DOC-01", "HENVISNING", "henvisning/2012-02-15", "henvisning/2005-07-08"),
    ("DOC-02", "EPIKRISE", "v1.2 2012-02-15", "v1.1 2006-09-23"),
    ("DOC-03", "SVAR_LAB", '(2012-02-15"><Type V="SVAR_)LAB', r"\g<1>KKL"),
    ("DOC-04", "EPIKRISE", "<OffId>01899499006", "<OffId>01899499197"),
    ("DOC-05", "SVAR_RTG", '<Id>9000002</Id><TypeId V="HER" DN="HER-id"/></Dept>', "<Id>9000003</Id></Dept>"),
    ("DOC-06", "HENVISNING", 'Heading V="PROB"', 'Heading V="FU"'),
    ("DOC-07", "EPIKRISE", "<ApprDate.*?/>", ""),
    ("DOC-08", "REQ_LAB", "<Investigation>.*?</Investigation>", ""),
    ("DOC-09", "REQ_LAB", "<Requester>(.*?)</Requester>", r"<Requester>\1</Requester><CopyDest>\1</CopyDest>"),
    ("DOC-10", "SVAR_LAB", "<ResultItem>.*?</ResultItem>", ""),
    ("DOC-11", "LOG_INNLAGT", 'Hendelsekode V="1"', 'Hendelsekode V="2"'),
    ("SCHEMA", NOTE, "</MIGversion>", "</MIGversion><Ukjent>x</Ukjent>"),
    ("XML-WELLFORMED", NOTE, "</MsgHead>", "</MsgHode>"),
    ("XML-UTF8", NOTE, 'encoding="UTF-8"', 'encoding="ISO-8859-1"'),
    ("XML-DOCTYPE", NOTE, r"\?>", '?><!DOCTYPE MsgHead [<!ENTITY a "b">]>'),
]


IMPLIED = {
    "MH-05": {"MH-15"},  # a blank name is an empty element
    "MH-11": {"MH-15"},  # as above
    "MH-12": {"DM-06"},  # a code without its OID is no code of table 7321 either
    "DM-01": {"DM-05"},  # a note of the wrong version is not found
    "DOC-01": {"SCHEMA"},  # the older version has other contents
    "DM-05": {"SCHEMA", "MH-15"},  # nothing is left in the document
    "DM-11": {"SCHEMA", "MH-15"},  # as above
}


@pytest.mark.parametrize(("rule", "kind", "pattern", "replacement"), DOCUMENTS, ids=[row[0] for row in DOCUMENTS])
def test_one_change_breaks_one_rule(rule: str, kind: Kind, pattern: str, replacement: str) -> None:
    """A letter with one fault: the rule is named, and beyond it only what cannot hold without it."""
    data = changed(letter(kind).to_bytes(), pattern, replacement)
    found = {finding.rule for finding in ORACLES.document(data)}
    implied = IMPLIED.get(rule, set())
    assert rule in found
    assert found - {rule} <= implied


RECEIPTS = [
    ("APP-01", (), 'V="APPREC"', 'V="DIALOG_NOTAT"'),
    ("APP-02", (), 'Status V="1"', 'Status V="4"'),
    ("APP-03", (), "<OriginalMsgId>", '<Error V="T99" S="2.16.578.1.12.4.1.1.8221" DN="Annen"/><OriginalMsgId>'),
    ("APP-04", (("E10", "x"),), "<Error.*?/>", ""),
    ("APP-05", (("E10", "x"),), 'Status V="2"', 'Status V="3"'),
    ("APP-06", (("E10", "x"),), 'Error V="E10"', 'Error V="E99"'),
    ("APP-07", (("E10", "x"),), ' DN="x"', ""),
    ("APP-08", (), '<Id>9000001</Id><TypeId V="HER" DN="HER-id"/>', ""),
    ("APP-09", (), "<Dept>.*?</Dept>", ""),
    ("APP-10", (), 'Role V="SPR"', 'Role V="PRIM"'),
    ("APP-11", (), 'Role V="RECEIVER"', 'Role V="AVS"'),
    ("APP-12", (), f"<Id>{EARLIER}</Id>", f"<Id>{MSG_ID}</Id>"),
    ("APP-13", (), "1.0 2004-11-21", "v1.1 2012-02-15"),
]


@pytest.mark.parametrize(("rule", "errors", "pattern", "replacement"), RECEIPTS, ids=[row[0] for row in RECEIPTS])
def test_one_change_breaks_one_rule_of_receipts(
    rule: str, errors: tuple[tuple[str, str], ...], pattern: str, replacement: str
) -> None:
    """A receipt with one fault is found out by the rule for it."""
    found = {finding.rule for finding in ORACLES.document(changed(receipt(NOTE, *errors), pattern, replacement))}
    assert found == {rule}


ECHOES = [
    ("ECHO-01", NOTE, MSG_ID, EARLIER.replace("0c", "1c")),
    ("ECHO-02", NOTE, 'MsgType V="DIALOG_NOTAT"', 'MsgType V="DIALOG_SVAR"'),
    ("ECHO-03", NOTE, "08:00:00[+]01:00", "07:00:00Z"),
    ("ECHO-04", NOTE, "apprec/2004-11-21", "apprec/2012-02-15"),
    ("ECHO-05", CLINICAL, "apprec/2012-02-15", "apprec/2004-11-21"),
    ("ECHO-06", NOTE, "<Id>310000204</Id>", "<Id>1</Id>"),
    ("ECHO-07", NOTE, "<Id>9700001</Id>", "<Id>9700002</Id>"),
    ("ECHO-08", NOTE, "<Name>Motparter</Name>", "<Name>Andre</Name>"),
]


@pytest.mark.parametrize(("rule", "kind", "pattern", "replacement"), ECHOES, ids=[row[0] for row in ECHOES])
def test_a_receipt_that_does_not_echo_is_found_out(rule: str, kind: Kind, pattern: str, replacement: str) -> None:
    """Ids, type, time and addresses of the message must come back unchanged (HITS 1168)."""
    data = changed(receipt(kind), pattern, replacement)
    found = {finding.rule for finding in ORACLES.check("apprec-echo", data, original=letter(kind).to_bytes())}
    assert found == {rule}


QUESTION = letter(ASKED).to_bytes()
ANSWERS = [
    ("ANS-01", "<RefToParent>.*?</RefToParent>", f"<RefToParent>{EARLIER}</RefToParent>"),
    ("ANS-02", "<RefToConversation>.*?</RefToConversation>", f"<RefToConversation>{EARLIER}</RefToConversation>"),
    ("ANS-03", 'Type V="DIALOG_SVAR"', 'Type V="DIALOG_NOTAT"'),
    ("ANS-04", "<Sporsmal>.*?</Sporsmal>", "<Sporsmal>Noe annet</Sporsmal>"),
    ("ANS-05", "01899499006", "01899499197"),
]


def answered() -> bytes:
    there = letter(ASKED)
    back = Letter(
        kind=ANSWER,
        msg_id=EARLIER,
        gen_date="2030-01-07T10:00:00+01:00",
        sender=there.receiver,
        receiver=there.sender,
        patient=PATIENT,
        text="Takk, bra.",
        conversation=(MSG_ID, MSG_ID),
        question=there.text,
    )
    return back.to_bytes()


def test_an_answer_keeps_the_rules_of_its_question() -> None:
    """A DIALOG_SVAR to the question beside it."""
    assert ORACLES.check("dialogue-answer", answered(), original=QUESTION) == []


@pytest.mark.parametrize(("rule", "pattern", "replacement"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_an_answer_that_does_not_fit_its_question_is_found_out(rule: str, pattern: str, replacement: str) -> None:
    """References, type, copied question, addressee and patient."""
    data = changed(answered(), pattern, replacement)
    found = {finding.rule for finding in ORACLES.check("dialogue-answer", data, original=QUESTION)}
    assert found == {rule}


def test_every_row_for_documents_is_tried_here() -> None:
    """No row without a change that breaks it."""
    tried = {row[0] for row in (*DOCUMENTS, *RECEIPTS, *ECHOES, *ANSWERS)}
    rows = {
        row.id
        for name in ("msghead", "dialogue", "documents", "apprec", "apprec-echo", "dialogue-answer")
        for row in table(name).rows
    }
    assert rows <= tried
