"""The JSON of the address register's REST API."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from nhnwire.registers import address

OPENAPI = (
    Path(__file__).resolve().parents[3] / "shared" / "standards" / "openapi" / "cpapi-v1.reconstructed.openapi.json"
)
NAMES: dict[type[msgspec.Struct], str] = {
    address.AdministrativeCode: "AdministrativeCode",
    address.AmqpAddress: "AmqpAddress",
    address.Certificate: "Certificate",
    address.CertificateMetadata: "CertificateMetadata",
    address.CertificatePairInfo: "CertificatePairInfo",
    address.CommunicationParty: "CommunicationParty",
    address.CommunicationPartyExport: "CommunicationPartyExport",
    address.Event: "Event",
    address.EventsResponse: "EventsResponse",
    address.HerIds: "HerIdInputCollection",
    address.InterMunicipalityCoverageArea: "InterMunicipalityCoverageArea",
    address.OrganizationDetails: "OrganizationDetails",
    address.ParentOrganization: "ParentOrganization",
    address.PersonDetails: "PersonDetails",
    address.PostalAddress: "PostalAddress",
    address.ServiceDetails: "ServiceDetails",
}


@pytest.mark.parametrize("schema", NAMES, ids=lambda schema: NAMES[schema])
def test_names_are_the_registers(schema: type[msgspec.Struct]) -> None:
    """Every schema has the fields of the (reconstructed) published document, and can hold all it requires."""
    if not OPENAPI.is_file():
        pytest.skip("the register's OpenAPI document is not beside this project")
    published = json.loads(OPENAPI.read_text(encoding="utf-8"))["components"]["schemas"][NAMES[schema]]
    fields = msgspec.structs.fields(schema)
    assert {field.encode_name for field in fields} == set(published["properties"])
    assert set(published.get("required", [])) <= {field.encode_name for field in fields if field.required}


def test_absent_members_are_left_out() -> None:
    """The register writes no nulls for what a party does not have."""
    party = address.CommunicationParty(
        her_id=9000001, type="Service", amqp_transport_status="Disabled", name="Legekontor"
    )
    assert json.loads(msgspec.json.encode(party)) == {
        "herId": 9000001,
        "type": "Service",
        "amqpTransportStatus": "Disabled",
        "name": "Legekontor",
    }
