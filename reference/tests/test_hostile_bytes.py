"""Hostile bytes at every door of nhnwire: a value or a ProtocolError, never anything else."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from functools import cache
from importlib import resources

from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element
from reference.tests import xml_documents
from reference.tests.hostile_readers import OTHER_READERS, SERVICES, URL, XML_READERS, Reader
from reference.tests.hostile_run import outcome

from nhnwire import edi2, errors, xml
from nhnwire.registers import binding, soap
from nhnwire.registers.faults import SoapError

Change = Callable[[_Element, list[_Element], random.Random], None]

REFUSALS = frozenset(
    one.__name__
    for one in (
        *(errors.XmlError, errors.SchemaError, errors.UnsupportedFormatError, errors.RuleError, errors.IdentifierError),
        *(errors.TokenError, edi2.ModelError, SoapError, errors.CertificateError),
    )
)
LONGEST = 8_000
XSI = "http://www.w3.org/2001/XMLSchema-instance"
VALUES = (
    *("", " ", "x", "0", "-1", "9" * 30, "1e999", "NaN", "true", "2026-02-30T25:61:61", "0000-00-00", "24:00", "P1D"),
    *("2026-03-02T08:00:00+99:99", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00+14:00", "-2026-03-02", "æ=="),
    *("2.16.578.1.12.4.1.1.8279", "DIALOG_NOTAT", "APPREC", "HER", "FNR", "1", "9" * 5_000, "\u202e\u0085", "x:y", ":"),
    *(
        "urn:oid:2",
        "http://[",
        "http://x:99999999/",
        "mailto:",
        "tel:",
        "a\tb\nc\rd",
        "<a/>",
        "&amp;",
        "%00",
        "\U0010ffff",
    ),
)
PIECES = (
    *(b"<", b">", b"&", b"'", b'"', b"/>", b"</", b"]]>", b"<!--", b"<?", b"<![CDATA[", b"\0", b"\xff", b"\xc3", b"\r"),
    *(b"<!DOCTYPE a>", b"&a;", b"&#0;", b"&#x110000;", b' xmlns=""', b' xmlns:p="u:p"', b" V=''", b"\xef\xbb\xbf"),
    *(b"-1", b"9" * 30, b"1e999", b"NaN", b"2026-02-30T25:61:61", b"0000-00-00", b"true", b"\xf0\x9f\x98\x80", b""),
    *(b"\xe2\x80\xae", b'encoding="UTF-16"', b'version="1.1"', b' xsi:nil="true"', b' i:type="x"', b"%s", b"../"),
)
JSON_PIECES = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"\\ud800", b"\\u0000", b"1e400", b"\xff"),
    b"[" * 40,
)


@cache
def sound_xml() -> tuple[bytes, ...]:
    """Golden files of every kind, and a request and a reply of every operation of the registers."""
    golden = resources.files("nhnfixtures") / "golden"
    folders = sorted((one for one in golden.iterdir() if one.is_dir()), key=lambda one: one.name)
    files = [file.read_bytes() for one in folders for file in sorted(one.iterdir(), key=lambda file: file.name)]
    for service in SERVICES:
        for operation in service.operations:
            action = service.action(operation.name)
            for way in binding.BINDINGS:
                body = service.request(operation.name)
                files.append(soap.request(body, way, action=action, message_id="urn:x", to=URL))
            files.append(soap.reply(service.response(operation.name), binding.BASIC, action=action))
    return tuple(files)


@st.composite
def damaged(draw: st.DrawFn, sound: st.SearchStrategy[bytes], pieces: tuple[bytes, ...]) -> bytes:
    """Sound bytes with one to four wounds: a part cut out, doubled, moved, or something put in its place."""
    data = draw(sound)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from((0, 1, 3, 20, 200))))
        other = draw(st.integers(0, len(data)))
        new = draw(
            st.sampled_from(pieces)
            | st.just(data[start:end] * 2)
            | st.just(data[other : other + end - start])
            | st.binary(max_size=6)
        )
        data = data[:start] + new + data[end:]
    return data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def read_all(data: bytes, readers: dict[str, Reader]) -> None:
    for name, read in readers.items():
        came, length = outcome(read, data)
        assert came == "value" or came in REFUSALS, (name, came)
        assert length < LONGEST, name


@cache
def changes() -> tuple[tuple[Change, int], ...]:
    """What may happen to an element, and how often."""
    return ((drop, 4), (double, 3), (move, 2), (rename, 3), (retell, 6), (reattribute, 6), (nest, 1), (litter, 2))


def drop(element: _Element, _others: list[_Element], _chance: random.Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def double(element: _Element, _others: list[_Element], _chance: random.Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.append(copy.deepcopy(element))


def move(element: _Element, others: list[_Element], chance: random.Random) -> None:
    chance.choice(others).append(copy.deepcopy(element))


def rename(element: _Element, others: list[_Element], chance: random.Random) -> None:
    element.tag = chance.choice([chance.choice(others).tag, "x", "{urn:x}x", etree.QName(element).localname])


def retell(element: _Element, _others: list[_Element], chance: random.Random) -> None:
    element.text = chance.choice(VALUES)


def reattribute(element: _Element, others: list[_Element], chance: random.Random) -> None:
    names = [*element.attrib, *chance.choice(others).attrib, "V", f"{{{XSI}}}nil", f"{{{XSI}}}type", "x"]
    name = chance.choice(names)
    if name in element.attrib and chance.random() < 0.3:
        del element.attrib[name]
    else:
        element.set(name, chance.choice(VALUES))


def nest(element: _Element, _others: list[_Element], _chance: random.Random) -> None:
    element.append(copy.deepcopy(element))


def litter(element: _Element, _others: list[_Element], chance: random.Random) -> None:
    new: _Element = chance.choice((etree.Comment("x"), etree.ProcessingInstruction("x", "y"), etree.Element("x")))
    element.insert(chance.randrange(len(element) + 1), new)


def reshaped(seed: int) -> bytes:
    """A sound document whose tree has been changed in one to five places; it stays well-formed."""
    chance = random.Random(seed)
    root = xml.parse(chance.choice(well_formed()))
    ways, weights = zip(*changes(), strict=True)
    for _ in range(chance.randrange(1, 6)):
        elements = list(root.iter(etree.Element))
        chance.choices(ways, weights)[0](chance.choice(elements), elements, chance)
    return xml.serialise(root)


@cache
def well_formed() -> tuple[bytes, ...]:
    return tuple(data for data in sound_xml() if outcome(xml.parse, data)[0] == "value")


@settings(deadline=None, max_examples=150)
@given(damaged(st.deferred(lambda: st.sampled_from(sound_xml())), PIECES))
def test_a_damaged_document_is_a_value_or_a_typed_refusal(data: bytes) -> None:
    """Messages and register calls with wounds, at every door that takes XML, their own and all others."""
    read_all(data, XML_READERS)


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 2**32).map(reshaped))
def test_a_reshaped_document_is_a_value_or_a_typed_refusal(data: bytes) -> None:
    """The same, where the document is still XML: elements gone, doubled, moved, renamed; texts and attributes wrong."""
    read_all(data, XML_READERS)


@settings(deadline=None, max_examples=100)
@given(damaged(st.integers(0, 10_000).map(xml_documents.document), PIECES) | st.binary(max_size=200))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe<\0a\0/\0>\0")
@example("<a/>".encode("utf-32"))
@example(b"\x2b\x2f\x76\x38<a/>")
@example(b"\x4c\x6f\xa7\x94\x93")
def test_any_xml_and_any_bytes_are_a_value_or_a_typed_refusal(data: bytes) -> None:
    """XML of all sorts that nobody asked for, and noise."""
    read_all(data, XML_READERS)


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=200)
    | json_values.map(lambda value: json.dumps(value).encode())
    | damaged(
        st.lists(
            st.dictionaries(
                st.sampled_from(("businessDocument", "contentType", "appRecStatus", "id", "receiverHerId", "herId")),
                json_values,
                max_size=4,
            ),
            max_size=3,
        ).map(lambda value: json.dumps(value).encode()),
        JSON_PIECES,
    )
)
@example(b"[" * 100_000)
@example(b'{"appRecErrorList":' * 5_000)
@example(b'"\\ud800"')
@example(b'{"businessDocument":"\xff"}')
@example(b"1" * 10_000)
@example(b"\x30\x84\xff\xff\xff\xff")
@example(b"\x30\x80" * 2_000)
@example(b"Basic " + b"=" * 100_000)
@example(b"DPoP " + b"." * 100_000 + b"\n" + b"." * 100_000)
def test_no_json_header_or_certificate_brings_a_reader_down(data: bytes) -> None:
    """JSON bodies, headers and DER: any bytes at all doors that take something else than XML."""
    read_all(data, OTHER_READERS)
