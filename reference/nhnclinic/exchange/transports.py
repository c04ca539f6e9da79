"""Which adapter speaks which version of EDI 2.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnclinic.exchange.edi2 import Edi2
from nhnclinic.exchange.edi3 import Edi3

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnclinic.exchange.bench import Transport, Wiring

BY_VERSION: dict[int, Callable[[Wiring], Transport]] = {2: Edi2, 3: Edi3}


def make(wiring: Wiring) -> Transport:
    """The adapter for the configured version; the configuration was checked to be one of these."""
    return BY_VERSION[wiring.config.edi2.version](wiring)
