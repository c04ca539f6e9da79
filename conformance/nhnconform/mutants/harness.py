"""Broken judges: context managers that spoil our own side. Their cases must end as `harness_error`."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest import mock

import xmlschema

from nhnconform.control import Control
from nhnconform.conversations.letters import Letter, Person
from nhnconform.errors import HarnessError
from nhnconform.oracles import tables
from nhnconform.timing import SteppedTime
from nhnsim.parties.client import Edi2Client, Edi2ClientError
from nhntime import ClockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

FIRST_PAGES = 1
"""Questions for the journal before a run begins: how far it is."""


@contextlib.contextmanager
def _letters(spoil: Callable[[Letter], Letter]) -> Iterator[None]:
    honest = Letter.to_bytes
    with mock.patch.object(Letter, "to_bytes", lambda letter: honest(spoil(letter))):
        yield


def stimulus_breaks_two_rules() -> contextlib.AbstractContextManager[None]:
    """Letters lack their patient's number, whatever else is wrong with them."""
    return _letters(lambda letter: replace(letter, patient=replace(letter.patient, number=None)))


def stimulus_breaks_nothing() -> contextlib.AbstractContextManager[None]:
    """Letters whose patient should not be identified are about somebody."""
    known = Person("01899499006", "Vakker", "Blomst")
    return _letters(lambda letter: letter if letter.patient.number else replace(letter, patient=known))


@contextlib.contextmanager
def row_cannot_be_asked() -> Iterator[None]:
    """Every table ends with a row that asks for a variable nobody knows."""
    honest = tables.table

    def table(name: str) -> tables.Table:
        whole = honest(name)
        context = {"xml": "/*", "pair": "/pair", "request": "/request", "requests": "/requests"}[whole.input]
        row = tables.Row("BROKEN", "none", "none", context, "$nobody = 'x'", "never said")
        return replace_rows(whole, (*whole.rows, row))

    with mock.patch("nhnconform.oracles.judge.table", table):
        yield


def replace_rows(whole: tables.Table, rows: tuple[tables.Row, ...]) -> tables.Table:
    """The table with other rows."""
    return tables.Table(input=whole.input, rows=rows, namespaces=whole.namespaces)


@contextlib.contextmanager
def stimulus_is_no_xml() -> Iterator[None]:
    """Letters end after their first line."""
    honest = Letter.to_bytes
    with mock.patch.object(Letter, "to_bytes", lambda letter: honest(letter).partition(b"\n")[0]):
        yield


@contextlib.contextmanager
def schema_engines_disagree() -> Iterator[None]:
    """Xmlschema finds fault with every document."""

    class Fault:
        path, reason = "/", "it does not please"

    def iter_errors(schema: object, root: object) -> Iterator[Fault]:
        del schema, root
        yield Fault()

    with mock.patch.object(xmlschema.XMLSchema10, "iter_errors", iter_errors):
        yield


@contextlib.contextmanager
def counterpart_is_refused() -> Iterator[None]:
    """The network takes nothing from counterparts."""

    async def post(client: object, document: bytes, subset: object = ()) -> str:
        del client, document, subset
        raise Edi2ClientError(400, "refused")

    with mock.patch.object(Edi2Client, "post", post):
        yield


def _control(wrong: Callable[[str, str], object]) -> contextlib.AbstractContextManager[object]:
    """The control port answers otherwise where `wrong` gives an answer or raises."""
    honest = Control.ask

    async def ask(control: Control, method: str, path: str, body: object = None, **query: str | int) -> object:
        found = wrong(method, path)
        return await honest(control, method, path, body, **query) if found is None else found

    return mock.patch.object(Control, "ask", ask)


@contextlib.contextmanager
def control_port_is_gone() -> Iterator[None]:
    """The journal cannot be asked for, once the run has begun."""
    asked = [0]

    def wrong(method: str, path: str) -> object:
        asked[0] += path == "/journal"
        if path == "/journal" and asked[0] > FIRST_PAGES:
            raise HarnessError(f"the network's control port did not answer {method} {path}")
        return None

    with _control(wrong):
        yield


@contextlib.contextmanager
def journal_is_nonsense() -> Iterator[None]:
    """Entries of the journal have no numbers, once the run has begun."""
    asked = [0]

    def wrong(method: str, path: str) -> object:
        del method
        asked[0] += path == "/journal"
        return {"entries": [{"endpoint": "edi2"}], "next": 1} if path == "/journal" and asked[0] > FIRST_PAGES else None

    with _control(wrong):
        yield


@contextlib.contextmanager
def faults_cannot_be_armed() -> Iterator[None]:
    """No fault is taken."""

    def wrong(method: str, path: str) -> object:
        if (method, path) == ("POST", "/faults"):
            raise HarnessError("the network's control port answered POST /faults with 400")
        return None

    with _control(wrong):
        yield


@contextlib.contextmanager
def time_cannot_be_moved() -> Iterator[None]:
    """A case that has time for itself cannot move it."""

    async def leap(time: SteppedTime, span: timedelta) -> None:
        del time
        raise ClockError(f"the hub does not move {span}")

    with mock.patch.object(SteppedTime, "leap", leap):
        yield


@contextlib.contextmanager
def echo_table_is_wrong() -> Iterator[None]:
    """The table of echoes wants a receipt to repeat what no message has."""
    honest = tables.table

    def table(name: str) -> tables.Table:
        whole = honest(name)
        if name != "apprec-echo":
            return whole
        row = tables.Row("ECHO-WRONG", "none", "none", "/pair", "false()", "a receipt repeats the moon's phase")
        return replace_rows(whole, (*whole.rows, row))

    with mock.patch("nhnconform.oracles.judge.table", table):
        yield


@contextlib.contextmanager
def table_is_missing() -> Iterator[None]:
    """The table of token requests is not there."""
    honest = tables.table

    def table(name: str) -> tables.Table:
        return honest("no-such-table" if name == "token-request" else name)

    with mock.patch("nhnconform.oracles.judge.table", table):
        yield


@contextlib.contextmanager
def case_has_a_defect() -> Iterator[None]:
    """A letter with decimals in its time cannot be made."""

    def spoil(letter: Letter) -> Letter:
        if "." in letter.gen_date:
            raise KeyError(letter.gen_date)
        return letter

    with _letters(spoil):
        yield
