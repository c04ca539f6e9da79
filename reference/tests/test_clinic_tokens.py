"""The clinic at a HelseID that is a script on a socket: nonces, moved endpoints, what was granted, odd answers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from nhnclinic.config import TEMPLATE, decode
from nhnclinic.errors import TransportError
from nhnclinic.exchange.bench import Wiring
from nhnclinic.exchange.health import Health
from nhnclinic.exchange.honest import honest
from nhnclinic.registers.helseid import HelseIdTokens
from nhntime import VirtualClock
from nhnwire import helseid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
KEY = helseid.load_key(ECKey.generate_key("P-256").as_pem(private=True))
NUMBER, CHILD = "311111111", "313456781"
GOOD = {"access_token": "t", "expires_in": 600, "token_type": "DPoP"}


@dataclass
class Script:
    """A HelseID: `answer` is the body of a grant, `nonce` the one it wants, `path` that of its token endpoint."""

    answer: Any = field(default_factory=lambda: dict(GOOD))
    nonce: str | None = None
    path: str = "/connect/token"
    status: int = 200
    issuer: str = ""
    discovered: int = 0
    proofs: list[str | None] = field(default_factory=list)
    assertions: list[dict[str, Any]] = field(default_factory=list)

    async def metadata(self, _: web.Request) -> web.Response:
        self.discovered += 1
        return web.json_response({"issuer": self.issuer, "token_endpoint": self.issuer + self.path})

    async def token(self, request: web.Request) -> web.Response:
        if request.path != self.path:
            return web.Response(status=404, text="gone")
        form = await request.post()
        self.assertions.append(helseid.peek(str(form["client_assertion"]))[1])
        self.proofs.append(helseid.peek(request.headers["DPoP"])[1].get("nonce"))
        if self.proofs[-1] != self.nonce:
            body = {"error": "use_dpop_nonce", "error_description": "a nonce is wanted"}
            return web.json_response(body, status=400, headers={"DPoP-Nonce": str(self.nonce)})
        data = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return web.Response(status=self.status, body=data, content_type="application/json")


@dataclass
class Stage:
    script: Script
    clock: VirtualClock
    tokens: HelseIdTokens


@asynccontextmanager
async def _stage(script: Script | None = None, **more: Any) -> AsyncIterator[Stage]:
    script = script or Script()
    app = web.Application()
    app.router.add_get(helseid.WELL_KNOWN, script.metadata)
    app.router.add_post("/{any:.*}", script.token)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        script.issuer = str(server.make_url("")).rstrip("/")
        config = decode(TEMPLATE.encode(), folder=Path("/nowhere"))
        own = msgspec.structs.replace(config.helseid, issuer=script.issuer, **more)
        config = msgspec.structs.replace(config, helseid=own)
        parts, clock = honest(), VirtualClock(NOW)
        wiring = Wiring(parts, config, clock, http, KEY, Health(clock, parts.back_off, "test"))
        yield Stage(script, clock, HelseIdTokens(wiring))


def test_a_nonce_is_used_until_another_is_asked_for() -> None:
    """The first request learns it, the second one needs no detour; a new one costs one request more, not the token."""

    async def story() -> None:
        async with _stage(Script(nonce="one")) as stage:
            await stage.tokens.token("a")
            await stage.tokens.token("b")
            assert stage.script.proofs == [None, "one", "one"]
            stage.script.nonce = "two"
            await stage.tokens.token("c")
            assert stage.script.proofs[3:] == ["one", "two"]

    asyncio.run(story())


def test_a_nonce_that_is_never_right_ends() -> None:
    """A service that asks for the nonce it got is broken: two requests, and an error that says so."""

    async def story() -> None:
        async with _stage(Script(nonce="one")) as stage:
            await stage.tokens.token("a")
            stage.script.nonce = ""
            with pytest.raises(TransportError, match="use_dpop_nonce"):
                await stage.tokens.token("b")
            assert len(stage.script.proofs) == 3

    asyncio.run(story())


def test_the_metadata_are_read_once_a_day_and_when_the_endpoint_is_gone() -> None:
    """HelseID moves its token endpoint: one request fails, the next one finds it."""

    async def story() -> None:
        async with _stage() as stage:
            for scope in "abc":
                await stage.tokens.token(scope)
            assert stage.script.discovered == 1
            stage.script.path = "/elsewhere"
            with pytest.raises(TransportError):
                await stage.tokens.token("d")
            await stage.tokens.token("d")
            assert stage.script.discovered == 2
            await stage.clock.leap_to(NOW + timedelta(hours=25))
            await stage.tokens.token("a")
            assert stage.script.discovered == 3

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answer", "lacking"),
    [
        ({"scope": "a b", "rejected_scope": ""}, ""),
        ({}, ""),
        ({"scope": ["a"], "rejected_scope": ["b"]}, "b"),
        ({"scope": "a"}, "b"),
        ({"rejected_scope": "a b"}, "a b"),
    ],
)
def test_a_scope_that_was_rejected_is_named(answer: dict[str, Any], lacking: str) -> None:
    """A multi-tenant client's customer may not have accepted an API's terms; asking again does not help."""

    async def story() -> None:
        async with _stage(Script({**GOOD, **answer})) as stage:
            if not lacking:
                assert await stage.tokens.token("a b") == "t"
                return
            with pytest.raises(TransportError, match=f"rejected the scope {lacking}:") as caught:
                await stage.tokens.token("a b")
            assert caught.value.retry is False

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "answer", "words", "retry"),
    [
        (400, {"error": "invalid_client", "error_description": "unknown key"}, "invalid_client: unknown key", False),
        (400, {"error": "invalid_scope"}, "invalid_scope", False),
        (429, {}, "429", True),
        (503, {}, "503", True),
        (200, {**GOOD, "token_type": "Bearer"}, "bound to no key", True),
    ],
)
def test_a_refusal_says_whether_it_is_worth_asking_again(
    status: int,
    answer: dict[str, Any],
    words: str,
    retry: bool,  # noqa: FBT001
) -> None:
    async def story() -> None:
        async with _stage(Script(answer, status=status)) as stage:
            with pytest.raises(TransportError, match=words) as caught:
                await stage.tokens.token("a")
            assert caught.value.retry is retry

    asyncio.run(story())


@pytest.mark.parametrize(
    ("more", "system", "value"),
    [
        ({}, "", ""),
        ({"child": CHILD}, "urn:oid:2.16.578.1.12.4.1.4.101", CHILD),
        ({"child": CHILD, "spelling": "samples"}, "urn:oid:2.16.578.1.12.4.1.2.101", CHILD),
        ({"tenancy": "multi"}, "urn:oid:1.0.6523", f"NO:ORGNR:{NUMBER}:"),
        ({"tenancy": "multi", "spelling": "samples"}, "urn:oid:1.0.6523", f"NO:ORGNR:{NUMBER}"),
        ({"tenancy": "multi", "child": CHILD}, "urn:oid:1.0.6523", f"NO:ORGNR:{NUMBER}:{CHILD}"),
    ],
)
def test_the_assertion_names_whom_the_client_acts_for(more: dict[str, Any], system: str, value: str) -> None:
    """A clinic's own client names a sub-unit only, its vendor's always the clinic."""

    async def story() -> None:
        async with _stage(**more) as stage:
            await stage.tokens.token("a")
            claims = stage.script.assertions[0]
            if not value:
                assert "assertion_details" not in claims
                return
            identifier = claims["assertion_details"]["practitioner_role"]["organization"]["identifier"]
            assert identifier == {"system": system, "type": "ENH", "value": value}

    asyncio.run(story())


@given(
    st.binary(max_size=60)
    | st.dictionaries(
        st.sampled_from(["access_token", "expires_in", "token_type", "scope", "rejected_scope", "error"]),
        st.none() | st.integers(-(2**70), 2**70) | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3),
    ),
    st.sampled_from([200, 400, 401, 500]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_answer_is_a_token_or_an_error(answer: Any, status: int) -> None:
    async def story() -> None:
        async with _stage(Script(answer, status=status)) as stage:
            with pytest.raises(TransportError):
                await stage.tokens.token("a")

    asyncio.run(story())
