"""How-to pages, and what a user has sent: to be landed together with the operations `help` and `sent`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.conversations.office import physicians

if TYPE_CHECKING:
    from nhnconform.contract import HelpPage, LogRow
    from nhnconform.stage import Stage

PROFILE = ("clinic-log",)
CLAUSE = "requirements of the clinic, C. Writing and sending"
TYPES = ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG")


@case(
    id="CLN-031",
    title="There is a how-to for sending and handling each type, and for the rest",
    requirements=("R-005", "R-031", "R-048", "R-278"),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause="requirements of the clinic, A, C, D and E: how-to pages",
    needs=("help",),
)
async def case_help(sut: Stage) -> None:
    """Help is asked for messages (a link to NHN's page in Norwegian), each type to send and to handle, and the rest."""
    page = cast("HelpPage | None", await sut.ask("help", topic="messages"))
    assert page is not None, "there is no help on messages"
    assert any(link.language == "no" for link in page.links), "the help on messages has no link marked as Norwegian"
    texts: dict[str, str] = {}
    topics = [f"{verb} {kind}" for verb in ("send", "handle") for kind in TYPES]
    topics += ["shortcut search", "attachment search", "granting access to all messages", "forwarding", "message log"]
    for topic in topics:
        answer = cast("HelpPage | None", await sut.ask("help", topic=topic))
        assert answer is not None, f"there is no help on {topic!r}"
        assert answer.text or answer.links, f"the help on {topic!r} is empty"
        other = texts.setdefault(answer.text or answer.links[0].url, topic)
        assert other == topic, f"{topic!r} and {other!r} have the same text"


@case(
    id="CLN-032",
    title="A user finds what they have sent, and not what others have",
    requirements=("R-032",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("send", "sent"),
)
async def case_sent(sut: Stage) -> None:
    """One physician sends three notes, another one. The first finds those three with type, receiver and status."""
    first, second = physicians(sut)
    mine = [await sut.send("DIALOG_NOTAT", f"Nummer {n}.", user=first.id) for n in (1, 2, 3)]
    other = await sut.send("DIALOG_NOTAT", "Fra den andre.", user=second.id)
    rows = {row.msg_id: row for row in cast("tuple[LogRow, ...]", await sut.ask("sent", user=first.id))}
    missing = [msg_id for msg_id in mine if msg_id not in rows]
    assert not missing, f"{first.id} does not find {len(missing)} of three notes"
    assert other not in rows, f"{first.id} finds what {second.id} sent"
    for msg_id in mine:
        row = rows[msg_id]
        assert row.counterpart == sut.counterpart.her_id, f"the receiver is shown as {row.counterpart}"
        assert row.type == "DIALOG_NOTAT", f"the type is shown as {row.type}"
        assert row.at, "no time is shown"
        assert row.status, "no status is shown"
