"""The table of mutants: name, defect, the cases that must catch it, and the seam it is put in.

The rows are data, `rows/*.toml`: a file for each module with defects, one for honest variants, one for harnesses.
"""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

PACKAGE = "nhnconform.mutants"
"""Where the seams of the rows begin."""

Kind = Literal["mutant", "honest", "harness"]


@dataclass(frozen=True)
class Mutant:
    """One row.

    Attributes:
        name: unique, for people.
        defect: what is wrong (or merely different) in one sentence.
        kind: mutant, honest or harness.
        expected: cases that must catch it; none for an honest variant.
        with_: extensions of the clinic, as `nhnclinic serve --with` takes them.
        judge: `module:callable` of a context manager that breaks the judge while it is open.
        way: how the clinic uses EDI 2.0, a key of `nhnconform.adapter.WAYS`.
    """

    name: str
    defect: str
    kind: Kind
    expected: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    judge: str = ""
    way: str = "v2"

    def applied(self) -> AbstractContextManager[None]:
        """Open it around the run; only harness mutants change anything in this process.

        Raises:
            HarnessError: there is no such callable: a mutant that reaches no seam proves nothing.
        """
        if not self.judge:
            return contextlib.nullcontext()
        module, _, name = self.judge.partition(":")
        try:
            manager: AbstractContextManager[None] = getattr(importlib.import_module(module), name)()
        except (ImportError, AttributeError) as error:
            raise HarnessError(f"the harness mutant {self.name} reaches no seam: {error}") from error
        return manager


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    name: str
    defect: str
    expected: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    judge: str = ""
    way: str = "v2"

    def mutant(self, kind: Kind) -> Mutant:
        """With the whole names of its seams."""
        with_ = tuple(f"{PACKAGE}.{seam}" for seam in self.with_)
        judge = f"{PACKAGE}.{self.judge}" if self.judge else ""
        return Mutant(self.name, self.defect, kind, self.expected, with_, judge, self.way)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mutant: tuple[_Row, ...] = ()
    honest: tuple[_Row, ...] = ()
    harness: tuple[_Row, ...] = ()


def _rows() -> tuple[Mutant, ...]:
    files = sorted(resources.files(PACKAGE).joinpath("rows").iterdir(), key=lambda file: file.name)
    read = [msgspec.toml.decode(file.read_bytes(), type=_File) for file in files if file.name.endswith(".toml")]
    kinds: tuple[Kind, ...] = get_args(Kind)
    return tuple(row.mutant(kind) for kind in kinds for file in read for row in getattr(file, kind))


_ALL = _rows()
MUTANTS, HONEST, HARNESS = (tuple(row for row in _ALL if row.kind == kind) for kind in ("mutant", "honest", "harness"))


def every() -> tuple[Mutant, ...]:
    """All rows of all kinds."""
    return _ALL


def mutant(name: str) -> Mutant:
    """One row by name.

    Raises:
        HarnessError: there is none.
    """
    for row in every():
        if row.name == name:
            return row
    raise HarnessError(f"there is no mutant {name!r}; there are {', '.join(row.name for row in every())}")
