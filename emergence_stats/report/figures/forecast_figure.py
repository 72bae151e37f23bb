"""The figure of a forecast: data, curve with bands, further models with intervals, and where the data are silent."""

from __future__ import annotations

import math
from typing import Any

from emergence_stats.report.figures.axes import Axis, linear_axis, log_axis
from emergence_stats.report.figures.svg import band, dots, escape, polyline, segments, short, text
from emergence_stats.report.formats import scale_text, score_text

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 54, 16, 30, 56


def forecast_figure(document: dict[str, Any], identifier: str) -> str:
    """SVG of one forecast document.

    Args:
        document: what ``Forecast.to_dict()`` gives.
        identifier: prefix of the element ids, unique in the page.
    """
    series, curve = document["series"], document["curve"]
    scales = [point["scale"] for point in series["points"]] + curve["scale"]
    scores = [point["score"] for point in series["points"]]
    scores += [item["score"][end] for item in document["scores"] if item["score"] for end in ("low", "high")]
    scores += [min(curve["low"]), max(curve["high"])]
    if series["chance_level"] is not None:
        scores.append(series["chance_level"])
    x = log_axis(scales, series["scale_kind"], first=LEFT, last=WIDTH - RIGHT)
    y = linear_axis(scores, first=HEIGHT - BOTTOM, last=TOP, proportion=series["proportion"])
    layers = (_silence(document, x, y), _frame(document, x, y), _curve(document, x, y), _scores(document, x, y))
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{identifier}-t {identifier}-d">'
        f'<title id="{identifier}-t">Score against scale, continued</title>'
        f'<desc id="{identifier}-d">{escape(document["summary"])}</desc>{"".join(layers)}</svg>'
    )


def _silence(document: dict[str, Any], x: Axis, y: Axis) -> str:
    """Shade where the interval is that of the priors, and say so."""
    edge = x.clipped(math.log10(document["identifiable_until"]))
    if document["identifiable_until"] == document["curve"]["scale"][-1] or edge >= x.last - 2:
        return ""
    words = text(x.last - 4, y.last + 12, "not identifiable from these data", anchor="end", classes="line-label")
    size = f'width="{short(x.last - edge)}" height="{y.first - y.last}"'
    shade = f'<rect class="silent" x="{short(edge)}" y="{y.last}" {size}/>'
    return f'{shade}<path class="silent-edge" d="M{short(edge)},{y.first}V{y.last}"/>{words}'


def _frame(document: dict[str, Any], x: Axis, y: Axis) -> str:
    """Grid, ticks, axis titles, chance, and the end of the data."""
    series = document["series"]
    grid = segments((x.first, y.pixel(value), x.last, y.pixel(value)) for value, _ in y.ticks)
    labels = [text(x.first - 7, y.pixel(value) + 4, label, anchor="end") for value, label in y.ticks]
    labels += [text(x.pixel(value), y.first + 19, label, anchor="middle") for value, label in x.ticks]
    name = series["metric"][:60] or "score"
    direction = "" if series["higher_is_better"] else " (lower is better)"
    best = series["points"][-1]["scale"]
    end = x.pixel(math.log10(best))
    parts = [
        f'<path class="grid" d="{grid}"/><path class="axis" d="M{LEFT},{y.first}H{WIDTH - RIGHT}"/>{"".join(labels)}',
        text(2, 12, f"{name}{direction}", classes="axis-title"),
        text(WIDTH - RIGHT, HEIGHT - 8, f"{series['scale_unit']}, log scale", anchor="end", classes="axis-title"),
        f'<path class="threshold-up" d="M{short(end)},{y.first}V{y.last}"/>',
        text(end - 4, y.last + 12, "data", anchor="end", classes="line-label"),
    ]
    if series["chance_level"] is not None:
        pixel = y.pixel(series["chance_level"])
        parts.append(f'<path class="chance" d="M{LEFT},{short(pixel)}H{WIDTH - RIGHT}"/>')
        parts.append(text(LEFT + 6, pixel - 4, "chance", classes="line-label"))
    return "".join(parts)


def _curve(document: dict[str, Any], x: Axis, y: Axis) -> str:
    """Median with its 50 and 90 % bands."""
    curve = document["curve"]
    columns = [x.pixel(math.log10(scale)) for scale in curve["scale"]]
    line = {
        name: [(column, y.clipped(value)) for column, value in zip(columns, curve[name], strict=True)]
        for name in ("median", "low", "high", "low50", "high50")
    }
    return (
        f'<path class="band" d="{band(line["high"], line["low"])}"/>'
        f'<path class="band" d="{band(line["high50"], line["low50"])}"/>'
        f'<path class="curve" d="{polyline(line["median"])}"/>'
    )


def _scores(document: dict[str, Any], x: Axis, y: Axis) -> str:
    """Measured scores as dots, further models as intervals: thin 90 %, thick 50 %, a diamond at the median."""
    series = document["series"]
    points = [(x.pixel(math.log10(point["scale"])), y.pixel(point["score"])) for point in series["points"]]
    parts = [f'<path class="points" d="{dots(points)}"/>']
    for item in document["scores"]:
        numbers = item["score"]
        if numbers is None:
            continue
        column = x.pixel(math.log10(item["scale"]))
        low, low50, median, high50, high = (
            y.clipped(numbers[key]) for key in ("low", "low50", "median", "high50", "high")
        )
        said = " to ".join(score_text(numbers[end], proportion=series["proportion"]) for end in ("low", "high"))
        title = escape(f"{scale_text(item['scale'], series['scale_kind'])}: {said} with probability .9")
        doubt = "" if item["identifiable"] else " doubtful"
        parts.append(
            f'<g class="ahead{doubt}"><title>{title}</title>'
            f'<path class="threshold-90" d="M{short(column)},{short(low)}V{short(high)}"/>'
            f'<path class="threshold-50" d="M{short(column)},{short(low50)}V{short(high50)}"/>'
            f'<path class="threshold-median" d="M{short(column)},{short(median - 6)}l6,6l-6,6l-6,-6z"/></g>'
        )
    return "".join(parts)
