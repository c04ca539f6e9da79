"""Does a certificate follow the SEID 2 enterprise profile? A table of rules; each that is broken is one departure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from nhnwire.certificates import conditions
from nhnwire.certificates.conditions import Subject
from nhnwire.certificates.profile import ENTERPRISE, usages_of
from nhnwire.certificates.reading import extension, statements_of
from nhnwire.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Callable


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


_NAME, _EXTENSIONS, _QC = "EN 319 412-3 §4.2", "EN 319 412-2 §4.3, EN 319 412-3 §4.3", "EN 319 412-5 §4"

RULES: Final = (
    Rule("SEID2-C", _NAME, conditions.norwegian, "The subject's country is not NO.", "Set C to NO, once."),
    Rule(
        "SEID2-O",
        _NAME,
        conditions.named_once(NameOID.ORGANIZATION_NAME),
        "The subject has no organisation name, several, or one of more than 64 characters.",
        "Set O to the registered name, once.",
    ),
    Rule(
        "SEID2-CN",
        _NAME,
        conditions.named_once(NameOID.COMMON_NAME),
        "The subject has no common name, several, or one of more than 64 characters.",
        "Set CN to the name the organisation is known by, once.",
    ),
    Rule(
        "SEID2-ORGID",
        "EN 319 412-1 §5.1.4",
        conditions.identified,
        "The subject has no organizationIdentifier with a Norwegian organisation number.",
        "Set 2.5.4.97 to NTRNO- and the nine digits of the legal entity, once.",
    ),
    Rule(
        "SEID2-PERSON",
        _NAME,
        conditions.impersonal,
        "The subject has a person's surname or given name.",
        "Leave persons out of an enterprise's certificate.",
    ),
    Rule(
        "SEID2-OU",
        "SEID 2.0",
        conditions.good_unit,
        "OU ends in nine digits that are no organisation number.",
        "Let OU end in the sub-unit's organisation number, or in no number.",
    ),
    Rule(
        "SEID2-ISSUER",
        "SEID 2.0",
        conditions.second_generation,
        "The issuer's name has no organizationIdentifier, which marks the second generation.",
        "Issue under a CA whose name has 2.5.4.97 with NTRNO-.",
    ),
    Rule(
        "SEID2-BC",
        _EXTENSIONS,
        conditions.end_entity,
        "It does not say it is no CA's.",
        "Set basicConstraints to CA:FALSE.",
    ),
    Rule(
        "SEID2-KEYIDS",
        _EXTENSIONS,
        conditions.keys_named,
        "authorityKeyIdentifier or subjectKeyIdentifier is missing.",
        "Add both: receivers choose among CA certificates of one name by them.",
    ),
    Rule(
        "SEID2-KU",
        _EXTENSIONS,
        conditions.usage_of_a_set,
        "The key usage is not that of a certificate of the set.",
        "Use contentCommitment alone for signing, digitalSignature with keyEncipherment for the other.",
    ),
    Rule(
        "SEID2-KU-CRITICAL",
        _EXTENSIONS,
        conditions.usage_critical,
        "keyUsage is not critical.",
        "Mark keyUsage critical.",
    ),
    Rule(
        "SEID2-CRITICAL",
        _EXTENSIONS,
        conditions.few_critical,
        "An extension is critical that receivers need not know.",
        "Mark no other extension than keyUsage and basicConstraints critical.",
    ),
    Rule(
        "SEID2-EKU",
        "SEID 2.0",
        conditions.no_extended_usage,
        "It has an extended key usage, which the second generation leaves out.",
        "Leave extKeyUsage out.",
        severity="warning",
    ),
    Rule(
        "SEID2-SAN",
        "SEID 2.0",
        conditions.no_alternative_name,
        "It has a subjectAltName, which enterprises' certificates are without.",
        "Leave subjectAltName out.",
        severity="warning",
    ),
    Rule(
        "SEID2-POLICY",
        _EXTENSIONS,
        conditions.enterprise_policy,
        "No certificate policy of a Norwegian issuer says that it is an enterprise's, or one says otherwise.",
        "Name the issuer's enterprise policy: receivers tell enterprises from persons by it.",
    ),
    Rule(
        "SEID2-ETSI-POLICY",
        _EXTENSIONS,
        conditions.etsi_policy,
        "The ETSI policy does not go with the key usage.",
        "Name QCP-l in a certificate for signing, NCP in the other.",
    ),
    Rule(
        "SEID2-QC",
        _QC,
        conditions.legal_person,
        "qcStatements do not say that the name is a legal person's.",
        "Add QCSyntax-v2 with the semantics of a legal person (0.4.0.194121.1.2).",
    ),
    Rule(
        "SEID2-QC-QUALIFIED",
        _QC,
        conditions.qualified,
        "qcStatements and key usage disagree on whether it is a qualified seal.",
        "Declare QcCompliance and the type eSeal in a certificate for signing, and in no other.",
    ),
    Rule(
        "SEID2-QC-PDS",
        "EN 319 412-5 §4.3.4",
        conditions.disclosed,
        "A qualified certificate does not say where its issuer's disclosure statement is.",
        "Add QcPDS with a URL and its language.",
        severity="warning",
    ),
    Rule(
        "SEID2-CDP",
        _EXTENSIONS,
        conditions.lists_named,
        "It has no HTTP distribution point for revocation lists.",
        "Add one.",
    ),
    Rule(
        "SEID2-AIA",
        _EXTENSIONS,
        conditions.access_named,
        "It does not say over HTTP where its OCSP responder and its issuer's certificate are.",
        "Add authorityInfoAccess with both.",
    ),
    Rule(
        "SEID2-KEY",
        "SEID 2.0",
        conditions.strong_key,
        "The key is neither RSA of 3072 bits or more with exponent 65537, nor EC P-256, P-384 or P-521.",
        "Make a new key.",
    ),
    Rule(
        "SEID2-SIGNATURE",
        "SEID 2.0",
        conditions.well_signed,
        "It is signed with a hash other than SHA-2.",
        "Sign with SHA-256.",
    ),
    Rule(
        "SEID2-SERIAL",
        "RFC 5280 §4.1.2.2",
        conditions.good_serial,
        "The serial number has fewer than 64 bits, or more than 20 octets.",
        "Take ten octets from a source of randomness.",
    ),
    Rule(
        "SEID2-VALIDITY",
        "SEID 2.0",
        conditions.short_enough,
        "It is valid for more than three years.",
        "Issue for three years.",
    ),
)
"""The profile as a table."""
