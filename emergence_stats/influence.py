"""What does each scale contribute? Exact leave-one-scale-out, from the nodes of the full analysis.

Without the points at one scale the weight of a row is divided by their likelihood; where that leaves too few effective
rows for a curve that could matter, the curve is integrated again without those points.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.conditions import Indicators
from emergence_stats.evidence.quadrature import curve_evidence
from emergence_stats.models.curves import CURVES
from emergence_stats.posterior import CURVE_NAMES, Posterior, log_curve_priors, normalise
from emergence_stats.series import FloatArray

FEW_ROWS = 15.0  # effective rows below which a curve is integrated again
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


def influence(posterior: Posterior, indicator: Indicators, scales: FloatArray, p_emergent: float) -> Influence:
    """Leave out each distinct scale in turn."""
    distinct, group = np.unique(scales, return_inverse=True)
    if distinct.size < 2:
        return Influence(most_influential_scale=None, elpd_loo=0.0, points=())
    belongs = (group[:, None] == np.arange(distinct.size)).astype(np.float64)
    without = posterior.log_weight[:, None] - posterior.pointwise @ belongs
    total = _log_sum(posterior.log_weight)
    emergent = Indicators.NAMES.index("emergent")
    inside = [posterior.curve == index for index in range(len(CURVE_NAMES))]
    log_curve = np.full((len(CURVE_NAMES), distinct.size), -np.inf)
    share_emergent = np.zeros_like(log_curve)
    effective = np.full_like(log_curve, np.inf)
    for index, rows in enumerate(inside):
        if rows.any():
            mine = without[rows]
            weight = normalise(mine)
            log_curve[index] = _log_sum(mine)
            share_emergent[index] = indicator.table[rows, emergent] @ weight
            effective[index] = 1.0 / (weight**2).sum(axis=0)
    _integrate_again(posterior, belongs, log_curve, effective)
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


def _integrate_again(posterior: Posterior, belongs: FloatArray, log_curve: FloatArray, effective: FloatArray) -> None:
    """Replace log evidences that rest on too few rows."""
    problem = posterior.problem
    priors = log_curve_priors(problem.settings.prior.explanation_masses)
    for column in range(log_curve.shape[1]):
        share = normalise(log_curve[:, column])
        for index in np.flatnonzero((effective[:, column] < FEW_ROWS) & (share > MATTERS)):
            name = list(CURVES)[index]
            again = curve_evidence(name, problem, used=1.0 - belongs[:, column])
            log_curve[index, column] = again.log_evidence + priors[index]
