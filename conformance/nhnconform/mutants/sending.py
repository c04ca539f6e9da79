"""Defects in how a clinic sends and follows up. See `nhnconform.mutants.table` for what each is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nhnclinic.domain.values import Answer, Settled, State
from nhnconform.mutants.wrapping import changed_transport
from nhnwire import msghead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from nhnclinic.config import Config
    from nhnclinic.domain.values import Outcome, Parcel
    from nhnclinic.exchange.parts import Parts


def hears_only_yes(parts: Parts) -> Parts:
    """Whatever the receipt says, it is a yes."""

    def settle(state: State, outcome: Outcome) -> Settled | None:
        return parts.settle(state, replace(outcome, status=Answer.OK, faults=()))

    return replace(parts, settle=settle)


def tells_nobody(parts: Parts) -> Parts:
    """States change, alerts are not raised."""

    def settle(state: State, outcome: Outcome) -> Settled | None:
        settled = parts.settle(state, outcome)
        return settled and replace(settled, alert="")

    return replace(parts, settle=settle)


def alarmed_by_success(parts: Parts) -> Parts:
    """A positive receipt is an alarm."""

    def settle(state: State, outcome: Outcome) -> Settled | None:
        settled = parts.settle(state, outcome)
        if settled is None or outcome.status is not Answer.OK:
            return settled
        return replace(settled, alert="contradicted")

    return replace(parts, settle=settle)


def overdue_after(parts: Parts, *, hours: str) -> Parts:
    """Another limit than the configured one."""
    other = timedelta(hours=float(hours))

    def is_overdue(gen_date: datetime, now: datetime, limit: timedelta) -> bool:
        del limit
        return parts.is_overdue(gen_date, now, other)

    def next_look(gen_date: datetime, now: datetime, limit: timedelta) -> datetime | None:
        return parts.next_look(gen_date, now, min(limit, other))

    return replace(parts, is_overdue=is_overdue, next_look=next_look)


def ignores_late_receipts(parts: Parts) -> Parts:
    """What was missed once stays missed."""

    def settle(state: State, outcome: Outcome) -> Settled | None:
        return None if state is State.APPREC_MISSING else parts.settle(state, outcome)

    return replace(parts, settle=settle)


def organisation_only(parts: Parts) -> Parts:
    """The sender of a note is the organisation, without its service."""

    def change(document: bytes) -> bytes:
        head = msghead.parse(document)
        return replace(head, sender=replace(head.sender, organisation=None)).to_bytes()

    return rewritten(parts, "DIALOG_NOTAT", change)


def no_heading(parts: Parts) -> Parts:
    """Tema is left out of a clinical dialogue."""
    return rewritten(
        parts, "DIALOG_HELSEFAGLIG", lambda document: re.sub(rb"<(\w+:)?Tema>.*?</(\w+:)?Tema>", b"", document)
    )


def loses_the_thread(parts: Parts) -> Parts:
    """RefToParent is the message's own id."""

    def change(document: bytes) -> bytes:
        own = re.search(rb"<(?:\w+:)?MsgId>([^<]*)<", document)
        mine = own.group(1) if own else b""
        return re.sub(rb"(<(?:\w+:)?RefToParent>)[^<]*", lambda found: found.group(1) + mine, document)

    return rewritten(parts, "DIALOG_SVAR", change)


def forgets_the_question(parts: Parts) -> Parts:
    """An answer is built as if nothing had been asked."""

    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        return parts.build(replace(parcel, draft=replace(parcel.draft, original=b"")), now, config)

    return replace(parts, build=build)


def sends_twice(parts: Parts) -> Parts:
    """A note is posted two times."""

    async def post(honest: Callable[[bytes], Awaitable[Any]], document: bytes) -> Any:
        if b'"DIALOG_NOTAT"' in document and b"MsgHead" in document:
            await honest(document)
        return await honest(document)

    return changed_transport(parts, post=post)


def rewritten(parts: Parts, kind: str, change: Callable[[bytes], bytes]) -> Parts:
    """Parts whose messages of a type are changed after they were built."""

    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        document = parts.build(parcel, now, config)
        return change(document) if parcel.draft.type == kind else document

    return replace(parts, build=build)
