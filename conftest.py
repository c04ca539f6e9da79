"""What all rooms' tests share: system components, and how a missing one is said.

`@pytest.mark.integration("strace", apt="strace")` names the programs a test needs and the Debian package that brings
them. Without them the test is skipped with that remedy; with PROVENETT_CI=1 it fails, so that a green run has run it.
"""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

# No example is timed: machines are noisy, and times belong in benchmarks. CI draws the same ones each time.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("house")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail in CI, what needs a component that is not here."""
    for mark in item.iter_markers("integration"):
        missing = [program for program in mark.args if shutil.which(program) is None]
        if missing:
            text = f"needs {', '.join(missing)}; on Debian: apt-get install {mark.kwargs.get('apt', ' '.join(missing))}"
            if os.environ.get("PROVENETT_CI"):
                pytest.fail(text, pytrace=False)
            pytest.skip(text)
