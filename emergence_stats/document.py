"""The JSON document of an analysis: plain values only, one versioned schema."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from emergence_stats._version import __version__
from emergence_stats.models.curves import CURVES
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.posterior import Posterior, systematic_rows
from emergence_stats.series import FloatArray, Series
from emergence_stats.threshold import ScaleMap, curve_values, width_curve

if TYPE_CHECKING:
    from emergence_stats.analysis import Analysis
    from emergence_stats.companions import Companion

SCHEMA_VERSION = "1.0"
GRID = 64
BAND_DRAWS = 400
WIDTHS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0)


def to_document(analysis: Analysis, *, cross_checks: bool = False) -> dict[str, Any]:
    """All that the report, the files and the service say of one series."""
    evidence, comparison = analysis.evidence, analysis.comparison
    posterior = analysis.posterior
    weight = posterior.weight
    return {
        "schema_version": SCHEMA_VERSION,
        "program_version": __version__,
        "seed": analysis.seed,
        "resamples": analysis.resamples,
        "settings": analysis.settings.to_dict(),
        "series": _series(analysis.series, posterior),
        "verdict": analysis.verdict.value,
        "reason": analysis.reason,
        "remedy": analysis.remedy,
        "summary": analysis.summary(),
        "conditions": [
            {
                "key": condition.key,
                "label": condition.label,
                "value": _finite(condition.value),
                "limit": condition.limit,
                "unit": condition.unit,
                "holds": condition.holds,
                "detail": condition.detail,
            }
            for condition in analysis.conditions
        ],
        "probabilities": dict(comparison.probabilities),
        "p_emergent": evidence.numbers.p_emergent,
        "log_bayes_factor": comparison.log_bayes_factor,
        "log_bayes_factor_power": comparison.log_bayes_factor_power,
        "evidence_error": comparison.evidence_error,
        "curves": [
            {
                "name": curve.name,
                "label": CURVES[curve.name].label,
                "explanation": str(CURVES[curve.name].explanation),
                "log_evidence": curve.log_evidence,
                "log_evidence_error": curve.log_evidence_error,
                "posterior_probability": curve.posterior_probability,
            }
            for curve in comparison.curves
        ],
        "threshold": analysis.threshold.to_dict(),
        "onset": analysis.onset.to_dict(),
        "width_decades": analysis.width_decades.to_dict(),
        "width_curve": {
            "width": list(WIDTHS),
            "probability": np.clip(width_curve(posterior, weight, np.array(WIDTHS)), 0.0, 1.0).tolist(),
        },
        "fit": _fit(analysis.series, posterior),
        "companions": [_companion(companion) for companion in analysis.companions],
        "pooled": None,  # filled in where a table's families are pooled (`batch.pooled`)
        "resolution": None if analysis.resolution is None else analysis.resolution.to_dict(),
        "stability": {
            "prior_stability": analysis.stability.prior_stability,
            "grid": [
                {
                    "name": variant.name,
                    "part": variant.part,
                    "verdict": variant.verdict.value,
                    "p_emergent": variant.p_emergent,
                }
                for variant in analysis.stability.grid
            ],
            "power_scaling": analysis.stability.power_scaling.to_dict(),
        },
        "influence": {
            "most_influential_scale": analysis.influence.most_influential_scale,
            "points": [
                {
                    "scale": point.scale,
                    "p_emergent_without": point.p_emergent_without,
                    "log_predictive": point.log_predictive,
                }
                for point in analysis.influence.points
            ],
        },
        "predictive": {
            "elpd_loo": analysis.influence.elpd_loo,
            "leave_future_out": None
            if evidence.onset is None or evidence.unpredictable is None
            else {
                "from_scale": float(analysis.series.scale[evidence.onset]),
                "gain_nats": evidence.unpredictable,
            },
            "stacking_weights": dict(analysis.predictive.stacking_weights),
        },
        "cross_checks": _cross_checks(analysis) if cross_checks else None,
        "objection": evidence.objection,
        "faults": list(evidence.faults),
        "warnings": list(analysis.warnings),
    }


def _cross_checks(analysis: Analysis) -> dict[str, Any]:
    """What statsmodels and scikit-learn say of the series; loaded only for those who ask."""
    from emergence_stats.frequentist.checks import checks_of

    observations = analysis.posterior.problem.observations
    return checks_of(analysis.series, observations, seed=analysis.seed).to_dict()


def _finite(value: float | None) -> float | None:
    """JSON has no infinity."""
    return value if value is None or math.isfinite(value) else None


def _companion(companion: Companion) -> dict[str, Any]:
    """Another metric of the same outputs: what it says, its scores as they were analysed, and its curve."""
    found = companion.found
    return {
        "metric": found.metric,
        "kind": found.kind,
        "shape": found.shape.value,
        "axis": found.axis,
        "p_sharp": found.p_sharp,
        "log_bayes_factor": found.log_bayes_factor,
        "gain_nats": found.unpredictable,
        "series": _series(companion.series, companion.weighed.posterior),
        "fit": _fit(companion.series, companion.weighed.posterior),
    }


def _series(series: Series, posterior: Posterior) -> dict[str, Any]:
    """The series as it was understood."""
    data = posterior.problem.observations
    low, high = _intervals(data)
    ends = data.to_score(np.array([0.0, 1.0])).tolist()
    assert series.score is not None

    def each(values: FloatArray | tuple[str, ...] | None) -> Sequence[float | str | None]:
        if values is None:
            return [None] * series.n_points
        return values if isinstance(values, tuple) else values.astype(np.float64).tolist()

    successes = data.first if data.kind == COUNTS else None
    items = data.second if data.kind == COUNTS else None
    if successes is not None and items is not None and not series.higher_is_better:
        successes = items - successes
    points = (series.scale, series.score, successes, items, series.stderr, low, high, series.model, series.seed)
    columns = [each(values) for values in points]
    return {
        "name": series.name,
        "identity": dict(series.identity),
        "metric": series.metric,
        "scale_kind": series.scale_kind,
        "scale_unit": series.scale_unit,
        "score_form": data.form,
        "higher_is_better": series.higher_is_better,
        "chance_level": series.chance_level,
        "answer_tokens": series.answer_tokens,
        "score_axis": data.score_axis,
        "score_low": min(ends),
        "score_high": max(ends),
        "points": [
            {
                "scale": scale,
                "score": score,
                "n_correct": n_correct,
                "n_items": n_items,
                "stderr": stderr,
                "low": lower,
                "high": upper,
                "model": model,
                "seed": seed,
            }
            for scale, score, n_correct, n_items, stderr, lower, upper, model, seed in zip(*columns, strict=True)
        ],
    }


def _intervals(data: Observations) -> tuple[FloatArray, FloatArray]:
    """95 % interval of each score: Jeffreys for counts, normal for a standard error, the score itself otherwise.

    As Brown, Cai & DasGupta 2001 (doi:10.1214/ss/1009213286) define the Jeffreys interval, its lower end is 0 where no
    answer is right, its upper end 1 where every one is.
    """
    if data.kind == COUNTS:
        hits, misses = data.first + 0.5, data.second - data.first + 0.5
        ends = [special.betaincinv(hits, misses, share) for share in (0.025, 0.975)]
        ends[0] = np.where(data.first <= 0, 0.0, ends[0])
        ends[1] = np.where(data.first >= data.second, 1.0, ends[1])
    else:
        ends = [np.clip(data.score + z * data.second, 0.0, 1.0) for z in (-1.96, 1.96)]
    first, second = (data.to_score(end) for end in ends)
    return np.minimum(first, second), np.maximum(first, second)


def _fit(series: Series, posterior: Posterior) -> dict[str, list[float]]:
    """Model-averaged curve: pointwise median and 90 % band on a grid over the observed range."""
    data = posterior.problem.observations
    position = np.linspace(0.0, 1.0, GRID)
    order = np.argsort(posterior.threshold)  # even over thresholds, of which the curve is most sensitive
    rows = order[systematic_rows(posterior.weight[order], BAND_DRAWS)]
    values = np.sort(curve_values(posterior, rows, position).T, axis=1)
    low, median, high = (data.to_score(values[:, round(level * (BAND_DRAWS - 1))]) for level in (0.05, 0.5, 0.95))
    if data.low > data.high:
        low, high = high, low
    to_scale = ScaleMap(
        log10_first=float(series.log10_scale[0]),
        range_decades=data.range_decades,
        reversed=series.scale_kind == "loss",
    )
    return {
        "scale": to_scale(position).tolist(),
        "median": median.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
    }
