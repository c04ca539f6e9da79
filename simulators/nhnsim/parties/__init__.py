"""Parties that answer by themselves, each with its own credentials and its own small store.

They are strangers to the simulated endpoints: all they do goes over the wire, as it does for the clinic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnsim.parties.automatic import AutomaticParty
from nhnsim.parties.client import Edi2Client
from nhnsim.parties.personalities import PERSONALITIES

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from typing import Any

    from nhnsim.context import Context

SOURCE_SYSTEM = "Provenett party, v1"


def tasks(context: Context, credentials: Mapping[str, tuple[str, bytes, str]]) -> list[Coroutine[Any, Any, None]]:
    """One coroutine per automatic party, to be started with `context.clock.spawn` once the endpoints serve.

    Args:
        context: its `state` holds one store per party; `urls` must know `helseid` and `edi2`.
        credentials: by the name of a client of the world (`world.clients`): client id, private key (PEM), key id.
            A party whose client is not among them stays silent, and so do
            all of them where either endpoint is missing.
    """
    if not {"helseid", "edi2"} <= context.urls.keys():
        return []
    found = []
    for personality in PERSONALITIES:
        party = context.world.named.get(personality.name)
        if party is None or personality.client not in credentials:
            continue
        client_id, key, kid = credentials[personality.client]
        client = Edi2Client(
            context.http,
            context.clock,
            context.urls["helseid"],
            context.urls["edi2"],
            client_id,
            key,
            kid,
            SOURCE_SYSTEM,
            context.new_id,
        )
        found.append(AutomaticParty(context, client, party, personality).run())
    return found
