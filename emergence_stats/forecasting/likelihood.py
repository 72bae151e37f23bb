"""Probability of scores given a curve's value: the likelihood of the analysis, written out for arrays.

The engine's tables serve the points that were measured; forecasts need points that were not. Failed runs are uniform
from 0 to the curve here, without the soft edge that the engine's search needs.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from emergence_stats.models.likelihood import COUNTS
from emergence_stats.series import FloatArray

SMALLEST = 1e-9
IMPOSSIBLE = -60.0  # nats, for a failed run that would beat its curve


def log_density(
    kind: int, first: FloatArray, second: FloatArray, value: FloatArray, dispersion: FloatArray, failed_run_rate: float
) -> FloatArray:
    """Log probability of a count, or log density of a score, in nats; arguments broadcast.

    Args:
        kind: COUNTS or GAUSSIAN.
        first: successes, or score.
        second: items, or standard error.
        value: the curve, in [0, 1].
        dispersion: rho, or extra standard deviation.
        failed_run_rate: probability that a run failed.
    """
    f = np.clip(value, SMALLEST, 1.0 - SMALLEST)
    if kind != COUNTS:
        variance = np.maximum(second**2 + dispersion**2, 1e-12)
        sound = -0.5 * ((first - f) ** 2 / variance + np.log(2.0 * math.pi * variance))
        failed = np.where(first <= f, -np.log(np.maximum(f, 1e-3)), IMPOSSIBLE)
    else:
        misses = second - first
        ways = special.gammaln(second + 1.0) - special.gammaln(first + 1.0) - special.gammaln(misses + 1.0)
        plain = ways + first * np.log(f) + misses * np.log1p(-f)
        strength = (1.0 - dispersion) / np.maximum(dispersion, 1e-12)
        spread = ways + special.betaln(first + strength * f, misses + strength * (1.0 - f))
        spread = spread - special.betaln(strength * f, strength * (1.0 - f))
        sound = np.where(dispersion > 0.0, spread, plain)
        failed = np.where(first <= second * f, -np.log(second * f + 1.0), IMPOSSIBLE)
    if failed_run_rate == 0.0:
        return np.asarray(sound)
    return np.asarray(np.logaddexp(math.log1p(-failed_run_rate) + sound, math.log(failed_run_rate) + failed))
