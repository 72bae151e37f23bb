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
from scipy.special import betaincinv, gammaln, logsumexp, ndtr, ndtri
from scipy.stats import qmc

from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.spec import CurveSpec, Levels
from emergence_stats.models.likelihood import Observations
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings
from emergence_stats.simulate import SHAPES

DIMENSIONS = 5  # two of the shape, three of the levels
POINTS_LOG2 = 15
PASSES = 6
KEPT_POINTS = 500  # a box is trimmed to these many best points at least
KEPT_NATS = 18.0
MARGIN = 0.1
RISES = {shapes.LOGISTIC: "logistic", shapes.GOMPERTZ: "gompertz", shapes.RAMP: "ramp", shapes.STEP: "step"}


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
) -> BruteForce:
    """Integrate the likelihood of counts over the prior of one curve.

    Args:
        name: key of `CURVES`.
        data: observations of kind COUNTS with a chance level.
        prior: settings of the prior.
        width_prior: the two numbers that place the width, in observed ranges (see ``shapes.place``).
        scramblings: independent repeats that the error is taken from.
        seed: seed of the scramblings.
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
    repeats = np.array(
        [
            logsumexp(_log_likelihood(_points(low, high, generator), curve, data, prior, width_prior))
            for _ in range(scramblings)
        ]
    )
    shares = np.exp(repeats - repeats.max())
    return BruteForce(
        log_evidence=float(logsumexp(repeats)) - math.log(scramblings) - POINTS_LOG2 * math.log(2.0) + log_volume,
        error=float(shares.std(ddof=1) / shares.mean() / math.sqrt(scramblings)),
    )


def _points(low: FloatArray, high: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Scrambled Sobol points of a box, shape (2^POINTS_LOG2, DIMENSIONS)."""
    unit = qmc.Sobol(DIMENSIONS, rng=generator).random_base2(POINTS_LOG2)
    return np.clip(low + (high - low) * unit, 1e-15, 1.0 - 1e-15)


def _log_likelihood(
    points: FloatArray,
    curve: CurveSpec,
    data: Observations,
    prior: PriorSettings,
    width_prior: tuple[float, float],
) -> FloatArray:
    """At each point of the cube: log sum_r p(rho_r) prod_i p(k_i | n_i, f_i, rho_r)."""
    arms = _arms(points[:, 0], points[:, 1], curve, data.position, width_prior)
    base, first, second = _levels(points[:, 2:], curve.levels, data, prior)
    value = base[:, None] + curve.sign * (first[:, None] * arms[0] + second[:, None] * arms[1])
    f = np.clip(value, 1e-12, 1.0 - 1e-12)
    k, n = data.first, data.second
    softness = prior.failed_run_softness
    below = -np.logaddexp(0.0, -(f - k / n) / softness)
    failed = math.log(prior.failed_run_rate) + below - np.log(np.maximum(f, softness)) - np.log(n + 1.0)
    choose = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    totals = []
    for rho, log_mass in zip(data.dispersion, data.log_dispersion_prior, strict=True):
        if rho == 0.0:
            plain = choose + k * np.log(f) + (n - k) * np.log1p(-f)
        else:
            total = 1.0 / rho - 1.0
            alpha, beta = f * total, (1.0 - f) * total
            plain = choose + gammaln(k + alpha) + gammaln(n - k + beta) - gammaln(n + total)
            plain += gammaln(total) - gammaln(alpha) - gammaln(beta)
        each = np.logaddexp(math.log1p(-prior.failed_run_rate) + plain, failed)
        totals.append(log_mass + each.sum(axis=1))
    return np.asarray(logsumexp(totals, axis=0), dtype=np.float64)


def _arms(
    first: FloatArray, second: FloatArray, curve: CurveSpec, x: FloatArray, width_prior: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """The two arms at each point of the cube and each scale, each shape (n, n_points)."""
    none = np.zeros((first.size, x.size))
    if curve.form == shapes.FLAT:
        return none, none
    if curve.form in (shapes.LINEAR, shapes.FALLING):
        return none + (x if curve.form == shapes.LINEAR else 1.0 - x), none
    if curve.form == shapes.TENT:
        vertex = first[:, None]
        return np.maximum(0.0, 1.0 - x / vertex), np.maximum(0.0, (x - vertex) / (1.0 - vertex))
    low, high = width_prior
    if curve.placement == shapes.POSITION:
        width = np.ones_like(first)  # the step does not look at it
    elif curve.placement == shapes.EXPONENT:
        width = np.exp(low + high * ndtri(second))
    else:
        width = np.exp(low + (high - low) * second)
    inside = curve.placement in (shapes.POSITION, shapes.IN_RANGE)
    threshold = first if inside else first * (1.0 + width) - 0.5 * width
    # A shape depends on (x - threshold) / width alone.
    return SHAPES[RISES[curve.form]]((x - threshold[:, None]) / width[:, None], 0.0, 1.0), none


def _levels(
    u: FloatArray, levels: Levels, data: Observations, prior: PriorSettings
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Base and two amplitudes from three quantiles; see `Levels`."""
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


def _guess(u: FloatArray, chance: float, sd: float) -> FloatArray:
    """Quantiles of N(chance, sd) truncated to (0, 1)."""
    low, high = ndtr(-chance / sd), ndtr((1.0 - chance) / sd)
    return np.clip(chance + sd * ndtri(low + u * (high - low)), 0.0, 1.0)
