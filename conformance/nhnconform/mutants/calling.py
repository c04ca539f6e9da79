"""Defects in how a clinic calls the network. See `nhnconform.mutants.table` for what each is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nhnconform.mutants.wrapping import Changed
from nhnwire import helseid

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nhnclinic.config import Edi2Settings
    from nhnclinic.exchange.bench import Tokens, Transport, Wiring
    from nhnclinic.exchange.parts import Parts


def anonymous_when_asking(parts: Parts) -> Parts:
    """While a status is asked for, the header `nhn-source-system` is missing."""
    asking: list[str] = []

    def headers(settings: Edi2Settings) -> Mapping[str, str]:
        honest = dict(parts.headers(settings))
        if asking:
            del honest["nhn-source-system"]
        return honest

    async def status(honest: Callable[[str], Awaitable[Any]], transport_id: str) -> Any:
        asking.append(transport_id)
        try:
            return await honest(transport_id)
        finally:
            asking.pop()

    def transport(wiring: Wiring) -> Transport:
        made: Transport = Changed(parts.transport(wiring), {"status": status})
        return made

    return replace(parts, headers=headers, transport=transport)


def a_token_per_call(parts: Parts) -> Parts:
    """A token is forgotten as soon as it is handed out."""

    def tokens(wiring: Wiring) -> Tokens:
        honest = parts.tokens(wiring)

        async def token(fetch: Callable[[str], Awaitable[str]], scope: str) -> str:
            fresh = await fetch(scope)
            honest.forget(fresh)
            return fresh

        made: Tokens = Changed(honest, {"token": token})
        return made

    return replace(parts, tokens=tokens)


def a_proof_twice(parts: Parts) -> Parts:
    """The proof of a call for a status has the jti of the call before."""
    last = [""]

    def proof(key: Any, *, url: str, jti: str, **more: Any) -> str:
        jti = last[0] if url.endswith("/status") and last[0] else jti
        last[0] = jti
        return parts.proof(key, url=url, jti=jti, **more)

    return replace(parts, proof=proof)


def long_lived_assertions(parts: Parts) -> Parts:
    """The first request for a token of each scope brings an assertion that lives an hour; only then a proper one."""
    return _asks_badly_first(parts, lambda _: {"lifetime": 3600})


def details_in_prose(parts: Parts) -> Parts:
    """The first request for a token of each scope names the organisation in a form of its own; then a proper one."""
    return _asks_badly_first(
        parts,
        lambda wiring: {
            "assertion_details": {"type": "organisation", "number": wiring.config.organisation.number},
        },
    )


def _asks_badly_first(parts: Parts, wrong: Callable[[Wiring], Mapping[str, Any]]) -> Parts:
    def tokens(wiring: Wiring) -> Tokens:
        tried: set[str] = set()

        async def token(fetch: Callable[[str], Awaitable[str]], scope: str) -> str:
            if scope not in tried:
                tried.add(scope)
                await _ask_badly(parts, wiring, scope, wrong(wiring))
            return await fetch(scope)

        made: Tokens = Changed(parts.tokens(wiring), {"token": token})
        return made

    return replace(parts, tokens=tokens)


async def _ask_badly(parts: Parts, wiring: Wiring, scope: str, wrong: Mapping[str, Any]) -> None:
    settings, now = wiring.config.helseid, wiring.clock.now()
    url = f"{settings.issuer}/connect/token"
    assertion = helseid.client_assertion(
        wiring.key,
        client_id=settings.client_id,
        issuer=settings.issuer,
        now=now,
        jti=parts.new_id(),
        kid=settings.kid,
        **wrong,
    )
    form = {
        "client_id": settings.client_id,
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": helseid.ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    proof = parts.proof(wiring.key, method="POST", url=url, now=now, jti=parts.new_id())
    async with wiring.http.post(url, data=form, headers={"DPoP": proof}) as answer:
        await answer.read()
