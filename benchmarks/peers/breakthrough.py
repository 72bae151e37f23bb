"""The breakthroughness (or emergence) score, alone and against what a straight line with this noise would give."""

from __future__ import annotations

import numpy as np

from benchmarks.baselines import breakthrough_score, breakthroughness
from benchmarks.peers.finding import Finding
from emergence_stats.series import Series

DRAWS = 999
LEVEL = 0.95


def raw(series: Series) -> Finding:
    """Score: the number itself, arXiv 2206.04615. Nobody states a limit, so nothing is called; no threshold."""
    return Finding(score=breakthroughness(series))


def banded(series: Series) -> Finding:
    """The same against a parametric bootstrap: 999 binomial test sets drawn from the fitted straight line.

    Score: place in the null distribution, 0 at its median and 1 at its 95 % point, reversed for a fall. Called: a
    rise above that point, which is a one-sided test at 5 % of "nothing but a line". No threshold.
    """
    x, items = series.log10_scale, series.n_items
    assert items is not None
    line = np.polynomial.Polynomial.fit(x, np.asarray(series.score), 1)
    generator = np.random.default_rng(0)
    drawn = generator.binomial(items.astype(np.int64), np.clip(line(x), 0.0, 1.0), size=(DRAWS, x.size)) / items
    middle, limit = np.quantile(breakthrough_score(drawn), [0.5, LEVEL])
    observed = breakthroughness(series)
    place = float((observed - middle) / max(limit - middle, 1e-9))
    rises = observed > 0.0
    return Finding(score=place if rises else -abs(place), called=bool(rises and observed > limit), rises=rises)
