"""Tests for a monotone dependence of the score on log10 scale, in closed form: cheap enough for every series."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy import stats

from emergence_stats.frequentist.scores import Scores
from emergence_stats.series import FloatArray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Two-sided tests against a constant score.

    Attributes:
        z: the score's slope in standard errors, if the known noise is all there is; for counts the Cochran-Armitage
            statistic (doi:10.2307/3001616 and doi:10.2307/3001775). None where the noise is unknown.
        p_known_noise: from z and the normal distribution.
        t: the slope in standard errors that come from the scatter round the line; None with two points.
        p_scatter: from t and Student's distribution with two degrees of freedom fewer than points.
        kendall: Kendall's tau-b between scale and score; None if all scores are the same.
        p_kendall: its p-value, exact without ties.
        spearman: Spearman's rank correlation; its p-value would be Kendall's again.
    """

    z: float | None
    p_known_noise: float | None
    t: float | None
    p_scatter: float | None
    kendall: float | None
    p_kendall: float | None
    spearman: float | None


NO_TREND = Trend(z=None, p_known_noise=None, t=None, p_scatter=None, kendall=None, p_kendall=None, spearman=None)


def trend(scores: Scores) -> Trend:
    """Test for a trend; all None where every score is the same, since then no noise can be told.

    With weights w (n_i for counts), weighted means xbar and ybar, and v = ybar (1 - ybar) for counts, else 1::

        z = sum_i w_i (x_i - xbar) y_i / sqrt(v sum_i w_i (x_i - xbar)^2)
        t = z / sqrt((X - z^2) / (m - 2)),    X = sum_i w_i (y_i - ybar)^2 / v

    X - z^2 is the chi^2 of the departures from a line. t is the t statistic of weighted least squares.
    """
    if scores.is_constant:
        return NO_TREND
    x, y, w = scores.position, scores.score, scores.weight
    free = y.size - 2
    tau, p_rank = kendall(x, y)
    level = scores.pooled
    variance = level * (1.0 - level) if scores.noise == "binomial" else 1.0
    centred = x - float(np.sum(w * x) / np.sum(w))
    z = float(np.sum(w * centred * y)) / math.sqrt(variance * float(np.sum(w * centred**2)))
    departure = max(float(np.sum(w * (y - level) ** 2)) / variance - z * z, 0.0)
    known = 2.0 * float(stats.norm.sf(abs(z))) if scores.noise != "unknown" else None
    t = z / math.sqrt(departure / free) if free > 0 and departure > 0.0 else None
    scatter = 2.0 * float(stats.t.sf(abs(t), free)) if t is not None else None
    return Trend(
        z=z if known is not None else None,
        p_known_noise=known,
        t=t,
        p_scatter=scatter,
        kendall=tau,
        p_kendall=p_rank,
        spearman=float(stats.spearmanr(x, y).statistic),
    )


def kendall(scale: FloatArray, score: FloatArray) -> tuple[float | None, float | None]:
    """Kendall's tau-b and its two-sided p-value, which holds whatever the noise is, as long as it is alike everywhere.

    Exact without ties. With m points in order p cannot be below 2 / m!. Both None where either does not vary.
    """
    if np.ptp(scale) == 0.0 or np.ptp(score) == 0.0:
        return None, None
    found = stats.kendalltau(scale, score)
    return float(found.statistic), float(found.pvalue)
