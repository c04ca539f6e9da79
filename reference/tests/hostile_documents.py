"""Documents made to hurt: each is small to describe and costly to a reader that does not look out."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from reference.tests.hostile_readers import SERVICES, URL

from nhnwire.registers import binding, soap

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1_000_000


@cache
def note() -> bytes:
    return (resources.files("nhnfixtures") / "golden" / "msghead" / "note.xml").read_bytes()


@cache
def receipt() -> bytes:
    return (resources.files("nhnfixtures") / "golden" / "apprec" / "rejection-1.1.xml").read_bytes()


@cache
def question() -> bytes:
    return (resources.files("nhnfixtures") / "golden" / "dialogmelding" / "request-1.1.xml").read_bytes()


@cache
def envelope() -> bytes:
    service = SERVICES[0]
    operation = service.operations[0].name
    return soap.request(service.request(operation), binding.BASIC, action=service.action(operation), to=URL)


def behind(data: bytes, mark: bytes, new: bytes) -> bytes:
    """The document with something new behind the first place where the mark stands."""
    assert mark in data, mark
    return data.replace(mark, mark + new, 1)


def before(data: bytes, mark: bytes, new: bytes) -> bytes:
    assert mark in data, mark
    return data.replace(mark, new + mark, 1)


def laughs(depth: int) -> bytes:
    rows = [b'<!ENTITY l0 "ha">', *(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, depth))]
    return b"<!DOCTYPE a [" + b"".join(rows) + b"]><a>&l%d;</a>" % (depth - 1)


def flat(name: bytes, count: int) -> bytes:
    return b"<%s/>" % name * count


def part(data: bytes, name: bytes) -> bytes:
    """The first element of that name, with its tags."""
    end = b"</" + name + b">"
    start = data.index(b"<" + name)
    return data[start : data.index(end, start) + len(end)]


def nested(data: bytes, name: bytes, times: int) -> bytes:
    """An element inside itself, again and again."""
    whole = part(data, name)
    end = b"</" + name + b">"
    return data.replace(whole, whole.removesuffix(end) * times + end * times, 1)


def repeated(data: bytes, name: bytes, times: int) -> bytes:
    whole = part(data, name)
    return data.replace(whole, whole * times, 1)


def texts(data: bytes, name: bytes, text: bytes) -> bytes:
    """Another text in the first element of that name."""
    whole = part(data, name)
    return data.replace(whole, whole[: whole.index(b">") + 1] + text + b"</" + name + b">", 1)


ATTACKS: dict[str, Callable[[], bytes]] = {
    # Entities and what comes with a DOCTYPE.
    "billion laughs": lambda: laughs(12),
    "quadratic blow-up": lambda: b'<!DOCTYPE a [<!ENTITY b "' + b"b" * MB + b'">]><a>' + b"&b;" * 100_000 + b"</a>",
    "entity in an attribute": lambda: b'<!DOCTYPE a [<!ENTITY b "b">]><a b="&b;"/>',
    "file by entity": lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "network by DTD": lambda: b'<!DOCTYPE a SYSTEM "http://registry.example/a.dtd"><a/>',
    "XInclude": lambda: b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>',
    "schema hint": lambda: behind(note(), b"<MsgHead", b' a:schemaLocation="u http://registry.example/a.xsd"'),
    # Depth.
    "300 levels": lambda: b"<a>" * 300 + b"</a>" * 300,
    "a million levels": lambda: b"<a>" * MB,
    "2,000 levels around long text": lambda: b"<a>" * 2_000 + b"x" * (11 * MB) + b"</a>" * 2_000,
    "nested organisations": lambda: nested(note(), b"Organisation", 200),
    "nested receipts": lambda: nested(receipt(), b"Inst", 200),
    "nested content": lambda: nested(note(), b"TekstNotatInnhold", 200),
    "nested envelope": lambda: behind(envelope(), b"Body>", b"<a>" * 240 + b"</a>" * 240),
    "nested fault codes": lambda: (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:x</s:Value>'
        + b"<s:Subcode><s:Value>s:x</s:Value>" * 240
        + b"</s:Subcode>" * 240
        + b"</s:Code></s:Fault></s:Body></s:Envelope>"
    ),
    # Breadth.
    "2,000,000 elements": lambda: b"<a>" + flat(b"a", 2 * MB) + b"</a>",
    "900,000 elements": lambda: b"<a>" + flat(b"a", 900_000) + b"</a>",
    "900,000 elements in a head": lambda: behind(note(), b"<MsgInfo>", flat(b"a", 900_000)),
    "900,000 elements in a receipt": lambda: before(receipt(), b"</AppRec>", flat(b"a", 900_000)),
    "900,000 elements in a note": lambda: behind(note(), b"<TekstNotatInnhold>", flat(b"a", 900_000)),
    "300,000 receivers": lambda: behind(note(), b"<MsgInfo>", b"<OtherReceiver>x</OtherReceiver>" * 300_000),
    "10,000 patients": lambda: repeated(note(), b"Patient", 10_000),
    "20,000 documents": lambda: repeated(note(), b"Document", 20_000),
    "20,000 questions": lambda: repeated(question(), b"Foresporsel", 20_000),
    "50,000 errors": lambda: repeated(receipt(), b"Error", 50_000),
    "300,000 parameters": lambda: before(envelope(), b"</t:", flat(b"a", 300_000)),
    "300,000 headers": lambda: before(
        envelope(), b"<s:Body", b"<s:Header>" + b'<a s:mustUnderstand="1"/>' * 300_000 + b"</s:Header>"
    ),
    "300,000 bodies": lambda: behind(envelope(), b"Body>", flat(b"a", 300_000)),
    "5,000,000 comments before the root": lambda: b"<!---->" * (5 * MB) + b"<a/>",
    "900,000 comments": lambda: b"<a>" + b"x<!---->" * 900_000 + b"</a>",
    "900,000 comments in a text": lambda: texts(note(), b"MsgId", b"x<!---->" * 900_000),
    "900,000 instructions": lambda: b"<a>" + b"<?p?>" * 900_000 + b"</a>",
    # Attributes and namespaces.
    "100,000 attributes": lambda: b"<a " + b" ".join(b"x%d='1'" % at for at in range(100_000)) + b"/>",
    "5,000,000 attributes": lambda: b"<a>" + b"<a b='' c='' d='' e=''/>" * (5 * MB // 4) + b"</a>",
    "900,000 attributes": lambda: b"<a>" + b"<a b='' c='' d='' e=''/>" * 225_000 + b"</a>",
    "100,000 namespaces": lambda: b"<a " + b" ".join(b"xmlns:x%d='u:x'" % at for at in range(100_000)) + b"/>",
    "250 namespaces over 900,000 elements": lambda: (
        b"<a " + b" ".join(b"xmlns:x%d='u:%d'" % (at, at) for at in range(250)) + b">" + flat(b"a", 900_000) + b"</a>"
    ),
    "250 namespaces in each of 250 levels": lambda: (
        b"".join(
            b"<a " + b" ".join(b"xmlns:x%d_%d='u:x'" % (level, at) for at in range(250)) + b">" for level in range(250)
        )
        + b"</a>" * 250
    ),
    "a namespace in each of 400,000 elements": lambda: b"<a>" + b"<a xmlns='u:a'/>" * 400_000 + b"</a>",
    # Long things.
    "60 MB of text": lambda: b"<a>" + b"x" * (60 * MB) + b"</a>",
    "60 MB of character references": lambda: b"<a>" + b"&#65;" * (12 * MB) + b"</a>",
    "60 MB of equals signs": lambda: b"<a>" + b"=" * (60 * MB) + b"</a>",
    "60 MB of quoted equals signs": lambda: b"<a>" + b"='" * (30 * MB) + b"</a>",
    "60 MB in an attribute": lambda: b"<a b='" + b"x" * (60 * MB) + b"'/>",
    "60 MB in a comment": lambda: b"<a><!--" + b"x" * (60 * MB) + b"--></a>",
    "60 MB of CDATA": lambda: b"<a>" + b"<![CDATA[" + b"]" * (60 * MB) + b"]]></a>",
    "60 MB of white space before the root": lambda: b" " * (60 * MB) + b"<a/>",
    "a name of 40 MB": lambda: b"<" + b"a" * (40 * MB) + b"/>",
    "names of 40,000 characters": lambda: (
        b"".join(b"<" + b"a" * 40_000 + b">" for _ in range(200)) + b"</%s>" % (b"a" * 40_000) * 200
    ),
    "an unknown root of 40,000 characters": lambda: b"<" + b"a" * 40_000 + b" xmlns='u:" + b"b" * 40_000 + b"'/>",
    "a declaration of 10 MB": lambda: b"<?xml " + b"encoding " * MB + b"?><a/>",
    "more than 64 MB": lambda: b"<a>" + b"x" * (68 * MB) + b"</a>",
    "60 MB of id": lambda: texts(note(), b"MsgId", b"x" * (60 * MB)),
    "9 MB of date": lambda: texts(note(), b"GenDate", b"2" * (9 * MB)),
    "9 MB of white space in a date": lambda: texts(note(), b"GenDate", b" " * (9 * MB) + b"2026-03-02T08:00:00"),
    "9 MB of a fraction": lambda: texts(note(), b"GenDate", b"2026-03-02T08:00:00." + b"0" * (9 * MB)),
    "9 MB of an OID": lambda: note().replace(b'S="2.16', b'S="2' + b".16" * (3 * MB), 1),
    "9 MB of a code": lambda: note().replace(b'V="', b'V="' + b"x " * (9 * MB // 2), 1),
    "9 MB of a question": lambda: texts(question(), b"Sporsmal", b"x" * (9 * MB)),
    "9 MB of a parameter": lambda: before(envelope(), b"</t:", b"<t:a>" + b"9" * (9 * MB) + b"</t:a>"),
    # Encodings.
    "UTF-16": lambda: note().decode().encode("utf-16"),
    "UTF-16 without a mark": lambda: note().decode().encode("utf-16-be"),
    "UTF-16 without NUL": lambda: b"\xff\xfe" + "〈ａ／〉".encode("utf-16-le"),
    "UTF-32": lambda: note().decode().encode("utf-32"),
    "UTF-7": lambda: b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-',
    "EBCDIC": lambda: b"<a/>".decode().encode("cp037"),
    "declared EBCDIC": lambda: b'<?xml version="1.0" encoding="IBM037"?><a/>',
    "Latin-1 undeclared": lambda: "<a>å</a>".encode("latin-1"),
    "UTF-8 declared as Latin-1 with a mark": lambda: (
        b'\xef\xbb\xbf<?xml version="1.0" encoding="ISO-8859-1"?><a>\xc3\xa5</a>'
    ),
    "two marks": lambda: b"\xef\xbb\xbf" * 2 + b"<a/>",
    "overlong": lambda: b"<a>\xc0\xbc\xe0\x80\xaf</a>",
    "surrogates": lambda: b"<a>\xed\xa0\x80\xed\xb0\x80</a>",
    "beyond Unicode": lambda: b"<a>\xf7\xbf\xbf\xbf&#x110000;</a>",
    "cut in a character": lambda: b"<a>\xc3",
    "NUL": lambda: b"<a>\0</a>",
    "NUL as a reference": lambda: b"<a>&#0;</a>",
    "only NULs": lambda: b"\0" * (60 * MB),
    "noise": lambda: bytes(range(256)) * 100_000,
}
