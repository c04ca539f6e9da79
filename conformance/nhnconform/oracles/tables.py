"""Tables of assertions: data files beside this module, each row with its source."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Literal

import msgspec

from nhnconform.errors import HarnessError


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One assertion.

    Attributes:
        id: unique over all tables.
        standard: whose rule it is.
        clause: where it stands.
        context: XPath; the row is judged at every node it selects, and not at all when there is none.
        test: XPath; true when the rule holds.
        message: what is wrong when it does not; `{seen}` becomes the value of `seen`.
        level: must, should or house.
        requirement: id of a requirement.
        seen: XPath whose text the message shows.
    """

    id: str
    standard: str
    clause: str
    context: str
    test: str
    message: str
    level: Literal["must", "should", "house"] = "must"
    requirement: str = ""
    seen: str = "."


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A set of rows over one kind of input.

    Attributes:
        input: `xml` (a document), `pair` (an answer beside its original), `request` (one HTTP request) or `requests`
            (several, in order).
        namespaces: prefix to namespace, or to several of which the document uses one.
        rows: the assertions.
    """

    input: Literal["xml", "pair", "request", "requests"]
    rows: tuple[Row, ...]
    namespaces: dict[str, str | tuple[str, ...]] = {}


def table_names() -> list[str]:
    """Every table there is."""
    folder = resources.files("nhnconform.oracles").joinpath("tables")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


@functools.cache
def table(name: str) -> Table:
    """One table by name.

    Raises:
        HarnessError: there is none, or its file is faulty.
    """
    if name not in table_names():
        raise HarnessError(f"there is no oracle table {name!r}; there are {', '.join(table_names())}")
    data = resources.files("nhnconform.oracles").joinpath("tables", f"{name}.toml").read_bytes()
    try:
        return msgspec.toml.decode(data, type=Table)
    except msgspec.DecodeError as error:
        raise HarnessError(f"the oracle table {name} is faulty: {error}") from error
