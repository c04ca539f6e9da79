"""The network in a process of its own, and each operation of it as a door: a request that works, and how it refuses."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import aiohttp

from nhnfixtures.hostile import soaps
from nhnwire.helseid import ASSERTION_TYPE, client_assertion, dpop_proof, load_key

if TYPE_CHECKING:
    from nhnfixtures.hostile import Attack

Judge: TypeAlias = Callable[[int, str, bytes], bool]

REFUSALS = frozenset({400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 417, 423, 431})
NOBODY = "5f5e94d5-d908-476b-a172-a241c52eddb6"
SCOPES = {"edi2": "nhn:msh/api", "address_register": "nhn:cp-api/access-v2-dpop"}
ENDPOINTS = ("authority", "helseid", "address_register", "edi2", "gp_register", "revocation")


def members(*names: str, kind: str = "application/json") -> Judge:
    """An error that is a JSON object with at least these members, each with something in it."""

    def judge(status: int, content_type: str, data: bytes) -> bool:
        del status
        if content_type != kind:
            return False
        found = json.loads(data)
        return isinstance(found, dict) and all(found.get(name) not in (None, "") for name in names)

    return judge


def either(*judges: Judge) -> Judge:
    """One of these looks."""
    return lambda status, content_type, data: any(judge(status, content_type, data) for judge in judges)


def text(status: int, content_type: str, data: bytes) -> bool:
    """An error in plain text, or none at all."""
    del status
    return content_type in {"text/plain", "application/octet-stream"} and len(data) < 2_000


def soap(status: int, content_type: str, data: bytes) -> bool:
    """A fault, or before there is an envelope plain text."""
    if status == 500:
        return content_type == "text/xml" and b"faultcode" in data
    return text(status, content_type, data) or content_type == "application/problem+json"


PROBLEM = members("type", "title", "status", "detail", kind="application/problem+json")
V2 = members("requestId", "error")
V3 = either(members("title", "status", "detail", "requestId", kind="application/problem+json"), V2)
"""A request that cannot be read names no version."""
OAUTH = members("error", "error_description")
ERROR = members("error")
TEST_TOKEN = either(members("isError", "errorResponse"), OAUTH)


@dataclass(frozen=True)
class Door:
    """One operation.

    Attributes:
        endpoint: whose.
        path: `{}` is a variable part.
        fill: what stands there when the request is to work.
        body: that works, as far as it goes.
        headers: beside credentials.
        refuses: an error's looks.
        scope: of the token that is sent along.
        basic: HTTP Basic instead.
        form: a token request is sent.
    """

    endpoint: str
    method: str
    path: str
    fill: tuple[str, ...] = ()
    query: str = ""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    refuses: Judge = ERROR
    scope: str = ""
    basic: bool = False
    form: bool = False

    @property
    def label(self) -> str:
        return f"{self.method} {self.endpoint}{self.path}"


class Besieged:
    """The network while it is attacked."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "stderr"
        self._tokens: dict[str, str] = {}
        command = [sys.executable, "-m", "nhnsim", "up", "--json", "--clock", "virtual"]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--state", str(folder / "lab"), "--only", *ENDPOINTS], stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log()
        self.up: dict[str, Any] = json.loads(line)
        self.now = datetime.fromisoformat(self.up["clock"]["now"])
        have = self.up["credentials"]["edi2"]
        self._client_id, self._kid = have["client_id"], have["kid"]
        self._key = load_key(Path(have["key"]).read_bytes())

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.up["trust"])

    def url(self, endpoint: str) -> str:
        known = self.up["endpoints"].get(endpoint, {})
        where = self.up["control"] if endpoint == "control" else next(iter(known.values()), "")
        scheme, _, rest = str(where).partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    async def token(self, http: aiohttp.ClientSession, scope: str) -> str:
        if scope not in self._tokens:
            fields, nonce = self.fields() | {"scope": scope}, None
            for _ in range(2):
                headers = {"DPoP": self.proof("POST", f"{self.url('helseid')}/connect/token", nonce=nonce)}
                fields |= {"client_assertion": self.assertion()}
                async with http.post(f"{self.url('helseid')}/connect/token", data=fields, headers=headers) as answer:
                    nonce, body = answer.headers.get("DPoP-Nonce"), await answer.json()
            self._tokens[scope] = body["access_token"]
        return self._tokens[scope]

    def assertion(self) -> str:
        return client_assertion(
            self._key, client_id=self._client_id, issuer=self.up["endpoints"]["helseid"]["issuer"], now=self.now,
            jti=str(uuid.uuid4()), kid=self._kid,
        )  # fmt: skip

    def proof(self, method: str, url: str, **more: Any) -> str:
        return dpop_proof(self._key, method=method, url=url, now=self.now, jti=str(uuid.uuid4()), **more)

    def fields(self) -> dict[str, str]:
        """A token request that works."""
        return {
            "grant_type": "client_credentials",
            "scope": SCOPES["edi2"],
            "client_id": self._client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        }

    async def headers(self, http: aiohttp.ClientSession, door: Door, method: str, url: str) -> dict[str, str]:
        """Credentials and content type of a request that works."""
        sent = dict(door.headers)
        if door.scope:
            token = await self.token(http, door.scope)
            proof = self.proof(method, url.partition("?")[0], access_token=token)
            sent |= {"Authorization": f"DPoP {token}", "DPoP": proof}
        if door.basic:
            have = self.up["credentials"]["address_register_soap"]
            sent["Authorization"] = aiohttp.encode_basic_auth(have["username"], have["password"])
        if door.form:
            sent |= {"DPoP": self.proof("POST", url), "Content-Type": "application/x-www-form-urlencoded"}
        return sent


def attacked(door: Door, attack: Attack) -> tuple[str, str]:
    """Method, and path with query."""
    path = door.path
    for good in door.fill:
        path = path.replace("{}", good if attack.path is None else attack.path, 1)
    query = door.query if attack.query is None else attack.query
    return attack.method or door.method, f"{path}{'?' + query if query else ''}"


def edi2(own: str) -> list[Door]:
    """Both versions of EDI 2.0.

    Args:
        own: a HER-id of the clinic's.
    """
    made = []
    for version, judge, rows in (
        ("2", V2, (
            ("GET", "/Messages", f"ReceiverHerIds={own}", None), ("POST", "/Messages", "", b"{}"),
            ("GET", "/Messages/{}", "", None), ("GET", "/Messages/{}/business-document", "", None),
            ("GET", "/Messages/{}/status", "", None), ("GET", "/Messages/{}/apprec", "", None),
            ("POST", f"/Messages/{{}}/apprec/{own}", "", b"{}"), ("PUT", f"/Messages/{{}}/read/{own}", "", None),
        )),
        ("3", V3, (
            ("PUT", "/mshconfigurations", "", b"{}"), ("DELETE", "/mshconfigurations", f"herIds={own}", None),
            ("GET", "/notifications", f"HerIds={own}&Offset=0", None), ("POST", "/messages", "", b"{}"),
            ("GET", "/notifications/stream", "HerIds=1", None), ("GET", "/messages/{}", "", None),
            ("GET", "/messages/{}/business-document", "", None), ("GET", "/messages/{}/status", "", None),
            ("POST", "/messages/{}/apprec", "", b"{}"), ("PUT", "/messages/{}/downloaded", "", b"{}"),
            ("GET", "/ping", "", None),
        )),
    ):  # fmt: skip
        headers = {"api-version": version, "nhn-source-system": "Test, v1"}
        for method, path, query, body in rows:
            kind = {"Content-Type": "application/json"} if body is not None else {}
            fill = (NOBODY,) if "{}" in path else ()
            made.append(Door("edi2", method, path, fill, query, body, headers | kind, judge, SCOPES["edi2"]))
    return made


def address_register(own: str, number: str) -> list[Door]:
    """The JSON interfaces of the address register."""
    party, json_ = "/api/v1/communicationparty", {"Content-Type": "application/json"}
    rows = (
        ("GET", f"{party}/{{}}", own, "", None), ("GET", f"{party}/{{}}/legacy", own, "", None),
        ("POST", party, "", "", b'{"herIds":[]}'), ("POST", f"{party}/search", "", "Page=1&Size=1", b'{"name":"a"}'),
        ("GET", f"{party}/export", "", "", None), ("GET", "/api/v1/event", "", "maxEvents=1", None),
        ("GET", "/api/v1/event/latest", "", "", None), ("GET", "/api/v1/organization/{}", number, "", None),
        ("GET", "/api/v1/certificate/{}", own, "", None), ("GET", "/api/v1/certificate/{}/signing", own, "", None),
        ("GET", "/api/v1/certificate/{}/encryption", own, "", None),
        ("GET", "/CommunicationPartyEvents", "", "", None), ("GET", "/CommunicationParties/{}", own, "", None),
    )  # fmt: skip
    return [
        Door(
            "address_register", method, path, (fill,) if fill else (), query, body, json_ if body else {}, PROBLEM,
            SCOPES["address_register"],
        )
        for method, path, fill, query, body in rows
    ]  # fmt: skip


def helseid(auth_key: str) -> list[Door]:
    """HelseID without its token endpoint, which has attacks of its own."""
    known = "/.well-known/openid-configuration"
    headers = {"Content-Type": "application/json", "X-Auth-Key": auth_key}
    return [
        *(Door("helseid", "GET", path, refuses=OAUTH)
          for path in (known, f"{known}/jwks", "/connect/expiredjwks", "/connect/availableidps", "/connect/authorize")),
        Door("helseid", "POST", "/connect/par", body=b"a=b", refuses=OAUTH),
        Door("helseid", "POST", "/v2/create-test-token-with-key", body=b"{}", headers=headers, refuses=TEST_TOKEN),
    ]  # fmt: skip


TOKEN_DOOR = Door("helseid", "POST", "/connect/token", refuses=OAUTH, form=True)


def control() -> list[Door]:
    """What the control port offers, without what would disturb the others: time stands still, nothing is reset."""
    json_ = {"Content-Type": "application/json"}
    return [
        *(Door("control", "GET", path, fill) for path, fill in (
            ("/health", ()), ("/journal/{}", ("1",)), ("/journal/{}/in", ("1",)), ("/faults", ()),
            ("/clock", ()), ("/parties", ()))),
        Door("control", "DELETE", "/faults/{}", ("none",)),
        Door("control", "POST", "/faults", body=b"[]", headers=json_),
        Door("control", "POST", "/clock/leap", body=b'{"seconds":0}', headers=json_),
        Door("control", "POST", "/counterparts", body=b"{}", headers=json_),
        Door("control", "POST", "/endpoints/{}/changes", ("edi2",), body=b"{}", headers=json_),
        Door("control", "POST", "/parties/{}/send", ("hospital",), body=b"{}", headers=json_),
    ]  # fmt: skip


def certificates(number: str) -> list[Door]:
    """Authority and revocation, without OCSP, which has attacks of its own."""
    asked = f"/certificates/enterprise/{number}/{{}}"
    return [
        *(Door("authority", "GET", path, fill) for path, fill in (
            ("/root.pem", ()), ("/issuing.pem", ()), ("/variants", ()), ("/crl/root.crl", ()), (asked, ("signing",)))),
        *(Door("revocation", "GET", path, fill, refuses=text) for path, fill in (
            ("/crl/enterprise.crl", ()), ("/crl/root.crl", ()), ("/issuing.cer", ()), ("/root.cer", ()),
            ("/ocsp/{}", ("MEIwQA==",)))),
    ]  # fmt: skip


OCSP = {"Content-Type": "application/ocsp-request"}
OCSP_DOORS = [
    Door("authority", "POST", "/ocsp", body=b"\x30\x00", headers=OCSP),
    Door("revocation", "POST", "/ocsp", body=b"\x30\x00", headers=OCSP, refuses=text),
]


def web_service(endpoint: str, path: str, ns: str, contract: str, operation: str, argument: str, good: str) -> Door:
    """A SOAP 1.1 service by one of its operations."""
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ns}/{contract}/{operation}"'}
    body = soaps.envelope(ns, operation, argument, good)
    return Door(endpoint, "POST", path, body=body, headers=headers, refuses=soap, basic=True)
