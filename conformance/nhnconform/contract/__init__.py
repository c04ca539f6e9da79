"""The SUT contract: what a judge may ask of any EHR, on one page (`openapi.json`), every operation optional.

An EHR under test (SUT) meets it itself, or through an adapter over whatever API it has. It declares the operations
it has at `GET /contract`; a case that needs another one is `untested`, never failed.
"""

from nhnconform.contract.operations import OPERATIONS, Operation, openapi, openapi_bytes
from nhnconform.contract.values import (
    Alert,
    AnswerRequest,
    AppRecView,
    ClockView,
    Declaration,
    Done,
    ErrorView,
    Fault,
    MessageView,
    Patient,
    RestartRequest,
    SendRequest,
    Sent,
    State,
    User,
    WorldRequest,
)

__all__ = [
    "OPERATIONS",
    "Alert",
    "AnswerRequest",
    "AppRecView",
    "ClockView",
    "Declaration",
    "Done",
    "ErrorView",
    "Fault",
    "MessageView",
    "Operation",
    "Patient",
    "RestartRequest",
    "SendRequest",
    "Sent",
    "State",
    "User",
    "WorldRequest",
    "openapi",
    "openapi_bytes",
]
