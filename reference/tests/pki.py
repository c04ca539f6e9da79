"""A PKI made at run time for the tests of certificates: CAs, enterprises, revocation lists, OCSP answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nhnwire import certificates

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
LONG_AGO, LATER = NOW - dt.timedelta(days=2000), NOW + dt.timedelta(days=4000)
NUMBER, UNIT = "310000027", "313456781"
SERVICES = certificates.Services(
    "http://crl.example/one.crl", "http://ocsp.example", "http://ca.example/one.cer", "https://ca.example/pds.pdf"
)
_SERIALS = count(1 << 78)


@dataclass(frozen=True)
class Ca:
    certificate: x509.Certificate
    key: Key


def ec_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


@lru_cache(maxsize=8)
def rsa_key(bits: int = 3072, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


def ca_name(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "NTRNO-319990003"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def make_ca(
    name: str | x509.Name,
    issuer: Ca | None = None,
    *,
    key: Key | None = None,
    is_ca: bool = True,
    path_length: int | None = None,
    usages: Iterable[str] = ("key_cert_sign", "crl_sign"),
    start: dt.datetime = LONG_AGO,
    end: dt.datetime = LATER,
    digest: Any = None,
    more: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> Ca:
    """A CA under another one, or a root."""
    own = key or ec_key()
    subject = ca_name(name) if isinstance(name, str) else name
    above = issuer or Ca(None, own)  # type: ignore[arg-type]  # a root has nobody above it
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(own.public_key())
        .serial_number(next(_SERIALS))
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_ca, path_length if is_ca else None), critical=True)
        .add_extension(certificates.key_usage(usages), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key()), critical=False)
    )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    return Ca(builder.sign(above.key, digest or hashes.SHA256()), own)


def describe(issuer: Ca, purpose: str = "signing", **changes: Any) -> certificates.Description:
    """An enterprise's certificate of the profile, by which everything else is measured."""
    asked: dict[str, Any] = {
        "number": NUMBER,
        "name": "Vakker Blomst Legesenter",
        "public_key": rsa_key().public_key(),
        "issuer": issuer.certificate,
        "serial_number": next(_SERIALS),
        "now": NOW - dt.timedelta(days=100),
        "services": SERVICES,
    }
    return certificates.enterprise(certificates.ENTERPRISE[purpose], **(asked | changes))


def issue(issuer: Ca, description: certificates.Description, key: Key | None = None, digest: Any = None) -> Any:
    builder = description.builder((key or rsa_key()).public_key())
    return builder.sign(issuer.key, digest or hashes.SHA256())


def leaf(issuer: Ca, purpose: str = "signing", **changes: Any) -> x509.Certificate:
    found: x509.Certificate = issue(issuer, describe(issuer, purpose, **changes))
    return found


def swapped(
    description: certificates.Description, kind: type[x509.ExtensionType], *new: tuple[x509.ExtensionType, bool]
) -> certificates.Description:
    """The description with its extension of this kind replaced, or gone."""
    rows = [[row] if not isinstance(row[0], kind) else list(new) for row in description.extensions]
    flat = tuple(row for group in rows for row in group)
    if not any(isinstance(row[0], kind) for row in description.extensions):
        flat += new
    return replace(description, extensions=flat)


def crl(
    issuer: Ca,
    entries: Iterable[tuple[int, dt.datetime, x509.ExtensionType | None]] = (),
    *,
    said: dt.datetime = NOW - dt.timedelta(hours=1),
    until: dt.datetime = NOW + dt.timedelta(hours=24),
    name: x509.Name | None = None,
    more: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name or issuer.certificate.subject)
        .last_update(said)
        .next_update(until)
        .add_extension(x509.CRLNumber(7), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    for serial, since, why in entries:
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate((row if why is None else row.add_extension(why, False)).build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def responder(issuer: Ca, *, delegated: bool = True, **changes: Any) -> Ca:
    more = ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),) if delegated else ()
    return make_ca("OCSP responder", issuer, is_ca=False, usages=("digital_signature",), more=more, **changes)


def ocsp_answer(
    certificate: x509.Certificate,
    issuer: Ca,
    signer: Ca | None = None,
    *,
    since: dt.datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    unknown: bool = False,
    said: dt.datetime = NOW - dt.timedelta(hours=1),
    until: dt.datetime | None = NOW + dt.timedelta(hours=8),
    algorithm: Any = None,
    nonce: bytes | None = None,
    by: ocsp.OCSPResponderEncoding = ocsp.OCSPResponderEncoding.NAME,
) -> bytes:
    """An answer by the issuer itself, or by the signer that it comes with."""
    who = signer or issuer
    status = ocsp.OCSPCertStatus.REVOKED if since else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate,
        issuer=issuer.certificate,
        algorithm=algorithm or hashes.SHA1(),  # noqa: S303 - what Norwegian responders name certificates by
        cert_status=ocsp.OCSPCertStatus.UNKNOWN if unknown else status,
        this_update=said,
        next_update=until,
        revocation_time=since,
        revocation_reason=reason,
    )
    builder = builder.responder_id(by, who.certificate)
    if signer is not None:
        builder = builder.certificates([signer.certificate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(who.key, hashes.SHA256()).public_bytes(Encoding.DER)
