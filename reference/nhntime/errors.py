"""What can go wrong with time.

ClockError
├── ClockMisuseError   a coroutine slept without a token, or asked for the past
├── ClockStuckError    somebody has held a token for longer than the mover's patience; says who and what
└── ClockLostError     the hub is gone; a process without its hub must stop
"""


class ClockError(Exception):
    """The root of this room's errors."""


class ClockMisuseError(ClockError):
    """The caller broke the protocol of tokens."""


class ClockStuckError(ClockError):
    """Time cannot move because work does not end.

    Attributes:
        holders: agent name to the labels of the tokens it holds.
    """

    def __init__(self, holders: dict[str, list[str]], patience: float) -> None:
        self.holders = holders
        named = "; ".join(f"{name} is busy with {', '.join(labels)}" for name, labels in holders.items() if labels)
        super().__init__(
            f"virtual time could not move within {patience:g} s: {named or 'an agent does not answer'}. "
            "Work that never ends, or a peer that never answers, holds the clock."
        )


class ClockLostError(ClockError):
    """The connection to the hub ended."""
