"""The key HelseID signs with, made at the first need and kept in the state folder."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from nhnwire.helseid import Key, load_key, public_jwk

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

BITS = 2048
VALIDITY = timedelta(days=3 * 365)


@dataclass(frozen=True)
class SigningKey:
    """A signing key with its certificate.

    Attributes:
        key: for signing.
        certificate: DER.
        secret: 32 bytes for sealing nonces.
    """

    key: Key
    certificate: bytes
    secret: bytes

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


def signing_key(folder: Path, now: datetime) -> SigningKey:
    """Read the key, or make one. Takes a moment the first time: call it in a thread.

    Args:
        folder: where `signing.pem` (key), `signing.der` (certificate) and `nonce.key` are kept, readable by the
            owner only.
        now: the domain's now, from which the certificate is valid.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pem, der, secret = folder / "signing.pem", folder / "signing.der", folder / "nonce.key"
    if not pem.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        _write(secret, os.urandom(32))
        _write(der, _certificate(made, now))
        _write(
            pem,
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
    return SigningKey(load_key(pem.read_bytes()), der.read_bytes(), secret.read_bytes())


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
