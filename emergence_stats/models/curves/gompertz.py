"""p^L of a power law: the explanation of Schaeffer et al. 2023 (arXiv 2304.15004) for exact-match metrics.

A per-token loss (N / c)^-alpha and L tokens that must all be right give accuracy exp(-L (N / c)^-alpha): a
Gompertz curve in ln N. L only shifts it, by log10(L) / alpha decades. With x = log10 N and the midpoint t,

    g(x) = exp(-ln 2 * exp(-alpha ln 10 (x - t))),   10-90 % width = ln(ln 10 / -ln 0.9) / (alpha ln 10) decades.
"""

import math

from emergence_stats.compiled import inlined
from emergence_stats.numerics import LN2, fast_exp

LOG_WIDTH_RATIO = math.log(math.log(10.0) / -math.log(0.9))  # width times slope
WIDTH_TIMES_EXPONENT = LOG_WIDTH_RATIO / math.log(10.0)  # 1.340 decades at alpha = 1 per nat
ONSET_OFFSET = math.log(math.log(10.0) / math.log(2.0)) / LOG_WIDTH_RATIO  # midpoint - 10 % point, in widths


@inlined
def gompertz_rise(x: float, threshold: float, width: float) -> float:
    """Share of the rise that is completed at x."""
    exponent = -LOG_WIDTH_RATIO * (x - threshold) / width
    return fast_exp(-LN2 * fast_exp(min(exponent, 50.0)))
