"""Calls to EDI 2.0 with everything NHN asks of clients around them, whatever the version.

It follows NHN's rules for clients (documentation of HelseID and EDI 2.0): endpoints from discovery, a fresh client
assertion per token request, the DPoP nonce dance, one token for as long as it lasts, a new proof for every call. What
it sends is exactly what it is given, so that a wrong document stays wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

import aiohttp
import msgspec

from nhnwire import edi2
from nhnwire.helseid import client_assertion, dpop_proof, load_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from nhntime import Clock

PATIENCE = aiohttp.ClientTimeout(total=30)
EARLY = timedelta(seconds=30)
"""A token is renewed this long before it expires."""


class Edi2ClientError(Exception):
    """The service, or HelseID before it, did not do as asked.

    Attributes:
        status: HTTP status; 0 when no HTTP answer came at all.
        body: the answer's text, or what went wrong on the way.
    """

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP {status}: {body[:500]}" if status else body)
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Token:
    """An access token and when to stop using it."""

    value: str
    good_until: datetime


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")


class Caller:
    """One set of credentials towards one version of one service.

    A class for each version says which (`api_version`).

    Args:
        http: a session that trusts the network's root certificate.
        clock: domain time, for assertions, proofs and token lifetimes.
        issuer: HelseID's URL.
        edi2_url: the service's base URL.
        client_id: of the client configuration.
        key_pem: its private key.
        kid: the key's id.
        source_system: sent as nhn-source-system, name and version.
        new_id: makes one-time ids.
    """

    api_version: ClassVar[str]

    def __init__(
        self,
        http: aiohttp.ClientSession,
        clock: Clock,
        issuer: str,
        edi2_url: str,
        client_id: str,
        key_pem: bytes,
        kid: str,
        source_system: str,
        new_id: Callable[[], str],
    ) -> None:
        self._http = http
        self._clock = clock
        self._issuer = issuer.rstrip("/")
        self._url = edi2_url.rstrip("/")
        self._client_id = client_id
        self._key = load_key(key_pem)
        self._kid = kid
        self._new_id = new_id
        self._headers = {
            "api-version": self.api_version,
            "nhn-source-system": source_system,
            "Accept": "application/json",
        }
        self._token: Token | None = None
        self._token_url: str | None = None
        self._one_at_a_time = asyncio.Lock()

    async def call(
        self, method: str, path: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One call with token and proof, whatever it answers; a refused token is renewed once.

        Args:
            method: HTTP method.
            path: below the base URL, with its query.
            body: bytes to send as they are.
            headers: on top of the obligatory ones, or instead of them.

        Raises:
            Edi2ClientError: no token could be had, or no answer came.
        """
        token = await self._access_token()
        answer = await self._call(method, path, body, headers or {}, token)
        if answer.status == 401:
            await self._discard(token)
            answer = await self._call(method, path, body, headers or {}, await self._access_token())
        return answer

    @contextlib.asynccontextmanager
    async def stream(self, path: str, accept: str, silence: float) -> AsyncIterator[AsyncIterator[bytes]]:
        """An answer that does not end, in whatever pieces it comes.

        Args:
            path: below the base URL, with its query.
            accept: the media type that is asked for.
            silence: real seconds without a byte after which it counts as broken.

        Raises:
            Edi2ClientError: any answer but 200; the connection broke, or was silent for too long.
        """
        token = await self._access_token()
        url = self._url + path
        headers = {**self._signed("GET", url, token), "Accept": accept}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=silence)
        try:
            async with self._http.get(url, headers=headers, timeout=timeout) as response:
                if response.status != 200:
                    if response.status == 401:
                        await self._discard(token)
                    raise Edi2ClientError(
                        response.status, (await response.content.read(2000)).decode("utf-8", "replace")
                    )
                yield response.content.iter_any()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Edi2ClientError(0, f"the stream {url} broke: {str(error) or type(error).__name__}") from error

    async def json(self, method: str, path: str, body: object = None, *, expected: int = 200) -> Any:
        """One call with a JSON body, or none, and a JSON answer.

        Raises:
            Edi2ClientError: any other status than the expected one, or an answer that is no JSON.
        """
        headers = {} if body is None else {"Content-Type": "application/json"}
        payload = None if body is None else msgspec.json.encode(body)
        answer = await self.call(method, path, payload, headers=headers)
        if answer.status != expected:
            raise Edi2ClientError(answer.status, answer.text)
        return decoded(answer)

    async def _call(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], token: Token
    ) -> Answer:
        url = self._url + path
        return await self._exchange(method, url, body, {**self._signed(method, url, token), **headers})

    def _signed(self, method: str, url: str, token: Token) -> dict[str, str]:
        """The obligatory headers, with a proof for this call."""
        proof = dpop_proof(
            self._key,
            method=method,
            url=url.partition("?")[0],
            now=self._clock.now(),
            jti=self._new_id(),
            access_token=token.value,
        )
        return {**self._headers, "Authorization": f"DPoP {token.value}", "DPoP": proof}

    async def _access_token(self) -> Token:
        async with self._one_at_a_time:
            if self._token is None or self._clock.now() >= self._token.good_until:
                self._token = await self._new_token()
            return self._token

    async def _discard(self, token: Token) -> None:
        async with self._one_at_a_time:
            if self._token is token:
                self._token = None

    async def _new_token(self) -> Token:
        url = await self._token_endpoint()
        answer = await self._ask_for_token(url, None)
        nonce = answer.headers.get("DPoP-Nonce")
        if answer.status == 400 and nonce:
            answer = await self._ask_for_token(url, nonce)
        if answer.status != 200:
            raise Edi2ClientError(answer.status, f"HelseID gave no token: {answer.text}")
        granted = decoded(answer)
        try:
            lifetime = timedelta(seconds=int(granted["expires_in"]))
            return Token(str(granted["access_token"]), self._clock.now() + max(lifetime - EARLY, lifetime / 2))
        except (KeyError, TypeError, ValueError) as error:
            raise Edi2ClientError(200, f"HelseID's answer holds no token: {error}") from error

    async def _ask_for_token(self, url: str, nonce: str | None) -> Answer:
        now = self._clock.now()
        form = {
            "client_id": self._client_id,
            "grant_type": "client_credentials",
            "scope": edi2.SCOPE,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": client_assertion(
                self._key,
                client_id=self._client_id,
                issuer=self._issuer,
                now=now,
                jti=self._new_id(),
                kid=self._kid,
            ),
        }
        proof = dpop_proof(self._key, method="POST", url=url, now=now, jti=self._new_id(), nonce=nonce)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "DPoP": proof}
        return await self._exchange("POST", url, urlencode(form).encode("ascii"), headers)

    async def _token_endpoint(self) -> str:
        if self._token_url is None:
            answer = await self._exchange("GET", f"{self._issuer}/.well-known/openid-configuration", None, {})
            if answer.status != 200:
                raise Edi2ClientError(answer.status, f"HelseID's discovery failed: {answer.text}")
            try:
                self._token_url = str(decoded(answer)["token_endpoint"])
            except (KeyError, TypeError) as error:
                raise Edi2ClientError(200, "HelseID's discovery names no token_endpoint") from error
        return self._token_url

    async def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            # A stream of its own: aiohttp warns of large bodies as bare bytes, since writing them blocks the loop.
            data = None if body is None else io.BytesIO(body)
            async with self._http.request(method, url, data=data, headers=headers, timeout=PATIENCE) as response:
                return Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Edi2ClientError(0, f"no answer from {url}: {str(error) or type(error).__name__}") from error


def decoded(answer: Answer) -> Any:
    """An answer's JSON.

    Raises:
        Edi2ClientError: it is none.
    """
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Edi2ClientError(answer.status, f"the answer is no JSON: {error}") from error
