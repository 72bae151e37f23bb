"""The smallest excess over chance that a number of items can show."""

from __future__ import annotations

import functools
import math

from scipy import stats

ALPHA, POWER = 0.05, 0.8
FEW = 10.0  # expected right or wrong answers at chance below which no normal approximation holds
TOLERANCE = 1e-6


@functools.lru_cache(maxsize=1024)
def smallest_detectable_excess(chance: float, n_items: float) -> float:
    """Smallest excess over chance that a one-sided test at 5 % finds with power .8.

    By statsmodels' normal power, with Cohen's h as effect size, h = 2 asin(sqrt(p)) - 2 asin(sqrt(chance)), where both
    right and wrong answers are expected ten times or more at chance; else from the exact binomial, whose rejection
    region is the smallest count k with P(X >= k | chance) <= .05.

    Args:
        chance: chance level, oriented, in [0, 1).
        n_items: number of items.

    Returns:
        The excess; 1 - chance if no score shows it.
    """
    if min(chance, 1.0 - chance) * n_items >= FEW:
        from statsmodels.stats.power import NormalIndPower

        effect = NormalIndPower(ddof=0).solve_power(
            nobs1=n_items, alpha=ALPHA, power=POWER, ratio=0, alternative="larger"
        )
        angle = min(2.0 * math.asin(math.sqrt(chance)) + float(effect), math.pi)
        return math.sin(0.5 * angle) ** 2 - chance
    least = float(stats.binom.isf(ALPHA, n_items, chance)) + 1.0
    if least > n_items:
        return 1.0 - chance
    low, high = chance, 1.0
    while high - low > TOLERANCE:
        middle = 0.5 * (low + high)
        if stats.binom.sf(least - 1.0, n_items, middle) < POWER:
            low = middle
        else:
            high = middle
    return high - chance
