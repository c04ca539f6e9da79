"""Whom a received message is for: its participants, from what the message says and who works at the clinic.

Sources: HIS 1153 AD2.8 (a message to a person carries that person's HER-id), HIS 80601 (a person below the service is
the one it is meant for, by HPR number).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import msghead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhnclinic.config import UserSettings
    from nhnwire.msghead import MsgHead

NOT_STAFF = frozenset({"operator"})
"""Roles of users who work for the vendor: no message is for them."""


def participants(head: MsgHead, her_id: int, users: Sequence[UserSettings], asker: str = "") -> tuple[str, ...]:
    """Ids of the users whom the message is for.

    In this order: who has the HER-id it came to; whom the receiver's part names by HPR number; whoever wrote the
    message it answers (`asker`); else everybody who works here, because a message to a service is everybody's.
    """
    staff = [user for user in users if not user.all_roles or user.all_roles - NOT_STAFF]
    named = _hpr_numbers(head)
    choices = (
        [user.id for user in staff if user.her_id == her_id],
        [user.id for user in staff if user.hpr and user.hpr in named],
        [user.id for user in staff if user.id == asker],
        [user.id for user in staff],
    )
    return tuple(next((found for found in choices if found), ()))


def _hpr_numbers(head: MsgHead) -> frozenset[str]:
    people = [level.professional for party in head.receivers for level in msghead.organisations(party)]
    idents = [ident for person in people if person is not None for ident in person.idents]
    return frozenset(ident.id.strip() for ident in idents if ident.type.v == "HPR")
