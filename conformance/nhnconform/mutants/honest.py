"""Honest variants: legal behaviour that is unlike the reference clinic's. Every case must pass."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnclinic.exchange.honest import apprec_as_document
from nhnconform.mutants.wrapping import changed_transport

if TYPE_CHECKING:
    from datetime import datetime

    from nhnclinic.config import Config
    from nhnclinic.domain.values import Parcel
    from nhnclinic.exchange.parts import Parts
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
