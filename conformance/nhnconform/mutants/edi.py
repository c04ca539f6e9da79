"""Defects in how a clinic uses EDI 2.0. See `nhnconform.mutants.table` for what each is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lxml import etree

from nhnclinic.domain.values import Answer, Fault, Kind
from nhnclinic.errors import TransportError
from nhnclinic.exchange import msh, receiving
from nhnclinic.exchange.parts import wrap_step
from nhnconform.mutants.wrapping import Changed, Particular, changed_transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from nhnclinic.config import Config
    from nhnclinic.domain.values import Delivery, Notice, Opened, Parcel, Receipt
    from nhnclinic.exchange.bench import Bench, Progress, Transport, Wiring
    from nhnclinic.exchange.parts import Parts, Run

MEGABYTE = 1_000_000


def takes_small_documents(parts: Parts) -> Parts:
    """What is larger than ten megabytes is not read."""

    async def document(honest: Callable[[str], Awaitable[bytes]], transport_id: str) -> bytes:
        found = await honest(transport_id)
        if len(found) > 10 * MEGABYTE:
            raise TransportError("the document is too large", retry=False)
        return found

    return changed_transport(parts, document=document)


def writes_latin_1(parts: Parts) -> Parts:
    """What ISO 8859-1 lacks becomes a question mark."""

    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        return parts.build(parcel, now, config).decode().encode("iso-8859-1", "replace").decode("iso-8859-1").encode()

    return replace(parts, build=build)


def wants_a_declaration(parts: Parts) -> Parts:
    """Without an XML declaration it is no XML."""

    def find(opened: Opened, raw: bytes) -> tuple[Fault, ...]:
        if not raw.removeprefix(b"\xef\xbb\xbf").startswith(b"<?xml"):
            return (Fault("T01", "no XML declaration"),)
        return parts.find_faults(opened, raw)

    return replace(parts, find_faults=find)


def claims_success(parts: Parts) -> Parts:
    """A document that is refused counts as handed in."""

    async def post(honest: Callable[[bytes], Awaitable[str]], document: bytes) -> str:
        try:
            return await honest(document)
        except TransportError as error:
            if not 400 <= error.status < 500:
                raise
            return str(uuid4())

    return changed_transport(parts, post=post)


def never_takes_no(parts: Parts) -> Parts:
    """A refusal is taken for a passing trouble."""

    async def post(honest: Callable[[bytes], Awaitable[str]], document: bytes) -> str:
        try:
            return await honest(document)
        except TransportError as error:
            raise TransportError(str(error), status=error.status) from error

    return changed_transport(parts, post=post)


def one_receipt_for_all(parts: Parts) -> Parts:
    """The first receiver answers for the others."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def silence(bench: Bench, owed: Receipt) -> None:
            del bench, owed

        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            head = delivery.opened.head
            receivers = head.receiver_her_ids if head is not None else ()
            if len(receivers) > 1 and delivery.notice.her_id != receivers[0]:
                return await receiving.give_receipt(bench, delivery, silence)
            return await run(bench, delivery)

        return receipt

    return wrap_step(parts, "receipt", wrapper)


def answers_for_everybody(parts: Parts) -> Parts:
    """Every own party that a message names answers it, carried there or not."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            done = await run(bench, delivery)
            head = delivery.opened.head
            own = {service.her_id for service in bench.config.services}
            for her_id in sorted(own & set(head.receiver_her_ids if head else ()) - {delivery.notice.her_id}):
                try:
                    await bench.transport.post_apprec(delivery.notice.transport_id, her_id, Answer.OK, ())
                except TransportError:
                    continue
            return done

        return receipt

    return wrap_step(parts, "receipt", wrapper)


def one_page_only(parts: Parts) -> Parts:
    """What does not fit on a full page of the list is never fetched."""
    full: list[set[str]] = []
    lost: set[str] = set()

    async def unread(honest: Callable[..., Awaitable[list[Notice]]], her_ids: Sequence[int], after: int = 0) -> Any:
        found = await honest(her_ids, after)
        if full:
            lost.update({one.transport_id for one in found} - full.pop())
        if len(found) >= msh.PAGE:
            full.append({one.transport_id for one in found})
        return [one for one in found if one.transport_id not in lost]

    return changed_transport(parts, unread=unread)


def transport_is_fine(parts: Parts) -> Parts:
    """Whatever the transport says of a delivery, it is on its way."""

    async def status(honest: Callable[[str], Awaitable[list[Progress]]], transport_id: str) -> list[Progress]:
        return [replace(one, delivery="Acknowledged") for one in await honest(transport_id)]

    return changed_transport(parts, status=status)


def strict_about_words(parts: Parts) -> Parts:
    """An answer with a word that it does not know is no answer."""

    def look(body: bytes) -> None:
        if b"provenettunknown" in body.lower():
            raise TransportError("the answer has a member or a word that is not in the interface's description")

    def transport(wiring: Wiring) -> Transport:
        http: Any = Particular(wiring.http, look)
        return parts.transport(replace(wiring, http=http))

    return replace(parts, transport=transport)


def another_message_each_time(parts: Parts) -> Parts:
    """What is handed in again has a new MsgId."""
    tried: set[bytes] = set()

    async def post(honest: Callable[[bytes], Awaitable[str]], document: bytes) -> str:
        sent = document
        if document in tried:
            sent = re.sub(rb"(<(?:\w+:)?MsgId>)[^<]*", rb"\g<1>" + str(uuid4()).encode(), document)
        tried.add(document)
        return await honest(sent)

    return changed_transport(parts, post=post)


def impatient(parts: Parts) -> Parts:
    """Two seconds are the longest that it waits before it tries again."""

    def back_off(attempts: int, seed: str = "") -> timedelta:
        return min(parts.back_off(attempts, seed), timedelta(seconds=2))

    return replace(parts, back_off=back_off)


def expands_entities(parts: Parts) -> Parts:
    """Documents are read with entities expanded."""
    parser = etree.XMLParser(resolve_entities=True, no_network=True)

    async def document(honest: Callable[[str], Awaitable[bytes]], transport_id: str) -> bytes:
        found = await honest(transport_id)
        if b"<!DOCTYPE" not in found:
            return found
        tree = etree.fromstring(re.sub(rb"&outside;", b"", found), parser)
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")

    return changed_transport(parts, document=document)


def looks_thrice(parts: Parts) -> Parts:
    """Each look is three."""

    async def unread(honest: Callable[..., Awaitable[list[Notice]]], her_ids: Sequence[int], after: int = 0) -> Any:
        for _ in range(2):
            await honest(her_ids, after)
        return await honest(her_ids, after)

    return changed_transport(parts, unread=unread)


def configures_once(parts: Parts) -> Parts:
    """Configurations are put at the first start, and never again."""

    def transport(wiring: Wiring) -> Transport:
        mark = Path(wiring.config.state) / "configured"

        async def prepare(honest: Callable[..., Awaitable[None]], her_ids: Sequence[int]) -> None:
            if not mark.exists():
                await honest(her_ids)
                mark.touch()

        made: Transport = Changed(parts.transport(wiring), {"prepare": prepare})
        return made

    return replace(parts, transport=transport)


def locked_out_silently(parts: Parts) -> Parts:
    """A lock is an empty list."""

    async def unread(honest: Callable[..., Awaitable[list[Notice]]], her_ids: Sequence[int], after: int = 0) -> Any:
        try:
            return await honest(her_ids, after)
        except TransportError as error:
            if error.status != 423:
                raise
            return []

    return changed_transport(parts, unread=unread)


def begins_anew(parts: Parts) -> Parts:
    """A process that starts asks for all notifications there have ever been."""
    begun: list[int] = []

    async def unread(honest: Callable[..., Awaitable[list[Notice]]], her_ids: Sequence[int], after: int = 0) -> Any:
        begun.append(after)
        return await honest(her_ids, after if len(begun) > 1 else 0)

    return changed_transport(parts, unread=unread)


def streams_from_the_beginning(parts: Parts) -> Parts:
    """The stream is opened from offset 0."""

    def stream(honest: Callable[..., AsyncIterator[list[Notice]]], her_ids: Sequence[int], after: int) -> Any:
        del after
        return honest(her_ids, 0)

    return changed_transport(parts, stream=stream)


def knocks_on_a_closed_door(parts: Parts) -> Parts:
    """A stream that is refused is asked for again."""

    def stream(honest: Callable[..., AsyncIterator[list[Notice]]], her_ids: Sequence[int], after: int) -> Any:
        async def again() -> AsyncIterator[list[Notice]]:
            try:
                async for found in honest(her_ids, after):
                    yield found
            except TransportError as error:
                raise TransportError(str(error), status=error.status) from error

        return again()

    return changed_transport(parts, stream=stream)


def told_of_the_refused(parts: Parts, *, instead: str) -> Parts:
    """A refused message is taken for another kind of news."""

    def changed(found: list[Notice]) -> list[Notice]:
        return [replace(one, kind=Kind(instead)) if one.kind is Kind.REFUSED else one for one in found]

    async def unread(honest: Callable[..., Awaitable[list[Notice]]], her_ids: Sequence[int], after: int = 0) -> Any:
        return changed(await honest(her_ids, after))

    return changed_transport(parts, unread=unread)


def one_life_only(parts: Parts) -> Parts:
    """A clinic that finds the mark of an earlier life in its folder takes nothing in."""

    def transport(wiring: Wiring) -> Transport:
        mark = Path(wiring.config.state) / "lived"
        again = mark.exists()
        mark.touch()

        async def unread(honest: Callable[..., Awaitable[list[Notice]]], her_ids: Sequence[int], after: int = 0) -> Any:
            return [] if again else await honest(her_ids, after)

        made: Transport = Changed(parts.transport(wiring), {"unread": unread})
        return made

    return replace(parts, transport=transport)
