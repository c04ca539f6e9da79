"""What is asked of clinic and network: 279 requirements, as data (`requirements.json`, `declared.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import msgspec

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_DECLARED = 5
"""Requirements that may be declared instead of proved."""


@dataclass(frozen=True)
class Requirement:
    """One requirement, as a story.

    Attributes:
        id: `R-001` to `R-279`.
        section: what it is about.
        title: the requirement in one line.
        sides: who is asked: clinic, address register, message exchange, Helsenorge, smart card, operator.
        given: the situation.
        when: what happens.
        then: what must follow.
        marks: `sources differ`, `counter-case` (the source states the positive only), `source silent`.
    """

    id: str
    section: str
    title: str
    sides: tuple[str, ...]
    given: str
    when: str
    then: str
    marks: tuple[str, ...]


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A status that no run computes, with its reason."""

    status: Literal["attested", "untestable"]
    reason: str


@cache
def requirements() -> Mapping[str, Requirement]:
    """All requirements by id, in order."""
    found = msgspec.json.decode(_data("requirements.json"), type=list[Requirement])
    return MappingProxyType({one.id: one for one in found})


def declared(text: str | None = None) -> Mapping[str, Declared]:
    """The requirements of `declared.toml`, or of another text of that form.

    Raises:
        HarnessError: one too many, an unknown id, another status, or no reason.
    """
    try:
        raw = tomllib.loads(_data("declared.toml").decode() if text is None else text)
        found = msgspec.convert(raw, dict[str, Declared])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise HarnessError(f"declared.toml: {error}") from None
    strange = [key for key, one in found.items() if key not in requirements() or not one.reason.strip()]
    if strange:
        raise HarnessError(f"declared.toml: {', '.join(strange)}: no such requirement, or no reason given")
    if len(found) > MOST_DECLARED:
        raise HarnessError(f"declared.toml: {len(found)} requirements; at most {MOST_DECLARED} may be declared")
    return found


def _data(name: str) -> bytes:
    return resources.files("nhnconform.requirements").joinpath(name).read_bytes()
