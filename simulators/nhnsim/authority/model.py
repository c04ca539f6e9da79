"""The authority's state: its keys, and the enterprise certificates it has issued so far.

Everything is a file in the endpoint's folder, written before it is used, so that a restart goes on with the same
keys::

    root.pem  root-key.pem              made by the lab, which needs it for TLS
    issuing.pem  issuing-key.pem        the enterprise issuing CA, made when first asked for
    enterprise/NUMBER-PURPOSE.pem       certificate
    enterprise/NUMBER-PURPOSE-key.pem   its private key
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from cryptography import x509

from nhnsim.authority import profiles
from nhnsim.authority.errors import AuthorityError
from nhnsim.authority.profiles import Issuer
from nhnwire.certificates import ENTERPRISE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhnfixtures.world import World
    from nhntime import Clock


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, on disk and whole before it has its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load_or_make(folder: Path, name: str, make: Callable[[], Issuer]) -> Issuer:
    """A CA from `name.pem` and `name-key.pem`, made and written when it is not there.

    Raises:
        ValueError: the files are damaged.
    """
    certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    if not certificate.exists():
        issuer = make()
        write_private(key, profiles.key_pem(issuer.key))
        write_private(certificate, profiles.certificate_pem(issuer.certificate))
    return Issuer(x509.load_pem_x509_certificate(certificate.read_bytes()), profiles.read_key(key.read_bytes()))


class Authority:
    """Issues enterprise certificates to any organisation of the world, one set each, when first asked for.

    Keys are made in threads. Two requests for the same thing wait for the same key.
    """

    def __init__(self, folder: Path, world: World, clock: Clock) -> None:
        self._folder = folder
        self._world = world
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}
        self.root = load_or_make(folder, "root", lambda: profiles.new_root(profiles.new_ec_key()))

    async def issuing(self) -> Issuer:
        """The enterprise issuing CA."""
        async with self._lock("issuing"):
            return await asyncio.to_thread(load_or_make, self._folder, "issuing", self._new_issuing)

    async def enterprise(self, number: str, purpose: str) -> x509.Certificate:
        """An organisation's certificate; renewed, with a new key, when it is not valid at the domain's now.

        Args:
            number: organisation number.
            purpose: "signing" or "encryption".

        Raises:
            AuthorityError: no such organisation or purpose.
        """
        profile = ENTERPRISE.get(purpose)
        if profile is None:
            raise AuthorityError(404, f"There are certificates for {' and '.join(ENTERPRISE)} only.")
        organisation = self._world.organisation(number)
        if organisation is None:
            raise AuthorityError(404, f"No organisation of this network has the number {number}.")
        path = self._folder / "enterprise" / f"{organisation.organisation_number}-{purpose}.pem"
        async with self._lock(path.name):
            if path.exists():
                certificate = x509.load_pem_x509_certificate(path.read_bytes())
                if certificate.not_valid_before_utc <= self._clock.now() < certificate.not_valid_after_utc:
                    return certificate
            issuer = await self.issuing()
            key = await asyncio.to_thread(profiles.new_rsa_key, 3072)
            certificate = profiles.new_enterprise(
                issuer, key, profile, organisation.organisation_number, organisation.name, self._clock.now()
            )
            write_private(path.with_name(f"{path.stem}-key.pem"), profiles.key_pem(key))
            write_private(path, profiles.certificate_pem(certificate))
            return certificate

    def issued(self) -> list[dict[str, object]]:
        """What has been issued and not been replaced."""
        paths = sorted((self._folder / "enterprise").glob("*.pem"))
        certificates = [
            (path.stem, x509.load_pem_x509_certificate(path.read_bytes()))
            for path in paths
            if not path.stem.endswith("-key")
        ]
        return [
            {
                "organisation_number": stem.partition("-")[0],
                "purpose": stem.partition("-")[2],
                "serial_number": str(certificate.serial_number),
                "not_before": certificate.not_valid_before_utc.isoformat(),
                "not_after": certificate.not_valid_after_utc.isoformat(),
            }
            for stem, certificate in certificates
        ]

    def _new_issuing(self) -> Issuer:
        return profiles.new_issuing(self.root, profiles.new_rsa_key(3072), "Enterprise CA")

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())
