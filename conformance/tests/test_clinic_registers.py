"""What the clinic knows from registers, on a real network: parties by events, patients' GPs, tokens of HelseID."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.crash.scene import TOKEN, Scene
from nhnfixtures.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from nhnconform.crash.scene import Peer, Process

PARTY = "/api/v1/communicationparty/"
MINUTE = 60


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(tmp_path_factory.mktemp("registers")) as opened:
        yield opened


@dataclass(frozen=True)
class Stage:
    """A clinic at work, a counterpart of its own, and the world that both live in."""

    clinic: Process
    peer: Peer

    @property
    def world(self) -> World:
        return World(self.peer.up["seed"])

    async def ask(self, path: str, *, user: str = "", body: Any = None) -> tuple[int, Any]:
        """POST with a body, GET without."""
        method, token = "GET" if body is None else "POST", f"{TOKEN}-{user}" if user else TOKEN
        headers = {"Authorization": f"Bearer {token}"}
        async with self.peer.http.request(
            method, self.clinic.ready["api"] + path, json=body, headers=headers
        ) as response:
            return response.status, await response.json()

    async def change(self, endpoint: str, **wish: Any) -> None:
        await self.peer.control("POST", f"/endpoints/{endpoint}/changes", wish)

    async def fault(self, endpoint: str, kind: str, path: str, **more: Any) -> None:
        wish = {"endpoint": endpoint, "kind": kind, "match": {"path_prefix": path}, **more}
        await self.peer.control("POST", "/faults", wish)

    async def asked(self, endpoint: str, path: str) -> int:
        """How often the clinic has asked that endpoint for something below the path."""
        entries = (await self.peer.control("GET", f"/journal?endpoint={endpoint}&limit=1000"))["entries"]
        return sum(1 for one in entries if one["path"].startswith(path))

    async def register(self, name: str) -> dict[str, Any]:
        health = await self.peer.api(self.clinic, "GET", "/api/health")
        found: dict[str, Any] = next(one for one in health["registers"] if one["name"] == name)
        return found

    async def names(self) -> dict[int, tuple[str, str]]:
        """The clinic's own parties as it knows them: name and office by HER-id."""
        status, found = await self.ask("/api/senders")
        assert status == 200, found
        return {one["her_id"]: (one["name"], one["office"]) for one in found}

    async def send(self) -> tuple[int, Any]:
        person = self.peer.person()
        body = {
            "type": "DIALOG_NOTAT",
            "from_her_id": self.peer.clinic_her_id,
            "to_her_id": self.peer.her_id,
            "patient": {"number": person.number, "given_name": person.given_name, "family_name": person.family_name},
            "subject": "Prøve",
            "text": "Hei på deg",
        }
        return await self.ask("/api/messages", body=body)

    async def gp(self, number: str, query: str = "", *, user: str = "") -> tuple[int, Any]:
        return await self.ask(f"/api/patients/{number}/gp{query}", user=user)


@asynccontextmanager
async def _stage(scene: Scene, *changes: tuple[str, str]) -> AsyncIterator[Stage]:
    """Each clinic has a state folder of its own; `changes` are made in the text of its configuration."""
    state = f"clinic-{uuid.uuid4()}"
    clinic = scene.clinic(state=state)
    config = scene.folder / f"{state}.toml"
    text = config.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    config.write_text(text, "utf-8")
    assert clinic.start(), clinic.log()
    try:
        async with scene.peer() as peer:
            yield Stage(clinic, peer)
            await peer.control("DELETE", "/faults")
    finally:
        assert clinic.stop() == 0, clinic.log()
    assert "Traceback" not in clinic.log()


def test_a_change_is_known_with_the_next_look_at_the_events(scene: Scene) -> None:
    """A service is renamed, then the organisation above it, of whose other parties the register says nothing: until the
    next look the clinic believes what it read, and from then on neither name is believed any more.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            await stage.peer.leap(1)
            service, organisation = stage.peer.clinic_her_id, stage.peer.up["clinic"]["her_id"]
            before = await stage.names()
            await stage.change("address_register", her_id=service, name="Nytt mottak")
            assert await stage.names() == before
            await stage.peer.leap(5 * MINUTE)
            assert (await stage.names())[service][0] == "Nytt mottak"
            await stage.change("address_register", her_id=organisation, name="Nytt legesenter")
            await stage.peer.leap(5 * MINUTE)
            after = await stage.names()
            assert {office for her_id, (_, office) in after.items() if her_id != organisation} == {"Nytt legesenter"}
            for her_id in (service, organisation):
                await stage.change("address_register", her_id=her_id, name=None)

    asyncio.run(story())


def test_nothing_is_sent_to_a_party_that_was_deactivated(scene: Scene) -> None:
    """The clinic has just written to it and would believe the register's old answer for a day, but for the event."""

    async def story() -> None:
        async with _stage(scene) as stage:
            await stage.peer.leap(1)
            assert (await stage.send())[0] == 201
            await stage.change("address_register", her_id=stage.peer.her_id, active=False)
            await stage.peer.leap(5 * MINUTE)
            status, refusal = await stage.send()
            assert (status, refusal["error"]) == (422, "deactivated")
            await stage.change("address_register", her_id=stage.peer.her_id, active=True)
            await stage.peer.leap(5 * MINUTE)
            assert (await stage.send())[0] == 201

    asyncio.run(story())


def test_a_period_that_ends_is_over_without_an_event(scene: Scene) -> None:
    """The register said long before when the party would end; nobody tells of it then."""

    async def story() -> None:
        async with _stage(scene) as stage:
            await stage.peer.leap(1)
            end = (stage.peer.clock.now() + timedelta(hours=1)).isoformat()
            await stage.change("address_register", her_id=stage.peer.her_id, valid_to=end)
            await stage.peer.leap(5 * MINUTE)
            assert (await stage.send())[0] == 201
            await stage.peer.leap(60 * MINUTE)
            status, refusal = await stage.send()
            assert (status, refusal["error"]) == (422, "deactivated")

    asyncio.run(story())


def test_with_events_a_party_is_believed_for_a_day_and_without_for_a_quarter_of_an_hour(scene: Scene) -> None:
    """While events come, nobody asks for a party again; while they fail, health says so and the register is asked
    every fifteen minutes; when they come again, what changed meanwhile is known.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            await stage.peer.leap(1)
            service = stage.peer.clinic_her_id
            await stage.names()
            path = f"{PARTY}{service}"
            asked = await stage.asked("address_register", path)
            assert (await stage.register("address_register"))["ok"] is True
            for _ in range(4):
                await stage.peer.leap(5 * MINUTE)
            await stage.names()
            assert await stage.asked("address_register", path) == asked
            await stage.fault("address_register", "status", "/api/v1/event", status=503, count=100)
            await stage.peer.leap(5 * MINUTE)
            state = await stage.register("address_register")
            assert state["ok"] is False
            assert "503" in state["error"]
            await stage.names()
            assert await stage.asked("address_register", path) == asked + 1
            await stage.change("address_register", her_id=service, name="Stille endring")
            assert (await stage.names())[service][0] != "Stille endring"
            await stage.peer.leap(16 * MINUTE)
            assert (await stage.names())[service][0] == "Stille endring"
            await stage.change("address_register", her_id=service, name=None)
            await stage.peer.control("DELETE", "/faults")
            await stage.peer.leap(5 * MINUTE)
            assert (await stage.register("address_register")) | {"last_answer": ""} == {
                "name": "address_register",
                "ok": True,
                "last_answer": "",
                "error": "",
            }
            assert (await stage.names())[service][0] != "Stille endring"

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["malformed", "empty_body", "empty_page", "lost_notification", "duplicate", "reset"])
def test_whatever_happens_to_the_events_no_change_is_missed(scene: Scene, kind: str) -> None:
    """An answer is cut, empty, without its first events, or never comes: a change is known after the next good one."""

    async def story() -> None:
        async with _stage(scene) as stage:
            service = stage.peer.clinic_her_id
            await stage.change("address_register", her_id=service, name="Før")
            await stage.peer.leap(5 * MINUTE)
            assert (await stage.names())[service][0] == "Før"
            await stage.fault("address_register", kind, "/api/v1/event", count=1)
            await stage.change("address_register", her_id=service, name=None)
            await stage.peer.leap(5 * MINUTE)
            await stage.peer.leap(5 * MINUTE)
            assert (await stage.names())[service][0] != "Før"

    asyncio.run(story())


def test_whose_patient_somebody_is(scene: Scene) -> None:
    """The clinic's first patient: doctor, office and address as the register has them, kept until somebody asks anew or
    an hour is over; a patient who moves is found on the new list then.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            world, number = stage.world, stage.world.patient(0).number
            entry = world.gp_list_of(0)
            assert entry is not None
            office = world.party(entry.office)
            assert office is not None
            status, found = await stage.gp(number)
            assert status == 200, found
            assert (found["her_id"], found["contract"]) == (entry.her_id, entry.id)
            assert (found["gp"]["hpr"], found["gp"]["relation"]) == (entry.hpr, "LPFL")
            assert (found["office"], found["office_number"]) == (office.name, entry.organisation_number)
            assert (found["since"], found["until"]) == ("2020-01-01T00:00:00+01:00", None)
            other = next(one for one in world.gp_lists if one != entry.id)
            await stage.change("gp_register", patient=number, contract=other)
            assert (await stage.gp(number))[1]["contract"] == entry.id
            assert (await stage.gp(number, "?fresh=true"))[1]["contract"] == other
            await stage.change("gp_register", patient=number, contract=entry.id)
            assert (await stage.gp(number))[1]["contract"] == other
            await stage.peer.leap(61 * MINUTE)
            assert (await stage.gp(number))[1]["contract"] == entry.id
            assert (await stage.register("gp_register"))["ok"] is True

    asyncio.run(story())


def test_a_contract_that_ends_leaves_its_patients_without_gp(scene: Scene) -> None:
    """The clinic knows when, and believes its answer until then and no longer; `no_gp` is an answer, not an outage."""

    async def story() -> None:
        async with _stage(scene) as stage:
            entry = stage.world.gp_list_of(0)
            assert entry is not None
            number, end = stage.world.patient(0).number, (stage.peer.clock.now() + timedelta(minutes=30)).isoformat()
            await stage.change("gp_register", contract=entry.id, ends=end)
            found = (await stage.gp(number))[1]
            assert found["until"] is not None
            await stage.peer.leap(31 * MINUTE)
            status, refusal = await stage.gp(number)
            assert (status, refusal["error"]) == (404, "no_gp")
            assert (await stage.register("gp_register"))["ok"] is True
            await stage.change("gp_register", contract=entry.id, ends=None)
            assert (await stage.gp(number))[0] == 200

    asyncio.run(story())


def test_who_has_no_gp_and_who_is_nobody(scene: Scene) -> None:
    """A person on no list; a number that is none, which never leaves the clinic; the vendor, who may not ask."""

    async def story() -> None:
        async with _stage(scene) as stage:
            nobody, patient = stage.world.person(5000).number, stage.world.patient(1).number
            status, refusal = await stage.gp(nobody)
            assert (status, refusal["error"]) == (404, "no_gp")
            asked = await stage.asked("gp_register", "/")
            for number in ("12345678901", "x", "%EF%BF%BE", "1" * 400):
                status, refusal = await stage.gp(number)
                assert (status, refusal["error"]) == (422, "unknown_patient")
            assert await stage.asked("gp_register", "/") == asked
            assert (await stage.gp(patient, user="operator"))[0] == 403
            assert (await stage.gp(patient, user="secretary"))[0] == 200
            assert (await stage.gp(patient, "?fresh=perhaps"))[0] == 400

    asyncio.run(story())


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status", {"status": 503}),
        ("malformed", {"variant": "cut"}),
        ("malformed", {"variant": "html"}),
        ("malformed", {"variant": "garbled"}),
        ("empty_body", {}),
        ("reset", {}),
        ("truncate", {"at_byte": 400}),
    ],
)
def test_a_register_in_trouble_is_an_answer_of_its_own(scene: Scene, kind: str, more: dict[str, Any]) -> None:
    """503 with cause and remedy, and health says so; what was known does not serve, for it may be wrong."""

    async def story() -> None:
        async with _stage(scene) as stage:
            number = stage.world.patient(2).number
            assert (await stage.gp(number))[0] == 200
            await stage.fault("gp_register", kind, "/v2/flr", **more)
            status, refusal = await stage.gp(number, "?fresh=true")
            assert (status, refusal["error"]) == (503, "network_unavailable"), refusal
            state = await stage.register("gp_register")
            assert state["ok"] is False
            assert state["error"]
            assert (await stage.gp(number))[0] == 200
            assert (await stage.register("gp_register"))["ok"] is True

    asyncio.run(story())


def test_a_wrong_password_is_named_and_the_older_binding_works_too(scene: Scene) -> None:
    """With a wrong password nothing is known and the cause names the user and the table; from a file, with SOAP 1.1, it
    is right; a clinic that is told of no register says that.
    """  # fmt: skip
    credentials, url = scene.up["credentials"]["gp_register"], scene.up["endpoints"]["gp_register"]["soap"]
    password = f'password = "{credentials["password"]}"'
    (scene.folder / "gp.txt").write_text(f"{credentials['password']}\n", "utf-8")
    wrong = ((password, 'password = "wrong"'),)
    older = ((password, 'password_file = "gp.txt"'), (url, f"{url}/Basic"))
    table = f'[gp_register]\nurl = "{url}"\nuser = "{credentials["username"]}"\n{password}\n'

    async def story() -> None:
        async with _stage(scene, *wrong) as stage:
            status, refusal = await stage.gp(stage.world.patient(3).number)
            assert (status, refusal["error"]) == (503, "network_unavailable")
            assert credentials["username"] in refusal["cause"]
            assert credentials["password"] not in str(refusal)
        async with _stage(scene, *older) as stage:
            assert (await stage.gp(stage.world.patient(3).number))[1]["gp"]["name"]
            status, refusal = await stage.gp(stage.world.person(5000).number)
            assert (status, refusal["error"]) == (404, "no_gp")
        async with _stage(scene, (table, "")) as stage:
            status, refusal = await stage.gp(stage.world.patient(3).number)
            assert (status, refusal["error"]) == (422, "no_gp_register")

    asyncio.run(story())


def test_a_nonce_that_an_api_asks_for_costs_no_new_token(scene: Scene) -> None:
    """RFC 9449 §9: the call is repeated with the nonce; a token that is refused without one is replaced, once. After
    HelseID has turned its keys, the clinic works on.
    """  # fmt: skip

    async def story() -> None:
        async with _stage(scene) as stage:
            await stage.ask("/api/poll", body={})
            tokens = await stage.asked("helseid", "/connect/token")
            await stage.fault("edi2", "use_nonce", "/Messages")
            status, health = await stage.ask("/api/poll", body={})
            assert (status, health["ok"]) == (200, True), health
            assert await stage.asked("helseid", "/connect/token") == tokens
            await stage.change("helseid", rotate="keys")
            await stage.fault("edi2", "stale_token", "/Messages")
            status, health = await stage.ask("/api/poll", body={})
            assert (status, health["ok"]) == (200, True), health
            # The nonce of before is good for a minute: one request is enough.
            assert await stage.asked("helseid", "/connect/token") == tokens + 1

    asyncio.run(story())


def _vendor(scene: Scene) -> dict[str, str]:
    """The lab's supplier of systems, to whom the clinic has delegated."""
    state = scene.folder / "network"
    clients = json.loads((state / "clients.json").read_bytes())
    client_id, found = next((name, row) for name, row in clients.items() if row["name"] == "supplier")
    assert scene.up["clinic"]["organisation_number"] in found["delegations"]
    return {"client_id": client_id, "key": str(state / "clients" / "supplier.pem"), "kid": found["jwk"]["kid"]}


@pytest.mark.parametrize("spelling", ["libraries", "samples"])
def test_the_clinic_is_a_customer_of_its_vendor(scene: Scene, spelling: str) -> None:
    """The client is the vendor's and the assertion names the clinic, in either spelling: the token is for the clinic's
    messages. A scope whose terms the clinic has not accepted is named.
    """  # fmt: skip
    vendor, own = _vendor(scene), scene.up["credentials"]["edi2"]
    changes = [(f'{name} = "{own[name]}"', f'{name} = "{value}"') for name, value in vendor.items()]
    changes += [('tenancy = "single"', 'tenancy = "multi"'), ('spelling = "libraries"', f'spelling = "{spelling}"')]
    scope = "nhn:cp-api/access-v2-dpop"
    changes.append((f'scope = "{scope}"', f'scope = "{scope} nhn:communicationparty/read"'))
    number, terms = scene.up["clinic"]["organisation_number"], "nhn:communicationparty/read"

    async def story() -> None:
        async with _stage(scene, *changes) as stage:
            status, health = await stage.ask("/api/poll", body={})
            assert (status, health["ok"]) == (200, True), health
            assert (await stage.send())[0] == 201
            await stage.change("helseid", organisation_number=number, rejected_scopes=[terms])
            await stage.fault("address_register", "stale_token", PARTY, count=2)
            status, refusal = await stage.ask("/api/recipients?query=Fastlegetjeneste")
            assert (status, refusal["error"]) == (503, "network_unavailable"), refusal
            assert f"rejected the scope {terms}" in refusal["cause"]
            await stage.change("helseid", organisation_number=number, rejected_scopes=[])
            await stage.peer.leap(2 * MINUTE)
            assert (await stage.ask("/api/recipients?query=Fastlegetjeneste"))[0] == 200

    asyncio.run(story())
