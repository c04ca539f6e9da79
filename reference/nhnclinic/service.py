"""The clinic as a running service: parts wired together, the loop started, the interface served."""

from __future__ import annotations

import contextlib
import fcntl
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nhnclinic.api.app import application
from nhnclinic.api.sockets import served
from nhnclinic.domain import handling
from nhnclinic.domain.values import Patient
from nhnclinic.errors import ConfigError, StoreError
from nhnclinic.exchange.bench import Bench, Wiring
from nhnclinic.exchange.health import Health
from nhnclinic.exchange.worker import Exchange
from nhnclinic.registers.http import open_session
from nhnclinic.store import records
from nhnclinic.store.database import is_shared
from nhntime import open_clock
from nhnwire import helseid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from nhnclinic.config import Config
    from nhnclinic.exchange.parts import Parts
    from nhnclinic.store.database import Store
    from nhntime import Clock


@dataclass(frozen=True)
class Running:
    """A clinic at work.

    Attributes:
        api: base URL of its interface.
    """

    exchange: Exchange
    clock: Clock
    api: str


@asynccontextmanager
async def running(config: Config, parts: Parts) -> AsyncIterator[Running]:
    """A clinic that works while the context lasts.

    Raises:
        ConfigError: a file named in the configuration cannot be used, or the port is taken.
        StoreError: the database cannot be trusted, or another clinic has it.
        ClockLostError: the clock hub does not answer.
    """
    async with contextlib.AsyncExitStack() as stack:
        if not is_shared(config.database_url):
            stack.enter_context(_alone(Path(config.state)))
        key = _key(config)
        handling.table(config.handling)
        clock = await open_clock(config.clock.hub or None, "clinic")
        stack.push_async_callback(clock.aclose)
        with clock.busy("the clinic's start"):
            store = stack.enter_context(contextlib.closing(parts.store(config.database_url, clock)))
            _keep_patients(store, config)
            http = await stack.enter_async_context(open_session(config.trust))
            health = Health(clock, parts.back_off, str(config.organisation.her_id))
            wiring = Wiring(parts, config, clock, http, key, health)
            wiring = replace(wiring, tokens=parts.tokens(wiring))
            signal = clock.signal()
            transport, book, gps = parts.transport(wiring), parts.book(wiring), parts.gps(wiring)
            bench = Bench(parts, config, clock, store, transport, book, health, wake=signal.set, gps=gps)
            exchange = Exchange(bench, signal)
            stack.callback(exchange.close)
            api = await stack.enter_async_context(served(application(exchange), config.api.host, config.api.port))
            clock.spawn(exchange.run(), "the clinic's exchange")
            clock.spawn(book.events.run(), "the address register's events")
        try:
            yield Running(exchange, clock, api)
        finally:
            await clock.aclose()


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Hold the state folder; two clinics on one database would both send what is in its outbox."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "clinic.lock").open("w")
    except OSError as error:
        raise ConfigError(
            f"state = {str(state)!r} cannot be used: {error.strerror}. Name a writable folder."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(
                f"another clinic is using {state}: stop it first, or give this one a state folder of its own."
            ) from None
        yield


def _key(config: Config) -> object:
    try:
        return helseid.load_key(Path(config.helseid.key).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"[helseid] key = {config.helseid.key!r} cannot be used: {error}. It must be a private key in PEM."
        ) from error


def _keep_patients(store: Store, config: Config) -> None:
    with store.transaction() as connection:
        for one in config.patients:
            records.keep_patient(connection, Patient(one.number, one.given_name, one.family_name))
