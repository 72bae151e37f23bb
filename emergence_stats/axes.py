"""Several measures of scale at once: the verdict on each, which of them orders the scores best, and planes of two.

`compare_axes` analyses the same scores against parameters, training FLOP, tokens, loss. Which axis orders them best is
told by how well the scores at each scale are predicted from those at all others (exact leave-one-scale-out log
predictive density): the scores are the same on every axis, so the sums can be compared. Where points share a scale on
one axis they are left out together there, which makes that axis's task harder. Kendall's tau stands beside it.

`surface` takes two measures, such as parameters and tokens of training checkpoints, and asks along which direction the
scores rise. With a the angle, the scale is

    log10 s = cos(a) log10 N + sin(a) log10 D,

and each of `ANGLES` directions from N alone (0) to D alone (90 degrees) is an analysis with an evidence. With equal
prior probability, their posterior tells how many decades of D are worth one of N, tan(a)^-1, and lines of equal score
are straight in log N and log D. A surface whose two measures saturate each other is not among them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.arguments import instance
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.frequentist.trend import kendall
from emergence_stats.posterior import systematic_rows
from emergence_stats.series import SCALE_UNITS, FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import curve_values

ANGLES = 13
N_DRAWS = 500
DISTINCT = 3.0  # nats of leave-one-out density: axes that differ by less are not told apart


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxesComparison:
    """The same scores on several axes.

    Attributes:
        analyses: kind of scale to its analysis.
        elpd: leave-one-out log predictive density of all points, nats.
        tau: Kendall's tau between scale and score.
        best: the axis with the highest `elpd`.
        settled: whether it leads every other by more than `DISTINCT` nats.
        reason: one sentence.
        problems: axes that could not be analysed, and why.
    """

    analyses: Mapping[str, Analysis]
    elpd: Mapping[str, float]
    tau: Mapping[str, float]
    best: str
    settled: bool
    reason: str
    problems: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Verdict, threshold and order of every axis."""
        return {
            "best": self.best,
            "settled": self.settled,
            "reason": self.reason,
            "problems": dict(self.problems),
            "axes": {
                name: {
                    "verdict": analysis.verdict.value,
                    "p_emergent": analysis.p_emergent,
                    "threshold": analysis.threshold.to_dict(),
                    "elpd_loo": self.elpd[name],
                    "kendall_tau": self.tau[name],
                }
                for name, analysis in self.analyses.items()
            },
        }


def compare_axes(
    series: Series, scales: Mapping[str, npt.ArrayLike], *, settings: Settings | None = None
) -> AxesComparison:
    """Analyse the same scores on several axes.

    Args:
        series: the scores, on one axis; its points in the order in which the series keeps them (ascending scale).
        scales: kind of scale (params, train_flops, tokens, loss, scale) to the scale of each of those points; the
            series' own axis need not be repeated.
        settings: priors and limits; the defaults if None.

    Raises:
        InputError: an argument is of the wrong class, or there is no second axis.
        SeriesError: an axis has another number of points, or none can be analysed.
    """
    series = instance("series", series, Series)
    axes: dict[str, FloatArray] = {series.scale_kind: series.scale}
    for name, values in scales.items():
        if name not in SCALE_UNITS:
            msg = f"scales: expected kinds of scale among {', '.join(SCALE_UNITS)}, got {name!r}"
            raise InputError(msg)
        axes[name] = np.asarray(values, dtype=np.float64)
        if axes[name].shape != series.scale.shape:
            msg = f"{name}: expected {series.n_points} values, one per point, got shape {axes[name].shape}"
            raise SeriesError(msg)
    if len(axes) < 2:
        msg = f"scales: expected a further axis beside {series.scale_kind}, got none"
        raise InputError(msg)
    analyses: dict[str, Analysis] = {}
    problems: dict[str, str] = {}
    each: dict[str, float] = {}
    tau: dict[str, float] = {}
    for name, values in axes.items():
        try:
            analyses[name] = found = analyze(_on_axis(series, name, values), settings=settings)
        except SeriesError as error:
            problems[name] = str(error)
            continue
        each[name] = found.influence.elpd_loo
        tau[name] = kendall(found.series.log10_scale, found.posterior.problem.observations.score)[0] or 0.0
    if not analyses:
        raise SeriesError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    order = sorted(analyses, key=lambda name: -each[name])
    lead = math.inf if len(order) < 2 else each[order[0]] - each[order[1]]
    settled = lead > DISTINCT
    reason = f"{order[0]} predicts scores left out best"
    if len(order) > 1:
        reason += f", by {lead:.1f} nats over {order[1]}"
        reason += "." if settled else f": too little to prefer it (less than {DISTINCT:g} nats)."
    else:
        reason += ": the only axis that could be analysed."
    return AxesComparison(
        analyses=analyses, elpd=each, tau=tau, best=order[0], settled=settled, reason=reason, problems=problems
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """Scores over two measures of scale.

    Attributes:
        kinds: of the first and of the second measure.
        angle: directions in radians, from the first measure alone to the second, shape (ANGLES,).
        probability: posterior probability of each, shape (ANGLES,).
        analyses: of each direction.
        first: grid of the first measure, shape (n,).
        second: grid of the second, shape (m,).
        median: the averaged score on the grid, shape (n, m), metric's unit.
        low: its 5 % quantile.
        high: its 95 % quantile.
    """

    kinds: tuple[str, str]
    angle: FloatArray
    probability: FloatArray
    analyses: tuple[Analysis, ...]
    first: FloatArray
    second: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def best(self) -> Analysis:
        """The analysis along the most probable direction; its scale is the combined one."""
        return self.analyses[int(np.argmax(self.probability))]

    @property
    def share_of_second(self) -> float:
        """Posterior mean of sin^2(a): 0 where the first measure alone counts, 1 where the second does."""
        return float((self.probability * np.sin(self.angle) ** 2).sum())


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
    analyses = tuple(
        analyze(_on_axis(series, "scale", 10.0 ** np.einsum("i,ij->j", row, x - middle)), settings=settings)
        for row in direction
    )
    logs = np.array([float(np.logaddexp.reduce(found.posterior.log_weight)) for found in analyses])
    probability = np.exp(logs - logs.max())
    probability /= probability.sum()
    axes = [np.linspace(row.min(), row.max(), grid) for row in x]
    drawn = [
        _draws(found, row, axes, middle[:, 0], round(N_DRAWS * share))
        for found, row, share in zip(analyses, direction, probability, strict=True)
    ]
    low, median, high = np.quantile(np.concatenate(drawn), (0.05, 0.5, 0.95), axis=0)
    signs = [-1.0 if name == "loss" else 1.0 for name in (series.scale_kind, kind)]
    return Surface(
        kinds=(series.scale_kind, kind),
        angle=angle,
        probability=probability,
        analyses=analyses,
        first=10.0 ** (signs[0] * axes[0]),
        second=10.0 ** (signs[1] * axes[1]),
        median=median,
        low=low,
        high=high,
    )


def _on_axis(series: Series, kind: str, values: FloatArray) -> Series:
    """The same points on another axis."""
    return series.replace(scale=values, scale_kind=kind)


def _draws(found: Analysis, direction: FloatArray, axes: list[FloatArray], middle: FloatArray, n: int) -> FloatArray:
    """Curves of one direction over the grid, shape (n, len(axes[0]), len(axes[1])), in the metric's unit."""
    combined = direction[0] * (axes[0] - middle[0])[:, None] + direction[1] * (axes[1] - middle[1])[None, :]
    data = found.posterior.problem.observations
    position = (combined.ravel() - found.series.log10_scale[0]) / data.range_decades
    if n == 0:
        return np.empty((0, *combined.shape))
    rows = systematic_rows(found.posterior.weight, n)
    value = np.clip(curve_values(found.posterior, rows, position), 0.0, 1.0)
    return data.to_score(value).reshape(n, *combined.shape)
