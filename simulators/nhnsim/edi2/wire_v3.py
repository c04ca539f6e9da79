"""JSON bodies of version 3, to and from the post office's values; names and shapes are those of `nhnwire.edi2.v3`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from nhnsim.edi2.desk_v3 import Posting
from nhnsim.edi2.errors import invalid
from nhnsim.edi2.model import Receipt, ReceiptError
from nhnsim.edi2.notices import Configuration
from nhnwire import edi2
from nhnwire.edi2 import v3
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from nhnsim.edi2.model import Delivery, Message
    from nhnsim.edi2.notices import Noticed

T = TypeVar("T", bound=msgspec.Struct)

LONGEST_TYPE = 100


def posting(body: bytes) -> Posting:
    """Read the body of POST /messages.

    Raises:
        RefusedError: 400, saying which field is wrong.
    """
    request = _decode(v3.PostMessageRequest, body)
    try:
        document = edi2.unwrap_document(request)
    except edi2.ModelError as error:
        raise invalid(*error.validation_errors) from error
    if len(request.message_type_identificator) > LONGEST_TYPE:
        raise invalid(f"messageTypeIdentificator must be a code of table 8279, at most {LONGEST_TYPE} characters")
    return Posting(
        document,
        request.sender_her_id,
        tuple(request.receiver_her_ids),
        request.message_type_identificator,
        _json(request.transport_metadata_overrides),
    )


def receipt(body: bytes) -> tuple[int, Receipt, str | None]:
    """Read the body of POST /messages/{id}/apprec: who answers, status and errors, and overrides as JSON.

    Raises:
        RefusedError: 400, saying which field is wrong.
    """
    request = _decode(v3.PostAppRecRequest, body)
    try:
        status = edi2.AppRecStatus.read(request.app_rec_status)
    except ProtocolError as error:
        raise invalid(f"{error}: {error.remedy}") from error
    errors = tuple(
        ReceiptError(error.error_code or "", error.details or "", error.description, error.oid)
        for error in request.app_rec_error_list or ()
    )
    return request.app_rec_sender_her_id, Receipt(status.value, errors), _json(request.transport_metadata_overrides)


def downloaded(body: bytes) -> int:
    """Read the body of PUT /messages/{id}/downloaded: the receiver.

    Raises:
        RefusedError: 400, saying which field is wrong.
    """
    return _decode(v3.MarkAsDownloadedRequest, body).receiver_her_id


def configurations(body: bytes, client_id: str) -> list[Configuration]:
    """Read the body of PUT /mshconfigurations.

    Raises:
        RefusedError: 400, saying which field is wrong.
    """
    request = _decode(v3.SetMshConfigurationsRequest, body)
    faults = [
        f"receiveNotificationChannel must be {' or '.join(v3.CHANNELS)}, not {one.receive_notification_channel[:40]!r}"
        for one in request.configurations
        if one.receive_notification_channel not in v3.CHANNELS
    ]
    if not request.configurations:
        faults.append("configurations must hold at least one configuration")
    if faults:
        raise invalid(*faults)
    return [
        Configuration(
            her_id=one.her_id,
            channel=one.receive_notification_channel,
            client_id=client_id,
            locked=bool(one.client_locked),
            refuses=frozenset((one.reject_message_filters and one.reject_message_filters.MessageFunction) or ()),
            told_of_refused=bool(one.receive_refused_message_notices),
        )
        for one in request.configurations
    ]


def created(message_id: str) -> bytes:
    """The id of what was made."""
    return edi2.encode(v3.Identified(id=message_id))


def message(found: Message) -> bytes:
    """One message."""
    return edi2.encode(
        v3.GetMessageResponse(
            id=found.id,
            sender_her_id=found.sender,
            receiver_her_ids=list(found.receivers),
            business_document_id=found.msg_id,
            business_document_gen_date=found.gen_date,
            business_document_msg_type=found.msg_type or None,
            content_type=edi2.CONTENT_TYPE,
        )
    )


def statuses(deliveries: Iterable[Delivery]) -> bytes:
    """State by receiver. Whatever was accepted has left for the transport at once."""
    return edi2.encode(
        v3.GetStatusResponse(
            status_list=[
                v3.StatusInfo(
                    receiver_her_id=delivery.receiver,
                    transport_delivery_state=delivery.transport,
                    sent=True,
                    apprec_info=_apprec(delivery.receipt),
                )
                for delivery in deliveries
            ]
        )
    )


def notification(found: Noticed) -> v3.Notification:
    """One notification."""
    notice = found.notice
    return v3.Notification(
        type=notice.type.value,
        notification_receiver_her_id=notice.receiver,
        offset=found.offset,
        related_message_id=notice.message,
        notification_triggered_by_her_id=notice.triggered_by,
        description=notice.description,
        created_at=found.created_at,
    )


def notifications(found: Iterable[Noticed]) -> bytes:
    """A page of notifications."""
    return edi2.encode(v3.GetNotificationsResponse(notifications=[notification(one) for one in found]))


def pong(now: datetime) -> bytes:
    """The answer to GET /ping."""
    return edi2.encode(v3.PingResponse(response="pong", timestamp_utc=now.isoformat()))


def _apprec(receipt: Receipt | None) -> v3.ApprecInfo | None:
    if receipt is None:
        return None
    errors = [
        edi2.AppRecError(error_code=error.code, details=error.details, description=error.description, oid=error.oid)
        for error in receipt.errors
    ]
    return v3.ApprecInfo(app_rec_status=receipt.status, app_rec_error_list=errors or None)


def _decode(kind: type[T], body: bytes) -> T:
    try:
        return edi2.decode_strict(kind, body)
    except edi2.ModelError as error:
        raise invalid(*error.validation_errors) from error


def _json(given: msgspec.Struct | None) -> str | None:
    return None if given is None else msgspec.json.encode(given).decode("utf-8")
