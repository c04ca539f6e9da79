"""`provenett profiles`: what an EHR may claim, and what each claim asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from provenett.say import complain, say

if TYPE_CHECKING:
    import argparse

    from nhnconform.profiles import Profile

DESCRIPTION = """\
List the profiles that an EHR may claim, or show one: its required cases, what is not scored and why, and which case
plays which official test.
"""

EPILOG = """\
exit code:
  0  shown
  2  there is no such profile

examples:
  provenett profiles                   all of them, in one line each
  provenett profiles apprec            the newest file of one
  provenett profiles apprec@2026-11    the file of a date
  provenett profiles apprec --json     for programs
"""


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("name", nargs="?", metavar="NAME[@DATE]", help="show this one")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it; see the epilog for the exit code."""
    import msgspec  # noqa: PLC0415 - slow to import

    from nhnconform.profiles import every, profile  # noqa: PLC0415 - as above

    try:
        found = every() if arguments.name is None else (profile(arguments.name),)
    except LookupError as error:
        complain(str(error))
        return 2
    if arguments.json:
        say(json.dumps([msgspec.to_builtins(one) for one in found], indent=2, ensure_ascii=False))
    elif arguments.name is None:
        for one in found:
            say(f"{f'{one.name}@{one.date}':<30} {len(one.required):>3} cases  {one.title}")
    else:
        _show(found[0])
    return 0


def _show(one: Profile) -> None:
    say(f"{one.name}, {one.date}: {one.title}\n\nrequired cases:\n  {', '.join(one.required)}")
    if one.not_scored:
        say("\nnot scored:")
        for row in one.not_scored:
            say(f"  {row.what}: {row.reason}")
    if one.official:
        say("\nofficial tests:")
        for test in one.official:
            title = f" {test.title}" if test.title else ""
            say(f"  {test.test}{title}: {', '.join(test.cases) or f'not scored: {test.reason}'}")
