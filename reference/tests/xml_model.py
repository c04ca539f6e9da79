"""Canonical XML 1.0 and exclusive canonical XML, written for the tests from the recommendations as they stand.

Another parser (expat, with names as they are written) and another writer than the house's: nothing here is libxml2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

XML = "http://www.w3.org/XML/1998/namespace"


@dataclass
class Node:
    """An element, a comment (`kind` "!") or an instruction (`kind` "?"); texts stand among the children as str."""

    kind: str
    name: str = ""
    text: str = ""
    parent: Node | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def scope(self) -> dict[str, str]:
        """Namespaces in scope by prefix; no default one is no entry."""
        above = self.parent.scope if self.parent is not None else {}
        return {prefix: uri for prefix, uri in {**above, **self.declared}.items() if uri}


def read(data: bytes) -> Node:
    """The document as a node of kind "" whose children are the root and what stands beside it."""
    top = at = Node("")

    def start(name: str, flat: list[str]) -> None:
        nonlocal at
        element = Node("e", name, parent=at)
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            if key == "xmlns" or key.startswith("xmlns:"):
                if key != "xmlns:xml":
                    element.declared[key[6:]] = value
            else:
                element.attributes[key] = value
        at.children.append(element)
        at = element

    def end(_name: str) -> None:
        nonlocal at
        assert at.parent is not None
        at = at.parent

    def text(data: str) -> None:
        at.children.append(data)

    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.CommentHandler = lambda text: at.children.append(Node("!", text=text, parent=at))
    parser.ProcessingInstructionHandler = lambda name, text: at.children.append(Node("?", name, text, at))
    parser.Parse(data, True)
    return top


def elements(node: Node) -> list[Node]:
    """All elements under a node, in document order."""
    found = []
    for child in node.children:
        if isinstance(child, Node) and child.kind == "e":
            found += [child, *elements(child)]
    return found


def whole(top: Node, *, exclusive: bool, with_comments: bool, prefixes: tuple[str, ...] = ()) -> bytes:
    """Canonical form of the document: what stands beside the root keeps a line of its own."""
    writer = _Writer(exclusive, with_comments, prefixes)
    pieces = [writer.node(child, {}, {}) for child in top.children if isinstance(child, Node)]
    return "\n".join(piece for piece in pieces if piece).encode()


def subtree(apex: Node, *, exclusive: bool, with_comments: bool, prefixes: tuple[str, ...] = ()) -> bytes:
    """Canonical form of the subtree under an element."""
    inherited: dict[str, str] = {}
    above = None if exclusive else apex.parent
    while above is not None:
        for key, value in above.attributes.items():
            if key.startswith("xml:"):
                inherited.setdefault(key, value)
        above = above.parent
    return _Writer(exclusive, with_comments, prefixes).node(apex, {}, inherited).encode()


@dataclass
class _Writer:
    exclusive: bool
    with_comments: bool
    prefixes: tuple[str, ...]

    def node(self, node: Node, rendered: dict[str, str], inherited: dict[str, str]) -> str:
        if node.kind == "!":
            return f"<!--{node.text}-->" if self.with_comments else ""
        if node.kind == "?":
            return f"<?{node.name}{' ' + node.text if node.text else ''}?>"
        scope = node.scope
        attributes = {**inherited, **node.attributes}
        names = [node.name, *(key for key in attributes if ":" in key)]
        used = {name.rpartition(":")[0] for name in names} - {"xml"}
        if self.exclusive:
            used |= {"" if prefix == "#default" else prefix for prefix in self.prefixes} & {*scope, ""}
        else:
            used = {*scope, ""}
        fresh = {prefix: scope.get(prefix, "") for prefix in used if rendered.get(prefix, "") != scope.get(prefix, "")}
        spaces = "".join(
            f' xmlns{":" + prefix if prefix else ""}="{_value(fresh[prefix])}"' for prefix in sorted(fresh)
        )
        uris = {**scope, "xml": XML, "": ""}
        order = sorted(attributes, key=lambda key: (uris[key.rpartition(":")[0]], key.rpartition(":")[2]))
        written = "".join(f' {key}="{_value(attributes[key])}"' for key in order)
        below = {**rendered, **fresh}
        inside = "".join(
            _text(child) if isinstance(child, str) else self.node(child, below, {}) for child in node.children
        )
        return f"<{node.name}{spaces}{written}>{inside}</{node.name}>"


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _value(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
