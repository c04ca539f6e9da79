"""`python -m nhnsim up`: the network as a process."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nhnfixtures.world import TIERS
from nhnsim.edi2.walk import STEPS, walk
from nhnsim.network import EPOCH, NAMES, STARTING_ERRORS, Network, Options, up

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = """\
examples:
  python -m nhnsim up                                    everything, on free ports, gone when stopped
  python -m nhnsim up --state lab --port-base 8800       the same keys, ports and messages each time
  python -m nhnsim up --json --clock virtual             one JSON object on one line; time moves on request
  python -m nhnsim up --bind 0.0.0.0 --public-host nhn   for a container or another machine
"""


def options_parser() -> argparse.ArgumentParser:
    """The options of `up`, also for the front door (`add_help` is off)."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep CA, keys, ports, seed and messages here")
    parser.add_argument("--seed", type=int, help="of the world (default: the lab's own, or 1)")
    parser.add_argument(
        "--tier", type=int, choices=TIERS, metavar="N", help="parties in the register: 200 (default), 20000, 60000"
    )
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="address to listen on")
    parser.add_argument("--port-base", type=_port, metavar="PORT", help="control at PORT, endpoints above it")
    parser.add_argument("--public-host", default="localhost", metavar="NAME", help="how others reach this machine")
    parser.add_argument("--san", action="append", default=[], metavar="NAME", help="more names for the certificate")
    clock = parser.add_mutually_exclusive_group()
    clock.add_argument("--hub", metavar="HOST:PORT", help="take the time from this clock hub")
    clock.add_argument("--clock", choices=("real", "virtual"), default="real", help="virtual: moved by request only")
    parser.add_argument("--epoch", type=_moment, default=EPOCH, metavar="ISO", help="where virtual time begins")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=[], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--no-tap", dest="tap", action="store_false", help="record no bytes, take no faults")
    parser.add_argument("--json", action="store_true", help="print one object on one line when all is ready")
    return parser


def options_from(arguments: argparse.Namespace) -> Options:
    """What was asked for."""
    return Options(
        state=arguments.state,
        seed=arguments.seed,
        tier=arguments.tier,
        bind=arguments.bind,
        port_base=arguments.port_base,
        public_host=arguments.public_host,
        sans=tuple(arguments.san),
        hub=arguments.hub,
        clock=arguments.clock,
        epoch=arguments.epoch,
        only=tuple(arguments.only),
        tap=arguments.tap,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 0 when stopped by a signal, 1 when the network cannot start or has lost its clock, 2 on bad usage."""
    parser = argparse.ArgumentParser(prog="python -m nhnsim", description="The network around the clinic.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser(
        "up",
        parents=[options_parser()],
        help="start the simulated endpoints and keep them running",
        description="Start the simulated endpoints of Norsk Helsenett and keep them running until stopped.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    walking = commands.add_parser(
        "steps",
        help="print the steps at which EDI 2.0 writes",
        description="Print the steps at which the EDI 2.0 service writes, in the order in which a message meets them.",
    )
    walking.add_argument("--markdown", action="store_true", help="with what each does: docs/walk-edi2.md")
    arguments = parser.parse_args(argv)
    if "markdown" in arguments:
        print(walk().rstrip() if arguments.markdown else json.dumps([*STEPS]))  # noqa: T201 - a command line speaks to its user
        return 0
    try:
        return asyncio.run(_run(options_from(arguments), as_json=arguments.json))
    except STARTING_ERRORS as error:
        print(f"nhnsim: {error}", file=sys.stderr)  # noqa: T201 - a command line speaks to its user
        return 1


async def _run(options: Options, *, as_json: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with await up(options) as network:
        print(json.dumps(network.describe()) if as_json else _summary(network), flush=True)  # noqa: T201 - as above
        lost = asyncio.create_task(network.lost())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((lost, stopped), return_when=asyncio.FIRST_COMPLETED)
        without_clock = not stopped.done()
        lost.cancel()
        stopped.cancel()
    if without_clock:
        print("nhnsim: the clock hub is gone, so the network stops", file=sys.stderr)  # noqa: T201 - as above
    return int(without_clock)


def _summary(network: Network) -> str:
    facts = network.describe()
    rows = [(name, next(filter(None, urls.values()))) for name, urls in facts["endpoints"].items()]
    rows += [("control", facts["control"]), ("trust", facts["trust"])]
    rows += [(f"key of {name}", have["key"]) for name, have in facts["credentials"].items() if "key" in have]
    lines = [f"The network is up (seed {facts['seed']}, {facts['clock']['mode']} time). Stop it with Ctrl-C."]
    return "\n".join([*lines, *(f"  {name:<26}{value}" for name, value in rows)])


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_500):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65500")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time: {error}") from error
    if when.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no zone; write it with Z or +00:00")
    return when.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
