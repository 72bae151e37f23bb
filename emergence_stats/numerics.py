"""Special functions that compiled loops need and numba does not bring."""

from __future__ import annotations

import math

from emergence_stats.compiled import compiled

@compiled
def log_add(first: float, second: float) -> float:
    """log(exp(first) + exp(second)) without overflow; -inf counts as 0."""
    if first < second:
        first, second = second, first
    if second == -math.inf:
        return first
    return first + math.log1p(math.exp(second - first))
