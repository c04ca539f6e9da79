"""As much DER as qcStatements need: sequences, object identifiers and strings (ITU-T X.690)."""

from __future__ import annotations

from nhnwire.errors import CertificateError

SEQUENCE, OID, PRINTABLE, IA5 = 0x30, 0x06, 0x13, 0x16
URI = 0x86
"""GeneralName's uniformResourceIdentifier: context tag 6, primitive."""


def element(tag: int, *parts: bytes) -> bytes:
    """Tag, length and content."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + body


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE."""
    return element(SEQUENCE, *parts)


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytearray()
    for arc in (40 * first + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        body += bytes(reversed(digits))
    return element(OID, bytes(body))


def split(data: bytes) -> list[tuple[int, bytes]]:
    """The elements that stand one after another in `data`, as (tag, content).

    Raises:
        CertificateError: it is not DER, or uses tags above 30.
    """
    found, at = [], 0
    while at < len(data):
        tag, start, end = _header(data, at)
        found.append((tag, data[start:end]))
        at = end
    return found


def one(data: bytes, tag: int) -> bytes:
    """The content of `data`, which must be one element of this tag.

    Raises:
        CertificateError: it is anything else.
    """
    found = split(data)
    if len(found) != 1 or found[0][0] != tag:
        raise _bad()
    return found[0][1]


def dotted(content: bytes) -> str:
    """The content of an OBJECT IDENTIFIER in dotted form.

    Raises:
        CertificateError: it is none.
    """
    arcs, arc, size = [], 0, 0
    for octet in content:
        if (size == 0 and octet == 0x80) or size > 8:
            raise _bad()
        arc, size = arc << 7 | octet & 0x7F, size + 1
        if not octet & 0x80:
            arcs.append(arc)
            arc, size = 0, 0
    if size or not arcs:
        raise _bad()
    root = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (root, arcs[0] - 40 * root, *arcs[1:]))


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise _bad()
    length, start = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[start : start + size])
        # DER: as few octets as will do.
        if not 0 < size <= 4 or start + size > len(data) or length < 0x80 or length >> 8 * (size - 1) == 0:
            raise _bad()
        start += size
    if start + length > len(data):
        raise _bad()
    return data[at], start, start + length


def _bad() -> CertificateError:
    return CertificateError("A qcStatements extension is not DER.", remedy="have the certificate issued anew")
