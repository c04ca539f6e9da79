"""Which table an element takes its codes from, for the documents of the base standards; the data are `elements.toml`.

A CS names no table: the element it stands in implies one. A CV names its table in S, and the standards say which ones
it may name there. Both are rows of the same map.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Expected:
    """Where the codes of one element come from.

    Attributes:
        tables: numbers of the tables the standard names for it; none when it leaves the choice of table free.
        seen: numbers of tables that official samples or older senders use there as well: read them, send none.
        fixed: codes that stand in the standard's text and in no table, with their texts.
    """

    tables: tuple[str, ...]
    seen: tuple[str, ...]
    fixed: Mapping[str, str]

    @property
    def free(self) -> bool:
        """True when the standard leaves it to the parties which table and codes they use."""
        return not self.tables and not self.fixed


def expected(namespace: str, path: str) -> Expected | None:
    """The codes for an element of a document.

    Args:
        namespace: of the document's root (MsgHead, AppRec or Dialogmelding), also for elements of shared types.
        path: local names from any ancestor down to the element, joined by "/": `MsgInfo/Patient/Sex`. The longest
            row that the path ends in decides.

    Returns:
        None when the namespace is none of these documents, or the map has no such coded element.
    """
    rows = expectations(namespace)
    parts = path.strip("/").split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((rows[tail] for tail in tails if tail in rows), None)


def expectations(namespace: str) -> Mapping[str, Expected]:
    """All rows of a document's map: the end of a path, and what is expected there; empty for other namespaces."""
    return _maps().get(namespace, MappingProxyType({}))


@cache
def _maps() -> Mapping[str, Mapping[str, Expected]]:
    text = resources.files("nhnwire.codes").joinpath("elements.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    shared = _rows(data.pop("shared")["elements"])
    return MappingProxyType(
        {
            document["namespace"]: MappingProxyType(
                (shared if document["shared"] else {}) | _rows(document["elements"])
            )
            for document in data.values()
        }
    )


def _rows(elements: Mapping[str, Mapping[str, Any]]) -> dict[str, Expected]:
    return {
        path: Expected(
            tuple(row.get("tables", ())), tuple(row.get("seen", ())), MappingProxyType(dict(row.get("fixed", {})))
        )
        for path, row in elements.items()
    }
