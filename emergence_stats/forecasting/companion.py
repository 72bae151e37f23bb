"""A continuous companion metric: a power law for it, so that the score can be read against it instead of scale.

The companion is brought to a loss l > 0 (perplexity and losses as they are; a bounded metric by its distance from the
best score). Its law is l(x) = E + exp(a - b x) with x = log10 scale: for each floor E on a grid, a Bayesian linear
regression of log(l - E) with a weak normal-inverse-gamma prior, b drawn at 0 or above; the grid is averaged by
evidence. The score is then a curve of log10(1 / l): an answer of L tokens that must all be right scores exp(-L l),
whose exponent on that axis is 1 (`LINK_EXPONENT`) whatever L is.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import special

from emergence_stats.errors import SeriesError
from emergence_stats.series import FloatArray, Series

LINK_EXPONENT = 1.0
LINK_EXPONENT_SD = 0.3  # of log exponent: companions are seldom exactly the loss per token of the answer
FLOORS = np.linspace(0.0, 0.95, 20)  # E as a share of the smallest loss
SCATTER_SHAPE, SCATTER = 1.0, 0.05  # prior of the residual of log loss: shape, and its usual size
SLOPE_SD = 2.0  # of log loss per decade
FEWEST = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LossLaw:
    """Posterior of a loss over scale: draws of floor, intercept, slope and scatter, shape (n_draws,) each."""

    floor: FloatArray
    intercept: FloatArray
    slope: FloatArray
    scatter: FloatArray
    centre: float

    def __call__(self, log10_scale: float) -> FloatArray:
        """The loss at a scale, shape (n_draws,)."""
        return np.asarray(self.floor + np.exp(self.intercept - self.slope * (log10_scale - self.centre)))

    def summary(self, log10_scale: float) -> list[float]:
        """5 %, 50 % and 95 % quantiles of the loss at a scale."""
        return [float(value) for value in np.quantile(self(log10_scale), (0.05, 0.5, 0.95))]


def losses(companion: Series) -> FloatArray:
    """The companion's scores as positive losses, shape (n_points,).

    Raises:
        SeriesError: they are neither bounded nor positive with lower values better.
    """
    assert companion.score is not None
    if companion.score_bounds is not None:
        low, high = companion.score_bounds
        distance = high - companion.score if companion.higher_is_better else companion.score - low
        return np.maximum(np.asarray(distance / (high - low)), 1e-6)
    if companion.higher_is_better or companion.score.min() <= 0.0:
        msg = (
            f"{companion.name}: expected a companion metric with bounds, or a positive one of which less is better, "
            f"got scores from {companion.score.min():g} to {companion.score.max():g}"
        )
        raise SeriesError(msg)
    return companion.score.copy()


def matched(series: Series, companion: Series) -> FloatArray:
    """The companion's loss at each point of a series: of the same model where both name theirs, else of the same scale.

    Raises:
        SeriesError: a point has no counterpart; or the two have different kinds of scale.
    """
    if companion.scale_kind != series.scale_kind:
        msg = f"{companion.name}: expected the scale of the series, {series.scale_kind}, got {companion.scale_kind}"
        raise SeriesError(msg)
    loss = losses(companion)
    by_name = series.model is not None and companion.model is not None
    found = np.empty(series.n_points)
    for i in range(series.n_points):
        if by_name and series.model is not None and companion.model is not None:
            here = np.array([name == series.model[i] for name in companion.model])
        else:
            here = np.abs(companion.log10_scale - series.log10_scale[i]) < 1e-6
        if not here.any():
            what = series.model[i] if by_name and series.model is not None else f"{series.scale[i]:g}"
            msg = f"{companion.name}: expected a score for {what}, which {series.name} has"
            raise SeriesError(msg)
        found[i] = np.exp(np.mean(np.log(loss[here])))
    return found


def loss_law(companion: Series, *, n_draws: int, seed: int) -> LossLaw:
    """Posterior of the companion's power law, from all of its points, those beyond the series included.

    Raises:
        SeriesError: fewer than three scales.
    """
    if companion.n_scales < FEWEST:
        msg = f"{companion.name}: expected a companion at three scales or more, got {companion.n_scales}"
        raise SeriesError(msg)
    loss, centre = losses(companion), float(companion.log10_scale.mean())
    x = companion.log10_scale - centre
    design = np.column_stack((np.ones_like(x), -x))
    precision = np.diag([1e-4, 1.0 / SLOPE_SD**2])
    fits = [_regression(design, np.log(loss - share * loss.min()), precision) for share in FLOORS]
    # The density of the loss itself: d log(l - E) / dl = 1 / (l - E).
    logs = np.array([fit[0] - np.log(loss - share * loss.min()).sum() for fit, share in zip(fits, FLOORS, strict=True)])
    mass = np.exp(logs - logs.max())
    generator = np.random.default_rng(seed)
    picked = generator.choice(FLOORS.size, size=n_draws, p=mass / mass.sum())
    drawn = np.empty((n_draws, 3))
    for i in range(n_draws):
        _, mean, covariance, shape, rate = fits[picked[i]]
        variance = rate / generator.gamma(shape)
        for _ in range(100):
            line = generator.multivariate_normal(mean, variance * covariance, method="cholesky")
            if line[1] >= 0.0:
                break
        drawn[i] = (line[0], max(line[1], 0.0), np.sqrt(variance))
    return LossLaw(
        floor=FLOORS[picked] * loss.min(),
        intercept=drawn[:, 0],
        slope=drawn[:, 1],
        scatter=drawn[:, 2],
        centre=centre,
    )


def _regression(
    design: FloatArray, y: FloatArray, precision: FloatArray
) -> tuple[float, FloatArray, FloatArray, float, float]:
    """Conjugate regression: log evidence, mean, covariance per unit of variance, shape and rate of 1/variance."""
    n = y.size
    gram = np.einsum("ij,ik->jk", design, design) + precision
    covariance = np.linalg.inv(gram)
    mean = np.einsum("jk,ik,i->j", covariance, design, y)
    shape = SCATTER_SHAPE + 0.5 * n
    prior_rate = SCATTER_SHAPE * SCATTER**2
    left = float(np.sum(y**2) - np.einsum("j,jk,k->", mean, gram, mean))
    rate = prior_rate + 0.5 * max(left, 0.0)
    log_evidence = (
        0.5 * (np.linalg.slogdet(precision)[1] - np.linalg.slogdet(gram)[1])
        + SCATTER_SHAPE * np.log(prior_rate)
        - shape * np.log(rate)
        + special.gammaln(shape)
        - special.gammaln(SCATTER_SHAPE)
        - 0.5 * n * np.log(2.0 * np.pi)
    )
    return float(log_evidence), mean, covariance, shape, rate
