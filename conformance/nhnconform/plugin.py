"""Cases are collected by pytest, so that their asserts explain themselves; everything else is our own.

The collection is hermetic: an own configuration file and root, an absolute path, no conftest, no cache, no plugins
that happen to be installed, no `PYTEST_*` variables.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nhnconform.case import Case
from nhnconform.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SUITES = Path(__file__).parent / "suites"
CONFIGURATION = Path(__file__).parent / "cases.ini"
REWRITTEN = ("nhnconform.conversations",)
"""Helpers of cases whose asserts shall explain themselves too."""

_OFF = ("cacheprovider", "terminal", "logging", "faulthandler", "junitxml", "doctest", "unittest", "stepwise")


class CaseItem(pytest.Item):
    """A case as pytest sees it; never run by pytest."""

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case

    def runtest(self) -> None:
        """Cases are played by the engine."""
        raise HarnessError("cases are played by nhnconform's engine; start them with: provenett conform")


class Plugin:
    """Collects cases and hands them to a program instead of running them."""

    def __init__(self, program: Callable[[list[Case]], int]) -> None:
        self._program = program
        self.faults: list[str] = []
        self.result: int | None = None
        self.error: BaseException | None = None

    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: object) -> CaseItem | list[CaseItem] | None:
        """A case becomes an item where it is defined; nothing else in a suite does."""
        if not isinstance(obj, Case):
            return []
        if obj.suite != collector.obj.__name__:
            return []
        return CaseItem.from_parent(collector, name=name, case=obj)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be imported is our fault."""
        if report.failed:
            self.faults.append(report.longreprtext)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand over; pytest's own loop never runs."""
        cases = [item.case for item in session.items if isinstance(item, CaseItem)]
        ids = [case.id for case in cases]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            self.faults.append(f"several cases are called {', '.join(twice)}; ids are unique over all suites")
        if not self.faults:
            try:
                self.result = self._program(cases)
            except BaseException as error:  # noqa: BLE001 - carried through pytest and raised on its other side
                self.error = error
        return True


@contextlib.contextmanager
def _hermetic() -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if name.startswith("PYTEST_")}
    for name in kept:
        del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update(kept)


def with_cases(program: Callable[[list[Case]], int], suites: Sequence[Path] = (SUITES,)) -> int:
    """Collect the cases of some suites and let a program do what it will with them.

    Args:
        program: gets the cases in the order of their files; returns an exit code.
        suites: folders or files.

    Raises:
        HarnessError: a suite cannot be collected.
    """
    plugin = Plugin(program)
    pytest.register_assert_rewrite(*REWRITTEN)
    # Only suites are rewritten, not every module that is imported while pytest is at work.
    patterns = [shlex.quote(str(path.resolve() / "*.py" if path.is_dir() else path.resolve())) for path in suites]
    arguments = [
        *(str(path.resolve()) for path in suites),
        "-c",
        str(CONFIGURATION),
        "--rootdir",
        str(suites[0].resolve() if suites[0].is_dir() else suites[0].resolve().parent),
        "-o",
        f"python_files={' '.join(patterns)}",
        "--noconftest",
        "--import-mode=importlib",
        "--capture=no",
        *(word for name in _OFF for word in ("-p", f"no:{name}")),
    ]
    with _hermetic():
        code = pytest.main(arguments, plugins=[plugin])
    if plugin.error is not None:
        raise plugin.error
    if plugin.result is None:
        reasons = "; ".join(plugin.faults) or f"pytest ended with code {int(code)}"
        raise HarnessError(f"the cases could not be collected: {reasons}")
    return plugin.result
