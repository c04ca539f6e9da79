"""While a treatment note is written: paperclip, shortcuts, attachment search, and what is saved by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nhnconform.case import Basis, Level, case
from nhnconform.contract import BeginRequest, DraftView
from nhnconform.conversations.office import arrived

if TYPE_CHECKING:
    from nhnconform.contract import Attachable, ClipRow, ShortcutView
    from nhnconform.conversations.letters import Kind
    from nhnconform.stage import Stage

PROFILE = ("clinic-writing",)
CLAUSE = "requirements of the clinic, C. Writing and sending"
KINDS: tuple[Kind, ...] = ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "DIALOG_HELSEFAGLIG")
KEPT = ("TREATMENT_NOTE", "HENVISNING", "SYKMELD", "LEGEERKL")
"""Types that are saved by themselves: treatment note, referral, sick leave, medical declaration."""

LOST = ("DIALOG_NOTAT", "DIALOG_FORESPORSEL", "REQ_LAB", "EPIKRISE")
"""Some that are not."""

NONSENSE = "xqzwv"


async def clips(sut: Stage) -> dict[str, ClipRow]:
    """The paperclip of this case's patient, by type."""
    found = cast("tuple[ClipRow, ...]", await sut.ask("paperclip", number=sut.patient.number))
    return {row.type: row for row in found}


async def begun(sut: Stage, kind: str, request: BeginRequest) -> DraftView:
    """The draft that opens."""
    draft = cast("DraftView", await sut.ask("begin", request, number=sut.patient.number))
    assert draft.type == kind, f"{request.via}: a draft of {draft.type} opens for {kind}"
    assert draft.patient == sut.patient.number, f"{request.via}: the draft is about {draft.patient or 'nobody'}"
    return draft


@case(
    id="CLN-018",
    title="The paperclip shows the patient's messages of each journal-linked type, and begins new ones",
    requirements=("R-018",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "message", "paperclip", "begin"),
)
async def case_paperclip(sut: Stage) -> None:
    """A note, a question and a clinical dialogue about the patient are there, and a note about another one.

    The paperclip has each of the three under its type, to be opened, and not the fourth; every type that it shows
    begins a draft of that type about the patient.
    """
    sent = {kind: await arrived(sut, f"Binders: {kind}.", kind) for kind in KINDS}
    stranger = await arrived(sut, "Om en annen.", patient=await sut.another_patient())
    found = await clips(sut)
    for kind, letter in sent.items():
        row = found.get(kind)
        assert row is not None, f"the paperclip does not show the type {kind}"
        assert letter.msg_id in row.msg_ids, f"the paperclip does not have the patient's {kind} {letter.msg_id}"
        view = await sut.message(letter.msg_id)
        assert view is not None, f"the {kind} of the paperclip cannot be opened"
        assert letter.text in (view.text or ""), f"the {kind} opens with the text {view.text!r}"
    shown = {msg_id for row in found.values() for msg_id in row.msg_ids}
    assert stranger.msg_id not in shown, "the paperclip has another patient's message"
    for linked in found:
        await begun(sut, linked, BeginRequest(linked, "paperclip"))


@case(
    id="CLN-019",
    title="A shortcut opens the same draft as the paperclip",
    requirements=("R-019",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("paperclip", "begin"),
)
async def case_shortcuts_open(sut: Stage) -> None:
    """Every type of the paperclip is begun once from there and once by its shortcut: the same draft."""
    for kind in await clips(sut):
        one = await begun(sut, kind, BeginRequest(kind, "paperclip"))
        other = await begun(sut, kind, BeginRequest(kind, "shortcut"))
        assert one == other, f"{kind}: the paperclip opens {one}, the shortcut {other}"


@case(
    id="CLN-020",
    title="The search over shortcuts finds by a part of a name",
    requirements=("R-020",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("shortcuts",),
)
async def case_shortcut_search(sut: Stage) -> None:
    """`henv`, typed in small or capital letters, finds the referral; what no shortcut is called finds nothing."""
    for text in ("henv", "HENV"):
        hits = cast("tuple[ShortcutView, ...]", await sut.ask("shortcuts", text=text))
        assert any(one.opens.startswith("HENVISNING") for one in hits), f"{text!r} does not find the referral"
    nothing = cast("tuple[ShortcutView, ...]", await sut.ask("shortcuts", text=NONSENSE))
    assert not nothing, f"{NONSENSE!r} finds {nothing[0].title}"


@case(
    id="CLN-021",
    title="The attachment search finds the patient's messages and the types that can be linked",
    requirements=("R-021",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("inbox", "attachables"),
)
async def case_attachables(sut: Stage) -> None:
    """A word of a message about the patient finds it, and not another patient's; a type is found by its name."""
    word = f"ord{sut.patient.number[-5:]}"
    mine = await arrived(sut, f"Et sjeldent {word} i teksten.")
    other = await arrived(sut, f"Det samme {word} hos en annen.", patient=await sut.another_patient())

    async def search(text: str) -> tuple[Attachable, ...]:
        found = await sut.ask("attachables", number=sut.patient.number, text=text)
        return cast("tuple[Attachable, ...]", found)

    found = {one.msg_id for one in await search(word)}
    assert mine.msg_id in found, f"{word!r} does not find the patient's message {mine.msg_id}"
    assert other.msg_id not in found, f"{word!r} finds another patient's message"
    types = {one.type for one in await search("henvis")}
    assert "HENVISNING" in types, "'henvis' does not find the referral as something that can be linked"
    nothing = await search(NONSENSE)
    assert not nothing, f"{NONSENSE!r} finds {nothing[0].title}"


@case(
    id="CLN-022",
    title="Treatment note, referral, sick leave and medical declaration are saved by themselves",
    requirements=("R-022",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("leave", "drafts"),
)
async def case_kept(sut: Stage) -> None:
    """One of each is half written and its editor closed. Each can be opened again with its text."""
    for kind in KEPT:
        await sut.ask("leave", DraftView(kind, sut.patient.number, f"Halvferdig {kind}"))
    drafts = cast("tuple[DraftView, ...]", await sut.ask("drafts"))
    mine = {one.type: one.text for one in drafts if one.patient == sut.patient.number}
    for kind in KEPT:
        assert kind in mine, f"the half-written {kind} is gone"
        assert mine[kind] == f"Halvferdig {kind}", f"the half-written {kind} has the text {mine[kind]!r}"


@case(
    id="CLN-023",
    title="Messages of other types are not saved by themselves",
    requirements=("R-023",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.DOCUMENTATION,
    clause=CLAUSE,
    needs=("leave", "drafts"),
)
async def case_lost(sut: Stage) -> None:
    """Dialogue messages, a requisition and a discharge summary are half written and left: none can be listed."""
    for kind in LOST:
        await sut.ask("leave", DraftView(kind, sut.patient.number, f"Halvferdig {kind}"))
    drafts = cast("tuple[DraftView, ...]", await sut.ask("drafts"))
    kept = sorted(one.type for one in drafts if one.patient == sut.patient.number)
    assert not kept, f"what was half written and left was kept: {', '.join(kept)}"
