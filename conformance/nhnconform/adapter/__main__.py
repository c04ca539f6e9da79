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
from nhnclinic.config.network import OPERATOR
from nhnconform.adapter.child import Clinic, ClinicError
from nhnconform.adapter.service import Adapter
from nhnconform.adapter.staff import Staff
from nhnconform.contract import User


def main() -> int:
    """Read the command line and serve until told to stop; 1 when the clinic is gone."""
    parser = argparse.ArgumentParser(
        prog="python -m nhnconform.adapter", description="the SUT contract over the reference clinic's API"
    )
    parser.add_argument("--up", type=Path, required=True, help="the network's description, one JSON object")
    parser.add_argument("--state", type=Path, required=True, help="folder of the clinic")
    parser.add_argument("--port", type=int, required=True, help="where to serve the SUT contract")
    parser.add_argument("--poll-seconds", type=int, default=60, help="domain time between two looks for messages")
    parser.add_argument("--edi2-version", type=int, choices=(2, 3), default=2, help="of EDI 2.0's interface")
    parser.add_argument("--receive", choices=("polling", "stream"), default="polling", help="how it hears of messages")
    parser.add_argument("--tenancy", choices=("single", "multi"), default="single", help="whose client at HelseID")
    parser.add_argument("--spelling", choices=("libraries", "samples"), default="libraries", help="of organisations")
    parser.add_argument("--with", dest="with_", action="append", default=[], metavar="MODULE:CALLABLE")
    options = parser.parse_args()
    up: dict[str, Any] = json.loads(options.up.read_text("utf-8"))
    options.state.mkdir(parents=True, exist_ok=True)
    tokens = {str(_id(user)): secrets.token_urlsafe(24) for user in up["clinic"]["users"]}
    tokens[OPERATOR] = secrets.token_urlsafe(24)
    config = options.state / "clinic.toml"
    written = from_up(
        up,
        options.state,
        poll_seconds=options.poll_seconds,
        tokens=tokens,
        edi2_version=options.edi2_version,
        receive=options.receive,
        tenancy=options.tenancy,
        spelling=options.spelling,
    )
    config.write_text(written, encoding="utf-8")
    config.chmod(0o600)
    staff = Staff(tokens, tuple(_user(user) for user in up["clinic"]["users"]))
    return asyncio.run(_serve(config, options, staff, int(up["clinic"]["service_her_ids"][0])))


def _user(user: Any) -> User:
    row = user if isinstance(user, dict) else {"id": user}
    name = row.get("name") or f"{row.get('given_name', '')} {row.get('family_name', '')}".strip()
    return User(str(row["id"]), name, row.get("hpr"), row.get("role"), row.get("her_id"))


def _id(user: Any) -> Any:
    return user["id"] if isinstance(user, dict) else user


def _settle(told: asyncio.Future[int]) -> None:
    if not told.done():
        told.set_result(0)


async def _serve(config: Path, options: argparse.Namespace, staff: Staff, service: int) -> int:
    loop = asyncio.get_running_loop()
    told: asyncio.Future[int] = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _settle, told)
    clinic = Clinic(config, options.with_)
    try:
        await clinic.start()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            adapter = Adapter(http, clinic, staff=staff, service=service, poll_interval=options.poll_seconds)
            await adapter.day.prepare()
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
