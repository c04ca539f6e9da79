"""`provenett kit`: everything an EHR needs to join a lab's network, in one folder."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenett.say import complain, say

if TYPE_CHECKING:
    import argparse

    from nhnsim.network import Resolver

PURPOSES = ("signing", "encryption")
DEFAULT_PASSWORD = "provenett"  # noqa: S105 - the keys are synthetic, and PKCS#12 asks for some password

DESCRIPTION = """\
Write what an EHR needs to join a lab's network into one folder: its keys as PEM and PKCS#12, the trust root, endpoints
and HER-ids, people to load, a SUT file to fill in, and the SUT contract. The network of the lab is started for it (and
stopped again), or, when it is already up, described with --attach.
"""

EPILOG = """\
exit code:
  0  written
  1  the lab's network could not be started or asked
  2  this command was used wrongly

examples:
  provenett kit --state lab --out kit
  provenett kit --state lab --out kit --bind 0.0.0.0 --public-host nhn.example   for an EHR on another machine
  provenett up --state lab --json > up.json &
  provenett kit --attach up.json --out kit
"""

GUIDE = """\
A kit for the EHR under test
============================

Everything in here is synthetic. The password of the .p12 files is: {password}

network.json                 endpoints, credentials, organisation number, HER-ids and users; paths are relative to it
trust.pem, trust.cer         the root that the network's server certificates lead to (PEM, DER)
helseid.pem, helseid.p12     private key of the HelseID client (its client id and scopes are in network.json)
helseid.jwk.json             the public half
signing.*, encryption.*      enterprise certificates of the organisation, with their private keys (.pem, .p12)
issuing.pem                  the CA between those and the root
people.json                  patients and users to have in the EHR, as the contract's operation `world` takes them
sut.toml                     a SUT file to fill in: provenett conform --state LAB --sut sut.toml
contract.json                the SUT contract (OpenAPI 3.1), every operation optional
"""


def parents() -> list[argparse.ArgumentParser]:
    """The network's own options, which stand in one place."""
    from nhnsim.__main__ import options_parser  # noqa: PLC0415 - slow to import

    return [options_parser()]


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell our options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="gets the kit; must be new or empty")
    parser.add_argument("--attach", type=Path, metavar="UP.json", help="a network that is already up")
    parser.add_argument(
        "--password", default=DEFAULT_PASSWORD, metavar="TEXT", help=f"of the .p12 files (default: {DEFAULT_PASSWORD})"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 written, 1 no network, 2 used wrongly."""
    import aiohttp  # noqa: PLC0415 - slow to import

    from nhnsim.network import STARTING_ERRORS  # noqa: PLC0415 - as above

    if (arguments.state is None) == (arguments.attach is None):
        complain("name either a lab to keep (--state DIR) or a network that is up (--attach UP.json)")
        return 2
    try:
        arguments.out.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(arguments.out.iterdir()):
            complain(f"{arguments.out} holds something already; name a new folder")
            return 2
    except OSError as error:
        complain(f"{arguments.out} cannot be written: {error.strerror}; name another folder")
        return 2
    known: tuple[type[Exception], ...] = (*STARTING_ERRORS, aiohttp.ClientError, TimeoutError)
    try:
        asyncio.run(_attached(arguments) if arguments.attach else _started(arguments))
    except (ValueError, KeyError, OSError) as error:
        complain(f"no kit could be made: {error!s}; give --attach what `provenett up --json` printed on this machine")
        return 2 if arguments.attach else 1
    except known as error:
        complain(str(error))
        return 1
    say(f"the kit is in {arguments.out}; begin with {arguments.out / 'README.txt'}")
    return 0


async def _attached(arguments: argparse.Namespace) -> None:
    facts = json.loads(await asyncio.to_thread(arguments.attach.read_bytes))
    await _write(facts, arguments, None)


async def _started(arguments: argparse.Namespace) -> None:
    from nhnsim.__main__ import options_from  # noqa: PLC0415 - slow to import
    from nhnsim.network import Resolver, up  # noqa: PLC0415 - as above

    options = options_from(arguments)
    async with await up(options) as network:
        await _write(network.describe(), arguments, Resolver(options))


async def _write(facts: dict[str, Any], arguments: argparse.Namespace, resolver: Resolver | None) -> None:
    """Ask for the certificates, which makes them, and write the folder in a thread."""
    import aiohttp  # noqa: PLC0415 - slow to import

    trust = await asyncio.to_thread(ssl.create_default_context, cafile=facts["trust"])
    number = facts["clinic"]["organisation_number"]
    authority = facts["endpoints"]["authority"]["url"]
    pages = {purpose: f"{authority}/certificates/enterprise/{number}/{purpose}" for purpose in PURPOSES}
    pages["issuing"] = f"{authority}/issuing.pem"
    certificates: dict[str, bytes] = {}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust, resolver=resolver)) as http:
        for name, url in pages.items():
            async with http.get(url, headers={"Accept": "application/x-pem-file"}) as answer:
                answer.raise_for_status()
                certificates[name] = await answer.read()
    await asyncio.to_thread(_files, facts, certificates, arguments.out, arguments.password)


def _files(facts: dict[str, Any], certificates: dict[str, bytes], out: Path, password: str) -> None:
    from cryptography import x509  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - as above

    from nhnconform.contract import openapi_bytes  # noqa: PLC0415 - as above
    from nhnconform.drivers import TEMPLATE  # noqa: PLC0415 - as above
    from nhnsim.authority.model import write_private  # noqa: PLC0415 - as above

    trust = Path(facts["trust"]).read_bytes()
    root = x509.load_pem_x509_certificate(trust)
    issuing = x509.load_pem_x509_certificate(certificates["issuing"])
    (out / "trust.pem").write_bytes(trust)
    (out / "trust.cer").write_bytes(root.public_bytes(Encoding.DER))
    (out / "issuing.pem").write_bytes(certificates["issuing"])
    credential = next(one for one in facts["credentials"].values() if "key" in one)
    key = Path(credential["key"]).read_bytes()
    write_private(out / "helseid.pem", key)
    write_private(out / "helseid.p12", _pkcs12("helseid", key, None, [], password))
    (out / "helseid.jwk.json").write_text(_jwk(key, credential["kid"]), encoding="utf-8")
    enterprise = Path(facts["state"]) / "authority" / "enterprise"
    for purpose in PURPOSES:
        private = (enterprise / f"{facts['clinic']['organisation_number']}-{purpose}-key.pem").read_bytes()
        certificate = x509.load_pem_x509_certificate(certificates[purpose])
        write_private(out / f"{purpose}.pem", private + certificates[purpose])
        write_private(out / f"{purpose}.p12", _pkcs12(purpose, private, certificate, [issuing, root], password))
    write_private(out / "network.json", json.dumps(_for_elsewhere(facts), indent=1, ensure_ascii=False).encode())
    (out / "people.json").write_text(_people(facts), encoding="utf-8")
    (out / "sut.toml").write_text(TEMPLATE, encoding="utf-8")
    (out / "contract.json").write_bytes(openapi_bytes())
    (out / "README.txt").write_text(GUIDE.format(password=password), encoding="utf-8")


def _pkcs12(name: str, key: bytes, certificate: Any, chain: list[Any], password: str) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415 - as above

    private: Any = serialization.load_pem_private_key(key, None)
    how = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), private, certificate, chain, how)


def _jwk(key: bytes, kid: str) -> str:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - as above
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415 - as above

    from nhnwire.helseid import public_jwk  # noqa: PLC0415 - as above

    rsa = isinstance(serialization.load_pem_private_key(key, None), RSAPrivateKey)
    return json.dumps(public_jwk((RSAKey if rsa else ECKey).import_key(key), kid=kid), indent=1)


def _for_elsewhere(facts: dict[str, Any]) -> dict[str, Any]:
    """The network's description for an EHR: file names of the kit, and nothing of the judge's."""
    mine = {name: value for name, value in facts.items() if name not in {"counterparts", "state", "control", "console"}}
    credentials = {
        name: {**one, "key": "helseid.pem"} if "key" in one else one for name, one in facts["credentials"].items()
    }
    return {**mine, "trust": "trust.pem", "credentials": credentials}


def _people(facts: dict[str, Any]) -> str:
    from nhnfixtures.world import World  # noqa: PLC0415 - slow to import

    world = World(facts["seed"], facts["tier"])
    patients = [
        {"number": one.number, "given_name": one.given_name, "family_name": one.family_name}
        for one in world.clinic.patients
    ]
    users = [
        {
            "id": one.id,
            "name": f"{one.given_name} {one.family_name}",
            "role": one.role,
            **({"hpr": one.hpr} if one.hpr else {}),
            **({"her_id": one.her_id} if one.her_id else {}),
        }
        for one in world.clinic.users
    ]
    return json.dumps({"patients": patients, "users": users}, indent=1, ensure_ascii=False)
