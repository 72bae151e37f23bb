"""One task in all families: the typical family's curve, and below it where the rise of every family lies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from emergence_stats.report.figures.axes import Axis, log_axis
from emergence_stats.report.figures.svg import band, escape, polyline, segments, short, text
from emergence_stats.report.formats import probability_text, score_text, unplaced_text

WIDTH, LEFT, RIGHT, TOP = 620, 150, 12, 26
PLOT, GAP, ROW, FOOT = 150, 18, 17, 44  # heights
NAME_LENGTH = 18
SHARES = (0.0, 0.5, 1.0)
TYPICAL, NEW = "typical family", "a new family"


def pool_figure(document: Mapping[str, Any], task: Mapping[str, Any], identifier: str) -> str:
    """SVG of one task.

    Args:
        document: what ``PooledAnalysis.to_dict()`` returns.
        task: one of its tasks.
        identifier: prefix of the element ids, unique in the page.
    """
    kind = document["scale_kind"]
    x = log_axis(task["scale"], kind, first=LEFT, last=WIDTH - RIGHT)
    y = Axis(start=0.0, stop=1.0, first=TOP + PLOT, last=TOP)
    rows = [(TYPICAL, task["typical"]), *_by_place(document, task, kind), (NEW, task["new_family"])]
    top = TOP + PLOT + GAP
    bottom = top + ROW * len(rows) + 4
    marks = "".join(_row(name, cell, top + ROW * (i + 0.5), x) for i, (name, cell) in enumerate(rows))
    ticks = [text(x.pixel(value), bottom + 19, label, anchor="middle") for value, label in x.ticks]
    unit = f"{document['scale_unit']}, log scale"
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {bottom + FOOT}" role="img"'
        f' aria-labelledby="{identifier}-t {identifier}-d"><title id="{identifier}-t">{escape(task["name"])}</title>'
        f'<desc id="{identifier}-d">{escape(task["reason"])}</desc>{_curve(task, x, y)}'
        f'<path class="axis" d="M{LEFT},{short(bottom)}H{WIDTH - RIGHT}"/>{"".join(ticks)}{marks}'
        + text(2, 12, task["name"], classes="axis-title")
        + text(WIDTH - RIGHT, bottom + FOOT - 6, unit, anchor="end", classes="axis-title")
        + "</svg>"
    )


def _by_place(document: Mapping[str, Any], task: Mapping[str, Any], kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Families on this task, those whose rise comes first at the top, those beyond the data at the bottom."""
    cells = [cell for cell in document["cells"] if cell["task"] == task["name"]]
    sign = -1.0 if kind == "loss" else 1.0

    def place(cell: Mapping[str, Any]) -> tuple[float, float, str]:
        at = math.inf if cell["threshold"] is None else sign * cell["threshold"]["median"]
        return at, cell["p_beyond"], cell["family"]

    return [(cell["family"], cell) for cell in sorted(cells, key=place)]


def _curve(task: Mapping[str, Any], x: Axis, y: Axis) -> str:
    """The typical family's curve with its band, and the grid behind it."""
    columns = [x.pixel(math.log10(scale)) for scale in task["scale"]]
    grid = segments((LEFT, y.pixel(share), WIDTH - RIGHT, y.pixel(share)) for share in SHARES)
    labels = [text(LEFT - 7, y.pixel(share) + 4, score_text(share, proportion=True), anchor="end") for share in SHARES]
    lines = {name: _line(columns, task[name], y) for name in ("curve", "curve_low", "curve_high")}
    return (
        f'<path class="grid" d="{grid}"/>{"".join(labels)}'
        f'<path class="band" d="{band(lines["curve_high"], lines["curve_low"])}"/>'
        f'<path class="curve" d="{polyline(lines["curve"])}"/>'
    )


def _line(columns: Sequence[float], values: Sequence[float], y: Axis) -> list[tuple[float, float]]:
    return [(column, y.clipped(value)) for column, value in zip(columns, values, strict=True)]


def _row(name: str, cell: Mapping[str, Any], height: float, x: Axis) -> str:
    """A name, and the midpoint with its 90 % (thin) and 50 % (thick) interval, or that it lies beyond the data."""
    shown = name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}\N{HORIZONTAL ELLIPSIS}"
    label = text(LEFT - 7, height + 4, shown, anchor="end")
    place = cell["threshold"]
    if place is None:
        words = unplaced_text(cell)
        if not cell["falls"]:
            words += f" with probability {probability_text(max(cell['p_beyond'], cell['p_before']))}"
        return label + text(WIDTH - RIGHT, height + 4, words, anchor="end", classes="line-label")
    low, high, low50, high50, median = (
        short(x.clipped(math.log10(place[key]))) for key in ("low", "high", "low50", "high50", "median")
    )
    at = short(height)
    return (
        f'{label}<path class="threshold-90" d="M{low},{at}H{high}"/>'
        f'<path class="threshold-50" d="M{low50},{at}H{high50}"/>'
        f'<path class="threshold-median" d="M{median},{short(height - 5)}l5,5l-5,5l-5,-5z"/>'
    )
