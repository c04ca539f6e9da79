"""JWTs read with nothing but base64, JSON and the primitives of `cryptography` (RFC 7515, 7517, 7638, 9449)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

_HASHES: dict[str, Any] = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVES: dict[str, tuple[Any, int]] = {
    "P-256": (ec.SECP256R1, 32),
    "P-384": (ec.SECP384R1, 48),
    "P-521": (ec.SECP521R1, 66),
}
_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}


@dataclass(frozen=True)
class Jwt:
    """A JWT taken apart.

    Attributes:
        head: protected header, {} when unreadable.
        claims: payload, {} when unreadable.
        signature: `valid` or `invalid` by the key in its own `jwk` header, `unchecked` when it carries none.
        thumbprint: RFC 7638 SHA-256 thumbprint of that key, "" without one.
    """

    head: dict[str, Any]
    claims: dict[str, Any]
    signature: str
    thumbprint: str


def read_jwt(text: str) -> Jwt:
    """Take any text apart; never raises."""
    parts = text.split(".")
    head, claims = (_object(parts[0]), _object(parts[1])) if len(parts) == 3 else ({}, {})
    jwk = head.get("jwk")
    if not isinstance(jwk, dict):
        return Jwt(head, claims, "unchecked" if head else "invalid", "")
    return Jwt(head, claims, "valid" if _verified(parts, head, jwk) else "invalid", thumbprint(jwk))


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638; "" for a key of another type or with members missing."""
    members = _MEMBERS.get(str(jwk.get("kty")), ())
    if not members or any(not isinstance(jwk.get(name), str) for name in members):
        return ""
    text = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"), sort_keys=True)
    return _encode(hashlib.sha256(text.encode()).digest())


def hash_of(access_token: str) -> str:
    """What `ath` must be (RFC 9449 §4.2)."""
    return _encode(hashlib.sha256(access_token.encode("ascii", "replace")).digest())


def _verified(parts: list[str], head: dict[str, Any], jwk: dict[str, Any]) -> bool:
    algorithm = str(head.get("alg"))
    kind, size = algorithm[:2], algorithm[2:]
    if size not in _HASHES:
        return False
    digest = _HASHES[size]()
    signed = f"{parts[0]}.{parts[1]}".encode("ascii", "replace")
    try:
        signature = _decode(parts[2])
        if kind in {"RS", "PS"}:
            key = rsa.RSAPublicNumbers(_integer(jwk["e"]), _integer(jwk["n"])).public_key()
            pad: Any = padding.PKCS1v15() if kind == "RS" else padding.PSS(padding.MGF1(digest), digest.digest_size)
            key.verify(signature, signed, pad, digest)
        elif kind == "ES":
            curve, length = _CURVES[jwk["crv"]]
            point = ec.EllipticCurvePublicNumbers(_integer(jwk["x"]), _integer(jwk["y"]), curve())
            r, s = (int.from_bytes(half, "big") for half in (signature[:length], signature[length:]))
            point.public_key().verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
        else:
            return False
    except (InvalidSignature, KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decode(part))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _integer(part: str) -> int:
    return int.from_bytes(_decode(part), "big")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
