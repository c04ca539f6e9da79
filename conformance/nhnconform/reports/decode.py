"""What people read instead of bytes: an HTTP message taken apart, its JSON, its documents, its tokens."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from lxml import etree

LONGEST = 40_000
"""Characters of one decoded part; beyond, the evidence file has it all."""

_LONG = re.compile(r"([A-Za-z0-9_.-]{24})[A-Za-z0-9_.-]{60,}([A-Za-z0-9_-]{6})")
"""Tokens in a head, which nobody reads there; they are decoded below it and whole in the raw bytes."""

_JWT = re.compile(r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$")


@dataclass(frozen=True)
class Part:
    """One readable part: what it is, and its text."""

    title: str
    text: str


def decode(data: bytes) -> list[Part]:
    """The readable parts of one HTTP request or response as it was on the wire. Never raises: bytes may be hostile."""
    if not data:
        return []
    head, body = _split(data)
    parts = [Part("head", _short(_LONG.sub(r"\1…\2", head)))]
    parts += [Part(f"{name}: {kind}", text) for name, value in _headers(head) for kind, text in _token(value)]
    body = _body(head, body)
    if body:
        parts += _content(body)
    return parts


def pretty_xml(data: bytes) -> str | None:
    """Indented XML, None when it is none. Entities are not expanded, nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    text: str = etree.tostring(root, pretty_print=True, encoding="unicode")
    return text


def _split(data: bytes) -> tuple[str, bytes]:
    head, found, body = data.partition(b"\r\n\r\n")
    return head.decode("utf-8", "replace"), body if found else b""


def _headers(head: str) -> list[tuple[str, str]]:
    rows = (line.partition(":") for line in head.split("\r\n")[1:])
    return [(name.strip(), value.strip()) for name, colon, value in rows if colon]


def _body(head: str, body: bytes) -> bytes:
    headers = {name.lower(): value.lower() for name, value in _headers(head)}
    if "chunked" in headers.get("transfer-encoding", ""):
        body = _unchunked(body)
    if headers.get("content-encoding") in {"gzip", "deflate"}:
        try:
            body = zlib.decompressobj(wbits=47).decompress(body, 8 * LONGEST)
        except zlib.error:
            return body
    return body


def _unchunked(body: bytes) -> bytes:
    whole = bytearray()
    while True:
        size, found, rest = body.partition(b"\r\n")
        try:
            length = int(size.split(b";")[0], 16)
        except ValueError:
            return bytes(whole) + body
        if not found or length <= 0:
            return bytes(whole)
        whole += rest[:length]
        body = rest[length + 2 :]


def _content(body: bytes) -> list[Part]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        xml = pretty_xml(body)
        return [Part("XML", _short(xml))] if xml else [Part("body", _short(body.decode("utf-8", "replace")))]
    parts = [Part("JSON", _short(json.dumps(value, indent=2, ensure_ascii=False)))]
    document = value.get("businessDocument") if isinstance(value, dict) else None
    if isinstance(document, str):
        parts += _document(document)
    token = value.get("access_token") if isinstance(value, dict) else None
    if isinstance(token, str):
        parts += [Part(f"access_token: {kind}", text) for kind, text in _token(token)]
    return parts


def _document(text: str) -> list[Part]:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return [Part("business document", "it is not base64")]
    return [Part("business document", _short(pretty_xml(data) or data.decode("utf-8", "replace")))]


def _token(value: str) -> list[tuple[str, str]]:
    word = value.removeprefix("DPoP ").removeprefix("Bearer ")
    if not _JWT.match(word):
        return []
    header, payload, _ = word.split(".")
    decoded = [_claims(header), _claims(payload)]
    if None in decoded:
        return []
    return [("token, decoded", json.dumps(decoded, indent=2, ensure_ascii=False))]


def _claims(piece: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)))
    except (ValueError, RecursionError):
        return None


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n… {len(text) - LONGEST} more characters; the evidence file has them all"
