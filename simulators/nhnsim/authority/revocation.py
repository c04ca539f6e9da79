"""What the authority says of its certificates' revocation: lists (RFC 5280 §5) and OCSP answers (RFC 6960).

Lists live 25 hours, as those of the Norwegian issuers do; that of the root 212 days. OCSP is answered by a responder of
its own, whose certificate the issuing CA has signed for that (OCSPSigning, nocheck); answers live eight hours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nhnsim.authority import profiles
from nhnwire.certificates import key_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nhnsim.authority.profiles import Issuer, Key

LIST_LIFE: Final = dt.timedelta(hours=25)
ROOT_LIST_LIFE: Final = dt.timedelta(days=212)
ANSWER_LIFE: Final = dt.timedelta(hours=8)
MAX_REQUEST: Final = 16 * 1024
"""Octets of an OCSP request: one with its chain is below 10 KiB."""

HASHES: Final[Mapping[type, Callable[[], hashes.HashAlgorithm]]] = {
    hashes.SHA1: hashes.SHA1,
    hashes.SHA256: hashes.SHA256,
}
"""Of CertIDs: SHA-1 is what most clients send."""
HOLD: Final = "certificateHold"


@dataclass(frozen=True)
class Revoked:
    """A certificate that may not be relied on: since when, and why (as RFC 5280 §5.3.1 spells the reason)."""

    since: dt.datetime
    reason: str


def new_responder(issuer: Issuer, key: Key) -> x509.Certificate:
    """The certificate of the OCSP responder."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Provenett Test OCSP Responder")])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(profiles.new_serial_number())
        .not_valid_before(profiles.CA_FROM)
        .not_valid_after(profiles.CA_TO)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        .add_extension(key_usage({"digital_signature"}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def revocation_list(
    issuer: Issuer, revoked: Mapping[int, Revoked], *, now: dt.datetime, number: int, life: dt.timedelta = LIST_LIFE
) -> bytes:
    """A revocation list, DER.

    Args:
        issuer: whose certificates it is about.
        revoked: by serial number.
        now: thisUpdate.
        number: of the list; each is greater than the one before.
        life: until nextUpdate.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now)
        .next_update(now + life)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for serial, entry in sorted(revoked.items()):
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(entry.since)
        row = row.add_extension(x509.CRLReason(x509.ReasonFlags(entry.reason)), critical=False)
        builder = builder.add_revoked_certificate(row.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True)
class Responder:
    """Answers OCSP requests for one issuer.

    Attributes:
        issuer: whose certificates.
        certificate: its own, signed by the issuer.
        key: its own.
    """

    issuer: Issuer
    certificate: x509.Certificate
    key: Key

    def answer(
        self, request: bytes, *, now: dt.datetime, known: Callable[[int], bool], revoked: Mapping[int, Revoked]
    ) -> bytes:
        """An OCSP response, DER; whatever is asked, there is one.

        Args:
            request: DER.
            now: thisUpdate and producedAt.
            known: whether the issuer has issued a certificate with this serial number.
            revoked: by serial number.
        """
        unsuccessful = ocsp.OCSPResponseBuilder.build_unsuccessful
        try:
            asked = ocsp.load_der_ocsp_request(request)
            serial, algorithm = asked.serial_number, HASHES.get(type(asked.hash_algorithm))
            nonce = _nonce(asked)
            name_hash, key_hash = asked.issuer_name_hash, asked.issuer_key_hash
        except UnsupportedAlgorithm:
            return _der(unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED))
        except (ValueError, NotImplementedError, TypeError, OverflowError):
            return _der(unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST))
        if algorithm is None or (name_hash, key_hash) != self._hashes(algorithm()):
            return _der(unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED))
        entry = revoked.get(serial)
        status = ocsp.OCSPCertStatus.GOOD if known(serial) else ocsp.OCSPCertStatus.UNKNOWN
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=name_hash,
                issuer_key_hash=key_hash,
                serial_number=serial,
                algorithm=algorithm(),
                cert_status=ocsp.OCSPCertStatus.REVOKED if entry else status,
                this_update=now,
                next_update=now + ANSWER_LIFE,
                revocation_time=entry.since if entry else None,
                revocation_reason=x509.ReasonFlags(entry.reason) if entry else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, self.certificate)
            .certificates([self.certificate])
        )
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return _der(builder.sign(self.key, hashes.SHA256()))

    def _hashes(self, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
        """Of the issuer's name, and of its key without tag, length and unused bits (RFC 6960 §4.1.1)."""
        key = self.issuer.key.public_key()
        bits = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        return _digest(self.issuer.certificate.subject.public_bytes(), algorithm), _digest(bits, algorithm)


def _digest(data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _nonce(asked: ocsp.OCSPRequest) -> bytes | None:
    try:
        return asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None


def _der(response: ocsp.OCSPResponse) -> bytes:
    return response.public_bytes(serialization.Encoding.DER)
