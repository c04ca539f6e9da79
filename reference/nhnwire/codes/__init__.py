"""Code tables of Norwegian health care, by number; the data are in `tables.toml`, with title and source per table.

A table that is not in the file is not an error: `name` answers None and `is_known` False, since receivers must accept
codes they do not know (HITS 1168: an unknown code value is no ground for rejection).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from nhnwire.coded import CodedValue, oid

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_known", "name", "plain", "table", "tables", "value"]


@cache
def _data() -> Mapping[str, Mapping[str, str]]:
    # Package data, read once: the tables are as constant as the code beside them.
    text = resources.files(__name__).joinpath("tables.toml").read_text(encoding="utf-8")
    return {number: MappingProxyType(entry["values"]) for number, entry in tomllib.loads(text).items()}


def tables() -> tuple[str, ...]:
    """Numbers of the tables this house carries."""
    return tuple(_data())


def table(number: str) -> Mapping[str, str]:
    """All codes of a table with their names; empty when the table is not carried."""
    return _data().get(number, MappingProxyType({}))


def name(number: str, v: str) -> str | None:
    """The code's own text: `name("8221", "E10")` is "Ugyldig meldingsidentifikator"; None when unknown."""
    return table(number).get(v)


def is_known(number: str, v: str) -> bool:
    """True when the table is carried and has that code."""
    return v in table(number)


def value(number: str, v: str, *, ot: str | None = None) -> CodedValue:
    """A CV: the code with its table's OID and its name."""
    return CodedValue(v, dn=name(number, v), s=oid(number), ot=ot)


def plain(number: str, v: str) -> CodedValue:
    """A CS: the code with its name; the element it stands in implies the table."""
    return CodedValue(v, dn=name(number, v))
