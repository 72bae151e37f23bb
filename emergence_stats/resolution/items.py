"""How many items decide? Read off the shares of decided test sets by size."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from emergence_stats.series import FloatArray
from emergence_stats.verdict import Verdict

OPEN = (Verdict.UNDETERMINED, Verdict.RESOLUTION_ARTIFACT)


def share_decided(verdicts: Mapping[str, float]) -> float:
    """Share of test sets with any verdict but undetermined and resolution artifact."""
    return max(0.0, 1.0 - sum(verdicts.get(verdict.value, 0.0) for verdict in OPEN))


def items_to_decide(n_items: FloatArray, decided: FloatArray, wanted: float) -> float | None:
    """Number of items from which on a decision has the wanted probability.

    The shares are first made to rise with the number of items (isotonic least squares: too few items may "decide" by
    missing the rise, and shares of replicates are noisy), then joined by straight lines over log n.

    Args:
        n_items: ascending test-set sizes, shape (n_sizes,).
        decided: share of decided test sets of each size, shape (n_sizes,).
        wanted: the wanted probability.

    Returns:
        Items per scale; the smallest size tried if that is enough already; None if the largest is not enough.
    """
    from scipy.optimize import isotonic_regression

    rising = np.asarray(isotonic_regression(decided).x)
    enough = np.flatnonzero(rising >= wanted - 1e-12)
    if enough.size == 0:
        return None
    above = int(enough[0])
    if above == 0:
        return float(n_items[0])
    below = above - 1
    part = (wanted - rising[below]) / (rising[above] - rising[below])
    low, high = math.log(n_items[below]), math.log(n_items[above])
    return float(min(math.ceil(math.exp(low + part * (high - low)) - 1e-6), n_items[above]))
