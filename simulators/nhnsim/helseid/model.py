"""What HelseID knows and remembers: clients, scopes, and what may be used only once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from nhnsim.store import open_store
from nhnwire.errors import TokenError
from nhnwire.helseid import organisations_of, thumbprint
from nhnwire.helseid.access import AUTHENTICATION, CLIENT_NAME, OTHER_TENANCY, SUPPLIER, TENANCY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nhnwire.helseid import Assertion

TOKEN_LIFETIME = timedelta(seconds=600)
NONCE_LIFETIME = timedelta(seconds=60)

AUDIENCES: Mapping[str, str] = {
    "nhn:msh/api": "nhn:msh",
    "nhn:cp-api/access-v2-dpop": "nhn:cp-api",
    "nhn:communicationparty/read": "nhn:cp-api",
}
"""Scope to the API it belongs to (NHN's documentation)."""

API_CLAIMS: Mapping[str, Mapping[str, str]] = {"nhn:msh": {"herid": "0"}}
"""Claims an API has asked for beyond the common ones; "0" is every HER-id of the organisation."""

STATEMENTS = (
    """CREATE TABLE spent (
        kind TEXT NOT NULL, owner TEXT NOT NULL, jti TEXT NOT NULL, expires INTEGER NOT NULL,
        PRIMARY KEY (kind, owner, jti)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX spent_expires ON spent (expires)",
)


class RegisteredClient(msgspec.Struct, frozen=True):
    """A client configuration, a row of clients.json.

    Attributes:
        jwk: the client's public key.
        organisation_number: the parent unit the client is bound to.
        scopes: what it may ask for.
        tenancy: `single-tenant` or `multi-tenant`.
        name: for logs.
        children: sub-units a single-tenant client may act for.
        delegations: parent units that have given a multi-tenant client their delegation in Altinn.
    """

    jwk: dict[str, Any]
    organisation_number: str
    scopes: tuple[str, ...]
    tenancy: str = "single-tenant"
    name: str = ""
    children: tuple[str, ...] = ()
    delegations: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[dict[str, Any], ...]:
        """The public keys with their `kid`: the thumbprint where the registration names none."""
        return ({"kid": thumbprint(self.jwk), **self.jwk},)


class Clients:
    """The registered clients, kept by the lab in a JSON file that is read again when a client is unknown.

    Args:
        path: `{client_id: {"jwk", "organisation_number", "scopes", "tenancy", …}}`; may be missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, RegisteredClient] = {}

    def find(self, client_id: str) -> RegisteredClient | None:
        """The client's configuration, or None.

        Raises:
            msgspec.DecodeError: the file is not what it should be.
        """
        if client_id not in self._known and self._path.exists():
            self._known = msgspec.json.decode(self._path.read_bytes(), type=dict[str, RegisteredClient])
        return self._known.get(client_id)

    def all(self) -> Mapping[str, RegisteredClient]:
        """Those read so far."""
        return self._known


@dataclass(frozen=True)
class Grant:
    """What a token is to say beyond who issued it and when.

    Attributes:
        client_id: the client.
        client: its configuration.
        parent: organisation number of the parent unit.
        child: of the sub-unit; None when the client acts for the parent itself.
        scopes: granted, in the order asked for.
        jkt: thumbprint of the key the token is bound to.
    """

    client_id: str
    client: RegisteredClient
    parent: str
    child: str | None
    scopes: tuple[str, ...]
    jkt: str

    @property
    def audiences(self) -> tuple[str, ...]:
        """The APIs of the scopes, each once."""
        return tuple(dict.fromkeys(AUDIENCES[scope] for scope in self.scopes))

    def extra_claims(self) -> dict[str, object]:
        """Claims beyond the standard's: of the client (tenancy in both spellings), and what the APIs have asked for."""
        asked = {name: value for audience in self.audiences for name, value in API_CLAIMS.get(audience, {}).items()}
        several: dict[str, object] = {"aud": list(self.audiences)} if len(self.audiences) > 1 else {}
        supplier = {SUPPLIER: self.client.organisation_number} if self.client.tenancy == "multi-tenant" else {}
        return {
            CLIENT_NAME: self.client.name or self.client_id,
            TENANCY: self.client.tenancy,
            OTHER_TENANCY: self.client.tenancy,
            AUTHENTICATION: "private_key_jwt",
            **supplier,
            **asked,
            **several,
        }


def organisations(assertion: Assertion, client: RegisteredClient) -> tuple[str, str | None]:
    """Parent unit and sub-unit (or None) that an assertion asks to act for (HelseID's documentation).

    Raises:
        TokenError: the client may not act for them, or names them in a way that cannot be read.
    """
    parent, child = organisations_of(assertion.details)
    if client.tenancy == "multi-tenant":
        if parent is None:
            raise _unauthorised("a multi-tenant client must name an organisation in assertion_details")
        if parent not in client.delegations:
            raise _unauthorised(f"organisation {parent[:20]!r} has given this client no delegation")
        return parent, child
    if parent is not None:
        raise _unauthorised("a single-tenant client names no parent: it is bound to its own")
    if child is not None and child not in client.children:
        raise _unauthorised(f"sub-unit {child[:20]!r} is not among those of this client")
    return client.organisation_number, child


def _unauthorised(text: str) -> TokenError:
    return TokenError(text, error="unauthorized_client", check="assertion_details")


class OneTime:
    """What may be used once, on disk, so that a restart does not forget it.

    Args:
        path: of the SQLite store.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_store(path, STATEMENTS)

    def spend(self, kind: str, owner: str, jti: str, *, expires: datetime, now: datetime) -> bool:
        """Use an id; False when it was used before. On disk when this returns.

        Args:
            kind: `assertion` or `proof`.
            owner: the client id, or the key's thumbprint.
            jti: the id.
            expires: when it may be forgotten, since it would be refused for its age.
            now: the domain's now.
        """
        with self._db:
            self._db.execute("DELETE FROM spent WHERE expires <= ?", (_micros(now),))
            done = self._db.execute(
                "INSERT INTO spent (kind, owner, jti, expires) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (kind, owner, jti, _micros(expires)),
            )
        return done.rowcount == 1

    def counts(self) -> dict[str, int]:
        """How many unexpired ids are remembered, by kind."""
        rows = self._db.execute("SELECT kind, count(*) AS number FROM spent GROUP BY kind")
        return {str(row["kind"]): int(row["number"]) for row in rows}

    def clear(self) -> None:
        """Forget all."""
        with self._db:
            self._db.execute("DELETE FROM spent")

    def close(self) -> None:
        """Close the store."""
        self._db.close()


def make_nonce(secret: bytes, *, now: datetime, unique: str) -> str:
    """A DPoP nonce: when it was made and something unique, sealed, so that nothing needs to be stored."""
    body = f"{_micros(now)}.{unique}".encode()
    return base64.urlsafe_b64encode(_seal(secret, body) + body).decode().rstrip("=")


def nonce_is_fresh(secret: bytes, nonce: str, *, now: datetime) -> bool:
    """True when we made it, and not longer ago than `NONCE_LIFETIME`."""
    try:
        data = base64.b64decode(nonce + "=" * (-len(nonce) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return False
    seal, body = data[:16], data[16:]
    if not hmac.compare_digest(seal, _seal(secret, body)):
        return False
    age = _micros(now) - int(body.partition(b".")[0])
    return 0 <= age <= NONCE_LIFETIME // timedelta(microseconds=1)


class Terms:
    """Which organisation has not accepted the terms of which scopes; a file, changed through the control port.

    Args:
        path: `{organisation number: [scope, …]}`; may be missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[str]] = {}
        if path.exists():
            self._known = msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])

    def not_accepted(self, organisation: str) -> frozenset[str]:
        """Scopes whose terms this organisation has not accepted."""
        return frozenset(self._known.get(organisation, ()))

    def refuse(self, organisation: str, scopes: Sequence[str]) -> None:
        """From now on it has not accepted the terms of just these scopes."""
        self._known = {**self._known, organisation: list(scopes)}
        part = self._path.with_name(f"{self._path.name}.part")
        part.write_bytes(msgspec.json.encode(self._known))
        part.replace(self._path)


def _seal(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha256).digest()[:16]


def _micros(when: datetime) -> int:
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
