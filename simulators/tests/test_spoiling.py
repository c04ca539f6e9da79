"""Business documents that are spoilt on purpose: what each variant does, and that it never breaks itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nhnsim.spoiling import ENTITY, SPOIL

DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<d:Notat xmlns:d="urn:x"><d:TekstNotatInnhold>'
    "Blåbær</d:TekstNotatInnhold></d:Notat>"
).encode()


def test_entities_stand_where_a_careless_reader_expands_them() -> None:
    """Whoever resolves entities shows the word that stands for it; a careful reader sees none of it."""
    spoilt = SPOIL["doctype"](DOCUMENT)
    careful = etree.fromstring(spoilt, etree.XMLParser(resolve_entities=False, no_network=True))
    assert ENTITY not in "".join(careful.itertext())
    careless = etree.fromstring(spoilt.replace(b"&outside;", b""), etree.XMLParser(resolve_entities=True))
    assert ENTITY in "".join(careless.itertext())


def test_a_document_in_another_encoding_is_no_utf_8() -> None:
    """It says UTF-8 and cannot be read as such."""
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(SPOIL["encoding"](DOCUMENT))


@given(st.binary(max_size=300), st.sampled_from(sorted(SPOIL)))
def test_whatever_is_spoilt_something_comes_of_it(data: bytes, variant: str) -> None:
    """Bytes of any kind go in, bytes come out."""
    assert isinstance(SPOIL[variant](data), bytes)
