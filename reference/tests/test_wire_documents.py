"""Base messages and patient logistics as values: written, valid by the schema, read back; hostile bytes are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.tests.test_wire_values import coded, few, plain, some, texts

from nhnwire import basemessages, codes, messages, pasientlogistikk, validation
from nhnwire.basemessages import (
    Diagnosis,
    DischargeSummary,
    Event,
    Examination,
    Finding,
    Investigation,
    Patient,
    Quantity,
    Referral,
    Report,
    Requisition,
    Result,
    Text,
)
from nhnwire.errors import ProtocolError, SchemaError, UnsupportedFormatError
from nhnwire.hcp import Actor, Institution, Party, PostalAddress
from nhnwire.pasientlogistikk import NEWS, Happening, PatientLogistics
from nhnwire.people import Ident

times = st.sampled_from(("2026-03-02", "2026-03-02T08:00:00", "2026-03-02T08:00:00+01:00", "2026"))
idents = st.builds(Ident, texts, plain)
named = {"name": some(texts), "id": some(texts), "id_type": some(plain), "additional_ids": few(idents)}
actors = st.builds(Actor, **named)
addresses = st.builds(PostalAddress, type=plain, street=some(texts), telecoms=few(st.just("tel:+4700000000")))
institutions = st.builds(Institution, **named, departments=few(actors), persons=few(actors))


def parties(*, related: bool = False) -> st.SearchStrategy[Party]:
    rest: dict[str, Any] = {"role": some(plain), "speciality": some(coded), "address": some(addresses)}
    rest["relation"] = some(plain) if related else st.none()
    return st.builds(Party, institution=institutions, **rest) | st.builds(Party, professional=actors, **rest)


headed = st.builds(Text, heading=some(plain), text=some(texts))
investigations = st.builds(Investigation, codes=few(coded, 1), comment=some(texts))
quantities = st.builds(Quantity, st.sampled_from(("13.4", "-1", "0.001")), some(st.just("g/dL")))
values: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"text": texts}),
    st.fixed_dictionaries({"number": quantities, "comparator": some(plain)}),
    st.just({}),
)


def results(depth: int) -> st.SearchStrategy[Result]:
    rest = {
        "comment": some(texts),
        "deviation": some(plain),
        "state": some(plain),
        "investigations": few(investigations),
    }
    below = few(results(depth - 1)) if depth else st.just(())
    return values.flatmap(
        lambda value: st.builds(
            Result, **{name: st.just(one) for name, one in value.items()}, **rest, results=below
        )
    )  # fmt: skip


def patients(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[Patient]:
    return st.builds(
        Patient, name=some(texts), number=texts, number_type=plain, sex=some(plain), born=some(times), **more
    )


events = st.builds(
    Event,
    start=times,
    end=some(times),
    state=plain,
    category=some(plain),
    findings=few(st.builds(Finding, type=plain, concept=some(coded), text=texts)),
    texts=few(headed),
)
common: dict[str, Any] = {
    "msg_id": texts,
    "gen_date": times,
    "issued": times,
    "state": plain,
    "provider": parties(),
    "requester": parties(),
    "type": plain,
}
base_messages = st.one_of(
    st.builds(
        Referral,
        **common,
        patient=patients(),
        id=texts,
        purpose=plain,
        service=plain,
        priority=plain,
        reasons=few(headed),
        diagnoses=few(st.builds(Diagnosis, coded)),
    ),
    st.builds(
        DischargeSummary,
        **common,
        patient=patients(),
        status=plain,
        description=texts,
        id=some(texts),
        approved=some(times),
        events=few(events),
    ),
    st.builds(
        Report,
        **common,
        patient=patients(responsible=some(parties(related=True)), results=few(results(2))),
        id=texts,
        status=plain,
        speciality=plain,
        comment=some(texts),
    ),
    st.builds(
        Requisition,
        **common,
        patient=patients(responsible=some(parties(related=True))),
        id=texts,
        speciality=plain,
        reasons=few(headed),
        examinations=few(st.builds(Examination, state=plain, investigations=few(investigations), comment=some(texts))),
    ),
)
happenings = st.builds(Happening, at=times, estimated=st.booleans(), code=some(coded), description=some(texts))
logistics = st.sampled_from(sorted(NEWS.values())).flatmap(
    lambda news: st.builds(
        PatientLogistics,
        state=plain,
        news=st.just(news),
        happenings=few(happenings, 1).map(lambda found: found[:1]),
        discharged_to=coded if news == NEWS["LOG_UTSKREVET"] else st.none(),
    )
)


@settings(max_examples=200)
@given(base_messages)
def test_a_base_message_is_read_as_it_was_written(value: basemessages.BaseMessage) -> None:
    """Every value of the four documents is written in the schema's order and read back whole."""
    written = value.to_bytes()
    validation.check_schema(written)
    assert basemessages.parse(written) == value
    assert basemessages.parse(written).to_bytes() == written


@given(logistics)
def test_patient_logistics_are_read_as_they_were_written(value: PatientLogistics) -> None:
    """Every kind of news, in the two namespaces it is made of."""
    written = value.to_bytes()
    validation.check_schema(written)
    assert pasientlogistikk.parse(written) == value


@given(base_messages | logistics, st.data())
def test_what_is_cut_or_changed_is_refused_in_the_standards_words(value: Any, data: st.DataObject) -> None:
    """Whatever a few wrong bytes make of a document, it is read or refused with a code, and nothing else happens."""
    written = bytearray(value.to_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    parse = pasientlogistikk.parse if isinstance(value, PatientLogistics) else basemessages.parse
    refused = ""
    try:
        parse(bytes(written[: data.draw(st.integers(0, len(written)))]))
    except ProtocolError as error:
        refused = error.code
    assert refused in {"", "T01", "T02", "T10"}


@pytest.mark.parametrize("namespace", sorted(set(messages.DOCUMENTS.values())))
def test_a_message_without_contents_is_none(namespace: str) -> None:
    """The root alone is refused with T02, and the same root in another namespace with T10."""
    name = "Pasientlogistikk" if namespace == messages.PASIENTLOGISTIKK_1_6 else "Message"
    parse = pasientlogistikk.parse if name == "Pasientlogistikk" else basemessages.parse
    with pytest.raises(SchemaError):
        parse(f'<{name} xmlns="{namespace}"/>'.encode())
    with pytest.raises(UnsupportedFormatError):
        parse(f'<{name} xmlns="urn:example:other"/>'.encode())


def test_a_copy_receiver_has_no_place_in_a_requisition() -> None:
    """R-074: nobody can be named besides laboratory and requester, since NHN's message services deliver to one."""
    assert not [name for name in Requisition.__dataclass_fields__ if "copy" in name.lower()]


def test_result_values_are_read_with_name_unit_and_deviation() -> None:
    """What the physician looks for first."""
    answer = Report(
        msg_id="6a1f0c52-8f0e-4d6c-9b52-0c7e2f3a4b11",
        gen_date="2026-03-02T08:00:00",
        issued="2026-03-02T08:00:00",
        state=codes.plain("7309", "N"),
        provider=Party(institution=Institution("Laboratoriet")),
        requester=Party(institution=Institution("Legekontoret")),
        type=codes.plain("8279", "SVAR_LAB"),
        id="1",
        status=codes.plain("7306", "F"),
        speciality=codes.plain("8202", "LAB"),
        patient=Patient(
            "Vakker Blomst",
            "14835739865",
            codes.plain("8116", "FNR"),
            results=(
                Result(
                    (Investigation((codes.value("7280", "NPU28309"),)),),
                    number=Quantity("10.1", "g/dL"),
                    deviation=codes.plain("8244", "2"),
                ),
            ),
        ),
    )
    validation.check_schema(answer.to_bytes())
    patient = basemessages.parse(answer.to_bytes()).patient
    assert patient is not None
    (result,) = patient.results
    assert result.number == Quantity("10.1", "g/dL")
    assert result.deviation is not None
    assert result.deviation.dn == "Under nedre referansegrense"
