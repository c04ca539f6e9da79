"""Defects in how a clinic receives. Each is one change of `Parts`; see `nhnconform.mutants.table` for what it is."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nhnclinic.domain.values import Answer, Fault, Verdict
from nhnclinic.errors import TransportError
from nhnclinic.exchange import receiving
from nhnclinic.exchange.honest import apprec_as_document
from nhnclinic.exchange.parts import Parts, move_step, wrap_step
from nhnconform.mutants.wrapping import changed_transport

if TYPE_CHECKING:
    from nhnclinic.domain.values import Delivery, Notice, Opened, Receipt
    from nhnclinic.exchange.bench import Bench
    from nhnclinic.exchange.parts import Run

OLD = ("http://www.kith.no/xmlstds/apprec/2004-11-21", "1.0 2004-11-21")
NEW = ("http://www.kith.no/xmlstds/apprec/2012-02-15", "v1.1 2012-02-15")


def every_delivery_is_new(parts: Parts) -> Parts:
    """Identity by transport id."""

    def identity(opened: Opened, notice: Notice) -> str:
        del opened
        return f"transport:{notice.transport_id}"

    return replace(parts, identity=identity)


def answers_duplicates(parts: Parts) -> Parts:
    """The receipt is owed again when the message arrives again."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            done = await run(bench, delivery)
            if delivery.duplicate:
                notice = delivery.notice
                await bench.transport.post_apprec(notice.transport_id, notice.her_id, Answer.OK, ())
            return done

        return receipt

    return wrap_step(parts, "receipt", wrapper)


def overlooks(parts: Parts, *, code: str) -> Parts:
    """Faults with this code are not seen."""

    def find(opened: Opened, raw: bytes) -> tuple[Fault, ...]:
        return tuple(fault for fault in parts.find_faults(opened, raw) if fault.code != code)

    return replace(parts, find_faults=find)


def says_instead(parts: Parts, *, code: str, other: str) -> Parts:
    """Faults with this code are reported under another."""

    def find(opened: Opened, raw: bytes) -> tuple[Fault, ...]:
        faults = parts.find_faults(opened, raw)
        return tuple(replace(fault, code=other) if fault.code == code else fault for fault in faults)

    return replace(parts, find_faults=find)


def files_what_it_rejects(parts: Parts) -> Parts:
    """The receipt says no, and the message is imported."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def file(bench: Bench, delivery: Delivery) -> Delivery:
            decision = delivery.decision
            if decision is None or decision.verdict is not Verdict.REJECT:
                return await run(bench, delivery)
            accepted = replace(delivery, decision=replace(decision, verdict=Verdict.ACCEPT))
            return await run(bench, accepted)

        return file

    def wrapped(run: Run[Delivery]) -> Run[Delivery]:
        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            async def give(bench: Bench, owed: Receipt) -> None:
                status = Answer.REJECTED if delivery.faults else owed.status
                faults = delivery.faults or owed.faults
                await bench.transport.post_apprec(owed.transport_id, owed.her_id, status, faults)

            return await receiving.give_receipt(bench, delivery, give)

        del run
        return receipt

    return wrap_step(wrap_step(parts, "file", wrapper), "receipt", wrapped)


def shows_no_text(parts: Parts) -> Parts:
    """What a note says is lost when it is opened."""

    def recognise(raw: bytes) -> Opened:
        opened = parts.recognise(raw)
        if opened.dialog is None or opened.dialog.version != "1.0":
            return opened
        blank = tuple(replace(note, text="") for note in opened.dialog.notes)
        return replace(opened, dialog=replace(opened.dialog, notes=blank))

    return replace(parts, recognise=recognise)


def answers_receipts(parts: Parts) -> Parts:
    """After taking a receipt it gives one."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            if delivery.opened.is_receipt:
                notice = delivery.notice
                with contextlib.suppress(TransportError):  # the service knows better
                    await bench.transport.post_apprec(notice.transport_id, notice.her_id, Answer.OK, ())
            return await run(bench, delivery)

        return receipt

    return wrap_step(parts, "receipt", wrapper)


def refuses_version_1_1(parts: Parts) -> Parts:
    """Only Dialogmelding 1.0 is known."""

    def find(opened: Opened, raw: bytes) -> tuple[Fault, ...]:
        if opened.dialog is not None and opened.dialog.version == "1.1":
            return (Fault("T10", "Dialogmelding 1.1"),)
        return parts.find_faults(opened, raw)

    return replace(parts, find_faults=find)


def old_receipts(parts: Parts) -> Parts:
    """Receipts are written as XML, always of version 1.0."""

    def old(document: bytes) -> bytes:
        text = document.decode()
        for new, before in zip(NEW, OLD, strict=True):
            text = text.replace(new, before)
        return re.sub(r'V="PRIM"', 'V="SPR"', re.sub(r'V="AVS"', 'V="RECEIVER"', text)).encode()

    return changed_transport(apprec_as_document(parts), post=lambda honest, document: honest(old(document)))


def rounds_the_time(parts: Parts) -> Parts:
    """Receipts are written as XML, with whole seconds in IssueDate."""

    def rounded(document: bytes) -> bytes:
        return re.sub(rb"(IssueDate>[-0-9T:]+)[.][0-9]+", rb"\1", document)

    return changed_transport(apprec_as_document(parts), post=lambda honest, document: honest(rounded(document)))


def marks_before_it_keeps(parts: Parts) -> Parts:
    """Acknowledge moves before persist."""
    return move_step(parts, "acknowledge", before="persist")


def never_asks(parts: Parts) -> Parts:
    """A resumed receipt is handed in without asking, and as a document, so that nobody stops the second one."""
    honest = apprec_as_document(parts)

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            return await run(bench, replace(delivery, resumed=False))

        return receipt

    return wrap_step(honest, "receipt", wrapper)
