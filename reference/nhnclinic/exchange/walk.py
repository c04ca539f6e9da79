"""The walk of one message through the clinic, told by the steps themselves: names, order, docstrings."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nhnclinic.exchange.parts import Parts, Step

HEAD = """\
# The walk of one message

Written by `python -m nhnclinic steps --markdown`; a test holds it to the code.

The clinic is one value, `nhnclinic.exchange.parts.Parts`, of named steps. A step that is **kept** is remembered by the
database as done; a process that dies is followed by one that begins at the first step not kept, and the steps between
only compute and run again. Step names are crash points:
`--with nhnconform.crash:at?step=NAME&when=before|middle|after`.
"""

PHASES = (
    ("receiving", "In", "From a document that waits for us to a filed message and its receipt."),
    ("composing", "Out, while the user waits", "From a draft to a message in the outbox; then the user is answered."),
    ("carrying", "Out, in the background", "From a queued message to one that the transport has."),
    ("following", "Out, until somebody has answered", "A sent message is looked after, at growing intervals."),
    ("settling", "Out, when an answer comes", "News of a receipt, by document, status or notification."),
)
"""Field of `Parts`, heading, what happens."""


def walk(parts: Parts) -> str:
    """The map, as Markdown."""
    return "\n".join([HEAD, *(_phase(parts, *phase) for phase in PHASES)])


def _phase(parts: Parts, field: str, heading: str, about: str) -> str:
    found: tuple[Step[Any], ...] = getattr(parts, field)
    way = " → ".join(f"`{step.name}`" for step in found)
    rows = [f"| `{step.name}` | {_told(step)} | {'yes' if step.recorded else ''} | {_place(step)} |" for step in found]
    table = ["| step | what it does | kept | code |", "|---|---|---|---|", *rows]
    return "\n".join([f"## {heading}", "", about, "", way, "", *table, ""])


def _told(step: Step[Any]) -> str:
    """Its docstring, as one line."""
    return " ".join((inspect.getdoc(step.run) or "").split()).replace("|", "\\|")


def _place(step: Step[Any]) -> str:
    return f"`{step.run.__module__}.{getattr(step.run, '__name__', '')}`"
