"""Traffic finds its case by what it carries, whatever the order and however cases interleave."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from nhnconform.attribution import Attribution, Claim, Entry, entries_from

SUT_HER_ID = 9_000_002


def entry(n: int, **facts: object) -> Entry:
    (made,) = entries_from([{"n": n, "endpoint": "edi2", "method": "GET", "path": "/", **facts}])
    return made


def test_a_status_query_finds_its_case_through_the_message_it_names() -> None:
    """The SUT posts to a case's counterpart, then asks for the status by GUID alone: both are that case's."""
    attribution = Attribution([SUT_HER_ID])
    claim = attribution.claim("EDI-1")
    claim.add(her_ids=[9_700_001])
    status = entry(1, message_ids=["ABC"])
    posted = entry(2, her_ids=[SUT_HER_ID, 9_700_001], message_ids=["abc"], msg_ids=["m-1"])
    attribution.add([status, posted])
    assert [one.n for one in attribution.owned(claim)] == [1, 2]
    assert attribution.strays() == []


def test_polls_and_tokens_are_context_and_never_anybodys() -> None:
    """A token names nobody, an empty poll only the SUT itself: neither belongs to a case, neither is stray."""
    attribution = Attribution([SUT_HER_ID])
    claim = attribution.claim("EDI-1")
    claim.add(her_ids=[9_700_001])
    attribution.add([entry(1, endpoint="helseid"), entry(2, her_ids=[SUT_HER_ID])])
    assert [one.n for one in attribution.context()] == [1, 2]
    assert attribution.owned(claim) == []
    assert attribution.strays() == []


def test_a_poll_that_lists_messages_of_two_cases_is_shared() -> None:
    """Both cases see the poll as context, neither owns it, and it does not leak one's keys into the other."""
    attribution = Attribution([SUT_HER_ID])
    one, two = attribution.claim("A"), attribution.claim("B")
    one.add(message_ids=["1"])
    two.add(message_ids=["2"])
    attribution.add([entry(1, her_ids=[SUT_HER_ID], message_ids=["1", "2", "3"])])
    attribution.add([entry(2, message_ids=["3"])])
    assert [shared.n for shared in attribution.shared(one)] == [1]
    assert [shared.n for shared in attribution.shared(two)] == [1]
    assert attribution.owned(one) == attribution.owned(two) == []
    assert [stray.n for stray in attribution.strays()] == [2]


def test_a_message_to_somebody_unknown_is_stray_until_a_case_claims_it() -> None:
    """What nobody claims is listed; a key learnt later brings it home."""
    attribution = Attribution([SUT_HER_ID])
    claim = attribution.claim("A")
    attribution.add([entry(1, her_ids=[9_123_456], msg_ids=["m-9"])])
    assert [stray.n for stray in attribution.strays()] == [1]
    claim.add(msg_ids=["M-9"])
    assert attribution.strays() == []
    assert [owned.n for owned in attribution.owned(claim)] == [1]


def conversation(case: int, first: int) -> list[Entry]:
    """Ten exchanges of one case: some name the counterpart, some the patient, most only a GUID or MsgId."""
    her, patient, guid, reply = 9_700_001 + case, f"{case:011}", f"guid-{case}", f"reply-{case}"
    facts: list[dict[str, object]] = [
        {"her_ids": [SUT_HER_ID, her], "message_ids": [guid], "msg_ids": [f"m-{case}"], "patients": [patient]},
        {"message_ids": [guid]},
        {"message_ids": [guid], "her_ids": [SUT_HER_ID]},
        {"her_ids": [SUT_HER_ID, her], "message_ids": [reply], "msg_ids": [f"r-{case}"]},
        {"message_ids": [reply]},
        {"msg_ids": [f"r-{case}"]},
        {"patients": [patient]},
        {"her_ids": [her]},
        {"method": "POST", "message_ids": [reply, f"receipt-{case}"]},
        {"message_ids": [f"receipt-{case}"], "her_ids": [SUT_HER_ID]},
    ]
    return [entry(first + number, **one) for number, one in enumerate(facts)]


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), cases=st.integers(1, 6), batches=st.integers(1, 5))
def test_no_interleaving_gives_an_entry_to_the_wrong_case(seed: int, cases: int, batches: int) -> None:
    """Whatever the order in which entries arrive, and in how many batches, each is owned by its own case."""
    attribution = Attribution([SUT_HER_ID])
    claims: list[Claim] = []
    entries: list[Entry] = []
    for case in range(cases):
        claim = attribution.claim(str(case))
        claim.add(her_ids=[9_700_001 + case], patients=[f"{case:011}"])
        claims.append(claim)
        entries += conversation(case, 100 * case)
    chance = random.Random(seed)
    chance.shuffle(entries)
    size = max(1, len(entries) // batches)
    for start in range(0, len(entries), size):
        attribution.add(entries[start : start + size])
        attribution.strays()
    for case, claim in enumerate(claims):
        assert [owned.n for owned in attribution.owned(claim)] == list(range(100 * case, 100 * case + 10))
    assert attribution.strays() == []
