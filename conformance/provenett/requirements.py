"""`provenett requirements`: what is asked, and what of it has been proved."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from provenett.say import complain, reader_left, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from nhnconform.case import Case
    from nhnconform.requirements import Evidence, Standing

FORMAT = 1
"""Version of what `--json` prints; schema: `nhnconform/schemas/requirements.json`."""

STATUSES = ("proved", "attested", "untestable", "planned")

DESCRIPTION = """\
List the 279 requirements and every rule beyond the schemas, and how each stands. Proved means: in a run, every case
that names it passed, and at least one clinic with a known defect was caught by such a case; a rule may instead be
proved by the golden files, which are judged as the command runs. Without a run, requirements are planned.
"""

EPILOG = """\
exit code:
  0  listed
  2  this command was used wrongly, or a file is not what it should be
  3  our own data are broken

examples:
  provenett conform --report run && provenett conform --mutants --report killed
  provenett requirements --results run/results.json --mutants killed/mutants.json
  provenett requirements --results … --mutants … --record evidence.json   keep what was proved
  provenett requirements --evidence evidence.json --status planned        what is missing
"""


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("--json", action="store_true", help="one object on one line instead of text")
    parser.add_argument("--results", type=Path, metavar="FILE", help="results.json of a run")
    parser.add_argument("--mutants", type=Path, metavar="FILE", help="mutants.json of a run with --mutants")
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="what --record kept, instead of those two")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep the evidence of --results and --mutants")
    parser.add_argument("--status", nargs="+", choices=STATUSES, default=STATUSES, help="list only these")


def run(arguments: argparse.Namespace) -> int:
    """Do it; see the epilog for the exit code."""
    from nhnconform.errors import HarnessError  # noqa: PLC0415 - slow to import
    from nhnconform.plugin import with_cases  # noqa: PLC0415 - as above
    from nhnconform.requirements import EvidenceError  # noqa: PLC0415 - as above
    from nhnconform.verdicts import EXIT_HARNESS, EXIT_USAGE  # noqa: PLC0415 - as above

    try:
        evidence = _evidence(arguments)
        return with_cases(lambda cases: _list(arguments, evidence, cases))
    except (EvidenceError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            return reader_left()
        complain(str(error))
        return EXIT_USAGE
    except HarnessError as error:
        complain(f"the harness broke: {error}")
        return EXIT_HARNESS


def _evidence(arguments: argparse.Namespace) -> Evidence:
    from importlib import resources  # noqa: PLC0415 - only where it is needed

    from nhnconform.requirements import Evidence, EvidenceError, read, read_record  # noqa: PLC0415 - slow to import

    runs = arguments.results is not None or arguments.mutants is not None
    if runs and arguments.evidence is not None:
        raise EvidenceError("--evidence holds results and mutants already; give it alone, or the two files")
    if arguments.record is not None and not (arguments.results and arguments.mutants):
        raise EvidenceError("--record keeps what --results and --mutants say; give both")
    if runs:
        found = read(arguments.results, arguments.mutants)
        if arguments.record is not None:
            arguments.record.write_bytes(found.to_bytes())
        return found
    if arguments.evidence is not None:
        return read_record(arguments.evidence)
    with resources.as_file(resources.files("nhnconform.requirements").joinpath("evidence.json")) as shipped:
        return read_record(shipped) if shipped.exists() else Evidence()


def _list(arguments: argparse.Namespace, evidence: Evidence, cases: Sequence[Case]) -> int:
    from nhnconform.requirements import declared, rule_proofs, standings  # noqa: PLC0415 - slow to import

    named_by: dict[str, list[str]] = {}
    for case in cases:
        for key in case.requirements:
            named_by.setdefault(key, []).append(case.id)
    found = standings(evidence, declared=declared(), proofs=rule_proofs(), named_by=named_by)
    shown = [one for one in found if one.status in arguments.status]
    say(json.dumps(_as_json(found, shown, evidence)) if arguments.json else _text(found, shown, evidence))
    return 0


def _summary(found: Sequence[Standing], kind: str) -> dict[str, int]:
    count = Counter(one.status.value for one in found if one.kind == kind)
    return {status: count[status] for status in STATUSES}


def _as_json(found: Sequence[Standing], shown: Sequence[Standing], evidence: Evidence) -> dict[str, object]:
    return {
        "format": FORMAT,
        "evidence": {
            "version": evidence.version,
            "sut": evidence.sut,
            "seed": evidence.seed,
            "cases": len(evidence.cases),
            "mutants": len(evidence.mutants),
        },
        "summary": {"requirements": _summary(found, "requirement"), "rules": _summary(found, "rule")},
        "requirements": [one.as_json() for one in shown],
    }


def _text(found: Sequence[Standing], shown: Sequence[Standing], evidence: Evidence) -> str:
    lines = []
    for one in shown:
        lines.append(f"{one.id:<24} {one.status.value:<10} {one.title}")
        lines.append(f"{'':<24} {'':<10} {one.reason}")
    lines.append("")
    for kind in ("requirement", "rule"):
        counts = ", ".join(f"{count} {name}" for name, count in _summary(found, kind).items() if count)
        lines.append(f"{sum(one.kind == kind for one in found)} {kind}s: {counts}")
    if evidence.cases:
        judged = (
            f"{evidence.sut or 'a SUT without a name'}, {len(evidence.cases)} cases, {len(evidence.mutants)} mutants"
        )
        lines.append(f"by a run of version {evidence.version or 'unknown'}: {judged}")
    else:
        lines.append("no run was given: see --results and --mutants")
    return "\n".join(lines)
