"""`provenett explain`: what an id means that a report, a finding or a peer has named."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from provenett.say import complain, reader_left, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from nhnconform.case import Case
    from nhnconform.explaining import Entry

FORMAT = 1
"""Version of what `--json` prints; schema: `nhnconform/schemas/explain.json`."""

WIDTH = 112

DESCRIPTION = """\
Say what an id means: a rule of validate, a requirement (R-001 to R-279), a case, a code or a code table, an error of
an application receipt, an error of EDI 2.0 or HelseID. An id that names several things is explained for each.
"""

EPILOG = """\
exit code:
  0  explained
  2  nothing has this id
  3  our own suites are broken

examples:
  provenett explain MSGHEAD-ID         a rule beyond the schema
  provenett explain R-042              a requirement, and the cases that name it
  provenett explain EDI-11             a case of the suites
  provenett explain E10                an error in a receipt; as 8221:E10 of one table only
  provenett explain 8279               a code table with its codes
  provenett explain DIALOG_NOTAT       a message type: its document and its receipt
  provenett explain edi2:1000          an error answer of EDI 2.0
  provenett explain invalid_dpop_proof an error answer of HelseID
"""


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("id", nargs="+", metavar="ID", help="what to explain")
    parser.add_argument("--json", action="store_true", help="one object on one line instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Do it; see the epilog for the exit code."""
    from nhnconform.errors import HarnessError  # noqa: PLC0415 - slow to import
    from nhnconform.plugin import with_cases  # noqa: PLC0415 - as above
    from nhnconform.verdicts import EXIT_HARNESS  # noqa: PLC0415 - as above

    try:
        return with_cases(lambda cases: _explain(arguments, cases))
    except BrokenPipeError:
        return reader_left()
    except HarnessError as error:
        complain(f"the harness broke: {error}")
        return EXIT_HARNESS


def _explain(arguments: argparse.Namespace, cases: Sequence[Case]) -> int:
    from nhnconform.explaining import explain, suggestions  # noqa: PLC0415 - slow to import
    from nhnconform.verdicts import EXIT_OK, EXIT_USAGE  # noqa: PLC0415 - as above

    found: list[Entry] = []
    strange = []
    for name in arguments.id:
        entries = explain(name, cases)
        found += entries
        if not entries:
            strange.append(name)
    if arguments.json:
        say(json.dumps({"format": FORMAT, "unknown": strange, "entries": [entry.as_json() for entry in found]}))
    elif found:
        say("\n\n".join(_text(entry) for entry in found))
    for name in strange:
        near = ", ".join(suggestions(name, cases))
        hint = f"did you mean {near}?" if near else "provenett explain --help shows what has ids"
        complain(f"nothing is called {name!r}; {hint}")
    return EXIT_USAGE if strange else EXIT_OK


def _text(entry: Entry) -> str:
    lines = [f"{entry.id}: {entry.title}", f"  {entry.kind}{f', {entry.source}' if entry.source else ''}"]
    if entry.cause and entry.cause != entry.title:
        lines += _paragraph("what is wrong", entry.cause)
    if entry.remedy:
        lines += _paragraph("what to do", entry.remedy)
    for label, text in entry.details:
        lines += _paragraph(label, text)
    return "\n".join(lines)


def _paragraph(label: str, text: str) -> list[str]:
    head = f"  {label + ':':<24}"
    flat = " ".join(text.split())
    return textwrap.wrap(flat, WIDTH, initial_indent=head, subsequent_indent=" " * 26) or [head.rstrip()]
