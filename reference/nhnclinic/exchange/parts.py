"""`Parts`: the clinic as one frozen value of named steps and rules.

Whoever wants a clinic that behaves otherwise (a test, a mutant, an honest variant, a crash point) changes this
value and touches no honest code::

    def silent(parts: Parts) -> Parts:
        return without_step(parts, "receipt")

and starts the clinic with `python -m nhnclinic serve --config FILE --with module:silent`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nhnclinic.errors import NoSeamError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from nhnclinic.api.calls import Route
    from nhnclinic.config import Config, Edi2Settings
    from nhnclinic.domain.setup import Facts, Item, Stored
    from nhnclinic.domain.values import (
        Decision,
        Delivery,
        Draft,
        Fault,
        Notice,
        Opened,
        Outcome,
        Outgoing,
        Parcel,
        Party,
        Settled,
        State,
    )
    from nhnclinic.exchange.bench import Bench, Tokens, Transport, Wiring
    from nhnclinic.registers.address import AddressBook
    from nhnclinic.registers.gp import GpRegister
    from nhnclinic.store.database import Store
    from nhntime import Clock

T = TypeVar("T")
Run = Callable[["Bench", T], Awaitable[T]]


@dataclass(frozen=True)
class Step(Generic[T]):
    """One named step.

    Attributes:
        name: unique among all steps; names crash points too.
        run: takes the bench and the value on its way, gives the value back.
        recorded: True when the store remembers that this step was done, so that it is not repeated after a crash.
            Steps that are not recorded only compute and run again when work is resumed.
    """

    name: str
    run: Run[T]
    recorded: bool = False


@dataclass(frozen=True)
class Parts:
    """Everything the exchange core is made of.

    Steps:

    Attributes:
        receiving: take, persist, acknowledge, open, validate, decide, file, receipt: each over a `Delivery`, in this
            order. Persisting (committed to disk) comes before acknowledging (marking read at the peer).
        composing: draft, ready, address, build, store: each over a `Parcel`; run inside the request of the user, who
            is answered when the last one has committed.
        carrying: transport: over an `Outgoing` in state `queued`.
        following: status, deadline: over an `Outgoing` that waits for its AppRec. `status` asks the transport.
        settling: apprec: over an `Outcome`, wherever the news came from.

        problems: why a draft is not ready to be sent; each a sentence. Empty when it is.
        standing: what the operator has set and what is known beside it, to every item of the setup.
        needs: a message type to the items it needs.
        may: whether somebody with these roles may ask what is for those roles (empty: for everybody).
        offered: parties that were found, and the message type, to those that the recipient field shows.
        senders: the clinic and its services and practitioners, as registered, to the choices of sender.
        build: a parcel with both parties, the time, and the sending clinic's configuration to the bytes of a MsgHead.
        recognise: bytes to what they are; never raises for bad input but says the fault.
        find_faults: rules broken by what was opened, as AppRec errors.
        decide: what was opened, its faults, the notice and the HER-ids of the own services to the verdict.
        identity: the key under which a message counts as the same one (duplicate control): from what was opened and
            the notice it came with.
        settle: present state and an outcome to the next state and its alert; None when nothing changes.
        is_overdue: whether a message's AppRec is late, from its GenDate, now and the limit.
        next_look: when to ask the transport about a sent message again; None for never.
        back_off: how long to wait after the n-th failed attempt (1, 2, ...) at what the second argument names.

        new_id: a fresh UUID, lower case.
        headers: the headers every EDI 2.0 request carries beside the credentials.
        proof: makes the DPoP proof of one request; signature as `nhnwire.helseid.dpop_proof`.
        tokens: makes the source of access tokens.
        transport: makes the adapter to the transport.
        book: makes the client of the address register.
        gps: makes the client of the GP register, for a clinic that is told of one.
        store: opens the store at a database URL.
        routes: the operations of the clinic's own interface.
    """

    receiving: tuple[Step[Delivery], ...]
    composing: tuple[Step[Parcel], ...]
    carrying: tuple[Step[Outgoing], ...]
    following: tuple[Step[Outgoing], ...]
    settling: tuple[Step[Outcome], ...]
    problems: Callable[[Draft], tuple[str, ...]]
    standing: Callable[[Stored, Facts], tuple[Item, ...]]
    needs: Callable[[str], frozenset[str]]
    may: Callable[[frozenset[str], frozenset[str]], bool]
    offered: Callable[[Iterable[Party], str], list[Party]]
    senders: Callable[[Party, Iterable[Party]], list[Party]]
    build: Callable[[Parcel, datetime, Config], bytes]
    recognise: Callable[[bytes], Opened]
    find_faults: Callable[[Opened, bytes], tuple[Fault, ...]]
    decide: Callable[[Opened, tuple[Fault, ...], Notice, frozenset[int]], Decision]
    identity: Callable[[Opened, Notice], str]
    settle: Callable[[State, Outcome], Settled | None]
    is_overdue: Callable[[datetime, datetime, timedelta], bool]
    next_look: Callable[[datetime, datetime, timedelta], datetime | None]
    back_off: Callable[[int, str], timedelta]
    new_id: Callable[[], str]
    headers: Callable[[Edi2Settings], Mapping[str, str]]
    proof: Callable[..., str]
    tokens: Callable[[Wiring], Tokens]
    transport: Callable[[Wiring], Transport]
    book: Callable[[Wiring], AddressBook]
    gps: Callable[[Wiring], GpRegister | None]
    store: Callable[[str, Clock], Store]
    routes: tuple[Route, ...]


INBOUND = ("receiving",)
OUTBOUND = ("composing", "carrying", "following", "settling")


def steps(parts: Parts) -> dict[str, list[str]]:
    """Names of the steps by direction (`inbound`, `outbound`), in the order in which they run."""
    return {
        "inbound": [step.name for field in INBOUND for step in getattr(parts, field)],
        "outbound": [step.name for field in OUTBOUND for step in getattr(parts, field)],
    }


def step(parts: Parts, name: str) -> Step[Any]:
    """The step of that name.

    Raises:
        NoSeamError: there is none.
    """
    field, index = _find(parts, name)
    found: Step[Any] = getattr(parts, field)[index]
    return found


def replace_step(parts: Parts, name: str, run: Run[Any]) -> Parts:
    """Parts in which that step does something else.

    Raises:
        NoSeamError: there is no such step.
    """
    field, index = _find(parts, name)
    listed = list(getattr(parts, field))
    listed[index] = replace(listed[index], run=run)
    return _with(parts, field, listed)


def wrap_step(parts: Parts, name: str, wrapper: Callable[[Run[Any]], Run[Any]]) -> Parts:
    """Parts in which that step is wrapped: `wrapper` gets the honest run and gives the new one.

    Raises:
        NoSeamError: there is no such step.
    """
    return replace_step(parts, name, wrapper(step(parts, name).run))


def without_step(parts: Parts, name: str) -> Parts:
    """Parts without that step.

    Raises:
        NoSeamError: there is no such step.
    """
    field, index = _find(parts, name)
    listed = list(getattr(parts, field))
    del listed[index]
    return _with(parts, field, listed)


def move_step(parts: Parts, name: str, *, before: str) -> Parts:
    """Parts in which the step `name` runs just before the step `before` of the same list.

    Raises:
        NoSeamError: one of the two does not exist, or they are in different lists.
    """
    field, index = _find(parts, name)
    target, _ = _find(parts, before)
    if target != field:
        raise NoSeamError(f"the step {name!r} belongs to {field} and cannot move before {before!r} of {target}.")
    listed = list(getattr(parts, field))
    moved = listed.pop(index)
    listed.insert([one.name for one in listed].index(before), moved)
    return _with(parts, field, listed)


def extended(parts: Parts, transformer: Callable[[Parts], Parts], name: str) -> Parts:
    """The parts that a transformer makes of these.

    Raises:
        NoSeamError: it gave back what it was given, so it reaches no seam, or it gave back something else.
    """
    made = transformer(parts)
    if not isinstance(made, Parts):
        raise NoSeamError(f"the extension {name!r} gave back {type(made).__name__}; it must give back Parts.")
    if made == parts:
        known = ", ".join(one.name for one in fields(Parts))
        raise NoSeamError(
            f"the extension {name!r} reaches no seam: the clinic is the same with it as without. "
            f"Let it change one of: {known}."
        )
    return made


def _with(parts: Parts, field: str, listed: list[Step[Any]]) -> Parts:
    changes: dict[str, Any] = {field: tuple(listed)}
    return replace(parts, **changes)


def _find(parts: Parts, name: str) -> tuple[str, int]:
    for field in INBOUND + OUTBOUND:
        for index, one in enumerate(getattr(parts, field)):
            if one.name == name:
                return field, index
    known = [one for names in steps(parts).values() for one in names]
    raise NoSeamError(f"there is no step {name!r}, so nothing can be changed there. Steps: {', '.join(known)}.")


__all__ = [
    "Parts",
    "Run",
    "Step",
    "extended",
    "move_step",
    "replace_step",
    "step",
    "steps",
    "without_step",
    "wrap_step",
]
