"""The clinic's no."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhnconform.contract import Fault


class Refused(Exception):  # noqa: N818 - the clinic said no; passed on as it is
    """The clinic answered an error."""

    def __init__(self, status: int, fault: Fault) -> None:
        super().__init__(fault.error)
        self.status = status
        self.fault = fault
