"""What can end a case, and whose fault it is.

HarnessError            we broke: our stimulus, our simulator or our code; never the SUT's fault
SutError                the system under test could not be driven; a case that meets it has failed
├── SutHangError        no answer within patience
├── SutCrashError       the process ended, or the connection was refused or cut
├── SutBabbleError      an answer that is not in the contract: not JSON, another shape, too large
└── SutRefusalError     the SUT declined an operation it had declared
NotJudgedError
├── UnsupportedError    this SUT or driver does not offer the operation: the case is untested
├── DeferredError       this clock cannot reach the deadline: the case is deferred
└── InconclusiveError   what was seen proves neither way
ReplayError             the person who drives the SUT wants the case from its start

An `AssertionError` in a case is a judgement: failed, or a warning when the case's level asks for no more.
"""

from __future__ import annotations


class HarnessError(Exception):
    """We broke. Carries cause and remedy in its text."""


class SutError(Exception):
    """The system under test could not be driven; the text is the reason shown in the report."""

    kind = "error"


class SutHangError(SutError):
    """No answer within patience."""

    kind = "hang"


class SutCrashError(SutError):
    """The process ended, or nobody answers at its address any more."""

    kind = "crash"


class SutBabbleError(SutError):
    """It answered, but not in the words of the contract."""

    kind = "babble"


class SutRefusalError(SutError):
    """It answered with a typed error to an operation it had declared.

    Attributes:
        status: the HTTP status of the refusal; 0 when it did not come over HTTP.
    """

    kind = "refusal"

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class NotJudgedError(Exception):
    """The case ended without a judgement; the text says why."""


class UnsupportedError(NotJudgedError):
    """The operation is not offered by this SUT or driver."""


class DeferredError(NotJudgedError):
    """The clock of this run cannot reach what the case waits for."""


class InconclusiveError(NotJudgedError):
    """What was seen proves neither that the rule was kept nor that it was broken."""


class ReplayError(Exception):
    """The person who drives the SUT lost their way and wants the case from its start, with other parties."""
