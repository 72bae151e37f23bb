"""Bayesian psychometric functions on a grid: the package psignifit.

Schütt et al. 2016, doi:10.1016/j.visres.2016.02.002.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cases import SHARP_WIDTH
from benchmarks.peers.finding import Finding
from emergence_stats.series import FloatArray, Series

LIMIT = 0.95
WIDTH_TAIL = 0.1  # width from 10 to 90 %, as everywhere here


def posterior(series: Series) -> Finding:
    """A logistic with overdispersion and the package's default priors and grids.

    The experiment is "nAFC" with 1/chance choices where chance is a whole fraction (the guess rate is then fixed),
    else "yes/no". The package compares no models, so the score is what its posterior says of a sharp rise:
    P(width < 1 decade) P(threshold within the data), a product of its two marginals. Called: above .95. Threshold:
    its estimate, always reported, with its 90 % interval.
    """
    import psignifit

    x = series.log10_scale
    chance = series.chance_level or 0.0
    choices = round(1.0 / chance) if chance > 0.0 else 0
    forced = choices >= 2 and abs(1.0 / choices - chance) < 1e-9
    kind = {"experiment_type": "nAFC", "experiment_choices": choices} if forced else {"experiment_type": "yes/no"}
    data = np.column_stack([x, np.asarray(series.n_correct), np.asarray(series.n_items)])
    result = psignifit.psignifit(data, sigmoid="logistic", width_alpha=WIDTH_TAIL, **kind)
    narrow = _mass(result, "width", -np.inf, SHARP_WIDTH)
    inside = _mass(result, "threshold", float(x[0]), float(x[-1]))
    low, high = result.confidence_intervals["threshold"]["0.9"]
    return Finding(
        score=narrow * inside,
        called=narrow * inside > LIMIT,
        threshold=float(result.parameter_estimate["threshold"]),
        low=float(low),
        high=float(high),
    )


def _mass(result: object, parameter: str, low: float, high: float) -> float:
    """Marginal posterior probability of an interval, from densities on a grid."""
    values: FloatArray = np.asarray(result.parameter_values[parameter])  # type: ignore[attr-defined]
    density: FloatArray = np.asarray(result.marginal_posterior_values[parameter])  # type: ignore[attr-defined]
    weight = density * np.gradient(values)
    return float(weight[(values > low) & (values < high)].sum() / weight.sum())
