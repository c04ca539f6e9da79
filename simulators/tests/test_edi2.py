"""EDI 2.0 v2 over real sockets, TLS and DPoP, with the clinic's and the counterparts' own credentials."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhnsim.network import Network, Options, up
from nhnsim.parties.client import Answer, Edi2Client, Edi2ClientError
from nhntime import RealClock
from nhnwire import apprec, codes
from nhnwire.dialogmelding import Dialogmelding, Note
from nhnwire.msghead import MsgHead, Organisation, OtherReceiver, business_document, ident
from nhnwire.msghead import parse as parse_head

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from nhnfixtures.world import Party

T = TypeVar("T")

ONLY = ("helseid", "edi2")
NOTE = Dialogmelding("1.0", notes=(Note(codes.value("7321", "3"), "Et notat"),)).to_bytes()
JSON = {"Content-Type": "application/json"}
GUID = "5f5e94d5-d908-476b-a172-a241c52eddb6"


def client(network: Network, http: aiohttp.ClientSession, name: str) -> Edi2Client:
    """A client with the credentials of one of the world's clients."""
    have = network.credentials[name]
    return Edi2Client(
        http,
        RealClock(),
        network.urls["helseid"],
        network.urls["edi2"],
        have.client.client_id,
        have.pem,
        have.kid,
        "Test, v1",
        lambda: str(uuid.uuid4()),
    )


class House:
    """A network in a thread of its own, with two clients; each test takes a fresh counterpart from it."""

    def __init__(self, state: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="network")
        self.thread.start()
        self.numbers = itertools.count()
        self.run(self.open(state))

    async def open(self, state: Path) -> None:
        self.network = await up(Options(state=state, only=ONLY))
        self.world = self.network.lab.world
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.network.lab.trusting()))
        self.clinic = client(self.network, self.http, "clinic")
        self.peer = client(self.network, self.http, "counterparts")

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(60)

    def close(self) -> None:
        async def story() -> None:
            await self.http.close()
            await self.network.aclose()

        self.run(story())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def service(self) -> Party:
        """The clinic's first service."""
        return self.world.clinic.services[0]

    def counterpart(self) -> Party:
        """A party that no other test has."""
        return self.world.counterpart(next(self.numbers))

    def organisation(self, party: Party) -> Organisation:
        """A party as MsgHead writes it, with both levels."""
        inner = Organisation(party.name, (ident("HER", party.her_id),))
        parent = self.world.party(party.parent_her_id or 0)
        if parent is None:
            return inner
        return Organisation(
            parent.name,
            (ident("HER", parent.her_id), ident("ENH", parent.organisation_number)),
            organisation=inner,
        )

    def message(self, sender: Party, *receivers: Party, type_code: str = "DIALOG_NOTAT", msg_id: str = "") -> bytes:
        """A dialogue note to a main receiver and copy receivers."""
        head = MsgHead(
            type=codes.plain("8279", type_code),
            gen_date=RealClock().now(),
            msg_id=msg_id or str(uuid.uuid4()),
            sender=self.organisation(sender),
            receiver=self.organisation(receivers[0]),
            other_receivers=tuple(
                OtherReceiver(codes.plain("8112", "COP"), organisation=self.organisation(party))
                for party in receivers[1:]
            ),
            documents=(business_document(NOTE),),
        )
        return head.to_bytes()

    def snapshot(self, message_id: str) -> dict[str, Any]:
        """One message as the control port shows it."""
        shown: dict[str, Any] = self.run(self.network.house.endpoints["edi2"].snapshot())
        return next(entry for entry in shown["messages"] if entry["id"] == message_id)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab's folder; its keys are made once."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def house(lab: Path) -> Iterator[House]:
    """The network of this module."""
    made = House(lab)
    yield made
    made.close()


def upload(document: bytes, **fields: object) -> bytes:
    """The body of POST /Messages."""
    given_fields = {
        "businessDocument": base64.b64encode(document).decode(),
        "contentType": "application/xml",
        "contentTransferEncoding": "base64",
    }
    return json.dumps({**given_fields, **fields}).encode()


def refused(answer: Answer, status: int, number: int = 0, text: str = "") -> dict[str, Any]:
    """The answer is an ErrorMessage with this status and code, and says this."""
    assert answer.status == status, answer.text
    body: dict[str, Any] = json.loads(answer.body)
    assert body.keys() == {"error", "errorCode", "validationErrors", "stackTrace", "requestId"}
    assert body["errorCode"] == number
    assert body["stackTrace"] is None
    uuid.UUID(body["requestId"])
    assert text in body["error"] + " ".join(body["validationErrors"] or ())
    return body


def test_a_note_and_its_receipt_go_the_whole_way(house: House) -> None:
    """The clinic uploads, the counterpart polls, reads and answers; the clinic sees status, receipt and the AppRec."""
    peer, document = house.counterpart(), b""

    async def story() -> None:
        nonlocal document
        document = house.message(house.service, peer)
        posted = await house.clinic.call("POST", "/Messages", upload(document), headers=JSON)
        assert posted.status == 201
        message_id = json.loads(posted.body)
        assert posted.body == f'"{message_id}"'.encode()
        assert posted.headers["Location"] == f"{house.network.urls['edi2']}/Messages/{message_id}"
        waiting = {"receiverHerId": peer.her_id, "transportDeliveryState": "Acknowledged", "appRecStatus": None}
        assert await house.clinic.status(message_id) == [waiting]

        [item] = await house.peer.unread([peer.her_id])
        head = parse_head(document)
        assert item == {
            "id": message_id,
            "contentType": "application/xml",
            "receiverHerId": peer.her_id,
            "senderHerId": house.service.her_id,
            "businessDocumentId": head.msg_id,
            "businessDocumentGenDate": head.gen_date_text,
            "isAppRec": False,
        }
        assert await house.peer.message(message_id) == item
        assert await house.peer.document(message_id) == document
        await house.peer.mark_read(message_id, peer.her_id)
        assert await house.peer.unread([peer.her_id]) == []
        receipt_id = await house.peer.post_apprec(
            message_id, peer.her_id, "Rejected", [{"errorCode": "E21", "details": "ukjent tjeneste"}]
        )

        assert await house.clinic.status(message_id) == [{**waiting, "appRecStatus": "Rejected"}]
        [info] = await house.clinic.apprecs(message_id)
        assert (info["receiverHerId"], info["appRecStatus"]) == (peer.her_id, "Rejected")
        assert [(e["errorCode"], e["details"]) for e in info["appRecErrorList"]] == [("E21", "ukjent tjeneste")]
        found = {entry["id"]: entry for entry in await house.clinic.unread([house.service.her_id])}
        assert found[receipt_id]["isAppRec"]
        assert found[receipt_id]["senderHerId"] == peer.her_id
        receipt = apprec.parse(await house.clinic.document(receipt_id))
        assert (receipt.version, receipt.status.v, receipt.original.id) == ("1.0", "2", head.msg_id)
        assert receipt.id == found[receipt_id]["businessDocumentId"]
        assert (receipt.sender_her_id, receipt.receiver_her_id) == (peer.her_id, house.service.her_id)
        assert [(error.v, error.dn, error.ot) for error in receipt.errors] == [
            ("E21", "Mottaker finnes ikke", "ukjent tjeneste")
        ]

    house.run(story())


def test_clients_write_paths_and_names_as_they_like(house: House) -> None:
    """One known client writes `messages` and camelCase, and sends a Content-Type with its empty PUT."""
    peer = house.counterpart()

    async def story() -> None:
        message_id = await house.clinic.post(house.message(house.service, peer))
        query = f"receiverHerIds={peer.her_id}&includeMetadata=false&orderBy=1"
        listed = await house.peer.call("GET", f"/messages?{query}")
        assert json.loads(listed.body) == [{"id": message_id, "receiverHerId": peer.her_id}]
        assert (await house.peer.call("GET", f"/MESSAGES/{message_id.upper()}/Business-Document")).status == 200
        read = await house.peer.call("PUT", f"/messages/{message_id}/Read/{peer.her_id}", headers=JSON)
        assert (read.status, read.body) == (204, b"")

    house.run(story())


def test_only_sender_and_receivers_come_near_a_message(house: House) -> None:
    """The clinic may not see what goes between others, nor read or answer for a counterpart, nor send as one."""
    peer, other = house.counterpart(), house.counterpart()

    async def story() -> None:
        theirs = await house.peer.post(house.message(peer, other))
        for path in ("", "/business-document", "/status", "/apprec"):
            refused(await house.clinic.call("GET", f"/Messages/{theirs}{path}"), 403, 0, "Not authorized for HerId(s)")
        own = await house.clinic.post(house.message(house.service, peer))
        for method, path in (
            ("PUT", f"/Messages/{own}/read/{peer.her_id}"),
            ("POST", f"/Messages/{own}/apprec/{peer.her_id}"),
        ):
            answer = await house.clinic.call(method, path, b'{"appRecStatus":"Ok"}', headers=JSON)
            refused(answer, 403, 0, f"Not authorized for HerId(s): {peer.her_id}")
        forged = await house.clinic.call("POST", "/Messages", upload(house.message(peer, other)), headers=JSON)
        refused(forged, 403, 0, f"Not authorized for HerId(s): {peer.her_id}")
        listed = f"/Messages?ReceiverHerIds={house.service.her_id}&ReceiverHerIds={peer.her_id}"
        refused(await house.clinic.call("GET", listed), 403, 0, f"Not authorized for HerId(s): {peer.her_id}")

    house.run(story())


def test_no_credentials_no_entry(house: House) -> None:
    """401 with a DPoP challenge, in the service's own error body, before anything else is looked at."""

    async def story() -> None:
        url = f"{house.network.urls['edi2']}/Messages"
        for headers in ({}, {"Authorization": "Bearer abc"}, {"Authorization": "DPoP abc", "DPoP": "abc"}):
            async with house.http.get(url, headers=headers) as response:
                answer = Answer(response.status, response.headers, await response.read())
            refused(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith("DPoP")

    house.run(story())


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "number", "text"),
    [
        ("GET", "/Messages?ReceiverHerIds=1", {"api-version": "1"}, 400, 1000, "api-version"),
        ("GET", "/Messages?ReceiverHerIds=1", {"api-version": ""}, 400, 1000, "api-version"),
        ("GET", "/Messages?ReceiverHerIds=1", {"nhn-source-system": ""}, 400, 1000, "nhn-source-system"),
        ("GET", "/Messages", {}, 400, 1000, "ReceiverHerIds"),
        ("GET", "/Messages?ReceiverHerIds=1", {}, 403, 0, "Not authorized for HerId(s): 1"),
        ("GET", "/Messages/42", {}, 400, 1000, "GUID"),
        ("GET", f"/Messages/{GUID}", {}, 404, 0, "Could not find database document"),
        ("GET", f"/Messages/{GUID}/status", {}, 404, 0, "Could not find database document"),
        ("PUT", f"/Messages/{GUID}/read/0", {}, 400, 1000, "herId"),
        ("PUT", f"/Messages/{GUID}/read/1", {}, 404, 0, "Could not find database document"),
        ("GET", "/Messages?ReceiverHerIds=%FF&BusinessDocumentId=%ED%A0%80", {}, 400, 1000, "ReceiverHerIds"),
        ("GET", "/Messages/%FF%00/status", {}, 400, 1000, "GUID"),
        ("GET", f"/Messages/{GUID}/attachments", {}, 404, 0, "no such resource"),
        ("GET", "/", {}, 404, 0, "no such resource"),
        ("DELETE", f"/Messages/{GUID}", {}, 405, 0, ""),
    ],
)
def test_requests_that_do_not_fit(
    house: House, method: str, path: str, headers: dict[str, str], status: int, number: int, text: str
) -> None:
    """Each is refused with the status, code and text of the specification."""
    refused(house.run(house.clinic.call(method, path, headers=headers)), status, number, text)


def test_bodies_that_cannot_be_carried(house: House) -> None:
    """What is wrong with an upload is said in the answer, and nothing of it is kept."""
    peer = house.counterpart()
    good = house.message(house.service, peer)
    unknown = good.replace(str(peer.her_id).encode(), b"9999998")
    cases: list[tuple[bytes, dict[str, str], int, int, str]] = [
        (upload(good), {"Content-Type": "application/xml"}, 415, 0, "application/json"),
        (upload(good), {"Content-Type": "application/json; charset=utf-16"}, 415, 0, "UTF-8"),
        (b"", JSON, 400, 1000, ""),
        (b"{", JSON, 400, 1000, ""),
        (b"[]", JSON, 400, 1000, ""),
        (b"\xff", JSON, 400, 1000, ""),
        (b"[" * 100_000, JSON, 400, 1000, ""),
        (upload(good, extra=1), JSON, 400, 1000, "extra"),
        (upload(good, contentType="text/xml"), JSON, 400, 1000, "contentType"),
        (upload(good, contentTransferEncoding="7bit"), JSON, 400, 1000, "contentTransferEncoding"),
        (upload(good, businessDocument="*"), JSON, 400, 1000, "base64"),
        (upload(good, businessDocument=None), JSON, 400, 1000, "businessDocument"),
        (upload(b"hello"), JSON, 400, 1000, "must begin with"),
        (upload(b'<?xml version="1.0" encoding="UTF-8"?><x/>'), JSON, 400, 1000, "carries"),
        (upload(unknown), JSON, 400, 0, "Unknown receiver HerId(s): 9999998"),
        (upload(good, receiverHerIdsSubset=[house.service.her_id]), JSON, 400, 1000, "receiverHerIdsSubset"),
        (upload(good, receiverHerIdsSubset=["x"]), JSON, 400, 1000, "receiverHerIdsSubset"),
    ]

    async def story() -> None:
        for body, headers, status, number, text in cases:
            refused(await house.clinic.call("POST", "/Messages", body, headers=headers), status, number, text)
        assert await house.peer.unread([peer.her_id]) == []

    house.run(story())


def test_json_may_come_under_its_other_names(house: House) -> None:
    """text/json and application/*+json are declared too."""

    async def story() -> None:
        for kind in ("text/json", "application/vnd.ehr+json", "application/json; charset=utf-8"):
            body = upload(house.message(house.service, house.counterpart()))
            answer = await house.clinic.call("POST", "/Messages", body, headers={"Content-Type": kind})
            assert answer.status == 201, answer.text

    house.run(story())


def test_copy_receivers_each_get_and_answer_their_own(house: House) -> None:
    """One upload, one id, a delivery and a receipt per receiver; reading is each one's own matter."""
    main, copy = house.counterpart(), house.counterpart()

    async def story() -> None:
        message_id = await house.clinic.post(house.message(house.service, main, copy))
        listed = await house.peer.unread([main.her_id, copy.her_id])
        assert [(item["id"], item["receiverHerId"]) for item in listed] == [
            (message_id, main.her_id),
            (message_id, copy.her_id),
        ]
        await house.peer.mark_read(message_id, main.her_id)
        assert [item["receiverHerId"] for item in await house.peer.unread([main.her_id, copy.her_id])] == [copy.her_id]
        receipt_id = await house.peer.post_apprec(message_id, copy.her_id, "Ok")
        assert [(s["receiverHerId"], s["appRecStatus"]) for s in await house.clinic.status(message_id)] == [
            (main.her_id, None),
            (copy.her_id, "Ok"),
        ]
        receipt = apprec.parse(await house.clinic.document(receipt_id))
        assert receipt.sender.role is not None
        assert receipt.sender.role.v == "COP"

    house.run(story())


def test_a_subset_of_the_receivers_is_served(house: House) -> None:
    """`receiverHerIdsSubset` limits delivery, not the document."""
    main, copy = house.counterpart(), house.counterpart()

    async def story() -> None:
        body = upload(house.message(house.service, main, copy), receiverHerIdsSubset=[copy.her_id, copy.her_id])
        message_id = json.loads((await house.clinic.call("POST", "/Messages", body, headers=JSON)).body)
        assert [s["receiverHerId"] for s in await house.clinic.status(message_id)] == [copy.her_id]
        assert await house.peer.unread([main.her_id]) == []

    house.run(story())


def test_the_same_msg_id_again_is_a_new_message(house: House) -> None:
    """The service knows no idempotency: two uploads, two messages; the receiver must notice."""
    peer = house.counterpart()

    async def story() -> None:
        document = house.message(house.service, peer)
        ids = [await house.clinic.post(document) for _ in range(2)]
        assert [item["id"] for item in await house.peer.unread([peer.her_id])] == ids

    house.run(story())


def test_receipts_that_may_not_be_given(house: House) -> None:
    """No receipt for a receipt (1100), none by a stranger to the message (1102), and status and errors must agree."""
    peer, other = house.counterpart(), house.counterpart()

    async def story() -> None:
        message_id = await house.clinic.post(house.message(house.service, peer))
        path = f"/Messages/{message_id}/apprec"
        error = {"errorCode": "E21", "details": None}
        for body, number, text in (
            ({"appRecStatus": "Rejected"}, 1000, "at least one error"),
            ({"appRecStatus": "Rejected", "appRecErrorList": []}, 1000, "at least one error"),
            ({"appRecStatus": "Ok", "appRecErrorList": [error]}, 1000, "must be empty"),
            ({"appRecStatus": "OkErrorInMessagePart", "appRecErrorList": [error]}, 1000, "not supported"),
            ({"appRecStatus": "Rejected", "appRecErrorList": [{**error, "errorCode": None}]}, 1000, "errorCode"),
            ({"appRecStatus": "Rejected", "appRecErrorList": [{**error, "details": "\u0001"}]}, 1000, "XML"),
            ({"appRecStatus": "Rejected", "appRecErrorList": [{**error, "details": "\ud800"}]}, 1000, ""),
            ({"appRecStatus": "Rejected", "appRecErrorList": [{"errorCode": "E21"}]}, 1000, "details"),
            ({"appRecStatus": "Rejected", "appRecErrorList": [error], "ebXmlOverrides": {"cpaId": "\ud800"}}, 1000, ""),
            ({"appRecStatus": "Perhaps"}, 1000, "appRecStatus"),
            ({}, 1000, "appRecStatus"),
        ):
            answer = await house.peer.call("POST", f"{path}/{peer.her_id}", json.dumps(body).encode(), headers=JSON)
            refused(answer, 400, number, text)
        answer = await house.peer.call("POST", f"{path}/{other.her_id}", b'{"appRecStatus":"Ok"}', headers=JSON)
        refused(answer, 400, 1102)
        receipt_id = await house.peer.post_apprec(message_id, peer.her_id, "Ok")
        with pytest.raises(Edi2ClientError) as refusal:
            await house.clinic.post_apprec(receipt_id, house.service.her_id, "Ok")
        assert (refusal.value.status, json.loads(refusal.value.body)["errorCode"]) == (400, 1100)
        assert [s["appRecStatus"] for s in await house.clinic.status(message_id)] == ["Ok"]

    house.run(story())


def test_a_status_may_be_a_number(house: House) -> None:
    """The schema has names, the specification's examples have numbers; both are taken, names are given."""
    peer = house.counterpart()

    async def story() -> None:
        message_id = await house.clinic.post(house.message(house.service, peer))
        path = f"/Messages/{message_id}/apprec/{peer.her_id}"
        assert (await house.peer.call("POST", path, b'{"appRecStatus":1}', headers=JSON)).status == 201
        assert [s["appRecStatus"] for s in await house.clinic.status(message_id)] == ["Ok"]

    house.run(story())


def test_a_second_receipt_is_carried_but_changes_nothing(house: House) -> None:
    """HITS 1168: one receipt per receiver. The second is the receiver's fault, and the sender can see it."""
    peer = house.counterpart()

    async def story() -> None:
        message_id = await house.clinic.post(house.message(house.service, peer))
        first = await house.peer.post_apprec(message_id, peer.her_id, "Ok")
        second = await house.peer.post_apprec(
            message_id, peer.her_id, "Rejected", [{"errorCode": "X99", "details": ""}]
        )
        assert first != second
        assert [s["appRecStatus"] for s in await house.clinic.status(message_id)] == ["Ok"]
        listed = await house.clinic.unread([house.service.her_id])
        assert {first, second} <= {item["id"] for item in listed}

    house.run(story())


def test_a_receipt_may_be_uploaded_as_xml(house: House) -> None:
    """An AppRec through POST /Messages counts like one made by the service."""
    peer = house.counterpart()

    async def story() -> None:
        document = house.message(house.service, peer, type_code="DIALOG_HELSEFAGLIG")
        message_id = await house.clinic.post(document)
        receipt = apprec.answer(
            parse_head(document),
            own_her_id=peer.her_id,
            version="1.1",
            status="2",
            errors=(apprec.error("T02", "mangler tekst"),),
            id=str(uuid.uuid4()),
            gen_date=RealClock().now(),
        )
        receipt_id = await house.peer.post(receipt.to_bytes())
        [info] = await house.clinic.apprecs(message_id)
        assert info["appRecStatus"] == "Rejected"
        assert [(e["errorCode"], e["details"]) for e in info["appRecErrorList"]] == [("T02", "mangler tekst")]
        assert (await house.clinic.message(receipt_id))["isAppRec"]

    house.run(story())


def test_a_broken_message_can_still_be_rejected_through_the_service(house: House) -> None:
    """T02 must be answerable: the receipt is made from the envelope when the message itself cannot be read."""
    peer = house.counterpart()

    async def story() -> None:
        whole = house.message(house.service, peer)
        broken = whole.replace(b"<OrganisationName>", b"<Name>").replace(b"</OrganisationName>", b"</Name>")
        broken = broken[: broken.index(b"<Document>")] + b"</MsgHead>"
        message_id = await house.clinic.post(broken)
        receipt_id = await house.peer.post_apprec(
            message_id, peer.her_id, "Rejected", [{"errorCode": "T02", "details": "Document mangler"}]
        )
        receipt = apprec.parse(await house.clinic.document(receipt_id))
        assert receipt.original.id == parse_head(whole).msg_id
        assert receipt.receiver_her_id == house.service.her_id

    house.run(story())


def test_a_large_document_comes_back_byte_for_byte(house: House) -> None:
    """20 MB of attachment in base64, within the limit of 35 MB for the request."""
    peer = house.counterpart()

    async def story() -> None:
        document = house.message(house.service, peer).replace(b"Et notat", b"notat " * 3_500_000)
        message_id = await house.clinic.post(document)
        assert await house.peer.document(message_id) == document

    house.run(story())


def test_too_much_is_too_much(house: House) -> None:
    """35 MB is the limit of a request."""

    async def story() -> None:
        answer = await house.clinic.call("POST", "/Messages", b" " * (35 * 1024 * 1024 + 1), headers=JSON)
        refused(answer, 413, 0, "larger than")

    house.run(story())


def test_the_journal_knows_what_an_exchange_was_about(house: House) -> None:
    """Traffic is attributed by transport id, MsgId and HER-ids, also when it was refused."""
    peer = house.counterpart()

    async def story() -> None:
        document = house.message(house.service, peer)
        message_id = await house.clinic.post(document)
        forged = house.message(peer, house.service)
        await house.clinic.call("POST", "/Messages", upload(forged), headers=JSON)
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{house.network.urls['control']}/journal?limit=1000&endpoint=edi2") as response,
        ):
            entries = (await response.json())["entries"]
        [posted] = [entry for entry in entries if message_id in entry["message_ids"]]
        assert posted["msg_ids"] == [parse_head(document).msg_id]
        assert {house.service.her_id, peer.her_id} <= set(posted["her_ids"])
        assert posted["organisation_number"] == house.service.organisation_number
        assert any(parse_head(forged).msg_id in entry["msg_ids"] and entry["status"] == 403 for entry in entries)

    house.run(story())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "businessDocument",
                            "contentType",
                            "contentTransferEncoding",
                            "appRecStatus",
                            "appRecErrorList",
                            "ebXmlOverrides",
                            "receiverHerIdsSubset",
                            "x",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=6,
        ).map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=80).map(lambda data: upload(b'<?xml version="1.0" encoding="UTF-8"?>' + data)),
    )
)
def test_hostile_bodies_never_bring_it_down(house: House, body: bytes) -> None:
    """Whatever is posted is refused by the model or the rules, never by a failure of ours."""

    async def story() -> None:
        answer = await house.clinic.call("POST", "/Messages", body, headers=JSON)
        assert answer.status == 400, answer.text
        answer = await house.clinic.call("POST", f"/Messages/{GUID}/apprec/1", body, headers=JSON)
        assert answer.status in {400, 404}, answer.text

    house.run(story())


def test_messages_survive_a_restart(tmp_path: Path) -> None:
    """What was accepted before the network stopped is delivered by the next one with the same state."""
    first = House(tmp_path)
    peer = first.counterpart()
    with contextlib.ExitStack() as stack:
        stack.callback(first.close)
        document = first.message(first.service, peer)
        message_id = first.run(first.clinic.post(document))
    second = House(tmp_path)
    with contextlib.ExitStack() as stack:
        stack.callback(second.close)
        assert [item["id"] for item in second.run(second.peer.unread([peer.her_id]))] == [message_id]
        assert second.run(second.peer.document(message_id)) == document
