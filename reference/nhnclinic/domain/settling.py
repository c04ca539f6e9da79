"""What becomes of a sent message when its receiver answers, or does not.

Source: HITS 1168. A late positive AppRec is still legal, but not after a negative one; a receiver never changes the
AppRec it gave.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nhnclinic.domain.values import Answer, Settled, State

if TYPE_CHECKING:
    from datetime import datetime

    from nhnclinic.domain.values import Outcome

MISSING = "apprec_missing"
REJECTED = "rejected"
CONTRADICTED = "contradicted"

_DELIVERED = Settled(State.DELIVERED, "delivered", resolves=MISSING)
_PARTLY = Settled(State.DELIVERED, "delivered in part", alert="partly", resolves=MISSING)
_REJECTED = Settled(State.REJECTED, "rejected", alert=REJECTED, resolves=MISSING)

_OPEN = (State.QUEUED, State.SENT, State.APPREC_MISSING, State.FAILED)
_TABLE: dict[tuple[State, Answer], Settled] = {
    **{(state, Answer.OK): _DELIVERED for state in _OPEN},
    **{(state, Answer.PARTLY): _PARTLY for state in _OPEN},
    **{(state, Answer.REJECTED): _REJECTED for state in _OPEN},
    (State.DELIVERED, Answer.REJECTED): Settled(State.DELIVERED, "contradicted: rejected", alert=CONTRADICTED),
    (State.REJECTED, Answer.OK): Settled(State.REJECTED, "contradicted: accepted", alert=CONTRADICTED),
}


def settle(state: State, outcome: Outcome) -> Settled | None:
    """The next state, or None when this is no news."""
    return _TABLE.get((state, outcome.status))


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


def back_off(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt: 5 s, 10 s, 20 s … and never more than 15 minutes."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
