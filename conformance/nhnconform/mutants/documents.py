"""Defects in documents beside the dialogue messages. See `nhnconform.mutants.table` for what each is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nhnclinic.api.shapes import MessageIn
from nhnclinic.domain.values import Fault
from nhnconform.mutants.sending import rewritten
from nhnconform.mutants.wrapping import changed_route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nhnclinic.api.calls import Call
    from nhnclinic.domain.values import Opened
    from nhnclinic.exchange.parts import Parts


class WithCopies(MessageIn):
    """A message with copy receivers, whom nobody looks at."""

    copy_to: tuple[int, ...] = ()


def refuses(parts: Parts, *, kind: str) -> Parts:
    """Messages of a type are rejected as a format nobody knows."""

    def find(opened: Opened, raw: bytes) -> tuple[Fault, ...]:
        if opened.head is not None and opened.head.type.v == kind:
            return (Fault("T10", kind),)
        return parts.find_faults(opened, raw)

    return replace(parts, find_faults=find)


def takes_for(parts: Parts, *, kind: str, other: str) -> Parts:
    """Messages of a type are filed as another."""

    def recognise(raw: bytes) -> Opened:
        opened = parts.recognise(raw)
        if opened.head is None or opened.head.type.v != kind:
            return opened
        return replace(opened, head=replace(opened.head, type=replace(opened.head.type, v=other)))

    return replace(parts, recognise=recognise)


def refers_without_a_problem(parts: Parts) -> Parts:
    """A referral leaves out its reasons."""
    return rewritten(
        parts,
        "HENVISNING",
        lambda document: re.sub(rb"<(\w+:)?ReasonAsText>.*?</(\w+:)?ReasonAsText>", b"", document, flags=re.DOTALL),
    )


def takes_copy_receivers(parts: Parts) -> Parts:
    """A copy receiver is taken, and forgotten."""

    async def unchanged(honest: Callable[[Call], Awaitable[Any]], call: Call) -> Any:
        return await honest(call)

    return changed_route(parts, "post_message", unchanged, takes=WithCopies)


def old_requisitions(parts: Parts) -> Parts:
    """Requisitions are of version 1.5."""

    def older(document: bytes) -> bytes:
        document = document.replace(b"rekvisisjon/2012-02-15", b"rekvisisjon/2008-12-01")
        return document.replace(b"v1.6 2012-02-15", b"v1.5 2008-12-01")

    return rewritten(parts, "REQ_LAB", older)
