"""The clinic's day without a network: the table of handling, whom a message is for, and lists that cost the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from nhnclinic.config import UserSettings
from nhnclinic.domain import handling
from nhnclinic.domain.concerned import participants
from nhnclinic.errors import ConfigError
from nhnclinic.store import filing, log
from nhnclinic.store.database import open_store
from nhnclinic.store.tables import filings, messages
from nhntime import VirtualClock
from nhnwire import codes, msghead
from nhnwire.msghead import HealthcareProfessional, MsgHead, Organisation

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

NOW = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
DOCTOR = UserSettings("doctor", "Vakker Blomst", "t1", hpr="900000001", role="physician", her_id=9_000_010)
NURSE = UserSettings("nurse", "Stille Fjell", "t2", hpr="900000002", role="nurse")
OPERATOR = UserSettings("operator", "Drift", "t3", roles=("operator",))
STAFF = (DOCTOR, NURSE, OPERATOR)


def _head(hpr: str = "") -> MsgHead:
    named = HealthcareProfessional((msghead.person_ident("HPR", hpr),)) if hpr else None
    us = Organisation("Blå legesenter", organisation=Organisation("Fastlege", professional=named))
    document = msghead.business_document(b"<x/>")
    return MsgHead(codes.plain("8279", "DIALOG_NOTAT"), NOW, "m", Organisation("Rød"), us, documents=(document,))


def test_the_shipped_table_has_one_of_each() -> None:
    """R-040, R-046, R-267: one type with and one without each of sign, answer and deviation; a request, and between
    members of the network a request only, can be answered; every row says where its type is from.
    """  # fmt: skip
    rows = handling.table().types.values()
    for right in ("sign", "answer", "deviation", "attachment"):
        assert {bool(getattr(row, right)) for row in rows} == {True, False}, right
    assert [row.code for row in rows if row.answer] == ["DIALOG_FORESPORSEL"]
    assert all(row.source for row in rows)
    tabs = {tab.id for tab in handling.table().tabs}
    assert all(row.tab in tabs for row in rows)
    assert {row.code for row in rows if row.autosave} == {"TREATMENT_NOTE", "HENVISNING", "SYKMELD", "LEGEERKL"}


def test_a_clinic_may_choose_otherwise(tmp_path: Path) -> None:
    """R-044, R-046: with `answer` set in the row of a note it can be answered; the rest of the row stays as shipped."""
    own = tmp_path / "handling.toml"
    own.write_text(
        '[[type]]\ncode = "DIALOG_NOTAT"\nanswer = "DIALOG_NOTAT"\n[[type]]\ncode = "REQ_LAB"\ndeviation = false\n',
        "utf-8",
    )
    table = handling.table(str(own))
    assert "answer" in table.of("DIALOG_NOTAT").actions
    assert "sign" in table.of("DIALOG_NOTAT").actions
    assert "deviation" not in table.of("REQ_LAB").actions
    assert handling.table().of("DIALOG_NOTAT").answer == ""


@pytest.mark.parametrize(
    "text", ["[[type]]\ncode = 1\n", "x", "[[type]]\nsing = true\n", "[type]\n", '[[type]]\ncode="A"\n']
)
def test_a_table_that_is_none_is_explained(tmp_path: Path, text: str) -> None:
    own = tmp_path / "handling.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="handling"):
        handling.table(str(own))
    with pytest.raises(ConfigError, match="cannot be read"):
        handling.table(str(tmp_path / "nothing.toml"))


def test_a_type_nobody_has_written_down_is_filed_all_the_same() -> None:
    """It can be opened and forwarded, and has its place in the overview under the rest."""
    row = handling.table().of("NEW_TYPE")
    assert (row.actions, row.tab) == (("open", "forward"), "other")


@pytest.mark.parametrize(
    ("sender", "code", "inbox"),
    [
        ("NAV Eksempel", "DIALOG_NOTAT", "nav_helfo"),
        ("helfo region nord", "DIALOG_NOTAT", "nav_helfo"),
        ("Navarra legesenter", "DIALOG_NOTAT", ""),
        ("", "DIALOG_NOTAT", ""),
        ("Blå kommune", "LOG_INNLAGT", "plo"),
    ],
)
def test_inboxes_beside_feedback(sender: str, code: str, inbox: str) -> None:
    """R-037, R-038: by the first word of the sender's name, else by the type."""
    assert handling.table().inbox_of(code, sender) == inbox


def test_whom_a_message_is_for() -> None:
    """R-050: who has the HER-id, else who is named by HPR, else who asked, else everybody but the vendor."""
    assert participants(_head("900000002"), 9_000_010, STAFF) == ("doctor",)
    assert participants(_head("900000002"), 9_000_002, STAFF, "doctor") == ("nurse",)
    assert participants(_head(), 9_000_002, STAFF, "nurse") == ("nurse",)
    assert participants(_head("900000099"), 9_000_002, STAFF, "gone") == ("doctor", "nurse")


def test_lists_are_read_by_an_index(tmp_path: Path) -> None:
    """Pages of mailboxes, log, sent and overview read as much as they show, however many messages there are: each is
    found by an index in the order in which it is shown.
    """  # fmt: skip
    store, asked = open_store(f"sqlite:///{tmp_path}/clinic.sqlite", VirtualClock(NOW)), []

    def hear(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        del connection, cursor, rest
        asked.append((statement, parameters))

    sa.event.listen(store.engine, "before_cursor_execute", hear)

    def plan(connection: Connection) -> str:
        statement, parameters = asked[-1]
        return " ".join(
            str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        )

    with store.reading() as connection:
        for view in ("*", "doctor"):
            filing.lying(connection, view, 9_000_002, "inbox", before=7)
            assert "filings_box" in plan(connection)
            filing.lying(connection, view, 9_000_002, "inbox", kind="DIALOG_NOTAT")
            assert "filings_type" in plan(connection)
            filing.count(connection, view, 9_000_002, "inbox", inbox="plo")
            assert "filings_inbox" in plan(connection)
        log.page(connection, author_id="doctor")
        assert "messages_author" in plan(connection)
        log.page(connection, patient_number="1")
        assert "messages_patient" in plan(connection)
        log.of_patient(connection, "1", ("DIALOG_NOTAT",))
        assert "messages_patient" in plan(connection)
        for author in ("doctor", ""):
            log.page(connection, before=9, author_id=author)
            assert "TEMP B-TREE" not in plan(connection)
    store.close()
    assert {filings.name, messages.name} <= set(sa.inspect(store.engine).get_table_names())
    store.engine.dispose()
