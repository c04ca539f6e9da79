"""The JSON of a user's day: acting on messages, forwarding them, finding them again, help."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from typing import Annotated, Any, TypeAlias

import msgspec

from nhnclinic.api.shapes import (  # noqa: TC001 - as above
    AppRecOut,
    AttachmentIn,
    HerId,
    PatientIn,
    PatientOut,
)

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\u0000-\u001f]*$")]
"""A name of something: one line."""


class Rights(msgspec.Struct):
    """What may be done with a message.

    Attributes:
        actions: by its type: open, sign, answer, deviation, attachment, forward.
        needs_signature: a confirming signature is still wanted.
        allowed: False for a user whom the message is not for.
    """

    msg_id: str
    type: str
    handling: str
    actions: list[str]
    needs_signature: bool
    allowed: bool


class HandledOut(msgspec.Struct):
    """How far the clinic has come with a message, who brought it there, and when."""

    msg_id: str
    handling: str
    by: str
    at: datetime | None


class AnswerIn(msgspec.Struct, forbid_unknown_fields=True):
    """An answer; its type follows from the message that is answered."""

    text: str
    subject: str = ""
    attachments: list[AttachmentIn] = []


class DeviationIn(msgspec.Struct, forbid_unknown_fields=True):
    """A report that something is wrong with a received message; `reason` of table 8117: 1, 2 or 9."""

    text: str
    reason: str = "9"


class ResendIn(msgspec.Struct, forbid_unknown_fields=True):
    """Changes to a failed message; what is absent stays as it was."""

    to_her_id: HerId | None = None
    patient: PatientIn | None = None
    subject: str | None = None
    text: str | None = None
    attachments: list[AttachmentIn] | None = None


class ForwardIn(msgspec.Struct, forbid_unknown_fields=True):
    """Forward to these targets; nothing happens before it is confirmed."""

    to: list[Name] = []
    confirm: bool = False


class Forwarded(msgspec.Struct):
    """`done` False: choose participants and confirm. `participants`: whom the message is for now, or would be."""

    done: bool
    participants: list[str]
    next: str


class Target(msgspec.Struct):
    """Somebody a message can be forwarded to; `members` are the users who would get it."""

    id: str
    kind: str
    name: str
    members: list[str]


class Member(msgspec.Struct, forbid_unknown_fields=True):
    """A user in a group, with the function she has there."""

    user: Name
    function: Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\u0000-\u001f]*$")] = ""


class GroupIn(msgspec.Struct, forbid_unknown_fields=True):
    """A group; its id stands in the path."""

    name: Name
    members: list[Member] = []


class GroupOut(msgspec.Struct):
    """A group."""

    id: str
    name: str
    members: list[Member]


class GrantOut(msgspec.Struct):
    """Access to all messages of the clinic."""

    user: str
    granted: bool
    by: str
    at: datetime | None


class AuditLine(msgspec.Struct):
    """Something that was done by a special right."""

    id: int
    at: datetime
    by: str
    event: str
    detail: str


class AuditPage(msgspec.Struct):
    """A page of it, newest first."""

    lines: list[AuditLine]
    next: str


class AttachmentOut(msgspec.Struct):
    """An attachment; open it by its number."""

    number: int
    mime_type: str
    description: str
    size: int


class LogRow(msgspec.Struct):
    """A message in a list.

    Attributes:
        status: where it stands.
        at: when it was made (out) or came (in).
        counterpart: HER-id of the other party.
        error: what went wrong; empty when nothing did.
        handling: how far the clinic has come with a received one.
    """

    msg_id: str
    direction: str
    type: str
    status: str
    at: datetime
    counterpart: int | None
    patient: PatientOut | None
    subject: str
    author: str
    error: str
    apprec: AppRecOut | None
    handling: str
    replaces: str


class Page(msgspec.Struct):
    """A page of messages, newest first; `next` is the cursor of the next page, empty at the end."""

    rows: list[LogRow]
    next: str


class InboxOut(msgspec.Struct):
    """An inbox: `categories` are the types in it that the newest messages have."""

    id: str
    title: str
    role: str
    count: int


class MailboxOut(msgspec.Struct):
    """A main mailbox: a communication party of the clinic, with its inboxes. Counts stop at 1000."""

    her_id: int
    name: str
    inboxes: list[InboxOut]


class BoxRow(msgspec.Struct):
    """A message in an inbox, under its category."""

    msg_id: str
    category: str
    title: str
    type: str
    handling: str
    at: datetime
    counterpart: int | None
    patient: PatientOut | None
    subject: str
    needs_signature: bool


class BoxPage(msgspec.Struct):
    """A page of an inbox, newest first."""

    rows: list[BoxRow]
    next: str


class TabOut(msgspec.Struct):
    """A group of a patient's overview: its newest messages, the tabs beside it, and where its list goes on."""

    id: str
    title: str
    next_tab: str
    previous_tab: str
    rows: list[LogRow]
    next: str


class Link(msgspec.Struct, omit_defaults=True):
    """A pointer; `language` of what is there (ISO 639-1)."""

    title: str
    url: str
    language: str = ""


class HelpOut(msgspec.Struct):
    """A how-to."""

    topic: str
    title: str
    text: str
    links: list[Link]


class HelpIndex(msgspec.Struct):
    """What there is help about."""

    topics: list[str]
    send: list[str]
    handle: list[str]


class Shortcut(msgspec.Struct):
    """A shortcut: what it opens, and the keys."""

    title: str
    keys: str
    opens: str


class Clip(msgspec.Struct):
    """A journal-linked type in the paperclip: the keys of its shortcut, where a new one is begun, what there is."""

    type: str
    title: str
    keys: str
    opens: str
    messages: list[LogRow]


class EditorOut(msgspec.Struct):
    """A message that is being begun; `kept` when it is saved by itself while it is half-written."""

    type: str
    title: str
    patient: PatientOut
    from_her_id: int
    kept: bool
    subject: str = ""
    text: str = ""


class DraftIn(msgspec.Struct, forbid_unknown_fields=True):
    """Something half-written: its type and whatever the editor has."""

    type: Name
    content: dict[str, Any]


class DraftOut(msgspec.Struct):
    """Something half-written that was kept."""

    id: str
    type: str
    content: dict[str, Any]
    at: datetime
