"""The contract's operations as one table, and the OpenAPI page that vendors read."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from nhnconform.contract import day
from nhnconform.contract import values as v


@dataclass(frozen=True)
class Operation:
    """One row of the contract.

    Attributes:
        name: how a SUT declares it and how cases need it.
        method: HTTP method.
        path: under the SUT's URL; `{…}` is filled in.
        request: type of the JSON body, None for none.
        response: type of the JSON answer.
        missing: a 404 means "there is no such thing" rather than a fault.
        of_the_day: it shows or does what a user meets, rather than what goes over the wire.
    """

    name: str
    method: str
    path: str
    request: Any
    response: Any
    missing: bool = False
    of_the_day: bool = False


_DAY = "recipients senders readiness setup actions act resend attachments mailboxes filter targets grant log sent"
_AT_HAND = "paperclip begin shortcuts attachables leave drafts next_tab"
_OF_THE_DAY = frozenset(f"{_DAY} correspondence journal help {_AT_HAND}".split())

OPERATIONS: dict[str, Operation] = {
    row.name: replace(row, of_the_day=row.name in _OF_THE_DAY)
    for row in (
        Operation("contract", "GET", "/contract", None, v.Declaration),
        Operation("world", "POST", "/world", v.WorldRequest, v.Done),
        Operation("send", "POST", "/send", v.SendRequest, v.Sent),
        Operation("answer", "POST", "/answer", v.AnswerRequest, v.Sent),
        Operation("inbox", "GET", "/inbox", None, tuple[v.MessageView, ...]),
        Operation("message", "GET", "/messages/{msg_id}", None, v.MessageView, missing=True),
        Operation("alerts", "GET", "/alerts", None, tuple[v.Alert, ...]),
        Operation("resolve", "POST", "/alerts/{id}/resolve", None, v.Done),
        Operation("settle", "POST", "/settle", None, v.Done),
        Operation("restart", "POST", "/restart", v.RestartRequest, v.Done),
        Operation("clock", "GET", "/clock", None, v.ClockView),
        Operation("reset", "POST", "/reset", None, v.Done),
        Operation("recipients", "POST", "/recipients", day.RecipientsRequest, tuple[day.Recipient, ...]),
        Operation("senders", "GET", "/senders", None, tuple[day.Sender, ...]),
        Operation("readiness", "GET", "/readiness", None, day.Readiness),
        Operation("setup", "POST", "/setup", day.SetupRequest, v.Done),
        Operation("actions", "GET", "/messages/{msg_id}/actions", None, tuple[str, ...], missing=True),
        Operation("act", "POST", "/messages/{msg_id}/act", day.ActRequest, day.Acted),
        Operation("resend", "POST", "/messages/{msg_id}/resend", day.ResendRequest, v.Sent),
        Operation("attachments", "GET", "/messages/{msg_id}/attachments", None, tuple[day.AttachmentView, ...]),
        Operation("mailboxes", "GET", "/mailboxes/{user}", None, tuple[day.Mailbox, ...]),
        Operation("filter", "GET", "/mailboxes/{user}/of-type/{type}", None, tuple[v.MessageView, ...]),
        Operation("targets", "GET", "/targets", None, tuple[day.Target, ...]),
        Operation("grant", "POST", "/grants", day.GrantRequest, v.Done),
        Operation("log", "GET", "/log", None, tuple[day.LogRow, ...]),
        Operation("sent", "GET", "/sent/{user}", None, tuple[day.LogRow, ...]),
        Operation("correspondence", "GET", "/patients/{number}/correspondence", None, tuple[day.Group, ...]),
        Operation("next_tab", "GET", "/patients/{number}/correspondence/{title}/next", None, day.Group),
        Operation("paperclip", "GET", "/patients/{number}/paperclip", None, tuple[day.ClipRow, ...]),
        Operation("begin", "POST", "/patients/{number}/begin", day.BeginRequest, day.DraftView),
        Operation("attachables", "GET", "/patients/{number}/attachables/{text}", None, tuple[day.Attachable, ...]),
        Operation("shortcuts", "GET", "/shortcuts/{text}", None, tuple[day.ShortcutView, ...]),
        Operation("leave", "POST", "/drafts", day.DraftView, v.Done),
        Operation("drafts", "GET", "/drafts", None, tuple[day.DraftView, ...]),
        Operation("journal", "GET", "/patients/{number}/journal", None, tuple[day.JournalView, ...]),
        Operation("help", "GET", "/help/{topic}", None, day.HelpPage, missing=True),
    )
}
"""Every operation by name. `contract` itself is the only one that a SUT must have."""


def openapi_bytes() -> bytes:
    """The OpenAPI 3.1 page as shipped."""
    return resources.files("nhnconform.contract").joinpath("openapi.json").read_bytes()


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 page, decoded."""
    page: dict[str, Any] = json.loads(openapi_bytes())
    return page
