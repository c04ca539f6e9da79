"""JSON bodies of version 2, to and from the post office's values; names and shapes are those of `nhnwire.edi2`."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from nhnsim.edi2.errors import invalid
from nhnsim.edi2.model import ABANDONED, REJECTED, Receipt, ReceiptError
from nhnwire import edi2
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhnsim.edi2.model import Delivery, Message

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class Upload:
    """A decoded POST /Messages: the document's bytes, the receivers asked for (empty: all), overrides as JSON."""

    document: bytes
    subset: tuple[int, ...]
    overrides: str | None


def upload(body: bytes) -> Upload:
    """Read the body of POST /Messages.

    Raises:
        RefusedError: 400, saying which field is wrong.
    """
    request = _decode(edi2.PostMessageRequest, body)
    faults = [
        f"{name} must be {wanted}, not {given[:60]!r}"
        for name, given, wanted in (
            ("contentType", request.content_type, edi2.CONTENT_TYPE),
            ("contentTransferEncoding", request.content_transfer_encoding, edi2.TRANSFER_ENCODING),
        )
        if given.lower() != wanted
    ]
    if faults:
        raise invalid(*faults)
    try:
        document = base64.b64decode(request.business_document, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"businessDocument is not base64: {error}") from error
    return Upload(document, tuple(request.receiver_her_ids_subset or ()), _overrides(request.eb_xml_overrides))


def receipt(body: bytes) -> tuple[Receipt, str | None]:
    """Read the body of POST …/apprec: status and errors, and overrides as JSON.

    Raises:
        RefusedError: 400, saying which field is wrong.
    """
    request = _decode(edi2.PostAppRecRequest, body)
    try:
        status = edi2.AppRecStatus.read(request.app_rec_status)
    except ProtocolError as error:
        raise invalid(f"{error}: {error.remedy}") from error
    errors = tuple(
        ReceiptError(error.error_code or "", error.details or "", error.description, error.oid)
        for error in request.app_rec_error_list or ()
    )
    return Receipt(status.value, errors), _overrides(request.eb_xml_overrides)


def messages(found: Iterable[tuple[Message, int]], *, metadata: bool) -> bytes:
    """The list of unread messages; without metadata only id and receiver."""
    return encode([_shown(message, receiver, metadata=metadata) for message, receiver in found])


def message(found: Message, receiver: int) -> bytes:
    """One message with its metadata."""
    return encode(_shown(found, receiver, metadata=True))


def document(content: bytes) -> bytes:
    """A business document, encoded as it was posted."""
    encoded = base64.b64encode(content).decode("ascii")
    return encode(
        edi2.GetBusinessDocumentResponse(
            business_document=encoded, content_type=edi2.CONTENT_TYPE, content_transfer_encoding=edi2.TRANSFER_ENCODING
        )
    )


def statuses(deliveries: Iterable[Delivery]) -> bytes:
    """State by receiver. Version 2 has no word for what was given up: it was rejected."""
    return encode(
        [
            edi2.StatusInfo(
                receiver_her_id=delivery.receiver,
                transport_delivery_state=REJECTED if delivery.transport == ABANDONED else delivery.transport,
                app_rec_status=delivery.receipt.status if delivery.receipt else None,
            )
            for delivery in deliveries
        ]
    )


def app_recs(deliveries: Iterable[Delivery]) -> bytes:
    """Receipt by receiver."""
    return encode([_app_rec(delivery) for delivery in deliveries])


def created(message_id: str) -> bytes:
    """The bare id, quoted."""
    return encode(message_id)


def encode(value: object) -> bytes:
    """JSON."""
    return msgspec.json.encode(value)


def _shown(message: Message, receiver: int, *, metadata: bool) -> edi2.Message:
    if not metadata:
        return edi2.Message(id=message.id, receiver_her_id=receiver)
    return edi2.Message(
        id=message.id,
        content_type=edi2.CONTENT_TYPE,
        receiver_her_id=receiver,
        sender_her_id=message.sender,
        business_document_id=message.msg_id,
        business_document_gen_date=message.gen_date,
        is_app_rec=message.is_app_rec,
    )


def _app_rec(delivery: Delivery) -> edi2.ApprecInfo:
    if delivery.receipt is None:
        return edi2.ApprecInfo(receiver_her_id=delivery.receiver)
    errors = [
        edi2.AppRecError(error_code=error.code, details=error.details, description=error.description, oid=error.oid)
        for error in delivery.receipt.errors
    ]
    return edi2.ApprecInfo(
        receiver_her_id=delivery.receiver,
        app_rec_status=delivery.receipt.status,
        app_rec_error_list=errors or None,
    )


def _decode(kind: type[T], body: bytes) -> T:
    try:
        return edi2.decode_strict(kind, body)
    except ProtocolError as error:
        raise invalid(str(error)) from error


def _overrides(given: edi2.EbXmlInfo | None) -> str | None:
    return None if given is None else msgspec.json.encode(given).decode("utf-8")
