"""The tables themselves: reading a file, and finding a code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from nhnwire.coded import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUFFIX = ".toml"
_EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A table of codes (*kodeverk*).

    Attributes:
        number: such as "8221".
        oid: its object identifier: the root of the code tables, a dot, and the number.
        name: its Norwegian name, as NHN's display files and the standards have it, else in our words.
        title: the same in English, in our words.
        source: the standard or register that uses it.
        version: which state of it the codes were copied from.
        values: every code with its own text, retired ones among them.
        retired: codes that receivers may still meet and senders no longer use.
        withdrawn: why the whole table is not to be used any more; None for a table in use.
        note: what a reader of the table should know; None when there is nothing.
    """

    number: str
    oid: str
    name: str
    title: str
    source: str
    version: str
    values: Mapping[str, str]
    retired: frozenset[str] = frozenset()
    withdrawn: str | None = None
    note: str | None = None


@cache
def tables() -> tuple[str, ...]:
    """Numbers of the tables this house carries, rising."""
    folder = resources.files("nhnwire.codes").joinpath("tables")
    return tuple(sorted(one.name.removesuffix(_SUFFIX) for one in folder.iterdir() if one.name.endswith(_SUFFIX)))


def system(key: str) -> CodeSystem | None:
    """The table with this number or OID; None when it is not carried or the key is neither."""
    number = table_of(key) or key
    # Only names that were listed are opened: a key may come out of a message.
    return _read(number) if number in tables() else None


@cache
def _read(number: str) -> CodeSystem:
    # Package data, read once: the tables are as constant as the code beside them.
    file = resources.files("nhnwire.codes").joinpath("tables", number + _SUFFIX)
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    values = MappingProxyType(data.pop("values"))
    return CodeSystem(number=number, values=values, retired=frozenset(data.pop("retired", ())), **data)


def table(key: str) -> Mapping[str, str]:
    """All codes of a table with their names; empty when the table is not carried."""
    found = system(key)
    return _EMPTY if found is None else found.values


def name(key: str, v: str) -> str | None:
    """The code's own text: `name("8221", "E10")` is "Ugyldig meldingsidentifikator"; None when unknown."""
    return table(key).get(v)


def is_known(key: str, v: str) -> bool:
    """True when the table is carried and has that code, retired or not."""
    return v in table(key)


def is_retired(key: str, v: str) -> bool:
    """True when the table is carried, has that code, and it or the whole table is no longer to be sent."""
    found = system(key)
    return found is not None and v in found.values and (found.withdrawn is not None or v in found.retired)
