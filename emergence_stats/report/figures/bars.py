"""Bars: shares of one whole, as flat SVG that stretches to its column while its text stays HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emergence_stats.report.figures.svg import short
from emergence_stats.report.vocabulary import VERDICTS

SMALLEST_DRAWN = 0.002


def share_bar(share: float, key: str) -> str:
    """One bar whose filled part is `share`; `key` names its colour class."""
    return (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rest" width="100" height="8"/><rect class="f-{key}" width="{100 * share:.4g}" height="8"/></svg>'
    )


def verdict_bar(shares: Mapping[str, float], *, label: str = "") -> str:
    """Shares of verdicts side by side, in the report's order of verdicts, each with its name as tooltip.

    Args:
        shares: verdict to share; they sum to at most 1.
        label: what screen readers say; without it the bar is decoration beside a text that says the same.
    """
    role = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    return (
        f'<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" {role}>'
        f'<rect class="rest" width="100" height="8"/>{"".join(_stacked(shares))}</svg>'
    )


def _stacked(shares: Mapping[str, float]) -> Iterable[str]:
    left = 0.0
    for key, words in VERDICTS.items():
        share = shares.get(key, 0.0)
        if share >= SMALLEST_DRAWN:
            title = f"<title>{words.label}: {share:.0%}</title>"
            yield f'<rect class="f-{key}" x="{short(left)}" width="{100 * share:.4g}" height="8">{title}</rect>'
        left += 100 * share
