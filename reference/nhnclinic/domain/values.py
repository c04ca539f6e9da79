"""The values that the clinic's rules speak of; all frozen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from nhnwire.apprec import AppRec
    from nhnwire.basemessages import BaseMessage
    from nhnwire.dialogmelding import Dialogmelding
    from nhnwire.msghead import MsgHead
    from nhnwire.pasientlogistikk import PatientLogistics


class State(StrEnum):
    """Where a message stands. Incoming messages are `received` or `rejected` (by us), outgoing ones the rest."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    FAILED = "failed"
    APPREC_MISSING = "apprec_missing"
    RECEIVED = "received"


class Answer(StrEnum):
    """The status of an application receipt, as EDI 2.0 names it (code system 8258: 1, 2 and 3)."""

    OK = "Ok"
    REJECTED = "Rejected"
    PARTLY = "OkErrorInMessagePart"


class Handled(StrEnum):
    """How far the clinic has come with a received message."""

    NEW = "new"
    OPEN = "open"
    ARCHIVED = "archived"


class Verdict(StrEnum):
    """What the clinic does with a document it was handed."""

    ACCEPT = "accept"
    REJECT = "reject"
    RECEIPT = "receipt"  # it is an AppRec: settle the message it answers, and answer nothing
    SILENT = "silent"  # not for us, or the sender cannot be made out: no AppRec at all


@dataclass(frozen=True)
class Patient:
    """A person as the clinic's own records know her; `number` is the national identity number."""

    number: str
    given_name: str
    family_name: str


@dataclass(frozen=True)
class Author:
    """The user who writes; `hpr` may be empty for those who are not licensed."""

    id: str
    name: str
    hpr: str = ""
    role: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message: its bytes, its media type, and what it is called."""

    content: bytes
    mime_type: str
    description: str = ""


@dataclass(frozen=True)
class Fault:
    """One error of an application receipt (code system 8221), and what the user should be told."""

    code: str
    text: str = ""


@dataclass(frozen=True)
class Party:
    """A communication party, with the legal entity above it: both levels of service based addressing.

    Attributes:
        her_id: HER-id of the party itself.
        name: its name in the address register.
        kind: `Organization`, `Service` or `Person`.
        organisation_her_id: HER-id of the legal entity (equals `her_id` for an organisation).
        organisation_name: its name.
        organisation_number: its nine digits.
        edi_address: the EDI address that counts for it.
        service_her_ids: of an organisation: its registered services; empty without service-based addressing.
        active: False when it has been deactivated.
    """

    her_id: int
    name: str
    kind: str
    organisation_her_id: int
    organisation_name: str
    organisation_number: str
    edi_address: str = ""
    service_her_ids: tuple[int, ...] = ()
    active: bool = True


@dataclass(frozen=True)
class Draft:
    """A message as its writer means it.

    Attributes:
        type: code of table 8279, such as `DIALOG_NOTAT`.
        msg_id: the MsgId it will carry, fixed from here on, however often it is transmitted.
        original: the message that is answered, as its bytes, when there is one.
        parent: MsgId of the message that is answered.
        conversation: MsgId of the first message of the dialogue.
        attachments: files that go with it.
        replaces: MsgId of the failed message that this one is sent in place of.
        reason: of a deviation report: table 8117.
        key: what the caller names the request by, so that asking twice sends once; may be empty.
    """

    type: str
    msg_id: str
    from_her_id: int
    to_her_id: int
    patient: Patient
    subject: str
    text: str
    author: Author
    parent: str = ""
    conversation: str = ""
    original: bytes = b""
    key: str = ""
    attachments: tuple[Attachment, ...] = ()
    replaces: str = ""
    reason: str = "9"


@dataclass(frozen=True)
class Parcel:
    """A message on its way from draft to outbox; each step fills in its part."""

    draft: Draft
    sender: Party | None = None
    receiver: Party | None = None
    document: bytes = b""
    gen_date: datetime | None = None
    row: int | None = None


@dataclass(frozen=True)
class Outgoing:
    """A message in the outbox, as the store holds it."""

    row: int
    msg_id: str
    type: str
    state: State
    from_her_id: int
    to_her_id: int
    document: bytes
    gen_date: datetime
    transport_id: str | None
    attempts: int


class Kind(StrEnum):
    """What a notice tells."""

    DOCUMENT = "document"  # a document waits for us
    REFUSED = "refused"  # a document for us was refused on its way; it cannot be had
    UPDATED = "updated"  # something became of a message we sent
    OTHER = "other"  # nothing that concerns us, or nothing we know


@dataclass(frozen=True)
class Notice:
    """What a transport says before a document is fetched.

    Attributes:
        transport_id: of the document or message; may be empty when `kind` is neither DOCUMENT nor UPDATED.
        her_id: the own HER-id that is told.
        offset: the notice's number with a transport that tells what has happened; 0 with one that lists documents.
        text: the reason for a refusal.
    """

    transport_id: str
    her_id: int
    sender_her_id: int | None = None
    msg_id: str = ""
    is_apprec: bool = False
    kind: Kind = Kind.DOCUMENT
    offset: int = 0
    text: str = ""


@dataclass(frozen=True)
class Opened:
    """What was found when a received document was opened.

    Neither `head` nor `apprec` is there when it cannot be read, and then `fault` says why. `is_receipt` is True for
    AppRecs, those that cannot be read included: they are never answered. `document` is a business document that is no
    dialogue message, of a version that is read here.
    """

    head: MsgHead | None = None
    apprec: AppRec | None = None
    dialog: Dialogmelding | None = None
    document: BaseMessage | PatientLogistics | None = None
    fault: Fault | None = None
    is_receipt: bool = False


@dataclass(frozen=True)
class Decision:
    """The verdict on a document, with the errors a rejection carries and a line for the history."""

    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Delivery:
    """A received document on its way through the steps.

    Attributes:
        row: its row in the store, once persisted.
        done: names of the steps that are recorded as done and must not run again.
        message: row of the message it was filed as.
        resumed: True when an earlier run (of this process or of one that died) may already have answered the peer.
        duplicate: True when the message had been filed before this delivery.
    """

    notice: Notice
    raw: bytes = b""
    row: int | None = None
    done: frozenset[str] = frozenset()
    attempts: int = 0
    opened: Opened = Opened()
    faults: tuple[Fault, ...] = ()
    decision: Decision | None = None
    message: int | None = None
    resumed: bool = False
    duplicate: bool = False


@dataclass(frozen=True)
class Receipt:
    """An AppRec the clinic owes: one per own recipient of a message."""

    row: int
    message: int
    transport_id: str
    her_id: int
    status: Answer
    faults: tuple[Fault, ...]
    document: bytes


@dataclass(frozen=True)
class Outcome:
    """The news that a receiver answered one of our messages.

    Attributes:
        source: `apprec` when an AppRec document came, `status` when the transport was asked.
    """

    msg_id: str
    her_id: int | None
    status: Answer
    faults: tuple[Fault, ...]
    source: str


@dataclass(frozen=True)
class Settled:
    """What an outcome does to a message: its next state, an alert to raise, an alert to resolve."""

    state: State
    event: str
    alert: str = ""
    resolves: str = ""
