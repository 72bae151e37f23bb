"""The main figure of a card: data with intervals, chance, resolution floor, curve with band, threshold on the axis."""

from __future__ import annotations

import math

from emergence_stats.report.analysis_document import AnalysisDocument, PointPart
from emergence_stats.report.figures.axes import Axis, has_proportions, scale_axis, score_axis
from emergence_stats.report.figures.svg import band, dots, escape, polyline, segments, short, text
from emergence_stats.report.formats import (
    count_text,
    estimate_text,
    interval_text,
    rounded_scale,
    scale_text,
    score_text,
)

WIDTH, HEIGHT = 620, 360
LEFT, RIGHT, TOP, BOTTOM = 54, 12, 30, 56
MAX_TITLED_POINTS = 60  # beyond it points are one path: no tooltips, but no megabytes either
THRESHOLD_LANE = 12  # pixels above the axis in which the threshold's interval is drawn
LABEL_ROOM = 150  # half the width of the threshold's label, and some
LABEL_GAP = 18  # closest that two line labels may come


def series_figure(document: AnalysisDocument, identifier: str, *, same_axis_as: AnalysisDocument | None = None) -> str:
    """SVG of one analysis.

    Args:
        document: the analysis.
        identifier: prefix of the element ids, unique in the page.
        same_axis_as: the analysis whose scale axis is drawn; its own by default.

    Returns:
        An ``<svg>`` with title and description for screen readers.
    """
    x = scale_axis(document if same_axis_as is None else same_axis_as, first=LEFT, last=WIDTH - RIGHT)
    y = score_axis(document, first=HEIGHT - BOTTOM, last=TOP)
    layers = [
        _frame(document, x, y),
        _reference_lines(document, y),
        _fit(document, x, y),
        _threshold(document, x, y),
        _points(document, x, y),
    ]
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{identifier}-t {identifier}-d">'
        f'<title id="{identifier}-t">Score against scale</title>'
        f'<desc id="{identifier}-d">{escape(_description(document))}</desc>{"".join(layers)}</svg>'
    )


def _frame(document: AnalysisDocument, x: Axis, y: Axis) -> str:
    """Grid, ticks, axis titles; small ticks on the axis mark the scales that were measured."""
    series = document["series"]
    grid = segments((x.first, y.pixel(value), x.last, y.pixel(value)) for value, _ in y.ticks)
    measured = segments(
        (pixel, y.first, pixel, y.first + 4)
        for pixel in sorted({x.pixel(math.log10(point["scale"])) for point in series["points"]})
    )
    labels = [text(x.first - 7, y.pixel(value) + 4, label, anchor="end") for value, label in y.ticks]
    labels += [text(x.pixel(value), y.first + 19, label, anchor="middle") for value, label in x.ticks]
    name = series["metric"][:60] or "score"
    direction = "" if series["higher_is_better"] else " (lower is better)"
    direction += ", log axis" if series["score_axis"] == "log" else ""
    # The axis title gives way to the threshold's label.
    threshold = document["threshold"]
    at_end = threshold is None or x.clipped(math.log10(threshold["median"])) < 0.5 * WIDTH
    edge, anchor = (WIDTH - RIGHT, "end") if at_end else (LEFT, "start")
    return (
        f'<path class="grid" d="{grid}"/><path class="axis" d="M{LEFT},{y.first}H{WIDTH - RIGHT}"/>'
        f'<path class="axis" d="{measured}"/>{"".join(labels)}'
        + text(2, 12, f"{name}{direction}", classes="axis-title")
        + text(edge, HEIGHT - 8, f"{series['scale_unit']}, log scale", anchor=anchor, classes="axis-title")
    )


def _reference_lines(document: AnalysisDocument, y: Axis) -> str:
    """Chance level, and the smallest score that this test set can tell from it."""
    chance = document["series"]["chance_level"]
    if chance is None:
        return ""
    proportion = has_proportions(document)
    lines = [("chance", y.pixel(chance), f"chance {score_text(chance, proportion=proportion)}")]
    excess = document["resolution"]["detectable_excess"] if document["resolution"] else None
    if excess is not None:
        floor = chance + excess if document["series"]["higher_is_better"] else chance - excess
        if y.start <= floor <= y.stop:
            label = f"resolution floor {score_text(floor, proportion=proportion)}"
            lines.append(("floor", y.pixel(floor), label))
    # Labels stand at the end of the axis that the curve keeps free.
    fit = document["fit"]["median"]
    at_left = abs(fit[0] - chance) > abs(fit[-1] - chance)
    anchor, edge = ("start", LEFT + 6) if at_left else ("end", WIDTH - RIGHT - 4)
    lines.sort(key=lambda line: line[1])
    baselines = _label_baselines([pixel for _, pixel, _ in lines], bottom=y.first)
    return "".join(
        f'<path class="{name}" d="M{LEFT},{short(pixel)}H{WIDTH - RIGHT}"/>'
        + text(edge, baseline, label, anchor=anchor, classes="line-label")
        for (name, pixel, label), baseline in zip(lines, baselines, strict=True)
    )


def _label_baselines(pixels: list[float], *, bottom: float) -> list[float]:
    """Where the labels of one or two lines stand, upper line first: above their lines unless they would touch."""
    above = [pixel - 4 for pixel in pixels]
    if len(pixels) < 2 or above[1] - above[0] >= LABEL_GAP:
        return above
    below = pixels[1] + 12
    if below < bottom - THRESHOLD_LANE:
        return [above[0], below]
    return [above[0] - LABEL_GAP, above[0]]


def _fit(document: AnalysisDocument, x: Axis, y: Axis) -> str:
    """Model-averaged curve and its 90 % band."""
    fit = document["fit"]
    columns = [x.pixel(math.log10(scale)) for scale in fit["scale"]]
    lines = {
        name: [(column, y.clipped(value)) for column, value in zip(columns, values, strict=True)]
        for name, values in (("median", fit["median"]), ("low", fit["low"]), ("high", fit["high"]))
    }
    return (
        f'<path class="band" d="{band(lines["high"], lines["low"])}"/>'
        f'<path class="curve" d="{polyline(lines["median"])}"/>'
    )


def _threshold(document: AnalysisDocument, x: Axis, y: Axis) -> str:
    """Median (diamond), 50 % (thick) and 90 % interval (thin) on the axis; arrow heads where it leaves the plot."""
    threshold = document["threshold"]
    if threshold is None:
        return ""
    base = y.first
    left, right = _span(threshold["low"], threshold["high"], x)
    left50, right50 = _span(threshold["low50"], threshold["high50"], x)
    median = x.clipped(math.log10(threshold["median"]))
    shapes = f'<path class="threshold-90" d="M{short(left)},{base}H{short(right)}"/>'
    shapes += f'<path class="threshold-50" d="M{short(left50)},{base}H{short(right50)}"/>'
    shapes += f'<path class="threshold-up" d="M{short(median)},{base}V{y.last}"/>'
    ends = {x.pixel(math.log10(threshold["low"])), x.pixel(math.log10(threshold["high"]))}
    if min(ends) < x.first:
        shapes += f'<path class="threshold-end" d="M{x.first},{base}l7,-5v10z"/>'
    if max(ends) > x.last:
        shapes += f'<path class="threshold-end" d="M{x.last},{base}l-7,-5v10z"/>'
    shapes += f'<path class="threshold-median" d="M{short(median)},{base - 6}l6,6l-6,6l-6,-6z"/>'
    anchor = "start" if median < LABEL_ROOM else "end" if median > WIDTH - LABEL_ROOM else "middle"
    kind = document["series"]["scale_kind"]
    # A phone shows the interval as a line only.
    interval = f'<tspan class="wide"> ({interval_text(threshold, kind)})</tspan>'
    words = f"threshold {rounded_scale(threshold['median'], kind)}{interval}"
    place = f'x="{short(median)}" y="{HEIGHT - 8}" text-anchor="{anchor}"'
    return f'{shapes}<text {place} class="threshold-label">{words}</text>'


def _span(low: float, high: float, x: Axis) -> tuple[float, float]:
    """An interval of scales in pixels, inside the plot, from left to right."""
    ends = (x.clipped(math.log10(low)), x.clipped(math.log10(high)))
    return min(ends), max(ends)


def _points(document: AnalysisDocument, x: Axis, y: Axis) -> str:
    """Scores with 95 % intervals; each says its numbers to a pointer that rests on it."""
    series = document["series"]
    columns = [x.pixel(math.log10(point["scale"])) for point in series["points"]]
    rows = [y.pixel(point["score"]) for point in series["points"]]
    bars = segments(
        (column, y.clipped(point["low"]), column, y.clipped(point["high"]))
        for column, point in zip(columns, series["points"], strict=True)
    )
    drawn = f'<path class="error" d="{bars}"/>'
    if len(columns) > MAX_TITLED_POINTS:
        return f'{drawn}<path class="points" d="{dots(list(zip(columns, rows, strict=True)))}"/>'
    proportion = has_proportions(document)
    for column, row, point in zip(columns, rows, series["points"], strict=True):
        title = escape(_point_text(point, series["scale_kind"], proportion=proportion))
        drawn += f'<circle class="point" cx="{short(column)}" cy="{short(row)}" r="3.8"><title>{title}</title></circle>'
    return drawn


def _point_text(point: PointPart, kind: str, *, proportion: bool) -> str:
    low, score, high = (
        score_text(value, proportion=proportion) for value in (point["low"], point["score"], point["high"])
    )
    parts = [f"{scale_text(point['scale'], kind)}: {score} (95% interval {low} to {high})"]
    if point["n_correct"] is not None and point["n_items"] is not None:
        parts.append(f"{count_text(point['n_correct'])} of {count_text(point['n_items'])}")
    parts += [label[:60] for label in (point["model"], point["seed"] and f"seed {point['seed']}") if label]
    return " · ".join(parts)


def _description(document: AnalysisDocument) -> str:
    """What the figure shows, for those who cannot see it."""
    series = document["series"]
    points, kind, proportion = series["points"], series["scale_kind"], has_proportions(document)
    ends = [
        f"{score_text(point['score'], proportion=proportion)} at {scale_text(point['scale'], kind)}"
        for point in (points[0], points[-1])
    ]
    sentences = [f"{len(points)} scores, from {ends[0]} to {ends[1]} {series['scale_unit']}."]
    if series["chance_level"] is not None:
        sentences.append(f"Chance is {score_text(series['chance_level'], proportion=proportion)}.")
    if document["threshold"] is not None:
        sentences.append(f"Threshold with 90% interval: {estimate_text(document['threshold'], kind)}.")
    return " ".join(sentences)


def companion_figure(document: AnalysisDocument, number: int, identifier: str) -> str:
    """SVG of one companion metric on the scale axis of the series, with the threshold of the series on it."""
    companion = document["companions"][number]
    shown: AnalysisDocument = {
        **document,
        "series": companion["series"],
        "fit": companion["fit"],
        "resolution": None,
    }
    return series_figure(shown, identifier, same_axis_as=document)
