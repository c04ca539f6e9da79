"""Who works at the clinic, and as whom the adapter speaks to its interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhnclinic.config.network import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnconform.contract import User


@dataclass(frozen=True)
class Staff:
    """Bearer tokens by user id, and the employees; the first one acts where a request names nobody."""

    tokens: Mapping[str, str]
    users: tuple[User, ...]

    def token(self, user: str | None = None) -> str:
        """A user's token; of somebody who does not work here, a token that nobody has."""
        return self.tokens.get(user or self.users[0].id, "nobody")

    def token_of(self, role: str) -> str:
        """The token of the vendor's operator, or of the first employee of a role."""
        if role == OPERATOR:
            return self.tokens[OPERATOR]
        return next((self.token(user.id) for user in self.users if user.role == role), "nobody")
