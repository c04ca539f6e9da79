"""How a SUT gets and uses HelseID's tokens."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from nhnconform.case import LEAP, Basis, Level, case
from nhnconform.conversations.exchanges import mark, open_alerts, sut_calls, two_polls
from nhnconform.conversations.wire import answered_json, assertion_claims, proof_claims
from nhnconform.errors import SutRefusalError

if TYPE_CHECKING:
    from nhnconform.attribution import Entry
    from nhnconform.stage import Stage

PROFILE = ("helseid-client",)
WEATHER = ("helseid-weather",)
ENDPOINT = "/connect/token"
DISCOVERY = "/.well-known/openid-configuration"

SHORTEST_USE = timedelta(seconds=300)
"""Half of what HelseID's tokens live here; whoever asks sooner throws a good token away."""

WORKERS = 2
"""So many tokens of one scope may be fetched in that time: workers that start at once need not share theirs."""


async def _busy_day(sut: Stage) -> None:
    for number in range(3):
        msg_id = await sut.send("DIALOG_NOTAT", f"Beskjed nummer {number + 1}.", subject="Oppfølging")
        await sut.eventually(partial(sut.counterpart.received, msg_id=msg_id), f"the message {msg_id}")
    await sut.wait(3 * two_polls(sut) / 2)


async def _token_requests(sut: Stage) -> list[Entry]:
    return [entry for entry in await sut_calls(sut, "helseid") if entry.method == "POST"]


@case(
    id="HID-03",
    title="The client identifies itself by a fresh, short-lived assertion and a valid proof",
    requirements=("HID-03", "HID-04", "HID-05"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID security profile SK2; RFC 7523, RFC 9449 §5",
    needs=("send",),
)
async def case_assertions(sut: Stage) -> None:
    """The SUT works for a while.

    Each of its requests for a token brings an assertion about itself that lives at most 60 seconds and is used
    once, and a proof for the token endpoint that is used once.
    """
    await _busy_day(sut)
    requests = [await sut.request_bytes(entry) for entry in await _token_requests(sut)]
    assert requests, "the SUT asked HelseID for no token in this run"
    for raw in requests:
        sut.expect("token-request", raw)
    sut.expect("token-requests", requests)


@case(
    id="HID-06",
    title="A token is used until it runs out",
    requirements=("HID-06",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID functional requirement FK3",
    needs=("send",),
)
async def case_token_reuse(sut: Stage) -> None:
    """The SUT sends three notes and polls twice.

    Within half a token's life it has fetched no more tokens of one scope than two workers starting at once would.
    """
    await _busy_day(sut)
    granted: dict[str, list[datetime]] = {}
    for entry in await _token_requests(sut):
        if entry.status != 200:
            continue
        body = (await sut.request_bytes(entry)).partition(b"\r\n\r\n")[2].decode()
        scope = parse_qs(body).get("scope", ["(none)"])[0]
        at = datetime.fromisoformat(entry.at)
        recent = [when for when in granted.get(scope, []) if at - when < SHORTEST_USE]
        assert len(recent) < WORKERS, (
            f"{len(recent) + 1} tokens of scope {scope} were fetched within {at - recent[0]}, though each lives 600 s"
        )
        granted[scope] = [*recent, at]
    assert granted, "the SUT asked HelseID for no token in this run"


@case(
    id="HID-11",
    title="Every call has a proof of its own",
    requirements=("HID-11",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID DPoP documentation; RFC 9449 §4.2, §11.1",
    needs=("send",),
)
async def case_proofs(sut: Stage) -> None:
    """The SUT makes many calls. No proof is used twice, and each fits its call: method, URL, token and key."""
    await _busy_day(sut)
    calls = await sut_calls(sut, "edi2")
    raws = [await sut.request_bytes(entry) for entry in calls]
    sut.expect("edi-requests", raws)
    for raw in raws:
        sut.expect("edi-request", raw)


async def _sends(sut: Stage, text: str) -> str:
    msg_id = await sut.send("DIALOG_NOTAT", text, subject="Oppfølging")
    await sut.eventually(lambda: sut.counterpart.received(msg_id=msg_id), f"the message {msg_id}", timedelta(hours=1))
    return msg_id


async def _fresh_start(sut: Stage) -> str:
    """Start the SUT again, so that it needs a token; when it had made its last request before."""
    before = await mark(sut)
    await sut.restart()
    return before


@case(
    id="HID-01",
    title="The token endpoint is the one that discovery names",
    requirements=("HID-01",),
    profiles=WEATHER,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID functional requirement FK2",
    needs=("send", "restart"),
    exclusive=True,
)
async def case_discovery(sut: Stage) -> None:
    """The SUT is started and sends a note. Before it asks for a token it reads HelseID's metadata."""
    before = await _fresh_start(sut)
    await _sends(sut, "Etter oppslag i metadata.")
    # A request that was not answered may be the last of the process that was stopped.
    calls = [entry for entry in await sut_calls(sut, "helseid", after=before) if entry.status is not None]
    asked = [entry for entry in calls if entry.method == "POST"]
    assert asked, "after its start the SUT asked HelseID for no token"
    read = [entry for entry in calls if entry.path.endswith(DISCOVERY) and entry.status == 200]
    assert read, f"the SUT asked for a token without having read {DISCOVERY}"
    assert read[0].wall <= asked[0].wall, f"the SUT asked for a token before it read {DISCOVERY}"
    named = str(answered_json(await sut.response_bytes(read[0])).get("token_endpoint", ""))
    assert named.endswith(asked[0].path), f"a token was asked for at {asked[0].path}; the metadata name {named}"


@case(
    id="HID-02",
    title="HelseID's metadata are kept for a while",
    requirements=("HID-02",),
    profiles=WEATHER,
    level=Level.SHOULD,
    basis=Basis.DOCUMENTATION,
    clause="HelseID functional requirement FK2: cache, 24 hours advised",
    needs=("send", "restart", LEAP),
    exclusive=True,
)
async def case_metadata_kept(sut: Stage) -> None:
    """The SUT works for an hour after its start. It reads the metadata once."""
    before = await _fresh_start(sut)
    for number in range(3):
        await sut.run(timedelta(minutes=20))
        await _sends(sut, f"Melding {number + 1} av tre.")
    calls = await sut_calls(sut, "helseid", after=before)
    read = [entry for entry in calls if entry.path.endswith(DISCOVERY)]
    assert len(read) <= 1, f"within an hour the metadata were read {len(read)} times"


async def _after_nonce(sut: Stage) -> tuple[dict[str, object], dict[str, object], list[dict[str, object]]]:
    """The first token request, which was told to use a nonce, and the next: assertions of both, proofs of both."""
    before = await _fresh_start(sut)
    async with sut.fault("helseid", "use_nonce", count=1, match={"method": "POST", "path_prefix": ENDPOINT}):
        await _sends(sut, "Etter krav om nonce.")
    asked = [entry for entry in await sut_calls(sut, "helseid", after=before) if entry.method == "POST"]
    told = [index for index, entry in enumerate(asked) if entry.fault is not None]
    assert told, "the SUT asked for no token after its start"
    pair = asked[told[0] : told[0] + 2]
    assert len(pair) == 2, "the SUT was told to use a nonce (use_dpop_nonce) and did not ask again"
    raws = [await sut.request_bytes(entry) for entry in pair]
    first, second = map(assertion_claims, raws)
    return first, second, list(map(proof_claims, raws))


@case(
    id="HID-04",
    title="A token request that is repeated with a nonce has an assertion of its own",
    requirements=("HID-04",),
    profiles=WEATHER,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID documentation: a client assertion is used once",
    needs=("send", "restart"),
    exclusive=True,
)
async def case_fresh_assertion(sut: Stage) -> None:
    """HelseID asks for a nonce. The SUT's second request brings an assertion that it has not used before."""
    first, second, _ = await _after_nonce(sut)
    assert first.get("jti") != second.get("jti"), f"both requests brought the assertion with jti {first.get('jti')}"


@case(
    id="HID-05",
    title="A nonce that HelseID asks for stands in a new proof",
    requirements=("HID-05",),
    profiles=WEATHER,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="RFC 9449 §8: nonce, §4.2: jti",
    needs=("send", "restart"),
    exclusive=True,
)
async def case_nonce(sut: Stage) -> None:
    """HelseID asks for a nonce. The SUT's second request has it in its proof, and that proof is a new one."""
    _, _, (first, second) = await _after_nonce(sut)
    nonce = str(second.get("nonce", ""))
    assert nonce.startswith("provenett-"), f"the proof after use_dpop_nonce has the nonce {nonce!r}"
    assert first.get("jti") != second.get("jti"), f"both requests brought the proof with jti {first.get('jti')}"


@case(
    id="HID-07",
    title="What an assertion says of organisations has the form that HelseID describes",
    requirements=("HID-07",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID documentation: assertion_details, helseid_authorization",
    needs=("send",),
)
async def case_details(sut: Stage) -> None:
    """The SUT works for a while. Each assertion that names organisations does it in an object of the described form."""
    await _busy_day(sut)
    requests = [await sut.request_bytes(entry) for entry in await _token_requests(sut)]
    assert requests, "the SUT asked HelseID for no token in this run"
    for raw in requests:
        sut.expect("token-details", raw)


@case(
    id="HID-08",
    title="A token without the scope that was asked for is not used, and somebody is told",
    requirements=("HID-08",),
    profiles=("helseid-multi-tenant",),
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID documentation: rejected_scope",
    needs=("send", "message", "alerts", "restart", LEAP),
    exclusive=True,
)
async def case_rejected_scope(sut: Stage) -> None:
    """The organisation has not accepted EDI 2.0's terms: HelseID gives a token without that scope.

    The SUT calls EDI 2.0 with no such token, asks HelseID at most 20 times in ten minutes, and the user who sends
    learns that it does not go. When the terms are accepted it works again.
    """
    number = sut.identity.organisation_number
    await sut.change("helseid", organisation_number=number, rejected_scopes=["nhn:msh/api"])
    try:
        before = await _fresh_start(sut)
        called = await mark(sut)
        try:
            msg_id = await sut.send("DIALOG_NOTAT", "Uten aksepterte vilkår.", subject="Oppfølging")
        except SutRefusalError:
            msg_id = ""
        await sut.wait(timedelta(minutes=10))
        calls = await sut_calls(sut, "edi2", after=called)
        assert not calls, f"EDI 2.0 was called {len(calls)} times with a token that lacks its scope"
        asked = [entry for entry in await sut_calls(sut, "helseid", after=before) if entry.method == "POST"]
        assert len(asked) <= 20, f"in ten minutes HelseID was asked {len(asked)} times for a scope that it rejects"
        if msg_id:
            view = await sut.message(msg_id)
            assert view is not None, f"the SUT knows no message {msg_id}"
            assert view.state in {"queued", "failed"}, f"without a token the message is shown as {view.state}"
            alerts = await open_alerts(sut, msg_id)
            assert view.state == "queued" or alerts, f"the message {msg_id} failed and no alert tells anybody"
    finally:
        await sut.change("helseid", organisation_number=number, rejected_scopes=[])
    await sut.restart()
    await _sends(sut, "Etter at vilkårene er akseptert.")


@case(
    id="HID-09",
    title="Rotation, errors and clock differences at HelseID are lived through",
    requirements=("HID-09",),
    profiles=WEATHER,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="HelseID code review: robustness to changes",
    needs=("send", "restart"),
    exclusive=True,
)
async def case_robust(sut: Stage) -> None:
    """HelseID rotates keys and nonces, answers 503 twice, and its clock is a minute off for a while.

    After each of these a note goes out. While the clocks differ it may be refused, but not for good.
    """
    await sut.change("helseid", rotate="keys")
    await sut.change("helseid", rotate="nonces")
    await sut.restart()
    await _sends(sut, "Etter rotasjon.")
    async with sut.fault("helseid", "status", status=503, count=2):
        await sut.restart()
        await _sends(sut, "Etter 503.")
    for seconds in (60, -60):
        async with sut.fault("helseid", "clock_skew", seconds=seconds, count=100_000):
            await sut.restart()
            with contextlib.suppress(SutRefusalError):
                await sut.send("DIALOG_NOTAT", "Med klokken feil.", subject="Oppfølging")
            await sut.wait(two_polls(sut))
        await _sends(sut, f"Etter {seconds} sekunders avvik.")


@case(
    id="HID-10",
    title="No private key is shown",
    requirements=("HID-10",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="RFC 9449 §4.2: jwk has no private key",
    needs=("send",),
)
async def case_private_key(sut: Stage) -> None:
    """The SUT makes many calls. No key in a proof or an assertion has private members."""
    await _busy_day(sut)
    for endpoint in ("helseid", "edi2", "address_register"):
        for entry in await sut_calls(sut, endpoint):
            sut.expect("shown-keys", await sut.request_bytes(entry))
