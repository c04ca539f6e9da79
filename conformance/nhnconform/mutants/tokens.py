"""Defects in how a clinic gets tokens and uses the registers. See `nhnconform.mutants.table` for what each is."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nhnclinic.errors import TransportError
from nhnclinic.registers.helseid import HelseIdTokens
from nhnconform.mutants.wrapping import Changed, Particular
from nhnwire.helseid import jws

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nhnclinic.domain.values import Party
    from nhnclinic.exchange.bench import Wiring
    from nhnclinic.exchange.parts import Parts
    from nhnclinic.registers.address import AddressBook
    from nhnclinic.registers.http import Reply


UNUSUAL = "provenett-"
"""How the nonces of the network's fault `use_nonce` begin; HelseID's own do not."""


class _KnowsTheEndpoint(HelseIdTokens):
    async def _token_endpoint(self) -> str:
        return f"{self._settings.issuer}/connect/token"


class _ReadsEveryTime(HelseIdTokens):
    async def _token_endpoint(self) -> str:
        self._endpoint = None
        return await super()._token_endpoint()


class _OneAssertionForTwo(HelseIdTokens):
    """After a nonce of an unusual form the assertion of before is sent again."""

    _last = ""

    async def _ask(self, url: str, scope: str) -> Reply:
        honest = self._wiring
        first = iter([self._last] if (self._nonce or "").startswith(UNUSUAL) else [])

        def new_id() -> str:
            made = next(first, "") or honest.parts.new_id()
            self._last = self._last if drawn else made
            drawn.append(made)
            return made

        drawn: list[str] = []
        self._wiring = replace(honest, parts=replace(honest.parts, new_id=new_id))
        try:
            return await super()._ask(url, scope)
        finally:
            self._wiring = honest


class _AsksAndAsks(HelseIdTokens):
    async def token(self, scope: str) -> str:
        for _ in range(30):
            try:
                return await super().token(scope)
            except TransportError:
                self._refused.clear()
        return await super().token(scope)


class _GivesUp(HelseIdTokens):
    async def token(self, scope: str) -> str:
        given_up: TransportError | None = getattr(self, "_given_up", None)
        if given_up is not None:
            raise given_up
        try:
            return await super().token(scope)
        except TransportError as error:
            self._given_up = error
            raise


_KINDS = {
    "knows-the-endpoint": _KnowsTheEndpoint,
    "one-assertion-for-two": _OneAssertionForTwo,
    "reads-every-time": _ReadsEveryTime,
    "asks-and-asks": _AsksAndAsks,
    "gives-up": _GivesUp,
}


def other_tokens(parts: Parts, *, kind: str) -> Parts:
    """Another source of tokens."""
    return replace(parts, tokens=_KINDS[kind])


def never_renews(parts: Parts) -> Parts:
    """A token that was refused is kept."""

    def tokens(wiring: Wiring) -> Any:
        def forget(honest: Callable[[str], None], token: str) -> None:
            del honest, token

        changes: dict[str, Any] = {"forget": forget}
        return Changed(parts.tokens(wiring), changes)

    return replace(parts, tokens=tokens)


def forgets_the_nonce(parts: Parts) -> Parts:
    """Proofs for the token endpoint lack a nonce that is not of the usual form."""

    def proof(key: Any, *, url: str, nonce: str | None = None, **more: Any) -> str:
        return parts.proof(key, url=url, nonce=None if (nonce or "").startswith(UNUSUAL) else nonce, **more)

    return replace(parts, proof=proof)


def shows_its_key(parts: Parts) -> Parts:
    """The proof of a call for a status shows the private key."""

    def proof(key: Any, *, url: str, **more: Any) -> str:
        honest = parts.proof(key, url=url, **more)
        if not url.endswith("/status"):
            return honest
        header, claims = (_part(honest, index) for index in (0, 1))
        return jws.encode({**header, "jwk": key.as_dict(private=True)}, claims, key)

    return replace(parts, proof=proof)


def _part(token: str, index: int) -> dict[str, Any]:
    """Header (0) or claims (1) of a token, unverified."""
    part = token.split(".")[index]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def own_names_for_others(parts: Parts) -> Parts:
    """Receivers are called what the clinic calls them."""

    def book(wiring: Wiring) -> Any:
        own = {service.her_id for service in wiring.config.services}

        async def party(honest: Callable[[int], Awaitable[Party]], her_id: int) -> Party:
            found = await honest(her_id)
            return found if her_id in own else replace(found, name=f"Mottaker {her_id}")

        return Changed(parts.book(wiring), {"party": party})

    return replace(parts, book=book)


def believes_for_ever(parts: Parts, *, what: str) -> Parts:
    """What the register once said of a party's name, or of its being active, holds for ever."""

    def book(wiring: Wiring) -> AddressBook:
        known: dict[int, Party] = {}

        async def party(honest: Callable[[int], Awaitable[Party]], her_id: int) -> Party:
            found = await honest(her_id)
            first = known.setdefault(her_id, found)
            if what == "names":
                return replace(found, name=first.name, organisation_name=first.organisation_name)
            return replace(found, active=first.active)

        made: AddressBook = Changed(parts.book(wiring), {"party": party})  # type: ignore[assignment]  # all it needs
        return made

    return replace(parts, book=book)


def wants_four_digits(parts: Parts) -> Parts:
    """A party whose postal code has three digits cannot be read."""

    def look(body: bytes) -> None:
        if re.search(rb'"postalCode":\s*"?\d{3}\b', body):
            raise TransportError("a postal code has four digits", retry=False)

    def book(wiring: Wiring) -> AddressBook:
        http: Any = Particular(wiring.http, look)
        return parts.book(replace(wiring, http=http))

    return replace(parts, book=book)
