"""Scores over two measures of scale: the averaged surface in shades, and the points that were measured."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emergence_stats.report.figures.axes import Axis, log_axis
from emergence_stats.report.figures.svg import escape, segments, short, text
from emergence_stats.report.formats import scale_text, score_text

WIDTH, HEIGHT = 620, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 80, 30, 56
KEY, STEPS = 14, 24  # width of the key to the shades, and its steps
DARKEST = 0.85


def surface_figure(one: Mapping[str, Any], identifier: str) -> str:
    """SVG of one surface.

    Args:
        one: what ``SeriesAxes.to_dict()`` returns, with a surface.
        identifier: prefix of the element ids, unique in the page.
    """
    surface, points = one["surface"], one["points"]
    kinds = surface["kinds"]
    x = log_axis([*surface["first"], *points[kinds[0]]], kinds[0], first=LEFT, last=WIDTH - RIGHT)
    y = log_axis([*surface["second"], *points[kinds[1]]], kinds[1], first=HEIGHT - BOTTOM, last=TOP)
    values = [value for row in surface["median"] for value in row] + list(points["score"])
    low, high = min(values), max(values)
    span = high - low or 1.0

    def shade(value: float) -> str:
        return f"{DARKEST * (value - low) / span:.2f}"

    parts = [_cells(surface, x, y, shade), _frame(surface, x, y), _key(low, high, one)]
    parts.append(_points(points, kinds, x, y, shade))
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{identifier}-t {identifier}-d"><title id="{identifier}-t">Score over two scales</title>'
        f'<desc id="{identifier}-d">{escape(surface["summary"])}</desc>{"".join(parts)}</svg>'
    )


def _cells(surface: Mapping[str, Any], x: Axis, y: Axis, shade: Callable[[float], str]) -> str:
    """A rectangle round every node of the grid."""
    columns, rows = (_edges([axis.pixel(math.log10(at)) for at in surface[name]]) for name, axis in
                     (("first", x), ("second", y)))  # fmt: skip
    drawn = ""
    for i, line in enumerate(surface["median"]):
        for j, value in enumerate(line):
            left, right = sorted(columns[i : i + 2])
            top, bottom = sorted(rows[j : j + 2])
            drawn += (
                f'<rect x="{short(left)}" y="{short(top)}" width="{short(right - left)}"'
                f' height="{short(bottom - top)}" fill-opacity="{shade(value)}"/>'
            )
    return f'<g class="shades">{drawn}</g>'


def _edges(middles: Sequence[float]) -> list[float]:
    """Where cells round these pixels meet; the outer ones end at their middle."""
    between = [(one + other) / 2.0 for one, other in itertools.pairwise(middles)]
    return [middles[0], *between, middles[-1]]


def _frame(surface: Mapping[str, Any], x: Axis, y: Axis) -> str:
    grid = segments((LEFT, y.pixel(value), LEFT - 4, y.pixel(value)) for value, _ in y.ticks)
    grid += segments((x.pixel(value), y.first, x.pixel(value), y.first + 4) for value, _ in x.ticks)
    labels = [text(LEFT - 7, y.pixel(value) + 4, label, anchor="end") for value, label in y.ticks]
    labels += [text(x.pixel(value), y.first + 19, label, anchor="middle") for value, label in x.ticks]
    first, second = surface["units"]
    return (
        f'<path class="axis" d="M{LEFT},{y.last}V{y.first}H{WIDTH - RIGHT}{grid}"/>{"".join(labels)}'
        + text(2, 12, f"{second}, log scale", classes="axis-title")
        + text(WIDTH - RIGHT, HEIGHT - 8, f"{first}, log scale", anchor="end", classes="axis-title")
    )


def _key(low: float, high: float, one: Mapping[str, Any]) -> str:
    """What the shades mean."""
    series = next(iter(one["axes"].values()))["analysis"]["series"]
    proportion = series["score_low"] == 0 and series["score_high"] == 1
    left, top, bottom = WIDTH - RIGHT + 18, TOP, HEIGHT - BOTTOM
    step = (bottom - top) / STEPS
    boxes = "".join(
        f'<rect x="{left}" y="{short(bottom - (i + 1) * step)}" width="{KEY}" height="{short(step)}"'
        f' fill-opacity="{DARKEST * (i + 0.5) / STEPS:.2f}"/>'
        for i in range(STEPS)
    )
    ends = "".join(
        text(left + KEY + 5, height, score_text(value, proportion=proportion))
        for value, height in ((low, bottom), (high, top + 10))
    )
    return f'<g class="shades">{boxes}</g>{ends}'


def _points(points: Mapping[str, Any], kinds: Sequence[str], x: Axis, y: Axis, shade: Callable[[float], str]) -> str:
    """What was measured, in the shade of its score."""
    drawn = ""
    for first, second, score in zip(points[kinds[0]], points[kinds[1]], points["score"], strict=True):
        centre = f'cx="{short(x.pixel(math.log10(first)))}" cy="{short(y.pixel(math.log10(second)))}" r="5"'
        title = f"{scale_text(first, kinds[0])}, {scale_text(second, kinds[1])}: {score:.3g}"
        drawn += f'<circle class="ground" {centre}/><circle class="shaded" {centre} fill-opacity="{shade(score)}">'
        drawn += f"<title>{escape(title)}</title></circle>"
    return drawn
