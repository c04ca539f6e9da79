"""Documents made to hurt: each is small to describe and costly to a reader that does not look out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources

from reference.tests.hostile_readers import SERVICES, URL

from nhnwire.registers import binding, soap

MB = 1_000_000
SCHEMA_HINT = (
    b' xmlns:a="http://www.w3.org/2001/XMLSchema-instance" a:schemaLocation="u:a http://registry.example/a.xsd"'
    b' a:noNamespaceSchemaLocation="file:///etc/hostname"'
)


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


@cache
def numbers() -> bytes:
    """A request with a list of numbers in it."""
    service = SERVICES[0]
    name = "GetChangedCommunicationPartiesInfo"
    return soap.request(
        service.request(name, {"herIds": (9_000_001,)}), binding.BASIC, action=service.action(name), to=URL
    )


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
    start = data.index(b"<" + name)
    end = data.find(b"</" + name + b">", start)
    return data[start : data.index(b"/>", start) + 2] if end < 0 else data[start : end + len(name) + 3]


def nested(data: bytes, name: bytes, times: int) -> bytes:
    """An element inside itself, again and again."""
    whole = part(data, name)
    end = b"</" + name + b">"
    return data.replace(whole, whole.removesuffix(end) * times + end * times, 1)


def inner_organisations(levels: int) -> bytes:
    return b"<Organisation><OrganisationName>x</OrganisationName>" * levels + b"</Organisation>" * levels


def repeated(data: bytes, name: bytes, times: int) -> bytes:
    whole = part(data, name)
    return data.replace(whole, whole * times, 1)


def texts(data: bytes, name: bytes, text: bytes) -> bytes:
    """Another text in the first element of that name."""
    whole = part(data, name)
    return data.replace(whole, whole[: whole.index(b">") + 1] + text + b"</" + name + b">", 1)


Attacks = dict[str, Callable[[], bytes]]

ANY: Attacks = {
    "billion laughs": lambda: laughs(12),
    "quadratic blow-up": lambda: b'<!DOCTYPE a [<!ENTITY b "' + b"b" * MB + b'">]><a>' + b"&b;" * 100_000 + b"</a>",
    "entity in an attribute": lambda: b'<!DOCTYPE a [<!ENTITY b "b">]><a b="&b;"/>',
    "file by entity": lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "network by DTD": lambda: b'<!DOCTYPE a SYSTEM "http://registry.example/a.dtd"><a/>',
    "XInclude": lambda: b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>',
    "101 levels": lambda: b"<a>" * 101 + b"</a>" * 101,
    "101 levels, the last one empty": lambda: b"<a>" * 100 + b"<a/>" + b"</a>" * 100,
    "100 levels": lambda: b"<a>" * 100 + b"</a>" * 100,
    "a million levels": lambda: b"<a>" * MB,
    "2,000 levels around long text": lambda: b"<a>" * 2_000 + b"x" * (11 * MB) + b"</a>" * 2_000,
    "2,000,000 elements": lambda: b"<a>" + flat(b"a", 2 * MB) + b"</a>",
    "900,000 elements": lambda: b"<a>" + flat(b"a", 900_000) + b"</a>",
    "5,000,000 comments before the root": lambda: b"<!---->" * (5 * MB) + b"<a/>",
    "900,000 comments": lambda: b"<a>" + b"x<!---->" * 900_000 + b"</a>",
    "300,000 instructions": lambda: b"<a>" + b"<?p?>" * 300_000 + b"</a>",
    "100,000 attributes": lambda: b"<a " + b" ".join(b"x%d='1'" % at for at in range(100_000)) + b"/>",
    "5,000,000 attributes": lambda: b"<a>" + b"<a b='' c='' d='' e=''/>" * (5 * MB // 4) + b"</a>",
    "900,000 attributes": lambda: b"<a>" + b"<a b='' c='' d='' e=''/>" * 225_000 + b"</a>",
    "100,000 namespaces": lambda: b"<a " + b" ".join(b"xmlns:x%d='u:x'" % at for at in range(100_000)) + b"/>",
    "250 namespaces over 300,000 elements": lambda: (
        b"<a " + b" ".join(b"xmlns:x%d='u:%d'" % (at, at) for at in range(250)) + b">" + flat(b"a", 300_000) + b"</a>"
    ),
    "250 namespaces in each of 90 levels": lambda: (
        b"".join(
            b"<a " + b" ".join(b"xmlns:x%d_%d='u:x'" % (level, at) for at in range(250)) + b">" for level in range(90)
        )
        + b"</a>" * 90
    ),
    "a namespace in each of 400,000 elements": lambda: b"<a>" + b"<a xmlns='u:a'/>" * 400_000 + b"</a>",
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
        b"".join(b"<" + b"a" * 40_000 + b">" for _ in range(90)) + b"</%s>" % (b"a" * 40_000) * 90
    ),
    "an unknown root of 40,000 characters": lambda: b"<" + b"a" * 40_000 + b" xmlns='u:" + b"b" * 40_000 + b"'/>",
    "a declaration of 10 MB": lambda: b"<?xml " + b"encoding " * MB + b"?><a/>",
    "more than 64 MB": lambda: b"<a>" + b"x" * (68 * MB) + b"</a>",
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
"""For whoever reads XML."""

HEADS: Attacks = {
    "schema hint": lambda: behind(note(), b"<MsgHead", SCHEMA_HINT),
    "200 organisations in each other": lambda: before(note(), b"</Organisation>", inner_organisations(200)),
    "80 organisations in each other": lambda: before(note(), b"</Organisation>", inner_organisations(80)),
    "nested content": lambda: nested(note(), b"TekstNotatInnhold", 80),
    "300,000 elements in a head": lambda: behind(note(), b"<MsgInfo>", flat(b"a", 300_000)),
    "900,000 elements in a note": lambda: behind(note(), b"<TekstNotatInnhold>", flat(b"a", 900_000)),
    "300,000 receivers": lambda: behind(note(), b"<MsgInfo>", b"<OtherReceiver>x</OtherReceiver>" * 300_000),
    "10,000 patients": lambda: repeated(note(), b"Patient", 10_000),
    "5,000 copy receivers": lambda: behind(
        note(), b"</Receiver>", part(note(), b"Receiver").replace(b"Receiver>", b"OtherReceiver>") * 5_000
    ),
    "30,000 numbers of one": lambda: repeated(note(), b"Ident", 30_000),
    "5,000 documents": lambda: repeated(note(), b"Document", 5_000),
    "300,000 comments in a text": lambda: texts(note(), b"MsgId", b"x<!---->" * 300_000),
    "60 MB of id": lambda: texts(note(), b"MsgId", b"x" * (60 * MB)),
    "9 MB of date": lambda: texts(note(), b"GenDate", b"2" * (9 * MB)),
    "9 MB of white space in a date": lambda: texts(note(), b"GenDate", b" " * (9 * MB) + b"2026-03-02T08:00:00"),
    "9 MB of a fraction": lambda: texts(note(), b"GenDate", b"2026-03-02T08:00:00." + b"0" * (9 * MB)),
    "9 MB of an OID": lambda: note().replace(b'S="2.16', b'S="2' + b".16" * (3 * MB), 1),
    "9 MB of a code": lambda: note().replace(b'V="', b'V="' + b"x " * (9 * MB // 2), 1),
}
"""For readers of head messages."""

RECEIPTS: Attacks = {
    "nested receipts": lambda: nested(receipt(), b"Inst", 80),
    "300,000 elements in a receipt": lambda: before(receipt(), b"</AppRec>", flat(b"a", 300_000)),
    "50,000 errors": lambda: before(receipt(), b"<Error", part(receipt(), b"Error") * 50_000),
}
"""For readers of application receipts."""

DIALOGUES: Attacks = {
    "5,000 questions": lambda: repeated(question(), b"Foresporsel", 5_000),
    "9 MB of a question": lambda: texts(question(), b"Sporsmal", b"x" * (9 * MB)),
}
"""For readers of dialogue messages."""

CALLS: Attacks = {
    "nested envelope": lambda: behind(envelope(), b"Body>", b"<a>" * 80 + b"</a>" * 80),
    "300,000 parameters": lambda: envelope().replace(b"/></s:Body", b">" + flat(b"a", 300_000) + b"</Ping></s:Body"),
    "300,000 headers": lambda: before(
        envelope(), b"<s:Body", b"<s:Header>" + b'<a s:mustUnderstand="1"/>' * 300_000 + b"</s:Header>"
    ),
    "300,000 bodies": lambda: behind(envelope(), b"Body>", flat(b"a", 300_000)),
    "9 MB of a number": lambda: before(numbers(), b"</n8:int>", b"9" * (9 * MB)),
    "300,000 numbers": lambda: repeated(numbers(), b"n8:int", 300_000),
}
"""For registers."""

FAULTS: Attacks = {
    "nested fault codes": lambda: (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:x</s:Value>'
        + b"<s:Subcode><s:Value>s:x</s:Value>" * 80
        + b"</s:Subcode>" * 80
        + b"</s:Code></s:Fault></s:Body></s:Envelope>"
    ),
}
"""For clients of registers."""

JSON: Attacks = {
    "100,000 brackets": lambda: b"[" * 100_000,
    "100,000 objects in each other": lambda: b'{"appRecErrorList":' * 100_000,
    "arrays in a field": lambda: b'{"appRecErrorList":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "arrays in an unknown field": lambda: b'[{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}]",
    "1,000,000 unknown fields": lambda: b"{" + b",".join(b'"x%d":1' % at for at in range(MB)) + b"}",
    "1,000,000 wrong errors": lambda: b'{"appRecErrorList":[' + b'{"x":1},' * MB + b'{"x":1}]}',
    "a field name of 40 MB": lambda: b'{"' + b"x" * (40 * MB) + b'":1}',
    "60 MB of digits": lambda: b'{"receiverHerIdsSubset":[' + b"9" * (60 * MB) + b"]}",
    "60 MB of text": lambda: b'{"businessDocument":"' + b"A" * (60 * MB) + b'"}',
    "60 MB of escapes": lambda: b'{"businessDocument":"' + b"\\u0041" * (10 * MB) + b'"}',
    "lone surrogates": lambda: b'{"businessDocument":"\\ud800"}',
    "broken UTF-8": lambda: b'{"businessDocument":"\xff"}',
}
"""For both sides of EDI 2.0."""

HEADERS: Attacks = {
    "60 MB of dots": lambda: b"DPoP " + b"." * (30 * MB) + b"\n" + b"." * (30 * MB),
    "60 MB of base64": lambda: b"eyJh" * (15 * MB),
    "60 MB of padding": lambda: b"Basic " + b"=" * (60 * MB),
    "deep JSON in a token": lambda: b"W1tb" * 2_000 + b".W1tb.W1tb",
}
"""For the checks of tokens, proofs and credentials."""
