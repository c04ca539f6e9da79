"""Parties that answer by themselves, each with its own credentials and its own small store.

They are strangers to the simulated endpoints: all they do goes over the wire, as it does for the clinic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnsim.parties.automatic import AutomaticParty
from nhnsim.parties.client import Edi2Client
from nhnsim.parties.mailbox import Client3, Version2, Version3
from nhnsim.parties.personalities import PERSONALITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnsim.context import Context
    from nhnsim.parties.mailbox import Mailbox

APPLICATION = ("Provenett party", "1")


def residents(context: Context, credentials: Mapping[str, tuple[str, bytes, str]]) -> dict[str, AutomaticParty]:
    """The automatic parties by name; each one's `run` is to be started with `context.clock.spawn`.

    Args:
        context: its `state` holds one store per party; `urls` must know `helseid` and `edi2`.
        credentials: by the name of a client of the world (`world.clients`): client id, private key (PEM), key id.
            A party whose client is not among them stays silent, and so do
            all of them where either endpoint is missing.
    """
    if not {"helseid", "edi2"} <= context.urls.keys():
        return {}
    return {
        row.name: AutomaticParty(
            context, mailbox(context, credentials[row.client], party.her_id, row.version), party, row
        )
        for row in PERSONALITIES
        if (party := context.world.named.get(row.name)) is not None and row.client in credentials
    }


def mailbox(context: Context, credential: tuple[str, bytes, str], her_id: int, version: str) -> Mailbox:
    """A mailbox at this network's EDI 2.0.

    Args:
        context: clock, ids and where HelseID and EDI 2.0 are.
        credential: client id, private key (PEM), key id.
        her_id: whose.
        version: of the interface, 2 or 3.
    """
    asked = (context.http, context.clock, context.urls["helseid"], context.urls["edi2"], *credential)
    name, number = APPLICATION
    system = f"{name}, v{number}"
    if version == "3":
        return Version3(Client3(*asked, system, context.new_id), her_id, APPLICATION)
    return Version2(Edi2Client(*asked, system, context.new_id), her_id)
