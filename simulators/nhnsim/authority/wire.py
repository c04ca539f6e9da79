"""Which form of a certificate the caller wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from cryptography import x509

DER = "application/pkix-cert"
PEM = "application/x-pem-file"


def encode(certificate: x509.Certificate, accept: str) -> tuple[bytes, str]:
    """The certificate and its media type: PEM when the Accept field names it, else DER (RFC 2585 §4.1)."""
    if "pem" in accept.lower():
        return certificate.public_bytes(Encoding.PEM), PEM
    return certificate.public_bytes(Encoding.DER), DER
