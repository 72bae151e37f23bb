"""Between scales and positions on the log axis, on which further right is always better."""

from __future__ import annotations

import math

from emergence_stats.series import Series


def log10_of(series: Series, scale: float) -> float:
    """log10 of a scale, with its sign reversed for a loss."""
    return -math.log10(scale) if series.scale_kind == "loss" else math.log10(scale)


def scale_of(series: Series, log10_scale: float) -> float:
    """The scale at such a position, within what a float can hold."""
    return float(10.0 ** min(max(-log10_scale if series.scale_kind == "loss" else log10_scale, -300.0), 300.0))
