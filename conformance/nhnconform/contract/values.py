"""The JSON values of the SUT contract, for both sides of it.

Names on the wire are the field names. Unknown members are ignored, so that a SUT may say more than it is asked; a
missing or mistyped member is babble (`nhnconform.errors.SutBabbleError`).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from nhnconform.contract.day import AttachmentView  # noqa: TC001 - read at run time by msgspec

State: TypeAlias = Literal["queued", "sent", "delivered", "rejected", "failed", "apprec_missing", "received"]
"""Where a message stands, as a user of the EHR would say it.

`queued` not yet taken by the network; `sent` taken; `delivered` positive application receipt; `rejected` negative
one; `failed` the transport gave up; `apprec_missing` no receipt in time; `received` an incoming message filed.
"""


class Patient(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person as the EHR's register of patients knows one; `number` is a fødselsnummer."""

    number: str
    given_name: str
    family_name: str


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """An employee; `hpr` is the number in the Health Personnel Register, 9 digits; `her_id` of a party of their own."""

    id: str
    name: str
    hpr: str | None = None
    role: str | None = None
    her_id: int | None = None


class WorldRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """People that the SUT shall know from now on; adds, never removes."""

    patients: tuple[Patient, ...] = ()
    users: tuple[User, ...] = ()


class Declaration(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the SUT says about itself: name, version, which operations it has, how it keeps time.

    Attributes:
        name: the EHR's name.
        version: its version.
        operations: names out of `OPERATIONS`; what is not named is never asked.
        clock: `hub` (an agent of the judge's clock) or `none` (the machine's time).
        poll_interval: seconds between two looks at the network; the SUT file says it when absent.
        users: employees that a request may name in `user`.
    """

    name: str
    version: str
    operations: tuple[str, ...]
    clock: Literal["hub", "none"] = "none"
    poll_interval: float | None = None
    users: tuple[User, ...] = ()


class SendRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Write a message and send it, as a user would.

    Attributes:
        type: message type, table 8279, such as `DIALOG_NOTAT`.
        to_her_id: the receiving communication party (level 2).
        patient: whom it is about.
        text: what it says.
        subject: heading, where the message type has one.
        from_her_id: the sending service; the SUT chooses when absent.
        in_reply_to: MsgId of a received message that this one follows.
        user: id of the user who writes; the SUT chooses when absent.
        attachments: to go with it.
        copy_to: communication parties that are to get a copy; whoever sends a requisition must refuse that.
    """

    type: str
    to_her_id: int
    patient: Patient
    text: str
    subject: str | None = None
    from_her_id: int | None = None
    in_reply_to: str | None = None
    user: str | None = None
    attachments: tuple[AttachmentView, ...] = ()
    copy_to: tuple[int, ...] = ()


class Sent(msgspec.Struct, frozen=True, omit_defaults=True):
    """The MsgId that the SUT gave a message; answered only once the message survives a crash."""

    msg_id: str


class AnswerRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Answer a received message."""

    msg_id: str
    text: str


class ErrorView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One error of an application receipt: code of table 8221 and the text shown to the user."""

    code: str
    text: str = ""


class AppRecView(msgspec.Struct, frozen=True, omit_defaults=True):
    """An application receipt: status of table 8258 (`1` ok, `2` rejected, `3` partly ok) and its errors."""

    status: str
    errors: tuple[ErrorView, ...] = ()


class MessageView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message as the SUT shows it.

    Attributes:
        msg_id: MsgId of the business document.
        direction: `in` or `out`.
        state: see `State`.
        type: message type, table 8279.
        apprec: the receipt that was received (out) or sent (in).
        subject: heading.
        text: what it says.
        patient: fødselsnummer, when the message names one.
        raw: the business document, base64.
    """

    msg_id: str
    direction: Literal["in", "out"]
    state: State
    type: str | None = None
    apprec: AppRecView | None = None
    subject: str | None = None
    text: str | None = None
    patient: str | None = None
    raw: str | None = None


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something a user must act on."""

    id: str
    text: str
    msg_id: str | None = None
    resolved: bool = False


class RestartRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Stop and start again with what is on disk.

    Attributes:
        abrupt: kill without warning, as a power cut would; else stop in an orderly way.
    """

    abrupt: bool = False


class ClockView(msgspec.Struct, frozen=True, omit_defaults=True):
    """The SUT's now, ISO 8601 with an offset."""

    now: str


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation is finished."""

    ok: bool = True


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a SUT answers with status 4xx or 5xx: the cause and what would help."""

    error: str
    cause: str = ""
    remedy: str = ""
