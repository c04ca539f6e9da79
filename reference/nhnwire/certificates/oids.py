"""Object identifiers of Norwegian certificates, and what the certificate policies among them say.

Sources: ETSI EN 319 412-1, -3 and -5, RFC 3739, RFC 5280; the certificate policies of Buypass and Commfides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.x509.oid import NameOID, ObjectIdentifier

ORGANISATION_IDENTIFIER: Final = NameOID.ORGANIZATION_IDENTIFIER
"""2.5.4.97, which holds `NTRNO-` and the organisation number (ETSI EN 319 412-1 §5.1.4)."""

POLICY_ENTERPRISE_SOFT: Final = "2.16.578.1.26.1.3.2"
"""Buypass enterprise certificate in software."""

POLICY_ENTERPRISE_CARD: Final = "2.16.578.1.26.1.3.5"
POLICY_NCP: Final = "0.4.0.2042.1.1"
POLICY_NCP_PLUS: Final = "0.4.0.2042.1.2"
POLICY_LCP: Final = "0.4.0.2042.1.3"
POLICY_QCP_N: Final = "0.4.0.194112.1.0"
POLICY_QCP_L: Final = "0.4.0.194112.1.1"

QC_STATEMENTS: Final = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
QC_SYNTAX_V2: Final = "1.3.6.1.5.5.7.11.2"
NATURAL_PERSON: Final = "0.4.0.194121.1.1"
LEGAL_PERSON: Final = "0.4.0.194121.1.2"
QC_COMPLIANCE: Final = "0.4.0.1862.1.1"
QC_SSCD: Final = "0.4.0.1862.1.4"
QC_PDS: Final = "0.4.0.1862.1.5"
QC_TYPE: Final = "0.4.0.1862.1.6"
QC_ESIGN: Final = "0.4.0.1862.1.6.1"
QC_ESEAL: Final = "0.4.0.1862.1.6.2"


class Kind(StrEnum):
    """Whose certificate it is."""

    ENTERPRISE = "enterprise"
    PERSONAL = "personal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Policy:
    """A branch of the policy tree.

    Attributes:
        prefix: the policy, or the branch it stands on.
        kind: of holder.
        issuer: whose policy it is.
        about: medium, use and environment.
    """

    prefix: str
    kind: Kind
    issuer: str
    about: str


_E, _P = Kind.ENTERPRISE, Kind.PERSONAL
POLICIES: Final = (
    Policy("2.16.578.1.26.1.3.1", _P, "Buypass", "smart card; the second generation's test CAs use it too"),
    Policy("2.16.578.1.26.1.3.6", _P, "Buypass", "key kept centrally"),
    Policy(POLICY_ENTERPRISE_SOFT, _E, "Buypass", "software; the second generation's test CAs use it too"),
    Policy(POLICY_ENTERPRISE_CARD, _E, "Buypass", "smart card"),
    Policy("2.16.578.1.26.1.0", _P, "Buypass", "first generation's test"),
    Policy("2.16.578.1.26.1.0.3.2", _E, "Buypass", "software, first generation's test"),
    Policy("2.16.578.1.26.1.0.3.5", _E, "Buypass", "smart card, first generation's test"),
    Policy("2.16.578.1.29.13", _E, "Commfides", "production"),
    Policy("2.16.578.1.29.913", _E, "Commfides", "test"),
    Policy("2.16.578.1.29.12", _P, "Commfides", "production"),
    Policy("2.16.578.1.29.912", _P, "Commfides", "test"),
    Policy(POLICY_QCP_L, _E, "ETSI", "qualified, legal person"),
    Policy(POLICY_QCP_N, _P, "ETSI", "qualified, natural person"),
)
"""What a policy says of its holder; of several branches that fit, the longest counts."""

ENTERPRISE_POLICIES: Final = frozenset(
    {
        "2.16.578.1.26.1.0.3.2",
        POLICY_ENTERPRISE_SOFT,
        "2.16.578.1.29.13.1.1.0",
        "2.16.578.1.29.913.1.1.0",
        "2.16.578.1.29.13.200.1.0",
    }
)
"""NAV's list: a certificate with one of these is an enterprise's, all others are personal to NAV.

NAV thus takes an enterprise's card and Commfides' certificates for encryption for personal ones.
"""


def policy(oid: str) -> Policy | None:
    """The longest branch of `POLICIES` that a policy stands on; None when it is not known here."""
    found = [row for row in POLICIES if oid == row.prefix or oid.startswith(f"{row.prefix}.")]
    return max(found, key=lambda row: len(row.prefix), default=None)
