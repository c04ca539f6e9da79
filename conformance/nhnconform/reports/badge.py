"""`badge.svg` and `badge.json` (for services that draw badges themselves): how many cases hold, in one look."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from nhnconform.verdicts import EXIT_HARNESS, Verdict

if TYPE_CHECKING:
    from nhnconform.reports.results import Results

GREEN, RED, GREY = "#1a7f4b", "#c0262d", "#667085"
WIDE = 6.6
"""Width of a letter at 11 pixels, on average."""


def words(results: Results) -> tuple[str, str]:
    """What it says, and its colour."""
    summary = results.summary()
    judged = sum(summary.values()) - summary[Verdict.NOT_APPLICABLE.value]
    held = summary[Verdict.PASSED.value] + summary[Verdict.WARNING.value]
    if results.exit_code == EXIT_HARNESS:
        return "harness error", GREY
    return f"{held} of {judged} hold", GREEN if results.exit_code == 0 else RED


def badge_json(results: Results) -> str:
    """The values of a badge, in the form of an endpoint badge."""
    message, colour = words(results)
    value = {"schemaVersion": 1, "label": "Provenett", "message": message, "color": colour}
    return json.dumps(value) + "\n"


def badge_svg(results: Results) -> str:
    """The badge itself, readable for screen readers too."""
    message, colour = words(results)
    left, right = (round(len(text) * WIDE + 14) for text in ("Provenett", message))
    title = escape(f"Provenett: {message}")
    text = 'font-family="system-ui,sans-serif" font-size="11" fill="#fff" text-anchor="middle"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{title}">'
        f"<title>{title}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="{colour}"/>'
        f'<rect width="{left}" height="20" rx="3" fill="#1d2330"/><rect x="{left - 3}" width="3" height="20" '
        f'fill="#1d2330"/><text x="{left / 2:g}" y="14" {text}>Provenett</text>'
        f'<text x="{left + right / 2:g}" y="14" {text}>{escape(message)}</text></svg>\n'
    )
