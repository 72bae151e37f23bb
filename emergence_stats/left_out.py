"""The evidence of every curve without each scale in turn, from the nodes of the full analysis.

Without the points at one scale the weight of a row is divided by their likelihood; where that leaves too few effective
rows for a curve that could matter, the curve is integrated again without those points.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import numpy.typing as npt

from emergence_stats.compiled import compiled
from emergence_stats.conditions import Indicators, indicators
from emergence_stats.evidence.quadrature import curve_evidence
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.numerics import exp_of_negative
from emergence_stats.posterior import CURVE_NAMES, Posterior, join, log_curve_priors
from emergence_stats.series import FloatArray

FEW_ROWS = 15.0  # effective rows below which a curve is integrated again
SLACK = 3.0
MATTERS = 0.02  # posterior probability, with or without the scale, from which a curve matters
EMERGENT = Indicators.NAMES.index("emergent")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Every curve without the points at each scale.

    Attributes:
        scale: the distinct scales, shape (n_scales,).
        belongs: 1 where a point lies at a scale, shape (n_points, n_scales).
        log_whole: log of prior mass times evidence of each curve from all points, shape (n_curves,).
        log_curve: the same without each scale, shape (n_curves, n_scales).
        share_emergent: posterior probability of "emergent" within each curve without each scale, the same shape.
        effective: effective rows behind each number; infinite where a curve was integrated again.
    """

    scale: FloatArray
    belongs: FloatArray
    log_whole: FloatArray
    log_curve: FloatArray
    share_emergent: FloatArray
    effective: FloatArray

    def log_predictive(self, curves: npt.NDArray[np.intp]) -> FloatArray:
        """log p(points at a scale | all other points, one of these curves), in nats, shape (n_scales,)."""
        return np.asarray(log_sum(self.log_whole[curves]) - log_sum(self.log_curve[curves]))


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
    total, squares, hits, most = (
        np.zeros((n_curves, n_groups)),
        np.zeros((n_curves, n_groups)),
        np.zeros((n_curves, n_groups)),
        np.full((n_curves, n_groups), -np.inf),
    )
    without, weight = np.empty(log_weight.size), np.empty(log_weight.size)
    for g in range(n_groups):
        without[:] = log_weight
        for i in range(group.size):
            if group[i] == g:
                for row in range(log_weight.size):
                    without[row] -= pointwise[row, i]
        for row in range(log_weight.size):
            c = int(curve[row])
            most[c, g] = max(most[c, g], without[row])
        for row in range(log_weight.size):
            weight[row] = without[row] - most[int(curve[row]), g]
        for row in range(log_weight.size):
            weight[row] = exp_of_negative(weight[row])
        for row in range(log_weight.size):
            c = int(curve[row])
            total[c, g] += weight[row]
            squares[c, g] += weight[row] * weight[row]
            hits[c, g] += weight[row] * indicator[row]
    log_total = np.full((n_curves, n_groups), -np.inf)
    effective = np.full((n_curves, n_groups), np.inf)
    for c in range(n_curves):
        for g in range(n_groups):
            if total[c, g] > 0.0:
                log_total[c, g] = most[c, g] + np.log(total[c, g])
                hits[c, g] /= total[c, g]
                effective[c, g] = total[c, g] * total[c, g] / squares[c, g]
    return log_total, hits, effective


def leave_scales_out(posterior: Posterior, indicator: Indicators, scales: FloatArray) -> LeftOut:
    """Leave out each distinct scale in turn.

    Few rows make an evidence too low rather than too high, so a curve could matter from `SLACK` nats below.

    Args:
        posterior: from all points.
        indicator: of the same rows.
        scales: scale of each point, shape (n_points,).
    """
    distinct, group = np.unique(scales, return_inverse=True)
    log_curve, share_emergent, effective = leave_out(
        posterior.log_weight,
        posterior.pointwise,
        group.astype(np.float64),
        distinct.size,
        posterior.curve.astype(np.float64),
        len(CURVE_NAMES),
        np.ascontiguousarray(indicator.table[:, EMERGENT]),
    )
    starts = np.searchsorted(posterior.curve, np.arange(len(CURVE_NAMES) + 1))
    whole = [
        float(log_sum(posterior.log_weight[start:stop])) if stop > start else -np.inf
        for start, stop in itertools.pairwise(starts.tolist())
    ]
    matters = log_curve > log_curve.max(axis=0) + np.log(MATTERS) - SLACK
    rough = LeftOut(
        scale=distinct,
        belongs=(group[:, None] == np.arange(distinct.size)).astype(np.float64),
        log_whole=np.array(whole),
        log_curve=log_curve,
        share_emergent=share_emergent,
        effective=effective,
    )
    return integrate_again(rough, posterior, matters)


def integrate_again(
    left: LeftOut, posterior: Posterior, wanted: npt.NDArray[np.bool_], *, few: float = FEW_ROWS
) -> LeftOut:
    """Integrate anew what rests on too few rows.

    Args:
        left: as found from the rows.
        posterior: from all points.
        wanted: the curves and scales that have to be known, shape (n_curves, n_scales).
        few: effective rows that are enough; infinite to trust integrals alone.
    """
    problem = posterior.problem
    priors = log_curve_priors(problem.settings.prior.explanation_masses)
    effort = problem.settings.evidence.tolerance
    log_curve, share_emergent, effective = left.log_curve.copy(), left.share_emergent.copy(), left.effective.copy()
    for index, column in np.argwhere(wanted & (effective < few)).tolist():
        name = CURVE_NAMES[index]
        # Curves without a shape cost little, and are told apart by less.
        tolerance = effort if CURVES[name].placement == shapes.NOWHERE else 6.0 * effort
        again = curve_evidence(name, problem, used=1.0 - left.belongs[:, column], tolerance=tolerance)
        log_curve[index, column] = again.log_evidence + priors[index]
        if CURVES[name].explanation is Explanation.PHASE_CHANGE:  # no other curve is emergent
            alone = join({name: again}, problem, names=(name,))
            share_emergent[index, column] = float(np.sum(indicators(alone).table[:, EMERGENT] * alone.weight))
        effective[index, column] = np.inf
    return dataclasses.replace(left, log_curve=log_curve, share_emergent=share_emergent, effective=effective)


def log_sum(values: FloatArray) -> FloatArray:
    """Log-sum-exp over the first axis."""
    most = values.max(axis=0)
    return np.asarray(most + np.log(np.exp(values - most).sum(axis=0)))
