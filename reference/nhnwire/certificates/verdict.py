"""May this certificate be relied on, for this use, at this time? Certificates, trust and evidence in; a verdict out.

=======================================================  ====  =========================================
the certificate                                          code  table 8221
=======================================================  ====  =========================================
cannot be read, expired, of no trusted issuer, …         S02   *Ugyldig sertifikat*
is revoked, or on hold                                   S03   *Tilbaketrukket sertifikat*
may be revoked: nobody can tell                          S99   *Annen feil på signatur eller sertifikat*
is fine, but the signature made with its key is not      S01   *Feil på signatur*
=======================================================  ====  =========================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from nhnwire.certificates.chain import Flaw, Trust, build_path, own_flaw
from nhnwire.certificates.oids import Kind
from nhnwire.certificates.reading import extension, kind_of
from nhnwire.certificates.revocation import NOTHING, State, Word, weigh

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from nhnwire.certificates.crl import RevocationList
    from nhnwire.certificates.ocsp import Answer

SIGNATURE_WRONG, INVALID, WITHDRAWN, OTHER = "S01", "S02", "S03", "S99"
DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE


class Use(StrEnum):
    """What a certificate is used for."""

    SIGNING = "signing"
    ENCRYPTION = "encryption"
    AUTHENTICATION = "authentication"


_USES = {
    Use.SIGNING: ("content_commitment", {_ANY, ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING}),
    Use.ENCRYPTION: ("key_encipherment", {_ANY, ExtendedKeyUsageOID.EMAIL_PROTECTION}),
    Use.AUTHENTICATION: ("digital_signature", {_ANY, ExtendedKeyUsageOID.CLIENT_AUTH}),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is at hand about revocation.

    Attributes:
        lists: read revocation lists, of any issuers.
        answers: read OCSP answers.
        nonce: sent with the OCSP request that the answers are to; None for answers without one, or from an archive.
    """

    lists: tuple[RevocationList, ...] = ()
    answers: tuple[Answer, ...] = ()
    nonce: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What is for a receiver to decide.

    Attributes:
        unknown_passes: accept a certificate of whose revocation nothing is known. Off: fail closed.
        revoked_later_passes: accept one that was revoked after it was used. Off: the time of use is the sender's own
            claim, and a thief would put it before the theft.
        issuers_too: require evidence for the CAs of the path as well; what is known against them counts anyway.
    """

    unknown_passes: bool = False
    revoked_later_passes: bool = False
    issuers_too: bool = False


STRICT: Final = Rules()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement.

    Attributes:
        accepted: it may be relied on.
        code: of table 8221 for a negative application receipt; empty when accepted.
        check: a name for the reason; empty when accepted.
        cause: what is wrong.
        remedy: what the certificate's owner should do.
        kind: whose it is.
        path: from the certificate to the anchor; empty when there is none.
        revocation: what is known.
        historic: it was valid when it was used, and is no longer.
    """

    accepted: bool
    code: str = ""
    check: str = ""
    cause: str = ""
    remedy: str = ""
    kind: Kind = Kind.UNKNOWN
    path: tuple[x509.Certificate, ...] = ()
    revocation: Word = NOTHING
    historic: bool = False


def judge(
    certificate: x509.Certificate,
    use: Use,
    trust: Trust,
    *,
    at: dt.datetime,
    now: dt.datetime,
    evidence: Evidence = Evidence(),
    extra: Iterable[x509.Certificate] = (),
    kind: Kind | None = None,
    rules: Rules = STRICT,
) -> Verdict:
    """Judge a certificate.

    Args:
        certificate: the end entity's, from `load`.
        use: what it was used for.
        trust: whom one believes.
        at: when it was used, such as a message's GenDate.
        now: when it is judged.
        evidence: about revocation.
        extra: certificates that came with it.
        kind: whose it must be; None for anybody's.
        rules: the receiver's own.
    """
    holder = kind_of(certificate)
    historic = now > certificate.not_valid_after_utc
    flaw = own_flaw(certificate, at) or _use_flaw(certificate, use) or _kind_flaw(holder, kind)
    if flaw is not None:
        return _refused(INVALID, flaw, holder)
    path = build_path(certificate, trust, at=at, extra=extra)
    if isinstance(path, Flaw):
        return _refused(INVALID, path, holder)
    word = NOTHING
    # From the CAs down, so that a revoked CA speaks first, and the leaf's word is the one reported.
    for level in range(len(path) - 2, -1, -1):
        word = _word(path[level], path[level + 1], evidence, at, now)
        code, found = _revocation_flaw(word, at, rules, required=level == 0 or rules.issuers_too, leaf=level == 0)
        if found is not None:
            return _refused(code, found, holder, path, word, historic=historic)
    return Verdict(accepted=True, kind=holder, path=path, revocation=word, historic=historic)


def receipt_code(verdict: Verdict, *, signature_holds: bool) -> str | None:
    """The code of table 8221 for a signed message; None when signature and certificate are fine.

    A signature that does not hold comes first: of whom the certificate then speaks is anybody's guess.
    """
    if not signature_holds:
        return SIGNATURE_WRONG
    return None if verdict.accepted else verdict.code


def _word(
    certificate: x509.Certificate, issuer: x509.Certificate, evidence: Evidence, at: dt.datetime, now: dt.datetime
) -> Word:
    said = [one.word(certificate, issuer, now=now, nonce=evidence.nonce) for one in evidence.answers]
    listed = [one.word(certificate, issuer) for one in evidence.lists if one.issuer == issuer.subject]
    return weigh((*said, *listed), certificate=certificate, at=at, now=now)


def _revocation_flaw(
    word: Word, at: dt.datetime, rules: Rules, *, required: bool, leaf: bool
) -> tuple[str, Flaw | None]:
    which = "It" if leaf else "A CA certificate above it"
    if word.state is State.UNKNOWN:
        passes = rules.unknown_passes or not required
        flaw = Flaw("status-unknown", f"{which} may be revoked: {word.why}.", "Try again when its issuer can be asked.")
        return OTHER, None if passes else flaw
    if word.state is State.GOOD:
        return "", None
    if rules.revoked_later_passes and word.since is not None and word.since > at:
        return "", None
    since = "" if word.since is None else f" since {word.since.isoformat()}"
    if word.state is State.HOLD:
        return WITHDRAWN, Flaw("hold", f"{which} is on hold{since}.", "Have its issuer release it.")
    reason = f" ({word.reason})" if word.reason else ""
    return WITHDRAWN, Flaw("revoked", f"{which} is revoked{since}{reason}.", "Use a new certificate.")


def _use_flaw(certificate: x509.Certificate, use: Use) -> Flaw | None:
    needed, purposes = _USES[use]
    usage = extension(certificate, x509.KeyUsage)
    extended = extension(certificate, x509.ExtendedKeyUsage)
    constraints = extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        return Flaw("ca", "It is a CA's.", "Use an end entity's certificate.")
    if usage is None or not getattr(usage, needed) or (extended is not None and not purposes & set(extended)):
        return Flaw("usage", f"It is not for {use}.", f"Use the certificate of the set that is for {use}.")
    return None


def _kind_flaw(holder: Kind, kind: Kind | None) -> Flaw | None:
    if kind is None or holder is kind:
        return None
    return Flaw("kind", f"It is not {kind} but {holder}.", f"Use a certificate that is {kind}.")


def _refused(
    code: str,
    flaw: Flaw,
    kind: Kind,
    path: tuple[x509.Certificate, ...] = (),
    word: Word = NOTHING,
    *,
    historic: bool = False,
) -> Verdict:
    return Verdict(
        accepted=False,
        code=code,
        check=flaw.check,
        cause=flaw.cause,
        remedy=flaw.remedy,
        kind=kind,
        path=path,
        revocation=word,
        historic=historic,
    )
