"""XML as bytes: what is read, what is refused, and small questions to a tree."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nhnwire import xml
from nhnwire.errors import XmlError

BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"hello",
        b"<a>",
        b"<a/><b/>",
        b"<a>\0</a>",
        b"<!DOCTYPE a><a/>",
        b"\xef\xbb\xbf<!DOCTYPE a><a/>",
        b"<!-- first --> <?and this?> <!DOCTYPE a><a/>",
        b'<?xml version="1.0"?>' + BOMB + b"<a>&c;</a>",
        BOMB + b"<a d='&c;'/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
        b"<a>&undeclared;</a>",
        b"<a x='1' x='2'/>",
        b"<p:a/>",
        "<a>æ</a>".encode("latin-1"),
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        '<?xml version="1.0"?><a/>'.encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-</a>',
        b'<?xml version="1.0" encoding="IBM037"?><a/>',
        '<?xml version="1.0"?><a/>'.encode("cp037"),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
        b"<!-- never ends",
        b"<?pi never ends",
        b"<a>\x0b</a>",
        b"<a>&#0;</a>",
    ],
)
def test_what_is_not_plain_xml_is_refused(data: bytes) -> None:
    """DOCTYPE, entities, odd encodings and broken documents end as T01 with a remedy, before anything is expanded."""
    with pytest.raises(XmlError) as caught:
        xml.parse(data)
    assert caught.value.code == "T01"
    assert caught.value.remedy


def test_what_is_plain_xml_is_read() -> None:
    """UTF-8 with and without mark and declaration, ISO-8859-1 when declared, and a DOCTYPE that is only text."""
    for data in (
        "<a>æøå</a>".encode(),
        b"\xef\xbb\xbf" + "<a>æøå</a>".encode(),
        '<?xml version="1.0" encoding="utf-8"?>\r\n<!-- x --><a>æøå</a>'.encode(),
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>æøå</a>".encode("latin-1"),
    ):
        assert xml.parse(data).text == "æøå"
    assert xml.parse(b"<a><![CDATA[<!DOCTYPE a>]]><!-- <!DOCTYPE a> --></a>").text == "<!DOCTYPE a>"


def test_sizes_and_depths_have_limits() -> None:
    """A document of any size up to the cap is read, long text included; deeper or larger ones are refused at once."""
    long = b"<a>" + b"x" * 12_000_000 + b"</a>"
    assert len(xml.parse(long).text or "") == 12_000_000
    with pytest.raises(XmlError, match="bytes"):
        xml.parse(long, max_size=1_000_000)
    levels = xml.MAX_DEPTH
    assert len(list(xml.parse(b"<a>" * levels + b"</a>" * levels).iter())) == levels
    for filling in (b"", b"x" * 10_500_000):
        with pytest.raises(XmlError, match="levels"):
            xml.parse(b"<a>" * (levels + 1) + filling + b"</a>" * (levels + 1))


def test_markup_has_limits() -> None:
    """So many tags, attributes and namespaces are read, and one more is refused with what to do."""
    most = xml.MAX_ATTRIBUTES
    assert len(xml.parse(b"<a><b %s/></a>" % attributes(most))[0].attrib) == most
    assert len(xml.parse(b"<a %s/>" % namespaces(most)).nsmap) == most
    for data in (
        b"<a><b %s/></a>" % attributes(most + 1),
        b"<a %s/>" % namespaces(most + 1),
        b"<a %s><b %s/></a>" % (namespaces(most), b"xmlns:x1='urn:again'"),
        b"<a>" + b"<b/>" * xml.MAX_MARKUP + b"</a>",
        b"<a>" + b"<b c='' d=''/>" * (xml.MAX_MARKUP // 2 + 1) + b"</a>",
    ):
        with pytest.raises(XmlError, match="more than") as caught:
            xml.parse(data)
        assert caught.value.remedy
    assert len(xml.parse(b"<a>" + b"= " * (xml.MAX_MARKUP + 1) + b"</a>").text or "") > xml.MAX_MARKUP
    siblings = b"".join(b"<b xmlns:x%d='urn:x'/>" % at for at in range(most * 3))
    assert len(xml.parse(b"<a>" + siblings + b"</a>")) == most * 3


def attributes(count: int) -> bytes:
    return b" ".join(b"x%d=''" % at for at in range(count))


def namespaces(count: int) -> bytes:
    return b" ".join(b"xmlns:x%d='urn:x'" % at for at in range(count))


@settings(deadline=None)
@given(st.binary() | st.text("<>a/&;'\"=! -[]?xmlns:\n\x00æ", max_size=60).map(str.encode))
@example(b"<a xmlns:b=''/>")
@example(b"<?xml version='1.0' encoding='x'?><a/>")
def test_any_bytes_are_a_document_or_a_typed_refusal(data: bytes) -> None:
    """Hostile bytes never raise anything but XmlError."""
    try:
        root = xml.parse(data)
    except XmlError:
        return
    assert xml.canonical(xml.parse(xml.serialise(root))) == xml.canonical(root)


def test_text_is_not_cut_short_by_comments() -> None:
    """`adm<!-- -->in` is one word, whoever reads it."""
    assert xml.text_of(xml.parse(b"<a>adm<!-- x -->in<?pi?>istrator</a>")) == "administrator"


def test_paths_point_to_the_element() -> None:
    """A path of local names, numbered where there are several."""
    root = xml.parse(b"<m:a xmlns:m='u'><b/><m:c/><b><d/></b></m:a>")
    assert xml.path_of(root[2][0]) == "/a/b[2]/d"
    assert xml.path_of(root[1]) == "/a/c"
    assert len(xml.path_of(xml.parse(b"<" + b"a" * 40_000 + b"/>"))) < 200


def test_grafting_never_changes_names() -> None:
    """A subtree moves into a document with a default namespace only when its names survive."""
    parent = xml.parse(b"<p xmlns='urn:p'/>")
    xml.graft(parent, xml.parse(b"<c:x xmlns:c='urn:c'><c:y/></c:x>"))
    assert [element.tag for element in xml.parse(xml.serialise(parent)).iter()] == ["{urn:p}p", "{urn:c}x", "{urn:c}y"]
    with pytest.raises(ValueError, match="no namespace"):
        xml.graft(parent, xml.parse(b"<c:x xmlns:c='urn:c'><y/></c:x>"))
    assert len(parent) == 1
