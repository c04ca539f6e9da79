"""Kinds of values on the wire, as .NET's DataContractSerializer reads and writes them.

The rules clients depend on: members of the base class come first, then the class's own in ordinal
order of their names; nothing is `i:nil="true"`; a derived class says so with `i:type`; an unknown or misplaced element
is passed over in silence. That silence costs people days, so here a reader remembers what it passed over.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from nhnwire import xml
from nhnwire.registers import simple
from nhnwire.registers.simple import Simple, schema_error, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lxml.etree import _Element


XSI = "http://www.w3.org/2001/XMLSchema-instance"
MAX_IGNORED = 20
"""How many passed-over elements a reader names."""
_NIL = f"{{{XSI}}}nil"
_TYPE = f"{{{XSI}}}type"


@dataclass(frozen=True)
class Member:
    """One element of a record or a parameter: its names, its kind, and what leaving it out means."""

    wire: str
    field: str
    ns: str
    kind: Kind
    nillable: bool
    required: bool
    default: Any


@dataclass(frozen=True)
class Contract:
    """What a class is on the wire.

    Attributes:
        ns: namespace of the type and of its own members.
        name: of the type.
        struct: .NET has it as a value type, which cannot be nil.
        members: gives the class's own members in wire order; a function, since contracts refer to each other.
    """

    ns: str
    name: str
    struct: bool
    members: Callable[[], tuple[Member, ...]]


def contract_of(cls: type[Any]) -> Contract:
    """The contract of a class."""
    found = cls.__dict__.get("__contract__")
    if not isinstance(found, Contract):
        raise TypeError(f"{cls.__name__} is no data contract; decorate it with @contract")
    return found


@dataclass
class Reader:
    """One reading: the types that `i:type` may name, and what was passed over (an XPath each, the first few)."""

    records: Mapping[tuple[str, str], Record]
    ignored: list[str] = field(default_factory=list)

    def pass_over(self, element: _Element) -> None:
        """Note an element that fits nowhere."""
        # A path costs as much as there are siblings; a peer that sends a million strays gets no million paths.
        if len(self.ignored) < MAX_IGNORED:
            self.ignored.append(xml.path_of(element))


@dataclass(frozen=True)
class Enumeration:
    """A closed set of names; `flags` may be combined (a list on the wire).

    Attributes:
        numbers: .NET's numbers, in order, where the WSDL gives them; flags are their own numbers.
    """

    name: str
    ns: str
    cls: type[enum.Enum]
    numbers: tuple[int, ...] = ()

    nullable = False

    @property
    def flags(self) -> bool:
        """True when the values are bits."""
        return issubclass(self.cls, enum.Flag)

    @property
    def default(self) -> Any:
        """What an absent element means."""
        return self.cls(0) if self.flags else next(iter(self.cls))

    def wire_names(self) -> dict[str, Any]:
        """All names on the wire with their members, in order."""
        if self.flags:
            return {name.title(): member for name, member in self.cls.__members__.items()}
        return {str(member.value): member for member in self.cls}

    def read(self, element: _Element, reader: Reader) -> Any:  # noqa: ARG002 - the signature of a kind
        """The value of an element that is not nil."""
        text = text_of(element)
        known = self.wire_names()
        words = text.split() if self.flags else [text]
        if any(word not in known for word in words):
            raise schema_error(element, f"{text[:60]!r} is not one of {', '.join(known)}", f"write a {self.name}")
        if self.flags:
            value = self.cls(0)
            for word in words:
                value |= known[word]
            return value
        return known[text]

    def write(self, element: _Element, value: Any) -> None:
        """Fill an element with a value."""
        known = self.wire_names()
        exact = [name for name, member in known.items() if member == value]
        single = exact or [name for name, member in known.items() if self.flags and member and member in value]
        if not single:
            raise ValueError(f"{value!r} is no {self.name}")
        element.text = " ".join(exact[:1] or single)


@dataclass(frozen=True)
class Array:
    """`ArrayOf…`: an element that holds any number of the same kind; a tuple."""

    item: Kind

    nullable = True
    default = None

    @property
    def name(self) -> str:
        """`ArrayOf` and the name of what it holds."""
        return f"ArrayOf{self.item.name}"

    @property
    def ns(self) -> str:
        """That of its items; those of simple types live in a namespace made for that."""
        return simple.ARRAYS if self.item.ns in {simple.XSD, simple.SERIALIZATION} else self.item.ns

    def read(self, element: _Element, reader: Reader) -> tuple[Any, ...]:
        """The value of an element that is not nil."""
        tag = f"{{{self.ns}}}{self.item.name}"
        values = []
        for child in element.iterchildren(tag=etree.Element):
            if child.tag != tag:
                reader.pass_over(child)
            else:
                values.append(read_value(self.item, child, reader, nillable=self.item.nullable))
        return tuple(values)

    def write(self, element: _Element, value: tuple[Any, ...]) -> None:
        """Fill an element with a value."""
        for one in value:
            write_value(self.item, etree.SubElement(element, f"{{{self.ns}}}{self.item.name}"), one)


@dataclass(frozen=True)
class Record:
    """A class with members."""

    cls: type[Any]

    default = None

    @property
    def name(self) -> str:
        """Local name of the type."""
        return contract_of(self.cls).name

    @property
    def ns(self) -> str:
        """Namespace of the type."""
        return contract_of(self.cls).ns

    @property
    def nullable(self) -> bool:
        """True unless it is a struct."""
        return not contract_of(self.cls).struct

    @property
    def base(self) -> Record | None:
        """The contract this one extends."""
        above = self.cls.__mro__[1]
        return Record(above) if "__contract__" in above.__dict__ else None

    def own(self) -> tuple[Member, ...]:
        """The class's own members, in wire order."""
        return contract_of(self.cls).members()

    def members(self) -> tuple[Member, ...]:
        """All members in wire order: those of the base first."""
        return (self.base.members() if self.base else ()) + self.own()

    def read(self, element: _Element, reader: Reader) -> Any:
        """The value of an element that is not nil."""
        actual = self._actual(element, reader)
        return actual.cls(**read_members(element, actual.members(), reader))

    def write(self, element: _Element, value: Any) -> None:
        """Fill an element with a value."""
        if not isinstance(value, self.cls):
            raise TypeError(f"{type(value).__name__} cannot stand where {self.cls.__name__} is wanted")
        actual = Record(type(value))
        if actual != self:
            element.set(_TYPE, f"{_prefix(element, actual.ns)}:{actual.name}")
        write_members(element, actual.members(), value)

    def _actual(self, element: _Element, reader: Reader) -> Record:
        named = element.get(_TYPE)
        if named is None:
            return self
        prefix, _, local = named.strip().rpartition(":")
        found = reader.records.get((element.nsmap.get(prefix or None) or "", local))
        if found is None or not issubclass(found.cls, self.cls):
            raise schema_error(
                element, f"i:type {named[:80]!r} is no {self.name}", f"name a type derived from {self.name}"
            )
        return found


@dataclass(frozen=True)
class Certificate:
    """.NET's X509Certificate2: the DER in a `RawData` element without namespace; bytes here."""

    name: str = "X509Certificate2"
    ns: str = "http://schemas.datacontract.org/2004/07/System.Security.Cryptography.X509Certificates"

    nullable = True
    default = None

    def read(self, element: _Element, reader: Reader) -> bytes:
        """The value of an element that is not nil."""
        for child in element.iterchildren(tag=etree.Element):
            if child.tag == "RawData":
                return bytes(simple.BASE64.read(child, reader))
            reader.pass_over(child)
        return b""

    def write(self, element: _Element, value: bytes) -> None:
        """Fill an element with a value."""
        raw = etree.SubElement(element, "RawData", nsmap={"x": simple.XSD})
        raw.set(_TYPE, "x:base64Binary")
        simple.BASE64.write(raw, value)


Kind = Simple | Enumeration | Array | Record | Certificate


def read_members(element: _Element, members: tuple[Member, ...], reader: Reader) -> dict[str, Any]:
    """Values of an element's children by field; children that fit nowhere are noted in the reader.

    Raises:
        SchemaError: when a required member is missing or a value is not of its type.
    """
    values: dict[str, Any] = {each.field: each.default for each in members}
    places = {f"{{{each.ns}}}{each.wire}": place for place, each in enumerate(members)}
    at = -1
    seen: set[str] = set()
    for child in element.iterchildren(tag=etree.Element):
        place = places.get(str(child.tag), -1)
        if place <= at:
            reader.pass_over(child)
            continue
        at = place
        each = members[place]
        seen.add(each.field)
        values[each.field] = read_value(each.kind, child, reader, nillable=each.nillable)
    for each in members:
        if each.required and each.field not in seen:
            raise schema_error(element, f"{each.wire} is missing", f"write {each.wire} in its place")
    return values


def write_members(element: _Element, members: tuple[Member, ...], owner: object) -> None:
    """Append all members of an object, nil ones included."""
    for each in members:
        write_value(each.kind, etree.SubElement(element, f"{{{each.ns}}}{each.wire}"), getattr(owner, each.field))


def read_value(kind: Kind, element: _Element, reader: Reader, *, nillable: bool) -> Any:
    """The value of one element, None when it is nil.

    Raises:
        SchemaError: when it is nil and cannot be, or not of the kind.
    """
    if element.get(_NIL, "").strip() in {"true", "1"}:
        if not (nillable or kind.nullable):
            raise schema_error(element, "nil where a value is needed", f"write a {kind.name}")
        return None
    return kind.read(element, reader)


def write_value(kind: Kind, element: _Element, value: Any) -> None:
    """Fill an element; None becomes nil."""
    if value is None:
        element.set(_NIL, "true")
    else:
        kind.write(element, value)


def walk(start: Iterator[Kind]) -> list[Kind]:
    """All kinds that can be reached, each once, in the order they were met."""
    found: dict[tuple[str, str], Kind] = {}
    waiting = list(start)
    while waiting:
        kind = waiting.pop(0)
        if (kind.ns, kind.name) in found:
            continue
        found[kind.ns, kind.name] = kind
        if isinstance(kind, Array):
            waiting.append(kind.item)
        elif isinstance(kind, Record):
            waiting.extend([kind.base] if kind.base else [])
            waiting.extend(each.kind for each in kind.own())
    return list(found.values())


def _prefix(element: _Element, ns: str) -> str:
    for prefix, uri in element.nsmap.items():
        if uri == ns and prefix:
            return prefix
    raise ValueError(f"no prefix for {ns}: start the document with `WebService.request` or `.response`")
