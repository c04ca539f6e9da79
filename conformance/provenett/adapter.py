"""`provenett adapter`: a skeleton to put an EHR behind the SUT contract, and a test of whether it speaks it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from provenett.say import complain, say

if TYPE_CHECKING:
    import argparse

LANGUAGES = ("python", "csharp", "java")

DESCRIPTION = """\
Put an EHR behind the SUT contract. `init` writes an adapter that works as it stands, without an EHR behind it; `check`
asks an adapter that is up everything it declares, and what it must refuse.
"""

EPILOG = """\
exit code:
  0  written; or: the adapter speaks the contract
  1  the adapter does not; each line says what helps
  2  this command was used wrongly

examples:
  provenett adapter init --lang python my-adapter
  python my-adapter/adapter.py --port 8200 &
  provenett adapter check http://127.0.0.1:8200
  provenett conform --sut my-adapter/sut.toml
"""


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    jobs = parser.add_subparsers(required=True, dest="job", metavar="JOB")
    init = jobs.add_parser("init", help="write a skeleton into a folder")
    init.add_argument("--lang", choices=LANGUAGES, required=True, help="in this language")
    init.add_argument("folder", type=Path, metavar="DIR", help="must be new or empty")
    check = jobs.add_parser("check", help="does an adapter that is up speak the contract?")
    check.add_argument("url", metavar="URL", help="where it serves the contract")
    check.add_argument("--json", action="store_true", help="print one object, as doctor does")


def run(arguments: argparse.Namespace) -> int:
    """See the epilog for the exit code."""
    return _init(arguments.lang, arguments.folder) if arguments.job == "init" else _check(arguments)


def _init(language: str, folder: Path) -> int:
    from importlib import resources  # noqa: PLC0415 - only where it is needed

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            complain(f"{folder} holds something already; name a new folder")
            return 2
        for source in resources.files("nhnconform").joinpath("skeletons", language).iterdir():
            if source.is_file():
                (folder / source.name).write_bytes(source.read_bytes())
    except OSError as error:
        complain(f"{folder} cannot be written: {error.strerror}; name another folder")
        return 2
    say(f"the skeleton is in {folder}; judge it with: provenett conform --sut {folder / 'sut.toml'}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from nhnconform.selftest import check_adapter  # noqa: PLC0415 - slow to import

    if not arguments.url.startswith(("http://", "https://")):
        complain(f"{arguments.url} is no address; write it as http://127.0.0.1:8200")
        return 2
    checks = asyncio.run(check_adapter(arguments.url))
    good = all(check.status != "wrong" for check in checks)
    if arguments.json:
        say(json.dumps({"format": 1, "ok": good, "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            say(check.line())
    return 0 if good else 1
