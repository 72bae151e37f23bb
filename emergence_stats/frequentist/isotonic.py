"""The best monotone curve of any shape, by scikit-learn: what no family of curves was asked for.

For binomial counts and for normal scores, weighted isotonic regression of the scores is the maximum likelihood
estimate among all curves that never fall (Robertson, Wright & Dykstra 1988, Order Restricted Statistical Inference).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from emergence_stats.frequentist.scores import Scores
from emergence_stats.series import FloatArray

APART = 2.0  # replicates are put on levels so far apart that no block of one joins a block of the next
ROUNDING = 1e-9  # relative difference of two deviances that is no difference


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic:
    """Monotone fit against a constant and against the points themselves.

    Attributes:
        fitted: oriented scores of the fit at each point.
        gain: likelihood ratio, 2 ln(L_isotonic / L_constant); with unknown noise m ln(RSS_constant / RSS_isotonic).
        p_rise: share of test sets drawn from a constant that gain as much (with 1 added to both counts).
        departure: deviance of the isotonic fit, 2 ln(L_points / L_isotonic); None with unknown noise.
        p_departure: share of the same test sets that depart as much: a small one says that the score falls somewhere.
            A constant departs most readily of all curves that never fall, so that this is an upper bound.
        explained_by_line: share of `gain`, in deviance, that the logistic line of `glm` reaches; None without a line
            or without a gain.
    """

    fitted: tuple[float, ...]
    gain: float
    p_rise: float
    departure: float | None
    p_departure: float | None
    explained_by_line: float | None


def isotonic(scores: Scores, line: FloatArray | None, constant_draws: FloatArray) -> Isotonic | None:
    """Fit, and compare with what test sets drawn from a constant give.

    Args:
        scores: the series.
        line: means of a straight line's fit, shape (n_points,), or None.
        constant_draws: scores drawn from the pooled mean, shape (replicates, n_points).

    Returns:
        None where every score is the same, since nothing then tells the noise.
    """
    if scores.is_constant:
        return None
    ours = scores.score[None, :]
    fitted, gain, departure = _fit(scores, ours)
    _, drawn_gain, drawn_departure = _fit(scores, constant_draws)
    known = scores.noise != "unknown"
    explained = None
    if line is not None:
        constant = float(scores.deviance(np.full_like(line, scores.pooled)))
        reach = constant - float(departure[0])
        if reach > ROUNDING * constant:
            explained = round((constant - float(scores.deviance(line))) / reach, 6)
    return Isotonic(
        fitted=tuple(fitted[0].tolist()),
        gain=float(gain[0]),
        p_rise=_share(drawn_gain, float(gain[0])),
        departure=float(departure[0]) if known else None,
        p_departure=_share(drawn_departure, float(departure[0])) if known else None,
        explained_by_line=explained,
    )


def _fit(scores: Scores, drawn: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Fitted scores, gain over a constant, and deviance, for each row; one call for all of them.

    Points at one scale share one fitted value.
    """
    from sklearn.isotonic import isotonic_regression

    scale, place = np.unique(scores.position, return_inverse=True)
    first = np.searchsorted(place, np.arange(scale.size))  # points are in order of scale
    weight = np.add.reduceat(scores.weight, first)
    sums = np.add.reduceat(scores.weight * drawn, first, axis=1)
    level = APART * np.ptp([*drawn.ravel(), 0.0, 1.0]) * np.arange(drawn.shape[0])[:, None]
    flat = isotonic_regression((sums / weight + level).ravel(), sample_weight=np.tile(weight, drawn.shape[0]))
    fitted = np.asarray(flat).reshape(sums.shape)[:, place] - level
    if scores.noise == "binomial":
        fitted = np.clip(fitted, 0.0, 1.0)
    pooled = np.sum(scores.weight * drawn, axis=1, keepdims=True) / np.sum(scores.weight)
    constant = scores.deviance(np.broadcast_to(pooled, drawn.shape), drawn)
    departure = scores.deviance(fitted, drawn)
    if scores.noise == "unknown":
        tiny = ROUNDING * np.maximum(constant, np.finfo(np.float64).tiny)
        return fitted, drawn.shape[1] * np.log(np.maximum(constant, tiny) / np.maximum(departure, tiny)), departure
    return fitted, constant - departure, departure


def _share(drawn: FloatArray, ours: float) -> float:
    """Monte Carlo p-value, (1 + #{drawn >= ours}) / (1 + #drawn)."""
    slack = ROUNDING * max(1.0, math.fabs(ours))
    return float((1 + np.count_nonzero(drawn >= ours - slack)) / (1 + drawn.size))
