"""`provenett`: one sub-command per job. Nothing heavy is imported before it is known which."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING

from provenett.say import complain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "conform": "judge an EHR (the reference clinic, unless told otherwise) and write a report",
    "up": "start the simulated network and a reference clinic, and keep them running",
    "kit": "write what an EHR needs to join a lab's network: keys, trust, endpoints, people, contract",
    "doctor": "look for what would stand in the way of a run, and say what helps",
    "adapter": "write a skeleton that puts an EHR behind the SUT contract, or test one",
    "validate": "judge documents on disk: XML, schema, rules, code tables; what is wrong and what to do",
    "explain": "say what an id means: a rule, a requirement, a case, a code, an error",
    "profiles": "what an EHR may claim: required cases, what is not scored and why",
    "requirements": "which requirements are proved, by which cases and mutants",
    "fixtures": "print synthetic people, parties and messages of the seeded world",
}
"""Sub-command to its line in the help. Each is a module here with `parents()`, `describe(parser)`, `run(arguments)`."""

EPILOG = """\
examples:
  provenett conform                        judge the reference clinic; the report is in ./report
  provenett conform --sut my-ehr.toml      judge your own
  provenett up --state lab                 a network to develop against
"""


class _Version(argparse.Action):
    """Looks the version up only when asked: reading metadata takes longer than the help may."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - see the docstring

        say(f"provenett {version('provenett')}")
        parser.exit()


def parser_for(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, in which only the chosen command is spelt out."""
    parser = argparse.ArgumentParser(
        prog="provenett",
        description="The Norwegian health network on your own machine: endpoints, a reference clinic, a judge.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    chosen = next((word for word in argv if not word.startswith("-")), "")
    for name, line in COMMANDS.items():
        module = importlib.import_module(f"provenett.{name}") if name == chosen else None
        command = commands.add_parser(
            name,
            help=line,
            parents=module.parents() if module is not None else [],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if module is not None:
            module.describe(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run; the exit code is 0 (good), 1 (not good), 2 (bad usage) or 3 (we broke)."""
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parser_for(words).parse_args(words)
    try:
        code: int = importlib.import_module(f"provenett.{arguments.command}").run(arguments)
    except KeyboardInterrupt:
        complain("stopped")
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
