"""`python -m nhnclinic serve --config FILE [--with module:callable[?key=value&...]]...`."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from nhnclinic.config import TEMPLATE, load
from nhnclinic.errors import ClinicError, ConfigError
from nhnclinic.exchange.honest import honest
from nhnclinic.exchange.parts import Parts, extended, steps
from nhnclinic.exchange.walk import walk
from nhntime import ClockError, HubClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nhnclinic.config import Config

EPILOG = """\
examples:
  python -m nhnclinic config-template > clinic.toml
  python -m nhnclinic serve --config clinic.toml
  python -m nhnclinic serve --config clinic.toml --with nhnclinic.exchange.honest:apprec_as_document
"""


def extension(text: str) -> Callable[[Parts], Parts]:
    """The function from Parts to Parts that `module:callable?key=value&...` names, its arguments as texts.

    Raises:
        ConfigError: there is no such module or function.
    """
    name, _, query = text.partition("?")
    module, _, attribute = name.partition(":")
    try:
        found = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"--with {text}: {error}. Write module:callable or module:callable?key=value.") from error
    if not callable(found):
        raise ConfigError(f"--with {text}: {attribute!r} is no function from Parts to Parts.")
    return partial(found, **dict(parse_qsl(query, keep_blank_values=True)))


def compose(names: Sequence[str]) -> Parts:
    """The honest parts, changed by each named extension in turn.

    Raises:
        ConfigError: an extension cannot be loaded or does not take the arguments it is given.
        NoSeamError: an extension reaches no seam.
    """
    parts = honest()
    for name in names:
        try:
            parts = extended(parts, extension(name), name)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"--with {name}: {error}.") from error
    return parts


async def serve(config: Config, parts: Parts) -> None:
    """Run the clinic until SIGTERM, SIGINT, or its clock hub is gone."""
    from nhnclinic.service import running  # noqa: PLC0415 - `--help` and `config-template` need not wait for it

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(config, parts) as clinic:
        _say(json.dumps({"ready": True, "api": clinic.api}))
        waits = [asyncio.create_task(stop.wait())]
        if isinstance(clinic.clock, HubClock):
            waits.append(asyncio.create_task(clinic.clock.lost.wait()))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status: 0 done, 2 wrong usage or configuration."""
    parser = argparse.ArgumentParser(
        prog="python -m nhnclinic",
        description="The reference clinic: an EHR's messaging side.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="run the clinic")
    serving.add_argument("--config", type=Path, required=True, metavar="FILE", help="its configuration (TOML)")
    serving.add_argument(
        "--with",
        dest="extensions",
        action="append",
        default=[],
        metavar="MODULE:CALLABLE[?KEY=VALUE&...]",
        help="change the clinic's parts; may be given several times, applied in order",
    )
    commands.add_parser("config-template", help="print a configuration with every key explained")
    walking = commands.add_parser("steps", help="print the names of the steps, in order")
    walking.add_argument("--markdown", action="store_true", help="as the walk of one message, with what each step does")
    given = parser.parse_args(arguments)
    if given.command == "config-template":
        _say(TEMPLATE.rstrip())
        return 0
    try:
        if given.command == "steps":
            _say(walk(honest()).rstrip() if given.markdown else json.dumps(steps(honest())))
        else:
            asyncio.run(serve(load(given.config), compose(given.extensions)))
    except (ClinicError, ClockError) as error:
        sys.stderr.write(f"nhnclinic: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
