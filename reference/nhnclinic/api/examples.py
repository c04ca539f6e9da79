"""Examples for the OpenAPI document, by type; a test sees that they are what they are examples of."""

from __future__ import annotations

from typing import Any

from nhnclinic.api import day, shapes

_MSG_ID = "5f0c8f2e-6a8e-4b58-9d3a-0f4f4d1c2b3a"

EXAMPLES: dict[Any, Any] = {
    shapes.MessageIn: {
        "type": "DIALOG_FORESPORSEL",
        "from_her_id": 9_000_002,
        "to_her_id": 9_700_001,
        "patient": {"number": "01820049900", "given_name": "Stille", "family_name": "Fjell"},
        "text": "Er prøvesvaret kommet?",
        "subject": "Prøvesvar",
        "attachments": [{"mime_type": "application/pdf", "data": "JVBERi0xLjQK", "description": "Svar"}],
    },
    shapes.Queued: {"msg_id": _MSG_ID, "state": "queued"},
    shapes.PatientNames: {"given_name": "Stille", "family_name": "Fjell"},
    shapes.Problem: {
        "error": "unknown_message",
        "cause": f"No message has MsgId {_MSG_ID}.",
        "remedy": "See GET /api/messages.",
    },
    day.AnswerIn: {"text": "Ja, det kom i går."},
    day.DeviationIn: {"text": "Rekvisisjonen gjelder en annen pasient.", "reason": "1"},
    day.ResendIn: {"to_her_id": 9_700_002},
    day.ForwardIn: {"to": ["position:secretary"], "confirm": True},
    day.GroupIn: {"name": "Laboratoriet", "members": [{"user": "secretary", "function": "vakt"}]},
    day.DraftIn: {"type": "TREATMENT_NOTE", "content": {"text": "Pasienten forteller"}},
    day.Target: {"id": "position:doctor", "kind": "position", "name": "Vakker Blomst", "members": ["doctor"]},
}
