"""What a SUT's call to EDI 2.0 is about, in either version of the interface; by method and path, as journal entries.

=========  ========================================  ==================================
asked      version 2                                 version 3
=========  ========================================  ==================================
look       GET /Messages                             GET /notifications (and /stream)
post       POST /Messages                            POST /messages
fetch      GET /Messages/{id}/business-document      the same
mark       PUT /Messages/{id}/read/{herId}           PUT /messages/{id}/downloaded
answer     POST /Messages/{id}/apprec/{herId}        POST /messages/{id}/apprec
status     GET /Messages/{id}/status                 the same
configure                                            PUT /mshconfigurations
=========  ========================================  ==================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhnconform.attribution import Entry

ITEM: Final = r"/messages/(?P<id>[^/]+)"
CALLS: Final = {
    "look": ("GET", re.compile(r"/(?:messages|notifications)/?", re.IGNORECASE)),
    "stream": ("GET", re.compile(r"/notifications/stream/?", re.IGNORECASE)),
    "post": ("POST", re.compile(r"/messages/?", re.IGNORECASE)),
    "fetch": ("GET", re.compile(rf"{ITEM}/business-document/?", re.IGNORECASE)),
    "mark": ("PUT", re.compile(rf"{ITEM}/(?:read/\d+|downloaded)/?", re.IGNORECASE)),
    "answer": ("POST", re.compile(rf"{ITEM}/apprec(?:/\d+)?/?", re.IGNORECASE)),
    "status": ("GET", re.compile(rf"{ITEM}/status/?", re.IGNORECASE)),
    "configure": ("PUT", re.compile(r"/mshconfigurations/?", re.IGNORECASE)),
}
TAKEN: Final = frozenset({201, 202})
"""How a document that was handed in is answered: by version 2, and by version 3."""


def of(entries: Iterable[Entry], call: str, message_id: str | None = None) -> list[Entry]:
    """The entries that are such a call, about that message where one is named.

    Args:
        entries: of the journal.
        call: a key of `CALLS`.
        message_id: transport id.
    """
    method, pattern = CALLS[call]
    found = []
    for entry in entries:
        match = pattern.fullmatch(entry.path) if entry.method == method else None
        if match is None or (message_id is not None and match["id"].lower() != message_id.lower()):
            continue
        found.append(entry)
    return found


def about(message_id: str, method: str) -> dict[str, str]:
    """What a fault must match to hit the calls about one message."""
    return {"method": method, "path_prefix": f"/Messages/{message_id}/"}
