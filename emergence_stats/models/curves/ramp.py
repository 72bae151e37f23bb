"""Ramp (hinge): flat, then linear in log scale, then flat: the piecewise-linear phase change.

g(x) = clip(1/2 + 0.8 (x - t) / w, 0, 1): threshold t = midpoint, width w = 10-90 % of the rise.
"""

from emergence_stats.compiled import inlined


@inlined
def ramp_rise(x: float, threshold: float, width: float) -> float:
    """Share of the rise that is completed at x."""
    return min(max(0.5 + 0.8 * (x - threshold) / width, 0.0), 1.0)
