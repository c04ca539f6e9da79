"""Certificate revocation lists (RFC 5280 §5): read from bytes, and asked about a certificate."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from nhnwire.certificates.reading import UNREADABLE, extension
from nhnwire.certificates.revocation import UNASSIGNED, State, Word, revoked
from nhnwire.errors import CertificateError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

MAX_LIST: Final = 16 * 1024 * 1024
"""Octets; the longest in use has 5,000 entries and 150,000 octets."""

_UNDERSTOOD = (x509.CRLNumber, x509.AuthorityKeyIdentifier, x509.IssuingDistributionPoint)


@dataclass(frozen=True, slots=True)
class Entry:
    """A revoked certificate: since when, and why (`certificateHold`, …; empty when not given)."""

    since: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list whose signature has not been checked yet.

    Attributes:
        issuer: who says so.
        this_update: when it was issued.
        next_update: when the next one is issued at the latest; None when it does not say, and then it is never fresh.
        number: counts the issuer's lists; None when it does not say.
        entries: by serial number.
        flaw: why it cannot be used for enterprises' and persons' certificates; empty when it can.
        raw: the list itself.
    """

    issuer: x509.Name
    this_update: dt.datetime
    next_update: dt.datetime | None
    number: int | None
    entries: Mapping[int, Entry] = field(repr=False)
    flaw: str
    raw: x509.CertificateRevocationList = field(repr=False)

    def word(self, certificate: x509.Certificate, issuer: x509.Certificate) -> Word:
        """What this list says about a certificate that `issuer` issued; its freshness is for `weigh`."""
        if why := self._unusable(issuer):
            return Word(State.UNKNOWN, "crl", said=self.this_update, until=self.next_update, why=why)
        entry = self.entries.get(certificate.serial_number)
        if entry is None:
            return Word(State.GOOD, "crl", said=self.this_update, until=self.next_update)
        return revoked("crl", entry.since, entry.reason, self.this_update, self.next_update)

    def _unusable(self, issuer: x509.Certificate) -> str:
        if self.issuer != issuer.subject:
            return "the revocation list is another issuer's"
        usage = extension(issuer, x509.KeyUsage)
        if usage is not None and not usage.crl_sign:
            return "the issuer's certificate does not allow it to sign revocation lists"
        if not _signed(self.raw, issuer):
            return "the revocation list is not signed with the issuer's key"
        return self.flaw


def read_list(data: bytes) -> RevocationList:
    """A revocation list from DER.

    Raises:
        CertificateError: (S99) it is none.
    """
    if len(data) > MAX_LIST:
        raise _unreadable("it is too long")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = x509.load_der_x509_crl(data)
            entries = {row.serial_number: Entry(row.revocation_date_utc, _reason(row)) for row in raw}
            found = list(raw.extensions)
            # Read here, so that asking cannot fail later.
            issuer, this_update, next_update = raw.issuer, raw.last_update_utc, raw.next_update_utc
    except UNREADABLE as error:
        raise _unreadable(str(error) or type(error).__name__) from error
    number = next((row.value.crl_number for row in found if isinstance(row.value, x509.CRLNumber)), None)
    return RevocationList(issuer, this_update, next_update, number, entries, _flaw(found), raw)


def _flaw(extensions: list[x509.Extension[x509.ExtensionType]]) -> str:
    for row in extensions:
        value = row.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return "the revocation list tells changes only"
        if isinstance(value, x509.IssuingDistributionPoint):
            partial = value.only_contains_ca_certs or value.only_contains_attribute_certs or value.only_some_reasons
            if partial or value.indirect_crl:
                return "the revocation list covers other certificates, or not all reasons"
        elif row.critical and not isinstance(value, _UNDERSTOOD):
            return "the revocation list has a critical extension that is not known here"
    return ""


def _reason(row: x509.RevokedCertificate) -> str:
    try:
        return row.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return ""
    except UNREADABLE:
        # A code that RFC 5280 lacks, such as 7: the entry is none the less an entry.
        return UNASSIGNED


def _signed(raw: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return raw.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # other keys: TypeError
    except (*UNREADABLE, InvalidSignature):
        return False


def _unreadable(reason: str) -> CertificateError:
    text = f"The revocation list cannot be read: {reason}."
    return CertificateError(text, code="S99", remedy="fetch it anew; it should be DER")
