"""XML as bytes: a parser that expands nothing, exact canonicalisation, one way to write."""

from __future__ import annotations

from nhnwire.xml.canonical import canonical, canonical_document
from nhnwire.xml.reading import MAX_ATTRIBUTES, MAX_DEPTH, MAX_MARKUP, MAX_SIZE, parse
from nhnwire.xml.trees import XML_NAMESPACE, path_of, split_tag, text_of
from nhnwire.xml.writing import graft, serialise

__all__ = [
    "MAX_ATTRIBUTES",
    "MAX_DEPTH",
    "MAX_MARKUP",
    "MAX_SIZE",
    "XML_NAMESPACE",
    "canonical",
    "canonical_document",
    "graft",
    "parse",
    "path_of",
    "serialise",
    "split_tag",
    "text_of",
]
