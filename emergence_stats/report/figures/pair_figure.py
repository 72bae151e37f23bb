"""A strategy beside its baseline: the difference over scale with its band and the pairs, and P(helps) below."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from emergence_stats.report.figures.axes import Axis, linear_axis, log_axis
from emergence_stats.report.figures.svg import band, escape, polyline, segments, short, text
from emergence_stats.report.formats import estimate_text, probability_text, rounded_scale, scale_text, score_text

WIDTH, HEIGHT = 620, 416
LEFT, RIGHT, TOP = 54, 12, 30
BOTTOM = 268  # of the upper panel
STRIP_TOP, STRIP_BOTTOM = 312, 360


def pair_figure(document: Mapping[str, Any], identifier: str) -> str:
    """SVG of one comparison.

    Args:
        document: what ``PairComparison.to_dict()`` returns.
        identifier: prefix of the element ids, unique in the page.
    """
    effect, points, kind = document["effect"], document["points"], document["scale_kind"]
    x = log_axis([*effect["scale"], *(point["scale"] for point in points)], kind, first=LEFT, last=WIDTH - RIGHT)
    bounds = document["score_bounds"]
    proportion = bounds == [0.0, 1.0]
    values = [*effect["low"], *effect["high"], *(point[end] for point in points for end in ("low", "high")), 0.0]
    y = linear_axis(values, first=BOTTOM, last=TOP)
    if proportion:
        ticks = tuple((value, score_text(value, proportion=True)) for value, _ in y.ticks)
        y = Axis(start=y.start, stop=y.stop, first=y.first, last=y.last, ticks=ticks)
    strip = Axis(start=0.0, stop=1.0, first=STRIP_BOTTOM, last=STRIP_TOP, ticks=((0.0, "0"), (1.0, "1")))
    parts = [_frame(document, x, y, strip), _curves(document, x, y, strip), _begins(document, x, y)]
    parts.append(_points(document, x, y, proportion=proportion))
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{identifier}-t {identifier}-d"><title id="{identifier}-t">Difference against scale</title>'
        f'<desc id="{identifier}-d">{escape(document["summary"])}</desc>{"".join(parts)}</svg>'
    )


def _frame(document: Mapping[str, Any], x: Axis, y: Axis, strip: Axis) -> str:
    grid = segments(
        (x.first, axis.pixel(value), x.last, axis.pixel(value)) for axis in (y, strip) for value, _ in axis.ticks
    )
    labels = [
        text(x.first - 7, axis.pixel(value) + 4, label, anchor="end")
        for axis in (y, strip)
        for value, label in axis.ticks
    ]
    labels += [text(x.pixel(value), STRIP_BOTTOM + 19, label, anchor="middle") for value, label in x.ticks]
    above = "difference in" if document["higher_is_better"] else "improvement in"
    name = document["metric"][:60] or "score"
    zero = y.pixel(0.0)
    helps = "P(above it)" if document["paired_by"] == "constant" else "P(helps)"
    return (
        f'<path class="grid" d="{grid}"/><path class="chance" d="M{LEFT},{short(zero)}H{WIDTH - RIGHT}"/>'
        f'<path class="axis" d="M{LEFT},{STRIP_BOTTOM}H{WIDTH - RIGHT}"/>{"".join(labels)}'
        + text(2, 12, f"{above} {name}", classes="axis-title")
        + text(2, STRIP_TOP - 10, helps, classes="axis-title")
        + text(WIDTH - RIGHT, HEIGHT - 8, f"{document['scale_unit']}, log scale", anchor="end", classes="axis-title")
    )


def _curves(document: Mapping[str, Any], x: Axis, y: Axis, strip: Axis) -> str:
    effect = document["effect"]
    columns = [x.pixel(math.log10(scale)) for scale in effect["scale"]]
    lines = {
        name: [(column, y.clipped(value)) for column, value in zip(columns, effect[name], strict=True)]
        for name in ("median", "low", "high")
    }
    helps = [(column, strip.pixel(value)) for column, value in zip(columns, effect["p_helps"], strict=True)]
    return (
        f'<path class="band" d="{band(lines["high"], lines["low"])}"/>'
        f'<path class="curve" d="{polyline(lines["median"])}"/><path class="curve" d="{polyline(helps)}"/>'
    )


def _begins(document: Mapping[str, Any], x: Axis, y: Axis) -> str:
    """Where it begins to help: 90 % (thin), 50 % (thick), median, on the lower panel's axis."""
    begins = document["begins"]
    if begins is None:
        return ""
    ends = [x.clipped(math.log10(begins[name])) for name in ("low", "high", "low50", "high50", "median")]
    median = ends[4]
    anchor = "start" if median < WIDTH / 3 else "end" if median > 2 * WIDTH / 3 else "middle"
    words = f"begins at {rounded_scale(begins['median'], document['scale_kind'])}"
    return (
        f'<path class="threshold-90" d="M{short(ends[0])},{STRIP_BOTTOM}H{short(ends[1])}"/>'
        f'<path class="threshold-50" d="M{short(ends[2])},{STRIP_BOTTOM}H{short(ends[3])}"/>'
        f'<path class="threshold-up" d="M{short(median)},{STRIP_BOTTOM}V{short(y.last)}"/>'
        f'<path class="threshold-median" d="M{short(median)},{STRIP_BOTTOM - 6}l6,6l-6,6l-6,-6z"/>'
        f'<text x="{short(median)}" y="{TOP - 8}" text-anchor="{anchor}" class="threshold-label">{escape(words)}</text>'
    )


def _points(document: Mapping[str, Any], x: Axis, y: Axis, *, proportion: bool) -> str:
    drawn = ""
    for point in document["points"]:
        column = x.pixel(math.log10(point["scale"]))
        title = (
            f"{point['model'] or scale_text(point['scale'], document['scale_kind'])}: "
            f"{score_text(point['strategy'], proportion=proportion)} against "
            f"{score_text(point['baseline'], proportion=proportion)}"
        )
        ends = segments([(column, y.clipped(point["low"]), column, y.clipped(point["high"]))])
        drawn += (
            f'<path class="error" d="{ends}"/><circle class="point" cx="{short(column)}"'
            f' cy="{short(y.pixel(point["difference"]))}" r="3.8"><title>{escape(title)}</title></circle>'
        )
    return drawn


def begins_text(document: Mapping[str, Any]) -> str:
    """Where it begins to help, for a table's cell."""
    if document["begins"] is not None:
        return estimate_text(document["begins"], document["scale_kind"])
    if document["p_from_start"] > 0.5:
        return "from the smallest on"
    if document["p_not_yet"] > 0.5:
        return "not by the largest"
    return f"open (in range: {probability_text(document['p_begins_in_range'])})"
