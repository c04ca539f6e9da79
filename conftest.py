"""What all rooms' tests share: system components, and how a missing one is said.

`@pytest.mark.integration("strace", apt="strace")` names the programs a test needs and the Debian package that brings
them. Without them the test is skipped with that remedy; with PROVENETT_CI=1 it fails, so that a green run has run it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnconform.crash.cluster import Cluster

SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])
"""Where programs are looked for; Debian keeps PostgreSQL's out of the way."""

# No example is timed: machines are noisy, and times belong in benchmarks. CI draws the same ones each time.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("house")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail in CI, what needs a component that is not here."""
    for mark in item.iter_markers("integration"):
        missing = [program for program in mark.args if shutil.which(program, path=SEARCHED) is None]
        if missing:
            text = f"needs {', '.join(missing)}; on Debian: apt-get install {mark.kwargs.get('apt', ' '.join(missing))}"
            if os.environ.get("PROVENETT_CI"):
                pytest.fail(text, pytrace=False)
            pytest.skip(text)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of this session's; mark the test `integration("postgres", "initdb", apt="postgresql")`."""
    from nhnconform.crash.cluster import cluster  # noqa: PLC0415 - most tests do without

    with cluster() as running:
        yield running
