"""The path from a certificate to a trust anchor (RFC 5280 §6), as far as Norwegian certificates need it.

Names are compared as structures, attribute by attribute in their order, never as text. Several CA certificates may
bear one name; the one whose key identifier the certificate names is tried first, and the others after it. Name
constraints, policy mappings and policy constraints are not processed: a CA certificate in which one of them is
critical ends the path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from nhnwire.certificates.conditions import CURVES, EXPONENT
from nhnwire.certificates.reading import UNREADABLE, extension

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

MIN_RSA_BITS: Final = 2032
"""Buypass has issued cards with keys of 2032 bits."""

MAX_RSA_BITS: Final = 16_384
MAX_LENGTH: Final = 8
MAX_SIGNATURES: Final = 64
"""Signatures checked for one path at most, so that a heap of certificates of one name costs little."""

_UNDERSTOOD = (
    x509.KeyUsage,
    x509.BasicConstraints,
    x509.ExtendedKeyUsage,
    x509.CertificatePolicies,
    x509.SubjectAlternativeName,
)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a certificate is not to be trusted.

    Attributes:
        check: a name for the reason, such as `expired`.
        cause: what is wrong.
        remedy: what its sender should do.
    """

    check: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom one believes.

    Attributes:
        anchors: roots, or issuing CAs trusted directly. Test anchors belong in tests: what ends at one is trusted.
        intermediates: CA certificates known beforehand, which prove nothing by themselves.
    """

    anchors: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...] = ()


def build_path(
    leaf: x509.Certificate, trust: Trust, *, at: dt.datetime, extra: Iterable[x509.Certificate] = ()
) -> tuple[x509.Certificate, ...] | Flaw:
    """The path from a leaf to an anchor, the leaf first.

    Args:
        leaf: the end entity's.
        trust: whom one believes.
        at: when every certificate of the path must be valid.
        extra: certificates that came with the leaf, in any order.

    Returns:
        The path; or the flaw of the attempt that went furthest.
    """
    if leaf in trust.anchors:
        return Flaw("self-signed", "It is a trust anchor itself, not an end entity's.", "Use an issued certificate.")
    search = _Search(trust, (*trust.intermediates, *extra), at)
    return search.extend((leaf,)) or search.best


@dataclass(slots=True)
class _Search:
    trust: Trust
    others: tuple[x509.Certificate, ...]
    at: dt.datetime
    left: int = MAX_SIGNATURES
    best: Flaw = field(
        default_factory=lambda: Flaw(
            "untrusted",
            "No path leads from it to a trusted root.",
            "Use a certificate of an issuer the receiver trusts, in this environment, and send its CA certificates.",
        )
    )
    reached: int = 0

    def extend(self, path: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...] | None:
        """A whole path that begins like this one, or None."""
        for issuer in self.candidates(path[-1]):
            if issuer in path or len(path) >= MAX_LENGTH or self.left <= 0:
                continue
            self.left -= 1
            if flaw := _link_flaw(path, issuer, self.at):
                self.note(flaw, len(path))
                continue
            longer = (*path, issuer)
            found = longer if issuer in self.trust.anchors else self.extend(longer)
            if found is not None:
                return found
        return None

    def candidates(self, certificate: x509.Certificate) -> list[x509.Certificate]:
        """CA certificates of the issuer's name: the named key's first, anchors before others."""
        named = [one for one in (*self.trust.anchors, *self.others) if one.subject == certificate.issuer]
        wanted = extension(certificate, x509.AuthorityKeyIdentifier)
        identifier = None if wanted is None else wanted.key_identifier
        return sorted(dict.fromkeys(named), key=lambda one: _key_identifier(one) != identifier)

    def note(self, flaw: Flaw, length: int) -> None:
        """Remember the flaw of the longest attempt; of several, the first."""
        if length > self.reached:
            self.best, self.reached = flaw, length


def own_flaw(certificate: x509.Certificate, at: dt.datetime, subject: str = "It") -> Flaw | None:
    """What is wrong with a certificate by itself at a moment: validity, key, hash, critical extensions."""
    if at > certificate.not_valid_after_utc:
        return Flaw("expired", f"{subject} had expired.", "Renew it, and tell the address register.")
    if at < certificate.not_valid_before_utc:
        return Flaw("not-yet-valid", f"{subject} was not valid yet.", "Wait until it is, or set the clock.")
    if not _strong(certificate):
        return Flaw(
            "key",
            f"{subject} has a key that is too weak, or of a kind that is not used.",
            "Use RSA of 2048 bits or more with exponent 65537, or EC P-256, P-384 or P-521.",
        )
    if not _well_hashed(certificate):
        return Flaw("hash", f"{subject} is signed with a hash other than SHA-2.", "Have it issued anew.")
    if any(row.critical and not isinstance(row.value, _UNDERSTOOD) for row in certificate.extensions):
        return Flaw(
            "critical",
            f"{subject} has a critical extension that is not known here.",
            "Use a certificate of the SEID 2 profile.",
        )
    return None


def _link_flaw(path: tuple[x509.Certificate, ...], issuer: x509.Certificate, at: dt.datetime) -> Flaw | None:
    try:
        path[-1].verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature):
        return Flaw(
            "chain-signature",
            "It, or a CA certificate above it, is not signed with its issuer's key.",
            "Send the certificate as it was issued.",
        )
    constraints, usage = extension(issuer, x509.BasicConstraints), extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return Flaw("not-a-ca", "Its issuer is no CA.", "Use a certificate that a CA has issued.")
    # CA certificates below this one; those issued by themselves do not count (RFC 5280 §4.2.1.9).
    below = sum(1 for one in path[1:] if one.subject != one.issuer)
    if constraints.path_length is not None and below > constraints.path_length:
        return Flaw("path-length", "There are more CAs in its path than allowed.", "Use another issuer.")
    return own_flaw(issuer, at, "A CA certificate above it")


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    found = extension(certificate, x509.SubjectKeyIdentifier)
    return None if found is None else found.digest


def _strong(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS and key.public_numbers().e >= EXPONENT
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES


def _well_hashed(certificate: x509.Certificate) -> bool:
    if certificate.subject == certificate.issuer:
        return True  # a root is trusted for itself, not for its signature
    try:
        return isinstance(certificate.signature_hash_algorithm, _HASHES)
    except UNREADABLE:
        return False
