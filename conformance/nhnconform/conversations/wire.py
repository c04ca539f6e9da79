"""What a raw request says, read without the code of either side."""

from __future__ import annotations

import base64
import binascii
import json
from email.parser import BytesHeaderParser
from urllib.parse import parse_qs


def _parts(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    fields = BytesHeaderParser().parsebytes(head.partition(b"\r\n")[2])
    headers = {name.lower(): value for name, value in fields.items()}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _unchunked(body)
    return headers, body


def _unchunked(body: bytes) -> bytes:
    whole = bytearray()
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        whole += body[:length]
        body = body[length + 2 :]
    return bytes(whole)


def authorization(request: bytes) -> str:
    """The Authorization header; empty when there is none."""
    return _parts(request)[0].get("authorization", "")


def posted_document(request: bytes) -> bytes:
    """The business document of a POST to EDI 2.0; empty when there is none that can be read."""
    try:
        body = json.loads(_parts(request)[1])
        return base64.b64decode(body["businessDocument"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return b""


def proof_claims(request: bytes) -> dict[str, object]:
    """The claims of the DPoP proof of a request, unverified; empty when there is none that can be read."""
    return _claims(_parts(request)[0].get("dpop", ""))


def assertion_claims(request: bytes) -> dict[str, object]:
    """The claims of the client assertion in a token request, unverified; empty when there is none."""
    form = parse_qs(_parts(request)[1].decode("utf-8", "replace"))
    return _claims(form.get("client_assertion", [""])[0])


def answered_json(response: bytes) -> dict[str, object]:
    """The JSON object that a response carries; empty when it carries none."""
    try:
        value = json.loads(_parts(response)[1])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _claims(token: str) -> dict[str, object]:
    middle = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        value = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return value if isinstance(value, dict) else {}
