"""Puts a report's files into its folder."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from nhnconform.reports.evidence import files_of
from nhnconform.reports.html import page
from nhnconform.reports.junit import junit

if TYPE_CHECKING:
    from pathlib import Path

    from nhnconform.reports.results import Results


def write(folder: Path, results: Results) -> None:
    """Write `results.json`, `junit.xml`, `report.html` and `evidence/`, which replaces an older one.

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
    text = json.dumps(results.as_json(), indent=2, ensure_ascii=False) + "\n"
    (folder / "results.json").write_text(text, encoding="utf-8")
    (folder / "junit.xml").write_bytes(junit(results))
    (folder / "report.html").write_text(page(results), encoding="utf-8")
