"""`provenett validate`: say what is wrong with documents, and what to do about it."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from provenett.progress import Progress
from provenett.say import complain, reader_left, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nhnconform.validating import Finding, Judged, Official
    from nhnconform.validating.many import Trouble

FORMAT = 1
"""Version of what `--json` prints; schema: `nhnconform/schemas/validate.json`."""

STDIN = "-"

MOST_COMPLAINTS = 20
"""About files that could not be judged; after so many only their number is said."""

DESCRIPTION = """\
Judge documents: MsgHead 1.2 with the dialogue message in it, AppRec 1.0 and 1.1, Dialogmelding 1.0 and 1.1. The
standard and version are recognised. Four layers are judged: xml (can it be read at all), schema, rule (what the
standards say beyond their schemas) and code (the code tables). Folders are searched for files named *.xml.
"""

EPILOG = """\
exit code:
  0  no errors; there may be warnings
  1  at least one error
  2  this command was used wrongly, or a file could not be read
  3  our own code broke on a file

examples:
  provenett validate message.xml              what is wrong with it, and what to do
  provenett validate outbox/ --json           all of them, as one line of JSON
  provenett validate inbox/ --schemas xsd/    by the official schemas too, wherever you have them
  provenett explain MSGHEAD-ID                more about a rule that was named
"""


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, a folder, or - for standard input")
    parser.add_argument("--json", action="store_true", help="one object on one line instead of text")
    parser.add_argument("--schemas", type=Path, metavar="DIR", help="official XSD files to judge by as well")
    parser.add_argument("--jobs", type=_count, metavar="N", help="processes (default: one per processor)")
    parser.add_argument("--verbose", action="store_true", help="name good files too")


def run(arguments: argparse.Namespace) -> int:
    """Do it; see the epilog for the exit code."""
    from nhnconform.errors import HarnessError  # noqa: PLC0415 - slow to import
    from nhnconform.validating import OfficialSchemasError  # noqa: PLC0415 - as above
    from nhnconform.verdicts import EXIT_HARNESS, EXIT_USAGE  # noqa: PLC0415 - as above

    try:
        files = _files(arguments.files)
        with _official(arguments.schemas) as official:
            return _report(arguments, files, _judged(files, official, arguments.jobs), official)
    except (_UsageError, OfficialSchemasError) as error:
        complain(str(error))
        return EXIT_USAGE
    except HarnessError as error:
        complain(f"the judge broke: {error}")
        return EXIT_HARNESS
    except BrokenPipeError:
        return reader_left()


class _UsageError(Exception):
    """The command was used wrongly."""


def _files(names: Sequence[str]) -> list[str]:
    """Files to judge, each once, folders replaced by what is below them."""
    from nhnconform.validating.many import xml_files  # noqa: PLC0415 - slow to import

    found: dict[str, None] = {}
    for name in names:
        path = Path(name)
        if name == STDIN:
            found[name] = None
        elif path.is_dir():
            below = xml_files(path)
            if not below:
                raise _UsageError(f"there are no files named *.xml below {name}; name the files themselves")
            found |= dict.fromkeys(below)
        elif path.exists():
            found[name] = None
        else:
            raise _UsageError(f"there is no file {name}; name files or folders")
    return list(found)


@contextlib.contextmanager
def _official(folder: Path | None) -> Iterator[Official | None]:
    from nhnconform.validating import prepare  # noqa: PLC0415 - slow to import

    if folder is None:
        yield None
        return
    if not folder.is_dir():
        raise _UsageError(f"there is no folder {folder}; name the folder of the official schemas")
    with tempfile.TemporaryDirectory(prefix="provenett-") as copies:
        yield prepare(folder, Path(copies))


def _judged(files: Sequence[str], official: Official | None, jobs: int | None) -> Iterator[Judged | Trouble]:
    from nhnconform.validating.many import judge_bytes, judge_many  # noqa: PLC0415 - slow to import
    from nhnwire.xml import MAX_SIZE  # noqa: PLC0415 - as above

    if STDIN in files:
        yield judge_bytes(STDIN, sys.stdin.buffer.read(MAX_SIZE + 1), official)
    yield from judge_many([name for name in files if name != STDIN], official, processes=jobs)


def _report(
    arguments: argparse.Namespace,
    files: Sequence[str],
    outcomes: Iterable[Judged | Trouble],
    official: Official | None,
) -> int:
    """Tell what is found, as it is found when it is text; and return the exit code."""
    from nhnconform.validating.many import Trouble  # noqa: PLC0415 - slow to import
    from nhnconform.verdicts import EXIT_FAILED, EXIT_HARNESS, EXIT_OK, EXIT_USAGE  # noqa: PLC0415 - as above

    tally = _Tally()
    with Progress(len(files), "files") as progress:
        for outcome in outcomes:
            if isinstance(outcome, Trouble):
                tally.troubles.append(outcome)
                if len(tally.troubles) <= MOST_COMPLAINTS:
                    progress.aside(f"{_plain(outcome.file)} {_plain(outcome.text)}")
            else:
                tally.add(outcome, keep=arguments.json)
                if not arguments.json and (outcome.findings or arguments.verbose):
                    progress.out(_text(outcome))
            progress.step(f"{tally.wrong} with errors")
    if len(tally.troubles) > MOST_COMPLAINTS:
        complain(f"{len(tally.troubles) - MOST_COMPLAINTS} more could not be judged")
    say(json.dumps(tally.as_json(official)) if arguments.json else tally.line())
    if any(trouble.ours for trouble in tally.troubles):
        return EXIT_HARNESS
    if tally.troubles:
        return EXIT_USAGE
    return EXIT_FAILED if tally.wrong else EXIT_OK


class _Tally:
    """What has been found so far."""

    def __init__(self) -> None:
        self.documents: list[Judged] = []
        self.troubles: list[Trouble] = []
        self.counts = {"error": 0, "warning": 0, "info": 0}
        self.standards: dict[str, int] = {}
        self.judged = self.wrong = 0

    def add(self, judged: Judged, *, keep: bool) -> None:
        """Count one; keep it only when it is told at the end."""
        self.judged += 1
        self.wrong += any(finding.severity == "error" for finding in judged.findings)
        name = f"{judged.standard} {judged.version}".strip() or "unknown"
        self.standards[name] = self.standards.get(name, 0) + 1
        for finding in judged.findings:
            self.counts[finding.severity] += 1
        if keep:
            self.documents.append(judged)

    def line(self) -> str:
        """The last line for people."""
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(self.standards.items()))
        counts = ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in self.counts.items() if count)
        good = f"{self.judged - self.wrong} of {self.judged} without errors"
        return f"{good} ({kinds or 'nothing'}){': ' + counts if counts else ''}"

    def as_json(self, official: Official | None) -> dict[str, object]:
        """The value that `--json` prints."""
        return {
            "format": FORMAT,
            "files": self.judged,
            "summary": self.counts,
            "standards": self.standards,
            "documents": [
                {
                    "file": one.file,
                    "standard": one.standard or None,
                    "version": one.version or None,
                    "type": one.type or None,
                    "findings": len(one.findings),
                }
                for one in self.documents
            ],
            "findings": [finding.as_json() for one in self.documents for finding in one.findings],
            "not_judged": [{"file": one.file, "cause": one.text} for one in self.troubles],
            "schemas": None if official is None else dict(sorted(official.used.items())),
        }


def _text(judged: Judged) -> str:
    kind = " ".join(word for word in (judged.standard, judged.version, judged.type) if word) or "unknown"
    lines = [f"{_plain(judged.file)}: {_plain(kind)}"]
    for finding in judged.findings:
        lines += _finding(finding)
    return "\n".join(lines)


def _finding(finding: Finding) -> list[str]:
    where = finding.xpath if finding.line is None else f"{finding.xpath} (line {finding.line})"
    source = "; ".join(part for part in (f"AppRec {finding.code}" if finding.code else "", finding.clause) if part)
    return [
        f"  {finding.severity.value:<8}{finding.rule}  {_plain(where)}",
        f"          {_plain(finding.cause)}",
        f"          → {_plain(finding.remedy)}",
        *([f"          {_plain(source)}"] if source else []),
    ]


def _plain(text: str) -> str:
    """Text from a document or a file's name, harmless on a terminal."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
