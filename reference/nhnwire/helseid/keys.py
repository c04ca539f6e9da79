"""Keys: PEM in, JWK out, thumbprints (RFC 7517, RFC 7638)."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from nhnwire.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = RSAKey | ECKey
"""A key object; loading one costs tens of milliseconds, so that it is made once and kept."""

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@lru_cache(maxsize=64)
def load_key(pem: bytes) -> Key:
    """A private key from PEM (RSA of 2048 bits or more, or EC P-256, P-384, P-521); the object is kept.

    Raises:
        ValueError: when the PEM holds no such key.
    """
    found = load_pem_private_key(pem, password=None)
    if isinstance(found, rsa.RSAPrivateKey) and found.key_size >= MIN_RSA_BITS:
        return RSAKey.import_key(found)  # not the PEM: whether primes are primes need not be asked twice
    if isinstance(found, ec.EllipticCurvePrivateKey) and found.curve.name in _CURVE_NAMES:
        return ECKey.import_key(found)
    raise ValueError("the PEM holds no key that HelseID takes: RSA of 2048 bits or more, or EC P-256, P-384, P-521")


def public_jwk(key: Key, *, kid: str | None = None) -> dict[str, str]:
    """The public half as a JWK: only the members the key type requires, and `kid` when given."""
    whole = key.as_dict(private=False)
    jwk = {name: str(whole[name]) for name in _MEMBERS[str(whole["kty"])]}
    return jwk if kid is None else jwk | {"kid": kid}


def thumbprint(jwk: Mapping[str, object]) -> str:
    """The JWK's SHA-256 thumbprint in base64url (RFC 7638), as `cnf/jkt` holds it.

    Raises:
        TokenError: when it is no RSA or EC key.
    """
    members = _MEMBERS.get(str(jwk.get("kty")))
    if members is None or not all(isinstance(jwk.get(name), str) for name in members):
        raise _bad_jwk("it lacks members of an RSA or EC key")
    digest = hashlib.sha256(msgspec.json.encode({name: jwk[name] for name in members})).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def has_private_part(jwk: Mapping[str, object]) -> bool:
    """True when the JWK holds a member that must never leave its owner, or is a symmetric key."""
    return bool(_PRIVATE_MEMBERS & jwk.keys())


def import_jwk(jwk: Mapping[str, object]) -> Key:
    """A public key from a JWK of RSA (2048 to 8192 bits) or EC (P-256, P-384, P-521); other members are ignored.

    Raises:
        TokenError: for anything else.
    """
    kty = str(jwk.get("kty"))
    members = _MEMBERS.get(kty)
    if members is None:
        raise _bad_jwk("its kty is neither RSA nor EC")
    values: dict[str, Any] = {name: jwk.get(name) for name in members}
    numbers = [value for name, value in values.items() if name not in {"kty", "crv"}]
    if not all(isinstance(value, str) and _BASE64URL.fullmatch(value) for value in numbers):
        raise _bad_jwk("its numbers are not base64url")
    if kty == "EC" and values["crv"] not in _CURVES:
        raise _bad_jwk("its curve is not P-256, P-384 or P-521")
    if kty == "RSA":
        # Bounds first: a huge modulus costs the checker more than the sender.
        bits = len(values["n"]) * 6
        if bits < MIN_RSA_BITS - 8 or bits > MAX_RSA_BITS + 16 or len(values["e"]) > 8:
            raise _bad_jwk("its modulus is not of 2048 to 8192 bits, or its exponent is absurd")
    return _imported(tuple(values.items()))


@lru_cache(maxsize=128)
def _imported(members: tuple[tuple[str, str], ...]) -> Key:
    """The key of members that look right. Kept: a caller sends the same key with each proof.

    Raises:
        TokenError: they are no key.
    """
    values = dict(members)
    try:
        key: Key = RSAKey.import_key(values) if values["kty"] == "RSA" else ECKey.import_key(values)  # type: ignore[arg-type]
        # The number objects of `cryptography` are checked when they become a key.
        public = key.public_key
    except (JoseError, ValueError, TypeError, OverflowError):
        raise _bad_jwk("its numbers are no such key") from None
    if isinstance(public, rsa.RSAPublicKey) and public.key_size < MIN_RSA_BITS:
        raise _bad_jwk("its modulus is shorter than 2048 bits")
    return key


def algorithm_of(key: Key) -> str:
    """The algorithm this house signs with: PS256 for RSA, ES256, ES384 or ES512 by curve for EC."""
    return "PS256" if isinstance(key, RSAKey) else _CURVES[str(key.as_dict(private=False)["crv"])]


def fits(algorithm: str, jwk: Mapping[str, object]) -> bool:
    """True when an algorithm can be used with a JWK's key type and curve."""
    if jwk.get("kty") == "RSA":
        return algorithm[:2] in {"RS", "PS"}
    return jwk.get("kty") == "EC" and _CURVES.get(str(jwk.get("crv"))) == algorithm


def _bad_jwk(reason: str) -> TokenError:
    return TokenError(f"Unusable jwk: {reason}.", error="invalid_dpop_proof", check="jwk")
