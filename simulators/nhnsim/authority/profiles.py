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

Enterprise certificates follow the SEID 2 profile as Norwegian issuers fill it in: subject C, O, CN and
organizationIdentifier `NTRNO-…`; no extended key usage and no subjectAltName; serial numbers of ten bytes; notAfter
at 21:59:00Z; sha256WithRSA. Distribution points for revocation are left out as long as nobody serves them.
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
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CA_FROM: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
CA_TO: Final = dt.datetime(2099, 12, 31, 21, 59, tzinfo=dt.UTC)
AUTHORITY_NUMBER: Final = "319990003"
AUTHORITY_NAME: Final = "Provenett Test Authority"
ORGANIZATION_IDENTIFIER: Final = NameOID.ORGANIZATION_IDENTIFIER

ENTERPRISE_SOFT: Final = "2.16.578.1.26.1.3.2"
"""Buypass' policy for enterprise certificates in software, which receivers take for "this is an enterprise"."""

NCP, QCP_L = "0.4.0.2042.1.1", "0.4.0.194112.1.1"
QC_STATEMENTS: Final = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
QC_SYNTAX_V2, LEGAL_PERSON = "1.3.6.1.5.5.7.11.2", "0.4.0.194121.1.2"
QC_COMPLIANCE, QC_TYPE, QC_ESEAL = "0.4.0.1862.1.1", "0.4.0.1862.1.6", "0.4.0.1862.1.6.2"


@dataclass(frozen=True)
class Issuer:
    """A CA: its certificate and its key."""

    certificate: x509.Certificate
    key: Key


@dataclass(frozen=True)
class Enterprise:
    """What distinguishes the two certificates of an enterprise's set."""

    purpose: str
    usages: frozenset[str]
    etsi_policy: str
    qualified: bool


ENTERPRISE: Final = {
    row.purpose: row
    for row in (
        Enterprise("signing", frozenset({"content_commitment"}), QCP_L, qualified=True),
        Enterprise("encryption", frozenset({"digital_signature", "key_encipherment"}), NCP, qualified=False),
    )
}


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
    usage = _usage({"digital_signature"})
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
    issuer: Issuer, key: Key, profile: Enterprise, number: str, name: str, now: dt.datetime
) -> x509.Certificate:
    """An enterprise certificate.

    Args:
        issuer: the enterprise issuing CA.
        key: the enterprise's own.
        profile: from `ENTERPRISE`.
        number: organisation number, nine digits.
        name: the organisation's name.
        now: domain time.
    """
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
            x509.NameAttribute(ORGANIZATION_IDENTIFIER, f"NTRNO-{number}"),
        ]
    )
    start = now.replace(microsecond=0)
    end = (start + dt.timedelta(days=3 * 365 + 1)).replace(hour=21, minute=59, second=0)
    policies = [x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in (ENTERPRISE_SOFT, profile.etsi_policy)]
    return (
        _builder(subject, issuer.certificate.subject, key, start, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(profile.usages), critical=True)
        .add_extension(x509.CertificatePolicies(policies), critical=False)
        .add_extension(
            x509.UnrecognizedExtension(QC_STATEMENTS, _statements(qualified=profile.qualified)), critical=False
        )
        .sign(issuer.key, hashes.SHA256())
    )


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
            x509.NameAttribute(ORGANIZATION_IDENTIFIER, f"NTRNO-{AUTHORITY_NUMBER}"),
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
        .serial_number(int.from_bytes(secrets.token_bytes(10)) | 1 << 78)
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _ca(subject: x509.Name, issuer: x509.Name, key: Key, signer: Key) -> x509.CertificateBuilder:
    return (
        _builder(subject, issuer, key, CA_FROM, CA_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage({"key_cert_sign", "crl_sign"}), critical=True)
    )


def _usage(wanted: Iterable[str]) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    chosen = set(wanted)
    return x509.KeyUsage(**{name: name in chosen for name in names})


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _statements(*, qualified: bool) -> bytes:
    """QCStatements (RFC 3739 §3.2.6, ETSI EN 319 412-5): legal person; for a qualified seal also what it is."""
    rows = [_sequence(_oid(QC_SYNTAX_V2), _sequence(_oid(LEGAL_PERSON)))]
    if qualified:
        rows += [_sequence(_oid(QC_COMPLIANCE)), _sequence(_oid(QC_TYPE), _sequence(_oid(QC_ESEAL)))]
    return _sequence(*rows)


def _sequence(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes([0x30, len(body)]) + body  # all of ours are shorter than 128 bytes


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytearray()
    for arc in (40 * first + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        body += bytes(reversed(digits))
    return bytes([0x06, len(body)]) + bytes(body)
