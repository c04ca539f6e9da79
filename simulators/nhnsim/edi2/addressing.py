"""Who sends what to whom: read from the business document itself; in version 3 the request says it instead.

Only what is needed to carry the message is looked at. Whether the document is valid is for its receiver to
judge: a message handler that checked schemas would hide from the receiver the very faults it must answer.
Sources: MsgHead 1.2 (HIS 80601:2006), AppRec 1.0 and 1.1 (HIS 80415), levels of address HIS 1153 AD2.5–AD2.15.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhnsim.edi2.errors import invalid, not_addressed
from nhnwire.errors import ProtocolError, SchemaError
from nhnwire.timestamps import parse_date_time
from nhnwire.xml import parse, split_tag, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
APPREC = {"http://www.kith.no/xmlstds/apprec/2004-11-21": "1.0", "http://www.kith.no/xmlstds/apprec/2012-02-15": "1.1"}
LARGEST_HER_ID = 2**31 - 1
MSG_ID_LIMIT = 100

_DECLARATION = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml\s[^>]*?encoding\s*=\s*["'](?P<encoding>[^"'>]*)["'][^>]*?\?>""")


@dataclass(frozen=True)
class Addressed:
    """A business document's envelope facts.

    Attributes:
        is_app_rec: True for an application receipt.
        msg_type: code of table 8279, empty when the document names none.
        msg_id: MsgInfo/MsgId or AppRec/Id; None when empty.
        gen_date: as written in the document, with or without an offset; None when it is no point in time.
        generated: the point in time it means; without an offset it is Norwegian local time.
        sender: HER-id of the innermost level that has one.
        receivers: main receiver first, then copy receivers, each once.
        patients: ids of the patient, of any kind.
        original_msg_id: for a receipt, OriginalMsgId/Id.
        status: for a receipt, the code of table 8258.
        errors: for a receipt, (V, S, DN, OT) of each Error.
    """

    is_app_rec: bool
    msg_type: str
    msg_id: str | None
    gen_date: str | None
    generated: datetime | None
    sender: int
    receivers: tuple[int, ...]
    patients: tuple[str, ...] = ()
    original_msg_id: str | None = None
    status: str | None = None
    errors: tuple[tuple[str, str, str, str], ...] = ()


def read(data: bytes, explicit: tuple[int, tuple[int, ...]] | None = None) -> Addressed:
    """The envelope facts of a business document.

    Args:
        data: the document.
        explicit: sender and receivers, where the request names them (version 3); the document's own then do not count.

    Raises:
        RefusedError: 400, when the bytes are no UTF-8 XML that says so, no document this service carries, or when
            sender or receivers cannot be deduced.
    """
    _check_declaration(data)
    try:
        root = parse(data)
    except ProtocolError as error:
        raise invalid(f"businessDocument is not readable XML: {error}") from error
    namespace, name = split_tag(root)
    if (namespace, name) == (MSGHEAD, "MsgHead"):
        return _message(root, explicit)
    if name == "AppRec" and namespace in APPREC:
        return _receipt(root, explicit)
    kind = f"{name} of {namespace or 'no namespace'}"
    raise invalid(f"businessDocument is {kind}: this service carries MsgHead 1.2 and AppRec 1.0 or 1.1")


def _check_declaration(data: bytes) -> None:
    declared = _DECLARATION.match(data)
    if declared is None or declared["encoding"].upper() != b"UTF-8":
        raise invalid('businessDocument must begin with <?xml version="1.0" encoding="UTF-8"?>')
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid(f"businessDocument declares UTF-8 but is not: {error}") from error


def _message(root: Any, explicit: tuple[int, tuple[int, ...]] | None) -> Addressed:
    info = _child(root, "MsgInfo")
    if info is None:
        raise not_addressed("Could not deduce the addressees: MsgHead has no MsgInfo")
    receivers = [_organisation_her_id(_child(info, "Receiver"))]
    receivers += [_organisation_her_id(other) for other in _children(info, "OtherReceiver")]
    patient = _child(info, "Patient")
    gen_date, generated = _point_in_time(_text(info, "GenDate"))
    return Addressed(
        is_app_rec=False,
        msg_type=_value(info, "Type"),
        msg_id=_msg_id(_text(info, "MsgId")),
        gen_date=gen_date,
        generated=generated,
        sender=explicit[0] if explicit else _sender(_organisation_her_id(_child(info, "Sender"))),
        receivers=explicit[1] if explicit else _receivers(receivers),
        patients=tuple(filter(None, (_text(ident, "Id") for ident in _children(patient, "Ident")))),
    )


def _receipt(root: Any, explicit: tuple[int, tuple[int, ...]] | None) -> Addressed:
    original = _child(root, "OriginalMsgId")
    gen_date, generated = _point_in_time(_text(root, "GenDate"))
    return Addressed(
        is_app_rec=True,
        msg_type=_value(root, "MsgType"),
        msg_id=_msg_id(_text(root, "Id")),
        gen_date=gen_date,
        generated=generated,
        sender=explicit[0] if explicit else _sender(_receipt_her_id(_child(root, "Sender"))),
        receivers=explicit[1] if explicit else _receivers([_receipt_her_id(_child(root, "Receiver"))]),
        original_msg_id=_text(original, "Id") or None,
        status=_value(root, "Status") or None,
        errors=tuple(
            (error.get("V", ""), error.get("S", ""), error.get("DN", ""), error.get("OT", ""))
            for error in _children(root, "Error")
        ),
    )


def _sender(her_id: int | None) -> int:
    if her_id is None:
        raise not_addressed("Could not deduce the sender: the document gives no HER-id for it")
    return her_id


def _receivers(her_ids: list[int | None]) -> tuple[int, ...]:
    known = tuple(dict.fromkeys(her_id for her_id in her_ids if her_id is not None))
    if not known:
        raise not_addressed("Could not deduce the addressees: the document gives no receiver with a HER-id")
    return known


def _organisation_her_id(party: Any) -> int | None:
    """The service's or person's HER-id (level 2), else the organisation's (level 1); HIS 1153 AD2.6–2.8.

    A person inside a service is its contact, not its address.
    """
    organisation = _child(party, "Organisation")
    services = []
    inner = _child(organisation, "Organisation")
    while inner is not None:
        services.append(inner)
        inner = _child(inner, "Organisation")
    holders = [*reversed(services), _child(organisation, "HealthcareProfessional"), organisation]
    return next((her_id for holder in holders if (her_id := _ident(holder)) is not None), None)


def _ident(holder: Any) -> int | None:
    for ident in _children(holder, "Ident"):
        if _value(ident, "TypeId") == "HER" and (her_id := _her_id(_text(ident, "Id"))) is not None:
            return her_id
    return None


def _receipt_her_id(party: Any) -> int | None:
    """As `_organisation_her_id`, in the receipt's own structure; HIS 1153 AD2.12–2.15."""
    institution = _child(_child(party, "HCP"), "Inst")
    holders = [
        *reversed(list(_children(institution, "Dept"))),
        *_children(institution, "HCPerson"),
        institution,
        _child(_child(party, "HCP"), "HCProf"),
    ]
    return next((her_id for holder in holders if (her_id := _receipt_ident(holder)) is not None), None)


def _receipt_ident(holder: Any) -> int | None:
    if _value(holder, "TypeId") == "HER":
        return _her_id(_text(holder, "Id"))
    for additional in _children(holder, "AdditionalId"):
        if _value(additional, "Type") == "HER":
            return _her_id(_text(additional, "Id"))
    return None


def _her_id(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if 1 <= number <= LARGEST_HER_ID else None


def _msg_id(text: str) -> str | None:
    if len(text) > MSG_ID_LIMIT:
        raise invalid(f"the document's id is longer than {MSG_ID_LIMIT} characters, so that nobody could ask for it")
    return text or None


def _point_in_time(text: str) -> tuple[str, datetime] | tuple[None, None]:
    try:
        return text, parse_date_time(text)
    except SchemaError:
        return None, None


def _children(element: Any, name: str) -> Iterator[Any]:
    """The children of this local name in the namespace of the element; none when there is no element."""
    if element is None:
        return
    namespace = str(element.tag).rpartition("}")[0]
    yield from element.iterchildren(f"{namespace}}}{name}" if namespace else name)


def _child(element: Any, name: str) -> Any:
    return next(_children(element, name), None)


def _text(element: Any, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else text_of(child).strip()


def _value(element: Any, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else str(child.get("V", "")).strip()
