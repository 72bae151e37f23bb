"""Is a sample uniform on (0, 1)? By simultaneous bands for its empirical distribution function.

At z in (0, 1) the number of values up to z is Binomial(n, z). The statistic is the smallest two-sided tail probability
over a grid of z, its distribution that of uniform samples of the same size; bands and p values follow (Säilynoja,
Bürkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6, section 2). Unlike a Kolmogorov-Smirnov test it is as sensitive
at the ends, where overconfidence shows, as in the middle.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from emergence_stats.series import FloatArray

GRID_POINTS = 99
SAMPLES = 20_000
SEED = 20220112


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """Limits that a uniform sample's distribution function keeps everywhere with a given probability.

    Attributes:
        z: where it is looked at, shape (99,).
        low: lower limit of the share of values up to z.
        high: upper limit of it.
    """

    z: FloatArray
    low: FloatArray
    high: FloatArray


def grid() -> FloatArray:
    """The values z at which a distribution function is looked at."""
    return np.arange(1, GRID_POINTS + 1) / (GRID_POINTS + 1.0)


def distribution(values: FloatArray) -> FloatArray:
    """Share of values up to each z of `grid`."""
    return np.asarray(np.searchsorted(np.sort(values), grid(), side="right") / values.size)


def p_value(values: FloatArray) -> float:
    """Probability that a uniform sample of this size strays as far; at least 1 / (`SAMPLES` + 1)."""
    counts = np.searchsorted(np.sort(values), grid(), side="right")
    seen = _statistic(counts[None, :], _tails(values.size))[0]
    reference = _reference(values.size)
    return float((1 + np.searchsorted(reference, seen * (1.0 + 1e-9), side="right")) / (1 + reference.size))


def band(n: int, probability: float = 0.95) -> Band:
    """Simultaneous band for a sample of size n."""
    tail = float(np.quantile(_reference(n), 1.0 - probability))
    z = grid()
    low, high = binom.ppf(0.5 * tail, n, z) / n, binom.isf(0.5 * tail, n, z) / n
    return Band(z=z, low=np.asarray(low), high=np.asarray(high))


def _tails(n: int) -> FloatArray:
    """Two-sided binomial tail probability of every count at every z, shape (n + 1, 99)."""
    counts = np.arange(n + 1)[:, None]
    return np.asarray(2.0 * np.minimum(binom.cdf(counts, n, grid()), binom.sf(counts - 1, n, grid())))


def _statistic(counts: npt.NDArray[np.integer], tails: FloatArray) -> FloatArray:
    """Smallest tail probability over the grid; counts of shape (m, 99)."""
    return np.asarray(tails[counts, np.arange(GRID_POINTS)].min(axis=1))


@functools.lru_cache(maxsize=16)
def _reference(n: int) -> FloatArray:
    """The statistic of uniform samples, ascending, shape (SAMPLES,)."""
    generator = np.random.default_rng(SEED)
    cells = generator.multinomial(n, np.full(GRID_POINTS + 1, 1.0 / (GRID_POINTS + 1)), size=SAMPLES)
    return np.sort(_statistic(np.cumsum(cells, axis=1)[:, :-1], _tails(n)))
