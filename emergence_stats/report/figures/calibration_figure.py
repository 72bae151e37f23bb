"""The calibration of forecasts: the share of scores inside central intervals against the share that belongs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emergence_stats.report.figures.axes import Axis
from emergence_stats.report.figures.svg import polyline, segments, short, text

WIDTH, HEIGHT = 420, 360
LEFT, RIGHT, TOP, BOTTOM = 54, 120, 24, 50


def calibration_figure(lines: Mapping[str, Sequence[tuple[float, float]]], identifier: str) -> str:
    """SVG of calibration curves.

    Args:
        lines: label of each method to its (mass, share inside) pairs; the first is drawn heavily.
        identifier: prefix of the element ids, unique in the page.
    """
    x = Axis(start=0.0, stop=1.0, first=LEFT, last=WIDTH - RIGHT)
    y = Axis(start=0.0, stop=1.0, first=HEIGHT - BOTTOM, last=TOP)
    grid = segments((x.first, y.pixel(value), x.last, y.pixel(value)) for value in (0.0, 0.25, 0.5, 0.75, 1.0))
    parts = [
        f'<path class="grid" d="{grid}"/>',
        f'<path class="chance" d="M{short(x.first)},{short(y.first)}L{short(x.last)},{short(y.last)}"/>',
    ]
    parts += [text(x.first - 7, y.pixel(v) + 4, f"{v:.0%}", anchor="end") for v in (0.0, 0.5, 1.0)]
    parts += [text(x.pixel(v), y.first + 19, f"{v:.0%}", anchor="middle") for v in (0.0, 0.5, 1.0)]
    parts.append(text(2, 12, "scores inside", classes="axis-title"))
    parts.append(text(x.last, HEIGHT - 8, "mass of the central interval", anchor="end", classes="axis-title"))
    ends = sorted(((points[-1][1], label) for label, points in lines.items() if points), reverse=True)
    baseline = -100.0
    places = {}
    for value, label in ends:
        baseline = max(baseline + 14, y.pixel(value) + 4)
        places[label] = baseline
    for i, (label, points) in enumerate(lines.items()):
        pixels = [(x.pixel(mass), y.pixel(inside)) for mass, inside in points]
        parts.append(f'<path class="{"curve" if i == 0 else "rival"}" d="{polyline(pixels)}"/>')
        parts.append(text(x.last + 6, places[label], label, classes="line-label"))
    return (
        f'<svg class="figure square" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{identifier}-c">'
        f'<title id="{identifier}-c">Share of scores inside central intervals, by their mass</title>'
        f"{''.join(parts)}</svg>"
    )
