"""JSON Schemas of what the command line writes and prints."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def schema(name: str) -> dict[str, Any]:
    """One schema, by the name of its file here: `results`, `mutants`, `up`, `sut`, `deferred`, `doctor` or another."""
    value: dict[str, Any] = json.loads(resources.files("nhnconform.schemas").joinpath(f"{name}.json").read_bytes())
    return value
