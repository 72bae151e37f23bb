"""What does each scale contribute? Exact leave-one-scale-out, from the nodes of the full analysis.

Without the points at one scale the weight of a row is divided by their likelihood; where that leaves too few effective
rows for a curve that could matter, the curve is integrated again without those points.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.conditions import Indicators, indicators
from emergence_stats.evidence.quadrature import curve_evidence
from emergence_stats.numerics import exp_of_negative
from emergence_stats.posterior import CURVE_NAMES, Posterior, join, log_curve_priors, normalise
from emergence_stats.series import FloatArray

FEW_ROWS = 15.0  # effective rows below which a curve is integrated again
SLACK = 3.0
AGAIN_ROUNDS = 4
MATTERS = 0.02  # posterior probability, with or without the scale, from which a curve matters


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScaleInfluence:
    """The series without one scale.

    Attributes:
        scale: the scale left out.
        p_emergent_without: probability of an in-range sharp rise from chance without it.
        log_predictive: log probability of its points given all others, in nats.
    """

    scale: float
    p_emergent_without: float
    log_predictive: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """Every scale's influence, the scale that moves p_emergent most, and the sum of log predictives (elpd)."""

    most_influential_scale: float | None
    elpd_loo: float
    points: tuple[ScaleInfluence, ...]


@compiled
def leave_out(
    log_weight: FloatArray,
    pointwise: FloatArray,
    group: FloatArray,
    n_groups: int,
    curve: FloatArray,
    n_curves: int,
    indicator: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """For each curve and each group of points left out, all of shape (n_curves, n_groups).

    Args:
        log_weight: shape (n_rows,).
        pointwise: log likelihood of each point, shape (n_rows, n_points).
        group: which group each point belongs to, shape (n_points,).
        n_groups: number of groups.
        curve: index of each row's curve, shape (n_rows,), ascending.
        n_curves: number of curves.
        indicator: 0 or 1, shape (n_rows,).

    Returns:
        log of the summed weights without the group; share of them for which the indicator is 1; effective number of
        rows (infinite for curves without rows).
    """
    without = np.empty((log_weight.size, n_groups))
    most = np.full((n_curves, n_groups), -np.inf)
    for row in range(log_weight.size):
        c = int(curve[row])
        for g in range(n_groups):
            without[row, g] = log_weight[row]
        for i in range(group.size):
            without[row, int(group[i])] -= pointwise[row, i]
        for g in range(n_groups):
            most[c, g] = max(most[c, g], without[row, g])
    total, squares, hits = (
        np.zeros((n_curves, n_groups)),
        np.zeros((n_curves, n_groups)),
        np.zeros((n_curves, n_groups)),
    )
    for row in range(log_weight.size):
        c = int(curve[row])
        for g in range(n_groups):
            weight = exp_of_negative(without[row, g] - most[c, g])
            total[c, g] += weight
            squares[c, g] += weight * weight
            hits[c, g] += weight * indicator[row]
    log_total = np.full((n_curves, n_groups), -np.inf)
    effective = np.full((n_curves, n_groups), np.inf)
    for c in range(n_curves):
        for g in range(n_groups):
            if total[c, g] > 0.0:
                log_total[c, g] = most[c, g] + np.log(total[c, g])
                hits[c, g] /= total[c, g]
                effective[c, g] = total[c, g] * total[c, g] / squares[c, g]
    return log_total, hits, effective


def influence(posterior: Posterior, indicator: Indicators, scales: FloatArray, p_emergent: float) -> Influence:
    """Leave out each distinct scale in turn."""
    distinct, group = np.unique(scales, return_inverse=True)
    if distinct.size < 2:
        return Influence(most_influential_scale=None, elpd_loo=0.0, points=())
    belongs = (group[:, None] == np.arange(distinct.size)).astype(np.float64)
    total = float(_log_sum(posterior.log_weight))
    log_curve, share_emergent, effective = leave_out(
        posterior.log_weight,
        posterior.pointwise,
        group.astype(np.float64),
        distinct.size,
        posterior.curve.astype(np.float64),
        len(CURVE_NAMES),
        np.ascontiguousarray(indicator.table[:, Indicators.NAMES.index("emergent")]),
    )
    _integrate_again(posterior, belongs, log_curve, share_emergent, effective)
    share = normalise(log_curve)
    p_without = (share * share_emergent).sum(axis=0)
    log_predictive = total - _log_sum(log_curve)
    move = np.abs(p_without - p_emergent)
    return Influence(
        most_influential_scale=float(distinct[int(np.argmax(move))]),
        elpd_loo=float(log_predictive.sum()),
        points=tuple(
            ScaleInfluence(scale=scale, p_emergent_without=min(p, 1.0), log_predictive=log)
            for scale, p, log in zip(distinct.tolist(), p_without.tolist(), log_predictive.tolist(), strict=True)
        ),
    )


def _log_sum(values: FloatArray) -> FloatArray:
    """Log-sum-exp over the first axis."""
    most = values.max(axis=0)
    return np.asarray(most + np.log(np.exp(values - most).sum(axis=0)))


def _integrate_again(
    posterior: Posterior,
    belongs: FloatArray,
    log_curve: FloatArray,
    share_emergent: FloatArray,
    effective: FloatArray,
) -> None:
    """Replace what rests on too few rows, in place, for every curve that could matter without the scale.

    Few rows make an evidence too low rather than too high, so a curve could matter from `SLACK` nats below.
    """
    problem = posterior.problem
    priors = log_curve_priors(problem.settings.prior.explanation_masses)
    tolerance = 3.0 * problem.settings.evidence.tolerance
    for column in range(log_curve.shape[1]):
        few = effective[:, column] < FEW_ROWS
        matters = log_curve[:, column] > log_curve[:, column].max() + np.log(MATTERS) - SLACK
        for index in np.flatnonzero(few & matters):
            name = CURVE_NAMES[index]
            again = curve_evidence(
                name, problem, used=1.0 - belongs[:, column], tolerance=tolerance, rounds=AGAIN_ROUNDS
            )
            log_curve[index, column] = again.log_evidence + priors[index]
            alone = join({name: again}, problem, names=(name,))
            emergent = indicators(alone).table[:, Indicators.NAMES.index("emergent")]
            share_emergent[index, column] = float(np.sum(emergent * alone.weight))
