"""Collaboration protocol profiles and agreements (CPP, CPA) as the CPPA service's own values; the CPPA service's WSDL.

Most clients ask for the XML of ebXML CPPA 2.0 instead, which travels as a string (`CpaXmlDetails`).
"""

import datetime as dt

from nhnwire.registers.common import Code
from nhnwire.registers.contract import X509, Guid, contract
from nhnwire.registers.simple import NO_GUID, NO_TIME

CPPA = "http://schemas.nhn.no/reg/CollaborationProtocolProfile"
PARAMETERS = "http://schemas.datacontract.org/2004/07/NHN.Palantir.WebServices.Contracts.CPPA.Data"


@contract(CPPA)
class Certificate:
    """A certificate and the id that roles refer to it by."""

    id: str | None = None
    x509_certificate: X509 | None = None


@contract(CPPA)
class RetrySettings:
    """How often and how long to try again."""

    doc_exchange_id: str | None = None
    id: Guid = NO_GUID
    persist_duration: str | None = None
    retries: int = 0
    retry_interval: str | None = None


@contract(CPPA)
class DeliveryChannel:
    """Where messages are delivered, and how."""

    address: str | None = None
    channel_type: Code | None = None
    id: str | None = None
    retry_settings_receiver: RetrySettings | None = None
    retry_settings_sender: RetrySettings | None = None


@contract(CPPA)
class Message:
    """A message that a role sends or receives."""

    delivery_channel_ids: tuple[str, ...] | None = None
    id: str | None = None
    name: str | None = None
    other_party_message_id: str | None = None
    version: str | None = None


@contract(CPPA)
class ChannelMessagesCombination:
    """Which messages go over which kind of channel."""

    channel_type: Code | None = None
    message_ids: tuple[str, ...] | None = None
    retry_settings_id: Guid = NO_GUID


@contract(CPPA)
class ProcessSpecification:
    """A business process, such as Dialog_Innbygger_Ekonsultasjon."""

    channel_message_combinations: tuple[ChannelMessagesCombination, ...] | None = None
    name: str | None = None
    uuid: str | None = None
    version: str | None = None


@contract(CPPA)
class CollaborationRole:
    """A role in a process: what it sends, what it receives, with which certificates."""

    can_receive: tuple[Message, ...] | None = None
    can_send: tuple[Message, ...] | None = None
    encryption_certificate_id: str | None = None
    id: Guid = NO_GUID
    process_specification: ProcessSpecification | None = None
    role_name: str | None = None
    signature_certificate_id: str | None = None


@contract(CPPA)
class CollaborationRoleIdentifier:
    """Process, version and role."""

    process_specification_uuid: str | None = None
    process_specification_version: str | None = None
    role: str | None = None


@contract(CPPA, declared_order=True)
class PartyInfo:
    """A party's side of a profile or agreement; the order of its members is not that of their names."""

    her_id: int = 0
    party_name: str | None = None
    certificates: tuple[Certificate, ...] | None = None
    delivery_channels: tuple[DeliveryChannel, ...] | None = None
    collaboration_roles: tuple[CollaborationRole, ...] | None = None


@contract(CPPA)
class CollaborationProtocolProfile:
    """What a party can do (CPP)."""

    id: Guid | None = None
    party_info: PartyInfo | None = None
    valid_from: dt.datetime = NO_TIME
    valid_to: dt.datetime = NO_TIME


@contract(CPPA)
class CollaborationProtocolAgreement:
    """What two parties have agreed on (CPA)."""

    approved_by_party_a: bool = False
    approved_by_party_b: bool = False
    created_on: dt.datetime = NO_TIME
    id: Guid = NO_GUID
    party_a: PartyInfo | None = None
    party_b: PartyInfo | None = None
    revoked: dt.datetime | None = None
    valid_from: dt.datetime = NO_TIME
    valid_to: dt.datetime = NO_TIME
    version: str | None = None


@contract(CPPA)
class CpaDetails:
    """An agreement and its status."""

    collaboration_protocol_agreement: CollaborationProtocolAgreement | None = None
    status: Code | None = None


@contract(CPPA)
class CpaXmlDetails:
    """An agreement as the XML of ebXML CPPA 2.0, and its status."""

    collaboration_protocol_agreement_xml: str | None = None
    status: Code | None = None


@contract(PARAMETERS)
class Channel:
    """A channel by name."""

    address: str | None = None
    name: str | None = None


@contract(PARAMETERS)
class Role:
    """A role by name."""

    name: str | None = None


@contract(PARAMETERS)
class Process:
    """A process by name and version."""

    channels: tuple[Channel, ...] | None = None
    name: str | None = None
    roles: tuple[Role, ...] | None = None
    version: str | None = None


@contract(PARAMETERS)
class ProcessWithGuid:
    """A process by its identifier."""

    channels: tuple[Channel, ...] | None = None
    guid: Guid = NO_GUID
    roles: tuple[Role, ...] | None = None
    version_number: str | None = None


@contract(PARAMETERS)
class CollaborationProtocolProfileParameters:
    """A new profile, as a list of processes."""

    her_id: int = 0
    processes: tuple[Process, ...] | None = None


@contract(PARAMETERS)
class ProcessParameter:
    """A process to be added to, or removed from, a party's profile."""

    her_id: int = 0
    name: str | None = None
    process: ProcessWithGuid | None = None
