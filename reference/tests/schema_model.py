"""Schemas read as data: what may stand where, how often, and with which values.

Only what the base standards use of XML Schema 1.0 is known here; anything else raises, so that no construct is passed
over in silence. The reader serves the generator of documents and the count of what they cover. The classes refer to
each other in circles and have no repr: pytest would write out whole schemas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lxml.etree import _Element

XSD = "http://www.w3.org/2001/XMLSchema"
UNBOUNDED = 1_000_000
_IGNORED = ("annotation", "import", "include")


@dataclass(frozen=True, eq=False, repr=False)
class Simple:
    """A simple type: one built-in type with facets, or a union of them."""

    builtin: str
    patterns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    members: tuple[Simple, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Attribute:
    name: str
    type: Simple
    required: bool
    fixed: str | None


@dataclass(eq=False, repr=False)
class Declaration:
    """An element: its name, and its type, which is read when somebody asks."""

    model: Model
    raw: _Element
    name: str
    owner: str
    top: bool

    @property
    def fixed(self) -> str | None:
        return self.raw.get("fixed")

    @property
    def default(self) -> str | None:
        return self.raw.get("default")

    @cached_property
    def type(self) -> Simple | Complex:
        named = self.raw.get("type")
        if named is not None:
            return self.model.type_named(_resolved(self.raw, named))
        inner = [child for child in self.raw if _kind(child) not in _IGNORED]
        if not inner:
            return self.model.anything
        return self.model.read_type(inner[0], self.name if self.top else f"{self.owner}/{self.name}")


@dataclass(eq=False, repr=False)
class Use:
    """An element in a content model.

    Attributes:
        sure: the type cannot do without it.
        choice: all the alternatives, itself included, of which the type cannot do without one.
        partners: elements that cannot stand without it, though the type can do without all of them.
        single: the type cannot have it twice.
        rivals: elements that cannot stand beside it.
        ordered: elements that can stand beside it, and cannot change places with it.
    """

    declaration: Declaration
    low: int
    high: int
    sure: bool = False
    single: bool = False
    choice: tuple[Use | Any, ...] = ()
    partners: tuple[Use, ...] = ()
    rivals: tuple[Use, ...] = ()
    ordered: tuple[Use, ...] = ()


@dataclass(eq=False, repr=False)
class Any:
    """A wildcard."""

    namespace: str
    process: str
    target: str
    low: int
    high: int


@dataclass(eq=False, repr=False)
class Group:
    kind: str
    parts: list[Use | Any | Group]
    low: int
    high: int

    def leaves(self) -> Iterator[Use | Any]:
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.leaves()
            else:
                yield part


@dataclass(eq=False, repr=False)
class Complex:
    """A complex type. `name` is the Clark name of a named type, else the path of its element."""

    name: str
    content: Group | None = None
    text: Simple | None = None
    mixed: bool = False
    attributes: dict[str, Attribute] = field(default_factory=dict)
    abstract: bool = False
    open: bool = False

    @property
    def needy(self) -> bool:
        """It cannot be without elements."""
        return self.content is not None and not _emptiable(self.content)

    def uses(self) -> list[Use]:
        return [leaf for leaf in self.leaves() if isinstance(leaf, Use)]

    def wildcards(self) -> list[Any]:
        return [leaf for leaf in self.leaves() if isinstance(leaf, Any)]

    def leaves(self) -> list[Use | Any]:
        return list(self.content.leaves()) if self.content else []


class Model:
    """All components of some schema files."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.anything = Complex(f"{{{XSD}}}anyType", mixed=True, open=True)
        self.anything.content = Group("sequence", [Any("##any", "lax", "", 0, UNBOUNDED)], 1, 1)
        self.targets: set[str] = set()
        self._raw: dict[tuple[str, str], _Element] = {}
        self._types: dict[str, Simple | Complex] = {self.anything.name: self.anything}
        for file in files:
            self._collect(etree.parse(file, etree.XMLParser(no_network=True, load_dtd=False)).getroot())
        self.elements = {
            name: Declaration(self, raw, name, "", top=True)
            for (kind, name), raw in self._raw.items()
            if kind == "element"
        }

    def _collect(self, root: _Element) -> None:
        target = root.get("targetNamespace") or ""
        self.targets.add(target)
        for child in root.iterchildren(etree.Element):
            if _kind(child) not in _IGNORED:
                self._raw[_kind(child).replace("simpleType", "complexType"), f"{{{target}}}{child.get('name')}"] = child

    def names(self, kind: str) -> set[str]:
        """Names of the top components of a kind: element, attribute, complexType (all types), group."""
        return {name for found, name in self._raw if found == kind}

    def attribute(self, name: str) -> Attribute:
        return self._attribute(self._raw["attribute", name], name)

    def type_named(self, name: str) -> Simple | Complex:
        if name not in self._types:
            if name.startswith(f"{{{XSD}}}"):
                self._types[name] = Simple(name.partition("}")[2])
            else:
                self._types[name] = self.read_type(self._raw["complexType", name], name)
        return self._types[name]

    def read_type(self, raw: _Element, name: str) -> Simple | Complex:
        return self._simple(raw) if _kind(raw) == "simpleType" else self._complex(raw, name)

    def _simple(self, raw: _Element) -> Simple:
        (inner,) = (child for child in raw.iterchildren(etree.Element) if _kind(child) not in _IGNORED)
        if _kind(inner) == "union":
            return Simple(
                "", members=tuple(self._base(inner, name) for name in (inner.get("memberTypes") or "").split())
            )
        base = self._base(inner, inner.get("base") or "")
        facets = [child for child in inner.iterchildren(etree.Element) if _kind(child) not in _IGNORED]
        unknown = {_kind(child) for child in facets} - {"pattern", "enumeration"}
        if unknown:
            raise AssertionError(f"facets this reader does not know: {unknown}")
        patterns = tuple(child.get("value") or "" for child in facets if _kind(child) == "pattern")
        values = tuple(child.get("value") or "" for child in facets if _kind(child) == "enumeration")
        return Simple(base.builtin, base.patterns + patterns, values or base.values, base.members)

    def _base(self, raw: _Element, name: str) -> Simple:
        found = self.type_named(_resolved(raw, name))
        if isinstance(found, Simple):
            return found
        raise AssertionError(f"{name} is no simple type")

    def _complex(self, raw: _Element, name: str) -> Complex:
        result = Complex(name, mixed=raw.get("mixed") == "true", abstract=raw.get("abstract") == "true")
        self._types.setdefault(name, result)
        for child in raw.iterchildren(etree.Element):
            match _kind(child):
                case "annotation":
                    pass
                case "sequence" | "choice" | "group":
                    result.content = self._group(child, name)
                case "attribute" | "attributeGroup":
                    self._add_attributes(result, (child,))
                case "simpleContent":
                    (inner,) = child
                    result.text = self._base(inner, inner.get("base") or "")
                    self._add_attributes(result, inner)
                case "complexContent":
                    self._derive(result, child)
                case other:
                    raise AssertionError(f"{other} in a complex type")
        if result.content is not None:
            _place(result.content, sure=True, single=True)
        return result

    def _derive(self, result: Complex, raw: _Element) -> None:
        (inner,) = raw
        base = self.type_named(_resolved(inner, inner.get("base") or ""))
        assert isinstance(base, Complex)
        if _kind(inner) == "extension":
            assert base.content is None, "only types without elements are extended here"
            result.attributes.update(base.attributes)
            result.mixed = raw.get("mixed") == "true"
        else:
            assert base is self.anything, "only anyType is restricted here"
        for child in inner:
            if _kind(child) in {"sequence", "choice", "group"}:
                result.content = self._group(child, result.name)
        self._add_attributes(result, inner)

    def _add_attributes(self, result: Complex, parts: Iterable[_Element]) -> None:
        for child in parts:
            match _kind(child):
                case "attribute":
                    self._add_attribute(result, child)
                case "attributeGroup":
                    self._add_attributes(result, self._raw["attributeGroup", _resolved(child, child.get("ref") or "")])

    def _add_attribute(self, result: Complex, raw: _Element) -> None:
        ref = raw.get("ref")
        found = self._attribute(raw, raw.get("name") or "") if ref is None else self.attribute(_resolved(raw, ref))
        required = raw.get("use") == "required"
        result.attributes[found.name] = Attribute(found.name, found.type, required, found.fixed)

    def _attribute(self, raw: _Element, name: str) -> Attribute:
        inner = next((child for child in raw if _kind(child) == "simpleType"), None)
        kind = self._base(raw, raw.get("type") or "") if inner is None else self._simple(inner)
        return Attribute(name, kind, required=False, fixed=raw.get("fixed"))

    def _group(self, raw: _Element, owner: str) -> Group:
        if _kind(raw) == "group":
            (inner,) = self._raw["group", _resolved(raw, raw.get("ref") or "")]
            return Group("sequence", [self._group(inner, owner)], *_occurs(raw))
        parts: list[Use | Any | Group] = []
        target = raw.getroottree().getroot().get("targetNamespace") or ""
        for child in raw.iterchildren(etree.Element):
            match _kind(child):
                case "element":
                    parts.append(Use(self._declaration(child, owner, target), *_occurs(child)))
                case "any":
                    namespace, process = child.get("namespace", "##any"), child.get("processContents", "strict")
                    parts.append(Any(namespace, process, target, *_occurs(child)))
                case "sequence" | "choice" | "group":
                    parts.append(self._group(child, owner))
                case other:
                    raise AssertionError(f"{other} in a content model")
        return Group(_kind(raw), parts, *_occurs(raw))

    def _declaration(self, raw: _Element, owner: str, target: str) -> Declaration:
        ref = raw.get("ref")
        if ref is not None:
            return self.elements[_resolved(raw, ref)]
        qualified = raw.getroottree().getroot().get("elementFormDefault") == "qualified"
        local = raw.get("name") or ""
        return Declaration(self, raw, f"{{{target}}}{local}" if qualified else local, owner, top=False)

    def owners(self) -> list[Complex]:
        """Every complex type, named or not, that some element or xsi:type can reach."""
        seen: dict[int, Complex] = {}
        waiting: list[Simple | Complex] = [declaration.type for declaration in self.elements.values()]
        waiting += [self.type_named(name) for name in sorted(self.names("complexType"))]
        while waiting:
            found = waiting.pop()
            if isinstance(found, Complex) and id(found) not in seen:
                seen[id(found)] = found
                waiting += [use.declaration.type for use in found.uses()]
        return sorted(seen.values(), key=lambda found: found.name)


def _place(group: Group, *, sure: bool, single: bool, beside: tuple[Use, ...] = ()) -> None:
    """Say of each element how it stands to the others; `beside`: what may stand beside the whole group."""
    sure = sure and group.low > 0
    single = single and group.high == 1
    alone = group.kind == "sequence" or len(group.parts) == 1
    for part in group.parts:
        others = tuple(
            leaf for other in group.parts if other is not part for leaf in _leaves(other) if isinstance(leaf, Use)
        )
        companions = (*beside, *others) if alone else beside
        if isinstance(part, Group):
            _place(part, sure=sure and alone, single=single, beside=companions)
        elif isinstance(part, Use):
            part.sure = sure and alone and part.low > 0
            part.single = single and part.high == 1
            if sure and not alone and all(other.low > 0 for other in group.parts):
                part.choice = tuple(group.leaves())
            if group.kind == "sequence" and not sure and part.low > 0:
                part.partners = tuple(use for use in others if use.low > 0)
            part.rivals = others if single and not alone else ()
            name = part.declaration.name
            part.ordered = tuple(use for use in companions if single and use.declaration.name != name)


def _emptiable(part: Use | Any | Group) -> bool:
    if part.low == 0 or not isinstance(part, Group):
        return part.low == 0
    return (any if part.kind == "choice" else all)(_emptiable(inner) for inner in part.parts)


def _leaves(part: Use | Any | Group) -> list[Use | Any]:
    return list(part.leaves()) if isinstance(part, Group) else [part]


def _occurs(raw: _Element) -> tuple[int, int]:
    high = raw.get("maxOccurs", "1")
    return int(raw.get("minOccurs", "1")), UNBOUNDED if high == "unbounded" else int(high)


def _kind(raw: _Element) -> str:
    return etree.QName(raw).localname if isinstance(raw.tag, str) else "annotation"


def _resolved(raw: _Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{raw.nsmap[prefix or None]}}}{local}"
