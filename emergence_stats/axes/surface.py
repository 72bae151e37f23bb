"""Scores over two measures of scale, such as parameters and tokens of training checkpoints.

`surface` asks along which direction of the plane the scores rise. With a the angle, the scale is

    log10 s = cos(a) log10 N + sin(a) log10 D,

and directions from N alone (0) to D alone (90 degrees), all equally probable before the data, have evidences: first
`ANGLES` evenly spaced ones, then ones halfway between those that hold much of the posterior, until none holds more
than `LARGEST_SHARE`. A direction stands for all that are nearest to it. Their posterior tells how many decades of D
are worth one of N, tan(a)^-1, and lines of equal score are straight in log N and log D. A surface whose two measures
saturate each other is not among them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.arguments import instance
from emergence_stats.errors import SeriesError
from emergence_stats.posterior import Posterior, systematic_rows
from emergence_stats.series import SCALE_UNITS, FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import curve_values
from emergence_stats.weighing import weigh

ANGLES = 13
LARGEST_SHARE, WORTH_A_LOOK = 0.15, 0.02  # of the posterior: a direction with more is refined, and those beside it
ROUNDS = 7  # of refining: steps of 7.5 degrees become steps of .06
NEARLY = 1.0  # degrees from an axis that count as the axis
N_DRAWS = 500
GRAIN = 3  # decimals of a combined scale, in decades


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """Scores over two measures of scale.

    Attributes:
        kinds: of the first and of the second measure.
        angle: directions in radians, from the first measure alone to the second, shape (n_angles,).
        probability: posterior probability that each is the nearest to the true one, shape (n_angles,).
        best: the analysis along the most probable direction; its scale is the combined one.
        first: grid of the first measure, shape (n,).
        second: grid of the second, shape (m,).
        median: the averaged score on the grid, shape (n, m), metric's unit.
        low: its 5 % quantile.
        high: its 95 % quantile.
    """

    kinds: tuple[str, str]
    angle: FloatArray
    probability: FloatArray
    best: Analysis
    first: FloatArray
    second: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def share_of_second(self) -> float:
        """Posterior mean of sin^2(a): 0 where the first measure alone counts, 1 where the second does."""
        return float((self.probability * np.sin(self.angle) ** 2).sum())

    def angle_quantiles(self, *levels: float) -> tuple[float, ...]:
        """Posterior quantiles of the angle in radians; what is nearest to a direction is spread evenly around it."""
        edge = np.concatenate([self.angle[:1], 0.5 * (self.angle[1:] + self.angle[:-1]), self.angle[-1:]])
        reached = np.concatenate([[0.0], np.cumsum(self.probability)])
        return tuple(float(np.interp(level, reached / reached[-1], edge)) for level in levels)

    def worth(self) -> tuple[float, float, float]:
        """Decades of the second measure that one of the first is worth: 5, 50 and 95 % quantiles; may be infinite."""
        high, middle, low = (math.inf if a <= 0.0 else 1.0 / math.tan(a) for a in self.angle_quantiles(0.05, 0.5, 0.95))
        return low, middle, high

    def summary(self) -> str:
        """A sentence or two a person can quote."""
        first, second = (SCALE_UNITS[kind] for kind in self.kinds)
        near, far = (math.degrees(a) for a in self.angle_quantiles(0.05, 0.95))
        low, middle, high = self.worth()
        if near < NEARLY:
            words = (
                f"Scores rise with {first} alone or nearly so: a decade of it is worth {low:.2g} or more of {second}"
            )
            words += " with probability .95"
        elif far > 90.0 - NEARLY:
            words = (
                f"Scores rise with {second} alone or nearly so: a decade of {first} is worth {high:.2g} or less of it"
            )
            words += " with probability .95"
        else:
            words = f"Scores rise with both: a decade of {first} is worth {middle:.3g} decades of {second}"
            words += f", with probability .9 from {low:.3g} to {high:.3g}"
        return f"{words}. Along it: {self.best.verdict.value.replace('_', ' ')}. {self.best.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "kinds": list(self.kinds),
            "units": [SCALE_UNITS[kind] for kind in self.kinds],
            "angle_degrees": np.degrees(self.angle).tolist(),
            "probability": self.probability.tolist(),
            "share_of_second": self.share_of_second,
            "worth": {
                name: value if math.isfinite(value) else None
                for name, value in zip(("low", "median", "high"), self.worth(), strict=True)
            },
            "verdict": self.best.verdict.value,
            "p_emergent": self.best.p_emergent,
            "first": self.first.tolist(),
            "second": self.second.tolist(),
            "median": self.median.tolist(),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "summary": self.summary(),
        }


def surface(
    series: Series, second: npt.ArrayLike, *, kind: str = "tokens", grid: int = 24, settings: Settings | None = None
) -> Surface:
    """Scores over the series' own scale and a second one.

    Args:
        series: the scores over the first measure.
        second: the second measure of each of its points, in the order in which the series keeps them.
        kind: what the second measure is.
        grid: points of the returned surface along each measure.
        settings: priors and limits; the defaults if None.

    Raises:
        SeriesError: the second measure has another number of points, is not positive, or one of them does not vary.
    """
    series = instance("series", series, Series)
    values = np.asarray(second, dtype=np.float64)
    if values.shape != series.scale.shape or not np.all(np.isfinite(values) & (values > 0.0)):
        msg = f"{kind}: expected {series.n_points} positive values, one per point"
        raise SeriesError(msg)
    x = np.stack([series.log10_scale, -np.log10(values) if kind == "loss" else np.log10(values)])
    for name, row in zip((series.scale_kind, kind), x, strict=True):
        if np.ptp(row) == 0.0:
            msg = f"{name}: expected values that vary over the points, got one"
            raise SeriesError(msg)
    middle = x.mean(axis=1, keepdims=True)  # scales of mixed directions stay within floats
    chosen = Settings() if settings is None else instance("settings", settings, Settings)

    def along(angle: float) -> Series:
        # Rounded: floats that differ in their last digits are one scale, not the smallest gap between two.
        combined = np.round(math.cos(angle) * (x - middle)[0] + math.sin(angle) * (x - middle)[1], GRAIN)
        return series.replace(scale=10.0**combined, scale_kind="scale")

    angle, probability, posteriors, best = _weighed(lambda angle: weigh(along(angle), chosen, 0).posterior)
    axes = [np.linspace(row.min(), row.max(), grid) for row in x]
    drawn = [
        _draws(found, at, axes, middle[:, 0], round(N_DRAWS * share), first=float(along(at).log10_scale[0]))
        for found, at, share in zip(posteriors, angle.tolist(), probability, strict=True)
    ]
    low, median, high = np.quantile(np.concatenate(drawn), (0.05, 0.5, 0.95), axis=0)
    signs = [-1.0 if name == "loss" else 1.0 for name in (series.scale_kind, kind)]
    return Surface(
        kinds=(series.scale_kind, kind),
        angle=angle,
        probability=probability,
        best=analyze(along(best), settings=chosen),
        first=10.0 ** (signs[0] * axes[0]),
        second=10.0 ** (signs[1] * axes[1]),
        median=median,
        low=low,
        high=high,
    )


def _weighed(weighed: Callable[[float], Posterior]) -> tuple[FloatArray, FloatArray, list[Posterior], float]:
    """Directions that are close together where the posterior is.

    Args:
        weighed: the posterior of the curves along an angle.

    Returns:
        angles, ascending; the probability of what is nearest to each; their posteriors; the angle of largest evidence.
    """
    found = {angle: weighed(angle) for angle in np.linspace(0.0, 0.5 * math.pi, ANGLES).tolist()}
    for refined in range(ROUNDS + 1):
        angle = np.array(sorted(found))
        logs = np.array([float(np.logaddexp.reduce(found[at].log_weight)) for at in angle.tolist()])
        edge = np.concatenate([angle[:1], 0.5 * (angle[1:] + angle[:-1]), angle[-1:]])
        probability = np.exp(logs - logs.max()) * np.diff(edge)
        probability /= probability.sum()
        if refined == ROUNDS or probability.max() <= LARGEST_SHARE:
            break
        step, share = np.diff(angle), np.maximum(probability[1:], probability[:-1])
        # Wide gaps beside narrow ones are closed as far as they hold anything, so that no cell is lopsided.
        wanted = (share > LARGEST_SHARE) | ((share > WORTH_A_LOOK) & (step > 1.5 * step.min()))
        found |= {at: weighed(at) for at in (angle[:-1] + 0.5 * step)[wanted].tolist()}
    return angle, probability, [found[at] for at in angle.tolist()], float(angle[int(np.argmax(logs))])


def _draws(
    found: Posterior, angle: float, axes: list[FloatArray], middle: FloatArray, n: int, *, first: float
) -> FloatArray:
    """Curves of one direction over the grid, shape (n, len(axes[0]), len(axes[1])), in the metric's unit."""
    combined = math.cos(angle) * (axes[0] - middle[0])[:, None] + math.sin(angle) * (axes[1] - middle[1])[None, :]
    data = found.problem.observations
    position = (combined.ravel() - first) / data.range_decades
    if n == 0:
        return np.empty((0, *combined.shape))
    rows = systematic_rows(found.weight, n)
    value = np.clip(curve_values(found, rows, position), 0.0, 1.0)
    return data.to_score(value).reshape(n, *combined.shape)
