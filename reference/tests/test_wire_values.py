"""Messages as values: what is written is read back, what peers write is understood, what cannot be said is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnwire import apprec, codes, dialogmelding, msghead, validation
from nhnwire.coded import CodedValue
from nhnwire.errors import ProtocolError, SchemaError, UnsupportedFormatError
from nhnwire.msghead import (
    Address,
    ConversationRef,
    Document,
    HealthcareProfessional,
    Ident,
    MsgHead,
    Organisation,
    OtherReceiver,
    PatientReport,
    Person,
    TeleCom,
)

# What an xs:string can hold; what tokens can hold is narrower.
texts = st.text(
    st.characters(
        min_codepoint=0x20, max_codepoint=0x2FFFF, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"
    )
    | st.sampled_from("\r\n\t<&>\"'æøåÆØÅ"),
    max_size=5,
)
tokens = st.text("ABCdef012._-æ", min_size=1, max_size=8)
oids = st.lists(st.integers(0, 9999), min_size=1, max_size=6).map(lambda arcs: ".".join(map(str, arcs)))
plain = st.builds(CodedValue, tokens, st.none() | texts)
coded = st.builds(CodedValue, tokens | st.just(""), st.none() | texts, st.none() | oids, st.none() | texts)
dates = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))
moments = st.datetimes(
    dt.datetime(1900, 1, 1),  # noqa: DTZ001 - the strategy wants naive bounds
    dt.datetime(9000, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.sampled_from((dt.UTC, dt.timezone(dt.timedelta(hours=1)), dt.timezone(dt.timedelta(minutes=-210)))),
)
urls = st.sampled_from(("tel:+4700000000", "mailto:post@lyngheia.example", ""))


def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


def few(strategy: st.SearchStrategy[object], at_least: int = 0) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, min_size=at_least, max_size=at_least + 1).map(tuple)


idents = st.builds(Ident, texts, coded)
addresses = st.builds(Address, *[some(field) for field in (plain, texts, texts, texts, texts, plain, plain)])
telecoms = st.builds(TeleCom, urls, some(plain))
life = {"born": some(dates), "sex": some(plain), "nationality": some(plain), "address": some(addresses)}
names = {"family_name": some(texts), "middle_name": some(texts), "given_name": some(texts)}


def professionals(at_least: int) -> st.SearchStrategy[HealthcareProfessional]:
    return st.builds(
        HealthcareProfessional,
        idents=few(idents, at_least),
        telecoms=few(telecoms),
        type=some(plain),
        role_to_patient=some(coded),
        **life,
        **names,
    )


persons = st.builds(Person, idents=few(idents), telecoms=few(telecoms), **life, **names)


def organisations(depth: int, *, with_people: bool = True) -> st.SearchStrategy[Organisation]:
    return st.builds(
        Organisation,
        name=texts,
        idents=few(idents, 1),
        type=some(coded),
        address=some(addresses),
        telecoms=few(telecoms),
        organisation=some(organisations(depth - 1, with_people=with_people)) if depth else st.none(),
        professional=some(professionals(1)) if with_people else st.none(),
    )


units = st.builds(
    dialogmelding.RelatedUnit,
    organisations(1, with_people=False),
    remark=some(texts),
    professional=some(professionals(0)),
)


def roles(version: str) -> st.SearchStrategy[dialogmelding.RelatedRole]:
    newer = version != "1.0"
    return st.builds(
        dialogmelding.RelatedRole,
        role=some(coded),
        role_to_patient=some(coded),
        unit=some(units) if newer else st.none(),
        person=persons,
    )


def requests(version: str) -> st.SearchStrategy[dialogmelding.Request]:
    newer = version != "1.0"
    return st.builds(
        dialogmelding.Request,
        type=coded,
        question=some(texts),
        subject=some(texts) if newer else st.none(),
        purpose=some(coded),
        reason=some(texts),
        urgency=some(plain),
        from_date=some(dates),
        to_date=some(dates),
        record_information=st.lists(coded, max_size=2 if newer else 1).map(tuple),
        coded_information=some(coded) if newer else st.none(),
        document_id=some(texts),
        roles=few(roles(version)),
    )


def notes(version: str) -> st.SearchStrategy[dialogmelding.Note]:
    return st.builds(
        dialogmelding.Note,
        theme=coded,
        text=some(texts),
        subject=some(texts),
        date=some(dates),
        remark=some(texts),
        document_id=some(texts),
        request=some(requests(version)),
        roles=few(roles(version)),
    )


def dialogues(version: str) -> st.SearchStrategy[dialogmelding.Dialogmelding]:
    both = {"version": st.just(version), "case_type": some(coded), "case_text": some(texts)}
    asking = st.builds(dialogmelding.Dialogmelding, requests=few(requests(version)), **both)
    noting = st.builds(dialogmelding.Dialogmelding, notes=few(notes(version)), **both)
    return asking | noting


any_dialogue = st.sampled_from(("1.0", "1.1")).flatmap(dialogues)
ts = st.sampled_from(("2026-03-02", "2026", "2026-03", "08:00:00", "2026-03-02T08:00:00.1234567+01:00"))
# A token-like id: white space at either end of an xs:anyURI or xs:token is the schema's to collapse.
documents = st.builds(
    Document,
    payload=st.none() | any_dialogue.map(lambda value: value.to_bytes()),
    ref_type=plain,
    mime_type=some(texts),
    description=some(texts),
    issue_date=some(ts),
    id=some(texts),
    compression=some(plain),
    connection=some(plain),
    content_type=some(coded),
    content_description=some(texts),
    content_category=some(coded),
    consent=some(coded),
    annotation=some(texts),
    from_date=some(ts),
    to_date=some(ts),
    oid_ref=some(oids),
    enquiry_ref=some(texts),
)
attachments = st.builds(
    msghead.attachment, st.binary(max_size=40), mime_type=texts, description=texts, issue_date=some(moments)
)
references = st.builds(Document, ref_type=plain, file_reference=st.just("https://files.example/1"))
others = st.builds(OtherReceiver, plain, organisation=organisations(1), com_method=some(plain)) | st.builds(
    OtherReceiver, plain, person=persons
)
reports = st.builds(PatientReport, texts, few(documents, 1), patient=some(persons), connection=some(plain))
contents = st.fixed_dictionaries({"documents": few(documents | attachments | references, 1)}) | st.fixed_dictionaries(
    {"patient_reports": few(reports, 1)}
)
heads = contents.flatmap(
    lambda content: st.builds(
        MsgHead,
        type=plain,
        gen_date=moments,
        msg_id=texts,
        sender=organisations(2) | st.just(Organisation()),
        receiver=organisations(1),
        patient=some(persons),
        conversation=some(st.builds(ConversationRef, texts, texts)),
        other_receivers=few(others),
        ack=some(plain),
        processing_status=some(plain),
        priority=some(plain),
        sender_com_method=some(plain),
        receiver_com_method=some(plain),
        **{name: st.just(value) for name, value in content.items()},
    )
)

numbers = st.builds(Ident, texts, plain)
actor = {"name": some(texts), "id": some(texts), "id_type": some(plain), "additional_ids": few(numbers)}
typed_actors = st.builds(apprec.Actor, type=some(plain), **actor)
institutions = st.builds(
    apprec.Institution, departments=few(typed_actors), persons=few(st.builds(apprec.Actor, **actor)), **actor
)
receipt_addresses = st.builds(
    apprec.PostalAddress,
    plain,
    *[some(field) for field in (texts, texts, texts, plain, plain, plain)],
    telecoms=few(urls),
)
surroundings = {"role": some(plain), "speciality": some(coded), "address": some(receipt_addresses)}
parties = st.builds(apprec.Party, institution=institutions, **surroundings) | st.builds(
    apprec.Party, professional=typed_actors, **surroundings
)
receipts = st.builds(
    apprec.AppRec,
    version=st.sampled_from(("1.0", "1.1")),
    gen_date=moments,
    id=texts,
    sender=parties,
    receiver=parties,
    status=plain,
    original=st.builds(
        apprec.OriginalMsgId,
        plain,
        st.sampled_from(("2026-03-02T08:00:00", "2026-03-02T08:00:00.1234567+01:00")),
        texts,
    ),
    errors=few(coded),
    software_name=some(texts),
    software_version=some(texts),
    msg_type=plain,
)


@settings(deadline=None, max_examples=60)
@given(heads)
def test_a_head_message_survives_the_wire(head: MsgHead) -> None:
    """Every field, in any combination the schema allows, is the same after writing and reading, and is valid."""
    data = head.to_bytes()
    assert msghead.parse(data) == head
    validation.check_schema(data)


@settings(deadline=None, max_examples=60)
@given(any_dialogue)
def test_a_dialogue_message_survives_the_wire(dialogue: dialogmelding.Dialogmelding) -> None:
    """Both versions, questions and notes."""
    data = dialogue.to_bytes()
    assert dialogmelding.parse(data) == dialogue
    validation.check_schema(data)


@settings(deadline=None, max_examples=60)
@given(receipts)
def test_a_receipt_survives_the_wire(receipt: apprec.AppRec) -> None:
    """Both versions, institutions and professionals."""
    data = receipt.to_bytes()
    assert apprec.parse(data) == receipt
    validation.check_schema(data)


@settings(deadline=None)
@given(heads, st.data())
def test_a_damaged_message_is_a_value_or_a_typed_refusal(head: MsgHead, data: st.DataObject) -> None:
    """Any bytes cut out, doubled or overwritten: readers answer with a value or a ProtocolError, never otherwise."""
    whole = head.to_bytes()
    at = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(at, len(whole)))
    damaged = whole[:at] + data.draw(st.binary(max_size=8) | st.just(whole[at:end] * 2)) + whole[end:]
    for read in (msghead.parse, apprec.parse, dialogmelding.parse, validation.recognise, validation.check_schema):
        try:
            read(damaged)
        except ProtocolError:
            continue


def test_the_wrong_root_is_an_unsupported_format() -> None:
    """T10: a document of another standard or version, however well made."""
    receipt = b'<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-16"/>'
    for read in (msghead.parse, apprec.parse, dialogmelding.parse):
        with pytest.raises(UnsupportedFormatError) as caught:
            read(receipt)
        assert caught.value.code == "T10"


def test_a_missing_part_says_where_it_is_missing() -> None:
    """T02 with the place, for the sender to find it."""
    empty = b'<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"><MsgInfo><Type V="X"/></MsgInfo></MsgHead>'
    with pytest.raises(SchemaError) as caught:
        msghead.parse(empty)
    assert (caught.value.code, caught.value.xpath) == ("T02", "/MsgHead/MsgInfo")
    assert "GenDate is missing" in str(caught.value)


def test_what_a_version_has_no_place_for_is_not_dropped_in_silence() -> None:
    """A subject in version 1.0, notes beside questions, an unknown version: the writer refuses."""
    question = dialogmelding.Request(codes.value("9152", "1"), "?", subject="Prøver")
    with pytest.raises(ValueError, match="subject"):
        dialogmelding.Dialogmelding("1.0", requests=(question,)).to_bytes()
    assert b"Pr\xc3\xb8ver" in dialogmelding.Dialogmelding("1.1", requests=(question,)).to_bytes()
    note = dialogmelding.Note(codes.value("7321", "1"), "x")
    with pytest.raises(ValueError, match="not both"):
        dialogmelding.Dialogmelding("1.1", notes=(note,), requests=(question,)).to_bytes()
    with pytest.raises(ValueError, match="version"):
        dialogmelding.Dialogmelding("2.0").to_bytes()
    with pytest.raises(ValueError, match="XML"):
        dialogmelding.Dialogmelding("1.1", notes=(dialogmelding.Note(note.theme, "\x0b"),)).to_bytes()


def test_markup_in_a_note_is_kept() -> None:
    """XHTML in a note is readable as text and written again as it was."""
    body = (
        b'<Dialogmelding xmlns="http://www.kith.no/xmlstds/dialog/2013-01-23"><Notat><TemaKodet V="6"/>'
        b'<TekstNotatInnhold>A <b xmlns="http://www.w3.org/1999/xhtml">B<i/></b> C</TekstNotatInnhold>'
        b"</Notat></Dialogmelding>"
    )
    value = dialogmelding.parse(body)
    assert value.notes[0].text == "A B C"
    assert value.notes[0].markup is not None
    assert body.removeprefix(b"<Dialog") in value.to_bytes()


def test_her_ids_are_found_at_their_levels() -> None:
    """The communication party is the service, else the person, else the entity; a signer below a service is neither."""
    person = HealthcareProfessional((msghead.person_ident("HPR", 900000001), msghead.person_ident("HER", 9000002)))
    service = Organisation("Legekontor", (msghead.ident("HER", 9000001),))
    entity = Organisation("Lyngheia", (msghead.ident("ENH", "310000027"), msghead.ident("HER", 9000000)))
    with_both = Organisation(entity.name, entity.idents, organisation=service, professional=person)
    with_person = Organisation(entity.name, entity.idents, professional=person)
    assert msghead.party_her_id(with_both) == 9000001
    assert msghead.party_her_id(with_person) == 9000002
    assert msghead.party_her_id(entity) == 9000000
    assert msghead.organisation_her_id(with_both) == 9000000
    assert msghead.party_her_id(Organisation("x", (msghead.ident("HER", "ni"),))) is None
