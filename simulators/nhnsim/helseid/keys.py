"""The keys HelseID signs with, made at the first need and kept in the state folder."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from nhnwire.helseid import Key, load_key, public_jwk

if TYPE_CHECKING:
    from pathlib import Path

BITS = 2048
VALIDITY = timedelta(days=3 * 365)
GRACE = timedelta(minutes=15)
"""How long a retired key stays in the JWKS: longer than the tokens live that were signed with it."""


@dataclass(frozen=True)
class SigningKey:
    """A signing key with its certificate.

    Attributes:
        key: for signing.
        certificate: DER.
    """

    key: Key
    certificate: bytes

    @property
    def kid(self) -> str:
        """SHA-1 thumbprint of the certificate, upper-case hexadecimal, as HelseID names its keys."""
        return hashlib.sha1(self.certificate, usedforsecurity=False).hexdigest().upper()

    def jwk(self) -> dict[str, Any]:
        """The entry in the JWKS: public parts, use, algorithm, certificate."""
        thumbprint = hashlib.sha1(self.certificate, usedforsecurity=False).digest()
        return {
            **public_jwk(self.key),
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "x5t": base64.urlsafe_b64encode(thumbprint).decode().rstrip("="),
            "x5c": [base64.b64encode(self.certificate).decode()],
        }


class KeyRing:
    """The keys HelseID signs with: one at a time, the newest; older ones stay until no token of theirs is left.

    Args:
        folder: where each key (`signing-N.pem`, `signing-N.der`), `ring.json` and `nonce.key` are kept, readable by the
            owner only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._retired: dict[str, str] = {}
        self._keys: list[SigningKey] = []
        path = folder / "ring.json"
        if path.exists():
            self._retired = json.loads(path.read_bytes())

    @property
    def secret(self) -> bytes:
        """32 bytes for sealing nonces."""
        path = self._folder / "nonce.key"
        if not path.exists():
            self.rotate_nonces()
        return path.read_bytes()

    def current(self, now: datetime) -> SigningKey:
        """The key to sign with, made when there is none. Takes a moment then: call it in a thread."""
        if not self._keys:
            self._keys = [self._read(number) for number in range(1, len(self._retired) + 2) if self._exists(number)]
        if len(self._keys) == len(self._retired):
            self._keys.append(self._make(len(self._keys) + 1, now))
        return self._keys[-1]

    def rotate(self, now: datetime) -> SigningKey:
        """From now on another key signs. Takes a moment: call it in a thread."""
        self._retired[self.current(now).kid] = now.isoformat()
        _write(self._folder / "ring.json", json.dumps(self._retired).encode())
        return self.current(now)

    def rotate_nonces(self) -> None:
        """No nonce that was given out before counts any more."""
        _write(self._folder / "nonce.key", os.urandom(32))

    def published(self, now: datetime) -> list[SigningKey]:
        """Keys that good tokens may still be signed with."""
        return [key for key in self._keys if self._age(key, now) < GRACE]

    def expired(self, now: datetime) -> list[SigningKey]:
        """Keys that no good token is signed with any more."""
        return [key for key in self._keys if self._age(key, now) >= GRACE]

    def _age(self, key: SigningKey, now: datetime) -> timedelta:
        """How long ago a key was retired; less than nothing for the one in use."""
        retired = self._retired.get(key.kid)
        return timedelta(-1) if retired is None else now - datetime.fromisoformat(retired)

    def _exists(self, number: int) -> bool:
        return (self._folder / f"signing-{number}.pem").exists()

    def _read(self, number: int) -> SigningKey:
        pem = self._folder / f"signing-{number}.pem"
        return SigningKey(load_key(pem.read_bytes()), pem.with_suffix(".der").read_bytes())

    def _make(self, number: int, now: datetime) -> SigningKey:
        made = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        pem = self._folder / f"signing-{number}.pem"
        _write(pem.with_suffix(".der"), _certificate(made, now))
        _write(
            pem,
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        return self._read(number)


def _certificate(key: rsa.RSAPrivateKey, now: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Provenett HelseID signing")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALIDITY)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, also when the process is killed half-way."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
