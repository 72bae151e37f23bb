"""Verdicts and threshold against the number of test items: what smaller and larger test sets would have said."""

from __future__ import annotations

import itertools
import math

from emergence_stats.report.analysis_document import ResolutionPart, SizePart, ThresholdSpreadPart
from emergence_stats.report.figures.axes import Axis, log_ticks
from emergence_stats.report.figures.svg import escape, segments, short, text
from emergence_stats.report.formats import count_text, scale_text
from emergence_stats.report.vocabulary import VERDICTS

WIDTH = 300
LEFT, RIGHT, TOP = 58, 8, 8
PANEL, GAP, LABELS = 76, 12, 20  # heights: of each panel, between them, of the labels below
MOST_COLUMN = 22.0  # pixels
SMALLEST_DRAWN = 0.002
MARGIN = 0.08  # of the range of log10 scale, left free at both ends


def ladder_figure(resolution: ResolutionPart, scale_kind: str, identifier: str) -> str:
    """SVG: shares of verdicts as stacked columns over log n; below them, where there is one, the threshold.

    Args:
        resolution: the document's part, with its sizes ascending.
        scale_kind: of the threshold.
        identifier: prefix of the element ids, unique in the page.
    """
    sizes = [size for size in resolution["sizes"] if size["n_items"] is not None]
    places = [math.log10(size["n_items"] or 1.0) for size in sizes]
    spacing = min((b - a for a, b in itertools.pairwise(places) if b > a), default=1.0)
    x = Axis(start=places[0] - 0.5 * spacing, stop=places[-1] + 0.5 * spacing, first=LEFT, last=WIDTH - RIGHT)
    column = min(MOST_COLUMN, 0.75 * (x.pixel(spacing) - x.pixel(0.0)))
    columns = [x.pixel(place) for place in places]
    shares = Axis(start=0.0, stop=1.0, first=TOP + PANEL, last=TOP)
    parts = [_stack(size, pixel, column, shares) for size, pixel in zip(sizes, columns, strict=True)]
    parts += [text(LEFT - 5, shares.pixel(share) + 4, f"{share:.0%}", anchor="end") for share in (0.0, 0.5, 1.0)]
    bottom = TOP + PANEL
    spreads = [
        (pixel, size["threshold"]) for pixel, size in zip(columns, sizes, strict=True) if size["threshold"] is not None
    ]
    if spreads:
        bottom += GAP + PANEL
        parts.append(_thresholds(spreads, scale_kind, bottom))
    items = resolution["items_to_decide"]
    if items is not None and places[0] < math.log10(items) <= places[-1]:
        parts.append(f'<path class="floor" d="M{short(x.pixel(math.log10(items)))},{TOP}V{bottom}"/>')
    for size, pixel in zip(sizes, columns, strict=True):
        present = ' font-weight="600"' if size["factor"] == 1 else ""
        label = _short_count(size["n_items"] or 0.0)
        parts.append(f'<text x="{short(pixel)}" y="{bottom + 14}" text-anchor="middle"{present}>{label}</text>')
    height = bottom + LABELS
    return (
        f'<svg class="figure small" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{identifier}-l">'
        f'<title id="{identifier}-l">Shares of verdicts{" and threshold" if spreads else ""} by number of test items'
        f"</title>{''.join(parts)}</svg>"
    )


def _stack(size: SizePart, pixel: float, width: float, shares: Axis) -> str:
    """One column, in the report's order of verdicts from the bottom up."""
    out, below = "", 0.0
    for key, words in VERDICTS.items():
        share = size["verdicts"].get(key, 0.0)
        if share >= SMALLEST_DRAWN:
            top = shares.pixel(below + share)
            title = f"{count_text(size['n_items'] or 0.0)} items: {words.label.lower()} {share:.0%}"
            out += (
                f'<rect class="f-{key}" x="{short(pixel - 0.5 * width)}" y="{short(top)}" width="{short(width)}"'
                f' height="{short(shares.pixel(below) - top)}"><title>{escape(title)}</title></rect>'
            )
        below += share
    return out


def _thresholds(spreads: list[tuple[float, ThresholdSpreadPart]], kind: str, bottom: float) -> str:
    """Typical 90 % interval (thin), spread of the median over test sets (thick), middle one (diamond)."""
    ends = [
        math.log10(value)
        for _, spread in spreads
        for value in (
            spread["interval"]["low"],
            spread["interval"]["high"],
            spread["median"]["low"],
            spread["median"]["high"],
        )
    ]
    margin = max(MARGIN * (max(ends) - min(ends)), 0.02)
    low, high = min(ends) - margin, max(ends) + margin
    start, stop = (high, low) if kind == "loss" else (low, high)
    y = Axis(start=start, stop=stop, first=bottom, last=bottom - PANEL)
    ticks = log_ticks(10.0 ** max(low, -300.0), 10.0 ** min(high, 300.0), 3)
    rows = [y.pixel(math.log10(tick)) for tick in ticks]
    out = f'<path class="grid" d="{segments((LEFT, row, WIDTH - RIGHT, row) for row in rows)}"/>'
    out += "".join(
        text(LEFT - 5, row + 4, scale_text(tick, kind), anchor="end") for tick, row in zip(ticks, rows, strict=True)
    )
    for pixel, spread in spreads:
        interval, median = spread["interval"], spread["median"]
        at = short(pixel)
        for name, ends_of in (
            ("threshold-90", (interval["low"], interval["high"])),
            ("threshold-50", (median["low"], median["high"])),
        ):
            first, last = (short(y.pixel(math.log10(end))) for end in ends_of)
            out += f'<path class="{name}" d="M{at},{first}V{last}"/>'
        middle = y.pixel(math.log10(median["median"]))
        out += f'<path class="threshold-median" d="M{at},{short(middle - 5)}l5,5l-5,5l-5,-5z"/>'
    return out


def _short_count(count: float) -> str:
    """A number of items in a few characters: 960, 3.8k, 61k, 1.2M."""
    for size, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.2g}{suffix}" if count < 99.5 * size else f"{count / size:.0f}{suffix}"
    return f"{count:.0f}"
