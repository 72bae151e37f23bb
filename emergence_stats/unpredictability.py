"""E4: could the rise have been foreseen from the scales before its onset?

log p(later | earlier) = log Z(all) - log Z(first j) is the leave-future-out score of an explanation (Buerkner, Gabry
& Vehtari 2020, doi:10.1080/00949655.2020.1783262). The gain is that of phase change minus that of smooth, with j chosen
prequentially: the points before the first one that the floor so far does not predict.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from emergence_stats.comparison import log_mean_evidence
from emergence_stats.conditions import onset_index
from emergence_stats.evidence.quadrature import CurveEvidence, Problem, all_curves
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.series import FloatArray

RIVALS = tuple(
    name for name, curve in CURVES.items() if curve.explanation in (Explanation.SMOOTH, Explanation.PHASE_CHANGE)
)
WORTH_ASKING = 0.02


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unpredictability:
    """Leave-future-out comparison from the points before the onset.

    Attributes:
        onset: index of the first point after the onset, or None if nothing rises above the floor.
        gain: log predictive of the points from the onset on, phase change minus smooth, in nats; None without onset.
        prefix: evidences of the rival curves from the points before the onset.
    """

    onset: int | None
    gain: float | None
    prefix: Mapping[str, CurveEvidence]


def sampling_variance(problem: Problem) -> FloatArray:
    """Variance of each oriented score round the truth, shape (n_points,)."""
    data = problem.observations
    if data.kind == COUNTS:
        smoothed = (data.first + 1.0) / (data.second + 2.0)
        return np.asarray(smoothed * (1.0 - smoothed) / data.second)
    return np.asarray(data.second**2 + float(np.median(data.dispersion)) ** 2)


def unpredictability(
    problem: Problem, evidences: Mapping[str, CurveEvidence], p_phase_change: float
) -> Unpredictability:
    """Find the onset and compare what both explanations foresaw of it.

    Args:
        problem: the observations.
        evidences: nodes of every curve from all points.
        p_phase_change: posterior probability of a phase change; below `WORTH_ASKING` no verdict depends on the answer.
    """
    if p_phase_change < WORTH_ASKING:
        return Unpredictability(onset=None, gain=None, prefix={})
    onset = onset_index(problem.observations.score, sampling_variance(problem), problem.chance, problem.guess_sd)
    if onset is None:
        return Unpredictability(onset=None, gain=None, prefix={})
    return gain_from(problem, evidences, onset)


def gain_from(problem: Problem, evidences: Mapping[str, CurveEvidence], onset: int) -> Unpredictability:
    """Compare what both explanations, told the points before an onset, foresaw of those from it on.

    Args:
        problem: the observations.
        evidences: nodes of every curve from all points.
        onset: index of the first point that is to be foreseen.
    """
    used = (np.arange(problem.observations.score.size) < onset).astype(np.float64)
    tolerance = 4.0 * problem.settings.evidence.tolerance  # the limit on E4 is more than a nat
    prefix = all_curves(problem, used=used, names=RIVALS, tolerance=tolerance)
    gains = [
        log_mean_evidence(evidences, explanation)[0] - log_mean_evidence(prefix, explanation)[0]
        for explanation in (Explanation.PHASE_CHANGE, Explanation.SMOOTH)
    ]
    return Unpredictability(onset=onset, gain=gains[0] - gains[1], prefix=prefix)
