"""Scores over two measures of scale, such as parameters and tokens of training checkpoints.

`surface` asks along which direction of the plane the scores rise. With a the angle, the scale is

    log10 s = cos(a) log10 N + sin(a) log10 D,

and each of `ANGLES` directions from N alone (0) to D alone (90 degrees) has an evidence. With equal
prior probability, their posterior tells how many decades of D are worth one of N, tan(a)^-1, and lines of equal score
are straight in log N and log D. A surface whose two measures saturate each other is not among them.
"""

from __future__ import annotations

import dataclasses
import math
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
N_DRAWS = 500
GRAIN = 3  # decimals of a combined scale, in decades


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """Scores over two measures of scale.

    Attributes:
        kinds: of the first and of the second measure.
        angle: directions in radians, from the first measure alone to the second, shape (ANGLES,).
        probability: posterior probability of each, shape (ANGLES,).
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

    def summary(self) -> str:
        """A sentence or two a person can quote."""
        first, second = (SCALE_UNITS[kind] for kind in self.kinds)
        low, high = np.degrees(self.angle[_quantiles(self.probability, (0.05, 0.95))])
        middle = math.degrees(float(self.angle[int(np.argmax(self.probability))]))
        words = f"Scores rise most probably {_direction(middle, first, second)}"
        if low != high:
            words += f"; with probability .9 between {low:.0f} and {high:.0f} degrees from {first} towards {second}"
        return f"{words}. Along it: {self.best.verdict.value.replace('_', ' ')}. {self.best.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "kinds": list(self.kinds),
            "units": [SCALE_UNITS[kind] for kind in self.kinds],
            "angle_degrees": np.degrees(self.angle).tolist(),
            "probability": self.probability.tolist(),
            "share_of_second": self.share_of_second,
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
    angle = np.linspace(0.0, 0.5 * math.pi, ANGLES)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    middle = x.mean(axis=1, keepdims=True)  # scales of mixed directions stay within floats
    # Rounded: floats that differ in their last digits are one scale, not the smallest gap between two.
    combined = np.round(np.einsum("ai,ij->aj", direction, x - middle), GRAIN)
    along = [series.replace(scale=10.0**row, scale_kind="scale") for row in combined]
    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    posteriors = [weigh(one, chosen, 0).posterior for one in along]
    logs = np.array([float(np.logaddexp.reduce(found.log_weight)) for found in posteriors])
    probability = np.exp(logs - logs.max())
    probability /= probability.sum()
    axes = [np.linspace(row.min(), row.max(), grid) for row in x]
    drawn = [
        _draws(found, row, axes, middle[:, 0], round(N_DRAWS * share), first=float(place.min()))
        for found, row, share, place in zip(posteriors, direction, probability, combined, strict=True)
    ]
    low, median, high = np.quantile(np.concatenate(drawn), (0.05, 0.5, 0.95), axis=0)
    signs = [-1.0 if name == "loss" else 1.0 for name in (series.scale_kind, kind)]
    return Surface(
        kinds=(series.scale_kind, kind),
        angle=angle,
        probability=probability,
        best=analyze(along[int(np.argmax(probability))], settings=chosen),
        first=10.0 ** (signs[0] * axes[0]),
        second=10.0 ** (signs[1] * axes[1]),
        median=median,
        low=low,
        high=high,
    )


def _quantiles(probability: FloatArray, levels: tuple[float, float]) -> list[int]:
    """Indices at which the cumulative probability reaches each level."""
    cumulative = np.cumsum(probability)
    return [min(int(np.searchsorted(cumulative, level)), probability.size - 1) for level in levels]


def _direction(degrees: float, first: str, second: str) -> str:
    """An angle in words."""
    if degrees < 1.0:
        return f"with {first} alone"
    if degrees > 89.0:
        return f"with {second} alone"
    worth = 1.0 / math.tan(math.radians(degrees))
    return f"with both: a decade of {first} is worth {worth:.2g} of {second}"


def _draws(
    found: Posterior, direction: FloatArray, axes: list[FloatArray], middle: FloatArray, n: int, *, first: float
) -> FloatArray:
    """Curves of one direction over the grid, shape (n, len(axes[0]), len(axes[1])), in the metric's unit."""
    combined = direction[0] * (axes[0] - middle[0])[:, None] + direction[1] * (axes[1] - middle[1])[None, :]
    data = found.problem.observations
    position = (combined.ravel() - first) / data.range_decades
    if n == 0:
        return np.empty((0, *combined.shape))
    rows = systematic_rows(found.weight, n)
    value = np.clip(curve_values(found, rows, position), 0.0, 1.0)
    return data.to_score(value).reshape(n, *combined.shape)
