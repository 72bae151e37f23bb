"""Every pair of a table: strategies beside their baseline, and families over their tasks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emergence_stats.arguments import instance
from emergence_stats.errors import EmergenceStatsError, InputError, TableError
from emergence_stats.ingest import SeriesRow, TidyTable, series_from_table
from emergence_stats.pairs.comparison import compare
from emergence_stats.pairs.constant import Constant
from emergence_stats.pairs.result import PairComparison
from emergence_stats.series import SCALE_UNITS, FloatArray
from emergence_stats.threshold import NOTHING, Quantity

if TYPE_CHECKING:
    from emergence_stats.settings import Settings

N_SCALES = 41
LISTED = 6


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FailedPair:
    """A pair that could not be compared, and why."""

    identity: Mapping[str, str]
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FamilySummary:
    """One strategy in one family, over all tasks that were compared.

    Attributes:
        name: what the pairs share: family, metric, strategy.
        identity: the same by column.
        n_tasks: pairs.
        counts: verdict to number of pairs.
        scale: shape (n,), from the smallest to the largest that any of its pairs has.
        share_helped: expected share of tasks that are helped at each scale, shape (n,); beyond its own range a task
            keeps the state of its nearest end.
        begins: scale from which at least half of the tasks are helped, and its posterior; nothing unless it is more
            probable than not that this lies in the range.
        p_begins: probability that it does.
        scale_kind: kind of scale.
        measured: the scales of its models, ascending, shape (n_models,).
    """

    name: str
    identity: Mapping[str, str]
    n_tasks: int
    counts: Mapping[str, int]
    scale: FloatArray
    share_helped: FloatArray
    begins: Quantity
    p_begins: float
    scale_kind: str
    measured: FloatArray

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "name": self.name,
            "identity": dict(self.identity),
            "n_tasks": self.n_tasks,
            "counts": dict(self.counts),
            "scale_kind": self.scale_kind,
            "scale_unit": SCALE_UNITS[self.scale_kind],
            "measured": self.measured.tolist(),
            "scale": self.scale.tolist(),
            "share_helped": self.share_helped.tolist(),
            "begins": self.begins.to_dict(),
            "p_begins": self.p_begins,
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FrameComparison:
    """All pairs of a table.

    Attributes:
        column: that tells strategies apart.
        baseline: its value for the baseline.
        pairs: comparisons, by identity.
        failed: pairs that could not be compared.
        families: summaries over tasks, where a family has several.
    """

    column: str
    baseline: str
    pairs: tuple[PairComparison, ...]
    failed: tuple[FailedPair, ...]
    families: tuple[FamilySummary, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per pair: identity, verdict, P(helps) at both ends, where it begins with its 90 % interval."""
        rows: list[dict[str, object]] = []
        for pair in self.pairs:
            low, high = pair.begins.interval(0.9) or (None, None)
            rows.append(
                dict(pair.identity)
                | {
                    "n_pairs": len(pair.points),
                    "verdict": pair.verdict.value,
                    "reason": pair.reason,
                    "p_helps_smallest": float(pair.effect.p_helps[0]),
                    "p_helps_largest": float(pair.effect.p_helps[-1]),
                    "p_hurts_smallest": float(pair.effect.p_hurts[0]),
                    "begins": pair.begins.median,
                    "begins_low": low,
                    "begins_high": high,
                    "p_begins_in_range": pair.crossover.p_in_range,
                    "paired_by": pair.paired_by,
                    "warnings": "; ".join(pair.warnings),
                }
            )
        rows += [{**pair.identity, "verdict": "failed", "reason": pair.reason} for pair in self.failed]
        return pd.DataFrame(rows)


def compare_frame(
    frame: pd.DataFrame | TidyTable,
    *,
    column: str = "prompt",
    baseline: str = "standard",
    scale: str | None = None,
    by: Iterable[str] | str = (),
    margin: float | None = None,
    settings: Settings | None = None,
) -> FrameComparison:
    """Compare every strategy of a table with its baseline, series by series.

    Args:
        frame: a tidy table.
        column: identity column that tells strategies apart.
        baseline: its value for the baseline.
        scale: the scale column; found for each series if None.
        by: further columns that tell series apart.
        margin: difference in the metric's unit that counts as help; .02 of the metric's range if None.
        settings: priors; the defaults if None.

    Raises:
        InputError: an argument is of the wrong class, or the baseline does not occur.
        TableError: there is no such column, or nothing but the baseline.
    """
    extra = (by,) if isinstance(by, str) else tuple(by)
    table = frame if isinstance(frame, TidyTable) else instance("frame", frame, pd.DataFrame)
    names = (table.frame if isinstance(table, TidyTable) else table).columns
    if column not in names:
        msg = (
            f"compare: expected a column {column!r} that tells strategies apart; columns: {', '.join(map(str, names))}"
        )
        raise TableError(msg)
    rows = series_from_table(table, scale=scale, by=tuple(dict.fromkeys((*extra, column))))
    return compare_rows(rows, column=column, baseline=baseline, margin=margin, settings=settings)


def compare_rows(
    rows: Sequence[SeriesRow],
    *,
    column: str,
    baseline: str,
    margin: float | None = None,
    settings: Settings | None = None,
) -> FrameComparison:
    """The same for series that have been read; see `compare_frame`."""
    values = sorted({row.identity.get(column, "") for row in rows})
    if baseline not in values:
        msg = f"compare: expected {baseline!r} among the values of {column}, got {', '.join(values[:LISTED])}"
        raise InputError(msg)
    if len(values) == 1:
        msg = f"compare: expected a strategy beside {baseline!r} in {column}, got nothing else"
        raise TableError(msg)
    place = {_rest(row, column): row for row in rows if row.identity.get(column, "") == baseline}
    pairs: list[PairComparison] = []
    failed: list[FailedPair] = []
    for row in rows:
        if row.identity.get(column, "") == baseline:
            continue
        identity = dict(row.identity)
        partner = place.get(_rest(row, column))
        try:
            if partner is None:
                msg = f"there is no series with {column} = {baseline} beside it"
                raise InputError(msg)  # one road to the list of failures
            for part in (row, partner):
                if part.series is None:
                    raise InputError(part.problem or "no series")
            assert row.series is not None
            assert partner.series is not None
            pairs.append(compare(partner.series, row.series, margin=margin, settings=settings, identity=identity))
        except EmergenceStatsError as error:
            failed.append(FailedPair(identity=identity, reason=str(error)))
    return FrameComparison(
        column=column,
        baseline=baseline,
        pairs=tuple(pairs),
        failed=tuple(failed),
        families=tuple(_families(pairs)),
    )


def compare_with_constant(
    rows: Sequence[SeriesRow],
    constant: Constant,
    *,
    margin: float | None = None,
    settings: Settings | None = None,
    seed: int = 0,
) -> FrameComparison:
    """Every series of a table beside one constant."""
    pairs: list[PairComparison] = []
    failed: list[FailedPair] = []
    for row in rows:
        try:
            if row.series is None:
                raise InputError(row.problem or "no series")  # one road to the list of failures
            pairs.append(compare(constant, row.series, margin=margin, settings=settings, seed=seed))
        except EmergenceStatsError as error:
            failed.append(FailedPair(identity=dict(row.identity), reason=str(error)))
    return FrameComparison(column="", baseline=constant.name, pairs=tuple(pairs), failed=tuple(failed), families=())


def _rest(row: SeriesRow, column: str) -> tuple[tuple[str, str], ...]:
    """What a series shares with its partner."""
    return tuple((name, value) for name, value in row.identity.items() if name != column)


def _families(pairs: Sequence[PairComparison]) -> list[FamilySummary]:
    """Pairs that differ in their task only, if there are several of them."""
    groups: dict[tuple[str, ...], list[PairComparison]] = {}
    for pair in pairs:
        key = tuple(value for name, value in pair.identity.items() if name != "task")
        groups.setdefault((pair.scale_kind, *key), []).append(pair)
    return [summarise(members) for members in groups.values() if len(members) > 1]


def summarise(pairs: Sequence[PairComparison]) -> FamilySummary:
    """One strategy in one family over several tasks.

    Args:
        pairs: comparisons on one kind of scale that differ in their task alone; their posteriors are independent of
            each other.
    """
    identity = {name: value for name, value in pairs[0].identity.items() if name != "task"}
    kind = pairs[0].scale_kind
    sign = -1.0 if kind == "loss" else 1.0
    ends = np.array([sign * np.log10(pair.effect.scale[[0, -1]]) for pair in pairs])
    grid = np.linspace(ends[:, 0].min(), ends[:, 1].max(), N_SCALES)
    helped = [np.interp(grid, sign * np.log10(pair.effect.scale), pair.effect.p_helps) for pair in pairs]
    generator = np.random.default_rng(0)
    with np.errstate(divide="ignore"):
        begins = np.stack([sign * np.log10(generator.permutation(pair.crossover.draws)) for pair in pairs])
    if sign < 0:  # of a loss, 0 stands for from the start and infinity for never all the same
        begins = np.where(np.isinf(begins), -begins, begins)
    middle = np.sort(begins, axis=0)[(len(pairs) - 1) // 2]
    inside = np.isfinite(middle)
    p_inside = float(inside.mean())
    draws = np.sort(10.0 ** (sign * middle[inside]))
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.verdict.value] = counts.get(pair.verdict.value, 0) + 1
    return FamilySummary(
        name=" \N{MIDDLE DOT} ".join(filter(None, identity.values())),
        identity=identity,
        n_tasks=len(pairs),
        counts=counts,
        scale=10.0 ** (sign * grid),
        share_helped=np.mean(helped, axis=0),
        begins=Quantity(draws=draws) if p_inside > 0.5 else NOTHING,
        p_begins=p_inside,
        scale_kind=kind,
        measured=np.unique([point.scale for pair in pairs for point in pair.points]),
    )
