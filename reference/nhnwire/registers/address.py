"""The JSON of the address register's CommunicationParty API ("cpapi") version 1.

Members that are absent are None here and left out when written, as NHN does; times carry an offset (`+00:00`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

AUDIENCE: Final = "nhn:cp-api"
SCOPES: Final = ("nhn:cp-api/access-v2-dpop", "nhn:communicationparty/read")
"""Either scope opens the API: the first is NHN's documentation's, the second what NAV's clients use."""


class PartyType(StrEnum):
    """Kind of communication party."""

    ORGANIZATION = "Organization"
    PERSON = "Person"
    SERVICE = "Service"


class AmqpTransportStatus(StrEnum):
    """Whether a party has queues on the message bus."""

    INHERITED = "Inherited"
    DISABLED = "Disabled"
    ENABLED = "Enabled"


class EventType(StrEnum):
    """What happened to a party."""

    CREATED = "CommunicationPartyCreated"
    UPDATED = "CommunicationPartyUpdated"


class _Json(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A schema of cpapi."""


class AdministrativeCode(_Json, frozen=True):
    """A code: `code_list_id` is the table's number, such as 9040 or 8663."""

    code_list_id: str | None
    value: str | None
    name: str | None = None
    url: str | None = None


class ParentOrganization(_Json, frozen=True):
    """The legal entity above a person or service."""

    her_id: int
    name: str | None
    organization_number: str | None = None


class OrganizationDetails(_Json, frozen=True):
    """What only organisations have: HER-ids of their persons and services among it."""

    business_type: AdministrativeCode
    persons: list[int]
    services: list[int]
    organization_number: str | None = None


class PersonDetails(_Json, frozen=True):
    """What only persons have."""

    hpr_number: int
    parent_organization: ParentOrganization


class InterMunicipalityCoverageArea(_Json, frozen=True):
    """Municipalities a service covers besides its own."""

    municipality_her_ids: list[int]


class ServiceDetails(_Json, frozen=True):
    """What only services have."""

    service_type: AdministrativeCode
    parent_organization: ParentOrganization
    inter_municipality_coverage_area: InterMunicipalityCoverageArea | None = None
    service_specification: str | None = None


class CertificateMetadata(_Json, frozen=True):
    """A certificate's SHA-1 thumbprint (upper-case hex) and validity."""

    thumbprint: str | None
    valid_from: str | None = None
    valid_to: str | None = None


class Certificate(_Json, frozen=True):
    """A certificate: thumbprint, validity, and base64 of its DER."""

    thumbprint: str | None
    certificate_value: str | None
    valid_from: str | None = None
    valid_to: str | None = None


class CertificatePairInfo(_Json, frozen=True):
    """The certificates in use at one time."""

    is_current: bool | None = None
    signing_certificate: CertificateMetadata | None = None
    encryption_certificate: CertificateMetadata | None = None


class PostalAddress(_Json, frozen=True):
    """A postal address; `postal_code` has four digits."""

    postal_code: str | None
    city: str | None
    address: str | None = None
    postal_box: str | None = None


class AmqpAddress(_Json, frozen=True):
    """Queue names on the message bus."""

    amqp_sync_queue: str | None = None
    amqp_sync_reply_queue: str | None = None
    amqp_async_queue: str | None = None
    amqp_error_queue: str | None = None


class CommunicationParty(_Json, frozen=True):
    """A communication party: GET /api/v1/communicationparty/{herId}."""

    her_id: int
    type: str
    amqp_transport_status: str
    name: str | None = None
    display_name: str | None = None
    organization_details: OrganizationDetails | None = None
    person_details: PersonDetails | None = None
    service_details: ServiceDetails | None = None
    current_signing_certificate: CertificateMetadata | None = None
    current_encryption_certificate: CertificateMetadata | None = None
    email: str | None = None
    homepage_url: str | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    edi_address: str | None = None
    fhir_address: str | None = None
    postal_address: PostalAddress | None = None
    amqp_address: AmqpAddress | None = None
    valid_from: str | None = None
    valid_to: str | None = None


class HerIds(_Json, frozen=True):
    """Body of POST /api/v1/communicationparty."""

    her_ids: list[int]


class CommunicationPartyExport(_Json, frozen=True):
    """GET /api/v1/communicationparty/export."""

    last_sequence_number: int
    count: int
    communication_parties: list[int]


class Event(_Json, frozen=True):
    """One change of a party."""

    sequence_number: int
    her_id: int
    event_type: str
    event_timestamp: str


class EventsResponse(_Json, frozen=True):
    """GET /api/v1/event."""

    results: list[Event]
    count: int


class OrganizationSearchParameters(_Json, frozen=True):
    """Search for organisations, of a business type (table 9040) if one is given."""

    business_type_code_list_id: str | None = None
    business_type_code_value: str | None = None


class PersonSearchParameters(_Json, frozen=True):
    """Search for persons, by number in the Health Personnel Register if one is given."""

    hpr_number: int | None = None


class ServiceSearchParameters(_Json, frozen=True):
    """Search for services, of a service type if one is given."""

    service_type_code_list_id: str | None = None
    service_type_code_value: str | None = None


class SearchParameters(_Json, frozen=True):
    """Body of POST /api/v1/communicationparty/search: a name, and one kind of party."""

    name: str | None = None
    organization_search_parameters: OrganizationSearchParameters | None = None
    person_search_parameters: PersonSearchParameters | None = None
    service_search_parameters: ServiceSearchParameters | None = None


class SearchResponse(_Json, frozen=True, omit_defaults=False):
    """The page of parties that was searched for."""

    communication_parties: list[CommunicationParty]
