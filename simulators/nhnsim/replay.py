"""What was seen once may not be seen again: a memory of one-time ids that forgets what has expired."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ReplayMemory:
    """One-time ids with an expiry each, in memory.

    Bounded by time: an id is forgotten once it has expired, since a replay of it is refused for its age anyway.
    """

    def __init__(self) -> None:
        self._expiry: dict[tuple[str, ...], datetime] = {}
        self._order: deque[tuple[str, ...]] = deque()

    def __len__(self) -> int:
        return len(self._expiry)

    def first_time(self, *name: str, now: datetime, expires: datetime) -> bool:
        """Remember an id; False when it is remembered already.

        Args:
            name: the parts of the id, such as key thumbprint and `jti`.
            now: the domain's now.
            expires: when the id may be forgotten. Ids come in roughly by expiry; one that comes late is kept longer.
        """
        while self._order and self._expiry[self._order[0]] <= now:
            del self._expiry[self._order.popleft()]
        if name in self._expiry:
            return False
        self._expiry[name] = expires
        self._order.append(name)
        return True

    def clear(self) -> None:
        """Forget everything."""
        self._expiry.clear()
        self._order.clear()
