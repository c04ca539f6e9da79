"""What a run is expected to come to where it is not all green: a file with owners and dates, held both ways.

    [[expect]]
    case = "EDI-22"
    verdict = "failed"
    reason = "the stream is opened without an offset; fixed in 4.2"
    owner = "integration team"
    expires = 2027-01-31

A case that ends otherwise than its entry says is a surprise, a pass included; so is an entry whose date is over.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - read at run time by msgspec
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from nhnconform.verdicts import EXIT_FAILED, EXIT_HARNESS, EXIT_OK, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from nhnconform.events import Outcome


class ExpectationError(ValueError):
    """The file cannot be used; the text names it, the cause and the remedy."""


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry.

    Attributes:
        case: its id.
        verdict: how it is to end; not `passed`, which needs no entry.
        reason: why, for whoever reads it next.
        owner: who sees to it.
        expires: the last day on which the entry counts.
    """

    case: str
    verdict: Verdict
    reason: str
    owner: str
    expires: dt.date


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    expect: tuple[Expected, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """A run beside what was expected of it.

    Attributes:
        as_expected: a line for each case that ended as its entry says.
        surprises: a line for each that did not, for each red one without an entry, and for each entry that is over.
        harness_broke: a case ended as harness_error, which no entry excuses.
    """

    as_expected: tuple[str, ...]
    surprises: tuple[str, ...]
    harness_broke: bool

    @property
    def exit_code(self) -> int:
        """3 when the harness broke, 1 on a surprise, else 0."""
        if self.harness_broke:
            return EXIT_HARNESS
        return EXIT_FAILED if self.surprises else EXIT_OK


def read(path: Path, known: Collection[str]) -> tuple[Expected, ...]:
    """The entries of a file.

    Args:
        path: a TOML file.
        known: ids of all cases.

    Raises:
        ExpectationError: it is missing, no TOML, incomplete, or names a case that does not exist or twice.
    """
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File).expect
    except OSError as error:
        raise ExpectationError(f"cannot read the expectations {path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ExpectationError(
            f"the expectations {path} cannot be used: {error}; "
            "each [[expect]] has case, verdict, reason, owner and expires"
        ) from None
    ids = [one.case for one in found]
    faults = [
        *(f"there is no case {one}" for one in ids if one not in known),
        *(f"{one} has more than one entry" for one in sorted({one for one in ids if ids.count(one) > 1})),
        *(f"{one.case} has no owner or no reason" for one in found if not one.owner.strip() or not one.reason.strip()),
        *(f"{one.case} is expected to pass: leave it out" for one in found if one.verdict is Verdict.PASSED),
        *(f"{one.case}: nothing excuses a harness_error" for one in found if one.verdict is Verdict.HARNESS_ERROR),
    ]
    if faults:
        raise ExpectationError(f"the expectations {path} cannot be used: {'; '.join(faults)}")
    return found


def weigh(outcomes: Iterable[Outcome], expected: Iterable[Expected], today: dt.date) -> Weighed:
    """Hold a run against its expectations; entries of cases that were not played say nothing."""
    entries = {one.case: one for one in expected}
    good, bad, broke = [], [], False
    for outcome in sorted(outcomes, key=lambda one: one.case.id):
        entry, name, verdict = entries.get(outcome.case.id), outcome.case.id, outcome.verdict
        broke = broke or verdict is Verdict.HARNESS_ERROR
        if entry is None:
            if not verdict.green:
                bad.append(f"{name} ended as {verdict}, and nothing was expected of it")
        elif entry.expires < today:
            bad.append(f"{name}: the entry of {entry.owner} expired on {entry.expires}; it ended as {verdict}")
        elif verdict is not entry.verdict:
            bad.append(f"{name} ended as {verdict}; {entry.owner} expects {entry.verdict} ({entry.reason})")
        else:
            good.append(f"{name} ended as {verdict}, as {entry.owner} expects until {entry.expires} ({entry.reason})")
    return Weighed(tuple(good), tuple(bad), broke)
