"""The steps at which EDI 2.0 writes: what is on disk when each has been done, and where in the code it stands."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nhnsim.edi2.model import PostOffice
from nhnsim.edi2.notices import NoticeBoard

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = """\
# The walk of one message through EDI 2.0

Written by `python -m nhnsim steps --markdown`; a test holds it to the code.

The service keeps everything in one database. Each step below is one transaction, on disk before the caller is answered;
between the steps nothing is kept, so a service that dies is followed by one that knows exactly what was answered, and
perhaps one thing more. Step names are crash points: `python -m nhnconform.crash points` kills the service before each,
when all is written and not committed, and after it.
"""


@dataclass(frozen=True)
class Step:
    """One of them.

    Attributes:
        name: in tests and in the documents.
        owner: the class whose method does it.
        method: its name.
        asked: what makes it happen, in version 2 and in version 3.
    """

    name: str
    owner: type[Any]
    method: str
    asked: str


STEPS: Final[Mapping[str, Step]] = {
    step.name: step
    for step in (
        Step("configure", NoticeBoard, "configure", "`PUT /mshconfigurations` (version 3)"),
        Step("forget", NoticeBoard, "forget", "`DELETE /mshconfigurations` (version 3)"),
        Step("post", PostOffice, "accept", "`POST /Messages`"),
        Step("receipt", PostOffice, "accept", "`POST /Messages/{id}/apprec/{herId}`, `POST /messages/{id}/apprec`"),
        Step("acknowledge", PostOffice, "acknowledge", "`GET …/business-document`, where that acknowledges"),
        Step("read", PostOffice, "mark_read", "`PUT …/read/{herId}`, `PUT …/downloaded` (version 3)"),
        Step("give_up", PostOffice, "give_up", "time: 72 hours without a receiver"),
        Step("purge", PostOffice, "purge", "time: the end of retention, where there is one"),
    )
}
"""In the order in which a message meets them."""


def walk() -> str:
    """The map, as Markdown."""
    rows = [f"| `{step.name}` | {step.asked} | {_told(step)} | `{_place(step)}` |" for step in STEPS.values()]
    return "\n".join([HEAD, "| step | asked by | what it does | code |", "|---|---|---|---|", *rows, ""])


def _told(step: Step) -> str:
    """The first line of its docstring."""
    text = inspect.getdoc(getattr(step.owner, step.method)) or ""
    return text.partition("\n")[0].replace("|", "\\|")


def _place(step: Step) -> str:
    return f"{step.owner.__module__}.{step.owner.__name__}.{step.method}"
