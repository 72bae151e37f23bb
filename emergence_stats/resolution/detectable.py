"""The smallest excess over chance that the items of a series can show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from emergence_stats.metrics.detectable import smallest_excess
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.series import FloatArray

__all__ = ["above_chance", "detectable_excess", "smallest_excess"]

LEVEL = 0.05


def detectable_excess(data: Observations) -> float | None:
    """`smallest_excess` with the median number of items; None for scores without items or without chance."""
    if data.kind != COUNTS or data.chance is None:
        return None
    return smallest_excess(data.chance, float(np.median(data.second)))


def above_chance(counts: FloatArray, n_items: FloatArray, chance: float) -> npt.NDArray[np.bool_]:
    """Is a count significantly above chance? Exact binomial test, one-sided, at 5 %.

    Nobody is right by chance where chance is 0: a single right answer is above it.

    Args:
        counts: right answers, shape (..., n_points); fractions of effective items are rounded.
        n_items: items of each point, shape (n_points,).
        chance: probability of a right answer by chance.
    """
    needed = stats.binom.isf(LEVEL, np.maximum(np.rint(n_items), 1.0), chance) + 1.0
    return np.asarray(np.rint(counts) >= needed)
