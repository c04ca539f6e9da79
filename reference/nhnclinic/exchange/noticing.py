"""Attending to what a transport tells: each notice becomes rows of the store before anything is done about it.

The position in the stream is committed together with what the notices changed, so that a clinic that dies is told
again what it had not written down, and is not told what it had. Gaps in the numbers mean nothing: they are global.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.domain import alerts
from nhnclinic.domain.values import Kind, State
from nhnclinic.errors import TransportError
from nhnclinic.store import inbox, outbox, records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from nhnclinic.domain.values import Notice
    from nhnclinic.exchange.bench import Bench


def position(bench: Bench) -> int:
    """The number of the last notice that was attended to."""
    with bench.store.reading() as connection:
        return records.position(connection, bench.config.edi2.url)


async def attend(bench: Bench, notices: Sequence[Notice]) -> None:
    """Write down what these notices say, in one transaction.

    Raises:
        TransportError: the service does not say what a message is that it tells of; nothing is written down then.
    """
    if not notices:
        return
    names = await _names(bench, notices)
    now = bench.clock.now()
    with bench.store.transaction() as connection:
        for notice in notices:
            _WHAT_TO_DO[notice.kind](bench, connection, notice, names)
        records.set_position(connection, bench.config.edi2.url, max(one.offset for one in notices), now)


async def _names(bench: Bench, notices: Sequence[Notice]) -> Mapping[str, str]:
    """MsgIds by transport id, of messages that we do not know by theirs: one may be ours whose POST was not answered.

    Asked only while a message is queued; our own receipts are told of, too, and nobody need ask about those.
    """
    with bench.store.reading() as connection:
        if not outbox.is_unsure(connection):
            return {}
        told = {notice.transport_id for notice in notices if notice.kind is Kind.UPDATED}
        unknown = [one for one in sorted(told) if outbox.by_transport_id(connection, one) is None]
    return {one: await _name(bench, one) for one in unknown}


async def _name(bench: Bench, transport_id: str) -> str:
    try:
        return await bench.transport.msg_id(transport_id)
    except TransportError as error:
        if error.retry:
            raise
        return ""  # not ours, or purged


def _document(bench: Bench, connection: Connection, notice: Notice, names: Mapping[str, str]) -> None:
    del names
    inbox.announce(connection, notice, bench.clock.now())


def _refused(bench: Bench, connection: Connection, notice: Notice, names: Mapping[str, str]) -> None:
    """There is nothing to fetch; somebody must be told."""
    del names
    sender = f"from HER-id {notice.sender_her_id} " if notice.sender_her_id else ""
    records.raise_alert(
        connection,
        key=f"refused_incoming:{bench.config.edi2.url}:{notice.offset}",
        kind="refused_incoming",
        text=alerts.text("refused_incoming", f"{sender}to HER-id {notice.her_id}", notice.text),
        at=bench.clock.now(),
    )


def _updated(bench: Bench, connection: Connection, notice: Notice, names: Mapping[str, str]) -> None:
    """Look into the message now; and if it is one whose handing over was never confirmed, it is confirmed by this."""
    now = bench.clock.now()
    message = outbox.by_transport_id(connection, notice.transport_id)
    if message is None:
        message = outbox.by_msg_id(connection, names.get(notice.transport_id, ""))
        if message is None or message.state is not State.QUEUED:
            return
        outbox.change(
            connection, message.row, state=str(State.SENT), transport_id=notice.transport_id, attempts=0, due_at=now
        )
        records.remember(connection, message.row, now, "sent", f"{notice.transport_id}, as the service tells")
    elif message.state in {State.SENT, State.APPREC_MISSING}:
        outbox.change(connection, message.row, due_at=now)


def _nothing(bench: Bench, connection: Connection, notice: Notice, names: Mapping[str, str]) -> None:
    del bench, connection, notice, names


_WHAT_TO_DO: dict[Kind, Callable[[Bench, Connection, Notice, Mapping[str, str]], None]] = {
    Kind.DOCUMENT: _document,
    Kind.REFUSED: _refused,
    Kind.UPDATED: _updated,
    Kind.OTHER: _nothing,
}
