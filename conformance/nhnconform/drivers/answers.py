"""What a SUT answers, made into values of the contract; the same for whatever carries it."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from nhnconform.contract import Fault
from nhnconform.errors import SutBabbleError

MAX_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer beyond which it is babble."""

T = TypeVar("T")


def decoded(operation: str, answer: bytes, shape: type[T]) -> T:
    """The value in an answer.

    Raises:
        SutBabbleError: it is not JSON, or has another shape; the text shows what was said.
    """
    try:
        return msgspec.json.decode(answer, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SutBabbleError(f"{operation}: {error}; it said: {sample(answer)}") from None


def too_much(operation: str) -> SutBabbleError:
    """For an answer beyond `MAX_ANSWER`."""
    return SutBabbleError(f"{operation}: an answer of more than {MAX_ANSWER >> 20} MiB, and still talking")


def sample(data: bytes) -> str:
    """The first 160 bytes, as text that can be quoted."""
    return repr(data[:160].decode("utf-8", "replace")) + (" …" if len(data) > 160 else "")


def fault_said(data: bytes) -> str:
    """Error, cause and remedy of a refusal on one line, or a sample of what stands there instead."""
    try:
        fault = msgspec.json.decode(data, type=Fault)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return sample(data)
    return "; ".join(part for part in (fault.error, fault.cause, fault.remedy) if part)
