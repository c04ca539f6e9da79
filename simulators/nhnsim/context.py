"""What every simulated endpoint is given, and all it may know of the house."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import aiohttp

    from nhnfixtures.world import World
    from nhntime import Clock

ErrorBody: TypeAlias = Callable[[int, str], web.Response]


class Controllable(ABC):
    """What the control port may do to an endpoint; each application carries one under `CONTROL`."""

    @abstractmethod
    async def reset(self) -> None:
        """Forget everything that came over the wire; keep keys and configuration."""

    async def change(self, wish: Mapping[str, Any]) -> dict[str, object]:
        """Change what the endpoint knows of the world, as its users could; what became of it, as JSON values.

        Raises:
            ValueError: it makes no sense, or nothing can be changed here; the text says why and what would help.
        """
        raise ValueError(f"nothing can be changed here, {', '.join(wish) or 'nothing at all'} neither")

    @abstractmethod
    async def snapshot(self) -> dict[str, object]:
        """The endpoint's state as JSON values, for people and for evidence."""


CONTROL: web.AppKey[Controllable] = web.AppKey("control", Controllable)
ERROR_BODY: web.AppKey[ErrorBody] = web.AppKey("error_body", Callable)  # type: ignore[arg-type]  # a callable type
"""`app[ERROR_BODY] = function(status, text)` renders an error that the endpoint's own code did not answer itself:
an unknown path (404), a wrong method (405), a body too large (413), a defect of ours (500)."""
ERROR_BODIES: web.AppKey[Callable[[web.BaseRequest], ErrorBody]] = web.AppKey("error_bodies", Callable)  # type: ignore[arg-type]  # as above
"""`app[ERROR_BODIES] = function(request)` gives that function where the words depend on what the caller asked for."""
NOTES: web.RequestKey[dict[str, object]] = web.RequestKey("notes", dict)


@dataclass(frozen=True)
class Context:
    """Handed to each endpoint's `application(context)`.

    Attributes:
        name: the endpoint's name, such as `edi2`; names its store, its journal entries and its faults.
        clock: domain time.
        world: the seeded world, a pure function of the seed.
        urls: base URL of every endpoint by name, without a trailing slash, known before any of them starts.
        state: the endpoint's own folder for its store and keys.
        new_id: a fresh UUID as text (lower case).
        http: a client session that trusts the lab's root, for asking other endpoints over the wire.
        password: the password of an organisation's user, by organisation number; None where nobody has one.
    """

    name: str
    clock: Clock
    world: World
    urls: Mapping[str, str]
    state: Path
    new_id: Callable[[], str]
    http: aiohttp.ClientSession
    password: Callable[[str], str] | None = None


def note(request: web.Request, **fields: object) -> None:
    """Attach facts to the journal entry of this exchange.

    Known fields: client_id, organisation_number (text); her_ids, message_ids (transport), msg_ids (business
    document), patients (lists). Lists of several notes are joined.
    """
    notes = request.setdefault(NOTES, {})
    for key, value in fields.items():
        if isinstance(value, list):
            have = notes.setdefault(key, [])
            if isinstance(have, list):
                have.extend(value)
        else:
            notes[key] = value
