"""The store: on disk when committed, once when unique, refused when it could lose something."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from nhnclinic.domain.values import Answer, Author, Delivery, Draft, Fault, Notice, Parcel, Patient, State
from nhnclinic.errors import StoreError
from nhnclinic.store import inbox, outbox, records
from nhnclinic.store.database import Store, open_store
from nhnclinic.store.sqlite import check_durable
from nhnclinic.store.tables import metadata
from nhntime import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
NOTICE = Notice("3f0c", 9_000_002, 9_700_001)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration("postgres", "initdb", apt="postgresql"))]
)
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """The same store on both kinds of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/deep/clinic.sqlite"
    else:
        url = request.getfixturevalue("postgres").create(f"store-{uuid.uuid4()}")
    opened = open_store(url, VirtualClock(NOW))
    yield opened
    opened.close()


def _message(store: Store, identity: str) -> int:
    with store.transaction() as connection:
        return inbox.insert_message(
            connection, identity=identity, msg_id="m", type="DIALOG_NOTAT", state="received", patient_number="",
            patient_given_name="", patient_family_name="", subject="", text="", parent="", conversation="",
            document=b"<x/>", gen_date=NOW, created_at=NOW,
        )  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrations_make_what_the_tables_say(store: Store) -> None:
    """A database made by the migrations is the one that the queries were written for."""
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_it_is_durable_and_says_so_when_not(tmp_path: Path) -> None:
    """WAL with synchronous=FULL is set and looked at; a connection without it is refused with the remedy."""
    store = open_store(f"sqlite:///{tmp_path}/clinic.sqlite", VirtualClock(NOW))
    with store.reading() as connection:
        check_durable(connection)
    store.close()
    weak = sa.create_engine("sqlite://")
    with weak.connect() as connection, pytest.raises(StoreError, match="power cut"):
        check_durable(connection)
    weak.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://db/x", "no url", "oracle://x"])
def test_databases_that_could_lose_messages_are_refused(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url, VirtualClock(NOW))


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    """A clinic that is older than its database stops and says so, instead of guessing."""
    path = tmp_path / "clinic.sqlite"
    open_store(f"sqlite:///{path}", VirtualClock(NOW)).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StoreError, match="9999"):
        open_store(f"sqlite:///{path}", VirtualClock(NOW))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clinic.sqlite"
    path.write_bytes(b"not a database, but long enough to be looked at by sqlite" * 20)
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(f"sqlite:///{path}", VirtualClock(NOW))


def test_a_delivery_is_kept_once(store: Store) -> None:
    """The same document offered twice to the same recipient is one delivery; to two recipients it is two."""
    with store.transaction() as connection:
        first = inbox.keep(connection, Delivery(NOTICE, b"<x/>"), NOW)
        again = inbox.keep(connection, Delivery(NOTICE, b"<x/>"), NOW)
        other = inbox.keep(connection, Delivery(Notice("3f0c", 9_000_003), b"<x/>"), NOW)
    assert first.row == again.row != other.row
    assert again.resumed
    assert not first.resumed


def test_what_is_announced_is_fetched_and_kept_in_its_place(store: Store) -> None:
    """A document that was told of is unfinished work without bytes; when they come it is the same delivery."""
    with store.transaction() as connection:
        assert inbox.announce(connection, NOTICE, NOW)
        assert not inbox.announce(connection, NOTICE, NOW)
        (row,) = inbox.unfinished(connection, NOW)
        waiting = inbox.still_unfinished(connection, row, NOW)
        assert waiting is not None
        assert (waiting.raw, waiting.done) == (b"", frozenset())
        kept = inbox.keep(connection, replace(waiting, raw=b"<x/>"), NOW)
        assert (kept.row, kept.done) == (row, frozenset({"persist"}))
        again = inbox.still_unfinished(connection, row, NOW)
    assert again is not None
    assert (again.raw, again.done) == (b"<x/>", frozenset({"persist"}))


def test_a_position_never_goes_back(store: Store) -> None:
    """Two streams have a position each; a smaller number changes nothing."""
    with store.transaction() as connection:
        assert records.position(connection, "a") == 0
        for offset in (7, 3, 2**40):
            records.set_position(connection, "a", offset, NOW)
        records.set_position(connection, "b", 1, NOW)
        assert (records.position(connection, "a"), records.position(connection, "b")) == (2**40, 1)


def test_unfinished_work_is_found_again(store: Store) -> None:
    """What was kept and not finished is there after a restart, with its bytes; postponed work waits."""
    with store.transaction() as connection:
        kept = inbox.keep(connection, Delivery(NOTICE, b"<x/>"), NOW)
        assert kept.row is not None
    with store.reading() as connection:
        (row,) = inbox.unfinished(connection, NOW)
        found = inbox.still_unfinished(connection, row, NOW)
    assert found is not None
    assert (found.raw, found.done, found.resumed) == (b"<x/>", frozenset({"persist"}), True)
    later = NOW + timedelta(seconds=5)
    with store.transaction() as connection:
        inbox.postpone(connection, kept.row, 1, later)
        assert inbox.next_due(connection) == later
        assert inbox.unfinished(connection, NOW) == []
        assert len(inbox.unfinished(connection, later)) == 1
        inbox.finish(connection, kept.row)
        assert inbox.unfinished(connection, later) == []


def test_one_apprec_per_own_recipient(store: Store) -> None:
    """A second debt for the same recipient of the same message does not come into being, sent or not."""
    message = _message(store, "in:1:m")

    def owe(her_id: int) -> bool:
        return inbox.owe(
            connection,
            message=message,
            her_id=her_id,
            transport_id="t",
            status=Answer.REJECTED,
            faults=(Fault("E36", "x"),),
        )

    with store.transaction() as connection:
        assert owe(1)
        assert not owe(1)
        assert owe(2)
        owed = inbox.owed(connection, message, 1)
        assert owed is not None
        assert (owed.status, owed.faults, owed.document) == (Answer.REJECTED, (Fault("E36", "x"),), b"<x/>")
        inbox.set_receipt(connection, owed.row, "sent")
        assert inbox.owed(connection, message, 1) is None
        assert not owe(1)


def test_a_message_is_filed_once(store: Store) -> None:
    """The database itself refuses a second message of the same identity, and a second journal event of a message."""
    message = _message(store, "in:1:m")
    with pytest.raises(sa.exc.IntegrityError):
        _message(store, "in:1:m")
    with store.transaction() as connection:
        records.file_in_journal(connection, message=message, number="1", at=NOW, title="t")
    with pytest.raises(sa.exc.IntegrityError), store.transaction() as connection:
        records.file_in_journal(connection, message=message, number="1", at=NOW, title="t")


def test_an_alert_is_raised_once_even_when_resolved(store: Store) -> None:
    with store.transaction() as connection:
        assert records.raise_alert(connection, key="k", kind="rejected", text="x", at=NOW)
        assert not records.raise_alert(connection, key="k", kind="rejected", text="x", at=NOW)
        (alert,) = records.all_alerts(connection, is_open=True)
        assert records.resolve_alert_by_id(connection, alert["id"], NOW, "doctor") is not None
        assert records.resolve_alert_by_id(connection, alert["id"], NOW, "somebody else") is not None
        assert not records.raise_alert(connection, key="k", kind="rejected", text="x", at=NOW)
        assert records.all_alerts(connection, is_open=True) == []
        (alert,) = records.all_alerts(connection, is_open=False)
    assert alert["resolved_by"] == "doctor"


def _parcel(msg_id: str, key: str = "") -> Parcel:
    draft = Draft(
        "DIALOG_NOTAT",
        msg_id,
        1,
        2,
        Patient("1", "Vakker", "Blomst"),
        "s",
        "t",
        Author("doctor", "Stille Fjell"),
        key=key,
    )
    return Parcel(draft, document=b"<x/>", gen_date=NOW)


def test_the_outbox_gives_what_is_due(store: Store) -> None:
    """A queued message is due at once; one that was postponed is due later; its MsgId is found in any case."""
    with store.transaction() as connection:
        row = outbox.keep(connection, _parcel("abc-1"), NOW)
        outbox.keep(connection, _parcel("abc-2"), NOW)
        outbox.change(connection, row, due_at=NOW + timedelta(minutes=1))
        (due,) = outbox.due(connection, [State.QUEUED], NOW)
        assert outbox.load(connection, due).msg_id == "abc-2"
        assert outbox.still_due(connection, due, [State.SENT], NOW) is None
        assert outbox.still_due(connection, due, [State.QUEUED], NOW) is not None
        found = outbox.by_msg_id(connection, "ABC-1")
    assert found is not None
    assert found.gen_date == NOW


def test_what_is_due_is_found_without_reading_what_is_not(tmp_path: Path) -> None:
    """A year of sent messages that wait for nothing yet does not lie in the way: the index by time is used."""
    opened, asked = open_store(f"sqlite:///{tmp_path}/clinic.sqlite", VirtualClock(NOW)), []

    def hear(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        del connection, cursor, rest
        asked.append((statement, parameters))

    sa.event.listen(opened.engine, "before_cursor_execute", hear)
    with opened.reading() as connection:
        outbox.due(connection, [State.SENT, State.APPREC_MISSING], NOW)
        outbox.next_due(connection)
        for statement, parameters in [one for one in asked if "due_at" in one[0]]:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert "messages_due" in str(plan[0]), plan
    opened.close()


def test_alerts_go_back_list_by_list(store: Store) -> None:
    """The newest, oldest first; then those before the first of them; resolved ones are left out when asked."""
    with store.transaction() as connection:
        for number in range(5):
            records.raise_alert(connection, key=f"k{number}", kind="rejected", text=str(number), at=NOW)
        records.resolve_alert(connection, "k1", NOW, "somebody")
        newest = records.all_alerts(connection, limit=2)
        older = records.all_alerts(connection, before=newest[0]["id"], limit=2)
        assert [one["text"] for one in (*older, *newest)] == ["1", "2", "3", "4"]
        assert [one["text"] for one in records.all_alerts(connection, is_open=True)] == ["0", "2", "3", "4"]
        assert records.all_alerts(connection, author="physician1") == []


def test_a_request_that_is_repeated_is_recognised(store: Store) -> None:
    """Two messages of the same request key cannot exist; without a key any number can."""
    with store.transaction() as connection:
        outbox.keep(connection, _parcel("1", "key"), NOW)
        outbox.keep(connection, _parcel("2"), NOW)
        outbox.keep(connection, _parcel("3"), NOW)
        before = outbox.by_key(connection, "key")
        assert before is not None
        assert before["msg_id"] == "1"
    with pytest.raises(sa.exc.IntegrityError), store.transaction() as connection:
        outbox.keep(connection, _parcel("4", "key"), NOW)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as connection:
            outbox.keep(connection, _parcel("1"), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.reading() as connection:
        assert outbox.listed(connection) == []
