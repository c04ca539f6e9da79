"""OCSP answers (RFC 6960): read from bytes, and asked about a certificate.

An answer counts when it is the issuer's own, or signed by a responder that the issuer has delegated to: a certificate
issued by the very same CA, valid, and with the extended key usage OCSPSigning. Norwegian issuers do it both ways.
"""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from nhnwire.certificates.reading import UNREADABLE, extension
from nhnwire.certificates.revocation import SKEW, UNASSIGNED, State, Word, revoked
from nhnwire.errors import CertificateError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

MAX_ANSWER: Final = 64 * 1024
DEFAULT_LIFE: Final = dt.timedelta(hours=1)
"""Of an answer without nextUpdate: RFC 6960 says that something newer is always to be had."""

MAX_RESPONDERS: Final = 8
_HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}


@dataclass(frozen=True, slots=True)
class Single:
    """The answer about one certificate, as it stands."""

    serial_number: int
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    hash_name: str
    state: State
    since: dt.datetime | None
    reason: str
    this_update: dt.datetime
    next_update: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose signature has not been checked yet.

    Attributes:
        status: `successful`, `try_later`, `unauthorized`, … (RFC 6960 §4.2.1); only the first says anything.
        singles: about which certificates it speaks.
        nonce: of the request it answers; None when it has none.
        flaw: why it cannot be used; empty when it can.
        raw: the answer itself.
    """

    status: str
    singles: tuple[Single, ...] = ()
    nonce: bytes | None = None
    flaw: str = ""
    raw: ocsp.OCSPResponse | None = field(default=None, repr=False)

    def word(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        *,
        now: dt.datetime,
        nonce: bytes | None = None,
    ) -> Word:
        """What this answer says about a certificate that `issuer` issued; its freshness is for `weigh`.

        Args:
            certificate: the one asked about.
            issuer: its issuer's certificate.
            now: when it is judged; a delegated responder's certificate must be valid then, or when the answer was made.
            nonce: sent with the request; None when none was sent, or the answer comes from an archive.
        """
        if why := self._unusable(certificate, issuer, nonce, now):
            return Word(State.UNKNOWN, "ocsp", why=why)
        single = self.singles[0]
        until = single.next_update or single.this_update + DEFAULT_LIFE
        if single.state is State.REVOKED and single.since is not None:
            return revoked("ocsp", single.since, single.reason, single.this_update, until)
        why = "the OCSP responder does not know it" if single.state is State.UNKNOWN else ""
        return Word(single.state, "ocsp", said=single.this_update, until=until, why=why)

    def _unusable(
        self, certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes | None, now: dt.datetime
    ) -> str:
        if self.raw is None:
            return f"the OCSP responder answered {self.status}"
        if self.flaw:
            return self.flaw
        if len(self.singles) != 1:
            return f"the OCSP answer is about {len(self.singles)} certificates instead of one"
        if not _about(self.singles[0], certificate, issuer):
            return "the OCSP answer is about another certificate"
        if nonce is not None and self.nonce != nonce:
            return "the OCSP answer lacks the nonce of the request"
        return _signer_flaw(self.raw, self.singles[0], issuer, now)


def read_answer(data: bytes) -> Answer:
    """An OCSP answer from DER.

    Raises:
        CertificateError: (S99) it is none.
    """
    if len(data) > MAX_ANSWER:
        raise _unreadable("it is too long")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = ocsp.load_der_ocsp_response(data)
            status = raw.response_status
            if status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                return Answer(status.name.lower())
            singles = tuple(_single(row) for row in raw.responses)
            found = list(raw.extensions)
            # Read here, so that asking cannot fail later.
            _ = raw.responder_name, raw.responder_key_hash, raw.signature, raw.tbs_response_bytes
            _ = [(one.public_key(), one.extensions, one.subject, one.issuer) for one in raw.certificates]
    except UNREADABLE as error:
        raise _unreadable(str(error) or type(error).__name__) from error
    nonce = next((row.value.nonce for row in found if isinstance(row.value, x509.OCSPNonce)), None)
    strange = any(row.critical and not isinstance(row.value, x509.OCSPNonce) for row in found)
    flaw = "the OCSP answer has a critical extension that is not known here" if strange else ""
    return Answer("successful", singles, nonce, flaw, raw)


def _single(row: ocsp.OCSPSingleResponse) -> Single:
    state = _STATES[row.certificate_status]
    return Single(
        serial_number=row.serial_number,
        issuer_name_hash=row.issuer_name_hash,
        issuer_key_hash=row.issuer_key_hash,
        hash_name=row.hash_algorithm.name,
        state=state,
        since=row.revocation_time_utc,
        reason=_reason(row) if state is State.REVOKED else "",
        this_update=row.this_update_utc,
        next_update=row.next_update_utc,
    )


_STATES = {
    ocsp.OCSPCertStatus.GOOD: State.GOOD,
    ocsp.OCSPCertStatus.REVOKED: State.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: State.UNKNOWN,
}


def _reason(row: ocsp.OCSPSingleResponse) -> str:
    try:
        return "" if row.revocation_reason is None else row.revocation_reason.value
    except ValueError:
        return UNASSIGNED


def _about(single: Single, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    algorithm = _HASHES.get(single.hash_name)
    if algorithm is None or single.serial_number != certificate.serial_number:
        return False
    name, key = _digest(algorithm(), issuer.subject.public_bytes()), _digest(algorithm(), _bits(issuer.public_key()))
    return (single.issuer_name_hash, single.issuer_key_hash) == (name, key)


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _bits(key: CertificatePublicKeyTypes) -> bytes:
    """The key's BIT STRING without tag, length and count of unused bits, as RFC 6960 §4.1.1 hashes it."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return b""


def _signer_flaw(raw: ocsp.OCSPResponse, single: Single, issuer: x509.Certificate, now: dt.datetime) -> str:
    delegates = [found for found in raw.certificates if found != issuer]
    flaw = "the OCSP answer is not signed by the issuer, nor by a responder that comes with it"
    for responder in (issuer, *delegates[:MAX_RESPONDERS]):
        if not _named(raw, responder):
            continue
        if not _signed(raw, responder):
            flaw = "the OCSP answer's signature is wrong"
            continue
        if responder == issuer:
            return ""
        return _delegate_flaw(responder, issuer, (now, single.this_update))
    return flaw


def _named(raw: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if raw.responder_name is not None:
        return raw.responder_name == responder.subject
    return raw.responder_key_hash == _digest(hashes.SHA1(), _bits(responder.public_key()))  # noqa: S303 - RFC 6960


def _delegate_flaw(
    responder: x509.Certificate, issuer: x509.Certificate, moments: tuple[dt.datetime, dt.datetime]
) -> str:
    try:
        responder.verify_directly_issued_by(issuer)
        usages = extension(responder, x509.ExtendedKeyUsage)
    except (*UNREADABLE, InvalidSignature):
        return "the OCSP responder's certificate is not issued by the certificate's own issuer"
    if usages is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usages:
        return "the OCSP responder's certificate does not have the extended key usage OCSPSigning"
    start, end = responder.not_valid_before_utc - SKEW, responder.not_valid_after_utc + SKEW
    if not any(start <= moment <= end for moment in moments):
        return "the OCSP responder's certificate was not valid"
    return ""


def _signed(raw: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    key = responder.public_key()
    try:
        algorithm = raw.signature_hash_algorithm
        if not isinstance(algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(raw.signature, raw.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw.signature, raw.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def _unreadable(reason: str) -> CertificateError:
    text = f"The OCSP answer cannot be read: {reason}."
    return CertificateError(text, code="S99", remedy="ask again; it should be DER")
