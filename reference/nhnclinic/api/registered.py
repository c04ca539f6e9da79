"""The JSON of what stands in registers: recipients, senders, the setup."""

from __future__ import annotations

import msgspec


class PartyOut(msgspec.Struct):
    """A communication party of the address register: somebody to write to, or to write as."""

    her_id: int
    name: str
    kind: str
    office: str
    organisation_her_id: int
    edi_address: str


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
