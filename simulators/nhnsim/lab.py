"""The lab: what stays the same from one run to the next.

A folder (`--state DIR`) with the seed, the ports, the CA and every key; without one, a temporary folder that goes
with the process. What is not there is made, what is there is used::

    lab.json        version, seed, tier, ports
    lock            held while a network runs
    trust.pem       the root certificate, for everybody who connects
    clients.json    the public keys of the HelseID clients, by client id
    clients/        their private keys, NAME.pem
    passwords.key   the secret from which passwords of the registers' web services follow
    tls/            the network's server certificate with its key and its issuer
    ENDPOINT/       each endpoint's own folder
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import fcntl
import hmac
import json
import re
import secrets
import shutil
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import ECKey, RSAKey

from nhnfixtures.world import TIERS, World
from nhnsim.authority import profiles
from nhnsim.authority.model import load_or_make, write_private
from nhnwire.helseid import public_jwk, thumbprint

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from nhnfixtures.world import Client

VERSION: Final = 1
DEFAULT_SEED: Final = 1
RENEW: Final = dt.timedelta(days=7)
ALWAYS: Final = ("localhost", "127.0.0.1", "::1")


class LabError(Exception):
    """The lab cannot be used as asked; the text says why and what to do."""


@dataclass(frozen=True)
class Credential:
    """A HelseID client of this lab with its private key.

    Attributes:
        client: from the seeded world.
        path: the key's PEM file.
        pem: its content.
        jwk: the public half.
        kid: the key's RFC 7638 thumbprint.
    """

    client: Client
    path: Path
    pem: bytes
    jwk: Mapping[str, str]
    kid: str


class Lab:
    """An opened lab; a context manager that lets it go."""

    def __init__(
        self, state: Path, *, temporary: bool, lock: TextIO, facts: dict[str, Any], hosts: Sequence[str]
    ) -> None:
        self.state = state
        self.seed: int = facts["seed"]
        self.world = World(self.seed, facts.get("tier", TIERS[0]))
        self._facts = facts
        self._temporary = temporary
        self._lock = lock
        self.hosts = tuple(dict.fromkeys((*ALWAYS, *hosts)))
        self.trust = state / "trust.pem"
        root = load_or_make(state / "authority", "root", lambda: profiles.new_root(profiles.new_ec_key()))
        self._root = root
        if not self.trust.exists():
            self.trust.write_bytes(profiles.certificate_pem(root.certificate))

    @classmethod
    def open(
        cls, state: Path | None = None, seed: int | None = None, hosts: Sequence[str] = (), tier: int | None = None
    ) -> Lab:
        """Open or make a lab.

        Args:
            state: its folder; None for a temporary one.
            seed: of the world; None for the lab's own, or 1 in a new lab.
            hosts: names and addresses beyond `ALWAYS` for the server certificate.
            tier: parties in the register, one of `TIERS`; None for the lab's own, or 200 in a new lab.

        Raises:
            LabError: the folder is in use, is no lab, or has another seed or tier.
        """
        _check(hosts)
        temporary = state is None
        folder = Path(tempfile.mkdtemp(prefix="provenett-")) if state is None else state.resolve()
        lock = _lock(folder)
        try:
            return cls(folder, temporary=temporary, lock=lock, facts=_facts(folder, seed, tier), hosts=hosts)
        except BaseException as error:
            lock.close()
            if temporary:
                shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, ValueError | OSError):
                raise LabError(f"{folder} cannot be read: {error}. Remove it, or name another --state.") from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the folder go; a temporary one is removed."""
        self._lock.close()
        if self._temporary:
            shutil.rmtree(self.state, ignore_errors=True)

    def port(self, name: str, offset: int, base: int | None) -> int:
        """The port for an endpoint: from `--port-base`, else the one of last time, else 0 for a free one."""
        if base is not None:
            return base + offset
        return int(self._facts["ports"].get(name, 0))

    def remember(self, sockets: Mapping[str, socket.socket]) -> None:
        """Write down which ports the endpoints got."""
        ports = {name: sock.getsockname()[1] for name, sock in sockets.items()}
        if not ports.items() <= self._facts["ports"].items():
            self._facts["ports"].update(ports)
            _write_facts(self.state, self._facts)

    def folder(self, name: str) -> Path:
        """An endpoint's own folder."""
        path = self.state / name
        path.mkdir(exist_ok=True)
        return path

    def tls(self) -> ssl.SSLContext:
        """The server side of TLS 1.2 or newer, with a certificate for all hosts that is valid in real time."""
        folder = self.state / "tls"
        server = folder / "server.pem"
        now = dt.datetime.now(dt.UTC)
        if not _covers(server, self.hosts, now):
            issuing = load_or_make(
                folder, "issuing", lambda: profiles.new_issuing(self._root, profiles.new_ec_key(), "TLS CA")
            )
            leaf_key = profiles.new_ec_key()
            leaf = profiles.new_tls_leaf(issuing, leaf_key, self.hosts, now)
            chain = (profiles.certificate_pem(leaf), profiles.certificate_pem(issuing.certificate))
            write_private(server, b"".join((profiles.key_pem(leaf_key), *chain)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(server)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def trusting(self) -> ssl.SSLContext:
        """The client side of TLS: trusts this lab's root and nothing else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.trust)
        return context

    def password(self, organisation_number: str) -> str:
        """The password of an organisation's user (`OrgUsr` and its number) at the registers' web services.

        It follows from a secret of this lab, which is made when first needed.
        """
        path = self.state / "passwords.key"
        if not path.exists():
            write_private(path, secrets.token_bytes(32))
        made = hmac.digest(path.read_bytes(), organisation_number.encode(), "sha256")
        return base64.b32encode(made[:15]).decode()

    def credential(self, client: Client) -> Credential:
        """A client's key, made when first asked for; call it in a thread.

        RSA-2048 (PS256 or RS256) or EC P-256 (ES256), as the client's row says.
        """
        path = self.state / "clients" / f"{client.name}.pem"
        if not path.exists():
            rsa = client.key == "RSA"
            write_private(path, profiles.key_pem(profiles.new_rsa_key(2048) if rsa else profiles.new_ec_key()))
        pem = path.read_bytes()
        # Our own key: asking anew whether its primes are primes takes longer than everything else here.
        public = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True).public_key()
        assert isinstance(public, RSAPublicKey | EllipticCurvePublicKey), "there are clients of these two kinds only"
        key = RSAKey.import_key(public) if isinstance(public, RSAPublicKey) else ECKey.import_key(public)
        jwk = public_jwk(key)
        return Credential(client, path, pem, jwk, thumbprint(jwk))

    def publish(self, credentials: Sequence[Credential]) -> None:
        """Write `clients.json`, from which HelseID learns its clients."""
        clients = {
            credential.client.client_id: {
                "name": credential.client.name,
                "jwk": {**credential.jwk, "kid": credential.kid},
                "organisation_number": credential.client.organisation_number,
                "scopes": list(credential.client.scopes),
                "tenancy": credential.client.tenancy,
                "children": list(credential.client.children),
                "delegations": list(credential.client.delegations),
            }
            for credential in credentials
        }
        write_private(self.state / "clients.json", json.dumps(clients, indent=1).encode())


def _facts(folder: Path, seed: int | None, tier: int | None) -> dict[str, Any]:
    path = folder / "lab.json"
    if not path.exists():
        facts: dict[str, Any] = {
            "version": VERSION,
            "seed": DEFAULT_SEED if seed is None else seed,
            "tier": tier or TIERS[0],
            "ports": {},
        }
        _write_facts(folder, facts)
        return facts
    try:
        facts = json.loads(path.read_bytes())
        version, have = facts["version"], facts["seed"]
        usable = isinstance(have, int) and all(isinstance(port, int) for port in facts["ports"].values())
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise LabError(f"{path} is no lab's: {error!r}. Remove it, or name another --state.") from error
    if version != VERSION or not usable:
        raise LabError(f"{path} is not a lab of version {VERSION}. Remove the folder, or name another --state.")
    if seed not in {None, have}:
        raise LabError(
            f"{folder} was made with seed {have}, and its keys, numbers and messages belong to that world. "
            f"Leave --seed {seed} out, or name another --state."
        )
    if tier not in {None, facts.get("tier", TIERS[0])}:
        raise LabError(
            f"{folder} was made with a register of {facts.get('tier', TIERS[0])} parties. "
            f"Leave --tier {tier} out, or name another --state."
        )
    return facts


def _lock(folder: Path) -> TextIO:
    """Take the folder, and make it if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise LabError(f"{folder} cannot be used as --state: {error.strerror}. Name a folder you own.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise LabError(f"another network is using {folder}. Stop it, or give this one another --state.") from error
    return lock


def _check(hosts: Sequence[str]) -> None:
    for host in hosts:
        if not re.fullmatch(r"[A-Za-z0-9*._:-]{1,253}", host):
            raise LabError(f"{host!r} is no host name or address; internationalised names are written as xn--…")


def _write_facts(folder: Path, facts: dict[str, Any]) -> None:
    write_private(folder / "lab.json", json.dumps(facts, indent=1).encode())


def _covers(server: Path, hosts: Sequence[str], now: dt.datetime) -> bool:
    """True when the certificate is there, fresh, and for exactly these hosts."""
    with contextlib.suppress(OSError, ValueError, x509.ExtensionNotFound):
        leaf = x509.load_pem_x509_certificates(server.read_bytes())[0]
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        have = {str(name.value) for name in names}
        return have == set(hosts) and leaf.not_valid_after_utc - now > RENEW
    return False
