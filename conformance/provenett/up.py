"""`provenett up`: the network, and a reference clinic in it, kept running until stopped."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING, Any

from provenett.say import complain, say

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from nhnconform.processes import Process
    from nhnsim.network import Network

DESCRIPTION = """\
Start the simulated endpoints of Norsk Helsenett and a reference clinic as its user, and keep them running until
stopped with Ctrl-C. With --state the same keys, ports, seed and messages are there the next time.
"""

EPILOG = """\
examples:
  provenett up                                   everything, on free ports, gone when stopped
  provenett up --state lab --port-base 8800      the same keys, ports and messages each time
  provenett up --no-clinic --json > up.json      a network for your own EHR, described in one line of JSON
  provenett up --bind 0.0.0.0 --public-host nhn  for a container or another machine
"""

CLINIC_PORT = 20
"""Of the clinic's API, above --port-base."""

PATIENCE = 30.0
"""Real seconds for the clinic to be ready."""


def parents() -> list[argparse.ArgumentParser]:
    """The network's own options, which stand in one place."""
    from nhnsim.__main__ import options_parser  # noqa: PLC0415 - slow to import

    return [options_parser()]


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell our options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("--no-clinic", dest="clinic", action="store_false", help="the network only")


def run(arguments: argparse.Namespace) -> int:
    """0 when stopped by a signal, 1 when it could not start or one of its processes is gone."""
    from nhnconform.processes import ProcessError  # noqa: PLC0415 - slow to import
    from nhnsim.__main__ import options_from  # noqa: PLC0415 - as above
    from nhnsim.network import STARTING_ERRORS, up  # noqa: PLC0415 - as above

    async def story() -> int:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with await up(options_from(arguments)) as network:
            facts = network.describe()
            clinic = await _clinic(network, facts, arguments.port_base) if arguments.clinic else None
            try:
                say(json.dumps(facts) if arguments.json else _summary(facts))
                return await _until(stop, network, clinic)
            finally:
                if clinic is not None:
                    await clinic.aclose()

    known: tuple[type[Exception], ...] = (*STARTING_ERRORS, ProcessError)
    try:
        return asyncio.run(story())
    except known as error:
        complain(str(error))
        return 1


async def _clinic(network: Network, facts: dict[str, Any], port_base: int | None) -> Process:
    """Start the clinic; its address and its users' tokens become part of the facts.

    Raises:
        ProcessError: it did not start.
    """
    import secrets  # noqa: PLC0415 - only where it is needed

    from nhnclinic.config import from_up  # noqa: PLC0415 - slow to import
    from nhnconform.processes import Process  # noqa: PLC0415 - as above

    state: Path = network.lab.folder("clinic")
    for user in facts["clinic"]["users"]:
        user["token"] = secrets.token_urlsafe(24)
    tokens = {str(user["id"]): user["token"] for user in facts["clinic"]["users"]}
    port = 0 if port_base is None else port_base + CLINIC_PORT
    config = state / "clinic.toml"
    config.touch(mode=0o600)
    config.write_text(from_up(facts, state, api_port=port, tokens=tokens), encoding="utf-8")
    argv = [sys.executable, "-m", "nhnclinic", "serve", "--config", str(config)]
    process = await Process.start("the clinic", argv, log=state / "clinic.log")
    try:
        facts["clinic"]["api"] = (await process.ready_line(PATIENCE))["api"]
    except BaseException:
        await process.aclose()
        raise
    return process


async def _until(stop: asyncio.Event, network: Network, clinic: Process | None) -> int:
    """Wait until told to stop (0), or until the clock or the clinic is gone (1)."""
    stopped = asyncio.create_task(stop.wait())
    lost = asyncio.create_task(network.lost())
    ends: list[asyncio.Task[Any]] = [stopped, lost]
    if clinic is not None:
        ends.append(asyncio.create_task(clinic.wait()))
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    code = 0 if stopped.done() else 1
    if code:
        reason = "the clock hub is gone" if lost.done() or clinic is None else clinic.ended()
        complain(f"{reason}, so everything stops")
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)
    return code


def _summary(facts: dict[str, Any]) -> str:
    rows = [(name, next(filter(None, urls.values()))) for name, urls in facts["endpoints"].items()]
    rows += [("control", facts["control"]), ("trust", facts["trust"])]
    rows += [(f"key for {name}", have["key"]) for name, have in facts["credentials"].items() if "key" in have]
    clinic = facts["clinic"]
    if clinic["api"]:
        rows += [("clinic", clinic["api"]), (f"token of {clinic['users'][0]['id']}", clinic["users"][0]["token"])]
    rows += [(f"HER-id of the {name}", str(party["her_id"])) for name, party in facts["parties"].items()]
    rows.append(("HER-id of the clinic", ", ".join(map(str, clinic["service_her_ids"]))))
    head = f"The network is up (seed {facts['seed']}, {facts['clock']['mode']} time). Stop it with Ctrl-C."
    return "\n".join([head, *(f"  {name:<28}{value}" for name, value in rows)])
