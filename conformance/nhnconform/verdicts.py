"""Verdicts, and what a process says with its exit code."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from nhnconform.errors import DeferredError, HarnessError, InconclusiveError, SutError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhnconform.case import Case

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_HARNESS = 0, 1, 2, 3


class Verdict(enum.StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    HARNESS_ERROR = "harness_error"
    NOT_APPLICABLE = "not_applicable"
    INCONCLUSIVE = "inconclusive"
    DEFERRED = "deferred"
    UNTESTED = "untested"

    @property
    def green(self) -> bool:
        """True for the three verdicts that a run may end with and still be a success."""
        return self in {Verdict.PASSED, Verdict.WARNING, Verdict.NOT_APPLICABLE}


_NOT_JUDGED: tuple[tuple[type[Exception], Verdict], ...] = (
    (UnsupportedError, Verdict.UNTESTED),
    (DeferredError, Verdict.DEFERRED),
    (InconclusiveError, Verdict.INCONCLUSIVE),
)


def judge(case: Case, error: BaseException | None) -> tuple[Verdict, str]:
    """The verdict and its text for the way a case ended.

    Args:
        case: the case that was played.
        error: what it raised, or None.
    """
    if error is None:
        return Verdict.PASSED, ""
    text = str(error).strip()
    if isinstance(error, AssertionError):
        return (Verdict.FAILED if case.fails else Verdict.WARNING), text or "the case found a rule broken"
    if isinstance(error, SutError):
        return Verdict.FAILED, f"the SUT could not be driven ({error.kind}): {text}"
    for kind, verdict in _NOT_JUDGED:
        if isinstance(error, kind):
            return verdict, text
    if isinstance(error, HarnessError):
        return Verdict.HARNESS_ERROR, text
    return Verdict.HARNESS_ERROR, f"{type(error).__name__}: {text}"


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """0 when all are green, 3 when the harness broke anywhere, else 1."""
    seen = set(verdicts)
    if Verdict.HARNESS_ERROR in seen:
        return EXIT_HARNESS
    return EXIT_OK if all(verdict.green for verdict in seen) else EXIT_FAILED
