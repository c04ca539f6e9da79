"""Honest variants: legal behaviour that is unlike the reference clinic's. Every case must pass."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnclinic.errors import TransportError
from nhnclinic.exchange.honest import apprec_as_document
from nhnclinic.exchange.parts import move_step, wrap_step
from nhnconform.mutants.wrapping import changed_transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from nhnclinic.config import Config, Edi2Settings
    from nhnclinic.domain.values import Delivery, Parcel
    from nhnclinic.exchange.bench import Bench
    from nhnclinic.exchange.parts import Parts, Run
    from nhnclinic.store.database import Store
    from nhntime import Clock


def receipts_as_documents(parts: Parts) -> Parts:
    """The clinic writes its receipts and hands them in as messages, with prefixes of its own."""
    return changed_transport(
        apprec_as_document(parts), post=lambda honest, document: honest(reprefixed(document, "kvittering"))
    )


def other_prefixes(parts: Parts) -> Parts:
    """Every element has a prefix that nobody else uses."""

    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        return reprefixed(parts.build(parcel, now, config), "melding")

    return replace(parts, build=build)


def slow_start(parts: Parts, *, seconds: str) -> Parts:
    """Opening the database takes a while."""

    def store(url: str, clock: Clock) -> Store:
        time.sleep(float(seconds))
        return parts.store(url, clock)

    return replace(parts, store=store)


def capital_ids(parts: Parts) -> Parts:
    """MsgIds are written in capitals, as some systems do."""

    def new_id() -> str:
        return parts.new_id().upper()

    return replace(parts, new_id=new_id)


def with_byte_order_mark(parts: Parts) -> Parts:
    """Documents begin with UTF-8's mark."""

    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        return b"\xef\xbb\xbf" + parts.build(parcel, now, config)

    return replace(parts, build=build)


def norwegian_time(parts: Parts) -> Parts:
    """Times of documents are written with Norway's offset in winter."""
    return replace(parts, build=_at(parts, timezone(timedelta(hours=1))))


def _at(parts: Parts, zone: timezone) -> Callable[[Parcel, datetime, Config], bytes]:
    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        return parts.build(parcel, now.astimezone(zone), config)

    return build


def marks_last(parts: Parts) -> Parts:
    """A message is marked as read when it is filed, just before its receipt."""
    return move_step(parts, "acknowledge", before="receipt")


def slow_receipts(parts: Parts, *, minutes: str) -> Parts:
    """Somebody looks at each message before it is answered: the receipt is given so many minutes later."""

    def wrapper(run: Run[Delivery]) -> Run[Delivery]:
        async def receipt(bench: Bench, delivery: Delivery) -> Delivery:
            filed = delivery.message is not None and not delivery.opened.is_receipt
            if filed and not delivery.attempts:
                raise TransportError("somebody will look at it", after=timedelta(minutes=float(minutes)))
            return await run(bench, delivery)

        return receipt

    return wrap_step(parts, "receipt", wrapper)


def a_connection_each(parts: Parts) -> Parts:
    """Every call closes its connection."""

    def headers(settings: Edi2Settings) -> Mapping[str, str]:
        return {**parts.headers(settings), "Connection": "close"}

    return replace(parts, headers=headers)


def talkative(parts: Parts) -> Parts:
    """Calls carry headers that nobody has asked for."""

    def headers(settings: Edi2Settings) -> Mapping[str, str]:
        more = {"User-Agent": "EPJ/1.0 (test)", "X-Correlation-Id": parts.new_id(), "Accept-Language": "nb, nn, en"}
        return {**parts.headers(settings), **more}

    return replace(parts, headers=headers)


def reprefixed(document: bytes, word: str) -> bytes:
    """The same document with a numbered prefix for each namespace and without white space between elements."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    root = etree.fromstring(document, parser)
    found = sorted({etree.QName(one).namespace or "" for one in root.iter() if isinstance(one.tag, str)})
    names = {f"{word}{index}": namespace for index, namespace in enumerate(found) if namespace}

    def copied(node: Any, parent: Any) -> Any:
        made = etree.Element(node.tag, nsmap=names) if parent is None else etree.SubElement(parent, node.tag)
        made.text, made.tail = node.text, node.tail
        made.attrib.update(dict(node.attrib))
        for child in node:
            if isinstance(child.tag, str):
                copied(child, made)
        return made

    return etree.tostring(copied(root, None), xml_declaration=True, encoding="UTF-8")
