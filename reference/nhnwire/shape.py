"""Messages as tables: which element holds which field of a frozen value, in the schema's order.

A `Shape` reads and writes one class; its parts are rows of element name, field and kind. Reading takes children by
name, whatever prefix and order they have, and asks only for what the value cannot be without: whether a document
follows its schema is `nhnwire.validation`'s question.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from nhnwire import xml
from nhnwire.coded import CodedValue
from nhnwire.errors import SchemaError
from nhnwire.timestamps import parse_date, parse_date_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from lxml.etree import _Element

Children = dict[str, list["_Element"]]
"""Child elements of one element by tag, in document order."""


class Part(Protocol):
    """One row of a shape."""

    def fields(self) -> tuple[str, ...]:
        """Names of the fields this row reads and writes."""

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        """Values of this row's fields."""

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        """Append this row's elements to the parent."""


@dataclass(frozen=True)
class Leaf:
    """How a simple element becomes a value and back."""

    read: Callable[[_Element], Any]
    write: Callable[[_Element, Any], None]


def _set_text(element: _Element, value: str) -> None:
    # Without a text node for "": so that a document is written as it is written again after reading.
    element.text = value or None


def _read_coded(element: _Element) -> CodedValue:
    # V is an xs:token: white space around and inside it is not part of the code.
    return CodedValue(
        v=" ".join((element.get("V") or "").split()), dn=element.get("DN"), s=element.get("S"), ot=element.get("OT")
    )


def _write_coded(element: _Element, value: CodedValue) -> None:
    pairs = (("V", value.v or None), ("S", value.s), ("DN", value.dn), ("OT", value.ot))
    for name, text in pairs:
        if text is not None:
            element.set(name, text)


def _write_v(element: _Element, value: str) -> None:
    element.set("V", value)


def _write_date(element: _Element, value: dt.date) -> None:
    element.text = value.isoformat()


TEXT = Leaf(xml.text_of, _set_text)
"""`xs:string` and its like: the text, unchanged."""
CODED = Leaf(_read_coded, _write_coded)
"""CS and CV of kith.xsd: a `CodedValue`."""
IN_V = Leaf(lambda element: element.get("V") or "", _write_v)
"""URL and TS of kith.xsd: the text of the attribute V."""
DATE = Leaf(lambda element: parse_date(xml.text_of(element)), _write_date)
"""`xs:date`: a `datetime.date`."""


def _read_date_time_text(element: _Element) -> str:
    text = xml.text_of(element).strip(" \t\r\n")
    parse_date_time(text)
    return text


DATE_TIME_TEXT = Leaf(_read_date_time_text, _set_text)
"""`xs:dateTime`: the sender's words, checked but unchanged, for echoing."""


class Shape:
    """A class, its rows, and the namespace of its children when that differs from the element's own."""

    def __init__(self, cls: type[Any], *parts: Part, ns: str | None = None) -> None:
        self.cls = cls
        self.parts = parts
        self.ns = ns
        covered = {name for part in parts for name in part.fields()}
        # Fields this shape has no element for: they must be left at their defaults, or something would be lost.
        self.absent = tuple(field for field in dataclasses.fields(cls) if field.name not in covered and field.init)

    def read(self, element: _Element, ns: str) -> Any:
        """A value of the class from an element.

        Raises:
            SchemaError: when a required child is missing, one is repeated that cannot be, or a date is no date.
        """
        inner = self.ns or ns
        children = children_of(element)
        values: dict[str, Any] = {}
        for part in self.parts:
            values.update(part.take(element, children, inner))
        return self.cls(**values)

    def write(self, element: _Element, value: object, ns: str) -> None:
        """Append the value's elements, in the schema's order.

        Raises:
            ValueError: when the value holds something that this version of the document has no place for.
        """
        for field in self.absent:
            if getattr(value, field.name) != field.default:
                raise ValueError(
                    f"{type(value).__name__}.{field.name} has no place in {ns}; leave it out or use another version"
                )
        for part in self.parts:
            part.put(element, value, self.ns or ns)


def children_of(element: _Element) -> Children:
    """Child elements by tag; comments and instructions are not children."""
    found: Children = {}
    for child in element.iterchildren(tag=etree.Element):
        found.setdefault(str(child.tag), []).append(child)
    return found


@dataclass(frozen=True)
class One:
    """A child that occurs once or not at all.

    Attributes:
        element: local name.
        field: attribute of the value.
        kind: a leaf, a shape, or a function that gives the shape (for a class that contains itself).
        required: a document without it cannot become a value.
    """

    element: str
    field: str
    kind: Leaf | Shape | Callable[[], Shape]
    required: bool = False

    def fields(self) -> tuple[str, ...]:
        """See `Part`."""
        return (self.field,)

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        """See `Part`."""
        found = children.get(f"{{{ns}}}{self.element}", ())
        if len(found) > 1:
            raise _schema_error(parent, f"{self.element} occurs {len(found)} times; once is right")
        if found:
            return {self.field: _read(self.kind, found[0], ns)}
        if self.required:
            raise _schema_error(parent, f"{self.element} is missing")
        return {}

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        """See `Part`."""
        value = getattr(owner, self.field)
        if value is not None:
            _write(self.kind, etree.SubElement(parent, f"{{{ns}}}{self.element}"), value, ns)


@dataclass(frozen=True)
class Many:
    """A child that may be repeated: a tuple of values; `required` asks for one at least."""

    element: str
    field: str
    kind: Leaf | Shape | Callable[[], Shape]
    required: bool = False

    def fields(self) -> tuple[str, ...]:
        """See `Part`."""
        return (self.field,)

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        """See `Part`."""
        found = children.get(f"{{{ns}}}{self.element}", ())
        if self.required and not found:
            raise _schema_error(parent, f"{self.element} is missing")
        return {self.field: tuple(_read(self.kind, child, ns) for child in found)}

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        """See `Part`."""
        for value in getattr(owner, self.field):
            _write(self.kind, etree.SubElement(parent, f"{{{ns}}}{self.element}"), value, ns)


class Group:
    """An element without a class of its own: its fields belong to the class around it.

    It is written when `required`, or when one of its fields has something to write.
    """

    def __init__(self, element: str, *parts: Part, required: bool = True) -> None:
        self.element = element
        self.parts = parts
        self.required = required

    def fields(self) -> tuple[str, ...]:
        """See `Part`."""
        return tuple(name for part in self.parts for name in part.fields())

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        """See `Part`."""
        found = children.get(f"{{{ns}}}{self.element}", ())
        if len(found) > 1:
            raise _schema_error(parent, f"{self.element} occurs {len(found)} times; once is right")
        if not found:
            if self.required:
                raise _schema_error(parent, f"{self.element} is missing")
            return {}
        inner = children_of(found[0])
        values: dict[str, Any] = {}
        for part in self.parts:
            values.update(part.take(found[0], inner, ns))
        return values

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        """See `Part`."""
        element = etree.SubElement(parent, f"{{{ns}}}{self.element}")
        for part in self.parts:
            part.put(element, owner, ns)
        if not self.required and len(element) == 0:
            parent.remove(element)


@dataclass(frozen=True)
class Fixed:
    """An element whose text is given by the standard; what a peer wrote there is the schema's matter."""

    element: str
    text: str

    def fields(self) -> tuple[str, ...]:
        """See `Part`."""
        return ()

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:  # noqa: ARG002 - Part's signature
        """See `Part`."""
        return {}

    def put(self, parent: _Element, owner: object, ns: str) -> None:  # noqa: ARG002 - as above
        """See `Part`."""
        etree.SubElement(parent, f"{{{ns}}}{self.element}").text = self.text


@dataclass(frozen=True)
class Moment:
    """A required `xs:dateTime` as two fields: the aware datetime, and the sender's words."""

    element: str
    field: str
    text: str

    def fields(self) -> tuple[str, ...]:
        """See `Part`."""
        return (self.field, self.text)

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        """See `Part`."""
        words = One(self.element, "words", DATE_TIME_TEXT, required=True).take(parent, children, ns)["words"]
        return {self.field: parse_date_time(words), self.text: words}

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        """See `Part`."""
        One(self.element, self.text, DATE_TIME_TEXT).put(parent, owner, ns)


@dataclass(frozen=True)
class Constant:
    """A field that no element holds, because the namespace says it: the version."""

    field: str
    value: str

    def fields(self) -> tuple[str, ...]:
        """See `Part`."""
        return (self.field,)

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:  # noqa: ARG002 - Part's signature
        """See `Part`."""
        return {self.field: self.value}

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        """Nothing to write."""


@dataclass(frozen=True)
class Rich:
    """An `anyType` child: its text for reading, and its markup (XHTML) when it has elements inside.

    The markup is the child's content in exclusive canonical form, wrapped in one `content` element so that it is a
    document; it wins over the text when written.
    """

    element: str
    text: str
    markup: str

    def fields(self) -> tuple[str, ...]:
        """See `Part`."""
        return (self.text, self.markup)

    def take(self, parent: _Element, children: Children, ns: str) -> dict[str, Any]:
        """See `Part`."""
        found = children.get(f"{{{ns}}}{self.element}", ())
        if len(found) > 1:
            raise _schema_error(parent, f"{self.element} occurs {len(found)} times; once is right")
        if not found:
            return {}
        values: dict[str, Any] = {self.text: xml.text_of(found[0])}
        if next(found[0].iterchildren(tag=etree.Element), None) is not None:
            values[self.markup] = _wrapped(found[0])
        return values

    def put(self, parent: _Element, owner: object, ns: str) -> None:
        """See `Part`."""
        text, markup = getattr(owner, self.text), getattr(owner, self.markup)
        if text is None and markup is None:
            return
        element = etree.SubElement(parent, f"{{{ns}}}{self.element}")
        if markup is None:
            _set_text(element, text)
            return
        content = xml.parse(markup)
        element.text = content.text
        for child in list(content):
            xml.graft(element, child)


def _wrapped(element: _Element) -> bytes:
    content = etree.Element("content")
    content.text = element.text
    # A round through bytes gives each child its own namespace declarations before it moves.
    alone = xml.parse(xml.serialise(element))
    content.extend(list(alone))
    return xml.canonical(content, exclusive=True)


def _read(kind: Leaf | Shape | Callable[[], Shape], element: _Element, ns: str) -> Any:
    if isinstance(kind, Leaf):
        try:
            return kind.read(element)
        except SchemaError as error:
            raise _schema_error(element, str(error)) from None
    return (kind if isinstance(kind, Shape) else kind()).read(element, ns)


def _write(kind: Leaf | Shape | Callable[[], Shape], element: _Element, value: Any, ns: str) -> None:
    if isinstance(kind, Leaf):
        kind.write(element, value)
    else:
        (kind if isinstance(kind, Shape) else kind()).write(element, value, ns)


def _schema_error(element: _Element, reason: str) -> SchemaError:
    where = xml.path_of(element)
    return SchemaError(f"{where}: {reason}", xpath=where, remedy="follow the schema of the document")
