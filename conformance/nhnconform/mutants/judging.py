"""Defects in how a clinic judges and answers. See `nhnconform.mutants.table` for what each is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nhnclinic.domain.values import Answer, Decision, Fault, Settled, State, Verdict
from nhnclinic.exchange.honest import apprec_as_document
from nhnclinic.exchange.parts import wrap_step
from nhnclinic.store import records
from nhnconform.mutants.wrapping import changed_transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnclinic.domain.values import Delivery, Notice, Opened, Outcome
    from nhnclinic.exchange.bench import Bench
    from nhnclinic.exchange.parts import Parts, Run


def _refinding(parts: Parts, change: Callable[[Opened, tuple[Fault, ...]], tuple[Fault, ...]]) -> Parts:
    """Parts that find other faults."""

    def find(opened: Opened, raw: bytes) -> tuple[Fault, ...]:
        return change(opened, parts.find_faults(opened, raw))

    return replace(parts, find_faults=find)


def without_words(parts: Parts) -> Parts:
    """Faults have codes and no texts."""
    return _refinding(parts, lambda _, faults: tuple(Fault(fault.code) for fault in faults))


def first_fault_only(parts: Parts) -> Parts:
    """After the first fault it looks no further."""
    return _refinding(parts, lambda _, faults: faults[:1])


def _kinds(opened: Opened) -> list[str]:
    head = opened.head
    return [one.type.v for one in head.patient.idents] if head is not None and head.patient is not None else []


def knows_no(parts: Parts, *, kind: str) -> Parts:
    """An identifier of this kind identifies nobody."""

    def change(opened: Opened, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return faults if faults or _kinds(opened) != [kind] else (Fault("E36", f"no patient has a {kind}"),)

    return _refinding(parts, change)


def wants_a_birth_date(parts: Parts) -> Parts:
    """A help number counts only without a birth date: with one, the two are thought to contradict each other."""

    def change(opened: Opened, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        head = opened.head
        born = head is not None and head.patient is not None and head.patient.born is not None
        return faults if faults or not (born and _kinds(opened) == ["FHN"]) else (Fault("E36", "two identities"),)

    return _refinding(parts, change)


def one_number_each(parts: Parts) -> Parts:
    """Who has two identifiers is two persons."""

    def change(opened: Opened, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return faults if faults or len(_kinds(opened)) < 2 else (Fault("E36", "two identities"),)

    return _refinding(parts, change)


def numbers_suffice(parts: Parts) -> Parts:
    """A number identifies a patient, with or without a name."""

    def change(opened: Opened, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return tuple(fault for fault in faults if not (fault.code == "E36" and _kinds(opened)))

    return _refinding(parts, change)


def copies_are_main(parts: Parts) -> Parts:
    """Receipts are written as XML, with the role of a main receiver in each."""

    def changed(document: bytes) -> bytes:
        return re.sub(rb'(Role [^>]*V=")COP"', rb'\1SPR"', document)

    return changed_transport(apprec_as_document(parts), post=lambda honest, document: honest(changed(document)))


def alarmed_by_a_second_yes(parts: Parts) -> Parts:
    """A second positive receipt is an alarm."""

    def settle(state: State, outcome: Outcome) -> Settled | None:
        if state is State.DELIVERED and outcome.status is Answer.OK and outcome.source == "apprec":
            return Settled(state, "accepted again", alert="contradicted")
        return parts.settle(state, outcome)

    return replace(parts, settle=settle)


def anybody_here_will_do(parts: Parts, *, named: str) -> Parts:
    """A message to nobody in particular is filed, if its receiver is a person, a service or not named at level 2."""

    def decide(opened: Opened, faults: tuple[Fault, ...], notice: Notice, own: frozenset[int]) -> Decision:
        head = opened.head
        organisation = head.receiver if head is not None else None
        inner = getattr(organisation, "organisation", None)
        level = "person" if getattr(organisation, "professional", None) is not None else "service"
        if inner is not None and not any(one.type.v == "HER" for one in inner.idents):
            level = "nothing"
        return parts.decide(opened, faults, notice, own | {notice.her_id} if level == named else own)

    return replace(parts, decide=decide)


def answers_others_mail(parts: Parts) -> Parts:
    """What is for nobody here is rejected rather than left alone."""

    def decide(opened: Opened, faults: tuple[Fault, ...], notice: Notice, own: frozenset[int]) -> Decision:
        decision = parts.decide(opened, faults, notice, own)
        if decision.verdict is Verdict.SILENT and opened.head is not None and not opened.is_receipt:
            fault = Fault("E21", "nobody here")
            return Decision(Verdict.REJECT, (fault,), fault.text)
        return decision

    return replace(parts, decide=decide)


def answers_rejected_again(parts: Parts) -> Parts:
    """A rejected message is rejected as often as it comes."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            done = await run(bench, delivery)
            if delivery.duplicate and delivery.faults:
                notice = delivery.notice
                await bench.transport.post_apprec(notice.transport_id, notice.her_id, Answer.REJECTED, delivery.faults)
            return done

        return receipt

    return wrap_step(parts, "receipt", wrapper)


def silent_about_strangers(parts: Parts) -> Parts:
    """A message about somebody without a record here is put aside without a word."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def decide(bench: Bench, delivery: Delivery) -> Delivery:
            done = await run(bench, delivery)
            head = delivery.opened.head
            numbers = [one.id for one in head.patient.idents] if head is not None and head.patient is not None else []
            with bench.store.reading() as connection:
                strange = numbers and not any(records.patient(connection, number) for number in numbers)
            return replace(done, decision=Decision(Verdict.SILENT, (), "a stranger")) if strange else done

        return decide

    return wrap_step(parts, "decide", wrapper)
