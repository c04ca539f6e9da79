"""The interface as a table of routes."""

from __future__ import annotations

from nhnclinic.api import handlers, shapes
from nhnclinic.api.calls import Route

ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/messages", handlers.post_message, shapes.Queued, shapes.MessageIn, status=201, sends=True),
    Route(
        "GET",
        "/api/messages",
        handlers.get_messages,
        list[shapes.MessageOut],
        query={
            "direction": "`in` or `out`.",
            "state": "Where they stand, such as `failed`.",
            "msg_id": "MsgId, in whatever case.",
        },
    ),
    Route("GET", "/api/messages/{msg_id}", handlers.get_message, shapes.MessageOut),
    Route("GET", "/api/messages/{msg_id}/raw", handlers.get_raw, bytes),
    Route("GET", "/api/inbox", handlers.get_inbox, list[shapes.MessageOut]),
    Route(
        "GET",
        "/api/alerts",
        handlers.get_alerts,
        list[shapes.AlertOut],
        query={"open": "`true` leaves out what is resolved, `false` what is not."},
    ),
    Route("POST", "/api/alerts/{id}/resolve", handlers.resolve_alert, shapes.AlertOut),
    Route("PUT", "/api/patients/{number}", handlers.put_patient, shapes.PatientOut, shapes.PatientNames),
    Route("GET", "/api/patients/{number}/journal", handlers.get_journal, list[shapes.JournalEvent]),
    Route("POST", "/api/poll", handlers.post_poll, shapes.Health),
    Route("GET", "/api/health", handlers.get_health, shapes.Health, needs_user=False),
    Route("GET", "/api/me", handlers.get_me, shapes.Me),
)
