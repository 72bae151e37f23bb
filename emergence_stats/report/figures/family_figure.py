"""A strategy in one family: the expected share of tasks that it helps over scale, and what others read off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from emergence_stats.report.figures.axes import Axis, log_axis
from emergence_stats.report.figures.svg import escape, polyline, segments, short, text
from emergence_stats.report.formats import rounded_scale, score_text

WIDTH, LEFT, RIGHT = 620, 54, 12
PLOT, ROW, HEAD, FOOT = 190, 20, 26, 56  # heights: of the plot, of a line of a reading, above and below them
SHARES = (0.0, 0.5, 1.0)


def family_figure(
    family: Mapping[str, Any], readings: Sequence[tuple[float, str]], identifier: str, caption: str
) -> str:
    """SVG of one family.

    Args:
        family: what ``FamilySummary.to_dict()`` returns.
        readings: scale and words of each published reading on the family's kind of scale.
        identifier: prefix of the element ids, unique in the page.
        caption: what stands above it.
    """
    kind = family["scale_kind"]
    top = HEAD + ROW * len(readings)
    x = log_axis([*family["scale"], *(scale for scale, _ in readings)], kind, first=LEFT, last=WIDTH - RIGHT)
    ticks = tuple((share, score_text(share, proportion=True)) for share in SHARES)
    y = Axis(start=0.0, stop=1.0, first=top + PLOT, last=top, ticks=ticks)
    columns = [x.pixel(math.log10(scale)) for scale in family["scale"]]
    curve = [(column, y.pixel(share)) for column, share in zip(columns, family["share_helped"], strict=True)]
    grid = segments((x.first, y.pixel(value), x.last, y.pixel(value)) for value, _ in y.ticks)
    labels = [text(x.first - 7, y.pixel(value) + 4, label, anchor="end") for value, label in y.ticks]
    labels += [text(x.pixel(value), y.first + 19, label, anchor="middle") for value, label in x.ticks]
    unit = f"{family['scale_unit']}, log scale"
    described = f"{caption}: {family['share_helped'][0]:.2f} to {family['share_helped'][-1]:.2f}"
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {y.first + FOOT}" role="img"'
        f' aria-labelledby="{identifier}-t {identifier}-d">'
        f'<title id="{identifier}-t">Expected share of tasks helped</title>'
        f'<desc id="{identifier}-d">{escape(described)}</desc>'
        f'<path class="grid" d="{grid}"/><path class="axis" d="M{LEFT},{short(y.first)}H{WIDTH - RIGHT}"/>'
        f"{''.join(labels)}{text(2, 12, caption, classes='axis-title')}"
        + text(WIDTH - RIGHT, y.first + FOOT - 8, unit, anchor="end", classes="axis-title")
        + f'<path class="curve" d="{polyline(curve)}"/>{_readings(readings, x, y)}{_begins(family, x, y)}</svg>'
    )


def _readings(readings: Sequence[tuple[float, str]], x: Axis, y: Axis) -> str:
    """A dashed line at each reading, its words on a line of their own above the plot."""
    drawn = ""
    for row, (scale, words) in enumerate(readings):
        at, height = x.pixel(math.log10(scale)), HEAD + ROW * row + 14
        anchor, gap = ("end", -5) if at > WIDTH / 2 else ("start", 5)
        drawn += f'<path class="silent-edge" d="M{short(at)},{short(y.first)}V{height - 10}"/>'
        drawn += text(at + gap, height, words, anchor=anchor, classes="line-label")
    return drawn


def _begins(family: Mapping[str, Any], x: Axis, y: Axis) -> str:
    """From where on at least half of the tasks are helped: 90 % (thin), 50 % (thick), median."""
    begins = family["begins"]
    if begins is None:
        return ""
    low, high, low50, high50, median = (
        short(x.clipped(math.log10(begins[name]))) for name in ("low", "high", "low50", "high50", "median")
    )
    base, middle = short(y.first), short(y.pixel(0.5))
    words = f"half of them from {rounded_scale(begins['median'], family['scale_kind'])}"
    left = x.clipped(math.log10(begins["median"])) < WIDTH / 2
    place = float(median) + (8 if left else -8)
    return (
        f'<path class="threshold-90" d="M{low},{base}H{high}"/>'
        f'<path class="threshold-50" d="M{low50},{base}H{high50}"/>'
        f'<path class="threshold-up" d="M{median},{base}V{middle}"/>'
        f'<path class="threshold-median" d="M{median},{short(y.first - 6)}l6,6l-6,6l-6,-6z"/>'
        f'<text x="{short(place)}" y="{short(y.first - 12)}" text-anchor="{"start" if left else "end"}"'
        f' class="threshold-label">{escape(words)}</text>'
    )
