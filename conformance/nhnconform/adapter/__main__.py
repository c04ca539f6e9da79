"""`python -m nhnconform.adapter`: the reference clinic as a SUT."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import secrets
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from nhnclinic.config import from_up
from nhnconform.adapter.child import Clinic, ClinicError
from nhnconform.adapter.service import Adapter


def main() -> int:
    """Read the command line and serve until told to stop; 1 when the clinic is gone."""
    parser = argparse.ArgumentParser(
        prog="python -m nhnconform.adapter", description="the SUT contract over the reference clinic's API"
    )
    parser.add_argument("--up", type=Path, required=True, help="the network's description, one JSON object")
    parser.add_argument("--state", type=Path, required=True, help="folder of the clinic")
    parser.add_argument("--port", type=int, required=True, help="where to serve the SUT contract")
    parser.add_argument("--poll-seconds", type=int, default=60, help="domain time between two looks for messages")
    parser.add_argument("--with", dest="with_", action="append", default=[], metavar="MODULE:CALLABLE")
    options = parser.parse_args()
    up: dict[str, Any] = json.loads(options.up.read_text("utf-8"))
    options.state.mkdir(parents=True, exist_ok=True)
    token = secrets.token_urlsafe(24)
    tokens = {str(_id(user)): token for user in up["clinic"]["users"]}
    config = options.state / "clinic.toml"
    config.write_text(from_up(up, options.state, poll_seconds=options.poll_seconds, tokens=tokens), encoding="utf-8")
    config.chmod(0o600)
    return asyncio.run(_serve(config, options, token, int(up["clinic"]["service_her_ids"][0])))


def _id(user: Any) -> Any:
    return user["id"] if isinstance(user, dict) else user


def _settle(told: asyncio.Future[int]) -> None:
    if not told.done():
        told.set_result(0)


async def _serve(config: Path, options: argparse.Namespace, token: str, service: int) -> int:
    loop = asyncio.get_running_loop()
    told: asyncio.Future[int] = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _settle, told)
    clinic = Clinic(config, options.with_)
    try:
        await clinic.start()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            adapter = Adapter(http, clinic, token=token, service=service, poll_interval=options.poll_seconds)
            runner = web.AppRunner(adapter.application(), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", options.port).start()
            done, _ = await asyncio.wait({told, clinic.gone}, return_when=asyncio.FIRST_COMPLETED)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await runner.cleanup()
    except ClinicError as error:
        print(f"adapter: {error}", file=sys.stderr)  # noqa: T201 - the reason of a failed start, for the judge's log
        return 1
    finally:
        await clinic.stop(abrupt=True)
    if told in done:
        return 0
    print(f"adapter: the clinic ended by itself with code {clinic.gone.result()}", file=sys.stderr)  # noqa: T201 - as above
    return 1


if __name__ == "__main__":
    sys.exit(main())
