"""JSON values of the contract's second half: what a user does at the EHR in the course of a day.

The first half (`values`) is enough to judge messages on the wire. This one is for the requirements that a user meets:
who can be written to, what keeps the clinic from sending, what may be done with a message, who may do it, and where a
message is found again. All of it is optional, operation by operation.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

PartyKind: TypeAlias = Literal["Organization", "Person", "Service"]
"""Kind of a communication party, as the address register says it."""

Action: TypeAlias = Literal["open", "sign", "answer", "deviation", "forward", "attachment"]
"""What can be done with a received message; which of them a message allows depends on its type."""


SetupItem: TypeAlias = Literal[
    "membership",
    "integration",
    "electronic_messages",
    "certificates",
    "clinic_her_id",
    "user_her_id",
    "edi_address",
    "cpa_nav",
    "smart_card",
]
"""What a clinic needs before it can send and receive (R-002, R-008 to R-016).

membership: it is a member of the health network (a switch). integration: the integration with the network is on (a
switch). electronic_messages: so is the add-on service (a switch). certificates: its certificates or credentials for
message exchange are there (a switch; off takes them away). clinic_her_id, user_her_id: HER-ids. edi_address: the
address stored at the clinic. cpa_nav: agreement with NAV. smart_card: of the employee.
"""


class RecipientsRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Search the recipient field: `text` as typed, `type` (table 8279) of the message that is being written."""

    text: str
    type: str | None = None


class Recipient(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who is offered: HER-id, name, kind, and the office or organisation the party belongs to."""

    her_id: int
    name: str
    kind: PartyKind | None = None
    office: str | None = None


class Sender(msgspec.Struct, frozen=True, omit_defaults=True):
    """A communication party of the clinic that can be chosen as sender."""

    her_id: int
    name: str
    kind: PartyKind | None = None


class ReadinessItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item of the setup: its key, whether it is fulfilled, its value, and if not fulfilled, why and what helps."""

    item: str
    fulfilled: bool
    value: bool | int | str | None = None
    reason: str = ""
    remedy: str = ""


class Readiness(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the clinic can send and receive, and every item that this depends on."""

    ready: bool
    items: tuple[ReadinessItem, ...] = ()


class SetupRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Change one item of the setup.

    Attributes:
        item: which.
        value: a switch, a text, or null to take the value away.
        user: whose item it is, for items of a user (such as the HER-id of an employee).
        by: role of whoever asks: the vendor's operator, or an employee of the clinic.
    """

    item: SetupItem
    value: bool | int | str | None = None
    user: str | None = None
    by: Literal["operator", "administrator", "physician"] = "operator"


class ActRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Do something with a received message.

    Attributes:
        action: what.
        user: id of the user who does it; the SUT chooses when absent.
        text: of an answer or a deviation report.
        to: ids of `Target`, for a forward.
        confirm: the forward is confirmed; without it nothing happens yet.
    """

    action: Action
    user: str | None = None
    text: str | None = None
    to: tuple[str, ...] = ()
    confirm: bool = False


class Acted(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is done; `msg_id` names the message that was sent because of it, if one was."""

    done: bool = True
    msg_id: str | None = None


class ResendRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Change a failed message and send it anew; what is absent stays as it was."""

    to_her_id: int | None = None
    text: str | None = None
    subject: str | None = None
    patient: str | None = None


class AttachmentView(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attachment as the user opens it: its media type and its bytes (base64)."""

    mime_type: str
    data: str
    description: str = ""


class Mailbox(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mailbox, or one of its inboxes: where it is in the tree, and the messages in it.

    Attributes:
        path: names from the main mailbox down, such as `("Legekontoret", "Tilbakemelding", "Dialog")`.
        role: what kind of inbox it is, whatever its name.
        msg_ids: in it.
    """

    path: tuple[str, ...]
    role: Literal["main", "feedback", "category", "nav_helfo", "plo", "archive", "other"] = "other"
    msg_ids: tuple[str, ...] = ()


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody a message can be forwarded to; `members` are the users who would get it."""

    id: str
    kind: Literal["position", "group", "function"]
    name: str = ""
    members: tuple[str, ...] = ()


class GrantRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Give a user access to all messages of the clinic (or take it away), as another user."""

    user: str
    by: str
    granted: bool = True


class LogRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message in the message log.

    Attributes:
        msg_id: of it.
        direction: `in` or `out`.
        status: where it stands; the states of `MessageView`, or the SUT's own word.
        at: when, ISO 8601 with an offset.
        counterpart: HER-id of the other party.
        type: table 8279.
        error: code and text of what went wrong; empty when nothing did.
    """

    msg_id: str
    direction: Literal["in", "out"]
    status: str
    at: str
    counterpart: int | None = None
    type: str | None = None
    error: str = ""


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """One group of a patient's overview: its title, and the messages in it."""

    title: str
    msg_ids: tuple[str, ...] = ()


class ClipRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A type of message in the paperclip of a treatment note, with the patient's messages of that type."""

    type: str
    title: str
    msg_ids: tuple[str, ...] = ()


class BeginRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Begin a message of that type (table 8279, or the EHR's own word) from the paperclip or by its shortcut."""

    type: str
    via: Literal["paperclip", "shortcut"]


class DraftView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that is being written: type, the patient's number, and the text so far."""

    type: str
    patient: str | None = None
    text: str = ""


class ShortcutView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A shortcut: its name, and the type of message it opens."""

    title: str
    opens: str


class Attachable(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that can be linked to a note: a type of message, or one message of it."""

    title: str
    type: str | None = None
    msg_id: str | None = None


class JournalView(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event in a patient's journal; `msg_id` of the message it is linked to."""

    title: str
    msg_id: str | None = None


class HelpLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pointer: title, address, and the language of what is there (ISO 639-1)."""

    title: str
    url: str
    language: str = ""


class HelpPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A how-to."""

    topic: str
    text: str = ""
    links: tuple[HelpLink, ...] = ()
