"""HTTP towards the network: bounded in time and size, every failure a `TransportError`."""

from __future__ import annotations

import io
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from nhnclinic.errors import ConfigError, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = aiohttp.ClientTimeout(total=30, connect=10)
"""Real seconds; a peer that is slower than this has failed."""

LIMIT = 64 * 1024 * 1024
"""Bytes of an answer; the largest document EDI 2.0 takes is 35 MB, as base64 in JSON."""


_LONGEST_REST = 6 * 3600


@dataclass(frozen=True)
class Reply:
    """An answer with its body read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            TransportError: it is none.
        """
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TransportError(f"the answer (HTTP {self.status}) is no JSON: {error}", status=self.status) from error

    def retry_after(self) -> timedelta | None:
        """How long the peer wants to be left alone (RFC 9110 §10.2.3); None when it does not say so intelligibly.

        A date counts from the answer's own Date, so that nobody's clock matters.
        """
        said = self.headers.get("Retry-After", "").strip()
        if said.isascii() and said.isdigit():
            return timedelta(seconds=min(int(said[:9]), _LONGEST_REST))
        try:
            rest = parsedate_to_datetime(said) - parsedate_to_datetime(self.headers.get("Date", ""))
        except (TypeError, ValueError):
            return None
        return min(max(rest, timedelta(0)), timedelta(seconds=_LONGEST_REST))

    def excerpt(self) -> str:
        """The start of the body, for messages."""
        return self.body[:300].decode("utf-8", "replace")


def open_session(trust: str) -> aiohttp.ClientSession:
    """A session that believes the roots in `trust` (PEM) and no others.

    Raises:
        ConfigError: there are no certificates in that file.
    """
    try:
        context = ssl.create_default_context(cafile=trust)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"trust = {trust!r} cannot be used: {error}. It must be a PEM file of roots.") from error
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=20), timeout=PATIENCE)


async def exchange(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Any = None,
    data: Any = None,
) -> Reply:
    """One request and its whole answer, whatever the status. Redirects are not followed.

    Raises:
        TransportError: no whole answer came within `PATIENCE` and `LIMIT`; asking again may help.
    """
    # aiohttp wants large bodies as files, so that it can send them in pieces.
    sent = io.BytesIO(data) if isinstance(data, bytes) else data
    try:
        async with http.request(
            method, url, headers=headers, params=params, data=sent, allow_redirects=False
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(1 << 16):
                body += chunk
                if len(body) > LIMIT:
                    raise TransportError(f"{method} {url}: the answer is larger than {LIMIT} bytes.", retry=False)
            return Reply(response.status, response.headers, bytes(body))
    except TimeoutError as error:
        raise TransportError(f"{method} {url}: no answer within {PATIENCE.total} s.") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise TransportError(f"{method} {url}: {type(error).__name__}: {error}") from error
