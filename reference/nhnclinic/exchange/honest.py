"""The honest clinic: `Parts` as the standards have it, and one legal alternative."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from nhnclinic.api.routes import ROUTES
from nhnclinic.domain import addressing, judging, readiness, settling, setup
from nhnclinic.domain.building import build
from nhnclinic.domain.values import Answer, Delivery, Receipt
from nhnclinic.errors import TransportError
from nhnclinic.exchange import msh, receiving, sending, transports
from nhnclinic.exchange.parts import Parts, replace_step
from nhnclinic.registers.address import AddressBook
from nhnclinic.registers.helseid import HelseIdTokens
from nhnclinic.store.database import open_store
from nhnwire import apprec, codes, helseid, messages, msghead
from nhnwire.errors import ProtocolError

if TYPE_CHECKING:
    from nhnclinic.exchange.bench import Bench, Wiring
    from nhnclinic.registers.gp import GpRegister
    from nhnwire.msghead import MsgHead


def _new_id() -> str:
    return str(uuid4())


def _may(has: frozenset[str], asked: frozenset[str]) -> bool:
    return not asked or bool(has & asked)


def _gps(wiring: Wiring) -> GpRegister | None:
    settings = wiring.config.gp_register
    if settings is None:
        return None
    from nhnclinic.registers.gp import GpRegister  # noqa: PLC0415 - slow to import, and not every clinic has one

    return GpRegister(wiring, settings)


def honest() -> Parts:
    """The clinic as it should be."""
    return Parts(
        receiving=receiving.RECEIVING,
        composing=sending.COMPOSING,
        carrying=sending.CARRYING,
        following=sending.FOLLOWING,
        settling=sending.SETTLING,
        problems=readiness.problems,
        standing=setup.items,
        needs=setup.needs,
        may=_may,
        offered=addressing.offered,
        senders=addressing.senders,
        build=build,
        recognise=judging.recognise,
        find_faults=judging.find_faults,
        decide=judging.decide,
        identity=judging.identity,
        settle=settling.settle,
        is_overdue=settling.is_overdue,
        next_look=settling.next_look,
        back_off=settling.back_off,
        new_id=_new_id,
        headers=msh.headers,
        proof=helseid.dpop_proof,
        tokens=HelseIdTokens,
        transport=transports.make,
        book=AddressBook,
        gps=_gps,
        store=open_store,
        routes=ROUTES,
    )


def apprec_as_document(parts: Parts) -> Parts:
    """A variant that is just as legal: the clinic writes the AppRec itself and posts it as a message.

    Documents that cannot be read cannot be mirrored; for those the transport still makes the AppRec.
    """
    return replace_step(parts, "receipt", receipt_as_document)


async def receipt_as_document(bench: Bench, delivery: Delivery) -> Delivery:
    """The step `receipt`, with an AppRec document."""
    return await receiving.give_receipt(bench, delivery, _as_document)


_STATUS = {Answer.OK: "1", Answer.REJECTED: "2", Answer.PARTLY: "3"}


async def _as_document(bench: Bench, owed: Receipt) -> None:
    try:
        head = msghead.parse(owed.document)
        # Where the document names somebody else here, a receipt of theirs would not be ours to send.
        written = _written(bench, owed, head) if owed.her_id in head.receiver_her_ids else b""
    except (ProtocolError, ValueError):
        written = b""
    if not written:
        await bench.transport.post_apprec(owed.transport_id, owed.her_id, owed.status, owed.faults)
        return
    if not await bench.transport.post(written):
        raise TransportError("the transport gave the AppRec no id")


def _written(bench: Bench, owed: Receipt, head: MsgHead) -> bytes:
    return apprec.answer(
        head,
        own_her_id=owed.her_id,
        version=messages.profile(head.type.v).apprec_version,
        status=_STATUS[owed.status],
        errors=[codes.value("8221", fault.code, ot=fault.text or None) for fault in owed.faults],
        id=bench.parts.new_id(),
        gen_date=bench.clock.now(),
    ).to_bytes()
