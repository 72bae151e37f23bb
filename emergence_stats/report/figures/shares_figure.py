"""Shares with their intervals, one line for each: a dot, a bar from end to end, and what the share is of."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from emergence_stats.report.figures.axes import linear_axis
from emergence_stats.report.figures.svg import dots, segments, text
from emergence_stats.report.formats import inert

WIDTH, LEFT, RIGHT, TOP, STEP, BOTTOM = 640, 232, 96, 12, 30, 44
NAME_LENGTH = 26


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One line: a share from 0 to 1, the ends of its interval, its name, and the counts that it is made of."""

    name: str
    share: float
    low: float
    high: float
    counts: str


def shares_figure(shares: Sequence[Share], identifier: str, *, title: str) -> str:
    """SVG of shares on one axis from 0, in percent.

    Args:
        shares: from top to bottom.
        identifier: prefix of the element ids, unique in the page.
        title: what screen readers say.
    """
    height = TOP + STEP * len(shares) + BOTTOM
    x = linear_axis([0.0, *(each.high for each in shares)], first=LEFT, last=WIDTH - RIGHT, proportion=True)
    foot = height - BOTTOM
    rows = [TOP + STEP * (i + 0.5) for i in range(len(shares))]
    parts = [f'<path class="grid" d="{segments((x.pixel(v), TOP, x.pixel(v), foot) for v, _ in x.ticks)}"/>']
    parts += [text(x.pixel(value), foot + 18, label, anchor="middle") for value, label in x.ticks]
    parts.append(text(WIDTH - RIGHT, height - 6, "share of series called emergent", anchor="end", classes="axis-title"))
    bars = segments((x.pixel(each.low), y, x.pixel(each.high), y) for each, y in zip(shares, rows, strict=True))
    parts.append(f'<path class="error" d="{bars}"/>')
    parts.append(
        f'<path class="points" d="{dots([(x.pixel(s.share), y) for s, y in zip(shares, rows, strict=True)])}"/>'
    )
    for each, y in zip(shares, rows, strict=True):
        parts.append(text(LEFT - 10, y + 4, inert(each.name, NAME_LENGTH), anchor="end"))
        parts.append(text(WIDTH - RIGHT + 10, y + 4, each.counts, classes="line-label"))
    return (
        f'<svg class="figure" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{identifier}-t">'
        f'<title id="{identifier}-t">{title}</title>{"".join(parts)}</svg>'
    )
