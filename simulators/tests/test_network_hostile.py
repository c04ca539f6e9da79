"""Hostile requests at every operation of the network: in ten classes of twenty or more, a documented error each."""

from __future__ import annotations

import asyncio
import base64
import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import aiohttp
import pytest
from simulators.tests import hostile_doors as doors
from simulators.tests.hostile_doors import REFUSALS, TOKEN_DOOR, Besieged, Door, attacked
from yarl import URL

from nhnfixtures.hostile import ENOUGH, Attack, ders, forms, https, jsons, of_bodies, soaps, tokens
from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.party.service import COMMUNICATION_PARTY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 30.0
"""Real seconds within which an answer of any kind must come."""

AT_ONCE = 8


def as_documents(*texts: bytes) -> tuple[Attack, ...]:
    """Uploads of these bytes as business documents."""
    rest = b'"contentType":"application/xml","contentTransferEncoding":"base64"'
    return of_bodies(*(b'{"businessDocument":"%s",%s}' % (base64.b64encode(text), rest) for text in texts))


DOCUMENTS = (
    *as_documents(
        *(one.body or b"" for one in soaps.MALFORMED),
        b"<!DOCTYPE a><a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a>" * 5_000, b"<a>" * 200 + b"</a>" * 200,
        b'<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>', "<a>å</a>".encode("latin-1"), "<a/>".encode("utf-16"),
    ),
    *of_bodies(*(
        b'{"businessDocument":"%s","contentType":"application/xml","contentTransferEncoding":"base64"}' % data
        for data in (b"!", b"a", b"YQ", b"Y Q==", b"YQ==YQ==", b"====", b"\\u0000", b"_-_-", b"")
    )),
)  # fmt: skip
RECORDS = (
    "receiverHerIds", "senderHerId", "businessDocument", "configurations", "appRecStatus", "receiverHerId",
    "applicationName", "herIds", "name", "type", "seconds", "endpoint",
)  # fmt: skip
OWN_QUERIES = (
    *https.QUERIES, "ReceiverHerIds=x", "ReceiverHerIds=1&ReceiverHerIds=1", "ReceiverHerIds=2147483648", "HerIds=0",
    "HerIds=1&Offset=-1", "HerIds=1&Offset=x", "Page=0&Size=101", "Page=x", "maxEvents=0", "fromSequenceNumber=x",
    "EventId=x", "fromDatetime=x", "includeDeactivated=x", "since=-1", "limit=0", "wait=x", "variant=x",
)  # fmt: skip
METHODS = tuple(
    Attack(method=method, body=body)
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "PROPFIND")
    for body in (b"", b"{}", b"\xff" * 100)
)
CHALLENGES = (
    *https.schemes("token"),
    *(Attack(headers={"DPoP": one}) for one in tokens.TOKENS if one.isascii()),
    *(Attack(headers={"Authorization": f"DPoP {one}"}) for one in tokens.TOKENS if one.isascii()),
)
JSON: Mapping[str, tuple[Attack, ...]] = {
    "malformed JSON": jsons.MALFORMED,
    "wrong types": jsons.wrong_types(RECORDS, "senderHerId"),
    "deep nesting": jsons.DEEP_NESTING,
    "too large": (*jsons.large(300_000), *https.long_texts(), *(Attack(query=f"a={'x' * n}") for n in (100, 7_000))),
    "encodings": jsons.ENCODINGS,
    "headers": https.HEADERS,
    "credentials": CHALLENGES,
    "paths and queries": https.paths(OWN_QUERIES),
    "methods": METHODS,
    "documents": DOCUMENTS,
}
OF_BODIES = frozenset({"malformed JSON", "wrong types", "deep nesting", "encodings", "documents"})
FORM: Mapping[str, tuple[Attack, ...]] = {
    "malformed forms": forms.MALFORMED,
    "too large": forms.LARGE,
    "encodings": forms.ENCODINGS,
    "assertions": forms.values("client_assertion", *tokens.TOKENS),
    "proofs": tuple(Attack(headers={"DPoP": one}) for one in tokens.TOKENS if one.isascii()),
    "values": (
        *forms.values("grant_type", "", "x", "password", "authorization_code", "refresh_token", "\x00", "a" * 5_000),
        *forms.values("scope", "", " ", "x", "a b c", "\x00", "openid", "nhn:msh/api " * 500, "å", "*"),
        *forms.values("client_id", "", "x", "\x00", "a" * 5_000, "' OR 1=1 --", "å"),
        *forms.values("client_assertion_type", "", "x", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        *forms.values("resource", "", "x", "https://example.com"),
    ),
    "headers": https.HEADERS,
    "credentials": https.schemes("token"),
    "methods": METHODS,
    "queries": tuple(Attack(query=one) for one in https.QUERIES),
}
DER: Mapping[str, tuple[Attack, ...]] = {
    "malformed DER": ders.MALFORMED,
    "other structures": ders.OTHERS,
    "deep nesting": ders.DEEP,
    "too large": ders.LARGE,
    "contents": ders.CONTENTS,
    "media types": tuple(
        Attack(headers={"Content-Type": kind})
        for kind in (
            "", "x", "text/xml", "application/json", "application/ocsp-response", "application/ocsp-request; a=b",
            "APPLICATION/OCSP-REQUEST", "application/ocsp-request,text/plain", "a" * 3_000, "multipart/form-data",
            "application/x-www-form-urlencoded", "text/html", "*/*", "application/*", "/", "application/", "/x",
            "application/ocsp-request; charset=\\", "\u00e6", "application/octet-stream",
        )
    ),
    "headers": https.HEADERS,
    "credentials": https.schemes("token"),
    "methods": METHODS,
    "queries": tuple(Attack(query=one) for one in https.QUERIES),
}  # fmt: skip
PATHS: Mapping[str, tuple[Attack, ...]] = {
    "paths and queries": JSON["paths and queries"],
    "long paths": (*https.long_texts(), *(Attack(path="A" * size) for size in range(400, 6_000, 300))),
    "base64": tuple(
        Attack(path=quote(base64.b64encode(one.body or b"").decode(), safe=""))
        for one in (*ders.MALFORMED, *ders.OTHERS)
    ),
    "no base64": tuple(
        Attack(path=one)
        for one in (
            "!", "A", "AA", "AAA", "====", "A===", "AA=", "A%20A", "%2B%2F%2B", "-_-_", "%00", "%0A", "AA==AA==",
            "AA/AA", "..", "%2e%2e", "*", "~", "%C3%A5", "%FF", "A" * 7_000,
        )
    ),
    "headers": https.HEADERS,
    "credentials": https.schemes("token"),
    "methods": METHODS,
}  # fmt: skip
SOAP = {
    "GP register": ("gp_register", "/v2/flr/Basic", GP_READ, "GetGPContract", "gpContractId", "900000001"),
    "address register": (
        "address_register", "/v1/AR/Basic", COMMUNICATION_PARTY, "GetOrganizationDetails", "herId", "9700000",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    opened = Besieged(tmp_path_factory.mktemp("hostile"))
    yield opened
    assert opened.process.poll() is None, opened.log()
    opened.close()
    assert "Traceback" not in opened.log(), opened.log()


async def one(house: Besieged, http: aiohttp.ClientSession, door: Door, attack: Attack) -> str:
    """What is wrong with the answer; empty when nothing is."""
    method, path = attacked(door, attack)
    url = house.url(door.endpoint) + path
    headers = {**await house.headers(http, door, method, url), **attack.headers}
    body = door.body if attack.body is None else attack.body
    if door.form and attack.body is None:
        body = urlencode(house.fields() | attack.fields).encode("utf-8", "surrogatepass")
    try:
        async with (
            asyncio.timeout(PATIENCE),
            http.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=io.BytesIO(body) if body is not None else None,
                allow_redirects=False,
            ) as response,
        ):
            data = await response.read()
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:
        return f"no answer: {error!r}"
    return verdict(door, method, response.status, response.content_type, data)


def verdict(door: Door, method: str, status: int, content_type: str, data: bytes) -> str:
    if b"Traceback" in data or b'File "' in data:
        return f"a trace: {data[:200]!r}"
    if status < 400:
        return ""
    if status not in REFUSALS and not (door.basic and status == 500):
        return f"status {status}: {data[:200]!r}"
    if method == "HEAD":
        return ""
    return "" if door.refuses(status, content_type, data) else f"{status} as {content_type}: {data[:200]!r}"


async def works(house: Besieged, http: aiohttp.ClientSession) -> list[str]:
    """Good requests to every endpoint; those that are not answered as ever."""
    own = house.up["clinic"]["service_her_ids"][0]
    found = []
    for door, wanted in (
        (doors.edi2(str(own))[0], 200),
        (doors.address_register(str(own), "")[0], 200),
        (doors.helseid("")[0], 200),
        (TOKEN_DOOR, 400),
        (doors.control()[0], 200),
        (doors.certificates("")[0], 200),
        (doors.certificates("")[5], 200),
        *((doors.web_service(e, p, s.ns, s.contract, o, a, g), 200) for e, p, s, o, a, g in SOAP.values()),
    ):
        method, path = attacked(door, Attack())
        url = house.url(door.endpoint) + path
        body = urlencode(house.fields()).encode() if door.form else door.body
        headers = await house.headers(http, door, method, url)
        async with http.request(method, url, headers=headers, data=body) as answer:
            if answer.status != wanted or (door.form and "DPoP-Nonce" not in answer.headers):
                found.append(f"{door.label}: {answer.status} {await answer.text()}")
    return found


def besiege(house: Besieged, at: Sequence[Door], attacks: Sequence[Attack]) -> list[str]:
    """Every attack at every door; what went wrong, and whether good requests are still answered."""

    async def story() -> list[str]:
        gate = asyncio.Semaphore(AT_ONCE)
        connector = aiohttp.TCPConnector(limit=AT_ONCE, ssl=house.trusting())
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as http:

            async def guarded(door: Door, attack: Attack, number: int) -> str:
                async with gate:
                    wrong = await one(house, http, door, attack)
                return f"{door.label}, example {number}: {wrong}" if wrong else ""

            jobs = [guarded(door, attack, n) for door in at for n, attack in enumerate(attacks)]
            found = [wrong for wrong in await asyncio.gather(*jobs) if wrong]
            return found + await works(house, http)

    assert len(attacks) >= ENOUGH
    return asyncio.run(story())


@pytest.mark.parametrize("endpoint", ["edi2", "address_register", "helseid", "control"])
@pytest.mark.parametrize("name", JSON)
def test_json_interfaces(house: Besieged, endpoint: str, name: str) -> None:
    """Each example at each operation it is for: a documented status, a typed body, no trace, in time."""
    clinic = house.up["clinic"]
    own, number = str(clinic["service_her_ids"][0]), str(clinic["organisation_number"])
    at = {
        "edi2": lambda: doors.edi2(own),
        "address_register": lambda: doors.address_register(own, number),
        "helseid": lambda: doors.helseid(house.up["credentials"]["test_tokens"]["auth_key"]),
        "control": doors.control,
    }[endpoint]()
    if name in OF_BODIES:
        at = [door for door in at if door.body is not None]
    assert besiege(house, at, JSON[name]) == []


@pytest.mark.parametrize("name", FORM)
def test_the_token_endpoint(house: Besieged, name: str) -> None:
    """HelseID's token endpoint takes a form, an assertion and a proof."""
    assert besiege(house, [TOKEN_DOOR], FORM[name]) == []


@pytest.mark.parametrize("name", DER)
def test_ocsp(house: Besieged, name: str) -> None:
    """The authority's responder, and the one that publishes what it says."""
    assert besiege(house, doors.OCSP_DOORS, DER[name]) == []


@pytest.mark.parametrize("name", PATHS)
def test_what_is_published(house: Besieged, name: str) -> None:
    """Lists, certificates and OCSP by GET."""
    at = doors.certificates(str(house.up["clinic"]["organisation_number"]))
    assert besiege(house, at, PATHS[name]) == []


@pytest.mark.parametrize("name", sorted(set(soaps.classes("", "", "", "", "/")) - {"framing"}))
@pytest.mark.parametrize("service", SOAP)
def test_web_services(house: Besieged, service: str, name: str) -> None:
    """Both registers over SOAP 1.1: a fault, or plain text before there is an envelope."""
    endpoint, path, description, operation, argument, good = SOAP[service]
    door = doors.web_service(endpoint, path, description.ns, description.contract, operation, argument, good)
    attacks = soaps.classes(description.ns, operation, argument, good, path)[name]
    assert besiege(house, [door], attacks) == []


FRAMED = {
    "edi2": ("/Messages", "/Messages", doors.V2),
    "address_register": ("/api/v1/communicationparty/search", "/api/v1/event", doors.PROBLEM),
    "gp_register": ("/v2/flr/Basic", "/v2/flr", doors.soap),
    "helseid": ("/connect/token", "/.well-known/openid-configuration", doors.OAUTH),
    "authority": ("/ocsp", "/root.pem", doors.ERROR),
    "revocation": ("/ocsp", "/root.cer", doors.text),
    "control": ("/faults", "/clock", doors.ERROR),
}


@pytest.mark.parametrize("endpoint", FRAMED)
def test_what_is_no_http(house: Besieged, endpoint: str) -> None:
    """Requests whose framing is broken: refused in words, or the connection ends."""
    post, get, judge = FRAMED[endpoint]
    door, url = Door(endpoint, "POST", post, refuses=judge, basic=True), URL(house.url(endpoint))

    async def framed(attack: Attack) -> str:
        assert attack.raw is not None
        context = house.trusting() if url.scheme == "https" else None
        reader, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
        try:
            writer.write(attack.raw)
            await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
            async with asyncio.timeout(1.5):
                answer = await reader.read(100_000)
        except TimeoutError:
            return ""  # the rest of the request is waited for, as long as `serving.BODY_PATIENCE`
        except ConnectionError:
            return ""
        finally:
            writer.close()
        if not answer:
            return ""
        head, _, body = answer.partition(b"\r\n\r\n")
        kind = re.search(rb"(?i)content-type: ([\w/+-]+)", head)
        return verdict(door, "POST", int(head.split()[1]), kind[1].decode() if kind else "", body)

    async def story() -> list[str]:
        attacks = https.framing(post, get, b"Content-Type: application/json\r\n")
        assert len(attacks) >= ENOUGH
        found = await asyncio.gather(*(framed(attack) for attack in attacks))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=house.trusting())) as http:
            return [f"example {n}: {wrong}" for n, wrong in enumerate(found) if wrong] + await works(house, http)

    assert asyncio.run(story()) == []
