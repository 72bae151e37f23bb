"""Log evidence the slow and obvious way, sharing nothing with the engine but the table of curves and the settings.

Every parameter is a quantile of its prior, so the evidence is the mean of the likelihood over the unit cube,

    Z = integral over [0, 1]^d of sum_r p(rho_r) prod_i p(k_i | n_i, f(x_i; u), rho_r) du,

with up to two shape quantiles and three level quantiles. The mean is taken over quasi-random points of a box that is
trimmed, pass by pass, to where the likelihood is not negligible; its error comes from independent scramblings.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy.special import logsumexp
from scipy.stats import qmc

from benchmarks.prior import heights, levels_of, log_likelihood, shape_of
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import CurveSpec
from emergence_stats.models.likelihood import Observations
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings

DIMENSIONS = 5  # two of the shape, three of the levels
POINTS_LOG2, MOST_LOG2 = 15, 19
PASSES = 6
KEPT_POINTS = 500  # a box is trimmed to these many best points at least
KEPT_NATS = 18.0
MARGIN = 0.1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BruteForce:
    """A log evidence and the standard error of it over scramblings, in nats."""

    log_evidence: float
    error: float


def log_evidence(
    name: str,
    data: Observations,
    prior: PriorSettings,
    *,
    width_prior: tuple[float, float],
    scramblings: int = 16,
    seed: int = 0,
    target: float = math.inf,
) -> BruteForce:
    """Integrate the likelihood of counts over the prior of one curve.

    Args:
        name: key of `CURVES`.
        data: observations of kind COUNTS with a chance level.
        prior: settings of the prior.
        width_prior: the two numbers that place the width, in observed ranges (see ``shapes.place``).
        scramblings: independent repeats that the error is taken from.
        seed: seed of the scramblings.
        target: error from which four times as many points are tried, up to 2^`MOST_LOG2` of them. A run that seems
            to have failed spreads the posterior over all of an amplitude, and few points hit the peak inside.
    """
    curve = CURVES[name]
    generator = np.random.default_rng(seed)
    low, high = np.zeros(DIMENSIONS), np.ones(DIMENSIONS)
    for _ in range(PASSES):
        points = _points(low, high, generator)
        value = _log_likelihood(points, curve, data, prior, width_prior)
        bar = min(float(value.max()) - KEPT_NATS, float(np.sort(value)[-KEPT_POINTS]))
        kept = points[value >= bar]
        least, most = kept.min(axis=0), kept.max(axis=0)
        margin = MARGIN * (most - least) + 1e-12
        before = float(np.prod(high - low))
        low, high = np.maximum(low, least - margin), np.minimum(high, most + margin)
        if float(np.prod(high - low)) > 0.8 * before:
            break
    log_volume = float(np.sum(np.log(high - low)))
    power = POINTS_LOG2
    while True:
        repeats = np.array(
            [
                logsumexp(_log_likelihood(_points(low, high, generator, power), curve, data, prior, width_prior))
                for _ in range(scramblings)
            ]
        )
        shares = np.exp(repeats - repeats.max())
        found = BruteForce(
            log_evidence=float(logsumexp(repeats)) - math.log(scramblings) - power * math.log(2.0) + log_volume,
            error=float(shares.std(ddof=1) / shares.mean() / math.sqrt(scramblings)),
        )
        if found.error < target or power >= MOST_LOG2:
            return found
        power += 2


def _points(low: FloatArray, high: FloatArray, generator: np.random.Generator, power: int = POINTS_LOG2) -> FloatArray:
    """Scrambled Sobol points of a box, shape (2^power, DIMENSIONS)."""
    unit = qmc.Sobol(DIMENSIONS, rng=generator).random_base2(power)
    return np.clip(low + (high - low) * unit, 1e-15, 1.0 - 1e-15)


def _log_likelihood(
    points: FloatArray,
    curve: CurveSpec,
    data: Observations,
    prior: PriorSettings,
    width_prior: tuple[float, float],
) -> FloatArray:
    """At each point of the cube: log sum_r p(rho_r) prod_i p(k_i | n_i, f_i, rho_r)."""
    threshold, width = shape_of(curve, points[:, 0], points[:, 1], width_prior)
    arms = heights(curve, threshold, width, data.position)
    base, first, second = levels_of(curve.levels, points[:, 2:], data, prior)
    value = base[:, None] + curve.sign * (first[:, None] * arms[0] + second[:, None] * arms[1])
    totals = [
        log_mass + log_likelihood(value, data, prior, float(node)).sum(axis=1)
        for node, log_mass in zip(data.dispersion, data.log_dispersion_prior, strict=True)
    ]
    return np.asarray(logsumexp(totals, axis=0), dtype=np.float64)
