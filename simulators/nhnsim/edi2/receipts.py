"""The receipt that the service writes on a receiver's behalf (POST …/apprec): a real AppRec document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nhnsim.edi2 import addressing
from nhnsim.edi2.errors import invalid
from nhnwire import apprec, codes
from nhnwire.coded import CodedValue, oid
from nhnwire.errors import ProtocolError
from nhnwire.messages import PROFILES
from nhnwire.msghead import MsgHead, Organisation, ident, parse, party_her_id

if TYPE_CHECKING:
    from datetime import datetime

    from nhnfixtures.world import World
    from nhnsim.edi2.model import Receipt, ReceiptError

NEWEST = "1.1"
CODE_BY_STATUS = {"Ok": "1", "Rejected": "2", "OkErrorInMessagePart": "3"}
"""The names of version 2 to table 8258."""


def build(original: bytes, world: World, *, her_id: int, receipt: Receipt, receipt_id: str, now: datetime) -> bytes:
    """The AppRec document.

    Version by the type of the original (1.1 for a type this house does not know), addresses mirrored from it
    (HITS 1168). An original that is broken in other places still gets its receipt, with addresses from the register.

    Args:
        original: bytes of the answered head message.
        world: the register, for originals that cannot be read whole.
        her_id: the receiver who answers.
        receipt: status and errors.
        receipt_id: AppRec/Id.
        now: domain time, AppRec/GenDate.

    Raises:
        RefusedError: 400 when a text holds characters that XML cannot carry.
    """
    head = _head(original, world, her_id, now)
    profile = PROFILES.get(head.type.v)
    try:
        return apprec.answer(
            head,
            own_her_id=her_id,
            version=(profile.apprec_version if profile else "") or NEWEST,
            status=CODE_BY_STATUS[receipt.status],
            errors=tuple(_error(error) for error in receipt.errors),
            id=receipt_id,
            gen_date=now,
        ).to_bytes()
    except ValueError as error:
        raise invalid(f"appRecErrorList holds text that XML cannot carry: {error}") from error


def _error(error: ReceiptError) -> CodedValue:
    """Details become OT, what the user is shown; the display name is the table's own, else the given description."""
    system = error.oid or oid("8221")
    name = codes.name("8221", error.code) if system == oid("8221") else None
    return CodedValue(error.code, dn=name or error.description, s=system, ot=error.details or None)


def _head(original: bytes, world: World, her_id: int, now: datetime) -> MsgHead:
    """The original as a value: as it is written, or else only what its envelope says."""
    try:
        head = parse(original)
        if any(party_her_id(party) == her_id for party in head.receivers):
            return head
    except ProtocolError:
        pass
    known = addressing.read(original)
    head = MsgHead(
        type=CodedValue(known.msg_type),
        gen_date=known.generated or now,
        msg_id=known.msg_id or "",
        sender=_organisation(world, known.sender),
        receiver=_organisation(world, her_id),
    )
    return replace(head, gen_date_text=known.gen_date) if known.gen_date else head


def _organisation(world: World, her_id: int) -> Organisation:
    party = world.party(her_id)
    if party is None:
        return Organisation(idents=(ident("HER", her_id),))
    inner = Organisation(party.name, (ident("HER", party.her_id),))
    parent = world.party(party.parent_her_id) if party.parent_her_id is not None else None
    return inner if parent is None else Organisation(parent.name, (ident("HER", parent.her_id),), organisation=inner)
