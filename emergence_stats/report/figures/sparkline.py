"""A series at the size of a word: points, model-averaged curve, chance line."""

from __future__ import annotations

import math

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.figures.axes import Axis
from emergence_stats.report.figures.svg import dots, polyline

WIDTH, HEIGHT, INSET = 120, 28, 4
MAX_DOTS = 40
CURVE_STEP = 3  # every third of the 64 points is plenty for 120 pixels


def sparkline(document: AnalysisDocument) -> str:
    """SVG of 120 x 28; hidden from screen readers, because the row says in words what it shows."""
    series, fit = document["series"], document["fit"]
    points, chance = series["points"], series["chance_level"]
    scales = [point["scale"] for point in points]
    low_x, high_x = math.log10(min(scales)), math.log10(max(scales))
    if high_x - low_x < 1e-9:
        low_x, high_x = low_x - 0.5, high_x + 0.5
    start, stop = (high_x, low_x) if series["scale_kind"] == "loss" else (low_x, high_x)
    x = Axis(start=start, stop=stop, first=INSET, last=WIDTH - INSET)
    # Heights are linear in what the curves are fitted to: the score, or its log.
    height = math.log10 if series["score_axis"] == "log" else float
    scores = [height(point["score"]) for point in points]
    medians = [height(value) for value in fit["median"]]
    level = None if chance is None else height(chance)
    levels = scores + medians + ([] if level is None else [level])
    low_y, high_y = min(levels), max(levels)
    # A flat series is drawn flat: noise does not fill the height.
    least = 0.1 * (height(series["score_high"]) - height(series["score_low"]))
    if high_y - low_y < least:
        middle = 0.5 * (high_y + low_y)
        low_y, high_y = middle - 0.5 * least, middle + 0.5 * least
    y = Axis(start=low_y, stop=high_y or 1.0, first=HEIGHT - INSET, last=INSET)
    every = range(0, len(fit["scale"]), CURVE_STEP)
    curve = polyline([(x.clipped(math.log10(fit["scale"][i])), y.pixel(medians[i])) for i in every])
    step = math.ceil(len(points) / MAX_DOTS)
    data = dots([(x.pixel(math.log10(scales[i])), y.pixel(scores[i])) for i in range(0, len(points), step)])
    line = "" if level is None else f'<path class="k" d="M0,{y.pixel(level):.1f}H{WIDTH}"/>'
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{line}'
        f'<path class="c" d="{curve}"/><path class="d" d="{data}"/></svg>'
    )
