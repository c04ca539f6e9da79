"""The authority: a root to trust, and SEID 2 enterprise certificates for whoever is in the register."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from nhnfixtures.world import World
from nhnsim.authority.model import Authority
from nhnsim.network import Options, up
from nhntime import VirtualClock
from nhnwire.certificates import check_profile

if TYPE_CHECKING:
    from pathlib import Path

    from nhnsim.network import Network

ONLY = Options(only=("authority",), clock="virtual")


async def get(network: Network, path: str, accept: str = "*/*") -> tuple[int, str, bytes]:
    """Over TLS, trusting the lab's root."""
    connector = aiohttp.TCPConnector(ssl=network.lab.trusting())
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(network.urls["authority"] + path, headers={"Accept": accept}) as response,
    ):
        return response.status, response.content_type, await response.read()


def test_an_enterprise_certificate_follows_the_seid_2_profile() -> None:
    """Subject, usages, policies and three years of domain time; the chain ends at the root that `up` names."""

    async def story() -> None:
        async with await up(ONLY) as network:
            organisation = network.lab.world.clinic.organisation
            number = organisation.organisation_number
            root = x509.load_pem_x509_certificate((await get(network, "/root.pem"))[2])
            issuing = x509.load_pem_x509_certificate((await get(network, "/issuing.pem"))[2])
            assert root == x509.load_pem_x509_certificate(network.lab.trust.read_bytes())
            root.verify_directly_issued_by(root)
            issuing.verify_directly_issued_by(root)
            serials = set()
            for purpose, usages in (
                ("signing", {"content_commitment"}),
                ("encryption", {"digital_signature", "key_encipherment"}),
            ):
                status, media_type, der = await get(network, f"/certificates/enterprise/{number}/{purpose}")
                assert (status, media_type) == (200, "application/pkix-cert")
                certificate = x509.load_der_x509_certificate(der)
                certificate.verify_directly_issued_by(issuing)
                key = certificate.public_key()
                assert isinstance(key, rsa.RSAPublicKey)
                assert key.key_size == 3072
                subject = {name.oid: name.value for name in certificate.subject}
                assert subject == {
                    NameOID.COUNTRY_NAME: "NO",
                    NameOID.ORGANIZATION_NAME: organisation.name,
                    NameOID.COMMON_NAME: organisation.name,
                    NameOID.ORGANIZATION_IDENTIFIER: f"NTRNO-{number}",
                }
                usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
                assert usage.critical
                named = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
                assert {name for name in named if getattr(usage.value, name)} == usages
                policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
                assert "2.16.578.1.26.1.3.2" in {policy.policy_identifier.dotted_string for policy in policies}
                for absent in (x509.ExtendedKeyUsage, x509.SubjectAlternativeName, x509.CRLDistributionPoints):
                    with pytest.raises(x509.ExtensionNotFound):
                        certificate.extensions.get_extension_for_class(absent)
                # Nobody serves revocation yet, so that the certificates do not say where to ask.
                departures = {row.rule for row in check_profile(certificate, purpose) if row.severity == "error"}
                assert departures == {"SEID2-CDP", "SEID2-AIA"}
                now = network.clock.now()
                assert certificate.not_valid_before_utc == now
                assert certificate.not_valid_after_utc.strftime("%H:%M:%S") == "21:59:00"
                assert timedelta(days=3 * 365) < certificate.not_valid_after_utc - now < timedelta(days=3 * 366)
                assert (certificate.serial_number.bit_length() + 8) // 8 in {10, 11}
                serials.add(certificate.serial_number)
            assert len(serials) == 2

    asyncio.run(story())


def test_the_accept_field_chooses_the_form() -> None:
    """PEM for who asks for it, DER for everybody else; the same certificate each time."""

    async def story() -> None:
        async with await up(ONLY) as network:
            number = network.lab.world.clinic.organisation.organisation_number
            path = f"/certificates/enterprise/{number}/signing"
            _, media_type, pem = await get(network, path, "application/x-pem-file")
            assert media_type == "application/x-pem-file"
            assert x509.load_pem_x509_certificate(pem) == x509.load_der_x509_certificate((await get(network, path))[2])

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/certificates/enterprise/310000000/signing", b"No organisation"),
        ("/certificates/enterprise/..%2f..%2flab/signing", b"No organisation"),
        ("/nothing", b"Not Found"),
    ],
)
def test_what_is_not_there_is_not_found(path: str, words: bytes) -> None:
    """An organisation outside the register has no certificate, and no path leads out of the folder."""

    async def story() -> None:
        async with await up(ONLY) as network:
            status, media_type, body = await get(network, path)
            assert (status, media_type) == (404, "application/json")
            assert words in body
            number = network.lab.world.clinic.organisation.organisation_number
            assert (await get(network, f"/certificates/enterprise/{number}/auth"))[0] == 404

    asyncio.run(story())


def test_those_who_ask_at_once_get_the_same_certificate(tmp_path: Path) -> None:
    """One key is made, however many wait for it."""

    async def story() -> None:
        world = World(1)
        authority = Authority(tmp_path, world, VirtualClock())
        number = world.clinic.organisation.organisation_number
        found = await asyncio.gather(*(authority.enterprise(number, "signing") for _ in range(5)))
        assert len({certificate.serial_number for certificate in found}) == 1
        assert len(list((tmp_path / "enterprise").glob("*.pem"))) == 2

    asyncio.run(story())


def test_certificates_survive_a_restart_and_are_renewed_when_they_expire(tmp_path: Path) -> None:
    """Three years later, or back before it began, the organisation gets a new one with a new key."""

    async def story() -> None:
        world = World(1)
        number = world.clinic.organisation.organisation_number

        async def at(when: datetime) -> x509.Certificate:
            return await Authority(tmp_path, world, VirtualClock(when)).enterprise(number, "encryption")

        start = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
        first = await at(start)
        assert await at(start + timedelta(days=1000)) == first
        renewed = await at(start + timedelta(days=1100))
        assert renewed.public_key() != first.public_key()
        assert await at(start) not in {first, renewed}

    asyncio.run(story())
