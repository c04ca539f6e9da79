"""What can go wrong inside the clinic.

ClinicError
├── ConfigError        the configuration cannot be used; says which key and what to write instead
├── StoreError         the database cannot be trusted with messages
├── NoSeamError        an extension (`--with`) reached nothing: no such step, or no change
├── RefusedError       a user asked for something that cannot be done; carries the HTTP status of the answer
└── TransportError     a peer on the network did not do what was asked; `retry` says whether to ask again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


class ClinicError(Exception):
    """The root of this room's errors; the text says cause and remedy."""


class ConfigError(ClinicError):
    """The configuration cannot be used."""


class StoreError(ClinicError):
    """The database cannot hold messages safely."""


class NoSeamError(ClinicError):
    """An extension changed nothing in the clinic it was given."""


class RefusedError(ClinicError):
    """A request of a user that the clinic will not do.

    Attributes:
        status: the HTTP status of the answer.
        code: a short stable name of the kind of refusal.
        cause: what is wrong.
        remedy: what to do about it.
    """

    def __init__(self, status: int, code: str, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.status = status
        self.code = code
        self.cause = cause
        self.remedy = remedy


class TransportError(ClinicError):
    """A peer answered with an error, or not at all.

    Attributes:
        status: the HTTP status, or 0 when no answer came.
        retry: True when asking again later may help.
        after: how long the peer wants to be left alone (header Retry-After), when it said so.
    """

    def __init__(self, message: str, *, status: int = 0, retry: bool = True, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry = retry
        self.after = after
