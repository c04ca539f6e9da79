"""Does a certificate follow the SEID 2 enterprise profile? A table of rules; each that is broken is one departure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from nhnwire.certificates import oids
from nhnwire.certificates.profile import ENTERPRISE, ENTERPRISE_KEY_BITS, MAX_NAME, VALIDITY_YEARS, usages_of
from nhnwire.certificates.reading import COUNTRY, SCHEME, extension, is_number, policies_of, statements_of, values
from nhnwire.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnwire.certificates.profile import Enterprise
    from nhnwire.certificates.statements import Statements

EXPONENT: Final = 65537
CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
LONGEST: Final = dt.timedelta(days=VALIDITY_YEARS * 366)
SERIAL_BITS: Final = (64, 160)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_PERSONAL = (NameOID.SURNAME, NameOID.GIVEN_NAME)
_ETSI_SIGNING = frozenset({oids.POLICY_QCP_L})
_ETSI_OTHER = frozenset({oids.POLICY_NCP, oids.POLICY_NCP_PLUS, oids.POLICY_LCP})


@dataclass(frozen=True, slots=True)
class Departure:
    """A rule of the profile that a certificate breaks.

    Attributes:
        rule: its id.
        severity: "error", or "warning" for what issuers do but need not.
        cause: what is wrong.
        remedy: what the issuer should do.
    """

    rule: str
    severity: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A certificate under examination, with the row of `ENTERPRISE` whose usages it has (None: neither's)."""

    certificate: x509.Certificate
    profile: Enterprise | None
    statements: Statements | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the profile; `holds` says whether a certificate keeps it."""

    id: str
    clause: str
    holds: Callable[[Subject], bool]
    cause: str
    remedy: str
    severity: str = "error"


def check_profile(certificate: x509.Certificate, purpose: str | None = None) -> tuple[Departure, ...]:
    """Every rule of the profile that a certificate breaks, in the order of `RULES`.

    Args:
        certificate: an end entity's, from `load`.
        purpose: "signing" or "encryption" when it must be that one; None takes either.

    Raises:
        KeyError: there is no such purpose.
    """
    usage = extension(certificate, x509.KeyUsage)
    usages = frozenset() if usage is None else usages_of(usage)
    wanted = ENTERPRISE.values() if purpose is None else (ENTERPRISE[purpose],)
    profile = next((row for row in wanted if row.usages == usages), None)
    try:
        statements = statements_of(certificate)
    except CertificateError:
        statements = None
    subject = Subject(certificate, profile, statements)
    return tuple(
        Departure(rule.id, rule.severity, rule.cause, rule.remedy) for rule in RULES if not rule.holds(subject)
    )


def _texts(subject: Subject, kind: x509.ObjectIdentifier) -> list[str]:
    return list(values(subject.certificate.subject, kind))


def _country(subject: Subject) -> bool:
    return _texts(subject, NameOID.COUNTRY_NAME) == [COUNTRY]


def _named(kind: x509.ObjectIdentifier) -> Callable[[Subject], bool]:
    def holds(subject: Subject) -> bool:
        found = _texts(subject, kind)
        return len(found) == 1 and 0 < len(found[0]) <= MAX_NAME

    return holds


def _identifier(subject: Subject) -> bool:
    found = _texts(subject, oids.ORGANISATION_IDENTIFIER)
    return len(found) == 1 and found[0].startswith(SCHEME) and is_number(found[0].removeprefix(SCHEME))


def _impersonal(subject: Subject) -> bool:
    return not any(_texts(subject, kind) for kind in _PERSONAL)


def _unit(subject: Subject) -> bool:
    # A unit may have a name only; what looks like its number must be one.
    tails = [text[-9:] for text in _texts(subject, NameOID.ORGANIZATIONAL_UNIT_NAME)]
    return all(is_number(tail) for tail in tails if tail.isdecimal() and len(tail) == 9)


def _issuer(subject: Subject) -> bool:
    return any(text.startswith(SCHEME) for text in values(subject.certificate.issuer, oids.ORGANISATION_IDENTIFIER))


def _end_entity(subject: Subject) -> bool:
    found = extension(subject.certificate, x509.BasicConstraints)
    return found is not None and not found.ca


def _keys_named(subject: Subject) -> bool:
    authority = extension(subject.certificate, x509.AuthorityKeyIdentifier)
    own = extension(subject.certificate, x509.SubjectKeyIdentifier)
    return authority is not None and authority.key_identifier is not None and own is not None


def _usage(subject: Subject) -> bool:
    return subject.profile is not None


def _usage_critical(subject: Subject) -> bool:
    # Where there is none, KU-SET speaks.
    return all(found.critical for found in subject.certificate.extensions if isinstance(found.value, x509.KeyUsage))


def _few_critical(subject: Subject) -> bool:
    allowed = (x509.KeyUsage, x509.BasicConstraints)
    return not any(row.critical and not isinstance(row.value, allowed) for row in subject.certificate.extensions)


def _no_extended_usage(subject: Subject) -> bool:
    return extension(subject.certificate, x509.ExtendedKeyUsage) is None


def _no_alternative_name(subject: Subject) -> bool:
    return extension(subject.certificate, x509.SubjectAlternativeName) is None


def _policy(subject: Subject) -> bool:
    rows = [row for oid in policies_of(subject.certificate) if (row := oids.policy(oid)) and row.issuer != "ETSI"]
    return bool(rows) and all(row.kind is oids.Kind.ENTERPRISE for row in rows)


def _etsi_policy(subject: Subject) -> bool:
    found = policies_of(subject.certificate)
    if subject.profile is None:
        return bool(found & (_ETSI_SIGNING | _ETSI_OTHER))
    return bool(found & (_ETSI_SIGNING if subject.profile.qualified else _ETSI_OTHER))


def _legal_person(subject: Subject) -> bool:
    return subject.statements is not None and subject.statements.semantics == oids.LEGAL_PERSON


def _qualified(subject: Subject) -> bool:
    said, profile = subject.statements, subject.profile
    if said is None or profile is None:
        return True
    if profile.qualified:
        return said.compliance and said.types == (oids.QC_ESEAL,)
    return not said.compliance and not said.types


def _disclosed(subject: Subject) -> bool:
    said = subject.statements
    return said is None or not said.compliance or bool(said.disclosures)


def _crl(subject: Subject) -> bool:
    found = extension(subject.certificate, x509.CRLDistributionPoints)
    names = [name for point in found or () for name in point.full_name or ()]
    return any(isinstance(name, x509.UniformResourceIdentifier) and _http(name.value) for name in names)


def _access(subject: Subject) -> bool:
    found = extension(subject.certificate, x509.AuthorityInformationAccess)
    places = {
        row.access_method
        for row in found or ()
        if isinstance(row.access_location, x509.UniformResourceIdentifier) and _http(row.access_location.value)
    }
    return {AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS} <= places


def _http(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _key(subject: Subject) -> bool:
    key = subject.certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= ENTERPRISE_KEY_BITS and key.public_numbers().e == EXPONENT
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES


def _signature(subject: Subject) -> bool:
    try:
        return isinstance(subject.certificate.signature_hash_algorithm, _HASHES)
    except ValueError:
        return False


def _serial(subject: Subject) -> bool:
    low, high = SERIAL_BITS
    return low <= subject.certificate.serial_number.bit_length() < high


def _validity(subject: Subject) -> bool:
    found = subject.certificate
    return dt.timedelta() < found.not_valid_after_utc - found.not_valid_before_utc <= LONGEST


_NAME, _EXTENSIONS, _QC = "EN 319 412-3 §4.2", "EN 319 412-2 §4.3, EN 319 412-3 §4.3", "EN 319 412-5 §4"

RULES: Final = (
    Rule("SEID2-C", _NAME, _country, "The subject's country is not NO.", "Set C to NO, once."),
    Rule(
        "SEID2-O",
        _NAME,
        _named(NameOID.ORGANIZATION_NAME),
        "The subject has no organisation name, several, or one of more than 64 characters.",
        "Set O to the registered name, once.",
    ),
    Rule(
        "SEID2-CN",
        _NAME,
        _named(NameOID.COMMON_NAME),
        "The subject has no common name, several, or one of more than 64 characters.",
        "Set CN to the name the organisation is known by, once.",
    ),
    Rule(
        "SEID2-ORGID",
        "EN 319 412-1 §5.1.4",
        _identifier,
        "The subject has no organizationIdentifier with a Norwegian organisation number.",
        "Set 2.5.4.97 to NTRNO- and the nine digits of the legal entity, once.",
    ),
    Rule(
        "SEID2-PERSON",
        _NAME,
        _impersonal,
        "The subject has a person's surname or given name.",
        "Leave persons out of an enterprise's certificate.",
    ),
    Rule(
        "SEID2-OU",
        "SEID 2.0",
        _unit,
        "OU ends in nine digits that are no organisation number.",
        "Let OU end in the sub-unit's organisation number, or in no number.",
    ),
    Rule(
        "SEID2-ISSUER",
        "SEID 2.0",
        _issuer,
        "The issuer's name has no organizationIdentifier, which marks the second generation.",
        "Issue under a CA whose name has 2.5.4.97 with NTRNO-.",
    ),
    Rule("SEID2-BC", _EXTENSIONS, _end_entity, "It does not say it is no CA's.", "Set basicConstraints to CA:FALSE."),
    Rule(
        "SEID2-KEYIDS",
        _EXTENSIONS,
        _keys_named,
        "authorityKeyIdentifier or subjectKeyIdentifier is missing.",
        "Add both: receivers choose among CA certificates of one name by them.",
    ),
    Rule(
        "SEID2-KU",
        _EXTENSIONS,
        _usage,
        "The key usage is not that of a certificate of the set.",
        "Use contentCommitment alone for signing, digitalSignature with keyEncipherment for the other.",
    ),
    Rule("SEID2-KU-CRITICAL", _EXTENSIONS, _usage_critical, "keyUsage is not critical.", "Mark keyUsage critical."),
    Rule(
        "SEID2-CRITICAL",
        _EXTENSIONS,
        _few_critical,
        "An extension is critical that receivers need not know.",
        "Mark no other extension than keyUsage and basicConstraints critical.",
    ),
    Rule(
        "SEID2-EKU",
        "SEID 2.0",
        _no_extended_usage,
        "It has an extended key usage, which the second generation leaves out.",
        "Leave extKeyUsage out.",
        severity="warning",
    ),
    Rule(
        "SEID2-SAN",
        "SEID 2.0",
        _no_alternative_name,
        "It has a subjectAltName, which enterprises' certificates are without.",
        "Leave subjectAltName out.",
        severity="warning",
    ),
    Rule(
        "SEID2-POLICY",
        _EXTENSIONS,
        _policy,
        "No certificate policy of a Norwegian issuer says that it is an enterprise's, or one says otherwise.",
        "Name the issuer's enterprise policy: receivers tell enterprises from persons by it.",
    ),
    Rule(
        "SEID2-ETSI-POLICY",
        _EXTENSIONS,
        _etsi_policy,
        "The ETSI policy does not go with the key usage.",
        "Name QCP-l in a certificate for signing, NCP in the other.",
    ),
    Rule(
        "SEID2-QC",
        _QC,
        _legal_person,
        "qcStatements do not say that the name is a legal person's.",
        "Add QCSyntax-v2 with the semantics of a legal person (0.4.0.194121.1.2).",
    ),
    Rule(
        "SEID2-QC-QUALIFIED",
        _QC,
        _qualified,
        "qcStatements and key usage disagree on whether it is a qualified seal.",
        "Declare QcCompliance and the type eSeal in a certificate for signing, and in no other.",
    ),
    Rule(
        "SEID2-QC-PDS",
        "EN 319 412-5 §4.3.4",
        _disclosed,
        "A qualified certificate does not say where its issuer's disclosure statement is.",
        "Add QcPDS with a URL and its language.",
        severity="warning",
    ),
    Rule("SEID2-CDP", _EXTENSIONS, _crl, "It has no HTTP distribution point for revocation lists.", "Add one."),
    Rule(
        "SEID2-AIA",
        _EXTENSIONS,
        _access,
        "It does not say over HTTP where its OCSP responder and its issuer's certificate are.",
        "Add authorityInfoAccess with both.",
    ),
    Rule(
        "SEID2-KEY",
        "SEID 2.0",
        _key,
        "The key is neither RSA of 3072 bits or more with exponent 65537, nor EC P-256, P-384 or P-521.",
        "Make a new key.",
    ),
    Rule("SEID2-SIGNATURE", "SEID 2.0", _signature, "It is signed with a hash other than SHA-2.", "Sign with SHA-256."),
    Rule(
        "SEID2-SERIAL",
        "RFC 5280 §4.1.2.2",
        _serial,
        "The serial number has fewer than 64 bits, or more than 20 octets.",
        "Take ten octets from a source of randomness.",
    ),
    Rule("SEID2-VALIDITY", "SEID 2.0", _validity, "It is valid for more than three years.", "Issue for three years."),
)
"""The profile as a table."""
