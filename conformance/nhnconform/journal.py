"""The network's journal as the judge reads it: every exchange once, attributed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from nhnconform.attribution import Attribution, Claim, Entry, entries_from
from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Collection

    from nhnconform.control import Control

PAGE = 500


class Journal:
    """Follows the journal of one network for one run against one SUT.

    Args:
        control: the network's control port.
        ours: client id of the judge's counterparts.
        theirs: client ids that the SUT may use: its own, or its supplier's.
        attribution: who owns what.
        since: number after which entries count.
    """

    def __init__(
        self, control: Control, *, ours: str, theirs: Collection[str], attribution: Attribution, since: int = 0
    ) -> None:
        self.control = control
        self._ours = ours
        self._theirs = {None, *theirs}
        self._attribution = attribution
        self._next = since
        self._reading = asyncio.Lock()

    async def refresh(self) -> None:
        """Take in everything the network has recorded until now.

        Raises:
            HarnessError: the control port does not answer as it should.
        """
        async with self._reading:
            while True:
                page = await self.control.ask("GET", "/journal", since=self._next, limit=PAGE)
                try:
                    entries = entries_from(page["entries"])
                    following = int(page["next"])
                except (msgspec.ValidationError, KeyError, TypeError, ValueError) as error:
                    raise HarnessError(f"the network's journal is not what it should be: {error}") from error
                self._attribution.add(entries)
                self._next = following
                if len(entries) < PAGE:
                    return

    def claim(self, name: str) -> Claim:
        """A new owner of traffic."""
        return self._attribution.claim(name)

    def claimed(self, claim: Claim) -> list[Entry]:
        """Entries of one case, as of the last `refresh`."""
        return self._attribution.owned(claim)

    def shared(self, claim: Claim) -> list[Entry]:
        """Entries that the case shares with others."""
        return self._attribution.shared(claim)

    def context(self) -> list[Entry]:
        """The SUT's entries that belong to no single case."""
        return [entry for entry in self._attribution.context() if self.is_suts(entry)]

    def strays(self) -> list[Entry]:
        """Entries that nobody claims; what the network's own automatic parties do among themselves is not counted."""
        return [entry for entry in self._attribution.strays() if self.is_ours(entry) or self.is_suts(entry)]

    def is_ours(self, entry: Entry) -> bool:
        """True for what the judge's counterparts did."""
        return entry.client_id == self._ours

    def is_suts(self, entry: Entry) -> bool:
        """True for what the SUT did, and for calls whose caller was not known when they were refused."""
        return entry.client_id in self._theirs

    async def raw(self, number: int, direction: str) -> bytes:
        """The exact bytes of one entry; `in` towards the network, `out` from it."""
        return await self.control.raw(f"/journal/{number}/{direction}")
