"""Logistic rise: the classic phase-change curve if narrow, a smooth law of choice margins if wide.

g(x) = 1 / (1 + exp(-2 ln 9 (x - t) / w)), with threshold t = midpoint and width w = 10-90 % of the rise.
"""

import math

from emergence_stats.compiled import compiled

STEEPNESS = 2.0 * math.log(9.0)  # logit(0.9) - logit(0.1)


@compiled
def logistic_rise(x: float, threshold: float, width: float) -> float:
    """Share of the rise that is completed at x."""
    return 1.0 / (1.0 + math.exp(-min(max(STEEPNESS * (x - threshold) / width, -700.0), 700.0)))
