"""From received bytes to a verdict.

Sources: HITS 1168 (who gets an AppRec, which error), HIS 80415 (AppRec), HIS 80601 (MsgHead). Wrong code values and
clinical faults are no grounds for rejection; only rules that carry an AppRec error code are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from nhnclinic.domain import handling
from nhnclinic.domain.values import Decision, Fault, Opened, Verdict
from nhnwire import apprec, basemessages, dialogmelding, messages, msghead, pasientlogistikk, rules, validation, xml
from nhnwire.errors import ProtocolError, SchemaError

if TYPE_CHECKING:
    from lxml.etree import _Element

    from nhnclinic.domain.values import Notice
    from nhnwire.basemessages import BaseMessage
    from nhnwire.msghead import MsgHead
    from nhnwire.pasientlogistikk import PatientLogistics

LONGEST_TEXT = 400


def recognise(raw: bytes) -> Opened:
    """What these bytes are. Bad input of any kind gives an `Opened` with its fault: T01, T02 or T10."""
    try:
        root = xml.parse(raw)
    except ProtocolError as error:
        return Opened(fault=_fault(error))
    is_receipt = xml.split_tag(root)[1] == "AppRec"
    try:
        if is_receipt:
            return Opened(apprec=apprec.parse(root), is_receipt=True)
        return _open_head(msghead.parse(root))
    except ProtocolError as error:
        return Opened(fault=_fault(error), is_receipt=is_receipt)


def _open_head(head: MsgHead) -> Opened:
    try:
        payload = head.business_document
        if head.type.v not in messages.PROFILES and payload is not None and _is_of_type(head.type.v, payload):
            return Opened(head=head, document=_read(head.type.v, payload))
        profile = messages.profile(head.type.v)
        if payload is None:
            raise SchemaError("the message holds no business document in XML", xpath="/MsgHead/Document")
        inside = xml.parse(payload)
        if profile.root == "AppRec":
            return Opened(head=head, apprec=apprec.parse(inside), is_receipt=True)
        if inside.tag != f"{{{profile.namespace}}}{profile.root}":
            fault = Fault("T10", f"{profile.code} with a document of type {str(inside.tag)[:120]}")
            return Opened(head=head, fault=fault)
        return Opened(head=head, dialog=dialogmelding.parse(inside))
    except ProtocolError as error:
        return Opened(head=head, fault=_fault(error), is_receipt=head.type.v == "APPREC")


def _is_of_type(code: str, payload: bytes) -> bool:
    """A lab answer, a referral: of a type beside the dialogue messages, with a document of that type."""
    beginnings = handling.table().of(code).documents
    return bool(beginnings) and xml.split_tag(xml.parse(payload))[0].startswith(beginnings)


def _read(code: str, payload: bytes) -> BaseMessage | PatientLogistics | None:
    """The document of a version that is read here; others are filed under their type unread."""
    root = xml.parse(payload)
    if xml.split_tag(root)[0] != messages.DOCUMENTS.get(code):
        return None
    return pasientlogistikk.parse(root) if code in pasientlogistikk.NEWS else basemessages.parse(root)


def _without_contents(raw: bytes) -> _Element:
    """The head alone, for a document inside it that this house has no schema for."""
    root = xml.parse(raw)
    for content in list(root.iter(f"{{{messages.MSGHEAD}}}Content")):
        del content[:]
    return root


def find_faults(opened: Opened, raw: bytes) -> tuple[Fault, ...]:
    """The faults for which the message must be rejected, each code once; the schema's before the rules'."""
    if opened.fault is not None:
        return (opened.fault,)
    if opened.head is None:
        return ()
    try:
        known = opened.dialog is not None or opened.document is not None
        validation.check_schema(raw if known else _without_contents(raw))
    except ProtocolError as error:
        return (_fault(error),)
    found: dict[str, Fault] = {}
    for violation in rules.grounds(opened.head):
        found.setdefault(violation.code, Fault(violation.code, violation.cause[:LONGEST_TEXT]))
    return tuple(found.values())


def decide(opened: Opened, faults: tuple[Fault, ...], notice: Notice, own: frozenset[int]) -> Decision:
    """The verdict.

    Args:
        opened: what was found.
        faults: from `find_faults`.
        notice: how it came, for which of our HER-ids.
        own: HER-ids of the clinic's services.
    """
    if opened.apprec is not None:
        return Decision(Verdict.RECEIPT)
    if silence := _reason_to_be_silent(opened, notice, own):
        return Decision(Verdict.SILENT, faults, silence)
    if faults:
        return Decision(Verdict.REJECT, faults, "; ".join(f"{fault.code} {fault.text}" for fault in faults))
    if notice.her_id not in own:
        fault = Fault("E21", f"No service here receives messages for HER-id {notice.her_id}.")
        return Decision(Verdict.REJECT, (fault,), fault.text)
    return Decision(Verdict.ACCEPT)


def _reason_to_be_silent(opened: Opened, notice: Notice, own: frozenset[int]) -> str:
    if opened.is_receipt or notice.is_apprec:
        return "a receipt that cannot be read; receipts are never answered"
    if sender_of(opened, notice) is None:
        return "the sender cannot be made out, so nobody can be told"
    head = opened.head
    if head is not None and not {*own, notice.her_id} & {*head.receiver_her_ids, *head.receiver_organisation_her_ids}:
        return "none of the receivers in the document is ours"
    return ""


def sender_of(opened: Opened, notice: Notice) -> int | None:
    """HER-id of the sender: as the document says, else as the transport says."""
    inside = opened.head.sender_her_id if opened.head is not None else None
    return inside if inside is not None else notice.sender_her_id


def identity(opened: Opened, notice: Notice) -> str:
    """What makes a received message the same message: its sender and MsgId.

    A MsgId that is no UUID identifies nothing; such a message is the same only when the transport says so.
    """
    if opened.head is not None:
        try:
            return f"in:{sender_of(opened, notice)}:{UUID(opened.head.msg_id)}"
        except ValueError:
            pass
    return f"transport:{notice.transport_id}"


def _fault(error: ProtocolError) -> Fault:
    return Fault(error.code or "T99", str(error)[:LONGEST_TEXT])
