"""What the rules of the SEID 2 profile ask, one question each; `conformity` has the table they belong to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from nhnwire.certificates import oids
from nhnwire.certificates.profile import ENTERPRISE_KEY_BITS, MAX_NAME, VALIDITY_YEARS
from nhnwire.certificates.reading import COUNTRY, SCHEME, UNREADABLE, extension, is_number, policies_of, values

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
class Subject:
    """A certificate under examination, with the row of `ENTERPRISE` whose usages it has (None: neither's)."""

    certificate: x509.Certificate
    profile: Enterprise | None
    statements: Statements | None


def _texts(subject: Subject, kind: x509.ObjectIdentifier) -> list[str]:
    return list(values(subject.certificate.subject, kind))


def norwegian(subject: Subject) -> bool:
    """C is NO, once."""
    return _texts(subject, NameOID.COUNTRY_NAME) == [COUNTRY]


def named_once(kind: x509.ObjectIdentifier) -> Callable[[Subject], bool]:
    """A question: the attribute stands there once, with 1 to 64 characters."""

    def holds(subject: Subject) -> bool:
        found = _texts(subject, kind)
        return len(found) == 1 and 0 < len(found[0]) <= MAX_NAME

    return holds


def identified(subject: Subject) -> bool:
    """2.5.4.97 holds NTRNO- and an organisation number, once."""
    found = _texts(subject, oids.ORGANISATION_IDENTIFIER)
    return len(found) == 1 and found[0].startswith(SCHEME) and is_number(found[0].removeprefix(SCHEME))


def impersonal(subject: Subject) -> bool:
    """No surname, no given name."""
    return not any(_texts(subject, kind) for kind in _PERSONAL)


def good_unit(subject: Subject) -> bool:
    """A unit may have a name only; what looks like its number must be one."""
    tails = [text[-9:] for text in _texts(subject, NameOID.ORGANIZATIONAL_UNIT_NAME)]
    return all(is_number(tail) for tail in tails if tail.isdecimal() and len(tail) == 9)


def second_generation(subject: Subject) -> bool:
    """The issuer's name has an organisation identifier."""
    return any(text.startswith(SCHEME) for text in values(subject.certificate.issuer, oids.ORGANISATION_IDENTIFIER))


def end_entity(subject: Subject) -> bool:
    """It says that it is no CA."""
    found = extension(subject.certificate, x509.BasicConstraints)
    return found is not None and not found.ca


def keys_named(subject: Subject) -> bool:
    """Both key identifiers are there."""
    authority = extension(subject.certificate, x509.AuthorityKeyIdentifier)
    own = extension(subject.certificate, x509.SubjectKeyIdentifier)
    return authority is not None and authority.key_identifier is not None and own is not None


def usage_of_a_set(subject: Subject) -> bool:
    """The key usage is that of a certificate of the set."""
    return subject.profile is not None


def usage_critical(subject: Subject) -> bool:
    """The key usage, where there is one, is critical."""
    # Where there is none, SEID2-KU speaks.
    return all(found.critical for found in subject.certificate.extensions if isinstance(found.value, x509.KeyUsage))


def few_critical(subject: Subject) -> bool:
    """Nothing is critical but key usage and basic constraints."""
    allowed = (x509.KeyUsage, x509.BasicConstraints)
    return not any(row.critical and not isinstance(row.value, allowed) for row in subject.certificate.extensions)


def no_extended_usage(subject: Subject) -> bool:
    """No extended key usage."""
    return extension(subject.certificate, x509.ExtendedKeyUsage) is None


def no_alternative_name(subject: Subject) -> bool:
    """No subjectAltName."""
    return extension(subject.certificate, x509.SubjectAlternativeName) is None


def enterprise_policy(subject: Subject) -> bool:
    """An issuer's policy says enterprise, and none says otherwise."""
    rows = [row for oid in policies_of(subject.certificate) if (row := oids.policy(oid)) and row.issuer != "ETSI"]
    return bool(rows) and all(row.kind is oids.Kind.ENTERPRISE for row in rows)


def etsi_policy(subject: Subject) -> bool:
    """ETSI's policy goes with the key usage."""
    found = policies_of(subject.certificate)
    if subject.profile is None:
        return bool(found & (_ETSI_SIGNING | _ETSI_OTHER))
    return bool(found & (_ETSI_SIGNING if subject.profile.qualified else _ETSI_OTHER))


def legal_person(subject: Subject) -> bool:
    """The statements call the name a legal person's."""
    return subject.statements is not None and subject.statements.semantics == oids.LEGAL_PERSON


def qualified(subject: Subject) -> bool:
    """Statements and key usage agree on whether it is a qualified seal."""
    said, profile = subject.statements, subject.profile
    if said is None or profile is None:
        return True
    if profile.qualified:
        return said.compliance and said.types == (oids.QC_ESEAL,)
    return not said.compliance and not said.types


def disclosed(subject: Subject) -> bool:
    """A qualified certificate tells where its disclosure statement is."""
    said = subject.statements
    return said is None or not said.compliance or bool(said.disclosures)


def lists_named(subject: Subject) -> bool:
    """There is an HTTP distribution point."""
    found = extension(subject.certificate, x509.CRLDistributionPoints)
    names = [name for point in found or () for name in point.full_name or ()]
    return any(isinstance(name, x509.UniformResourceIdentifier) and _http(name.value) for name in names)


def access_named(subject: Subject) -> bool:
    """OCSP responder and issuer's certificate are to be had over HTTP."""
    found = extension(subject.certificate, x509.AuthorityInformationAccess)
    places = {
        row.access_method
        for row in found or ()
        if isinstance(row.access_location, x509.UniformResourceIdentifier) and _http(row.access_location.value)
    }
    return {AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS} <= places


def _http(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def strong_key(subject: Subject) -> bool:
    """RSA of 3072 bits or more with exponent 65537, or one of the curves."""
    key = subject.certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= ENTERPRISE_KEY_BITS and key.public_numbers().e == EXPONENT
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES


def well_signed(subject: Subject) -> bool:
    """Signed with SHA-2."""
    try:
        return isinstance(subject.certificate.signature_hash_algorithm, _HASHES)
    except UNREADABLE:
        return False


def good_serial(subject: Subject) -> bool:
    """64 bits or more, 20 octets or fewer."""
    low, high = SERIAL_BITS
    return low <= subject.certificate.serial_number.bit_length() < high


def short_enough(subject: Subject) -> bool:
    """Three years at most."""
    found = subject.certificate
    return dt.timedelta() < found.not_valid_after_utc - found.not_valid_before_utc <= LONGEST
