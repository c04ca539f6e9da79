"""Puts a report's files into its folder."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from nhnconform.reports.badge import badge_json, badge_svg
from nhnconform.reports.evidence import files_of, manifest
from nhnconform.reports.html import page
from nhnconform.reports.junit import junit
from nhnconform.reports.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhnconform.reports.results import Results


def _text(made: Callable[[Results], str]) -> Callable[[Results], bytes]:
    return lambda results: made(results).encode()


def _results(results: Results) -> str:
    return json.dumps(results.as_json(), indent=2, ensure_ascii=False) + "\n"


FILES: dict[str, Callable[[Results], bytes]] = {
    "results.json": _text(_results),
    "junit.xml": junit,
    "report.html": _text(page),
    "results.sarif": _text(sarif),
    "badge.svg": _text(badge_svg),
    "badge.json": _text(badge_json),
    "evidence/manifest.json": _text(manifest),
}
"""Every file of a report, and how it is made of the results."""


def write(folder: Path, results: Results) -> None:
    """Write the files of `FILES` and `evidence/` with its manifest, which replaces an older one.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "evidence", ignore_errors=True)
    for outcome in results.ordered():
        for name, data in files_of(outcome, results.traffic.get(outcome.case.id, ())):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (folder / "evidence").mkdir(exist_ok=True)
    for name, made in FILES.items():
        (folder / name).write_bytes(made(results))
