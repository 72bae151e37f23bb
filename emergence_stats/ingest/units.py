"""Which scores are percentages and which have no bounds, decided for each metric over the whole table.

A task alone cannot tell: a hard task may stay under 1 % for every model. A file usually has one unit for a metric, so
the decision is taken for each metric and file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

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
        low: lowest possible score, after conversion; -inf where there is none.
        high: highest possible score, after conversion; inf where there is none.
        notes: decisions, as sentences.
    """

    percent: BoolArray
    unbounded: BoolArray
    unknown_range: BoolArray
    doubtful: BoolArray
    low: FloatArray
    high: FloatArray
    notes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UnitContext:
    """What the whole of a table says about units, for those who have a piece of it.

    Attributes:
        largest: metric to the largest size, up to 100, of its scores in ordinary tasks.
        decimals: metric to the most decimals of those above 1.
        odd_tasks: metric and task of scores that fit neither 0-1 nor 0-100.
        odd_metrics: metrics with so many of them that all of their tasks are taken to be odd.
        small: metric to the number of files in which no score is above 1, and the first of them.
    """

    largest: Mapping[str, float]
    decimals: Mapping[str, float]
    odd_tasks: frozenset[tuple[str, str]]
    odd_metrics: frozenset[str] = frozenset()
    small: Mapping[str, tuple[int, str]] = dataclasses.field(default_factory=dict)

    def decisions(self) -> tuple[object, ...]:
        """All that follows from it, as plain values in a fixed order."""
        sizes = [
            (name, size > PROPORTION_LIMIT, size > 1.0, self.decimals[name] if size > PROPORTION_LIMIT else 0.0)
            for name, size in sorted(self.largest.items())
        ]
        return sizes, sorted(self.odd_tasks), sorted(self.odd_metrics)

    def is_odd(self, metric: str, task: str) -> bool:
        """Whether scores of this metric and task are analysed without bounds."""
        return metric in self.odd_metrics or (metric, task) in self.odd_tasks


def score_units(
    score: FloatArray,
    *,
    converted: BoolArray,
    lower: BoolArray,
    metric: Codes,
    metrics: Sequence[str],
    task: Codes,
    tasks: Sequence[str],
    file: Codes,
    single: bool = False,
    context: UnitContext | None = None,
) -> ScoreUnits:
    """Decide the unit of every score.

    Args:
        score: scores as given, shape (n_rows,), NaN where blank.
        converted: rows that already were divided by 100.
        lower: rows in which lower is better. Such a score above 1 of no known metric is a loss, not a percentage.
        metric: code of each row's metric.
        metrics: names of the metrics.
        task: code of each row's task.
        tasks: names of the tasks.
        file: code of each row's file.
        single: whether the scores are outcomes of single items, which are right (1) or wrong as a rule.
        context: what the rest of the table says, if this is a piece of one.

    Returns:
        The units, with the notes that a reader of the table needs.
    """
    specs = [metric_spec(name) for name in metrics]
    bounds = np.array([_bounds(spec) for spec in specs]).reshape(-1, 2)
    unlisted = np.array([spec is None for spec in specs], dtype=bool)[metric]
    boundless = np.array([spec is not None and spec.bounds is None for spec in specs], dtype=bool)[metric]
    may_be_percent = np.array([spec is None or spec.percent_habit for spec in specs], dtype=bool)[metric]
    judged = np.isfinite(score) & ~converted

    outside = judged & unlisted & outside_percent(score, lower)
    odd_tasks = _any_in_group(outside, joint_codes([metric, task]))
    if context is not None and (context.odd_tasks or context.odd_metrics):
        pairs = zip(metric.tolist(), task.tolist(), strict=True)
        odd_tasks |= np.array([context.is_odd(metrics[m], tasks[t]) for m, t in pairs], dtype=bool)
    judged &= ~boundless & ~odd_tasks & may_be_percent & (np.abs(score) <= 100)

    unit_group = joint_codes([metric, file])
    largest = _largest_in_group(np.where(judged, np.abs(score), 0.0), unit_group)
    if single:
        right, some = (np.bincount(unit_group, weights=judged & rows) for rows in (score == 1.0, score != 0.0))
        largest = np.where(mostly_right_or_wrong(right, some)[unit_group], np.minimum(largest, 1.0), largest)
    usual_decimals = np.zeros(len(metrics))
    if context is not None:
        of_table = np.array([context.largest.get(name, 0.0) for name in metrics])[metric]
        largest = of_table if single else np.maximum(largest, of_table)
        usual_decimals = np.array([context.decimals.get(name, 0.0) for name in metrics])
    percent_group = largest > PROPORTION_LIMIT
    # Beside a file in percent, another file whose scores pass 1 is in percent too.
    percent_metric = _any_in_group(judged & percent_group, metric)
    percent_group |= percent_metric & (largest > 1.0)
    percent = percent_group & may_be_percent & ~boundless & ~odd_tasks & ~converted
    unknown_range = odd_tasks | (unlisted & ~percent_group & (largest > 1.0) & ~converted)
    doubtful = _doubtful(score, judged & percent, unit_group, usual_decimals[metric])

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
        low=_open(_of_rows(bounds[:, 0], metric), unknown_range, -np.inf),
        high=_open(_of_rows(bounds[:, 1], metric), unknown_range, np.inf),
        notes=tuple(notes),
    )


def _of_rows(values: FloatArray, metric: Codes) -> FloatArray:
    """The value of each row's metric; one value seen by all rows where metrics agree, for tables of many rows."""
    return values[metric] if np.unique(values).size > 1 else np.broadcast_to(values[0], metric.size)


def _open(ends: FloatArray, unknown: BoolArray, value: float) -> FloatArray:
    """Ends of the rows' ranges, without one where the range is not known."""
    return np.where(unknown, value, ends) if unknown.any() else ends


def _bounds(spec: MetricSpec | None) -> tuple[float, float]:
    """Lowest and highest score of a metric; those of a proportion if it is not listed."""
    if spec is None:
        return 0.0, 1.0
    return spec.range


def _largest_in_group(values: FloatArray, group: Codes) -> FloatArray:
    """Each row's largest value of its group."""
    largest = np.zeros(int(group.max(initial=-1)) + 1)
    np.maximum.at(largest, group, values)
    return largest[group]


def _any_in_group(flags: BoolArray, group: Codes) -> BoolArray:
    """Whether any row of each row's group is flagged."""
    return _largest_in_group(flags.astype(np.float64), group) > 0


def mostly_right_or_wrong(right: FloatArray | int, some: FloatArray | int) -> BoolArray:
    """Are outcomes 0 or 1, by the numbers of those that are 1 and of those that are not 0?

    In percent, single items are right with 100: a 7 among ones is a mistake, and no reason to divide them by 100.
    """
    return np.asarray(2 * right > some)


def outside_percent(score: FloatArray, lower: BoolArray) -> BoolArray:
    """Scores that are neither proportions nor percentages; where lower is better, those above 1 are none."""
    outside: BoolArray = (score < 0) | (score > 100) | (lower & (score > 1))
    return outside


def _doubtful(score: FloatArray, percent: BoolArray, group: Codes, least_usual: FloatArray) -> BoolArray:
    """Scores in (0, 1) with more decimals than those above 1 of their group: 0.9 beside 85, not 0.4 beside 14.3."""
    decimals = np.zeros(score.size)
    rows = np.flatnonzero(percent)
    if rows.size == 0:
        return np.zeros(score.size, dtype=bool)
    distinct, inverse = np.unique(score[rows], return_inverse=True)
    decimals[rows] = np.array([decimals_of(value) for value in distinct.tolist()])[inverse]
    usual = np.maximum(_largest_in_group(np.where(percent & (np.abs(score) > 1), decimals, 0.0), group), least_usual)
    with np.errstate(invalid="ignore"):
        doubtful: BoolArray = percent & (np.abs(score) < 1) & (score != 0) & (decimals > usual)
    return doubtful


def decimals_of(value: float) -> int:
    """Decimals of a printed number, at most six."""
    text = f"{value:.12f}".rstrip("0")
    return min(len(text.partition(".")[2]), _MAX_DECIMALS)
