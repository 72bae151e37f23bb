"""Logistic rise: the classic phase-change curve if narrow, a smooth law of choice margins if wide.

g(x) = 1 / (1 + exp(-2 ln 9 (x - t) / w)), with threshold t = midpoint and width w = 10-90 % of the rise.
"""

import math

from emergence_stats.compiled import inlined
from emergence_stats.numerics import fast_exp

STEEPNESS = 2.0 * math.log(9.0)  # logit(0.9) - logit(0.1)


@inlined
def logistic_rise(x: float, threshold: float, width: float) -> float:
    """Share of the rise that is completed at x."""
    return 1.0 / (1.0 + fast_exp(-STEEPNESS * (x - threshold) / width))
