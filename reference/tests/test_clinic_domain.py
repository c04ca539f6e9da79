"""The clinic's rules, each a function: readiness, settling, deadlines, back-off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhnclinic.domain import alerts
from nhnclinic.domain.readiness import problems
from nhnclinic.domain.settling import GIVE_UP, back_off, is_overdue, next_look, settle
from nhnclinic.domain.values import Answer, Author, Draft, Fault, Outcome, Patient, State
from nhnwire.identifiers import with_control_digits

BORN_1 = next(number for k in range(100, 200) if (number := with_control_digits(f"018250{k}")))
WRITTEN = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
LIMIT = timedelta(hours=96)
DRAFT = Draft(
    type="DIALOG_NOTAT",
    msg_id="",
    from_her_id=9_000_002,
    to_her_id=9_700_001,
    patient=Patient(BORN_1, "Vakker", "Blomst"),
    subject="Prøve",
    text="Hei.\r\nÆØÅ",
    author=Author("doctor", "Stille Fjell", "900000001", "physician"),
)


def test_a_good_draft_is_ready() -> None:
    assert problems(DRAFT) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "EPIKRISE"}, "type must be"),
        ({"text": "  \n"}, "text is empty"),
        ({"text": "x" * 1_000_001}, "longer than"),
        ({"text": "a\x00b"}, "control characters"),
        ({"subject": "\x1b[0m"}, "control characters"),
        ({"patient": Patient("", "A", "B")}, "number"),
        ({"patient": Patient("12345678901", "A", "B")}, "number"),
        ({"patient": Patient(BORN_1, "", "B")}, "given name"),
        ({"patient": Patient(BORN_1, "A", " ")}, "family name"),
        ({"to_her_id": 9_000_002}, "same"),
        ({"type": "DIALOG_SVAR"}, "in_reply_to"),
        ({"type": "DIALOG_HELSEFAGLIG", "subject": ""}, "subject"),
    ],
)
def test_what_is_not_ready_says_why(change: dict[str, object], words: str) -> None:
    """Each thing that keeps a draft back is a sentence of its own."""
    found = problems(replace(DRAFT, **change))  # type: ignore[arg-type]  # a table of fields
    assert len(found) == 1
    assert words in found[0]


def _outcome(answer: Answer) -> Outcome:
    return Outcome("m", 1, answer, (), "apprec")


@pytest.mark.parametrize(
    ("state", "answer", "becomes", "alert", "resolves"),
    [
        (State.SENT, Answer.OK, State.DELIVERED, "", "apprec_missing"),
        (State.QUEUED, Answer.OK, State.DELIVERED, "", "apprec_missing"),
        (State.SENT, Answer.REJECTED, State.REJECTED, "rejected", "apprec_missing"),
        (State.APPREC_MISSING, Answer.OK, State.DELIVERED, "", "apprec_missing"),
        (State.APPREC_MISSING, Answer.REJECTED, State.REJECTED, "rejected", "apprec_missing"),
        (State.REJECTED, Answer.OK, State.REJECTED, "contradicted", ""),
        (State.DELIVERED, Answer.REJECTED, State.DELIVERED, "contradicted", ""),
        (State.SENT, Answer.PARTLY, State.DELIVERED, "partly", "apprec_missing"),
    ],
)
def test_what_an_answer_does(state: State, answer: Answer, becomes: State, alert: str, resolves: str) -> None:
    """A late yes is still a yes, but not after a no; whoever changes an answer is reported (HITS 1168)."""
    settled = settle(state, _outcome(answer))
    assert settled is not None
    assert (settled.state, settled.alert, settled.resolves) == (becomes, alert, resolves)


@pytest.mark.parametrize(
    ("state", "answer"),
    [(State.DELIVERED, Answer.OK), (State.REJECTED, Answer.REJECTED), (State.DELIVERED, Answer.PARTLY)],
)
def test_the_same_answer_twice_is_no_news(state: State, answer: Answer) -> None:
    assert settle(state, _outcome(answer)) is None


def test_overdue_at_96_hours_and_not_before() -> None:
    """The deadline counts from GenDate, in domain time."""
    assert not is_overdue(WRITTEN, WRITTEN + LIMIT - timedelta(seconds=1), LIMIT)
    assert is_overdue(WRITTEN, WRITTEN + LIMIT, LIMIT)


@given(st.timedeltas(timedelta(0), timedelta(days=40)))
def test_the_deadline_is_never_slept_through(age: timedelta) -> None:
    """Whenever a message is looked at, the next look lies ahead, and none jumps over the deadline."""
    now = WRITTEN + age
    look = next_look(WRITTEN, now, LIMIT)
    if age >= GIVE_UP:
        assert look is None
        return
    assert look is not None
    assert look > now
    if age < LIMIT:
        assert look <= WRITTEN + LIMIT


def test_an_hour_of_waiting_costs_few_questions() -> None:
    """Following a message costs a handful of requests an hour, not one per poll."""
    now, looks = WRITTEN, 0
    while (now := next_look(WRITTEN, now, LIMIT) or now) < WRITTEN + timedelta(hours=1):
        looks += 1
    assert 3 <= looks <= 8


@given(st.integers(-3, 10_000))
def test_back_off_grows_and_is_bounded(attempts: int) -> None:
    assert timedelta(seconds=5) <= back_off(attempts) <= back_off(attempts + 1) <= timedelta(minutes=15)


def test_alerts_say_what_and_why() -> None:
    """An alert names the code, the code's own text and the receiver's words."""
    detail = alerts.describe((Fault("E36", "mangler navn"), Fault("T99")))
    text = alerts.text("rejected", "DIALOG_NOTAT to HER-id 1", detail)
    assert "E36 Pasientopplysninger er utilstrekkelige (mangler navn); T99 Annen feil på format" in text
