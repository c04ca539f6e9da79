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
from nhnclinic.errors import TransportError
from nhnclinic.exchange.health import LONGEST_REST, Health, pause
from nhntime import VirtualClock
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
        ({"type": "SYKMELD"}, "type must be"),
        ({"type": "REQ_LAB", "subject": " "}, "what is to be examined"),
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
        (State.REJECTED, Answer.PARTLY, State.REJECTED, "contradicted", ""),
        (State.FAILED, Answer.OK, State.DELIVERED, "", "apprec_missing"),
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


@given(st.integers(-3, 10_000), st.text(max_size=9))
def test_back_off_grows_and_is_bounded(attempts: int, seed: str) -> None:
    """Never below half of the step, never above it, never below the step before; the same seed waits the same."""
    wait = back_off(attempts, seed)
    longest = min(timedelta(seconds=5 * 2 ** min(max(attempts - 1, 0), 16)), timedelta(minutes=15))
    assert longest / 2 <= wait <= longest
    assert back_off(attempts, seed) == wait


def test_those_who_failed_together_do_not_come_back_together() -> None:
    """A hundred clinics that lost the service at once spread over the whole second half of the wait."""
    waits = sorted(back_off(4, f"{9_000_000 + k}:poll").total_seconds() for k in range(100))
    assert waits[0] < 22
    assert waits[-1] > 38
    assert len(set(waits)) == 100


def test_a_service_in_trouble_is_left_alone() -> None:
    """Two failures in a row are bad luck, three are the service's: it rests, longer each time, until it answers."""
    clock = VirtualClock(WRITTEN)
    health = Health(clock, back_off, "9000001")
    for _ in range(2):
        health.failed(TransportError("away"))
        assert not health.rests()
    health.failed(TransportError("refused", status=400))  # an answer, if not the one that was hoped for
    for expected in (False, False, True):
        health.failed(TransportError("away", status=503))
        assert health.rests() is expected
    first = health.until
    health.failed(TransportError("away"))
    assert first is not None
    assert health.until is not None
    assert health.until > first
    health.answered()
    assert not health.rests()


def test_a_service_that_says_when_to_come_back_is_believed() -> None:
    """Retry-After counts from the first failure on, and within reason."""
    clock = VirtualClock(WRITTEN)
    health = Health(clock, back_off, "9000001")
    health.failed(TransportError("too many", status=429, after=timedelta(minutes=20)))
    assert health.until == WRITTEN + timedelta(minutes=20)
    assert pause(back_off, 1, "", TransportError("too many", status=429, after=timedelta(days=9))) == LONGEST_REST


def test_alerts_say_what_and_why() -> None:
    """An alert names the code, the code's own text and the receiver's words."""
    detail = alerts.describe((Fault("E36", "mangler navn"), Fault("T99")))
    text = alerts.text("rejected", "DIALOG_NOTAT to HER-id 1", detail)
    assert "E36 Pasientopplysninger er utilstrekkelige (mangler navn); T99 Annen feil på format" in text
