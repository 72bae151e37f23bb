"""The model written out a second time: priors by their quantile functions, likelihoods by SciPy's special functions.

Shares nothing with the engine but the table of curves and the settings, so that ``brute_force`` (log evidence) and
``calibration`` (simulated truths) check the engine against it.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betaincinv, gammaln, ndtr, ndtri

from emergence_stats.models.curves import shapes
from emergence_stats.models.curves.spec import CurveSpec, Levels
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings
from emergence_stats.simulate import SHAPES

RISES = {shapes.LOGISTIC: "logistic", shapes.GOMPERTZ: "gompertz", shapes.RAMP: "ramp", shapes.STEP: "step"}
SMALLEST = 1e-12  # curve values are kept this far from 0 and 1


def shape_of(
    curve: CurveSpec, first: FloatArray, second: FloatArray, width_prior: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Threshold (or vertex) and width, in observed ranges, from two quantiles of their prior, each shape (n,).

    Args:
        curve: a row of `CURVES`.
        first: quantile of the threshold, given the width.
        second: quantile of the width.
        width_prior: bounds of log width, or its mean and standard deviation; see ``shapes.place``.
    """
    if curve.placement in (shapes.NOWHERE, shapes.POSITION):
        return first, np.ones_like(first)
    low, high = width_prior
    if curve.placement == shapes.EXPONENT:
        width = np.exp(low + high * ndtri(second))
    else:
        width = np.exp(low + (high - low) * second)
    inside = curve.placement == shapes.IN_RANGE
    return first if inside else first * (1.0 + width) - 0.5 * width, width


def heights(
    curve: CurveSpec, threshold: FloatArray, width: FloatArray, position: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The two arms of each curve at each position, each shape (n, n_points)."""
    none = np.zeros((threshold.size, position.size))
    if curve.form == shapes.FLAT:
        return none, none
    if curve.form in (shapes.LINEAR, shapes.FALLING):
        return none + (position if curve.form == shapes.LINEAR else 1.0 - position), none
    if curve.form == shapes.TENT:
        vertex = threshold[:, None]
        return np.maximum(0.0, 1.0 - position / vertex), np.maximum(0.0, (position - vertex) / (1.0 - vertex))
    # A shape depends on (x - threshold) / width alone.
    return SHAPES[RISES[curve.form]]((position - threshold[:, None]) / width[:, None], 0.0, 1.0), none


def levels_of(
    levels: Levels, u: FloatArray, data: Observations, prior: PriorSettings
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Base and two amplitudes from three quantiles, shape (n, 3); see `Levels`."""
    assert data.chance is not None
    none = np.zeros(len(u))
    if levels is Levels.CONSTANT:
        return u[:, 0], none, none
    if levels is Levels.GUESS:
        return _guess(u[:, 0], data.chance, prior.guess_rate_sd), none, none
    if levels is Levels.GUESS_CEILING:
        base = _guess(u[:, 0], data.chance, prior.guess_rate_sd)
        return base, (1.0 - base) * (1.0 - betaincinv(*prior.ceiling_beta, u[:, 1])), none
    if levels is Levels.RISING:
        tight = u[:, 0] < 0.5
        base = np.where(
            tight, _guess(np.minimum(2.0 * u[:, 0], 1.0), data.chance, prior.guess_rate_sd), 2.0 * u[:, 0] - 1.0
        )
        return base, u[:, 1] * (1.0 - base), none
    if levels is Levels.FALLING:
        return u[:, 1] * u[:, 0], u[:, 0] * (1.0 - u[:, 1]), none
    if levels is Levels.VALLEY:
        vertex = u[:, 2] * np.minimum(u[:, 0], u[:, 1])
        return vertex, u[:, 0] - vertex, u[:, 1] - vertex
    top = np.maximum(u[:, 0], u[:, 1])
    vertex = top + u[:, 2] * (1.0 - top)
    return vertex, vertex - u[:, 0], vertex - u[:, 1]


def log_likelihood(value: FloatArray, data: Observations, prior: PriorSettings, dispersion: float) -> FloatArray:
    """Log likelihood of each point at curve values of shape (n, n_points), for one value of the dispersion.

    Counts: (1 - e) BetaBinomial(k | n, f, rho) + e failed(k / n | f) / (n + 1); scores: the same with a normal
    density, variance stderr^2 + dispersion^2, and no n + 1.
    """
    f = np.clip(value, SMALLEST, 1.0 - SMALLEST)
    k, n = data.first, data.second
    observed = k / n if data.kind == COUNTS else k
    gate = -np.logaddexp(0.0, -(f - observed) / prior.failed_run_softness)
    failed = math.log(prior.failed_run_rate) + gate - np.log(np.maximum(f, prior.failed_run_softness))
    if data.kind != COUNTS:
        variance = n**2 + dispersion**2
        plain = -0.5 * ((k - f) ** 2 / variance + np.log(2.0 * np.pi * variance))
    else:
        failed = failed - np.log(n + 1.0)
        plain = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
        if dispersion == 0.0:
            plain = plain + k * np.log(f) + (n - k) * np.log1p(-f)
        else:
            total = 1.0 / dispersion - 1.0
            alpha, beta = f * total, (1.0 - f) * total
            plain = plain + gammaln(k + alpha) + gammaln(n - k + beta) - gammaln(n + total)
            plain += gammaln(total) - gammaln(alpha) - gammaln(beta)
    return np.asarray(np.logaddexp(math.log1p(-prior.failed_run_rate) + plain, failed), dtype=np.float64)


def _guess(u: FloatArray, chance: float, sd: float) -> FloatArray:
    """Quantiles of N(chance, sd) truncated to (0, 1)."""
    low, high = ndtr(-chance / sd), ndtr((1.0 - chance) / sd)
    return np.clip(chance + sd * ndtri(low + u * (high - low)), 0.0, 1.0)


def width_prior(
    curve: CurveSpec, prior: PriorSettings, log10_scale: FloatArray, exponent_median: float
) -> tuple[float, float]:
    """Bounds of log width in observed ranges (its mean and standard deviation for p^L), as docs/method.md states them.

    Args:
        curve: a row of `CURVES`.
        prior: settings of the prior.
        log10_scale: ascending scales, shape (n_points,).
        exponent_median: median of alpha for this kind of scale, per nat.
    """
    decades = float(log10_scale[-1] - log10_scale[0])
    spacing = float(np.diff(np.unique(log10_scale)).min())
    if curve.placement == shapes.EXPONENT:
        # exp(-ln 2 e^-u) passes 10 % and 90 % at u = -ln(ln 10 / ln 2) and -ln(-ln .9 / ln 2); u = alpha ln 10 (x - t).
        width_times_exponent = math.log(math.log(10.0) / -math.log(0.9)) / math.log(10.0)
        return math.log(width_times_exponent / exponent_median / decades), prior.exponent_sd
    narrowest = min(prior.narrowest_rise_in_spacings * spacing, prior.sharp_width / 4.0)
    widest = max(prior.widest_rise_in_ranges * decades, 2.0 * prior.sharp_width)
    low, high = (narrowest, prior.sharp_width) if curve.placement == shapes.IN_RANGE else (prior.sharp_width, widest)
    return math.log(low / decades), math.log(high / decades)
