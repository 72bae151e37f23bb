"""Log evidence on dense grids, for scores with normal noise: slow, obvious, and sharing no line with the engine."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.special import logsumexp
from scipy.stats import beta, norm, truncnorm

from emergence_stats.models.likelihood import Observations
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings

CELLS = 600  # midpoint rule per dimension


def midpoints(low: float, high: float) -> FloatArray:
    """Centres of equal cells."""
    return low + (np.arange(CELLS) + 0.5) * (high - low) / CELLS


def log_likelihood(data: Observations, prior: PriorSettings, value: FloatArray, sd: float) -> FloatArray:
    """Sum over points (last axis) of the log mixture of a normal score and a failed run."""
    plain = norm.logpdf(data.first, value, np.sqrt(data.second**2 + sd**2))
    softness = prior.failed_run_softness
    below = -np.logaddexp(0.0, -(value - data.first) / softness)
    failed = math.log(prior.failed_run_rate) + below - np.log(np.maximum(value, softness))
    return np.asarray(np.logaddexp(math.log1p(-prior.failed_run_rate) + plain, failed).sum(axis=-1))


def average(data: Observations, prior: PriorSettings, value: FloatArray, log_density: FloatArray) -> float:
    """log of the mean over draws (first axis of value) and dispersion nodes, draws weighted by exp(log_density)."""
    terms = [
        mass + logsumexp(log_likelihood(data, prior, value, sd) + log_density) - math.log(log_density.size)
        for sd, mass in zip(data.dispersion, data.log_dispersion_prior, strict=True)
    ]
    return float(logsumexp(terms))


def constant(data: Observations, prior: PriorSettings) -> float:
    """f = c, c ~ U(0, 1)."""
    value = np.repeat(midpoints(0.0, 1.0)[:, None], data.first.size, axis=1)
    return average(data, prior, value, np.zeros(CELLS))


def step(data: Observations, prior: PriorSettings) -> float:
    """A step from the guess rate b to b + (1 - b)(1 - l), uniform in where it is; b and l with their priors."""
    assert data.chance is not None
    sd = prior.guess_rate_sd
    low, high = max(data.chance - 6.0 * sd, 0.0), min(data.chance + 6.0 * sd, 1.0)
    base, lapse = (grid.ravel() for grid in np.meshgrid(midpoints(low, high), midpoints(0.0, 1.0)))
    log_density = (
        truncnorm.logpdf(base, -data.chance / sd, (1.0 - data.chance) / sd, loc=data.chance, scale=sd)
        + math.log(high - low)
        + beta.logpdf(lapse, *prior.ceiling_beta)
    )
    edges = np.unique(data.position)
    parts = []
    for left, right in itertools.pairwise(edges):
        above = (data.position > left).astype(np.float64)
        value = base[:, None] + ((1.0 - base) * (1.0 - lapse))[:, None] * above
        parts.append(math.log(right - left) + average(data, prior, value, log_density))
    return float(logsumexp(parts))
