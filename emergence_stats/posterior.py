"""The joint posterior over curves and their parameters, as weighted draws.

The nodes of all curves are laid side by side with their model-averaged weights. Every later stage (conditions,
threshold, other priors, left-out scales, forecasts) is a sum over these rows.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.evidence.quadrature import CurveEvidence, Problem
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.gompertz import ONSET_OFFSET
from emergence_stats.models.curves.spec import Explanation, Levels
from emergence_stats.series import FloatArray

CURVE_NAMES = tuple(CURVES)
EXPLANATIONS = tuple(Explanation)
CURVE_EXPLANATION = np.array([EXPLANATIONS.index(curve.explanation) for curve in CURVES.values()])
HAS_THRESHOLD = np.array([curve.levels is Levels.GUESS_CEILING for curve in CURVES.values()])
STARTS_AT_CHANCE = np.array([curve.levels in (Levels.GUESS, Levels.GUESS_CEILING) for curve in CURVES.values()])
ONSET_OFFSETS = np.array([ONSET_OFFSET if curve.form == shapes.GOMPERTZ else 0.5 for curve in CURVES.values()])
NEGLIGIBLE = 1e-7  # rows below this share of their curve's evidence are dropped


@dataclasses.dataclass(frozen=True, kw_only=True)
class Posterior:
    """Weighted draws over all curves; rows are (curve, node, dispersion node), n_rows of them.

    Attributes:
        problem: what was observed, and the settings.
        curve: index into `CURVES`, shape (n_rows,).
        log_weight: log of prior mass of the curve times the node's weight, shape (n_rows,); its log-sum-exp is the log
            evidence of the whole model.
        threshold: midpoint in observed ranges from the smallest scale, shape (n_rows,).
        width: 10-90 % width in observed ranges, shape (n_rows,).
        levels: (amplitude_1, amplitude_2, base), shape (n_rows, 3).
        dispersion: index of the dispersion node, shape (n_rows,).
        pointwise: log likelihood of each point, shape (n_rows, n_points).
        values: the curve at each point, shape (n_rows, n_points).
    """

    problem: Problem
    curve: npt.NDArray[np.intp]
    log_weight: FloatArray
    threshold: FloatArray
    width: FloatArray
    levels: FloatArray
    dispersion: npt.NDArray[np.intp]
    pointwise: FloatArray
    values: FloatArray

    @functools.cached_property
    def weight(self) -> FloatArray:
        """Posterior probability of each row, shape (n_rows,)."""
        return normalise(self.log_weight)

    @functools.cached_property
    def log_width(self) -> FloatArray:
        """Log of the width of each row, 0 where it is 0 or infinite, shape (n_rows,); many other priors need it."""
        return np.log(np.where(np.isfinite(self.width) & (self.width > 0.0), self.width, 1.0))

    @functools.cached_property
    def log_lapse_shares(self) -> tuple[FloatArray, FloatArray]:
        """Logs of the share of the room above the base that the rise takes, and of what it lacks; of each row."""
        gained = np.clip(self.levels[:, 0] / (1.0 - self.levels[:, 2]), 1e-12, 1.0)
        return np.log(gained), np.log(np.maximum(1.0 - gained, 1e-12))

    def take(self, rows: npt.NDArray[np.intp]) -> Posterior:
        """The posterior of some rows only."""
        names = ("curve", "log_weight", "threshold", "width", "levels", "dispersion", "pointwise", "values")
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in names})

    def thinned(self, most: int) -> tuple[npt.NDArray[np.intp], Posterior]:
        """About so many rows that stand for all of them (see `representatives`), and where they were."""
        rows, share = representatives(self.weight, most)
        return rows, self._reweighted(rows, share)

    def thinned_curves(self, most: int) -> Posterior:
        """The same, so many rows of each curve: for other data, under which another curve may lead."""
        rows, shares = [], []
        for index in np.unique(self.curve):
            mine = np.flatnonzero(self.curve == index)
            kept, share = representatives(normalise(self.log_weight[mine]), most)
            rows.append(mine[kept])
            shares.append(share)
        return self._reweighted(np.concatenate(rows), np.concatenate(shares))

    def _reweighted(self, rows: npt.NDArray[np.intp], share: FloatArray) -> Posterior:
        """Some rows, each weighing 1 / share of what it did."""
        small = self.take(rows)
        return dataclasses.replace(small, log_weight=small.log_weight - np.log(share))

    @property
    def onset(self) -> FloatArray:
        """Where 10 % of the rise is completed, in observed ranges, shape (n_rows,)."""
        return self.threshold - ONSET_OFFSETS[self.curve] * self.width


def normalise(log_weight: FloatArray) -> FloatArray:
    """exp(log_weight), scaled to sum to 1 over the first axis."""
    weight = np.exp(log_weight - log_weight.max(axis=0))
    return np.asarray(weight / weight.sum(axis=0))


def representatives(weight: FloatArray, most: int) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """About `most` rows that stand for all, and the probability with which each was taken.

    Rows are taken with probabilities that grow with the root of their weight (systematically, at the same places on
    every call), and are to weigh as much more as they were improbable: sums over rows keep their expectation, and light
    rows, which another prior or other data may raise, stay represented.
    """
    if weight.size <= most:
        return np.arange(weight.size), np.ones(weight.size)
    root = np.sqrt(weight)
    share = np.minimum(root * (most / root.sum()), 1.0)
    passed = np.floor(np.cumsum(share) + 0.5)
    rows = np.flatnonzero(np.diff(passed, prepend=0.0) > 0.0)
    return rows, share[rows]


@functools.lru_cache(maxsize=64)
def log_curve_priors(masses: tuple[float, ...]) -> FloatArray:
    """Log prior mass of every curve: equal mass per explanation as set, then equal per curve inside it."""
    shares = np.array(masses) / sum(masses)
    members = np.bincount(CURVE_EXPLANATION, minlength=len(EXPLANATIONS))
    logs = np.asarray(np.log(np.maximum(shares / members, 1e-300))[CURVE_EXPLANATION])
    logs.setflags(write=False)
    return logs


def join(
    evidences: Mapping[str, CurveEvidence],
    problem: Problem,
    *,
    names: Iterable[str] = CURVE_NAMES,
    points: npt.NDArray[np.intp] | None = None,
) -> Posterior:
    """Lay the nodes of curves side by side.

    Args:
        evidences: nodes of each curve.
        problem: what they were computed for.
        names: the curves wanted; all by default.
        points: the points that the evidences counted, if not all: the others' likelihoods are set to 0.
    """
    priors, asked = log_curve_priors(problem.settings.prior.explanation_masses), frozenset(names)
    wanted = [(index, name) for index, name in enumerate(CURVE_NAMES) if name in asked]
    found = [evidences[name] for _, name in wanted]
    log_weight = np.concatenate([each.log_weight for each in found])
    sizes = [each.log_weight.size for each in found]
    own = np.repeat([each.log_evidence for each in found], sizes)
    kept = np.flatnonzero(log_weight > own + math.log(NEGLIGIBLE))
    curve = np.repeat([index for index, _ in wanted], sizes)[kept]
    # Columns of one contiguous array each: every later stage runs over rows.
    threshold, width, levels, dispersion, pointwise = (
        np.concatenate([getattr(each, column).T for each in found], axis=-1).take(kept, axis=-1).T
        for column in ("threshold", "width", "levels", "dispersion", "pointwise")
    )
    values = np.empty((problem.observations.position.size, kept.size)).T
    ends = np.searchsorted(curve, [index for index, _ in wanted], side="right").tolist()
    for (_, name), start, end in zip(wanted, [0, *ends], ends, strict=False):
        mine, spec = slice(start, end), CURVES[name]
        values[mine] = shapes.values(
            spec.form,
            spec.sign,
            problem.observations.position,
            threshold[mine],
            width[mine],
            levels[mine, :2],
            levels[mine, 2],
        )
    if points is not None:
        left_out = np.ones(pointwise.shape[1], dtype=bool)
        left_out[points] = False
        pointwise = np.where(left_out, 0.0, pointwise)
    return Posterior(
        problem=problem,
        curve=curve,
        log_weight=log_weight[kept] + priors[curve],
        threshold=threshold,
        width=width,
        levels=levels,
        dispersion=dispersion.astype(np.intp),
        pointwise=pointwise,
        values=values,
    )


def systematic_rows(weight: FloatArray, n: int) -> npt.NDArray[np.intp]:
    """n row indices in proportion to weight, without randomness (systematic resampling at the centres)."""
    aims = (np.arange(n) + 0.5) / n
    return np.minimum(np.searchsorted(np.cumsum(weight), aims), weight.size - 1)


def weighted_quantiles(values: FloatArray, weight: FloatArray, levels: tuple[float, ...]) -> list[float]:
    """Quantiles of a weighted sample."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order])
    at = np.searchsorted(cumulative, np.array(levels) * cumulative[-1])
    return [float(values[order[min(i, values.size - 1)]]) for i in at]
