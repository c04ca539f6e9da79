"""What stands in a certificate: holder, policies, usages. Certificates from `load` can be read without surprises."""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from nhnwire.certificates.oids import (
    ENTERPRISE_POLICIES,
    LEGAL_PERSON,
    NATURAL_PERSON,
    ORGANISATION_IDENTIFIER,
    QC_STATEMENTS,
    Kind,
    policy,
)
from nhnwire.certificates.statements import Statements, read_statements
from nhnwire.errors import CertificateError, IdentifierError
from nhnwire.identifiers import check_organisation_number

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEME: Final = "NTRNO-"
COUNTRY: Final = "NO"
MAX_CERTIFICATE: Final = 64 * 1024
"""Octets; real ones have one to three thousand."""

UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)
"""What `cryptography` raises on bytes that are not what they should be."""

# Where an organisation number may stand, in the order NAV searches a subject (OU first: sub-units).
_SEARCHED = (
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.SERIAL_NUMBER,
    ORGANISATION_IDENTIFIER,
    NameOID.ORGANIZATION_NAME,
)
_NUMBER = re.compile(r"(?:.*-)?([0-9]{9})", re.ASCII | re.DOTALL)
_PERSON = re.compile(r"(?:UN:NO-)?(9578-[0-9]{4}-[0-9A-Za-z-]+)", re.ASCII)
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Organisations:
    """The legal entity of a certificate and its sub-unit (*underenhet*), where the subject names one."""

    main: str | None
    sub_unit: str | None


def load(data: bytes) -> x509.Certificate:
    """A certificate from DER, PEM or bare base64, looked through so that no later reading of it fails.

    Raises:
        CertificateError: it is none, or has parts that cannot be read.
    """
    if len(data) > MAX_CERTIFICATE:
        raise _unreadable("it is too long")
    try:
        # Of a serial number of zero and the like, `cryptography` warns; here they are errors.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            certificate = x509.load_der_x509_certificate(_der(data))
            positive = certificate.serial_number > 0
            _ = certificate.extensions, certificate.public_key(), certificate.subject, certificate.issuer
            _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (*UNREADABLE, Warning) as error:
        raise _unreadable(str(error) or type(error).__name__) from error
    if not positive:
        raise _unreadable("its serial number is not positive")
    return certificate


def organisation_identifier(organisation_number: str) -> str:
    """The value of 2.5.4.97 for an organisation: `NTRNO-310000027`."""
    return SCHEME + check_organisation_number(organisation_number)


def organisation_number_of(certificate: x509.Certificate) -> str | None:
    """The legal entity a certificate belongs to: from 2.5.4.97, in older profiles from the subject's serial number.

    Returns:
        Nine digits with the right control digit; None when the subject has none.
    """
    for kind in (ORGANISATION_IDENTIFIER, NameOID.SERIAL_NUMBER):
        for text in values(certificate.subject, kind):
            number = text.removeprefix(SCHEME) if kind == ORGANISATION_IDENTIFIER else text
            if is_number(number):
                return number
    return None


def searched_organisation_number(certificate: x509.Certificate) -> str | None:
    """The organisation number as NAV finds it: OU (a sub-unit), serialNumber, 2.5.4.97, O; alone or after a hyphen."""
    return next(_found(certificate.subject, _SEARCHED), None)


def organisations_of(certificate: x509.Certificate) -> Organisations:
    """Legal entity and sub-unit; the sub-unit is None when OU names none or the legal entity itself."""
    main = organisation_number_of(certificate)
    unit = next(_found(certificate.subject, (NameOID.ORGANIZATIONAL_UNIT_NAME,)), None)
    return Organisations(main, None if unit == main else unit)


def person_serial_of(certificate: x509.Certificate) -> str | None:
    """The holder of a personal certificate in the issuer's own numbering: `9578-4050-1`.

    The two generations write the same holder as `9578-4050-1` and `UN:NO-9578-4050-1`; here it is the former. It is no
    national identity number: that one is not in the certificate.
    """
    for text in values(certificate.subject, NameOID.SERIAL_NUMBER):
        if match := _PERSON.fullmatch(text):
            return match[1]
    return None


def is_seid2(certificate: x509.Certificate) -> bool:
    """True when the issuer is of the second generation: its name has an organisation identifier."""
    return any(text.startswith(SCHEME) for text in values(certificate.issuer, ORGANISATION_IDENTIFIER))


def policies_of(certificate: x509.Certificate) -> frozenset[str]:
    """Policy OIDs of a certificate, dotted; empty when it has no such extension."""
    found = extension(certificate, x509.CertificatePolicies)
    return frozenset() if found is None else frozenset(row.policy_identifier.dotted_string for row in found)


def statements_of(certificate: x509.Certificate) -> Statements | None:
    """Its qcStatements; None when it has none.

    Raises:
        CertificateError: they cannot be read.
    """
    for found in certificate.extensions:
        if found.oid == QC_STATEMENTS and isinstance(found.value, x509.UnrecognizedExtension):
            return read_statements(found.value.value)
    return None


def is_enterprise(certificate: x509.Certificate) -> bool:
    """True when NAV takes it for an enterprise's: one of its policies is on NAV's list. See `kind_of`."""
    return bool(policies_of(certificate) & ENTERPRISE_POLICIES)


def kind_of(certificate: x509.Certificate) -> Kind:
    """Whose certificate it is, by its policies; where they are silent, by what qcStatements say of the name.

    Unlike NAV's list (`is_enterprise`), it knows an enterprise's card, all of Commfides' enterprise policies, and that
    a policy nobody knows makes nobody a person. Policies that contradict each other make it unknown.
    """
    rows = [policy(oid) for oid in policies_of(certificate)]
    kinds = {row.kind for row in rows if row is not None}
    if not kinds:
        try:
            said = statements_of(certificate)
        except CertificateError:
            return Kind.UNKNOWN
        table = {LEGAL_PERSON: Kind.ENTERPRISE, NATURAL_PERSON: Kind.PERSONAL}
        return table.get(said.semantics or "", Kind.UNKNOWN) if said is not None else Kind.UNKNOWN
    return kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN


def may_sign(certificate: x509.Certificate) -> bool:
    """True when key usage allows signing documents (contentCommitment, formerly nonRepudiation)."""
    usage = extension(certificate, x509.KeyUsage)
    return usage is not None and usage.content_commitment


def may_encrypt(certificate: x509.Certificate) -> bool:
    """True when key usage allows encrypting a key to the holder (keyEncipherment)."""
    usage = extension(certificate, x509.KeyUsage)
    return usage is not None and usage.key_encipherment


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-1 of the DER in upper-case hex, as the address register names certificates; a name, not a safeguard."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - the register's own name for it


def extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """The value of an extension; None when the certificate has none of this kind."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def values(name: x509.Name, kind: x509.ObjectIdentifier) -> Iterator[str]:
    """The texts of one kind of attribute in a name."""
    for attribute in name.get_attributes_for_oid(kind):
        if isinstance(attribute.value, str):
            yield attribute.value.strip()


def is_number(text: str) -> bool:
    """True for an organisation number."""
    try:
        check_organisation_number(text)
    except IdentifierError:
        return False
    return True


def _found(subject: x509.Name, kinds: tuple[x509.ObjectIdentifier, ...]) -> Iterator[str]:
    for kind in kinds:
        for text in values(subject, kind):
            match = _NUMBER.fullmatch(text)
            if match is not None and is_number(match[1]):
                yield match[1]


def _der(data: bytes) -> bytes:
    text = data.strip()
    if text.startswith(b"0"):
        return data
    if text.startswith(b"-----"):
        begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
        if text.count(begin) != 1 or not text.startswith(begin) or not text.endswith(end):
            raise _unreadable("the PEM is not of one certificate")
        text = text.removeprefix(begin).removesuffix(end)
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        raise _unreadable("it is neither DER, PEM nor base64") from None


def _unreadable(reason: str) -> CertificateError:
    return CertificateError(
        f"The certificate cannot be read: {reason}.", remedy="send one X.509 certificate, DER or base64"
    )
