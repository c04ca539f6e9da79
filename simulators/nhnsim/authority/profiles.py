"""The whole test PKI on one page: which certificates there are, and what stands in them.

======================  ==========  ================================================================  ==========
certificate             key         for                                                               validity
======================  ==========  ================================================================  ==========
root                    EC P-256    trust: everything below ends here                                 2020-2099
TLS issuing             EC P-256    TLS leaves                                                        2020-2099
TLS leaf                EC P-256    the network's own servers, in *real* time                         13 months
enterprise issuing      RSA-3072    enterprise certificates                                           2020-2099
enterprise signing      RSA-3072    SEID 2 enterprise certificate, contentCommitment, *domain* time   3 years
enterprise encryption   RSA-3072    the same, digitalSignature and keyEncipherment                    3 years
======================  ==========  ================================================================  ==========

What stands in an enterprise certificate is `nhnwire.certificates`' to say: the SEID 2 profile, signed sha256WithRSA. It
points to where revocation is told when the network has an endpoint for that. Certificates that are wrong on purpose
stand in `broken`, the OCSP responder's in `revocation`.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nhnwire.certificates import (
    ORGANISATION_IDENTIFIER,
    POLICY_ENTERPRISE_SOFT,
    enterprise,
    key_usage,
    organisation_identifier,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhnwire.certificates import Enterprise, Services

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CA_FROM: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
CA_TO: Final = dt.datetime(2099, 12, 31, 21, 59, tzinfo=dt.UTC)
AUTHORITY_NUMBER: Final = "319990003"
AUTHORITY_NAME: Final = "Provenett Test Authority"


@dataclass(frozen=True)
class Issuer:
    """A CA: its certificate and its key."""

    certificate: x509.Certificate
    key: Key


def new_root(key: Key) -> Issuer:
    """The root, signed by itself."""
    name = _authority("Root CA")
    builder = _ca(name, name, key, key)
    return Issuer(builder.sign(key, hashes.SHA256()), key)


def new_issuing(root: Issuer, key: Key, name: str) -> Issuer:
    """A CA under the root, called `name`."""
    builder = _ca(_authority(name), root.certificate.subject, key, root.key)
    return Issuer(builder.sign(root.key, hashes.SHA256()), key)


def new_tls_leaf(issuer: Issuer, key: Key, names: Iterable[str], now: dt.datetime) -> x509.Certificate:
    """A server certificate for DNS names and IP addresses, from an hour before `now` (real time) for 13 months."""
    alternatives = [_alternative(name) for name in names]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Provenett trial network")])
    usage = key_usage({"digital_signature"})
    return (
        _builder(subject, issuer.certificate.subject, key, now - dt.timedelta(hours=1), now + dt.timedelta(days=396))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def new_enterprise(
    issuer: Issuer,
    key: Key,
    profile: Enterprise,
    number: str,
    name: str,
    now: dt.datetime,
    *,
    services: Services | None = None,
    policy: str = POLICY_ENTERPRISE_SOFT,
) -> x509.Certificate:
    """An enterprise certificate.

    Args:
        issuer: the enterprise issuing CA.
        key: the enterprise's own.
        profile: from `nhnwire.certificates.ENTERPRISE`.
        number: organisation number, nine digits.
        name: the organisation's name.
        now: domain time.
        services: where the issuer tells of revocation.
        policy: the issuer's own.
    """
    description = enterprise(
        profile,
        number=number,
        name=name,
        public_key=key.public_key(),
        issuer=issuer.certificate,
        serial_number=new_serial_number(),
        now=now,
        services=services,
        policy=policy,
    )
    return description.builder(key.public_key()).sign(issuer.key, hashes.SHA256())


def new_ec_key() -> Key:
    """EC P-256, fast to make."""
    return ec.generate_private_key(ec.SECP256R1())


def new_rsa_key(bits: int) -> Key:
    """RSA; takes a moment, so call it in a thread."""
    return rsa.generate_private_key(65537, bits)


def key_pem(key: Key) -> bytes:
    """PKCS#8, unencrypted: it is a test network's."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_key(pem: bytes) -> Key:
    """The key of a PEM that `key_pem` made.

    Raises:
        ValueError: it is none.
    """
    key = serialization.load_pem_private_key(pem, None)
    if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return key
    raise ValueError("a key of this network is RSA or EC")


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _authority(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
            x509.NameAttribute(ORGANISATION_IDENTIFIER, organisation_identifier(AUTHORITY_NUMBER)),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, AUTHORITY_NAME),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Provenett Test {name}"),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, start: dt.datetime, end: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(new_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _ca(subject: x509.Name, issuer: x509.Name, key: Key, signer: Key) -> x509.CertificateBuilder:
    return (
        _builder(subject, issuer, key, CA_FROM, CA_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(key_usage({"key_cert_sign", "crl_sign"}), critical=True)
    )


def new_serial_number() -> int:
    """Ten bytes, never zero."""
    return int.from_bytes(secrets.token_bytes(10)) | 1 << 78


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
