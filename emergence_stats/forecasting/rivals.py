"""What else one could forecast with: the rivals of the backtest, each with an honest interval.

All see oriented scores y in [0, 1] over x = log10 scale, and none is given less noise than its items have: the standard
deviation of a new score is at least sqrt(m (1 - m) / n) at a predicted score m. What a normal distribution puts outside
[0, 1] counts as the nearest end.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Mapping

import numpy as np
from scipy import optimize, stats

from emergence_stats.forecasting.predictive import CELL
from emergence_stats.models.curves.logistic import STEEPNESS
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.series import FloatArray

type Rival = Callable[[float, float], NormalScore]  # from log10 scale and items (or standard error) of a new score
GRID = (np.arange(400) + 0.5) / 400
STARTS = 4


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NormalScore:
    """A new score that is normal, or Student's t with some degrees of freedom, cut off at 0 and 1.

    Attributes:
        mean: predicted score, oriented.
        sd: its standard deviation.
        degrees_of_freedom: of the t distribution; infinite for a normal one.
        cell: width within which scores are not told apart: 1 / n for counts.
    """

    mean: float
    sd: float
    degrees_of_freedom: float
    cell: float

    def quantiles(self, *levels: float) -> list[float]:
        """Quantiles of the new score."""
        standard = stats.t.ppf(levels, self.degrees_of_freedom)
        return [float(value) for value in np.clip(self.mean + self.sd * standard, 0.0, 1.0)]

    def below(self, score: float) -> tuple[float, float]:
        """P(new < score) and P(new <= score), to within its cell."""
        low, high = score - 0.5 * self.cell, score + 0.5 * self.cell
        ends = stats.t.cdf((np.array([low, high]) - self.mean) / self.sd, self.degrees_of_freedom)
        return (0.0 if low <= 0.0 else float(ends[0])), (1.0 if high >= 1.0 else float(ends[1]))

    def log_probability(self, score: float) -> float:
        """Log probability of a score, to within its cell, in nats."""
        low, high = self.below(score)
        return math.log(max(high - low, 1e-300))

    def crps(self, score: float) -> float:
        """Continuous ranked probability score, from 400 evenly spaced quantiles."""
        draws = np.array(self.quantiles(*GRID.tolist()))
        steps = np.diff(draws) * GRID[:-1] * (1.0 - GRID[:-1])
        return float(np.mean(np.abs(draws - score)) - np.sum(steps))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """What a rival is given.

    Attributes:
        x: log10 scale of each visible point, shape (n_points,), ascending.
        y: oriented score.
        chance: oriented chance level; 0 where it is not defined.
        counts: whether scores are counts.
    """

    x: FloatArray
    y: FloatArray
    chance: float
    counts: bool

    @classmethod
    def of(cls, data: Observations, x: FloatArray) -> Visible:
        """The visible part of a series."""
        return cls(x=x, y=data.score, chance=data.chance or 0.0, counts=data.kind == COUNTS)

    def cell(self, noise: float) -> float:
        """Width within which scores are not told apart."""
        return 1.0 / noise if self.counts else CELL

    def least_variance(self, mean: float, noise: float) -> float:
        """Variance of a score that its items, or its standard error, alone give."""
        if not self.counts:
            return noise**2
        m = min(max(mean, 0.5 / noise), 1.0 - 0.5 / noise)
        return m * (1.0 - m) / noise


def log_linear(seen: Visible) -> Rival:
    """Ordinary least squares of score on log scale, with the prediction interval of textbooks."""
    design = np.column_stack((np.ones_like(seen.x), seen.x))
    inverse = np.linalg.pinv(np.einsum("ij,ik->jk", design, design))
    coefficients = np.einsum("jk,ik,i->j", inverse, design, seen.y)
    residual = seen.y - coefficients[0] - coefficients[1] * seen.x
    freedom = max(seen.x.size - 2, 1)
    scatter = float(np.sum(residual**2)) / freedom

    def predict(x: float, noise: float) -> NormalScore:
        mean = float(coefficients[0] + coefficients[1] * x)
        at = np.array([1.0, x])
        leverage = max(float(np.einsum("j,jk,k->", at, inverse, at)), 0.0)
        variance = max(scatter, seen.least_variance(mean, noise))
        return _score(seen, mean, variance * (1.0 + leverage), freedom, noise)

    return predict


def logistic(seen: Visible) -> Rival:
    """Least squares of a logistic curve from chance to a free ceiling, its parameters' error by the delta method."""
    first, last = float(seen.x[0]), float(seen.x[-1])
    span = max(last - first, 1e-6)

    def curve(at: FloatArray, threshold: float, width: float, ceiling: float) -> FloatArray:
        steps = np.clip(STEEPNESS * (at - threshold) / width, -500.0, 500.0)
        return np.asarray(seen.chance + (ceiling - seen.chance) / (1.0 + np.exp(-steps)))

    def residuals(parameters: FloatArray) -> FloatArray:
        return curve(seen.x, *parameters) - seen.y

    best: tuple[float, FloatArray, FloatArray] | None = None
    for threshold in np.linspace(first, last + span, STARTS).tolist():
        for width in (0.5, 2.0):
            fit = optimize.least_squares(
                residuals,
                (threshold, width, 0.9),
                bounds=((first - span, 0.02, 0.0), (last + 2.0 * span, 20.0, 1.0)),
            )
            if best is None or fit.cost < best[0] - 1e-12:
                best = (float(fit.cost), np.asarray(fit.x), np.asarray(fit.jac))
    assert best is not None
    cost, found, jacobian = best
    freedom = max(seen.x.size - 3, 1)
    residual = 2.0 * cost / freedom
    covariance = residual * np.linalg.pinv(np.einsum("ij,ik->jk", jacobian, jacobian))

    def predict(x: float, noise: float) -> NormalScore:
        at = np.array([x])
        slope = np.array([(curve(at, *(found + h)) - curve(at, *(found - h)))[0] / 2e-5 for h in 1e-5 * np.eye(3)])
        drift = min(max(float(np.einsum("j,jk,k->", slope, covariance, slope)), 0.0), 1.0)
        mean = float(curve(at, *found)[0])
        return _score(seen, mean, max(residual, seen.least_variance(mean, noise)) + drift, freedom, noise)

    return predict


def last_value(seen: Visible) -> Rival:
    """The score at the largest visible scale, as uncertain as steps between neighbouring scales are large."""
    mean = float(seen.y[seen.x == seen.x[-1]].mean())
    steps = float(np.mean(np.diff(seen.y) ** 2))
    return lambda _x, noise: _score(seen, mean, steps + seen.least_variance(mean, noise), math.inf, noise)


RIVALS: Mapping[str, Callable[[Visible], Rival]] = types.MappingProxyType(
    {"log_linear": log_linear, "logistic": logistic, "last_value": last_value}
)


def _score(seen: Visible, mean: float, variance: float, freedom: float, noise: float) -> NormalScore:
    sd = math.sqrt(max(variance, 1e-12))
    return NormalScore(mean=mean, sd=sd, degrees_of_freedom=freedom, cell=seen.cell(noise))
