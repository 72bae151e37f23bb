"""New scores from posterior draws: beta-binomial counts, normal scores, and now and then a failed run."""

from __future__ import annotations

import numpy as np

from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.series import FloatArray

MOST_ITEMS = 1e15  # more cannot be drawn as integers, nor told apart


def beta_binomial(
    value: FloatArray, overdispersion: FloatArray, n_items: FloatArray, generator: np.random.Generator
) -> FloatArray:
    """Counts of the draws, shape (n_draws, n_points).

    Args:
        value: the curve, shape (n_draws, n_points).
        overdispersion: rho of each draw, shape (n_draws,); 0 is the binomial.
        n_items: items of each point, whole numbers, shape (n_points,).
        generator: source of randomness.
    """
    probability = smeared(value, overdispersion, generator)
    return generator.binomial(n_items.astype(np.int64), probability).astype(np.float64)


def smeared(value: FloatArray, overdispersion: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Probabilities of single runs round the curve: Beta with its mean and intraclass correlation rho.

    Args:
        value: the curve, shape (n_draws, n_points).
        overdispersion: rho of each draw, shape (n_draws,); 0 leaves the curve as it is.
        generator: source of randomness.
    """
    mean = np.clip(value, 1e-12, 1.0 - 1e-12)
    rho = overdispersion[:, None]
    concentration = (1.0 - rho) / np.maximum(rho, 1e-12)
    spread = generator.beta(np.maximum(mean * concentration, 1e-9), np.maximum((1.0 - mean) * concentration, 1e-9))
    return np.where(rho > 0.0, spread, mean)


def new_scores(
    data: Observations,
    value: FloatArray,
    dispersion: FloatArray,
    failed_run_rate: float,
    generator: np.random.Generator,
) -> FloatArray:
    """Oriented scores in [0, 1] of repeated measurements, shape (n_draws, n_points).

    A run fails with probability `failed_run_rate` and then scores anywhere from 0 to the curve.

    Args:
        data: the observations that are repeated.
        value: the curve, shape (n_draws, n_points).
        dispersion: value of the dispersion node of each draw, shape (n_draws,).
        failed_run_rate: prior probability that one run failed.
        generator: source of randomness.
    """
    fails = generator.random(value.shape) < failed_run_rate
    depth = generator.random(value.shape)
    f = np.clip(value, 0.0, 1.0)
    if data.kind == COUNTS:
        n_items = np.clip(np.rint(data.second), 1.0, MOST_ITEMS)
        sound = beta_binomial(f, dispersion, n_items, generator)
        failed = np.floor(depth * (f * n_items + 1.0))
        return np.asarray(np.where(fails, np.minimum(failed, n_items), sound) / n_items)
    sd = np.sqrt(data.second**2 + dispersion[:, None] ** 2)
    return np.asarray(np.where(fails, depth * f, generator.normal(f, sd)))
