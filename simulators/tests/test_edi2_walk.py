"""The map of the service's steps is what the code says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from nhnsim.edi2.walk import STEPS, walk

DOCUMENT = Path(__file__).parents[2] / "docs" / "walk-edi2.md"


def test_the_map_is_what_the_steps_say_of_themselves() -> None:
    """docs/walk-edi2.md is generated, and every step is a method with a sentence of its own."""
    assert DOCUMENT.read_text("utf-8") == walk(), "run: python -m nhnsim steps --markdown > docs/walk-edi2.md"
    assert all(getattr(step.owner, step.method).__doc__ for step in STEPS.values())


def test_the_command_prints_them() -> None:
    """Names as JSON, or the map."""
    command = [sys.executable, "-m", "nhnsim", "steps"]
    names = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert json.loads(names) == list(STEPS)
    shown = subprocess.run([*command, "--markdown"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert shown == walk()
