"""Which scores are percentages and which have no bounds, decided for each metric over the whole table.

A task alone cannot tell: a hard task may stay under 1 % for every model. A file usually has one unit for a metric, so
the decision is taken for each metric and file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emergence_stats.ingest.cells import BoolArray, joint_codes
from emergence_stats.ingest.registries.metrics import MetricSpec, metric_spec
from emergence_stats.series import FloatArray

Codes = npt.NDArray[np.intp]

PROPORTION_LIMIT = 1.5  # a largest score above it is taken for a percentage
_MAX_DECIMALS = 6


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScoreUnits:
    """Units of the scores, row by row.

    Attributes:
        percent: rows to be divided by 100.
        unbounded: rows of metrics without bounds.
        unknown_range: rows of unlisted metrics whose scores fit neither 0-1 nor 0-100.
        doubtful: rows taken for percentages that look like proportions beside the others.
        low: lowest possible score, after conversion.
        high: highest possible score, after conversion.
        notes: decisions, as sentences.
    """

    percent: BoolArray
    unbounded: BoolArray
    unknown_range: BoolArray
    doubtful: BoolArray
    low: FloatArray
    high: FloatArray
    notes: tuple[str, ...]


def score_units(
    score: FloatArray,
    *,
    converted: BoolArray,
    lower: BoolArray,
    metric: Codes,
    metrics: Sequence[str],
    task: Codes,
    file: Codes,
) -> ScoreUnits:
    """Decide the unit of every score.

    Args:
        score: scores as given, shape (n_rows,), NaN where blank.
        converted: rows that already were divided by 100.
        lower: rows in which lower is better. Such a score above 1 of no known metric is a loss, not a percentage.
        metric: code of each row's metric.
        metrics: names of the metrics.
        task: code of each row's task.
        file: code of each row's file.

    Returns:
        The units, with the notes that a reader of the table needs.
    """
    specs = [metric_spec(name) for name in metrics]
    bounds = np.array([_bounds(spec) for spec in specs]).reshape(-1, 2)
    unlisted = np.array([spec is None for spec in specs], dtype=bool)[metric]
    boundless = np.array([spec is not None and spec.bounds is None for spec in specs], dtype=bool)[metric]
    may_be_percent = np.array([spec is None or spec.percent_habit for spec in specs], dtype=bool)[metric]
    judged = np.isfinite(score) & ~converted

    outside = judged & unlisted & ((score < 0) | (score > 100) | (lower & (score > 1)))
    odd_tasks = _any_in_group(outside, joint_codes([metric, task]))
    judged &= ~boundless & ~odd_tasks & may_be_percent & (np.abs(score) <= 100)

    unit_group = joint_codes([metric, file])
    largest = _largest_in_group(np.where(judged, np.abs(score), 0.0), unit_group)
    percent_group = largest > PROPORTION_LIMIT
    # Beside a file in percent, another file whose scores pass 1 is in percent too.
    percent_metric = _any_in_group(judged & percent_group, metric)
    percent_group |= percent_metric & (largest > 1.0)
    percent = percent_group & may_be_percent & ~boundless & ~odd_tasks & ~converted
    unknown_range = odd_tasks | (unlisted & ~percent_group & (largest > 1.0) & ~converted)
    doubtful = _doubtful(score, judged & percent, unit_group)

    notes = []
    for code, name in enumerate(metrics):
        rows = metric == code
        label = f"metric {name!r}" if name else "scores without a metric"
        count = int((rows & percent & np.isfinite(score)).sum())
        if count:
            notes.append(f"{label}: {count} scores given in percent, divided by 100")
        if (rows & doubtful).any():
            notes.append(
                f"{label}: {int((rows & doubtful).sum())} scores between 0 and 1 stand beside percentages and have "
                "more decimals than they; they were read as percentages, too"
            )
        if (rows & percent).any() and (rows & judged & ~percent).any():
            notes.append(f"{label}: in percent in some files, taken for proportions in the files that never pass 1")
        if (rows & unknown_range).any():
            notes.append(f"{label}: not in the registry and outside 0-1 and 0-100, so analysed without bounds")
    return ScoreUnits(
        percent=percent,
        unbounded=boundless | unknown_range,
        unknown_range=unknown_range,
        doubtful=doubtful,
        low=bounds[metric, 0],
        high=bounds[metric, 1],
        notes=tuple(notes),
    )


def _bounds(spec: MetricSpec | None) -> tuple[float, float]:
    """Bounds of a metric; those of a proportion if it is not listed."""
    if spec is None:
        return 0.0, 1.0
    return spec.bounds or (-np.inf, np.inf)


def _largest_in_group(values: FloatArray, group: Codes) -> FloatArray:
    """Each row's largest value of its group."""
    largest = np.zeros(int(group.max(initial=-1)) + 1)
    np.maximum.at(largest, group, values)
    return largest[group]


def _any_in_group(flags: BoolArray, group: Codes) -> BoolArray:
    """Whether any row of each row's group is flagged."""
    return _largest_in_group(flags.astype(np.float64), group) > 0


def _doubtful(score: FloatArray, percent: BoolArray, group: Codes) -> BoolArray:
    """Scores in (0, 1) with more decimals than those above 1 of their group: 0.9 beside 85, not 0.4 beside 14.3."""
    decimals = np.zeros(score.size)
    rows = np.flatnonzero(percent)
    if rows.size == 0:
        return np.zeros(score.size, dtype=bool)
    distinct, inverse = np.unique(score[rows], return_inverse=True)
    decimals[rows] = np.array([_decimals(value) for value in distinct.tolist()])[inverse]
    usual = _largest_in_group(np.where(percent & (np.abs(score) > 1), decimals, 0.0), group)
    with np.errstate(invalid="ignore"):
        doubtful: BoolArray = percent & (np.abs(score) < 1) & (score != 0) & (decimals > usual)
    return doubtful


def _decimals(value: float) -> int:
    """Decimals of a printed number, at most six."""
    text = f"{value:.12f}".rstrip("0")
    return min(len(text.partition(".")[2]), _MAX_DECIMALS)
