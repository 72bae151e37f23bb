"""P(width < w) as a curve in w: how sharp the rise is, without a limit chosen beforehand."""

from __future__ import annotations

import math

from emergence_stats.report.analysis_document import WidthCurvePart
from emergence_stats.report.figures.axes import Axis, log_ticks
from emergence_stats.report.figures.svg import band, polyline, short, text

WIDTH, HEIGHT = 300, 130
LEFT, RIGHT, TOP, BOTTOM = 30, 8, 10, 24


def width_figure(curve: WidthCurvePart, sharp_width: float | None, identifier: str) -> str:
    """SVG of P(width < w) over log w.

    Args:
        curve: widths in decades and their probabilities.
        sharp_width: W*, drawn as a line where it lies inside; None leaves it out.
        identifier: prefix of the element ids, unique in the page.
    """
    widths = curve["width"]
    x = Axis(start=math.log10(widths[0]), stop=math.log10(widths[-1]), first=LEFT, last=WIDTH - RIGHT)
    y = Axis(start=0.0, stop=1.0, first=HEIGHT - BOTTOM, last=TOP)
    pixels = [(x.pixel(math.log10(w)), y.pixel(p)) for w, p in zip(widths, curve["probability"], strict=True)]
    floor = [(pixels[0][0], y.first), (pixels[-1][0], y.first)]
    parts = [
        f'<path class="grid" d="M{LEFT},{y.pixel(0.5)}H{x.last}M{LEFT},{y.last}H{x.last}"/>',
        f'<path class="band" d="{band(pixels, floor)}"/><path class="curve" d="{polyline(pixels)}"/>',
        f'<path class="axis" d="M{LEFT},{y.first}H{x.last}"/>',
    ]
    parts += [text(LEFT - 5, y.pixel(value) + 4, f"{value:g}", anchor="end") for value in (0.0, 0.5, 1.0)]
    parts += [
        text(x.pixel(math.log10(tick)), y.first + 16, f"{tick:g}", anchor="middle")
        for tick in log_ticks(widths[0] * 1.02, widths[-1] * 0.98, 5)
    ]
    if sharp_width is not None and widths[0] < sharp_width < widths[-1]:
        pixel = x.pixel(math.log10(sharp_width))
        parts.append(f'<path class="floor" d="M{short(pixel)},{y.first}V{y.last}"/>')
    return (
        f'<svg class="figure small" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{identifier}-w">'
        f'<title id="{identifier}-w">Probability that the rise is narrower than a width, by width in decades</title>'
        f"{''.join(parts)}</svg>"
    )
