"""qcStatements: what an issuer declares about a certificate (RFC 3739 §3.2.6, ETSI EN 319 412-5)."""

from __future__ import annotations

from dataclasses import dataclass

from nhnwire.certificates import der, oids
from nhnwire.errors import CertificateError


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements that Norwegian issuers make.

    Attributes:
        semantics: of the subject's name: `oids.LEGAL_PERSON`, `oids.NATURAL_PERSON` or another OID; None: not said.
        authority: URI of the authority that registers the names.
        compliance: it is a qualified certificate.
        types: `oids.QC_ESEAL`, `oids.QC_ESIGN`.
        disclosures: URL and language of the issuer's disclosure statements (PDS).
        device: the key is in a qualified device (SSCD).
        others: OIDs of statements of other kinds; their values are not kept.
    """

    semantics: str | None = None
    authority: str | None = None
    compliance: bool = False
    types: tuple[str, ...] = ()
    disclosures: tuple[tuple[str, str], ...] = ()
    device: bool = False
    others: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The extension's value, DER."""
        rows = []
        if self.semantics is not None:
            names = [der.sequence(der.element(der.URI, self.authority.encode("ascii")))] if self.authority else []
            rows.append((oids.QC_SYNTAX_V2, der.sequence(der.oid(self.semantics), *names)))
        if self.compliance:
            rows.append((oids.QC_COMPLIANCE, b""))
        if self.device:
            rows.append((oids.QC_SSCD, b""))
        if self.types:
            rows.append((oids.QC_TYPE, der.sequence(*map(der.oid, self.types))))
        if self.disclosures:
            places = (
                der.sequence(der.element(der.IA5, url.encode("ascii")), der.element(der.PRINTABLE, language.encode()))
                for url, language in self.disclosures
            )
            rows.append((oids.QC_PDS, der.sequence(*places)))
        rows += [(other, b"") for other in self.others]
        return der.sequence(*(der.sequence(der.oid(name), value) for name, value in rows))


def read_statements(data: bytes) -> Statements:
    """Read the extension's value.

    Raises:
        CertificateError: it is not what the standard says.
    """
    known: dict[str, bytes] = {}
    others = []
    for tag, row in der.split(der.one(data, der.SEQUENCE)):
        parts = der.split(row) if tag == der.SEQUENCE else []
        if not 1 <= len(parts) <= 2 or parts[0][0] != der.OID:
            raise _bad("a statement is no sequence of an identifier and a value")
        name = der.dotted(parts[0][1])
        if name not in _KNOWN:
            others.append(name)
        elif name in known:
            raise _bad(f"statement {name} is made twice")
        else:
            known[name] = parts[1][1] if len(parts) == 2 else b""
    semantics, authority = _semantics(known[oids.QC_SYNTAX_V2]) if oids.QC_SYNTAX_V2 in known else (None, None)
    return Statements(
        semantics=semantics,
        authority=authority,
        compliance=oids.QC_COMPLIANCE in known,
        types=tuple(_oid(*part) for part in der.split(known.get(oids.QC_TYPE, b""))),
        disclosures=tuple(_disclosure(*part) for part in der.split(known.get(oids.QC_PDS, b""))),
        device=oids.QC_SSCD in known,
        others=tuple(others),
    )


_KNOWN = frozenset({oids.QC_SYNTAX_V2, oids.QC_COMPLIANCE, oids.QC_SSCD, oids.QC_TYPE, oids.QC_PDS})


def _semantics(content: bytes) -> tuple[str | None, str | None]:
    identifier = authority = None
    for tag, value in der.split(content):
        if tag == der.OID:
            identifier = der.dotted(value)
        elif tag == der.SEQUENCE:
            uris = [text for kind, text in der.split(value) if kind == der.URI]
            authority = _ascii(uris[0]) if uris else None
    return identifier, authority


def _disclosure(tag: int, content: bytes) -> tuple[str, str]:
    parts = der.split(content) if tag == der.SEQUENCE else []
    if len(parts) != 2:
        raise _bad("a disclosure statement is no sequence of a URL and a language")
    return _ascii(parts[0][1]), _ascii(parts[1][1])


def _oid(tag: int, content: bytes) -> str:
    if tag != der.OID:
        raise _bad("a type is no object identifier")
    return der.dotted(content)


def _ascii(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise _bad("a text is not ASCII") from None


def _bad(reason: str) -> CertificateError:
    return CertificateError(f"The qcStatements cannot be read: {reason}.", remedy="have the certificate issued anew")
