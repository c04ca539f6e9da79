"""HTTP requests as elements, so that the same tables of assertions judge them.

    <request method="POST" path="/Messages" version="HTTP/1.1">
      <header name="api-version">2</header>          names in lower case
      <query name="receiverherids">9000002</query>   names in lower case
      <form name="grant_type">client_credentials</form>
      <json><member name="contentType" type="string">application/xml</member></json>
      <jwt kind="dpop" signature="valid" thumbprint="…" ath="…">
        <head><member name="typ" type="string">dpop+jwt</member></head>
        <claims><member name="jti" type="string">…</member></claims>
      </jwt>
    </request>

JWTs are found in the `DPoP` header (`dpop`), in `Authorization` (`access`, with its scheme) and in the form
(`assertion`). `ath` on the proof is what the hash of the access token of this request really is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from lxml import etree

from nhnconform.oracles.jose import Jwt, hash_of, read_jwt

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def requests(many: Sequence[bytes]) -> Any:
    """`<requests>` with one `<request>` each, in order."""
    root = etree.Element("requests")
    for raw in many:
        root.append(request(raw))
    return root


def request(raw: bytes) -> Any:
    """One request; whatever is not HTTP gives a `<request>` without a method."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    root = etree.Element("request")
    if len(words) != 3:
        return root
    target = urlsplit(words[1])
    root.attrib.update({"method": _clean(words[0]), "path": _clean(unquote(target.path)), "version": _clean(words[2])})
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
        _leaf(root, "header", name.strip().lower(), value.strip())
    for name, value in parse_qsl(target.query, keep_blank_values=True):
        _leaf(root, "query", name.lower(), value)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _dechunked(body)
    form = _body(root, headers.get("content-type", "").split(";")[0].strip().lower(), body)
    _tokens(root, headers, form)
    return root


def _body(root: Any, kind: str, body: bytes) -> dict[str, str]:
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        for name, value in pairs:
            _leaf(root, "form", name, value)
        return dict(pairs)
    if kind.endswith("json") and body:
        try:
            _fill(etree.SubElement(root, "json"), msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError):
            root[-1].set("type", "invalid")
    return {}


def _tokens(root: Any, headers: dict[str, str], form: dict[str, str]) -> None:
    scheme, _, access = headers.get("authorization", "").partition(" ")
    found = (
        ("dpop", "", headers.get("dpop", "")),
        ("access", scheme, access.strip()),
        ("assertion", "", form.get("client_assertion", "")),
    )
    for kind, prefix, text in found:
        if text:
            jwt = read_jwt(text)
            node = _jwt(root, kind, jwt)
            if prefix:
                node.set("scheme", _clean(prefix))
            if kind == "dpop" and access:
                node.set("ath", hash_of(access.strip()))


def _jwt(root: Any, kind: str, jwt: Jwt) -> Any:
    node = etree.SubElement(root, "jwt", kind=kind, signature=jwt.signature, thumbprint=jwt.thumbprint)
    _fill(etree.SubElement(node, "head"), jwt.head)
    _fill(etree.SubElement(node, "claims"), jwt.claims)
    return node


def _leaf(root: Any, tag: str, name: str, value: str) -> None:
    etree.SubElement(root, tag, name=_clean(name)).text = _clean(value)


def _fill(node: Any, value: Any) -> None:
    if isinstance(value, dict):
        node.set("type", "object")
        for key, one in value.items():
            _fill(etree.SubElement(node, "member", name=_clean(str(key))), one)
    elif isinstance(value, list):
        node.set("type", "array")
        for one in value:
            _fill(etree.SubElement(node, "item"), one)
    elif value is None:
        node.set("type", "null")
    else:
        kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
        node.set("type", kind)
        node.text = _clean(str(value).lower() if kind == "boolean" else str(value))


def _clean(text: str) -> str:
    """XML cannot hold every character; what it cannot hold becomes U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)


def _dechunked(body: bytes) -> bytes:
    whole = bytearray()
    while body:
        size, _, body = body.partition(b"\r\n")
        try:
            length = int(size.split(b";")[0], 16)
        except ValueError:
            break
        if length <= 0:
            break
        whole += body[:length]
        body = body[length + 2 :]
    return bytes(whole)
