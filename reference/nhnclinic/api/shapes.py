"""The JSON of the interface. Requests refuse unknown members; answers may grow."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from typing import Annotated, Any, TypeAlias

import msgspec

HerId: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=9_999_999_999)]
"""HER-id: up to ten digits."""


class PatientIn(msgspec.Struct, forbid_unknown_fields=True):
    """The patient a message is about."""

    number: str
    given_name: str
    family_name: str


class MessageIn(msgspec.Struct, forbid_unknown_fields=True):
    """A message to send. `in_reply_to` is the MsgId of a message the clinic knows."""

    type: str
    from_her_id: HerId
    to_her_id: HerId
    patient: PatientIn
    text: str
    subject: str = ""
    in_reply_to: str = ""


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
    """A message, in or out. `history` only when a single message is asked for."""

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
    history: list[Event] = []


class AlertOut(msgspec.Struct):
    """Something that needs a user."""

    id: int
    kind: str
    msg_id: str
    text: str
    at: datetime
    resolved: bool
    resolved_at: datetime | None
    resolved_by: str


class JournalEvent(msgspec.Struct):
    """One entry of a patient's journal."""

    id: int
    at: datetime
    title: str
    msg_id: str
    type: str
    direction: str
    text: str


class Health(msgspec.Struct):
    """`ok` is True when the last look for unread messages succeeded."""

    ok: bool
    now: datetime
    last_poll: datetime | None
    poll_error: str


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


EXAMPLES: dict[Any, Any] = {
    MessageIn: {
        "type": "DIALOG_FORESPORSEL",
        "from_her_id": 9_000_002,
        "to_her_id": 9_700_001,
        "patient": {"number": "01820049900", "given_name": "Stille", "family_name": "Fjell"},
        "text": "Er prøvesvaret kommet?",
        "subject": "Prøvesvar",
    },
    Queued: {"msg_id": "5f0c8f2e-6a8e-4b58-9d3a-0f4f4d1c2b3a", "state": "queued"},
    PatientNames: {"given_name": "Stille", "family_name": "Fjell"},
    Problem: {
        "error": "unknown_message",
        "cause": "No message has MsgId 5f0c8f2e-6a8e-4b58-9d3a-0f4f4d1c2b3a.",
        "remedy": "See GET /api/messages.",
    },
}
"""Examples for the OpenAPI document, by type."""
