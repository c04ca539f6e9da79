"""Enterprise certificates (virksomhetssertifikat) of the SEID 2 profile: what stands in them, and how to read it.

Pure functions over `cryptography` certificate objects. Sources: SEID 2.0 certificate profile, ETSI EN 319 412-1 and -3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from nhnwire.errors import IdentifierError
from nhnwire.identifiers import check_organisation_number

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANISATION_IDENTIFIER: Final = NameOID.ORGANIZATION_IDENTIFIER
"""2.5.4.97, which holds `NTRNO-` and the organisation number (ETSI EN 319 412-1 §5.1.4)."""

SCHEME: Final = "NTRNO-"
COUNTRY: Final = "NO"
ENTERPRISE_KEY_BITS: Final = 3072
VALIDITY_YEARS: Final = 3

POLICY_ENTERPRISE_SOFT: Final = "2.16.578.1.26.1.3.2"
"""Buypass enterprise certificate in software."""

POLICY_ENTERPRISE_CARD: Final = "2.16.578.1.26.1.3.5"
POLICY_NCP: Final = "0.4.0.2042.1.1"
POLICY_QCP_L: Final = "0.4.0.194112.1.1"

ENTERPRISE_POLICIES: Final = frozenset(
    {
        "2.16.578.1.26.1.0.3.2",
        POLICY_ENTERPRISE_SOFT,
        "2.16.578.1.29.13.1.1.0",
        "2.16.578.1.29.913.1.1.0",
        "2.16.578.1.29.13.200.1.0",
    }
)
"""A certificate with one of these policies is an enterprise's; NAV takes all others for personal."""

# Where an organisation number may stand, in the order NAV searches a subject (OU first: sub-units).
_SEARCHED = (
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.SERIAL_NUMBER,
    ORGANISATION_IDENTIFIER,
    NameOID.ORGANIZATION_NAME,
)
_NUMBER = re.compile(r"(?:.*-)?([0-9]{9})")


def organisation_identifier(organisation_number: str) -> str:
    """The value of 2.5.4.97 for an organisation: `NTRNO-310000027`."""
    return SCHEME + check_organisation_number(organisation_number)


def organisation_number_of(certificate: x509.Certificate) -> str | None:
    """The legal entity a certificate belongs to: from 2.5.4.97, in older profiles from the subject's serial number.

    Returns:
        Nine digits with the right control digit; None when the subject has none.
    """
    for kind in (ORGANISATION_IDENTIFIER, NameOID.SERIAL_NUMBER):
        for text in _values(certificate.subject, kind):
            number = text.removeprefix(SCHEME) if kind == ORGANISATION_IDENTIFIER else text
            if _is_number(number):
                return number
    return None


def searched_organisation_number(certificate: x509.Certificate) -> str | None:
    """The organisation number as NAV finds it: OU (a sub-unit), serialNumber, 2.5.4.97, O; alone or after a hyphen."""
    for kind in _SEARCHED:
        for text in _values(certificate.subject, kind):
            match = _NUMBER.fullmatch(text)
            if match is not None and _is_number(match[1]):
                return match[1]
    return None


def is_seid2(certificate: x509.Certificate) -> bool:
    """True when the issuer is of the second generation: its name has an organisation identifier."""
    return any(text.startswith(SCHEME) for text in _values(certificate.issuer, ORGANISATION_IDENTIFIER))


def policies_of(certificate: x509.Certificate) -> frozenset[str]:
    """Policy OIDs of a certificate, dotted; empty when it has no such extension."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.CertificatePolicies)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(policy.policy_identifier.dotted_string for policy in extension.value)


def is_enterprise(certificate: x509.Certificate) -> bool:
    """True when one of the certificate's policies is an enterprise's."""
    return bool(policies_of(certificate) & ENTERPRISE_POLICIES)


def may_sign(certificate: x509.Certificate) -> bool:
    """True when key usage allows signing documents (contentCommitment, formerly nonRepudiation)."""
    usage = _usage(certificate)
    return usage is not None and usage.content_commitment


def may_encrypt(certificate: x509.Certificate) -> bool:
    """True when key usage allows encrypting a key to the holder (keyEncipherment)."""
    usage = _usage(certificate)
    return usage is not None and usage.key_encipherment


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-1 of the DER in upper-case hex, as the address register names certificates; a name, not a safeguard."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - the register's own name for it


def _usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _values(name: x509.Name, kind: x509.ObjectIdentifier) -> Iterator[str]:
    for attribute in name.get_attributes_for_oid(kind):
        if isinstance(attribute.value, str):
            yield attribute.value.strip()


def _is_number(text: str) -> bool:
    try:
        check_organisation_number(text)
    except IdentifierError:
        return False
    return True
