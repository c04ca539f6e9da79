"""The JSON of EDI 2.0 version 2; names exactly as in NHN's OpenAPI document."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import Annotated, Final, Protocol

from msgspec import Meta, Struct

from nhnwire.edi2.reading import MODEL_ERROR, ModelError
from nhnwire.errors import ProtocolError

API_VERSION: Final = "2"
MAX_REQUEST: Final = 35 * 1024 * 1024
"""Bytes of a POST body; NHN says "35 MB"."""
CONTENT_TYPE: Final = "application/xml"
TRANSFER_ENCODING: Final = "base64"
AUDIENCE: Final = "nhn:msh"
SCOPE: Final = "nhn:msh/api"
JSON_TYPES: Final = ("application/json", "text/json")
"""Accepted Content-Types, beside `application/*+json`; everything else is answered 415."""

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
HerId = Annotated[int, Meta(ge=1, le=2**31 - 1)]
NonEmpty = Annotated[str, Meta(min_length=1)]


class AppRecStatus(StrEnum):
    """Status of an application receipt; `number` is the code of table 8258."""

    OK = "Ok"
    REJECTED = "Rejected"
    OK_ERROR_IN_MESSAGE_PART = "OkErrorInMessagePart"

    @property
    def number(self) -> str:
        """`1`, `2` or `3`."""
        return str(list(AppRecStatus).index(self) + 1)

    @classmethod
    def read(cls, value: str | int) -> AppRecStatus:
        """Read a name, a number or a number as text: NHN's schema has names, its examples have numbers.

        Raises:
            ProtocolError: when it is none of them.
        """
        members = list(cls)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ProtocolError("appRecStatus is neither text nor number", remedy=f"send {', '.join(members)}")
        text = str(value)
        found = next((member for member in members if text in {member.value, member.number}), None)
        if found is None:
            raise ProtocolError(f"appRecStatus {text[:40]!r} is not known", remedy=f"send {', '.join(members)}")
        return found


class DeliveryState(StrEnum):
    """How far a message has come on the transport."""

    UNCONFIRMED = "Unconfirmed"
    ACKNOWLEDGED = "Acknowledged"
    REJECTED = "Rejected"


class OrderBy(StrEnum):
    """Order of unread messages by the GenDate of the business document; 1 and 2 are accepted too."""

    ASCENDING = "Ascending"
    DESCENDING = "Descending"


class Json(Struct, frozen=True, kw_only=True, rename="camel"):
    """A schema: absent optional fields are None."""


class EbXmlInfo(Json, frozen=True, omit_defaults=True):
    """Overrides for the ebXML envelope that NHN writes when the receiver is not on EDI 2.0."""

    cpa_id: str | None = None
    conversation_id: str | None = None
    service: str | None = None
    service_type: str | None = None
    action: str | None = None
    sender_role: str | None = None
    use_sender_level1_her_id: bool | None = None
    receiver_role: str | None = None
    application_name: str | None = None
    application_version: str | None = None
    middleware_name: str | None = None
    middleware_version: str | None = None
    compress_payload: bool | None = None


class PostMessageRequest(Json, frozen=True, omit_defaults=True):
    """POST /Messages. `business_document` is base64 of UTF-8 XML."""

    business_document: NonEmpty
    content_type: NonEmpty
    content_transfer_encoding: NonEmpty
    eb_xml_overrides: EbXmlInfo | None = None
    receiver_her_ids_subset: list[Int32] | None = None


class GetBusinessDocumentResponse(Json, frozen=True):
    """GET /Messages/{id}/business-document."""

    business_document: NonEmpty
    content_type: NonEmpty
    content_transfer_encoding: NonEmpty


class Message(Json, frozen=True, omit_defaults=True):
    """An item of GET /Messages; only `id` and `receiver_her_id` are present without metadata."""

    id: str | None = None
    content_type: str | None = None
    receiver_her_id: Int32 | None = None
    sender_her_id: Int32 | None = None
    business_document_id: str | None = None
    business_document_gen_date: str | None = None
    is_app_rec: bool | None = None


class StatusInfo(Json, frozen=True):
    """One receiver's state: GET /Messages/{id}/status. `app_rec_status` is null until the receipt has come."""

    receiver_her_id: Int32
    transport_delivery_state: str
    app_rec_status: str | None = None


class AppRecError(Json, frozen=True):
    """An error of an application receipt: code and OID of table 8221, the code's text, and free text (`details`).

    NHN's schema requires the keys `errorCode` and `details`, but their values may be null.
    """

    error_code: str | None
    details: str | None
    description: str | None = None
    oid: str | None = None


class ApprecInfo(Json, frozen=True):
    """One receiver's receipt: GET /Messages/{id}/apprec."""

    receiver_her_id: Int32
    app_rec_status: str | None = None
    app_rec_error_list: list[AppRecError] | None = None


class PostAppRecRequest(Json, frozen=True, omit_defaults=True):
    """POST /Messages/{id}/apprec/{appRecSenderHerId}; see `AppRecStatus.read` for the status."""

    app_rec_status: str | int
    app_rec_error_list: list[AppRecError] | None = None
    eb_xml_overrides: EbXmlInfo | None = None


class ErrorMessage(Json, frozen=True):
    """Body of an answer outside 2xx. `stack_trace` exists in NHN's schema and is never filled."""

    request_id: str
    error: str | None = None
    error_code: Int32 = 0
    validation_errors: list[str] | None = None
    stack_trace: None = None


class Refusal(Struct, frozen=True):
    """A kind of error answer: HTTP status, `errorCode` and text."""

    status: int
    error_code: int
    text: str


CANCELLED: Final = Refusal(400, 0, "Request was cancelled")
INVALID_MODEL: Final = Refusal(400, 1000, MODEL_ERROR)
NOT_AUTHORISED: Final = Refusal(403, 0, "Not authorized for HerId(s): {her_ids}")
NOT_FOUND: Final = Refusal(404, 0, "Could not find database document")
UNKNOWN_ERROR: Final = Refusal(500, 0, "An unknown error occurred")


def wrap_document(document: bytes) -> str:
    """A business document as the JSON field holds it."""
    return base64.b64encode(document).decode("ascii")


class Wrapped(Protocol):
    """Any body of either version that carries a business document."""

    @property
    def business_document(self) -> str:
        """Base64 of the document."""

    @property
    def content_type(self) -> str:
        """`application/xml`."""

    @property
    def content_transfer_encoding(self) -> str:
        """`base64`."""


def unwrap_document(body: Wrapped) -> bytes:
    """The business document's bytes.

    Raises:
        ModelError: another content type or transfer encoding than NHN takes, or no base64.
    """
    faults = []
    if body.content_type.partition(";")[0].strip().lower() != CONTENT_TYPE:
        faults.append(f"contentType must be {CONTENT_TYPE}")
    if body.content_transfer_encoding.strip().lower() != TRANSFER_ENCODING:
        faults.append(f"contentTransferEncoding must be {TRANSFER_ENCODING}")
    document = b""
    try:
        document = base64.b64decode(body.business_document.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        faults.append("businessDocument is not base64")
    if faults:
        raise ModelError(tuple(faults))
    return document
