"""Canonical form: the bytes that signatures digest, the same ones whoever writes them.

Canonical XML 1.0 (W3C, 15 March 2001) and Exclusive XML Canonicalization 1.0 (W3C, 18 July 2002), both with and without
comments. The writer is our own because lxml's has three faults: in a subtree whose default namespace was declared above
it, it writes `xmlns=""` on grandchildren; it drops `#default` from a prefix list; and it takes the square of the
namespaces in scope for each element. This one takes time in proportion to the document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnwire.errors import XmlError
from nhnwire.xml.trees import XML_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lxml.etree import _Element

_XML = f"{{{XML_NAMESPACE}}}"
_EVENTS = ("start-ns", "start", "end")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"},
)
_NEEDS_TEXT = re.compile("[&<>\r]")
_NEEDS_VALUE = re.compile('[&<"\t\n\r]')
_NAME_OF = etree.XPath("name(@*[local-name() = $local and namespace-uri() = $uri])")
DEFAULT = "#default"
"""How a prefix list names the default namespace."""


def canonical(
    element: _Element, *, exclusive: bool = False, with_comments: bool = False, prefixes: Sequence[str] = ()
) -> bytes:
    """Canonical form of the subtree under an element.

    Args:
        element: the apex; what stands beside it is no part of the subtree.
        exclusive: exclusive form, where a namespace is written where its prefix is used. In the inclusive form the
            apex carries all namespaces in scope and the `xml:` attributes of its ancestors.
        with_comments: keep comments.
        prefixes: the PrefixList of InclusiveNamespaces; `#default` names the default namespace.

    Raises:
        XmlError: when there is no canonical form: a relative namespace URI, or an entity.
    """
    inherited: dict[str, str] = {}
    if not exclusive:
        for ancestor in element.iterancestors():
            for name, value in ancestor.items():
                if str(name).startswith(_XML):
                    inherited.setdefault(str(name), str(value))
    writer = _Writer(exclusive=exclusive, with_comments=with_comments, prefixes=prefixes)
    writer.subtree(element, inherited)
    return writer.taken()


def canonical_document(
    element: _Element, *, exclusive: bool = False, with_comments: bool = False, prefixes: Sequence[str] = ()
) -> bytes:
    """Canonical form of the whole document an element belongs to, as a reference with an empty URI digests it.

    Instructions and comments beside the root are part of it; the arguments are those of `canonical`.

    Raises:
        XmlError: when there is no canonical form.
    """
    root = element.getroottree().getroot()
    writer = _Writer(exclusive=exclusive, with_comments=with_comments, prefixes=prefixes)
    for node in reversed(list(root.itersiblings(preceding=True))):
        writer.aside(node, after="\n")
    writer.subtree(root, {})
    for node in root.itersiblings():
        writer.aside(node, before="\n")
    return writer.taken()


class _Writer:
    """Writes one subtree, and what stands beside a root."""

    def __init__(self, *, exclusive: bool, with_comments: bool, prefixes: Sequence[str]) -> None:
        self.exclusive = exclusive
        self.with_comments = with_comments
        # The default namespace has the prefix "" here, and the URI "" where there is none.
        self.prefixes = tuple("" if prefix == DEFAULT else prefix for prefix in prefixes)
        self.out: list[str] = []
        self.scope: dict[str, str] = {}
        self.rendered: dict[str, str] = {}
        self.open: list[tuple[dict[str, str], dict[str, str], str]] = []

    def taken(self) -> bytes:
        """What has been written."""
        return "".join(self.out).encode()

    def subtree(self, apex: _Element, inherited: Mapping[str, str]) -> None:
        """Write an element and all inside it."""
        if next(apex.iter(etree.Entity), None) is not None:
            raise XmlError("an entity has no canonical form", remedy="write what the entity stands for")
        declared = {prefix or "": uri or "" for prefix, uri in apex.nsmap.items() if prefix != "xml"}
        walk: Iterator[tuple[str, Any]] = etree.iterwalk(apex, events=_EVENTS)  # type: ignore[arg-type]  # the stubs lack start-ns
        for event, node in walk:
            if event == "start":
                self.start(node, declared, inherited)
                self.asides(next(node.iterchildren(), None))
                declared, inherited = {}, {}
            elif event == "start-ns":
                if node[0] != "xml":
                    declared[node[0]] = node[1]
            else:
                self.scope, self.rendered, name = self.open.pop()
                self.out.append(f"</{name}>")
                if node is not apex:
                    self.text(node.tail)
                    self.asides(node.getnext())

    def asides(self, node: _Element | None) -> None:
        """Write the comments and instructions from here to the next element.

        `iterwalk` could give them too, but takes the square of their number.
        """
        while node is not None and not isinstance(node.tag, str):
            self.aside(node)
            self.text(node.tail)
            node = node.getnext()

    def start(self, node: _Element, declared: Mapping[str, str], inherited: Mapping[str, str]) -> None:
        """Write a start tag and the text behind it."""
        above = self.scope, self.rendered
        if declared:
            _check_absolute(declared)
            self.scope = {**self.scope, **declared}
        prefix, local = node.prefix or "", str(node.tag).rpartition("}")[2]
        name = f"{prefix}:{local}" if prefix else local
        attributes, used = "", {prefix}
        if inherited or len(node.attrib):
            attributes, more = _attributes(node, self.scope, inherited)
            used |= more
        fresh = self.fresh({*used, *self.prefixes} if self.exclusive else declared)
        if fresh:
            self.rendered = {**self.rendered, **fresh}
        spaces = "".join(f' xmlns{":" + each if each else ""}="{_value(fresh[each])}"' for each in sorted(fresh))
        self.open.append((*above, name))
        self.out.append(f"<{name}{spaces}{attributes}>")
        self.text(node.text)

    def fresh(self, prefixes: Iterable[str]) -> dict[str, str]:
        """Those namespaces that the output does not have already at this place."""
        found = {}
        for prefix in prefixes:
            uri = self.scope.get(prefix, "")
            # A prefix without a namespace comes from the prefix list; only the default namespace can be taken back.
            if self.rendered.get(prefix, "") != uri and (uri or not prefix):
                found[prefix] = uri
        return found

    def text(self, text: str | None) -> None:
        """Write a text, if there is one."""
        if text:
            self.out.append(text.translate(_IN_TEXT) if _NEEDS_TEXT.search(text) else text)

    def aside(self, node: _Element, *, before: str = "", after: str = "") -> None:
        """Write a comment or an instruction, with a line end on one side when it stands beside the root."""
        if isinstance(node, etree._ProcessingInstruction):  # noqa: SLF001 - lxml's name for the type
            self.out.append(f"{before}<?{node.target}{' ' + str(node.text) if node.text else ''}?>{after}")
        elif self.with_comments:
            self.out.append(f"{before}<!--{node.text or ''}-->{after}")


def _attributes(node: _Element, scope: Mapping[str, str], inherited: Mapping[str, str]) -> tuple[str, set[str]]:
    """Attributes as they are written, and the prefixes they use."""
    used: set[str] = set()
    rows = []
    for key, value in {**inherited, **{str(key): str(value) for key, value in node.items()}}.items():
        if key[0] != "{":
            rows.append(("", key, key, value))
            continue
        uri, _, local = key[1:].partition("}")
        if uri == XML_NAMESPACE:
            name = f"xml:{local}"
        else:
            # The prefix as written is not in lxml's model; it is asked for where several are bound to the namespace.
            bound = [prefix for prefix, each in scope.items() if each == uri and prefix]
            name = f"{bound[0]}:{local}" if len(bound) == 1 else str(_NAME_OF(node, local=local, uri=uri))
            used.add(name.rpartition(":")[0])
        rows.append((uri, local, name, value))
    rows.sort()
    return "".join(f' {name}="{_value(value)}"' for _, _, name, value in rows), used


def _value(text: str) -> str:
    return text.translate(_IN_VALUE) if _NEEDS_VALUE.search(text) else text


def _check_absolute(declared: Mapping[str, str]) -> None:
    for uri in declared.values():
        if uri and not _ABSOLUTE.match(uri):
            raise XmlError(
                f"the namespace {uri[:120]!r} is relative: there is no canonical form",
                remedy="use absolute namespace URIs",
            )
