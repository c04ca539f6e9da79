"""Defects in a clinic's day: handling, forwarding, finding again. See `nhnconform.mutants.table` for what each is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from nhnclinic.api import acting, day, finding, sending
from nhnclinic.api.calls import Bytes, Call
from nhnclinic.errors import RefusedError
from nhnclinic.exchange.parts import wrap_step
from nhnclinic.store import people
from nhnconform.mutants.wrapping import changed_route

if TYPE_CHECKING:
    from datetime import datetime

    from nhnclinic.config import Config
    from nhnclinic.domain.values import Parcel
    from nhnclinic.exchange.bench import Bench
    from nhnclinic.exchange.parts import Parts, Run

Handler: TypeAlias = Callable[[Call], Awaitable[tuple[int, Any]]]


def _answers(parts: Parts, operation: str, change: Callable[[Any], Any]) -> Parts:
    """Parts where that operation answers something else."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        status, value = await honest(call)
        return status, change(value)

    return changed_route(parts, operation, changed)


def _asks(parts: Parts, operation: str, change: Callable[[Call], Call]) -> Parts:
    """Parts where that operation understands something else."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        return await honest(change(call))

    return changed_route(parts, operation, changed)


def _rows(page: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(page, rows=[msgspec.structs.replace(row, **changes) for row in page.rows])


def _body(call: Call, **changes: Any) -> Call:
    return replace(call, body=msgspec.structs.replace(call.body, **changes))


def keeps_no_journal(parts: Parts) -> Parts:
    """The journal is always empty."""
    return _answers(parts, "get_journal", lambda _: [])


def one_category(parts: Parts) -> Parts:
    """Whatever the type, the category is the same."""
    return _answers(parts, "get_mailbox", lambda page: _rows(page, category="Melding"))


def filters_nothing(parts: Parts) -> Parts:
    """The communication type that was asked for is not looked at."""

    def without(call: Call) -> Call:
        return replace(call, query={name: value for name, value in call.query.items() if name != "type"})

    return _asks(parts, "get_mailbox", without)


def offers_answers_to_all(parts: Parts) -> Parts:
    """Everything is said to be answerable."""

    def more(rights: Any) -> Any:
        return msgspec.structs.replace(rights, actions=sorted({*rights.actions, "answer"}))

    return _answers(parts, "get_actions", more)


def signs_and_leaves(parts: Parts) -> Parts:
    """Signing only opens."""

    async def change(honest: Handler, call: Call) -> tuple[int, Any]:
        del honest
        return await acting.post_open(call)

    return changed_route(parts, "post_sign", change)


def says_less(parts: Parts, kind: str) -> Parts:
    """Of the text of a message of that type only the first word goes out."""

    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        if parcel.draft.type == kind:
            text = parcel.draft.text.split(maxsplit=1)[0]
            parcel = replace(parcel, draft=replace(parcel.draft, text=text))
        return parts.build(parcel, now, config)

    return replace(parts, build=build)


def vague_refusals(parts: Parts) -> Parts:
    """An answer or a report that the type does not allow is refused as if it were ill-formed."""

    async def change(honest: Handler, call: Call) -> tuple[int, Any]:
        try:
            return await honest(call)
        except RefusedError as error:
            raise RefusedError(400, error.code, error.cause, error.remedy) from error

    return changed_route(changed_route(parts, "post_answer", change), "post_deviation", change)


def starts_a_new_thread(parts: Parts) -> Parts:
    """An answer does not refer to the question."""

    def build(parcel: Parcel, now: datetime, config: Config) -> bytes:
        if parcel.draft.type == "DIALOG_SVAR":
            parcel = replace(parcel, draft=replace(parcel.draft, parent="", conversation=""))
        return parts.build(parcel, now, config)

    return replace(parts, build=build)


def cleans_attachments(parts: Parts) -> Parts:
    """Line ends of attachments are made those of this house."""

    def cleaned(opened: Any) -> Bytes:
        return Bytes(opened.data.replace(b"\n", b"\r\n"), opened.content_type)

    return _answers(parts, "get_attachment", cleaned)


def institutions_only(parts: Parts) -> Parts:
    """Nothing is sent to a practitioner who is a party of her own."""

    def wrapper(honest: Run[Parcel]) -> Run[Parcel]:
        async def address(bench: Bench, parcel: Parcel) -> Parcel:
            found = await honest(bench, parcel)
            if found.receiver is not None and found.receiver.kind == "Person":
                raise RefusedError(422, "not_addressable", "The receiver is a person.", "Send to a service.")
            return found

        return address

    return wrap_step(parts, "address", wrapper)


def forwarder_stays(parts: Parts) -> Parts:
    """Whoever forwards a message keeps it."""

    def myself_too(call: Call) -> Call:
        return _body(call, to=[*call.body.to, f"position:{call.who.id}"]) if call.body.to else call

    return _asks(parts, "post_forward", myself_too)


def anybody_grants(parts: Parts) -> Parts:
    """Access to all messages is anybody's to give."""

    async def change(honest: Handler, call: Call) -> tuple[int, Any]:
        return await honest(call)

    return changed_route(parts, "put_grant", change, roles=())


def anybody_forwards(parts: Parts) -> Parts:
    """Who may not forward a message does so in the name of one who may."""

    async def change(honest: Handler, call: Call) -> tuple[int, Any]:
        for user in (call.who, *call.exchange.bench.config.users):
            try:
                return await honest(replace(call, user=user))
            except RefusedError as error:
                if error.status != 403:
                    raise
        raise RefusedError(403, "not_yours", "Nobody may.", "Ask somebody.")

    return changed_route(parts, "post_forward", change)


def forgets_the_secretary(parts: Parts) -> Parts:
    """The secretary's position is not offered."""

    def shorter(found: Any) -> Any:
        return [target for target in found if target.id != "position:secretary"]

    return _answers(parts, "get_targets", shorter)


def functions_are_groups(parts: Parts) -> Parts:
    """A forward to a function reaches its whole group."""

    def widened(call: Call) -> Call:
        to = [f"group:{one.split(':')[1]}" if one.startswith("function:") else one for one in call.body.to]
        return _body(call, to=to)

    return _asks(parts, "post_forward", widened)


def forwards_at_once(parts: Parts) -> Parts:
    """A forward needs no confirmation."""
    return _asks(parts, "post_forward", lambda call: _body(call, confirm=bool(call.body.to)))


def tells_the_sender(parts: Parts) -> Parts:
    """The sender is told that the message was forwarded."""

    async def change(honest: Handler, call: Call) -> tuple[int, Any]:
        if call.body.confirm:
            await sending.post_deviation(replace(call, body=day.DeviationIn("Videresendt internt.", "1"), key=""))
        return await honest(call)

    return changed_route(parts, "post_forward", change)


def resends_unchanged(parts: Parts) -> Parts:
    """A failed message is sent anew as it was, whatever was corrected."""
    return _asks(parts, "post_resend", lambda call: replace(call, body=day.ResendIn()))


def a_log_without_errors(parts: Parts) -> Parts:
    """The log does not say why something failed."""
    return _answers(parts, "get_log", lambda page: _rows(page, error=""))


def one_heap(parts: Parts) -> Parts:
    """A patient's overview has one title for everything."""
    return _answers(
        parts, "get_correspondence", lambda tabs: [msgspec.structs.replace(tab, title="Post") for tab in tabs]
    )


def everybodys_sent(parts: Parts) -> Parts:
    """What a user has sent is what everybody has sent."""

    async def change(honest: Handler, call: Call) -> tuple[int, Any]:
        del honest
        return await finding.get_log(replace(call, query={**call.query, "direction": "out"}))

    return changed_route(parts, "get_sent", change)


def one_page_of_help(parts: Parts) -> Parts:
    """Every type is sent in the same way, says the help."""
    return _answers(parts, "get_help_send", lambda page: msgspec.structs.replace(page, text="Write it and send it."))


def empty_clips(parts: Parts) -> Parts:
    """The paperclip begins new messages and shows none."""

    def emptied(clips: Any) -> Any:
        return [msgspec.structs.replace(one, messages=[]) for one in clips]

    return _answers(parts, "get_paperclip", emptied)


def one_shortcut(parts: Parts) -> Parts:
    """Whatever shortcut is pressed, a note opens; the search still finds them by name."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        status, found = await honest(call)
        if call.query.get("q"):
            return status, found
        return status, [msgspec.structs.replace(one, opens="DIALOG_NOTAT") for one in found]

    return changed_route(parts, "get_shortcuts", changed)


def whole_names_only(parts: Parts) -> Parts:
    """A shortcut is found by its whole name only."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        status, found = await honest(call)
        wanted = call.query.get("q", "")
        return status, [one for one in found if not wanted or one.title == wanted]

    return changed_route(parts, "get_shortcuts", changed)


def finds_everything(parts: Parts) -> Parts:
    """The attachment search does not look at what was typed."""
    return _asks(parts, "get_paperclip", lambda call: replace(call, query={}))


def forgets_sick_leaves(parts: Parts) -> Parts:
    """A half-written sick leave is not kept."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        if call.body.type == "SYKMELD":
            raise RefusedError(409, "not_kept", "Drafts of type SYKMELD are not kept.", "Send it.")
        return await honest(call)

    return changed_route(parts, "put_draft", changed)


def keeps_every_draft(parts: Parts) -> Parts:
    """Everything half-written is kept, whatever it is."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        kept = call.body.type
        try:
            return await honest(call)
        except RefusedError:
            bench = call.exchange.bench
            with bench.store.transaction() as connection:
                people.keep_draft(connection, call.who.id, call.path["id"], kept, call.body.content, bench.clock.now())
            return 200, day.DraftOut(call.path["id"], kept, call.body.content, bench.clock.now())

    return changed_route(parts, "put_draft", changed)


def tabs_backwards(parts: Parts) -> Parts:
    """The tab key goes to the group before."""

    def turned(tabs: Any) -> Any:
        return [msgspec.structs.replace(tab, next_tab=tab.previous_tab) for tab in tabs]

    return _answers(parts, "get_correspondence", turned)


def feedback_only(parts: Parts) -> Parts:
    """Inboxes beside Feedback are always empty."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        status, page = await honest(call)
        return status, page if call.path["inbox"] in {"feedback", "archive"} else day.BoxPage([], "")

    return changed_route(parts, "get_mailbox", changed)


def care_beside_only(parts: Parts) -> Parts:
    """Feedback does not show what has an inbox of its own."""

    async def changed(honest: Handler, call: Call) -> tuple[int, Any]:
        status, page = await honest(call)
        if call.path["inbox"] != "feedback":
            return status, page
        return status, msgspec.structs.replace(page, rows=[row for row in page.rows if not row.type.startswith("LOG_")])

    return changed_route(parts, "get_mailbox", changed)


def one_group_short(parts: Parts) -> Parts:
    """The patient's overview has no group for lab results."""

    def shortened(tabs: Any) -> Any:
        return [tab for tab in tabs if tab.id != "lab_result"]

    return _answers(parts, "get_correspondence", shortened)
