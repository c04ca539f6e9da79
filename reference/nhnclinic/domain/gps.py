"""Whose patient somebody is, as the GP register says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Doctor:
    """Somebody on a GP contract; `relation` is of table 7750: `LPFL` GP, `LPDL` sharing the list, `LPVI` stand-in."""

    name: str
    hpr: str
    relation: str


@dataclass(frozen=True)
class PatientsGp:
    """Whose patient somebody is, by the GP register.

    Attributes:
        number: the patient's.
        gp: None on a list that is without a GP for the time being.
        others: who else is on the contract now.
        her_id: where messages to the GP go, when that is known.
        contract: id of the contract, whose list it is.
        office: its name; `office_number` is its organisation number.
        since: when the patient came to the list.
        until: when they leave it, when that is known.
    """

    number: str
    gp: Doctor | None
    others: tuple[Doctor, ...]
    her_id: int | None
    contract: int
    office: str
    office_number: str
    since: datetime | None
    until: datetime | None
