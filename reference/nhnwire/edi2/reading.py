"""Reading and writing the JSON of EDI 2.0, whatever the version: strictly as a server, leniently as a client."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from nhnwire.errors import ProtocolError

MODEL_ERROR: Final = "Model validation error occurred"


class ModelError(ProtocolError):
    """A body or query that does not follow its schema: NHN's errorCode 1000.

    Attributes:
        validation_errors: one text per fault.
    """

    default_code = "1000"

    def __init__(self, validation_errors: tuple[str, ...]) -> None:
        super().__init__(f"{MODEL_ERROR}: {'; '.join(validation_errors)}", remedy="follow the OpenAPI document")
        self.validation_errors = validation_errors


T = TypeVar("T")

MAX_FAULTS = 100
"""Faults of one body that are told; the rest would not help anybody."""

_UNREADABLE = (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError)


def decode_strict(kind: type[T], data: bytes) -> T:
    """Read a body as a server: unknown fields are faults too.

    Raises:
        ModelError: with the unknown fields (100 at most), or with the first fault of another kind.
    """
    try:
        raw = msgspec.json.decode(data)
        unknown = tuple(_unknown(raw, kind, "$")[:MAX_FAULTS])
        if unknown:
            raise ModelError(unknown)
        return msgspec.convert(raw, kind)
    except _UNREADABLE as error:
        raise ModelError((str(error),)) from None
    except RecursionError:
        raise ModelError(("the JSON is nested too deep",)) from None


def decode(kind: type[T], data: bytes) -> T:
    """Read an answer as a client: unknown fields are ignored.

    Raises:
        ModelError: when the body is no JSON, or a required field is missing or of another type.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except _UNREADABLE as error:
        raise ModelError((str(error),)) from None
    except RecursionError:
        raise ModelError(("the JSON is nested too deep",)) from None


def encode(value: object) -> bytes:
    """JSON of a schema, a list of them, or a bare string."""
    return msgspec.json.encode(value)


@cache
def _fields(kind: type[Struct]) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _unknown(raw: object, kind: Any, path: str) -> list[str]:
    """Fields in the raw JSON that the schema does not have."""
    if isinstance(raw, list):
        inner = next((argument for argument in _arguments(kind) if argument is not None), None)
        return [fault for at, item in enumerate(raw) for fault in _unknown(item, inner, f"{path}[{at}]")]
    struct = next((found for found in (kind, *_arguments(kind)) if _is_struct(found)), None)
    if not isinstance(raw, dict) or struct is None:
        return []
    known = _fields(struct)
    faults = [f"Object contains unknown field `{name[:80]}` - at `{path}`" for name in raw if name not in known]
    return faults + [
        fault
        for name, value in raw.items()
        if name in known
        for fault in _unknown(value, known[name], f"{path}.{name}")
    ]


def _arguments(kind: Any) -> tuple[Any, ...]:
    """Inside of `X | None` and `list[X]`, however nested."""
    found: list[Any] = []
    for argument in getattr(kind, "__args__", ()):
        found += [argument, *_arguments(argument)]
    return tuple(found)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)
