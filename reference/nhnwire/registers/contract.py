"""Data contracts: frozen classes that say by their annotations how they stand in XML.

@contract("http://register.nhn.no/Common")
class Code:
    active: bool = False                          # <Active>; left out means false
    code_text: str | None = None                  # <CodeText>, which may be nil
    oid: Annotated[int, Wire("OID")] = 0          # where the wire name is no plain PascalCase
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import types
import typing
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, dataclass_transform

from nhnwire.registers import simple
from nhnwire.registers.kinds import Array, Certificate, Contract, Enumeration, Kind, Member, Record, contract_of
from nhnwire.registers.simple import Simple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Long = Annotated[int, simple.LONG]
Short = Annotated[int, simple.SHORT]
Guid = Annotated[str, simple.GUID]
Stream = Annotated[bytes, simple.STREAM]
X509 = Annotated[bytes, Certificate()]

_T = TypeVar("_T")
_SIMPLE: Mapping[object, Simple] = {
    bool: simple.BOOLEAN,
    int: simple.INT,
    float: simple.DOUBLE,
    str: simple.STRING,
    bytes: simple.BASE64,
    dt.datetime: simple.DATE_TIME,
    dt.timedelta: simple.DURATION,
}


@dataclass(frozen=True)
class Wire:
    """A member's name on the wire, where PascalCase of the field's name is wrong; `required` must not be left out."""

    name: str
    required: bool = False


@dataclass_transform(frozen_default=True, kw_only_default=True)
def contract(
    ns: str, *, name: str = "", struct: bool = False, declared_order: bool = False
) -> Callable[[type[_T]], type[_T]]:
    """Make a class a data contract: frozen, all fields by keyword.

    Args:
        ns: namespace of the type and of its members.
        name: type name on the wire when it is not the class's.
        struct: a .NET value type, which cannot be nil.
        declared_order: members stand in the order they are written in, not in that of their names.
    """

    def decorate(cls: type[_T]) -> type[_T]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        members = partial(_own_members, cast("Any", made), declared_order=declared_order)
        made.__contract__ = Contract(ns, name or cls.__name__, struct, members)  # type: ignore[attr-defined]  # read back by `contract_of`
        return made

    return decorate


def member(
    wire: str, annotation: Any, ns: str, *, name: str = "", required: bool = False, default: Any = None
) -> Member:
    """A member from a Python annotation, such as `tuple[Code, ...] | None`.

    Raises:
        TypeError: when the annotation says nothing about the wire.
    """
    options = [one for one in _union(annotation) if one is not types.NoneType]
    if len(options) != 1:
        raise TypeError(f"{wire}: {annotation} is no single type")
    kind = kind_of(options[0])
    optional = options[0] is not annotation
    return Member(wire, name or wire, ns, kind, optional, required, None if optional else default or kind.default)


@cache
def kind_of(annotation: Any) -> Kind:
    """The kind of a Python type; see the table in this module for the simple ones."""
    if typing.get_origin(annotation) is Annotated:
        found = [extra for extra in annotation.__metadata__ if isinstance(extra, Simple | Certificate)]
        if not found:
            return kind_of(annotation.__origin__)
        return found[0]
    if typing.get_origin(annotation) is tuple:
        return Array(kind_of(typing.get_args(annotation)[0]))
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return Enumeration(annotation.__name__, annotation.__namespace__, annotation, annotation.__numbers__)  # type: ignore[attr-defined]  # set by `enumeration`
    if isinstance(annotation, type) and "__contract__" in annotation.__dict__:
        return Record(annotation)
    raise TypeError(f"{annotation} has no place on the wire")


def enumeration(ns: str, *, numbers: tuple[int, ...] = ()) -> Callable[[type[_T]], type[_T]]:
    """Give an enumeration its namespace, and .NET's numbers where they are not 0, 1, 2 and so on."""

    def decorate(cls: type[_T]) -> type[_T]:
        cls.__namespace__ = ns  # type: ignore[attr-defined]  # read back by `kind_of`
        cls.__numbers__ = numbers  # type: ignore[attr-defined]  # as above
        return cls

    return decorate


def _union(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return typing.get_args(annotation)
    return (annotation,)


@cache
def _own_members(cls: type[Any], *, declared_order: bool) -> tuple[Member, ...]:
    about = contract_of(cls)
    hints = typing.get_type_hints(cls, include_extras=True)
    members = []
    for one in dataclasses.fields(cls):
        if one.name not in cls.__annotations__:
            continue
        if one.default is dataclasses.MISSING:
            raise TypeError(f"{cls.__name__}.{one.name} has no default; give what an absent element means")
        annotation = hints[one.name]
        wires = [extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, Wire)]
        wire = wires[0] if wires else Wire("".join(part.capitalize() for part in one.name.split("_")))
        if typing.get_origin(annotation) is Annotated and not any(
            isinstance(extra, Simple | Certificate) for extra in annotation.__metadata__
        ):
            annotation = annotation.__origin__
        members.append(
            member(wire.name, annotation, about.ns, name=one.name, required=wire.required, default=one.default)
        )
    return tuple(members if declared_order else sorted(members, key=lambda each: each.wire))
