"""Nested sampling: the package dynesty (Speagle 2020, arXiv 1904.02180)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.peers.bayes_factor import Evidences, finding, line, log_likelihood, logistic, widths
from benchmarks.peers.finding import Finding
from emergence_stats.series import FloatArray, Series

LIVE_POINTS = 200


def nested(series: Series) -> Finding:
    """200 live points, bounds and stopping as the package sets them. What is read off: `bayes_factor.finding`."""
    x = series.log10_scale
    narrowest, widest = widths(series)

    def stretch(cube: FloatArray) -> FloatArray:
        """From the unit cube to floor, ceiling, threshold and width."""
        width = narrowest * (widest / narrowest) ** cube[3]
        return np.array([cube[0], cube[1], x[0] + cube[2] * (x[-1] - x[0]), width])

    straight, _ = _run(series, line, np.asarray, 2)
    curved, draws = _run(series, logistic, stretch, 4)
    return finding(Evidences(line=straight, logistic=curved, draws=draws))


def _run(
    series: Series,
    curve: Callable[[FloatArray, FloatArray], FloatArray],
    from_cube: Callable[[FloatArray], FloatArray],
    n_parameters: int,
) -> tuple[float, FloatArray]:
    """Log evidence and equally weighted draws."""
    import dynesty

    x, correct, items = series.log10_scale, np.asarray(series.n_correct), np.asarray(series.n_items)

    def value(parameters: FloatArray) -> float:
        return log_likelihood(correct, items, curve(x, parameters))

    generator = np.random.default_rng(0)
    sampler = dynesty.NestedSampler(value, from_cube, n_parameters, nlive=LIVE_POINTS, rstate=generator)
    sampler.run_nested(print_progress=False)
    results = sampler.results
    return float(results.logz[-1]), np.asarray(results.samples_equal(rstate=generator))
