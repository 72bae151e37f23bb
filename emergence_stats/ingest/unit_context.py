"""What the whole of a table says about the units of its scores, gathered piece by piece.

A piece of a table cannot tell percentages from proportions by itself: its tasks may be the hard ones. So the pieces are
gone through once, what decides is kept (`UnitGatherer`), and every piece is then parsed with it (`UnitContext`), as one
file, with the units that the whole table would have.
"""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pandas as pd

from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import parse_numbers, text_codes
from emergence_stats.ingest.directions import directions
from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.units import (
    PROPORTION_LIMIT,
    UnitContext,
    decimals_of,
    mostly_right_or_wrong,
    outside_percent,
)
from emergence_stats.series import FloatArray

MANY_TASKS = 1000  # of a metric that fit neither 0-1 nor 0-100: then none of its tasks is believed to


@dataclasses.dataclass(slots=True)
class _Extremes:
    """What decides the unit of some scores."""

    outside: bool = False
    largest: float = 0.0
    decimals: float = 0.0
    right: int = 0  # scores that are 1
    some: int = 0  # scores that are not 0

    def take(self, other: _Extremes) -> None:
        self.outside |= other.outside
        self.largest = max(self.largest, other.largest)
        self.decimals = max(self.decimals, other.decimals)
        self.right += other.right
        self.some += other.some


class UnitGatherer:
    """Takes the pieces of a table, in any order, and keeps a few numbers of each metric.

    Of metrics that are not in the registry it keeps them for each task: about 300 bytes each.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._found: dict[tuple[str, str], _Extremes] = {}
        self._single = False  # outcomes of single items
        self._file, self._in_file = "", dict[str, float]()  # metric to its largest score in the file
        self._small: dict[str, tuple[int, str]] = {}

    def add(self, frame: pd.DataFrame, file: str = "") -> None:
        """Take one piece, under canonical names; the pieces of a file come one after the other."""
        if file != self._file:
            self._end_file()
            self._file = file
        if "score" not in frame:
            return
        self._single |= names.ITEM in frame
        column = parse_numbers(frame["score"], names.NUMBERS["score"])
        metric, metrics = text_codes(frame["metric"]) if "metric" in frame else (np.zeros(len(frame), np.intp), [""])
        task, tasks = text_codes(frame["task"])
        higher = directions(frame, metric, metrics)[1]
        judged = np.isfinite(column.values) & ~column.percent_signs
        for code, name in enumerate(metrics):
            spec = metric_spec(name)
            if spec is not None and (spec.bounds is None or not spec.percent_habit):
                continue
            rows = np.flatnonzero(judged & (metric == code))
            score, lower = column.values[rows], ~higher[rows]
            if score.size:
                self._in_file[name] = max(self._in_file.get(name, 0.0), float(np.abs(score).max()))
            if spec is not None:
                self._extremes(name, "").take(_extremes(score))
                continue
            for one in np.unique(task[rows]).tolist():
                own = task[rows] == one
                found = _extremes(score[own])
                found.outside = bool(outside_percent(score[own], lower[own]).any())
                self._extremes(name, tasks[one]).take(found)

    def context(self) -> UnitContext:
        """What was found."""
        self._end_file()
        odd = {key for key, found in self._found.items() if found.outside}
        counts = Counter(metric for metric, _ in odd)
        throughout = frozenset(metric for metric, count in counts.items() if count > MANY_TASKS)
        largest: dict[str, float] = {}
        decimals: dict[str, float] = {}
        right: Counter[str] = Counter()
        some: Counter[str] = Counter()
        for (metric, task), found in self._found.items():
            if (metric, task) not in odd and metric not in throughout:
                largest[metric] = max(largest.get(metric, 0.0), found.largest)
                decimals[metric] = max(decimals.get(metric, 0.0), found.decimals)
                right[metric] += found.right
                some[metric] += found.some
        if self._single:
            for metric in largest:
                if mostly_right_or_wrong(right[metric], some[metric]):
                    largest[metric] = min(largest[metric], 1.0)
        few = frozenset((metric, task) for metric, task in odd if metric not in throughout)
        return UnitContext(
            largest=largest, decimals=decimals, odd_tasks=few, odd_metrics=throughout, small=dict(self._small)
        )

    def _end_file(self) -> None:
        """Note the metrics of a file whose scores may be proportions."""
        for metric, largest in self._in_file.items():
            if largest <= 1.0:
                count, first = self._small.get(metric, (0, self._file))
                self._small[metric] = count + 1, first
        self._in_file.clear()

    def _extremes(self, metric: str, task: str) -> _Extremes:
        return self._found.setdefault((metric, task), _Extremes())


def unit_notes(context: UnitContext) -> tuple[str, ...]:
    """What was decided, as sentences."""
    percent = sorted(name for name, largest in context.largest.items() if largest > PROPORTION_LIMIT)
    notes = [
        f"{f'metric {name!r}' if name else 'scores without a metric'}: given in percent, divided by 100"
        + _of_small_files(*context.small.get(name, (0, "")))
        for name in percent
    ]
    odd = sorted({metric for metric, _ in context.odd_tasks} | context.odd_metrics)
    if odd:
        notes.append(
            f"not in the registry and outside 0-1 and 0-100, so analysed without bounds: {', '.join(odd)[:300]}"
        )
    return tuple(notes)


def _of_small_files(count: int, first: str) -> str:
    """What may be wrong with files that hold no score above 1."""
    if not count:
        return ""
    others = f" and {count - 1} more" if count > 1 else ""
    return f"; no score of {first}{others} is above 1: were they proportions, they should not have been"


def _extremes(score: FloatArray) -> _Extremes:
    within = np.abs(score[np.abs(score) <= 100])
    above = np.unique(within[within > 1])
    return _Extremes(
        largest=float(within.max(initial=0.0)),
        decimals=float(max((decimals_of(value) for value in above.tolist()), default=0)),
        right=int((score == 1.0).sum()),
        some=int((within != 0.0).sum()),
    )
