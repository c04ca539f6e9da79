"""The clinic on version 3 of EDI 2.0: told by notifications or by the stream, and never told in vain."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import msgspec
import pytest
from reference.tests.msh3 import Msh3, serving

from nhnclinic.config import TEMPLATE, decode
from nhnclinic.domain.values import Author, Draft, Parcel, Patient, State
from nhnclinic.exchange.bench import Bench, Wiring
from nhnclinic.exchange.health import Health
from nhnclinic.exchange.honest import honest
from nhnclinic.exchange.worker import Exchange
from nhnclinic.store import inbox, outbox, records
from nhnclinic.store.database import open_store
from nhntime import VirtualClock
from nhnwire import codes, msghead, sse
from nhnwire.dialogmelding import Dialogmelding, Note
from nhnwire.identifiers import with_control_digits
from nhnwire.msghead import MsgHead, Organisation, ident

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

NOW = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
OWN, SERVICE, OTHER = 9_000_001, 9_000_002, 9_700_001
BORN = next(number for k in range(100, 200) if (number := with_control_digits(f"018250{k}")))


class _Tokens:
    """Gives numbered tokens and remembers which were refused."""

    def __init__(self) -> None:
        self.given = 0
        self.refused: list[str] = []

    async def token(self, scope: str) -> str:
        del scope
        self.given += 1
        return f"token-{self.given}"

    def forget(self, token: str) -> None:
        self.refused.append(token)


@dataclass
class Stage:
    """A clinic's core, its service and its clock."""

    service: Msh3
    exchange: Exchange
    clock: VirtualClock
    tokens: _Tokens

    @property
    def bench(self) -> Bench:
        return self.exchange.bench

    async def work(self) -> None:
        with self.clock.busy("the test"):
            await self.exchange.poll()

    def alerts(self) -> list[str]:
        with self.bench.store.reading() as connection:
            return [alert["kind"] for alert in records.all_alerts(connection)]

    def position(self) -> int:
        with self.bench.store.reading() as connection:
            return records.position(connection, self.service.url)

    def received(self) -> list[str]:
        with self.bench.store.reading() as connection:
            return [row["msg_id"] for row in outbox.listed(connection, direction="in")]

    def send(self) -> int:
        """A message in the outbox; its row."""
        msg_id = str(uuid.uuid4())
        draft = Draft("DIALOG_NOTAT", msg_id, SERVICE, OTHER, Patient(BORN, "A", "B"), "s", "t", Author("d", "D"))
        document = _note(msg_id, sender=SERVICE, receiver=OTHER)
        with self.bench.store.transaction() as connection:
            return outbox.keep(connection, Parcel(draft, document=document, gen_date=NOW), NOW)

    def state(self, row: int) -> State:
        with self.bench.store.reading() as connection:
            return outbox.load(connection, row).state

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait, in real time, for something that another task does."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)


@asynccontextmanager
async def _stage(path: Path, **edi2: Any) -> AsyncIterator[Stage]:
    async with serving() as service, aiohttp.ClientSession() as http:
        config = decode(TEMPLATE.encode(), folder=path)
        settings = msgspec.structs.replace(config.edi2, url=service.url, version=3, **edi2)
        config = msgspec.structs.replace(config, edi2=settings)
        parts, clock, tokens = replace(honest(), proof=lambda *_, **__: "proof"), VirtualClock(NOW), _Tokens()
        health = Health(clock, parts.back_off, "test")
        wiring = Wiring(parts, config, clock, http, None, health, tokens)
        store, signal = open_store(f"sqlite:///{path}/clinic.sqlite", clock), clock.signal()
        book = cast("Any", None)
        bench = Bench(parts, config, clock, store, parts.transport(wiring), book, health, wake=signal.set)
        exchange = Exchange(bench, signal)
        try:
            yield Stage(service, exchange, clock, tokens)
        finally:
            exchange.close()
            await clock.aclose()
            store.close()


def _party(her_id: int) -> Organisation:
    inner = Organisation("Tjeneste", (ident("HER", her_id),))
    return Organisation("Virksomhet", (ident("HER", her_id + 500_000), ident("ENH", 311111111)), organisation=inner)


def _note(msg_id: str, *, sender: int = OTHER, receiver: int = SERVICE) -> bytes:
    note = Note(codes.value("7321", "6"), "Hei", "Prøve")
    return MsgHead(
        type=codes.plain("8279", "DIALOG_NOTAT"),
        gen_date=NOW,
        msg_id=msg_id,
        sender=_party(sender),
        receiver=_party(receiver),
        patient=msghead.Person("Fjell", "Stille", (msghead.person_ident("FNR", BORN),)),
        documents=(msghead.business_document(Dialogmelding("1.0", notes=(note,)).to_bytes()),),
    ).to_bytes()


def _play(path: Path, story: Callable[[Stage], Any], **edi2: Any) -> None:
    async def play() -> None:
        async with _stage(path, **edi2) as stage:
            await story(stage)

    asyncio.run(play())


def test_it_configures_itself_first_and_again(tmp_path: Path) -> None:
    """The first request is the configuration of all own HER-ids; it is repeated after some hours, not at every look."""

    async def story(stage: Stage) -> None:
        await stage.work()
        method, path, body = stage.service.asked[0]
        assert (method, path) == ("PUT", "/mshconfigurations")
        rows = [
            {"herId": her_id, "receiveNotificationChannel": "Api", "clientLocked": True} for her_id in (SERVICE, OWN)
        ]
        assert body == {"configurations": rows}
        await stage.work()
        assert len(stage.service.paths("PUT")) == 1
        await stage.clock.leap_to(NOW + timedelta(hours=7))
        await stage.work()
        assert len(stage.service.paths("PUT")) == 2

    _play(tmp_path, story, lock=True)


def test_a_document_is_fetched_kept_marked_and_answered_once(tmp_path: Path) -> None:
    """Told of a document, the clinic downloads it, marks it as downloaded with its HER-id, answers it, and is not told
    again; the position is the notification's, whatever numbers lie between.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        msg_id = str(uuid.uuid4())
        transport_id = stage.service.put(_note(msg_id), SERVICE)
        await stage.work()
        await stage.work()
        assert stage.received() == [msg_id]
        assert stage.position() == stage.service.notices[0]["offset"] == 3
        about = [(method, path, body) for method, path, body in stage.service.asked if transport_id in path]
        assert [(method, path.rpartition("/")[2]) for method, path, _ in about] == [
            ("GET", "business-document"),
            ("PUT", "downloaded"),
            ("POST", "apprec"),
        ]
        assert about[1][2] == {"receiverHerId": SERVICE}
        assert about[2][2] == {
            "appRecSenderHerId": SERVICE,
            "appRecStatus": "Ok",
            "applicationName": "Provenett reference clinic",
            "applicationVersion": "0.1.0",
        }

    _play(tmp_path, story)


def test_a_backlog_longer_than_a_page_is_drained(tmp_path: Path) -> None:
    """More notifications than a page, most of them nothing to us: one look takes them all."""

    async def story(stage: Stage) -> None:
        msg_ids = [str(uuid.uuid4()) for _ in range(5)]
        for msg_id in msg_ids:
            for number in range(45):
                stage.service.tell("SomethingNew2031", SERVICE, None, gap=1 + number % 7, colour="red")
            stage.service.put(_note(msg_id), SERVICE)
        await stage.work()
        assert stage.received() == msg_ids
        assert stage.position() == stage.service.notices[-1]["offset"]
        assert stage.alerts() == []

    _play(tmp_path, story)


def test_a_refused_message_is_alerted_and_never_fetched(tmp_path: Path) -> None:
    """RefusedMessage carries a reason and no document: somebody is told, once, and nothing is downloaded."""

    async def story(stage: Stage) -> None:
        stage.service.tell("RefusedMessage", SERVICE, str(uuid.uuid4()), description="The type is not supported")
        await stage.work()
        await stage.work()
        assert stage.alerts() == ["refused_incoming"]
        with stage.bench.store.reading() as connection:
            (alert,) = records.all_alerts(connection)
        assert "type is not supported" in alert["text"]
        assert stage.service.paths("GET") == ["/notifications", "/notifications"]

    _play(tmp_path, story)


def test_a_document_that_was_purged_is_given_up_with_an_alert(tmp_path: Path) -> None:
    """404 for the document: an alert says that it could not be fetched; it is not tried for ever, and nothing waits."""

    async def story(stage: Stage) -> None:
        stage.service.tell("NewMessage", SERVICE, str(uuid.uuid4()))
        msg_id = str(uuid.uuid4())
        stage.service.put(_note(msg_id), SERVICE)
        await stage.work()
        assert stage.received() == [msg_id]
        assert stage.alerts() == ["document_lost"]
        with stage.bench.store.reading() as connection:
            assert inbox.unfinished(connection, NOW + timedelta(days=1)) == []

    _play(tmp_path, story)


def test_what_version_2_has_handled_is_not_handled_again(tmp_path: Path) -> None:
    """After the switch the stream tells of documents that were received by version 2: none is filed or answered twice,
    under the same transport id or under a new one.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        msg_id = str(uuid.uuid4())
        first = stage.service.put(_note(msg_id), SERVICE)
        await stage.work()
        stage.service.tell("NewMessage", SERVICE, first)
        stage.service.put(_note(msg_id), SERVICE)
        await stage.work()
        assert stage.received() == [msg_id]
        assert len([path for path in stage.service.paths("POST") if path.endswith("apprec")]) == 1

    _play(tmp_path, story)


def test_it_posts_with_addresses_and_follows_what_is_told(tmp_path: Path) -> None:
    """A message goes out with sender, receivers and type beside the document; MessageApprecInfoUpdated makes the clinic
    look at once, and an Abandoned one raises an alert.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        good, bad = stage.send(), stage.send()
        await stage.work()
        first, second = stage.service.posted
        body = stage.service.posted[first]
        assert (body["senderHerId"], body["receiverHerIds"]) == (SERVICE, [OTHER])
        assert body["messageTypeIdentificator"] == "DIALOG_NOTAT"
        assert [stage.state(row) for row in (good, bad)] == [State.SENT, State.SENT]
        row = {"receiverHerId": OTHER, "transportDeliveryState": "Acknowledged", "sent": True}
        stage.service.status[first] = [{**row, "apprecInfo": {"appRecStatus": "Ok", "appRecErrorList": None}}]
        stage.service.status[second] = [{**row, "transportDeliveryState": "Abandoned", "apprecInfo": None}]
        stage.service.tell("MessageApprecInfoUpdated", SERVICE, first)
        stage.service.tell("MessageDeliveryStateUpdated", SERVICE, second)
        await stage.work()
        assert [stage.state(row) for row in (good, bad)] == [State.DELIVERED, State.FAILED]
        assert stage.alerts() == ["transport_rejected"]

    _play(tmp_path, story)


def test_a_lost_answer_is_found_in_the_notifications(tmp_path: Path) -> None:
    """The service takes a message and its answer is lost. Before posting again the clinic looks at what the service
    tells, asks which message that is, and finds its own: one message, one POST.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        stage.service.lose_answers = 1
        row = stage.send()
        await stage.work()
        assert stage.state(row) is State.QUEUED
        await stage.clock.leap_to(NOW + timedelta(seconds=6))
        await stage.work()
        assert stage.state(row) is State.SENT
        assert len(stage.service.posted) == 1

    _play(tmp_path, story)


@pytest.mark.parametrize("status", [403, 404, 423])
def test_a_closed_mailbox_is_told_once_and_configured_anew(tmp_path: Path, status: int) -> None:
    """No permission, no configuration, locked by another client: one alert however often it is tried; and when the
    service lets us in, everything is taken.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        msg_id = str(uuid.uuid4())
        stage.service.put(_note(msg_id), SERVICE)
        stage.service.refuse["/notifications"] = (status, {}, 2)
        await stage.work()
        await stage.work()
        assert stage.alerts() == ["closed"]
        await stage.clock.leap_to(NOW + timedelta(seconds=61))
        await stage.work()
        assert stage.received() == [msg_id]
        assert len(stage.service.paths("PUT")) >= 2

    _play(tmp_path, story)


def test_a_refused_token_is_replaced(tmp_path: Path) -> None:
    """401 on the way: a new token, the same question, no failure."""

    async def story(stage: Stage) -> None:
        stage.service.refuse["/notifications"] = (401, {}, 1)
        await stage.work()
        assert stage.exchange.pulse.error == ""
        assert len(stage.tokens.refused) == 1

    _play(tmp_path, story)


def test_retry_after_is_kept(tmp_path: Path) -> None:
    """Too many requests: the clinic asks nothing until the service's time is over, and then takes what there is."""

    async def story(stage: Stage) -> None:
        msg_id = str(uuid.uuid4())
        stage.service.put(_note(msg_id), SERVICE)
        stage.service.refuse["/notifications"] = (429, {"Retry-After": "600"}, 1)
        stage.clock.spawn(stage.exchange.run(), "the exchange")
        await stage.clock.run_to(NOW + timedelta(seconds=599))
        assert stage.service.paths("GET") == ["/notifications"]
        await stage.clock.run_to(NOW + timedelta(seconds=700))
        assert stage.received() == [msg_id]

    _play(tmp_path, story)


def test_a_service_that_is_down_is_not_hammered(tmp_path: Path) -> None:
    """A hundred messages wait and the service answers 503 to everything for an hour: it is asked some dozens of times,
    not thousands; when it is back, everything goes out.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        rows = [stage.send() for _ in range(100)]
        stage.service.refuse["/"] = (503, {}, 10**6)
        stage.clock.spawn(stage.exchange.run(), "the exchange")
        await stage.clock.run_to(NOW + timedelta(hours=1))
        assert 10 <= len(stage.service.asked) <= 60
        stage.service.refuse.clear()
        await stage.clock.run_to(NOW + timedelta(hours=2))
        assert {stage.state(row) for row in rows} == {State.SENT}
        assert len(stage.service.posted) == 100

    _play(tmp_path, story)


def test_the_stream_brings_news_at_once(tmp_path: Path) -> None:
    """With the stream held, a document is received without waiting for the next look; heartbeats are no news; and the
    looks that remain are few.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        stage.clock.spawn(stage.exchange.run(), "the exchange")
        await stage.until(lambda: stage.service.streams == 1)
        looks = len([path for path in stage.service.paths("GET") if path == "/notifications"])
        stage.service.pieces.put_nowait(b": heartbeat\n\n")
        msg_id = str(uuid.uuid4())
        stage.service.put(_note(msg_id), SERVICE)
        event = sse.encode(sse.Event("notification", json.dumps(stage.service.notices[-1], indent=1)))
        for at in range(0, len(event), 7):
            stage.service.pieces.put_nowait(event[at : at + 7])
        await stage.until(lambda: stage.received() == [msg_id])
        await stage.clock.run_to(NOW + timedelta(hours=1))
        later = len([path for path in stage.service.paths("GET") if path == "/notifications"])
        assert later - looks <= 6

    _play(tmp_path, story, receive="stream")


def test_a_broken_stream_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    """The service closes the stream; the clinic opens it anew from its last position, and misses nothing."""

    async def story(stage: Stage) -> None:
        stage.clock.spawn(stage.exchange.run(), "the exchange")
        await stage.until(lambda: stage.service.streams == 1 and stage.exchange._listener.holds)
        stage.service.pieces.put_nowait(None)
        msg_id = str(uuid.uuid4())
        stage.service.put(_note(msg_id), SERVICE)
        await stage.until(lambda: not stage.exchange._listener.holds)
        await stage.clock.run_to(NOW + timedelta(seconds=30))
        await stage.until(lambda: stage.service.streams == 2)
        await stage.until(lambda: stage.received() == [msg_id])
        assert stage.alerts() == []

    _play(tmp_path, story, receive="stream")


def test_a_silent_stream_is_broken(tmp_path: Path) -> None:
    """No heartbeat within the patience: the clinic lets go and comes back."""

    async def story(stage: Stage) -> None:
        stage.clock.spawn(stage.exchange.run(), "the exchange")
        await stage.until(lambda: stage.service.streams == 1 and stage.exchange._listener.holds)
        await stage.until(lambda: not stage.exchange._listener.holds)
        await stage.clock.run_to(NOW + timedelta(seconds=30))
        await stage.until(lambda: stage.service.streams == 2)

    _play(tmp_path, story, receive="stream", heartbeat_seconds=1)


@pytest.mark.parametrize("how", ["403", "content type", "no JSON", "no UTF-8"])
def test_a_stream_that_will_not_do_is_given_up_and_polling_goes_on(tmp_path: Path, how: str) -> None:
    """A refusal, another kind of answer, data that cannot be read: one alert, no second attempt, and every document is
    still received by looking.
    """  # fmt: skip

    async def story(stage: Stage) -> None:
        if how == "403":
            stage.service.refuse["/notifications/stream"] = (403, {}, 10**6)
        elif how == "content type":
            stage.service.stream_type = "application/json"
        else:
            stage.service.pieces.put_nowait(b"event: notification\ndata: {\n\n" if how == "no JSON" else b"\xff\n")
        stage.clock.spawn(stage.exchange.run(), "the exchange")
        await stage.until(lambda: stage.alerts() == ["stream_stopped"])
        msg_id = str(uuid.uuid4())
        stage.service.put(_note(msg_id), SERVICE)
        await stage.clock.run_to(NOW + timedelta(minutes=20))
        assert stage.received() == [msg_id]
        assert len([path for path in stage.service.paths("GET") if path.endswith("stream")]) == 1
        assert stage.alerts() == ["stream_stopped"]

    _play(tmp_path, story, receive="stream")
