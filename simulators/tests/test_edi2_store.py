"""The post office's store: states, order, and what is left of it after the process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nhnsim.edi2.model import SCHEMA, Answered, Message, PostOffice, Receipt, ReceiptError, Sending, Unread
from nhnsim.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = "2030-01-07T08:00:00+00:00"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    """An empty post office."""
    connection = open_store(tmp_path / "messages.sqlite", SCHEMA)
    yield PostOffice(connection)
    connection.close()


def message(*receivers: int, sort_key: int = 0, **fields: object) -> Message:
    made = Message(
        id=str(uuid.uuid4()),
        msg_id=str(uuid.uuid4()),
        msg_type="DIALOG_NOTAT",
        gen_date=AT,
        sort_key=sort_key,
        is_app_rec=False,
        sender=1,
        receivers=receivers,
        accepted_at=AT,
        client_id="client",
        source_system="EHR, v1",
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # a test's short form


def accept(office: PostOffice, made: Message, answers: Answered | None = None) -> Message:
    office.accept(made, b"<x/>", sending=dict.fromkeys(made.receivers, Sending("Acknowledged")), answers=answers)
    return made


def waiting(office: PostOffice, *receivers: int, **fields: object) -> list[tuple[str, int]]:
    query = replace(Unread(receivers), **fields)  # type: ignore[arg-type]  # a test's short form
    return [(found.id, receiver) for found, receiver in office.unread(query)]


def test_a_message_comes_back_as_it_went_in(office: PostOffice) -> None:
    """Envelope and bytes survive the store."""
    made = accept(office, message(2, 3, patients=("14835739784",), overrides='{"cpaId":"x"}'))
    assert office.message(made.id) == made
    assert office.content(made.id) == b"<x/>"
    assert office.message("unknown") is None


def test_reading_is_per_receiver(office: PostOffice) -> None:
    """One upload to two receivers is two deliveries; when one has read it the other still waits."""
    made = accept(office, message(2, 3))
    office.mark_read(made.id, 2, AT)
    office.mark_read(made.id, 2, "2031-01-01T00:00:00+00:00")
    assert waiting(office, 2, 3) == [(made.id, 3)]
    assert [delivery.read_at for delivery in office.deliveries(made.id)] == [AT, None]


def test_order_is_gen_date_then_arrival(office: PostOffice) -> None:
    """GET /Messages sorts on GenDate; what has the same GenDate comes as it arrived."""
    late, first, second = (accept(office, message(2, sort_key=key)) for key in (9, 5, 5))
    assert [found for found, _ in waiting(office, 2)] == [first.id, second.id, late.id]
    assert [found for found, _ in waiting(office, 2, descending=True, limit=2)] == [late.id, second.id]


def test_filters(office: PostOffice) -> None:
    """By sender and by MsgId."""
    one, other = accept(office, message(2)), accept(office, message(2, sender=7))
    assert waiting(office, 2, sender=7) == [(other.id, 2)]
    assert waiting(office, 2, msg_id=one.msg_id) == [(one.id, 2)]
    assert waiting(office, 4) == []


def test_the_first_receipt_of_a_receiver_counts(office: PostOffice) -> None:
    """HITS 1168: never a second or changed receipt; it is carried, but the status stays."""
    made = accept(office, message(2, 3))
    refusal = Receipt("Rejected", (ReceiptError("E21", "ukjent", "Mottaker finnes ikke", "1.2.3"),))
    accept(office, message(1, is_app_rec=True, sender=2, original=made.id), Answered(made.id, 2, refusal))
    accept(office, message(1, is_app_rec=True, sender=2, original=made.id), Answered(made.id, 2, Receipt("Ok")))
    assert [delivery.receipt for delivery in office.deliveries(made.id)] == [refusal, None]
    assert len(waiting(office, 1)) == 2


def test_a_receipt_finds_the_upload_it_answers(office: PostOffice) -> None:
    """When a MsgId was uploaded twice, each receipt answers one of them, the older first."""
    first = accept(office, message(2, msg_id="m"))
    second = accept(office, message(2, msg_id="m"))
    assert office.answered_by("m", 1, 2) == first.id
    accept(office, message(1, is_app_rec=True, sender=2), Answered(first.id, 2, Receipt("Ok")))
    assert office.answered_by("m", 1, 2) == second.id
    assert office.answered_by("m", 1, 99) is None
    assert office.answered_by("m", 99, 2) is None


def test_reset_and_snapshot(office: PostOffice) -> None:
    """The control port's view of the post office."""
    made = accept(office, message(2))
    accept(office, message(1, is_app_rec=True, sender=2, original=made.id), Answered(made.id, 2, Receipt("Ok")))
    shown = office.snapshot()
    assert shown[0]["id"] == made.id
    assert shown[0]["receivers"] == [
        {"her_id": 2, "transport": "Acknowledged", "read_at": None, "app_rec": "Ok", "errors": []}
    ]
    office.reset()
    assert office.snapshot() == []


def test_kill_9_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    """A process that says an id only after `accept` returned is killed at a random instant; every id is there."""
    path = tmp_path / "messages.sqlite"
    script = (
        "import sys, uuid\n"
        "from nhnsim.edi2.model import SCHEMA, Message, PostOffice, Sending\n"
        "from nhnsim.store import open_store\n"
        "from pathlib import Path\n"
        f"office = PostOffice(open_store(Path({str(path)!r}), SCHEMA))\n"
        "while True:\n"
        "    name = str(uuid.uuid4())\n"
        "    made = Message(name, name, 'T', None, 0, False, 1, (2, 3), 'at', 'c', 's')\n"
        "    way = Sending('Acknowledged')\n"
        "    office.accept(made, name.encode() * 500, sending={2: way, 3: way})\n"
        "    sys.stdout.write(name + '\\n')\n"
        "    sys.stdout.flush()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = [process.stdout.readline().decode().strip() for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().decode()
    process.stdout.close()
    process.wait()
    said += [line for line in rest.splitlines(keepends=False) if len(line) == 36]
    connection = open_store(path, SCHEMA)
    office = PostOffice(connection)
    for name in said:
        assert office.content(name) == name.encode() * 500
        assert len(office.deliveries(name)) == 2
    connection.close()
