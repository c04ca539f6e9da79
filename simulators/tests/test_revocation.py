"""Revocation over plain HTTP: lists and OCSP, judged by OpenSSL and our own reading; certificates wrong on purpose."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnsim.authority.broken import VARIANTS
from nhnsim.network import Network, Options, up
from nhnwire.certificates import (
    State,
    may_encrypt,
    may_sign,
    organisation_number_of,
    read_answer,
    read_list,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

OPTIONS = Options(only=("authority", "revocation", "helseid", "address_register"), clock="virtual")


class Field:
    """A network, and what one asks of it."""

    def __init__(self, network: Network, http: aiohttp.ClientSession) -> None:
        self.network = network
        self.http = http
        self.number = network.lab.world.clinic.organisation.organisation_number
        self.url = network.urls["revocation"]

    async def certificate(self, purpose: str = "signing", variant: str = "current") -> x509.Certificate:
        url = f"{self.network.urls['authority']}/certificates/enterprise/{self.number}/{purpose}?variant={variant}"
        async with self.http.get(url) as answer:
            assert answer.status == 200, await answer.text()
            return x509.load_der_x509_certificate(await answer.read())

    async def get(self, path: str) -> tuple[int, str, bytes]:
        async with self.http.get(self.url + path) as answer:
            return answer.status, answer.content_type, await answer.read()

    async def issuer(self) -> x509.Certificate:
        return x509.load_der_x509_certificate((await self.get("/issuing.cer"))[2])

    async def ask(self, request: bytes, kind: str = "application/ocsp-request") -> tuple[int, bytes]:
        async with self.http.post(f"{self.url}/ocsp", data=request, headers={"Content-Type": kind}) as answer:
            return answer.status, await answer.read()

    async def set(self, **wish: object) -> None:
        url = f"{self.network.urls['control']}/endpoints/authority/changes"
        async with self.http.post(url, json={"organisation_number": self.number, "purpose": "signing", **wish}) as done:
            assert done.status == 200, await done.text()

    async def states(self, certificate: x509.Certificate) -> tuple[State, State]:
        """What list and OCSP say of a certificate, by our own reading."""
        issuer, now = await self.issuer(), self.network.clock.now()
        word = read_list((await self.get("/crl/enterprise.crl"))[2]).word(certificate, issuer)
        assert word.fresh_at(now)
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
        answer = read_answer((await self.ask(request.public_bytes(Encoding.DER)))[1])
        return word.state, answer.word(certificate, issuer, now=now).state


def in_field(story: Callable[[Field], Awaitable[None]], options: Options = OPTIONS) -> None:
    """Play a story in a network of its own."""

    async def run() -> None:
        async with await up(options) as network:
            connector = aiohttp.TCPConnector(ssl=network.lab.trusting())
            async with aiohttp.ClientSession(connector=connector) as http:
                await story(Field(network, http))

    asyncio.run(run())


def test_a_certificate_is_good_revoked_held_and_released() -> None:
    """List and OCSP agree at each step; a revocation is for ever, a hold is not."""

    async def story(field: Field) -> None:
        certificate = await field.certificate()
        assert await field.states(certificate) == (State.GOOD, State.GOOD)
        await field.set(state="hold")
        assert await field.states(certificate) == (State.HOLD, State.HOLD)
        await field.set(state="good")
        assert await field.states(certificate) == (State.GOOD, State.GOOD)
        await field.set(state="revoked", reason="keyCompromise")
        assert await field.states(certificate) == (State.REVOKED, State.REVOKED)
        url = f"{field.network.urls['control']}/endpoints/authority/changes"
        wish = {"organisation_number": field.number, "purpose": "signing", "state": "good"}
        async with field.http.post(url, json=wish) as answer:
            assert answer.status == 400
            assert "for ever" in (await answer.json())["error"]

    in_field(story)


def test_certificates_point_to_where_they_are_judged() -> None:
    """CDP, OCSP and issuer's certificate: each address in the certificate answers."""

    async def story(field: Field) -> None:
        certificate = await field.certificate()
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        name = (points[0].full_name or [])[0]
        assert name.value.startswith("http://")
        assert (await field.get(name.value.removeprefix(field.url)))[:2] == (200, "application/pkix-crl")
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        places = {row.access_method._name: row.access_location.value for row in access}
        assert places["OCSP"] == f"{field.url}/ocsp"
        found = x509.load_der_x509_certificate((await field.get(places["caIssuers"].removeprefix(field.url)))[2])
        certificate.verify_directly_issued_by(found)

    in_field(story)


@pytest.mark.integration("openssl", apt="openssl")
def test_openssl_agrees(tmp_path: Path) -> None:
    """`openssl verify -crl_check` and `openssl ocsp` say of good and revoked certificates what they are."""

    async def story(field: Field) -> None:
        issuer = await field.issuer()
        root = field.network.lab.trust.read_bytes()
        (tmp_path / "root.pem").write_bytes(root)
        (tmp_path / "issuing.pem").write_bytes(issuer.public_bytes(Encoding.PEM))
        (tmp_path / "trust.pem").write_bytes(root + issuer.public_bytes(Encoding.PEM))
        at = str(int(field.network.clock.now().timestamp()))
        for variant, good in (("current", True), ("revoked", False), ("on-hold", False)):
            certificate = await field.certificate(variant=variant)
            path = tmp_path / f"{variant}.pem"
            path.write_bytes(certificate.public_bytes(Encoding.PEM))
            for name in ("enterprise", "root"):
                (tmp_path / f"{name}.crl").write_bytes((await field.get(f"/crl/{name}.crl"))[2])
            verify = ["openssl", "verify", "-attime", at, "-crl_check_all", "-CAfile", str(tmp_path / "trust.pem")]
            for name in ("enterprise", "root"):
                pem = tmp_path / f"{name}.pem.crl"
                run("openssl", "crl", "-inform", "DER", "-in", str(tmp_path / f"{name}.crl"), "-out", str(pem))
                verify += ["-CRLfile", str(pem)]
            done = await asyncio.to_thread(run, *verify, str(path))
            assert (done.returncode == 0) is good, done.stdout + done.stderr
            asked = ["openssl", "ocsp", "-issuer", str(tmp_path / "issuing.pem"), "-cert", str(path)]
            asked += ["-url", f"{field.url}/ocsp", "-CAfile", str(tmp_path / "trust.pem"), "-attime", at]
            # The answer is dated in domain time, years from the machine's.
            asked += ["-validity_period", str(10**9)]
            said = await asyncio.to_thread(run, *asked)
            assert ("good" in said.stdout) is good, said.stdout + said.stderr
            assert ("revoked" in said.stdout) is not good, said.stdout + said.stderr
            assert "Response verify OK" in said.stderr, said.stderr

    in_field(story)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """A command and what it said."""
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_each_broken_certificate_is_wrong_in_its_declared_way() -> None:
    """Dates, usage, issuer, organisation, policy, revocation: each differs from the honest one in one thing."""

    async def story(field: Field) -> None:
        now, issuer = field.network.clock.now(), await field.issuer()
        for name in ("current", *VARIANTS):
            one = await field.certificate(variant=name)
            facts: dict[str, bool] = {
                "expired": one.not_valid_after_utc < now,
                "not-yet-valid": one.not_valid_before_utc > now,
                "revoked": (await field.states(one))[1] is State.REVOKED if name != "wrong-issuer" else False,
                "on-hold": (await field.states(one))[1] is State.HOLD if name != "wrong-issuer" else False,
                "wrong-usage": may_encrypt(one) or not may_sign(one),
                "wrong-issuer": _is_foreign(one, issuer),
                "foreign-organisation": organisation_number_of(one) != field.number,
                "wrong-policy": "2.16.578.1.26.1.3.1" in str(one.extensions),
            }
            assert [key for key, value in facts.items() if value] == ([] if name == "current" else [name]), name

    in_field(story)


def _is_foreign(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - whatever it is, it is not the issuer's
        return True
    return False


def test_the_register_hands_out_what_it_is_told_to() -> None:
    """A receiver whose certificate is on hold: the register shows that one until it is told otherwise."""

    async def story(field: Field) -> None:
        her_id = field.network.lab.world.clinic.organisation.her_id
        register: Any = field.network.house.endpoints["address_register"]
        await register.change({"her_id": her_id, "certificate": "on-hold"})
        party = register.register.party(her_id)
        pair = await register._pair(party)
        held = await field.certificate(variant="on-hold")
        assert pair.signing.valid_from == held.not_valid_before_utc.isoformat()
        assert pair.signing.thumbprint == held.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - a thumbprint

    in_field(story)


def test_answers_to_what_is_no_request_and_to_whom_we_do_not_know() -> None:
    """Garbage is malformed, another issuer is unauthorised; a nonce comes back; GET does as POST."""

    async def story(field: Field) -> None:
        issuer, certificate = await field.issuer(), await field.certificate()
        status, answer = await field.ask(b"\x30\x03\x02\x01\x05")
        assert status == 200
        malformed = ocsp.load_der_ocsp_response(answer)
        assert malformed.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        root = x509.load_pem_x509_certificate(field.network.lab.trust.read_bytes())
        request = ocsp.OCSPRequestBuilder().add_certificate(issuer, root, hashes.SHA1()).build()  # noqa: S303 - as clients do
        refused = ocsp.load_der_ocsp_response((await field.ask(request.public_bytes(Encoding.DER)))[1])
        assert refused.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303 - as above
        asked = builder.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False).build()
        der = asked.public_bytes(Encoding.DER)
        good = ocsp.load_der_ocsp_response((await field.ask(der))[1])
        assert good.certificate_status is ocsp.OCSPCertStatus.GOOD
        assert good.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"0123456789abcdef"
        got = await field.get(f"/ocsp/{quote(base64.b64encode(der).decode(), safe='')}")
        assert ocsp.load_der_ocsp_response(got[2]).certificate_status is ocsp.OCSPCertStatus.GOOD
        assert (await field.get("/ocsp/***"))[0] == 400
        assert (await field.ask(der, "text/plain"))[0] == 415
        assert (await field.ask(b"x" * 20_000))[0] == 413

    in_field(story)


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_responder(data: bytes) -> None:
    """Whatever comes, a response of OCSP goes out."""
    from nhnsim.authority import profiles  # noqa: PLC0415 - for this test alone
    from nhnsim.authority.revocation import Responder, new_responder  # noqa: PLC0415 - as above

    issuer, key = _issuer(), profiles.new_ec_key()
    responder = Responder(issuer, new_responder(issuer, key), key)
    now = profiles.CA_FROM + timedelta(days=1)
    answer = ocsp.load_der_ocsp_response(responder.answer(data, now=now, known=set().__contains__, revoked={}))
    assert answer.response_status in ocsp.OCSPResponseStatus


_MADE: list[Any] = []


def _issuer() -> Any:
    from nhnsim.authority import profiles  # noqa: PLC0415 - as above

    if not _MADE:
        root = profiles.new_root(profiles.new_ec_key())
        _MADE.append(profiles.new_issuing(root, profiles.new_rsa_key(2048), "Enterprise CA"))
    return _MADE[0]


def test_holds_and_serial_numbers_survive_a_restart(tmp_path: Path) -> None:
    """What was put on hold before the network stopped is on hold when it is up again; numbers of lists go on."""

    async def held(field: Field) -> None:
        await field.certificate()
        await field.set(state="hold")
        seen.append(read_list((await field.get("/crl/enterprise.crl"))[2]).number or 0)

    async def still_held(field: Field) -> None:
        assert await field.states(await field.certificate()) == (State.HOLD, State.HOLD)
        assert (read_list((await field.get("/crl/enterprise.crl"))[2]).number or 0) > seen[0]

    seen: list[int] = []
    options = Options(state=tmp_path / "lab", only=OPTIONS.only, clock="virtual")
    in_field(held, options)
    in_field(still_held, options)
