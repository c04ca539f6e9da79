"""Broken judges: context managers that spoil our own side. Their cases must end as `harness_error`."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest import mock

from nhnconform.conversations.letters import Letter, Person
from nhnconform.oracles import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
