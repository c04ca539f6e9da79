"""How a SUT gets and uses HelseID's tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from nhnconform.case import Basis, Level, case
from nhnconform.conversations.exchanges import sut_calls, two_polls

if TYPE_CHECKING:
    from nhnconform.attribution import Entry
    from nhnconform.stage import Stage

PROFILE = ("helseid-client",)

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
