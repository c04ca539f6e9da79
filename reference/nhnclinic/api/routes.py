"""The interface as a table of routes."""

from __future__ import annotations

from nhnclinic.api import (
    acting,
    addressing,
    clipping,
    day,
    finding,
    handlers,
    helping,
    people,
    registered,
    sending,
    shapes,
)
from nhnclinic.api.calls import Route

_PAGE = {"cursor": "`next` of the page before.", "limit": "Rows of a page, 1 to 500; 50 by default."}
_LIST = {"limit": "Rows of the list, 1 to 10000; 1000 by default: the newest."}
_MESSAGES = {**_LIST, "before": "MsgId of a message: the ones that are older."}
_ROWS = {**_LIST, "before": "`id` of a row: the ones that are older."}
_ADMINISTRATOR = ("administrator",)
_STAFF = ("physician", "nurse", "secretary", "other", "administrator")
"""All but the vendor's operator, who is no employee of the clinic."""
_MESSAGE = "/api/messages/{msg_id}"
_PATIENT = "/api/patients/{number}"

MESSAGES = (
    Route(
        "POST", "/api/messages", sending.post_message, shapes.Queued, shapes.MessageIn,
        status=201, sends=True, refuses=(409,),
    ),
    Route(
        "GET",
        "/api/messages",
        handlers.get_messages,
        list[shapes.MessageOut],
        query={
            "direction": "`in` or `out`.",
            "state": "Where they stand, such as `failed`.",
            "msg_id": "MsgId, in whatever case.",
            **_MESSAGES,
        },
    ),
    Route("GET", _MESSAGE, handlers.get_message, shapes.MessageOut),
    Route("GET", f"{_MESSAGE}/raw", handlers.get_raw, bytes),
    Route("GET", f"{_MESSAGE}/attachments", acting.get_attachments, list[day.AttachmentOut]),
    Route("GET", f"{_MESSAGE}/attachments/{{number}}", acting.get_attachment, bytes),
    Route("GET", f"{_MESSAGE}/actions", acting.get_actions, day.Rights),
    Route("POST", f"{_MESSAGE}/open", acting.post_open, day.HandledOut, refuses=(403,)),
    Route("POST", f"{_MESSAGE}/sign", acting.post_sign, day.HandledOut, refuses=(403, 409)),
    Route("POST", f"{_MESSAGE}/archive", acting.post_archive, day.HandledOut, refuses=(403, 409)),
    Route("POST", f"{_MESSAGE}/forward", acting.post_forward, day.Forwarded, day.ForwardIn, refuses=(403, 409, 422)),
    Route(
        "POST", f"{_MESSAGE}/answer", sending.post_answer, shapes.Queued, day.AnswerIn,
        status=201, sends=True, refuses=(403, 409),
    ),
    Route(
        "POST", f"{_MESSAGE}/deviation", sending.post_deviation, shapes.Queued, day.DeviationIn,
        status=201, sends=True, refuses=(403, 409),
    ),
    Route(
        "POST", f"{_MESSAGE}/resend", sending.post_resend, shapes.Queued, day.ResendIn,
        status=201, sends=True, refuses=(409,),
    ),
    Route("GET", "/api/inbox", handlers.get_inbox, list[shapes.MessageOut], query=_MESSAGES),
    Route("GET", "/api/forward-targets", acting.get_targets, list[day.Target]),
    Route("GET", "/api/mailboxes", finding.get_mailboxes, list[day.MailboxOut]),
    Route(
        "GET", "/api/mailboxes/{her_id}/{inbox}", finding.get_mailbox, day.BoxPage,
        query={"type": "One communication type only (table 8279).", **_PAGE},
    ),
    Route(
        "GET",
        "/api/alerts",
        handlers.get_alerts,
        list[shapes.AlertOut],
        query={
            "open": "`true` leaves out what is resolved, `false` what is not.",
            "mine": "`true`: about messages that the user wrote.",
            **_ROWS,
        },
    ),
    Route("POST", "/api/alerts/{id}/resolve", handlers.resolve_alert, shapes.AlertOut),
)  # fmt: skip
"""Writing, receiving, acting on messages."""

FINDING = (
    Route(
        "GET",
        "/api/clinic/message-log",
        finding.get_log,
        day.Page,
        query={
            "direction": "`in` or `out`.",
            "state": "Where they stand, such as `failed`.",
            "type": "Table 8279.",
            "counterpart": "HER-id of the other party.",
            "patient": "The patient's number.",
            "author": "Id of the user who wrote them.",
            **_PAGE,
        },
    ),
    Route("GET", "/api/sent", finding.get_sent, day.Page, query={"user": "Id of another user.", **_PAGE}),
    Route("PUT", _PATIENT, handlers.put_patient, shapes.PatientOut, shapes.PatientNames),
    Route("GET", f"{_PATIENT}/journal", handlers.get_journal, list[shapes.JournalEvent], query=_ROWS),
    Route(
        "GET", f"{_PATIENT}/paperclip", clipping.get_paperclip, list[day.Clip], query={"q": "Text to look for (ALT+)."}
    ),
    Route("GET", f"{_PATIENT}/editor/{{type}}", clipping.get_editor, day.EditorOut),
    Route("GET", f"{_PATIENT}/correspondence", finding.get_correspondence, list[day.TabOut]),
    Route("GET", f"{_PATIENT}/correspondence/{{tab}}", finding.get_tab, day.TabOut, query=_PAGE),
)
"""Where things are found again."""

PEOPLE = (
    Route("GET", "/api/me", handlers.get_me, shapes.Me),
    Route("GET", "/api/groups", people.get_groups, list[day.GroupOut]),
    Route("PUT", "/api/groups/{id}", people.put_group, day.GroupOut, day.GroupIn, roles=_ADMINISTRATOR, refuses=(422,)),
    Route("DELETE", "/api/groups/{id}", people.delete_group, day.GroupOut, roles=_ADMINISTRATOR),
    Route("GET", "/api/grants", people.get_grants, list[day.GrantOut]),
    Route("PUT", "/api/grants/{user}", people.put_grant, day.GrantOut, roles=_ADMINISTRATOR),
    Route("DELETE", "/api/grants/{user}", people.delete_grant, day.GrantOut, roles=_ADMINISTRATOR),
    Route("GET", "/api/audit", people.get_audit, day.AuditPage, roles=_ADMINISTRATOR, query=_PAGE),
    Route("GET", "/api/drafts", people.get_drafts, list[day.DraftOut]),
    Route("PUT", "/api/drafts/{id}", people.put_draft, day.DraftOut, day.DraftIn, refuses=(409,)),
    Route("DELETE", "/api/drafts/{id}", people.delete_draft, day.DraftOut),
)
"""Who works here and what they may do."""

REST = (
    Route("GET", "/api/help", helping.get_help, day.HelpIndex),
    Route("GET", "/api/help/send/{type}", helping.get_help_send, day.HelpOut),
    Route("GET", "/api/help/handle/{type}", helping.get_help_handle, day.HelpOut),
    Route("GET", "/api/help/{topic}", helping.get_help_topic, day.HelpOut),
    Route("GET", "/api/shortcuts", helping.get_shortcuts, list[day.Shortcut], query={"q": "Text to look for."}),
    Route("POST", "/api/poll", handlers.post_poll, shapes.Health),
    Route("GET", "/api/health", handlers.get_health, shapes.Health, needs_user=False),
)
"""Help, and how the clinic is doing."""

REGISTERED = (
    Route(
        "GET",
        "/api/recipients",
        addressing.get_recipients,
        list[registered.PartyOut],
        query={
            "query": "Words of a name, or beginnings of them; or a HER-id, organisation number or HPR number.",
            "type": "Message type that is being written (table 8279).",
            "kind": "`Organization`, `Person` or `Service`.",
        },
    ),
    Route("GET", "/api/senders", addressing.get_senders, list[registered.PartyOut]),
    Route(
        "GET",
        f"{_PATIENT}/gp",
        addressing.get_gp,
        registered.GpOut,
        query={"fresh": "`true` asks the register anew."},
        roles=_STAFF,
        refuses=(422, 503),
    ),
    Route("GET", "/api/readiness", addressing.get_readiness, registered.ReadinessOut),
    Route(
        "PUT",
        "/api/setup/{item}",
        addressing.put_setup,
        registered.SetupItem,
        registered.SetupIn,
        roles=("operator",),
        refuses=(422,),
    ),
)
"""Who can be written to, who can be the sender, who is a patient's GP, and the setup."""

ROUTES: tuple[Route, ...] = (*MESSAGES, *FINDING, *PEOPLE, *REGISTERED, *REST)
