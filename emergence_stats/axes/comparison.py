"""Several measures of scale at once: the verdict on each, and which of them orders the scores best.

`compare_axes` analyses the same scores against parameters, training FLOP, tokens, loss. Which axis orders them best is
told by how well the scores at each scale are predicted from those at all others (exact leave-one-scale-out log
predictive density): the scores are the same on every axis, so the sums can be compared. Where points share a scale on
one axis they are left out together there, which makes that axis's task harder. Kendall's tau stands beside it.
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
from emergence_stats.series import AXIS_NAMES, SCALE_UNITS, FloatArray, Series
from emergence_stats.settings import Settings

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
            analyses[name] = found = analyze(series.replace(scale=values, scale_kind=name), settings=settings)
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
    reason = f"Scores left out are predicted best by {AXIS_NAMES[order[0]]}"
    if len(order) > 1:
        reason += f", by {lead:.1f} nats over {AXIS_NAMES[order[1]]}"
        reason += "." if settled else f": too little to prefer it (less than {DISTINCT:g} nats)."
    else:
        reason += ": the only axis that could be analysed."
    return AxesComparison(
        analyses=analyses, elpd=each, tau=tau, best=order[0], settled=settled, reason=reason, problems=problems
    )
