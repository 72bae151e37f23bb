"""One row of the results table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from emergence_stats.analysis import Analysis
from emergence_stats.frequentist.multiplicity import METHODS, adjust
from emergence_stats.frequentist.trend import kendall
from emergence_stats.ingest import SeriesRow
from emergence_stats.threshold import Quantity
from emergence_stats.verdict import Verdict

Cell = str | float | int | None

RESULT_COLUMNS: Mapping[str, str] = {
    "n_scales": "Int64",
    "scale_min": "float64",
    "scale_max": "float64",
    "verdict": "str",
    "reason": "str",
    "p_emergent": "float64",
    "p_smooth": "float64",
    "p_flat": "float64",
    "p_inverse": "float64",
    "log_bayes_factor": "float64",
    "threshold": "float64",
    "threshold_low": "float64",
    "threshold_high": "float64",
    "onset": "float64",
    "onset_low": "float64",
    "onset_high": "float64",
    "width_decades": "float64",
    "width_low": "float64",
    "width_high": "float64",
    "evidence_error": "float64",
    "p_verdict_stable": "float64",
    "items_to_decide": "float64",
    "prior_stability": "float64",
    "most_influential_scale": "float64",
    "trend_p": "float64",
    "trend_p_bh": "float64",
    "trend_p_holm": "float64",
    "warnings": "str",
}
"""Columns after the identity columns, and their pandas types; intervals hold 90 %.

`trend_p` is the p-value of Kendall's tau between scale and score, `trend_p_bh` and `trend_p_holm` the same adjusted for
the number of series; no verdict uses them.
"""


def identity_cells(identity: Mapping[str, str]) -> dict[str, Cell]:
    """The identity columns; one that has the name of a result is told apart by a trailing underscore."""
    return {f"{name}_" if name in RESULT_COLUMNS else name: value for name, value in identity.items()}


def series_name(row: SeriesRow) -> str:
    """The label of a series that may not have come about."""
    return row.series.name if row.series is not None else " · ".join(filter(None, row.identity.values())) or "series"


def result_row(analysis: Analysis) -> dict[str, Cell]:
    """The result columns of an analysis; those that need the other series are added by `with_adjusted`."""
    series, numbers, resolution = analysis.series, analysis.evidence.numbers, analysis.resolution
    shares = numbers.explanations
    return {
        "n_scales": series.n_scales,
        "scale_min": float(series.scale.min()),
        "scale_max": float(series.scale.max()),
        "verdict": analysis.verdict.value,
        "reason": analysis.reason,
        "p_emergent": numbers.p_emergent,
        "p_smooth": shares["smooth"],
        "p_flat": shares["constant"],
        "p_inverse": shares["decreasing"],
        "log_bayes_factor": analysis.log_bayes_factor,
        **_quantity("threshold", "threshold", analysis.threshold),
        **_quantity("onset", "onset", analysis.onset),
        **_quantity("width_decades", "width", analysis.width_decades),
        "evidence_error": analysis.comparison.evidence_error,
        "p_verdict_stable": None if resolution is None else resolution.p_verdict_stable,
        "items_to_decide": None if resolution is None else resolution.items_to_decide,
        "prior_stability": analysis.stability.prior_stability,
        "most_influential_scale": analysis.influence.most_influential_scale,
        "trend_p": kendall(series.log10_scale, analysis.posterior.problem.observations.score)[1],
        "warnings": "; ".join(analysis.warnings),
    }


def failed_row(reason: str) -> dict[str, Cell]:
    """The result columns of a series that could not be analysed."""
    return dict.fromkeys(RESULT_COLUMNS, None) | {
        "verdict": Verdict.FAILED.value,
        "reason": reason,
        "warnings": "",
    }


def with_adjusted(cells: Sequence[Mapping[str, Cell]]) -> list[dict[str, Cell]]:
    """Rows with the p-values adjusted for all of them together."""
    p_values = [cast("float | None", cell["trend_p"]) for cell in cells]
    adjusted = {name: adjust(p_values, name) for name in METHODS}
    return [
        {**cell, **{f"trend_p_{name}": values[i] for name, values in adjusted.items()}} for i, cell in enumerate(cells)
    ]


def _quantity(name: str, short: str, quantity: Quantity) -> dict[str, Cell]:
    """Median and 90 % interval."""
    low, high = quantity.interval(0.9) or (None, None)
    return {name: quantity.median, f"{short}_low": low, f"{short}_high": high}
