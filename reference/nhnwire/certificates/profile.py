"""The SEID 2 enterprise profile (*virksomhetssertifikat*): what an issuer puts into a certificate.

An enterprise has a set of two: one for signing (contentCommitment, a qualified seal), and one for authentication and
encryption. A `Description` is the whole certificate but for its key and its signature, as a value; whoever holds an
issuing key turns it into a certificate with `builder(public_key).sign(key, hash)`.

Sources: SEID 2.0 certificate profile; ETSI EN 319 412-1, -3, -5; what Buypass and Commfides issue.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from nhnwire.certificates import oids
from nhnwire.certificates.oids import ORGANISATION_IDENTIFIER
from nhnwire.certificates.reading import COUNTRY, SCHEME
from nhnwire.certificates.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

ENTERPRISE_KEY_BITS: Final = 3072
VALIDITY_YEARS: Final = 3
LAST_MINUTE: Final = dt.time(21, 59, tzinfo=dt.UTC)
"""When certificates end: the end of a Norwegian summer's day."""

MAX_NAME: Final = 64
"""Characters of O and CN (RFC 5280, appendix A)."""

USAGES: Final = (
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


@dataclass(frozen=True, slots=True)
class Enterprise:
    """What distinguishes the two certificates of an enterprise's set.

    Attributes:
        purpose: "signing" or "encryption".
        usages: of the key, by the names in `USAGES`.
        etsi_policy: beside the issuer's own policy.
        qualified: it is a qualified seal, and its qcStatements say so.
    """

    purpose: str
    usages: frozenset[str]
    etsi_policy: str
    qualified: bool


ENTERPRISE: Final[Mapping[str, Enterprise]] = {
    row.purpose: row
    for row in (
        Enterprise("signing", frozenset({"content_commitment"}), oids.POLICY_QCP_L, True),
        Enterprise(
            "encryption", frozenset({"digital_signature", "key_encipherment"}), oids.POLICY_NCP, qualified=False
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Services:
    """Where the issuer tells about its certificates: HTTP URLs.

    Attributes:
        crl: its revocation list.
        ocsp: its OCSP responder.
        issuer: its own certificate.
        disclosure: its disclosure statement (PDS), in English.
    """

    crl: str
    ocsp: str
    issuer: str
    disclosure: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """A certificate without key and signature.

    Attributes:
        extensions: with what is critical of them, in the order in which they are written.
    """

    subject: x509.Name
    issuer: x509.Name
    serial_number: int
    not_before: dt.datetime
    not_after: dt.datetime
    extensions: tuple[tuple[x509.ExtensionType, bool], ...]

    def builder(self, public_key: CertificatePublicKeyTypes) -> x509.CertificateBuilder:
        """The certificate, to be signed by its issuer."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.issuer)
            .public_key(public_key)
            .serial_number(self.serial_number)
            .not_valid_before(self.not_before)
            .not_valid_after(self.not_after)
        )
        for extension, critical in self.extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder


def enterprise(
    profile: Enterprise,
    *,
    number: str,
    name: str,
    public_key: CertificatePublicKeyTypes,
    issuer: x509.Certificate,
    serial_number: int,
    now: dt.datetime,
    unit: str = "",
    services: Services | None = None,
    policy: str = oids.POLICY_ENTERPRISE_SOFT,
) -> Description:
    """An enterprise's certificate.

    Args:
        profile: from `ENTERPRISE`.
        number: organisation number, nine digits; whether they are one, the caller knows.
        name: the organisation's name; what is beyond 64 characters is cut.
        public_key: the enterprise's.
        issuer: the issuing CA's certificate.
        serial_number: positive, of ten bytes or so, and never used before by this CA.
        now: when it becomes valid; for three years.
        unit: text of OU, which ends in the number of a sub-unit (`Legekontor-313456781`); none when empty.
        services: of the issuer; None leaves out distribution points, which departs from the profile.
        policy: the issuer's own policy.
    """
    texts = [
        (NameOID.COUNTRY_NAME, COUNTRY),
        (NameOID.ORGANIZATION_NAME, name[:MAX_NAME]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, unit[:MAX_NAME]),
        (NameOID.COMMON_NAME, name[:MAX_NAME]),
        (ORGANISATION_IDENTIFIER, f"{SCHEME}{number}"),
    ]
    start = now.replace(microsecond=0)
    return Description(
        subject=x509.Name([x509.NameAttribute(kind, text) for kind, text in texts if text]),
        issuer=issuer.subject,
        serial_number=serial_number,
        not_before=start,
        not_after=dt.datetime.combine(start + dt.timedelta(days=VALIDITY_YEARS * 365 + 1), LAST_MINUTE),
        extensions=(
            (x509.BasicConstraints(ca=False, path_length=None), False),
            (_authority_key(issuer), False),
            (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
            (key_usage(profile.usages), True),
            (_policies(policy, profile.etsi_policy), False),
            *((value, False) for value in _services(services)),
            (x509.UnrecognizedExtension(oids.QC_STATEMENTS, _statements(profile, services).to_bytes()), False),
        ),
    )


def key_usage(wanted: Iterable[str]) -> x509.KeyUsage:
    """A KeyUsage extension with these of `USAGES`."""
    chosen = set(wanted)
    return x509.KeyUsage(**{name: name in chosen for name in USAGES})


def usages_of(usage: x509.KeyUsage) -> frozenset[str]:
    """The names in `USAGES` that a KeyUsage extension grants."""
    # Without key agreement, `cryptography` does not let the last two be read.
    names = USAGES if usage.key_agreement else USAGES[:-2]
    return frozenset(name for name in names if getattr(usage, name))


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        own = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _policies(*found: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in found])


def _services(services: Services | None) -> list[x509.ExtensionType]:
    if services is None:
        return []
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(services.crl)], None, None, None)
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, url in (
            (AuthorityInformationAccessOID.OCSP, services.ocsp),
            (AuthorityInformationAccessOID.CA_ISSUERS, services.issuer),
        )
    ]
    return [x509.CRLDistributionPoints([point]), x509.AuthorityInformationAccess(access)]


def _statements(profile: Enterprise, services: Services | None) -> Statements:
    if not profile.qualified:
        return Statements(semantics=oids.LEGAL_PERSON)
    disclosures = ((services.disclosure, "en"),) if services is not None and services.disclosure else ()
    return Statements(semantics=oids.LEGAL_PERSON, compliance=True, types=(oids.QC_ESEAL,), disclosures=disclosures)
