"""A continuous companion metric: a power law for it, so that the score can be read against it instead of scale.

The companion is brought to a loss l > 0 (perplexity and losses as they are; a bounded metric by its distance from the
best score). Its law over x = log10 scale, with z the largest of its scales, is

    log l_i = c + log(r + (1 - r) exp(-b (x_i - z))) + e_i,   e_i ~ N(0, s_i^2 + t^2),

where r is the floor's share of the loss at z, s_i the stated standard error of log l_i, and t what models scatter round
the law beyond it. The level c has a flat prior and is integrated in closed form, floor, slope and scatter over a grid:
nothing is fixed that the data can tell. Half of the prior says that there is no floor; a floor's share is Beta(1, 2).

The score is then a curve of log10(1 / l): an answer of L tokens that must all be right scores exp(-L l), whose exponent
on that axis is 1 (`LINK_EXPONENT`) whatever L is, and whose ceiling is reached where no loss is left.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.errors import SeriesError
from emergence_stats.series import FloatArray, Series

LINK_EXPONENT = 1.0
LINK_EXPONENT_SD = 0.3  # of log exponent: companions are seldom exactly the loss per token of the answer
LINK_CEILING_BETA = (1.0, 19.0)  # of the lapse rate: without any loss a model is right but for slips and wrong labels
LINK_REACH = 1.0  # decades of loss below the smallest in which the link may still rise: its toe tells more than a prior
P_FLOOR = 0.5  # prior probability of a floor above 0
FLOORS = (np.arange(30) + 0.5) / 30  # its share of the loss at the largest scale
SLOPE_SD = 2.0  # of log loss per decade, half-normal
SLOPES = np.geomspace(1e-3, 10.0, 400)
SCATTER = 0.02  # half of the half-Cauchy prior of the scatter of log loss beyond its standard error
SCATTERS = np.geomspace(1e-3, 0.5, 10)
FEWEST = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LossLaw:
    """Posterior of a loss over scale.

    Attributes:
        level: log loss at the largest scale, shape (n_draws,).
        floor: share of it that no scale takes away, shape (n_draws,).
        slope: of the rest's log, per decade, shape (n_draws,).
        scatter: standard deviation of a further model's log loss round the law, shape (n_draws,).
        departure: a further model's, in units of the scatter, shape (n_draws,).
        last: log10 of the largest scale.
        expected: loss of each measured model, its measurement error taken out, shape (n_points,).
    """

    level: FloatArray
    floor: FloatArray
    slope: FloatArray
    scatter: FloatArray
    departure: FloatArray
    last: float
    expected: FloatArray

    def __call__(self, log10_scale: float) -> FloatArray:
        """The loss at a scale, shape (n_draws,)."""
        shape = _log_shape(self.floor, self.slope, np.array([log10_scale - self.last]))[:, 0]
        return np.asarray(np.exp(self.level + shape))

    def of_a_model(self, log10_scale: float) -> FloatArray:
        """The loss of a further model at a scale, which scatters round the law, shape (n_draws,)."""
        return np.asarray(self(log10_scale) * np.exp(self.scatter * self.departure))

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


def matched(series: Series, companion: Series, loss: FloatArray) -> FloatArray:
    """The companion's loss at each point of a series: of the same model where both name theirs, else of the same scale.

    Args:
        series: what is to be forecast.
        companion: the companion metric.
        loss: of each of its points.

    Raises:
        SeriesError: a point has no counterpart; or the two have different kinds of scale.
    """
    if companion.scale_kind != series.scale_kind:
        msg = f"{companion.name}: expected the scale of the series, {series.scale_kind}, got {companion.scale_kind}"
        raise SeriesError(msg)
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


def _log_errors(companion: Series, loss: FloatArray) -> FloatArray:
    """Stated standard error of each log loss, of counts the binomial one; 0 where none is stated."""
    low, high = (0.0, 1.0) if companion.score_bounds is None else companion.score_bounds
    if companion.stderr is not None:
        return np.asarray(companion.stderr / (high - low) / loss)
    if companion.n_items is not None and companion.score_bounds is not None:
        share = np.clip(loss, 0.5 / companion.n_items, 1.0 - 0.5 / companion.n_items)
        return np.asarray(np.sqrt(share * (1.0 - share) / companion.n_items) / loss)
    return np.zeros(loss.size)


def loss_law(companion: Series, *, n_draws: int, seed: int) -> LossLaw:
    """Posterior of the companion's power law, from all of its points, those beyond the series included.

    Raises:
        SeriesError: fewer than three scales.
    """
    if companion.n_scales < FEWEST:
        msg = f"{companion.name}: expected a companion at three scales or more, got {companion.n_scales}"
        raise SeriesError(msg)
    loss, last = losses(companion), float(companion.log10_scale.max())
    logs, errors, x = np.log(loss), _log_errors(companion, loss), companion.log10_scale - last
    precision = 1.0 / (errors**2 + SCATTERS[:, None] ** 2)
    floors = np.array([0.0, *FLOORS])
    centres, masses = np.empty((2, floors.size, SLOPES.size, SCATTERS.size))
    log_prior = _log_floor_prior(floors)[:, None, None] + (_log_slope_prior()[:, None] + _log_scatter_prior())
    for i, floor in enumerate(floors.tolist()):
        left = logs - _log_shape(np.full(SLOPES.size, floor), SLOPES, x)
        centres[i], masses[i] = _level_integrated(left, precision)
    masses = np.exp(masses + log_prior - (masses + log_prior).max())
    generator = np.random.default_rng(seed)
    picked = generator.choice(masses.size, size=n_draws, p=(masses / masses.sum()).ravel())
    floor_node, slope_node, scatter_node = np.unravel_index(picked, masses.shape)
    floor, slope, scatter = floors[floor_node], SLOPES[slope_node], SCATTERS[scatter_node]
    error = 1.0 / np.sqrt(precision.sum(axis=1))[scatter_node]
    level = centres.ravel()[picked] + error * generator.standard_normal(n_draws)
    fitted = level[:, None] + _log_shape(floor, slope, x)
    own = scatter[:, None] ** 2 * precision[scatter_node]  # share of a departure that is the model's, not an error
    return LossLaw(
        level=level,
        floor=floor,
        slope=slope,
        scatter=scatter,
        departure=generator.standard_normal(n_draws),
        last=last,
        expected=np.exp(np.mean(fitted + own * (logs - fitted), axis=0)),
    )


def _log_shape(floor: FloatArray, slope: FloatArray, x: FloatArray) -> FloatArray:
    """log(r + (1 - r) exp(-b x)) of each draw at decades beyond the largest scale, shape (n_draws, n_x)."""
    return np.asarray(np.log(floor[:, None] + (1.0 - floor[:, None]) * np.exp(-slope[:, None] * x)))


def _level_integrated(left: FloatArray, precision: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of the level, and log evidence with the level integrated over a flat prior.

    Args:
        left: log losses less the shape of the law, shape (n_slopes, n_points).
        precision: of each point at each scatter, shape (n_scatters, n_points).

    Returns:
        Each of shape (n_slopes, n_scatters).
    """
    total = precision.sum(axis=1)
    mean = np.einsum("si,ti->st", left, precision) / total
    squares = np.einsum("si,ti->st", left**2, precision) - total * mean**2
    constant = 0.5 * (np.log(precision).sum(axis=1) - np.log(total))
    return mean, constant - 0.5 * np.maximum(squares, 0.0)


def _log_floor_prior(floors: FloatArray) -> FloatArray:
    """No floor, or a share that is Beta(1, 2)."""
    some = P_FLOOR * (1.0 - floors[1:]) / np.sum(1.0 - floors[1:])
    return np.log(np.array([1.0 - P_FLOOR, *some]))


def _log_slope_prior() -> FloatArray:
    """Half-normal, on nodes that are even in the log."""
    return np.asarray(np.log(SLOPES) - 0.5 * (SLOPES / SLOPE_SD) ** 2)


def _log_scatter_prior() -> FloatArray:
    """Half-Cauchy, on nodes that are even in the log."""
    return np.asarray(np.log(SCATTERS) - np.log1p((SCATTERS / SCATTER) ** 2))
