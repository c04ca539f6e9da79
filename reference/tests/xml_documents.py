"""Documents for canonicalisation, made from a seed: everything XML 1.0 allows without a DOCTYPE that its canonical
form treats in its own way.
"""

from __future__ import annotations

import random

PREFIXES = ("", "a", "b", "zz", "Å")
URIS = ("urn:one", "urn:two", "http://example.org/three", "urn:o?a=1&amp;b=2")
NAMES = ("e", "E", "item", "Ø", "_x", "a-b", "a.b")
ATTRIBUTES = ("x", "y", "X", "xx", "ø", "Id", "a-b", "_")
XML_ATTRIBUTES = (("xml:lang", ("no", "en", "")), ("xml:space", ("preserve", "default")), ("xml:base", ("urn:b", "c/")))
TEXTS = (
    *("t", " ", "\n  ", "\r\n", "\r", "\t", "æøå", "\u00a0", "\u2028", "\U0001f600", "]]", "'\"", ">"),
    *("&lt;", "&gt;", "&amp;", "&quot;", "&apos;", "&#13;", "&#xD;", "&#10;", "&#9;", "&#x1F600;", "&#229;", "&#133;"),
    *("<![CDATA[]]>", "<![CDATA[<&>]]>", "<![CDATA[a]]]]><![CDATA[>b]]>", "<![CDATA[\r\n\t]]>"),
)
ASIDES = (
    *("<!---->", "<!-- c -->", "<!--<&>\r\nx-->", "<!--æ-->"),
    *("<?p?>", "<?p i?>", "<?p  two  words  ?>", "<?p <&>\"'?>", "<?p \r\nx?>", "<?xml-stylesheet href='x'?>"),
)
VALUES = ("", "v", " v  w ", "\t", "\n", "\r\n", "&#9;", "&#10;", "&#13;", "&lt;", "&gt;", ">", "&amp;", "&apos;", "'")
ASTRAL = ("&quot;", "æ", "&#x10FFFF;", "\u00a0", "&#32;&#32;")


def document(seed: int) -> bytes:
    """One document; a function of its seed."""
    return _Maker(random.Random(seed)).document()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.ids = 0
        self.left = chance.choice((3, 10, 30))

    def document(self) -> bytes:
        encoding = self.chance.choice(("", "", "UTF-8", "utf-8", "BOM", "ISO-8859-1"))
        text = self.asides() + self.element({}, 0) + self.asides()
        if encoding == "ISO-8859-1":
            # What Latin-1 lacks is left out: a character reference could not stand in a name or a comment.
            text = text.encode("latin-1", "ignore").decode("latin-1")
            return f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode("latin-1")
        if encoding == "BOM":
            return b"\xef\xbb\xbf" + text.encode()
        head = f"<?xml version='1.0' encoding='{encoding}' standalone='yes'?>\r\n" if encoding else ""
        return (head + text).encode()

    def asides(self) -> str:
        chosen = self.chance.choices(("", "\n", *ASIDES), k=self.chance.randrange(3))
        return "".join(self.chance.choice(("", "\r\n ")) + one for one in chosen)

    def element(self, scope: dict[str, str], depth: int) -> str:
        chance = self.chance
        self.left -= 1
        declared = {chance.choice(PREFIXES): chance.choice(URIS) for _ in range(chance.choice((0, 0, 1, 1, 2, 4)))}
        if scope.get("") and chance.random() < 0.2:
            declared[""] = ""
        inner = {prefix: uri for prefix, uri in {**scope, **declared}.items() if uri}
        written = [f"xmlns{':' + prefix if prefix else ''}={self.quoted(uri)}" for prefix, uri in declared.items()]
        if chance.random() < 0.03:
            written.append('xmlns:xml="http://www.w3.org/XML/1998/namespace"')
        written += self.attributes(inner)
        chance.shuffle(written)
        prefix = chance.choice(sorted({"", *inner}))
        name = (f"{prefix}:" if prefix else "") + chance.choice(NAMES)
        gaps = "".join(chance.choice((" ", " ", "\n  ", "\t")) + one for one in written)
        inside = self.content(inner, depth)
        if not inside and chance.random() < 0.5:
            return f"<{name}{gaps}/>"
        return f"<{name}{gaps}>{inside}</{name}{chance.choice(('', ' '))}>"

    def attributes(self, scope: dict[str, str]) -> list[str]:
        chance = self.chance
        found: dict[tuple[str, str], str] = {}
        for _ in range(chance.choice((0, 0, 1, 2, 5))):
            prefix = chance.choice(("", *sorted(scope)))
            local = chance.choice(ATTRIBUTES)
            # Two prefixes of one namespace: the same attribute twice would not be well-formed.
            key = (scope[prefix] if prefix else "", local)
            found.setdefault(key, f"{prefix}:{local}" if prefix else local)
        written = [f"{name}={self.value()}" for name in found.values()]
        for name, values in XML_ATTRIBUTES:
            if chance.random() < 0.15:
                written.append(f"{name}={self.quoted(chance.choice(values))}")
        if chance.random() < 0.1:
            self.ids += 1
            written.append(f'xml:id="i{self.ids}"')
        return written

    def value(self) -> str:
        return self.quoted("".join(self.chance.choices((*VALUES, *ASTRAL), k=self.chance.randrange(4))))

    def quoted(self, value: str) -> str:
        mark = '"' if "'" in value or self.chance.random() < 0.5 else "'"
        return mark + value + mark

    def content(self, scope: dict[str, str], depth: int) -> str:
        parts = []
        for _ in range(self.chance.randrange(5)):
            kind = self.chance.random()
            if kind < 0.5 and self.left > 0 and depth < 12:
                parts.append(self.element(scope, depth + 1))
            elif kind < 0.7:
                parts.append(self.chance.choice(ASIDES))
            else:
                parts += self.chance.choices(TEXTS, k=self.chance.randrange(1, 4))
        text = "".join(parts)
        return text.replace("]]>", "]]&gt;") if "]]>" in text and "<![CDATA[" not in text else text
