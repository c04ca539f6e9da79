"""A network and a clinic with ten messages between them, and copies of both with many times as many (`many`).

The ten are made by real calls: five notes to the clinic, each filed and answered, and five from the clinic, of which
the counterpart accepts four and rejects one. The five from the clinic stay unread, so that a backlog grows too.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nhnclinic.config import OPERATOR, from_up
from nhnclinic.registers.http import open_session
from nhnfixtures.world import World
from nhnload.bench.many import CLINIC, EDI2, multiply_file
from nhnload.bench.register import start
from nhnsim.parties.client import Edi2Client
from nhnsim.parties.mailbox import Client3
from nhntime import RealClock
from nhnwire import codes
from nhnwire.dialogmelding import Dialogmelding, Note
from nhnwire.msghead import MsgHead, Organisation, Person, business_document, ident, person_ident

if TYPE_CHECKING:
    from collections.abc import Mapping
    from subprocess import Popen

    import aiohttp

    from nhnfixtures.world import Party

C = TypeVar("C", Edi2Client, Client3)

TOKEN = "bench"  # noqa: S105 - of a clinic that lives as long as the bench
ENDPOINTS = ("authority", "helseid", "address_register", "edi2")
EACH_WAY = 5
PERSON = 1234
"""The patient all is about, by the person's number in the world."""


@dataclass
class House:
    """A network and a clinic that run, and clients of both sides."""

    network: Popen[bytes]
    clinic: Popen[bytes]
    api_url: str
    http: aiohttp.ClientSession
    peer: Edi2Client
    peer3: Client3
    up: dict[str, Any]

    @classmethod
    async def open(cls, folder: Path, database: str = "") -> House:
        """Start both in a folder, which keeps their state; `database` of the clinic, by default a file there."""
        network, up, _ = await asyncio.to_thread(
            start, "nhnsim", "up", "--json", "--no-tap", "--state", str(folder / "network"), "--only", *ENDPOINTS
        )
        tokens = {str(user["id"]): f"{TOKEN}-{place}" for place, user in enumerate(up["clinic"]["users"])}
        tokens[OPERATOR] = TOKEN
        # Nobody polls by the clock: the bench says when.
        text = from_up(up, folder / "clinic", poll_seconds=86_400, tokens=tokens, database=database)
        config = folder / "clinic.toml"
        await asyncio.to_thread(config.write_text, text, encoding="utf-8")
        clinic, ready, _ = await asyncio.to_thread(start, "nhnclinic", "serve", "--config", str(config))
        http, have = open_session(up["trust"]), up["counterparts"]
        key = await asyncio.to_thread(Path(have["key"]).read_bytes)

        def client(kind: type[C]) -> C:
            helseid, edi2 = up["endpoints"]["helseid"]["issuer"], up["endpoints"]["edi2"]["v2"]
            who = have["client_id"], key, have["kid"]
            return kind(http, RealClock(), helseid, edi2, *who, "Provenett bench, v0.1.0", lambda: str(uuid.uuid4()))

        return cls(network, clinic, ready["api"], http, client(Edi2Client), client(Client3), up)

    async def close(self) -> None:
        """Stop both; what they have is on disk."""
        await self.http.close()
        for process in (self.clinic, self.network):
            process.terminate()
            await asyncio.to_thread(process.wait)

    @property
    def counterpart(self) -> Party:
        """A party of the counterparts' organisation."""
        return World(self.up["seed"]).counterpart(0)

    @property
    def own(self) -> int:
        """The counterpart's HER-id."""
        return self.counterpart.her_id

    @property
    def service(self) -> dict[str, Any]:
        """The clinic's first service."""
        return dict(self.up["clinic"]["services"][0])

    @property
    def patient(self) -> Mapping[str, str]:
        """Whom all is about."""
        person = World(self.up["seed"]).person(PERSON)
        return {"number": person.number, "given_name": person.given_name, "family_name": person.family_name}

    def note(self) -> bytes:
        """A new note to the clinic."""
        clinic, service, person, own = self.up["clinic"], self.service, self.patient, self.counterpart
        note = Note(codes.value("7321", "6"), "Prøvemelding", "Prøve")
        return MsgHead(
            type=codes.plain("8279", "DIALOG_NOTAT"),
            gen_date=RealClock().now() - timedelta(minutes=1),
            msg_id=str(uuid.uuid4()),
            sender=_organisation(own.name, own.her_id, own.organisation_number),
            receiver=_organisation(service["name"], service["her_id"], clinic["organisation_number"]),
            patient=Person(person["family_name"], person["given_name"], (person_ident("FNR", person["number"]),)),
            documents=(business_document(Dialogmelding("1.0", notes=(note,)).to_bytes()),),
        ).to_bytes()

    async def api(self, method: str, path: str, body: Any = None, user: int = 0) -> Any:
        """A request to the clinic's interface, as its first user unless another is named."""
        headers = {"Authorization": f"Bearer {TOKEN}-{user}"}
        async with self.http.request(method, self.api_url + path, json=body, headers=headers) as answer:
            found = await answer.json()
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {found}")
            return found

    async def write(self) -> str:
        """The clinic writes a note to the counterpart; its MsgId."""
        body = {
            "type": "DIALOG_NOTAT",
            "from_her_id": self.service["her_id"],
            "to_her_id": self.own,
            "patient": self.patient,
            "subject": "Prøve",
            "text": "Prøvemelding",
        }
        return str((await self.api("POST", "/api/messages", body))["msg_id"])

    async def begin(self) -> None:
        """Make the ten messages."""
        for _ in range(EACH_WAY):
            await self.peer.post(self.note())
        sent = [await self.write() for _ in range(EACH_WAY)]
        await self.api("POST", "/api/poll")
        waiting: list[dict[str, Any]] = []
        while len(waiting) < 2 * EACH_WAY:
            waiting = await self.peer.unread([self.own])
            await asyncio.sleep(0.05)
        came = [one["id"] for one in waiting if one["businessDocumentId"] in sent]
        for place, message in enumerate(came):
            await self.peer.post_apprec(message, self.own, "Ok" if place else "Rejected", [] if place else [REFUSAL])
        await self.api("POST", "/api/poll")


REFUSAL = {"errorCode": "X99", "details": "Prøve"}


def copied(folder: Path, to: Path, copies: int) -> Path:
    """A copy of a house that is closed, on ports of its own, with so many times more messages in it."""
    shutil.copytree(folder, to)
    facts = to / "network" / "lab.json"
    facts.write_text(json.dumps({**json.loads(facts.read_text()), "ports": {}}))
    if copies:
        multiply_file(to / "network" / "edi2" / "messages.sqlite", EDI2, copies)
        multiply_file(to / "clinic" / "clinic.sqlite", CLINIC, copies)
    return to


def _organisation(name: str, her_id: int, number: str) -> Organisation:
    return Organisation(name, (ident("HER", her_id), ident("ENH", number)))
