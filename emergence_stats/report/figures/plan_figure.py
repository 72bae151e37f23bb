"""The picture of a plan: the probability of a decision against the cost in items, one line for each set of scales."""

from __future__ import annotations

import math
from typing import Any

from emergence_stats.report.figures.axes import Axis, log_ticks
from emergence_stats.report.figures.svg import polyline, segments, short, text
from emergence_stats.report.formats import count_text, scales_text

WIDTH, HEIGHT = 660, 340
LEFT, RIGHT, TOP, BOTTOM = 54, 190, 26, 50
GAP = 14


def answers(document: dict[str, Any], option: dict[str, Any]) -> float:
    """Probability that an option answers the question of its plan."""
    return float(option["p_changed" if document["question"] == "another_verdict" else "p_decided"])


def question(document: dict[str, Any]) -> str:
    """The question of a plan, as the head of a column or an axis."""
    return "P(another verdict)" if document["question"] == "another_verdict" else "P(decided)"


def plan_figure(document: dict[str, Any], identifier: str) -> str:
    """SVG of a plan document.

    Args:
        document: what ``Plan.to_dict()`` gives.
        identifier: prefix of the element ids, unique in the page.
    """
    options, kind = document["options"], document["series"]["scale_kind"]
    costs = [option["cost"] for option in options]
    low, high = math.log10(min(costs)), math.log10(max(costs))
    margin = 0.08 * (high - low) or 0.3
    x = Axis(start=low - margin, stop=high + margin, first=LEFT, last=WIDTH - RIGHT)
    y = Axis(start=0.0, stop=1.0, first=HEIGHT - BOTTOM, last=TOP)
    grid = segments((x.first, y.pixel(v), x.last, y.pixel(v)) for v in (0.0, 0.25, 0.5, 0.75, 1.0))
    wanted = y.pixel(document["wanted"])
    parts = [
        f'<path class="grid" d="{grid}"/><path class="floor" d="M{short(x.first)},{short(wanted)}H{short(x.last)}"/>',
        text(2, 12, question(document), classes="axis-title"),
        text(x.last, HEIGHT - 8, "items to be answered, log scale", anchor="end", classes="axis-title"),
    ]
    parts += [text(x.first - 7, y.pixel(v) + 4, f"{v:g}", anchor="end") for v in (0.0, 0.5, 1.0)]
    parts += [
        text(x.pixel(math.log10(tick)), y.first + 19, count_text(tick), anchor="middle")
        for tick in log_ticks(10.0**x.start, 10.0**x.stop, 5)
    ]
    lines: dict[tuple[float, ...], list[tuple[float, float, float]]] = {}
    for option in sorted(options, key=lambda one: one["cost"]):
        point = (math.log10(option["cost"]), answers(document, option), option["error"])
        lines.setdefault(tuple(option["scales"]), []).append(point)
    baseline = -100.0
    for scales, points in sorted(lines.items(), key=lambda line: -line[1][-1][1]):
        pixels = [(x.pixel(cost), y.pixel(share)) for cost, share, _ in points]
        bars = segments(
            (x.pixel(cost), y.clipped(share - error), x.pixel(cost), y.clipped(share + error))
            for cost, share, error in points
        )
        baseline = max(baseline + GAP, pixels[-1][1] + 4)
        label = scales_text(scales, kind)
        parts.append(f'<path class="curve" d="{polyline(pixels)}"/><path class="error" d="{bars}"/>')
        parts += [f'<circle class="point" cx="{short(px)}" cy="{short(py)}" r="3.8"/>' for px, py in pixels]
        parts.append(text(x.last + 8, baseline, label, classes="line-label"))
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{identifier}-p">'
        f'<title id="{identifier}-p">{question(document)} by cost</title>{"".join(parts)}</svg>'
    )
