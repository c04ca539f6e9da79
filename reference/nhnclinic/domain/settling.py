"""What becomes of a sent message when its receiver answers, or does not; and how long to wait before asking again.

Source: HITS 1168. A late positive AppRec is still legal, but not after a negative one; a receiver never changes the
AppRec it gave. The standard's table is `nhnwire.receipts.step`; here stands what it means for a message of the clinic.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from nhnclinic.domain.values import Answer, Settled, State
from nhnwire import receipts
from nhnwire.receipts import Event, Standing

if TYPE_CHECKING:
    from datetime import datetime

    from nhnclinic.domain.values import Outcome

MISSING = "apprec_missing"
REJECTED = "rejected"
CONTRADICTED = "contradicted"

_STANDINGS = {
    State.QUEUED: Standing.WAITING,
    State.SENT: Standing.WAITING,
    State.FAILED: Standing.WAITING,
    State.APPREC_MISSING: Standing.OVERDUE,
    # Accepted in part is accepted here; the standard treats the two alike from then on.
    State.DELIVERED: Standing.ACCEPTED,
    State.REJECTED: Standing.REJECTED,
}
_EVENTS = {Answer.OK: Event.POSITIVE, Answer.REJECTED: Event.NEGATIVE, Answer.PARTLY: Event.IN_PART}
_NEWS = {
    Standing.ACCEPTED: Settled(State.DELIVERED, "delivered", resolves=MISSING),
    Standing.PARTLY: Settled(State.DELIVERED, "delivered in part", alert="partly", resolves=MISSING),
    Standing.REJECTED: Settled(State.REJECTED, "rejected", alert=REJECTED, resolves=MISSING),
}
_SAID = {Answer.OK: "accepted", Answer.REJECTED: "rejected", Answer.PARTLY: "accepted in part"}


def settle(state: State, outcome: Outcome) -> Settled | None:
    """The next state, or None when this is no news."""
    if state not in _STANDINGS:
        return None
    step = receipts.step(_STANDINGS[state], _EVENTS[outcome.status])
    if step.news:
        return _NEWS[step.standing]
    return Settled(state, f"contradicted: {_SAID[outcome.status]}", alert=CONTRADICTED) if step.alert else None


def is_overdue(gen_date: datetime, now: datetime, limit: timedelta) -> bool:
    """True when no AppRec within `limit` after GenDate counts as negative."""
    return now - gen_date >= limit


FIRST_LOOK = timedelta(minutes=2)
LONGEST_LOOK = timedelta(hours=6)
GIVE_UP = timedelta(days=30)


def next_look(gen_date: datetime, now: datetime, limit: timedelta) -> datetime | None:
    """When to ask the transport about a message again: at twice its age, at the deadline, and in the end never.

    The AppRec normally comes by itself as a document; this is for those that do not.
    """
    age = now - gen_date
    if age >= GIVE_UP:
        return None
    planned = now + max(FIRST_LOOK, min(age, LONGEST_LOOK))
    return min(planned, gen_date + limit) if age < limit else planned


FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)


def back_off(attempts: int, seed: str = "") -> timedelta:
    """How long to wait after the n-th failed attempt: at most 5 s, 10 s, 20 s … 15 minutes, at least half of that.

    Args:
        attempts: that have failed, from 1.
        seed: decides where between; name the clinic and what is tried again, so that those who failed together do
            not come back together, and the same run waits equally long each time.
    """
    doublings = min(max(attempts - 1, 0), 16)
    longest = min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
    drawn = int.from_bytes(sha256(f"{seed}:{attempts}".encode()).digest()[:4], "big") / 2**32
    return longest * (1 + drawn) / 2
