"""Trees of documents as bytes, in all the ways that mean the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.tests.schema_documents import XSI, XSI_TYPE, Node
from reference.tests.schema_model import Complex

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator


class Writer:
    """Writes trees as bytes, in the ways that mean the same: prefixes, white space, comments, character references."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._out: list[str] = []
        self._prefixes: dict[str, str] = {}

    def write(self, root: Node, *, plain: bool = False) -> bytes:
        """The document; `plain` leaves out white space and comments."""
        self._out = [self.chance.choice(("", '<?xml version="1.0" encoding="UTF-8"?>\n', "<!-- først -->"))]
        manner = self.chance.choice(("default", "prefixes", "mixed"))
        names = {name for node in root.walk() for name in _namespaces(node)}
        self._prefixes = {uri: f"n{at}" for at, uri in enumerate(sorted(names - {XSI}))} | {XSI: "xsi"}
        declared = "".join(f' xmlns:{prefix}="{uri}"' for uri, prefix in self._prefixes.items())
        self._element(root, declared, None if manner == "prefixes" else "", manner, loose=not plain)
        return "".join(self._out).encode()

    def _element(self, node: Node, declared: str, default: str | None, manner: str, *, loose: bool) -> None:
        """`default` is the default namespace in scope; None when the document uses prefixes only."""
        space, _, local = node.name.rpartition("}")
        space = space[1:]
        tag = local
        if default is None:
            tag = f"{self._prefixes[space]}:{local}" if space else local
        elif space != default:
            if space and manner == "mixed" and self.chance.random() < 0.5:
                tag = f"{self._prefixes[space]}:{local}"
            else:
                declared += f' xmlns="{space}"'
                default = space
        self._out.append(f"<{tag}{declared}")
        for name, value in node.attributes.items():
            text = self._qualified(value) if name == XSI_TYPE else value
            self._out.append(f' {self._qualified(name)}="{_escaped(text)}"')
        if not node.content and self.chance.random() < 0.7:
            self._out.append("/>")
            return
        self._out.append(">")
        roomy = isinstance(node.type, Complex) and node.type.content is not None and not node.type.mixed and loose
        for item in node.content:
            if roomy and self.chance.random() < 0.1:
                self._out.append(self.chance.choice((" ", "\n  ", "<!-- et ord -->", "<?noe her?>\n")))
            if isinstance(item, Node):
                self._element(item, "", default, manner, loose=loose)
            else:
                self._text(item)
        self._out.append(f"</{tag}>")

    def _text(self, text: str) -> None:
        if text and self.chance.random() < 0.05:
            at = self.chance.randrange(len(text))
            self._out.append(f"{_escaped(text[:at])}&#{ord(text[at])};<!-- midt i -->{_escaped(text[at + 1 :])}")
        elif text and self.chance.random() < 0.05 and "]]>" not in text:
            self._out.append(f"<![CDATA[{text}]]>")
        else:
            self._out.append(_escaped(text))

    def _qualified(self, name: str) -> str:
        space, brace, local = name.rpartition("}")
        if space[1:] == "http://www.w3.org/XML/1998/namespace":
            return f"xml:{local}"
        return f"{self._prefixes[space[1:]]}:{local}" if brace else local


def _namespaces(node: Node) -> Iterator[str]:
    names = [node.name, *node.attributes, node.attributes.get(XSI_TYPE, "")]
    return (name[1:].partition("}")[0] for name in names if name.startswith("{") and "XML/1998" not in name)


def _escaped(text: str) -> str:
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")):
        text = text.replace(plain, escaped)
    return text
