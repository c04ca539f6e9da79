"""What a run proved: `results.json` and `mutants.json`, reduced to what the status of a requirement rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
PASSED, NOT_APPLICABLE = "passed", "not_applicable"


class EvidenceError(ValueError):
    """A file that is no such evidence; the text says which and why."""


class PlayedCase(msgspec.Struct, frozen=True):
    """A case of a run.

    Attributes:
        id: of the case.
        verdict: as in `results.json`.
        requirements: ids that the case says it proves.
    """

    id: str
    verdict: str
    requirements: tuple[str, ...] = ()


class PlayedMutant(msgspec.Struct, frozen=True):
    """A clinic with a known defect, and who noticed.

    Attributes:
        name: of the mutant.
        kind: `mutant`, `honest` or `harness`; only the first proves anything about a case.
        expected: cases that must notice.
        caught_by: cases that did.
        killed: an expected case noticed.
    """

    name: str
    kind: str
    expected: tuple[str, ...]
    caught_by: tuple[str, ...]
    killed: bool


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known from runs; the record that CI ships has this form.

    Attributes:
        format: version of the form.
        version: of Provenett when the run was made; empty when it does not say.
        sut: name of what was judged.
        seed: of the world.
        cases: all cases of the run.
        mutants: all mutants that were judged.
    """

    format: int = FORMAT
    version: str = ""
    sut: str = ""
    seed: int = 0
    cases: tuple[PlayedCase, ...] = ()
    mutants: tuple[PlayedMutant, ...] = ()

    def killers(self, case_id: str) -> tuple[str, ...]:
        """Mutants that died of this case, which was expected to notice them."""
        return tuple(
            one.name
            for one in self.mutants
            if one.kind == "mutant" and one.killed and case_id in one.expected and case_id in one.caught_by
        )

    def to_bytes(self) -> bytes:
        """The record, for a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


class _Suite(msgspec.Struct):
    version: str = ""


class _Sut(msgspec.Struct):
    name: str = ""


class _Results(msgspec.Struct):
    format: int
    cases: tuple[PlayedCase, ...]
    suite: _Suite
    sut: _Sut
    seed: int


class _Mutants(msgspec.Struct):
    format: int
    mutants: tuple[PlayedMutant, ...]


_Kind = TypeVar("_Kind", _Results, _Mutants, Evidence)


def read(results: Path | None, mutants: Path | None) -> Evidence:
    """Evidence from the two files that `provenett conform` writes; either may be absent.

    Raises:
        EvidenceError: a file cannot be read, or is not what it should be.
    """
    run = None if results is None else _decode(results, _Results)
    killed = () if mutants is None else _decode(mutants, _Mutants).mutants
    if run is None:
        return Evidence(mutants=killed)
    return Evidence(version=run.suite.version, sut=run.sut.name, seed=run.seed, cases=run.cases, mutants=killed)


def read_record(path: Path) -> Evidence:
    """Evidence as `Evidence.to_bytes` wrote it.

    Raises:
        EvidenceError: as `read`.
    """
    return _decode(path, Evidence)


def _decode(path: Path, kind: type[_Kind]) -> _Kind:
    try:
        value = msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise EvidenceError(f"{path} is not what provenett conform writes: {error}") from None
    if value.format != FORMAT:
        raise EvidenceError(f"{path} is of format {value.format}, and this version reads {FORMAT}; make it anew")
    return value
