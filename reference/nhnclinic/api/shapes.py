"""The JSON of the interface. Requests refuse unknown members; answers may grow."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from typing import Annotated, TypeAlias

import msgspec

HerId: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=9_999_999_999)]
"""HER-id: up to ten digits."""


class PatientIn(msgspec.Struct, forbid_unknown_fields=True):
    """The patient a message is about."""

    number: str
    given_name: str
    family_name: str


class AttachmentIn(msgspec.Struct, forbid_unknown_fields=True):
    """A file to go with a message; `data` in base64."""

    mime_type: str
    data: bytes
    description: str = ""


class MessageIn(msgspec.Struct, forbid_unknown_fields=True):
    """A message to send. `in_reply_to` is the MsgId of a message the clinic knows."""

    type: str
    from_her_id: HerId
    to_her_id: HerId
    patient: PatientIn
    text: str
    subject: str = ""
    in_reply_to: str = ""
    attachments: list[AttachmentIn] = []


class PatientNames(msgspec.Struct, forbid_unknown_fields=True):
    """A patient's names; the number stands in the path."""

    given_name: str
    family_name: str


class Queued(msgspec.Struct):
    """A message is in the outbox, on disk."""

    msg_id: str
    state: str


class ErrorLine(msgspec.Struct):
    """One error of an application receipt (code system 8221)."""

    code: str
    text: str


class AppRecOut(msgspec.Struct):
    """The application receipt: of the receiver for what we sent, of ours for what we received."""

    status: str
    errors: list[ErrorLine]


class PatientOut(msgspec.Struct):
    """A person."""

    number: str
    given_name: str
    family_name: str


class Event(msgspec.Struct):
    """Something that happened to a message."""

    at: datetime
    event: str
    detail: str


class MessageOut(msgspec.Struct, omit_defaults=True):
    """A message, in or out. From `history` on, only when a single message is asked for.

    Attributes:
        handling: how far the clinic has come with a received one: `new`, `open` or `archived`.
        author: id of the user who wrote it.
        replaces: MsgId of the failed message that this one was sent in place of; `replaced_by` the other way.
        error: what went wrong, when something did.
        participants: whom a received one is for.
        deviations: MsgIds of the reports of ours that something is wrong with it.
        attachments: how many there are.
    """

    msg_id: str
    direction: str
    type: str
    state: str
    apprec: AppRecOut | None
    from_her_id: int | None
    to_her_id: int | None
    patient: PatientOut | None
    subject: str
    text: str
    parent: str
    conversation: str
    transport_id: str | None
    gen_date: datetime
    created_at: datetime
    handling: str = ""
    author: str = ""
    replaces: str = ""
    history: list[Event] = []
    error: str = ""
    replaced_by: str = ""
    participants: list[str] = []
    deviations: list[str] = []
    attachments: int = 0


class AlertOut(msgspec.Struct):
    """Something that needs a user; `user` is whoever wrote the message it is about."""

    id: int
    kind: str
    msg_id: str
    text: str
    at: datetime
    resolved: bool
    resolved_at: datetime | None
    resolved_by: str
    user: str = ""


class JournalEvent(msgspec.Struct):
    """One entry of a patient's journal."""

    id: int
    at: datetime
    title: str
    msg_id: str
    type: str
    direction: str
    text: str


class RegisterState(msgspec.Struct):
    """How a register was the last time it was asked.

    Attributes:
        name: `address_register`: its events; `gp_register`: the last question.
        ok: of the address register: whatever changes there is heard of, so that parties are believed longer.
        last_answer: null before the first one.
        error: what is wrong since; empty when nothing is.
    """

    name: str
    ok: bool
    last_answer: datetime | None
    error: str


class Health(msgspec.Struct):
    """`ok` is True when the last look for unread messages succeeded."""

    ok: bool
    now: datetime
    last_poll: datetime | None
    poll_error: str
    registers: list[RegisterState] = []


class Me(msgspec.Struct):
    """A user; `roles` decide what she may do."""

    id: str
    name: str
    hpr: str
    role: str
    roles: list[str]


class Problem(msgspec.Struct):
    """What every refusal looks like."""

    error: str
    cause: str
    remedy: str
