"""The JSON of what stands in registers: recipients, senders, patients' GPs, the setup."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time

import msgspec


class PartyOut(msgspec.Struct):
    """A communication party of the address register: somebody to write to, or to write as."""

    her_id: int
    name: str
    kind: str
    office: str
    organisation_her_id: int
    edi_address: str


class DoctorOut(msgspec.Struct):
    """A doctor of a GP contract; `relation` is of table 7750, such as `LPFL` (GP) or `LPVI` (stand-in)."""

    name: str
    hpr: str
    relation: str


class GpOut(msgspec.Struct):
    """A patient's GP by the GP register.

    Attributes:
        gp: null while the list is without a GP.
        others: who else is on the contract now.
        her_id: whom to write to; null when the register does not say.
        since: when the patient came to the list; `until` is when they leave it, if that is known.
    """

    number: str
    gp: DoctorOut | None
    others: list[DoctorOut]
    her_id: int | None
    contract: int
    office: str
    office_number: str
    since: datetime | None
    until: datetime | None


class SetupItem(msgspec.Struct):
    """An item of the setup: as it stands, and what to do about it."""

    item: str
    fulfilled: bool
    value: bool | int | str | None
    reason: str
    remedy: str
    user: str


class ReadinessOut(msgspec.Struct):
    """Whether the clinic can send and receive."""

    ready: bool
    items: list[SetupItem]


class SetupIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new value of an item; null takes it away. `user` for items of one user."""

    value: bool | int | str | None = None
    user: str = ""
