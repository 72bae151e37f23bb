"""How many series fall into each part of a range: bars, in the colours of their verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emergence_stats.report.figures.axes import Axis
from emergence_stats.report.figures.svg import escape, short, text
from emergence_stats.report.formats import count_text
from emergence_stats.report.vocabulary import VERDICTS

WIDTH, HEIGHT = 460, 190
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 12, 28


def histogram_figure(
    counts: Mapping[str, Sequence[int]],
    *,
    start: float,
    stop: float,
    ticks: Sequence[tuple[float, str]],
    title: str,
    identifier: str,
) -> str:
    """SVG of stacked bars of equal width.

    Args:
        counts: verdict to its number of series in each bin, all of the same length.
        start: lower end of the first bin.
        stop: upper end of the last bin.
        ticks: values of the axis and their labels.
        title: what screen readers say.
        identifier: prefix of the element ids, unique in the page.
    """
    n_bins = len(next(iter(counts.values())))
    totals = [sum(values[i] for values in counts.values()) for i in range(n_bins)]
    most = max(1, *totals)
    x = Axis(start=start, stop=stop, first=LEFT, last=WIDTH - RIGHT)
    y = Axis(start=0.0, stop=float(most), first=HEIGHT - BOTTOM, last=TOP)
    step = (x.last - x.first) / n_bins
    parts = [f'<path class="grid" d="M{LEFT},{short(y.last)}H{short(x.last)}"/>']
    parts += [text(LEFT - 6, y.pixel(value) + 4, count_text(value), anchor="end") for value in (0, most)]
    for i in range(n_bins):
        below = 0
        for verdict in VERDICTS:
            count = counts[verdict][i] if verdict in counts else 0
            if not count:
                continue
            top, foot = y.pixel(below + count), y.pixel(below)
            tip = escape(f"{VERDICTS[verdict].label}: {count_text(count)}")
            parts.append(
                f'<rect class="f-{verdict}" x="{short(x.first + i * step)}" y="{short(top)}" '
                f'width="{short(max(step - 1.0, 0.5))}" height="{max(foot - top, 0.2):.2f}"><title>{tip}</title></rect>'
            )
            below += count
    parts.append(f'<path class="axis" d="M{LEFT},{short(y.first)}H{short(x.last)}"/>')
    for value, label in ticks:  # a long label at the right end would leave the figure
        anchor = "end" if value >= stop else "middle"
        parts.append(text(x.pixel(value), y.first + 18, label, anchor=anchor))
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{identifier}-t">'
        f'<title id="{identifier}-t">{escape(title)}</title>{"".join(parts)}</svg>'
    )
