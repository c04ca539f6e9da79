"""Parts of a run: a shard of the cases, or those that were not green last time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from nhnconform.runner import UsageError
from nhnconform.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nhnconform.case import Case

_SHARD = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


def shard(cases: Sequence[Case], which: str) -> list[Case]:
    """The k-th of n parts (`k/n`): disjoint, together everything, the same on every machine.

    Cases that need the SUT for themselves are dealt out apart, so that every part has its share of them.

    Raises:
        UsageError: it is no k/n, or the part would be empty.
    """
    found = _SHARD.fullmatch(which)
    if found is None or int(found.group(1)) > int(found.group(2)):
        raise UsageError(f"--shard {which!r} must be K/N with K from 1 to N, such as 2/4")
    k, n = int(found.group(1)), int(found.group(2))
    dealt = sorted(cases, key=lambda case: (case.exclusive, case.id))
    part = dealt[k - 1 :: n]
    if not part:
        raise UsageError(f"shard {which} of {len(cases)} cases is empty; use at most {len(cases)} shards")
    return part


def not_green(report: Path) -> list[str]:
    """Ids of the cases that were not green in the report of that folder.

    Raises:
        UsageError: there is no report that can be read.
    """
    path = report / "results.json"
    try:
        rows = json.loads(path.read_bytes())["cases"]
        return [str(row["id"]) for row in rows if not Verdict(row["verdict"]).green]
    except OSError as error:
        raise UsageError(f"--rerun-failed needs the report of a run: {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--rerun-failed cannot read {path}: {error!r}") from error
