"""The JSON of EDI 2.0 version 3, as NHN's clients know it; names exactly as on the wire.

What version 2 has too (documents, errors of receipts, the names of states) is taken from there. New are addresses in
the request instead of in the document, configurations, notifications with offsets, and problem details (RFC 9457).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from nhnwire.edi2.v2 import AppRecError, GetBusinessDocumentResponse, HerId, Int32, Json, NonEmpty

__all__ = [
    "API_VERSION",
    "CHANNELS",
    "ApprecInfo",
    "DeliveryState",
    "GetBusinessDocumentResponse",
    "GetMessageResponse",
    "GetNotificationsResponse",
    "GetStatusResponse",
    "Identified",
    "MarkAsDownloadedRequest",
    "MshConfiguration",
    "Notification",
    "NotificationType",
    "PingResponse",
    "PostAppRecRequest",
    "PostMessageRequest",
    "ProblemDetails",
    "SetMshConfigurationsRequest",
    "StatusInfo",
    "TransportMetadataOverrides",
]

API_VERSION: Final = "3"
CHANNELS: Final = ("Api", "ApiPolling")
"""Channels a client outside NHN may choose: the first as in the OpenAPI page, the second as in the prose."""

MOST_HER_IDS: Final = 1500
LARGEST_PAGE: Final = 1000

Int64 = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class DeliveryState(StrEnum):
    """How far a message has come on the transport; `Abandoned` when resends are exhausted."""

    UNCONFIRMED = "Unconfirmed"
    ACKNOWLEDGED = "Acknowledged"
    REJECTED = "Rejected"
    ABANDONED = "Abandoned"


class NotificationType(StrEnum):
    """What a notification tells. NHN may add types: clients tolerate unknown ones."""

    NEW_MESSAGE = "NewMessage"
    REFUSED_MESSAGE = "RefusedMessage"
    SENT = "MessageSentStateUpdated"
    APPREC = "MessageApprecInfoUpdated"
    DELIVERY = "MessageDeliveryStateUpdated"


class TransportMetadataOverrides(Json, frozen=True, omit_defaults=True):
    """Overrides for the ebXML envelope that NHN writes when the receiver is not on EDI 2.0."""

    cpa_id: str | None = None
    conversation_id: str | None = None
    service: str | None = None
    service_type: str | None = None
    action: str | None = None
    sender_role: str | None = None
    receiver_role: str | None = None
    middleware_name: str | None = None
    middleware_version: str | None = None
    compress_payload: bool | None = None


class AppRecOverrides(TransportMetadataOverrides, frozen=True, omit_defaults=True):
    """The same for an application receipt, with the parties of the transport."""

    transport_sender_her_id: Int32 | None = None
    transport_receiver_her_id: Int32 | None = None


class PostMessageRequest(Json, frozen=True, omit_defaults=True):
    """POST /messages. `message_type_identificator` is a code of table 8279."""

    business_document: NonEmpty
    sender_her_id: HerId
    receiver_her_ids: Annotated[list[HerId], Meta(min_length=1)]
    content_type: NonEmpty
    content_transfer_encoding: NonEmpty
    message_type_identificator: NonEmpty
    application_name: NonEmpty
    application_version: NonEmpty
    transport_metadata_overrides: TransportMetadataOverrides | None = None


class Identified(Json, frozen=True):
    """The answer to POST /messages and POST /messages/{id}/apprec."""

    id: str


class PostAppRecRequest(Json, frozen=True, omit_defaults=True):
    """POST /messages/{id}/apprec; see `v2.AppRecStatus.read` for the status."""

    app_rec_sender_her_id: HerId
    app_rec_status: str | int
    application_name: NonEmpty
    application_version: NonEmpty
    app_rec_error_list: list[AppRecError] | None = None
    transport_metadata_overrides: AppRecOverrides | None = None


class GetMessageResponse(Json, frozen=True, omit_defaults=True):
    """GET /messages/{id}."""

    id: str
    sender_her_id: Int32 | None = None
    receiver_her_ids: list[Int32] | None = None
    business_document_id: str | None = None
    business_document_gen_date: str | None = None
    business_document_msg_type: str | None = None
    content_type: str | None = None


class ApprecInfo(Json, frozen=True):
    """A receiver's receipt."""

    app_rec_status: str | None = None
    app_rec_error_list: list[AppRecError] | None = None


class StatusInfo(Json, frozen=True):
    """One receiver's state. `sent`: it has left for the transport; `apprec_info` is null until the receipt has come."""

    receiver_her_id: Int32
    transport_delivery_state: str
    sent: bool
    apprec_info: ApprecInfo | None = None


class GetStatusResponse(Json, frozen=True):
    """GET /messages/{id}/status: one entry a receiver."""

    status_list: list[StatusInfo]


class MarkAsDownloadedRequest(Json, frozen=True):
    """PUT /messages/{id}/downloaded."""

    receiver_her_id: HerId


class RejectMessageFilters(msgspec.Struct, frozen=True, omit_defaults=True):
    """Message types (table 8279) that a receiver does not take; the key is written with a capital letter."""

    MessageFunction: list[str] | None = None


class MshConfiguration(Json, frozen=True, omit_defaults=True):
    """How a HER-id uses the service.

    Attributes:
        her_id: whose.
        receive_notification_channel: see `CHANNELS`.
        client_locked: only the HelseID client that sets it may act for the HER-id.
        reject_message_filters: what the HER-id does not take.
        receive_refused_message_notices: be told of what was refused; in the prose only.
    """

    her_id: HerId
    receive_notification_channel: str
    client_locked: bool | None = None
    reject_message_filters: RejectMessageFilters | None = None
    receive_refused_message_notices: bool | None = None


class SetMshConfigurationsRequest(Json, frozen=True):
    """PUT /mshconfigurations."""

    configurations: list[MshConfiguration]


class Notification(Json, frozen=True, omit_defaults=True):
    """Something happened. Offsets count over all HER-ids of the service, so that a client sees gaps."""

    type: str
    notification_receiver_her_id: Int32
    offset: Int64
    related_message_id: str | None = None
    notification_triggered_by_her_id: Int32 | None = None
    description: str | None = None
    created_at: str | None = None


class GetNotificationsResponse(Json, frozen=True):
    """GET /notifications."""

    notifications: list[Notification]


class PingResponse(Json, frozen=True):
    """GET /ping."""

    response: str
    timestamp_utc: str


class ProblemDetails(Json, frozen=True, omit_defaults=True):
    """Body of an answer outside 2xx (`mshApiProblemDetails`). `stack_trace` is never filled."""

    status: Int32
    title: str
    error_code: Int32
    type: str | None = None
    detail: str | None = None
    instance: str | None = None
    request_id: str | None = None
    validation_errors: list[str] | None = None
    timestamp: str | None = None
