"""Building blocks of SVG text: escaped strings, short numbers, paths."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from emergence_stats.report.formats import inert

type Pixels = Sequence[tuple[float, float]]


def escape(text: str) -> str:
    """User text that is inert inside an element or a quoted attribute."""
    return html.escape(inert(text), quote=True)


def short(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def polyline(pixels: Pixels) -> str:
    """Path data through all points."""
    return "M" + "L".join(f"{short(x)},{short(y)}" for x, y in pixels)


def band(upper: Pixels, lower: Pixels) -> str:
    """Path data of the area between two lines."""
    return f"{polyline([*upper, *reversed(lower)])}Z"


def dots(pixels: Pixels) -> str:
    """Path data whose round line caps are dots; by far the shortest way to draw many."""
    return "".join(f"M{short(x)},{short(y)}h0" for x, y in pixels)


def segments(lines: Iterable[tuple[float, float, float, float]]) -> str:
    """Path data of separate lines (x1, y1, x2, y2)."""
    return "".join(f"M{short(a)},{short(b)}L{short(c)},{short(d)}" for a, b, c, d in lines)


def text(x: float, y: float, content: str, *, anchor: str = "start", classes: str = "") -> str:
    """A text element; `content` is escaped here."""
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    styled = f' class="{classes}"' if classes else ""
    return f'<text x="{short(x)}" y="{short(y)}"{anchored}{styled}>{escape(content)}</text>'
