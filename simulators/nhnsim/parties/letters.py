"""What an automatic party writes when it is told to: a message of the world, in its own hand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from nhnfixtures.draw import Draw
from nhnfixtures.messages import SHAPES, TYPES, message
from nhnsim.parties.diary import Reply
from nhnwire.msghead import ConversationRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnsim.context import Context
    from nhnsim.parties.automatic import AutomaticParty

Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /parties/{name}/send; every member may be left out.

    Attributes:
        kind: a code of table 8279 that EDI 2.0 carries.
        k: which message of that kind; the same one again has the same MsgId, as a repeated message has.
        shape: minimal, random or maximal.
        to: HER-id of the receiver; the clinic's first service unless told.
        patient: number of a patient of the world.
        attachments: sizes in bytes.
        answers: MsgId of the message that this one refers to.
    """

    kind: str = "DIALOG_NOTAT"
    k: Number = 0
    shape: str = "random"
    to: int | None = None
    patient: Number | None = None
    attachments: list[Number] | None = None
    answers: str | None = None


def letter(context: Context, sender: AutomaticParty, wish: Mapping[str, Any]) -> Reply:
    """The message that was wished for.

    Raises:
        ValueError: it cannot be made; the text says why.
    """
    try:
        wanted = msgspec.convert(wish, Wish)
    except msgspec.ValidationError as error:
        known = ", ".join(field.name for field in msgspec.structs.fields(Wish))
        raise ValueError(f"{error}; a letter has {known}") from error
    if wanted.kind not in TYPES or wanted.shape not in SHAPES:
        raise ValueError(f"kind is one of {', '.join(TYPES)}; shape is one of {', '.join(SHAPES)}")
    world = context.world
    receiver = world.clinic.services[0] if wanted.to is None else world.party(wanted.to)
    if receiver is None:
        raise ValueError(f"nobody has HER-id {wanted.to} here; `provenett fixtures party` lists who is there")
    head = message(
        world,
        wanted.kind,
        wanted.k,
        shape=wanted.shape,
        attachments=wanted.attachments,
        sender=sender.party,
        receiver=receiver,
        patient=None if wanted.patient is None else world.patient(wanted.patient),
        sent=context.clock.now(),
    )
    own = Draw(world.seed, "letter", sender.personality.name, wanted.kind, wanted.k).uuid()
    head = dataclasses.replace(head, msg_id=own)
    if wanted.answers is not None:
        head = dataclasses.replace(head, conversation=ConversationRef(wanted.answers, wanted.answers))
    return Reply(own, sender.personality.hand.write(head.to_bytes()))
