"""The JSON of EDI 2.0, version 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnwire import edi2
from nhnwire.errors import ProtocolError

OPENAPI = Path(__file__).resolve().parents[3] / "shared" / "standards" / "openapi" / "msh-api-v2.openapi.json"
SCHEMAS: tuple[type[msgspec.Struct], ...] = (
    edi2.AppRecError,
    edi2.ApprecInfo,
    edi2.EbXmlInfo,
    edi2.ErrorMessage,
    edi2.GetBusinessDocumentResponse,
    edi2.Message,
    edi2.PostAppRecRequest,
    edi2.PostMessageRequest,
    edi2.StatusInfo,
)
BODY = {"businessDocument": "PGEvPg==", "contentType": "application/xml", "contentTransferEncoding": "base64"}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_names_and_required_fields_are_nhns(schema: type[msgspec.Struct]) -> None:
    """Every schema has exactly the fields of the published document, and requires the same ones."""
    if not OPENAPI.is_file():
        pytest.skip("NHN's OpenAPI document is not beside this project")
    published = json.loads(OPENAPI.read_text(encoding="utf-8"))["components"]["schemas"][schema.__name__]
    fields = msgspec.structs.fields(schema)
    assert {field.encode_name for field in fields} == set(published["properties"])
    assert {field.encode_name for field in fields if field.required} == set(published.get("required", []))


def test_a_server_refuses_what_the_schema_does_not_have() -> None:
    """Unknown fields at any depth, each named with its place, under errorCode 1000."""
    body = {"appRecStatus": "Rejected", "x": 1, "appRecErrorList": [{"errorCode": "E10", "details": None, "y": 2}]}
    with pytest.raises(edi2.ModelError) as caught:
        edi2.decode_strict(edi2.PostAppRecRequest, json.dumps(body).encode())
    assert caught.value.code == "1000"
    assert [fault.split("`")[1::2] for fault in caught.value.validation_errors] == [
        ["x", "$"],
        ["y", "$.appRecErrorList[0]"],
    ]


def test_a_client_passes_over_what_it_does_not_know() -> None:
    """NHN may add fields and values; a client must not break on them."""
    data = b'[{"receiverHerId":1,"transportDeliveryState":"Teleported","appRecStatus":null,"new":{"a":1}}]'
    assert edi2.decode(list[edi2.StatusInfo], data)[0].transport_delivery_state == "Teleported"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**BODY, "businessDocument": ""},
        {**BODY, "businessDocument": None},
        {**BODY, "businessDocument": 1},
        {**BODY, "receiverHerIdsSubset": [2**31]},
        {**BODY, "receiverHerIdsSubset": ["1"]},
        {**BODY, "ebXmlOverrides": {"compressPayload": "yes"}},
        [],
        "text",
        None,
    ],
)
def test_bodies_that_break_the_schema_are_refused(body: object) -> None:
    """Types, ranges, lengths and required fields."""
    with pytest.raises(edi2.ModelError) as caught:
        edi2.decode_strict(edi2.PostMessageRequest, json.dumps(body).encode())
    assert caught.value.validation_errors


def test_documents_travel_in_base64() -> None:
    """Only application/xml in base64 is taken."""
    document = "<æ/>".encode()
    body = edi2.PostMessageRequest(
        business_document=edi2.wrap_document(document),
        content_type="application/xml",
        content_transfer_encoding="base64",
    )
    assert edi2.unwrap_document(edi2.decode_strict(edi2.PostMessageRequest, edi2.encode(body))) == document
    for change in ({"businessDocument": "%"}, {"contentType": "text/plain"}, {"contentTransferEncoding": "gzip"}):
        wrong = edi2.decode_strict(edi2.PostMessageRequest, json.dumps({**BODY, **change}).encode())
        with pytest.raises(edi2.ModelError):
            edi2.unwrap_document(wrong)


def test_receipt_status_is_read_in_every_form() -> None:
    """The schema has names, the examples numbers."""
    for given_value in ("Rejected", 2, "2"):
        assert edi2.AppRecStatus.read(given_value) is edi2.AppRecStatus.REJECTED
    assert [status.number for status in edi2.AppRecStatus] == ["1", "2", "3"]
    for wrong in ("rejected", 4, True, ""):
        with pytest.raises(ProtocolError):
            edi2.AppRecStatus.read(wrong)


def test_absent_metadata_is_left_out_and_absent_status_is_null() -> None:
    """An unread message without metadata has two fields; a status that has not come is null."""
    assert json.loads(edi2.encode(edi2.Message(id="a", receiver_her_id=1))) == {"id": "a", "receiverHerId": 1}
    status = edi2.StatusInfo(receiver_her_id=1, transport_delivery_state=edi2.DeliveryState.UNCONFIRMED)
    assert json.loads(edi2.encode(status))["appRecStatus"] is None


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("appRecStatus", "appRecErrorList", "details", "x")), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40))
def test_any_bytes_are_a_body_or_a_typed_refusal(data: bytes) -> None:
    """No body makes the reader fail in any other way, deep nesting included."""
    for hostile in (data, b"[" * 5000 + data):
        for schema in SCHEMAS:
            for read in (edi2.decode_strict, edi2.decode):
                try:
                    read(schema, hostile)
                except edi2.ModelError:
                    continue
