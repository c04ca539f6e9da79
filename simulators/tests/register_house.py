"""An address register with its HelseID and authority, and one client of theirs, for tests."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp

from nhnsim.network import Network, Options, up
from nhnwire.helseid import ASSERTION_TYPE, client_assertion, dpop_proof, issue_access_token, load_key, peek

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

T = TypeVar("T")

ONLY = ("authority", "helseid", "address_register")
SCOPE = "nhn:cp-api/access-v2-dpop"
PARTY = "/api/v1/communicationparty"


class House:
    """Register, HelseID and authority on a virtual clock in a thread of their own, and one client of theirs."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="register")
        self.thread.start()
        self.tokens: dict[str, str] = {}
        self.run(self.open())

    async def open(self) -> None:
        self.network: Network = await up(Options(state=self.state, only=ONLY, clock="virtual"))
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.network.lab.trusting()))
        self.world = self.network.lab.world
        self.url, self.issuer = self.network.urls["address_register"], self.network.urls["helseid"]
        have = self.network.credentials["clinic"]
        self.key, self.client_id, self.kid = load_key(have.pem), have.client.client_id, have.kid

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(60)

    async def token(self, scope: str = SCOPE) -> str:
        """By the nonce dance, kept for the whole module: its clock stands still unless a test moves it."""
        if scope not in self.tokens:
            url, nonce, now = f"{self.issuer}/connect/token", None, self.network.clock.now()
            for _ in range(2):
                have: dict[str, Any] = {
                    "client_id": self.client_id,
                    "now": now,
                    "jti": str(uuid.uuid4()),
                    "kid": self.kid,
                }
                assertion = client_assertion(self.key, issuer=self.issuer, **have)
                form = {"grant_type": "client_credentials", "scope": scope, "client_id": self.client_id}
                form |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
                proof = dpop_proof(self.key, method="POST", url=url, now=now, jti=str(uuid.uuid4()), nonce=nonce)
                async with self.http.post(url, data=form, headers={"DPoP": proof}) as answer:
                    nonce, body = answer.headers.get("DPoP-Nonce"), await answer.json()
            self.tokens[scope] = body["access_token"]
        return self.tokens[scope]

    def proof(self, token: str, method: str, path: str, **changes: Any) -> str:
        url = self.url + path.partition("?")[0]
        have: dict[str, Any] = {"method": method, "url": url, "now": self.network.clock.now(), "jti": str(uuid.uuid4())}
        return dpop_proof(changes.pop("key", self.key), **(have | {"access_token": token} | changes))

    async def ask(self, method: str, path: str, body: Any = None, headers: Any = None) -> tuple[int, Any, Any]:
        """Status, headers, JSON; with good credentials unless `headers` are given."""
        if headers is None:
            token = await self.token()
            headers = {"Authorization": f"DPoP {token}", "DPoP": self.proof(token, method, path)}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = [*(headers.items() if isinstance(headers, dict) else headers)]
        if data is not None:
            sent.append(("Content-Type", "application/json"))
        async with self.http.request(method, self.url + path, data=data, headers=sent) as answer:
            return answer.status, answer.headers, await answer.json()

    async def get(self, path: str) -> Any:
        status, _, body = await self.ask("GET", path)
        assert status == 200, body
        return body

    def forge(self, **changes: Any) -> str:
        """A token signed with HelseID's own key, with changes that HelseID would never make."""
        key = load_key((self.state / "helseid" / "signing-1.pem").read_bytes())
        header, claims = peek(self.tokens[SCOPE])
        have = {"kid": header["kid"], "issuer": self.issuer, "audience": "nhn:cp-api", "client_id": self.client_id}
        have |= {"scopes": [SCOPE], "jkt": claims["cnf"]["jkt"], "now": self.network.clock.now(), "jti": "1"}
        return issue_access_token(changes.pop("key", key), **(have | changes))

    def close(self) -> None:
        async def story() -> None:
            await self.http.close()
            await self.network.aclose()

        self.run(story())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
