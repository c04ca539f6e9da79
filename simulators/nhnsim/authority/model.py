"""The authority's state: its keys, and the enterprise certificates it has issued so far.

Everything is a file in the endpoint's folder, written before it is used, so that a restart goes on with the same
keys::

    root.pem  root-key.pem              made by the lab, which needs it for TLS
    issuing.pem  issuing-key.pem        the enterprise issuing CA, made when first asked for
    foreign.pem  foreign-key.pem        a CA of the same name that nobody trusts
    responder.pem  responder-key.pem    the OCSP responder
    ledger.json                         serial numbers given out, and revoked
    enterprise/NUMBER-PURPOSE.pem       certificate; -VARIANT for one that is wrong on purpose
    enterprise/NUMBER-PURPOSE-key.pem   its private key
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from nhnsim.authority import profiles
from nhnsim.authority.broken import FORMER, HONEST, VARIANTS
from nhnsim.authority.errors import AuthorityError
from nhnsim.authority.profiles import Issuer
from nhnsim.authority.revocation import HOLD, ROOT_LIST_LIFE, Responder, Revoked, new_responder, revocation_list
from nhnwire.certificates import ENTERPRISE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhnfixtures.world import Party, World
    from nhnsim.authority.broken import Variant
    from nhntime import Clock
    from nhnwire.certificates import Services

ISSUING: Final = "Enterprise CA"


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

    Args:
        folder: see the module.
        world: who there is.
        clock: domain time.
        services: where revocation is told; None when nowhere in this network.
    """

    def __init__(self, folder: Path, world: World, clock: Clock, services: Services | None = None) -> None:
        self._folder = folder
        self._world = world
        self._clock = clock
        self._services = services
        self._locks: dict[str, asyncio.Lock] = {}
        self._kept: dict[str, Issuer] = {}
        self.ledger = Ledger(folder / "ledger.json")
        self.root = load_or_make(folder, "root", lambda: profiles.new_root(profiles.new_ec_key()))

    async def issuing(self) -> Issuer:
        """The enterprise issuing CA."""
        return await self._issuer("issuing", self._new_issuing)

    async def foreign(self) -> Issuer:
        """A CA with the name of the issuing CA, under a root that nobody trusts."""
        return await self._issuer("foreign", _new_foreign)

    async def responder(self) -> Responder:
        """The OCSP responder of the issuing CA."""
        issuing = await self.issuing()
        own = await self._issuer("responder", lambda: _new_responder(issuing))
        return Responder(issuing, own.certificate, own.key)

    async def _issuer(self, name: str, make: Callable[[], Issuer]) -> Issuer:
        """A CA or responder, read (or made) once: reading a private key takes as long as many signatures."""
        async with self._lock(name):
            if name not in self._kept:
                self._kept[name] = await asyncio.to_thread(load_or_make, self._folder, name, make)
            return self._kept[name]

    async def enterprise(self, number: str, purpose: str, variant: str = HONEST.name) -> x509.Certificate:
        """An organisation's certificate; an honest one is renewed, with a new key, when it is not valid now.

        Args:
            number: organisation number.
            purpose: "signing" or "encryption".
            variant: `current`, or a name from `broken.VARIANTS` or `broken.FORMER`.

        Raises:
            AuthorityError: no such organisation, purpose or variant.
        """
        if purpose not in ENTERPRISE:
            raise AuthorityError(404, f"There are certificates for {' and '.join(ENTERPRISE)} only.")
        kind = {HONEST.name: HONEST, **FORMER, **VARIANTS}.get(variant)
        if kind is None:
            raise AuthorityError(404, f"There is no variant {variant!r}; there are {', '.join((*VARIANTS, *FORMER))}.")
        organisation = self._world.organisation(number)
        if organisation is None:
            raise AuthorityError(404, f"No organisation of this network has the number {number}.")
        suffix = "" if kind is HONEST else f"-{kind.name}"
        path = self._folder / "enterprise" / f"{organisation.organisation_number}-{purpose}{suffix}.pem"
        now = self._clock.now()
        start = (await self.enterprise(number, purpose)).not_valid_before_utc if kind.name in FORMER else now
        async with self._lock(path.name):
            if path.exists():
                certificate = x509.load_pem_x509_certificate(path.read_bytes())
                if kind is not HONEST or _is_valid(certificate, now):
                    return certificate
            return await self._issue(path, organisation, purpose, kind, start + kind.shift)

    async def _issue(
        self, path: Path, organisation: Party, purpose: str, kind: Variant, start: dt.datetime
    ) -> x509.Certificate:
        issuer = await (self.foreign() if kind.issuer == "foreign" else self.issuing())
        key = await asyncio.to_thread(profiles.new_rsa_key, 3072)
        holder = self._world.counterpart_organisation if kind.other_organisation else organisation
        certificate = profiles.new_enterprise(
            issuer,
            key,
            kind.profile(purpose),
            holder.organisation_number,
            holder.name,
            start,
            services=self._services,
            policy=kind.policy,
        )
        if kind.issuer == "issuing":
            self.ledger.issued(
                certificate.serial_number, Revoked(self._clock.now(), kind.revoked) if kind.revoked else None
            )
        write_private(path.with_name(f"{path.stem}-key.pem"), profiles.key_pem(key))
        write_private(path, profiles.certificate_pem(certificate))
        return certificate

    async def set_state(self, number: str, purpose: str, state: str, reason: str) -> x509.Certificate:
        """Revoke an organisation's honest certificate, put it on hold, or release it.

        Raises:
            AuthorityError: no such organisation or purpose, or a revocation is to be taken back.
        """
        certificate = await self.enterprise(number, purpose)
        serial, now = certificate.serial_number, self._clock.now().replace(microsecond=0)
        known = self.ledger.revoked.get(serial)
        if known is not None and known.reason != HOLD and state != "revoked":
            raise AuthorityError(409, "A revocation is for ever: only a hold can be released.")
        wanted = {"revoked": Revoked(now, reason), "hold": Revoked(now, HOLD), "good": None}
        self.ledger.set_state(serial, wanted[state])
        return certificate

    async def revocation_list(self) -> bytes:
        """The issuing CA's list, DER."""
        issuing, now = await self.issuing(), self._clock.now().replace(microsecond=0)
        return await asyncio.to_thread(
            revocation_list, issuing, dict(self.ledger.revoked), now=now, number=self.ledger.next_number()
        )

    def root_list(self) -> bytes:
        """The root's list, DER: it has revoked nobody."""
        now, number = self._clock.now().replace(microsecond=0), self.ledger.next_number()
        return revocation_list(self.root, {}, now=now, number=number, life=ROOT_LIST_LIFE)

    async def status(self, request: bytes) -> bytes:
        """The answer to an OCSP request, DER."""
        responder, now = await self.responder(), self._clock.now().replace(microsecond=0)
        return responder.answer(request, now=now, known=self.ledger.knows, revoked=self.ledger.revoked)

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
                "revoked": entry.reason if (entry := self.ledger.revoked.get(certificate.serial_number)) else None,
            }
            for stem, certificate in certificates
        ]

    def _new_issuing(self) -> Issuer:
        return profiles.new_issuing(self.root, profiles.new_rsa_key(3072), ISSUING)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


class Ledger:
    """Which serial numbers the issuing CA has given out, and which of them may not be relied on; a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept: dict[str, Any] = {"issued": [], "revoked": {}, "number": 0}
        if path.exists():
            kept = json.loads(path.read_bytes())
        self._issued = {int(serial) for serial in kept["issued"]}
        self._number = int(kept["number"])
        self.revoked = {
            int(serial): Revoked(dt.datetime.fromisoformat(row["since"]), row["reason"])
            for serial, row in kept["revoked"].items()
        }

    def knows(self, serial: int) -> bool:
        """True for a serial number that was given out."""
        return serial in self._issued

    def issued(self, serial: int, revoked: Revoked | None) -> None:
        """A certificate is about to exist."""
        self._issued.add(serial)
        self.set_state(serial, revoked)

    def set_state(self, serial: int, revoked: Revoked | None) -> None:
        """It is revoked, or it is not."""
        others = {known: entry for known, entry in self.revoked.items() if known != serial}
        self.revoked = others if revoked is None else {**others, serial: revoked}
        self._keep()

    def next_number(self) -> int:
        """Of the next revocation list."""
        self._number += 1
        self._keep()
        return self._number

    def _keep(self) -> None:
        rows = {
            str(serial): {"since": one.since.isoformat(), "reason": one.reason} for serial, one in self.revoked.items()
        }
        kept = {"issued": [str(serial) for serial in sorted(self._issued)], "revoked": rows, "number": self._number}
        write_private(self._path, json.dumps(kept).encode())


def _is_valid(certificate: x509.Certificate, now: dt.datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def _new_foreign() -> Issuer:
    root = profiles.new_root(profiles.new_ec_key())
    return profiles.new_issuing(root, profiles.new_rsa_key(3072), ISSUING)


def _new_responder(issuing: Issuer) -> Issuer:
    key = profiles.new_ec_key()
    return Issuer(new_responder(issuing, key), key)
