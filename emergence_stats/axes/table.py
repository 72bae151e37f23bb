"""Every series of a table on all measures of scale that its rows have."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from emergence_stats._version import __version__
from emergence_stats.arguments import instance
from emergence_stats.axes.comparison import AxesComparison, compare_axes
from emergence_stats.axes.surface import Surface, surface
from emergence_stats.errors import EmergenceStatsError, InputError, SeriesError, TableError
from emergence_stats.ingest import TidyTable, series_from_table
from emergence_stats.series import SCALE_UNITS, FloatArray, Series
from emergence_stats.settings import Settings

SCHEMA_VERSION = "1.0"
MEASURES = ("params", "train_flops", "tokens", "loss")  # looked for where none are named
Identity = Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesAxes:
    """One series of a table.

    Attributes:
        identity: columns that tell it from the others.
        comparison: its scores on every axis.
        surface: its scores over two of them, if that was asked.
        problem: why there is no surface; None if there is one, or none was asked.
        scales: kind of scale to that of each point, in the order of the comparison's first axis.
        score: of each point.
        warnings: what a reader must know.
    """

    identity: Identity
    comparison: AxesComparison
    surface: Surface | None
    problem: str | None
    scales: Mapping[str, FloatArray]
    score: FloatArray
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        found = self.comparison
        return {
            "identity": dict(self.identity),
            "name": next(iter(found.analyses.values())).series.name,
            "best": found.best,
            "settled": found.settled,
            "reason": found.reason,
            "problems": dict(found.problems),
            "axes": {
                kind: {
                    "elpd_loo": found.elpd[kind],
                    "kendall_tau": found.tau[kind],
                    "analysis": analysis.to_dict(),
                }
                for kind, analysis in found.analyses.items()
            },
            "points": {"score": self.score.tolist(), **{kind: at.tolist() for kind, at in self.scales.items()}},
            "surface": None if self.surface is None else self.surface.to_dict(),
            "surface_problem": self.problem,
            "warnings": list(self.warnings),
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxesTable:
    """All series of a table.

    Attributes:
        scales: measures of scale that were compared.
        series: those that could be analysed.
        failed: identity of each other one, and why.
        warnings: what a reader must know.
    """

    scales: tuple[str, ...]
    series: tuple[SeriesAxes, ...]
    failed: tuple[tuple[Identity, str], ...]
    warnings: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each series and axis: verdict, threshold with its 90 % interval, and how well it orders."""
        rows: list[dict[str, object]] = []
        for one in self.series:
            for kind, analysis in one.comparison.analyses.items():
                low, high = analysis.threshold.interval(0.9) or (None, None)
                rows.append(
                    dict(one.identity)
                    | {
                        "axis": kind,
                        "best": kind == one.comparison.best,
                        "settled": one.comparison.settled,
                        "verdict": analysis.verdict.value,
                        "p_emergent": analysis.p_emergent,
                        "threshold": analysis.threshold.median,
                        "threshold_low": low,
                        "threshold_high": high,
                        "elpd_loo": one.comparison.elpd[kind],
                        "kendall_tau": one.comparison.tau[kind],
                    }
                )
        rows += [{**identity, "verdict": "failed", "reason": reason} for identity, reason in self.failed]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``emergence-stats axes`` (`schema/axes.schema.json`), but for the names of the inputs."""
        return {
            "kind": "axes",
            "schema_version": SCHEMA_VERSION,
            "program_version": __version__,
            "scales": list(self.scales),
            "series": [one.to_dict() for one in self.series],
            "failed": [{"identity": dict(identity), "reason": reason} for identity, reason in self.failed],
            "warnings": list(self.warnings),
        }


def compare_axes_frame(
    frame: pd.DataFrame | TidyTable,
    *,
    scales: Iterable[str] = (),
    plane: tuple[str, str] | None = None,
    by: Iterable[str] | str = (),
    select: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> AxesTable:
    """Analyse every series of a table on several measures of scale (`compare_axes`), and over two of them (`surface`).

    Args:
        frame: a tidy table, one row per measurement, with several scale columns. Rows that lack one are left out.
        scales: the columns; those of params, train_flops, tokens and loss that the table has, if none are named.
        plane: two of the columns, for a surface of each series.
        by: further columns that tell series apart. The columns of `scales` never do.
        select: column to the value that a series must have there.
        settings: priors and limits; the defaults if None.

    Raises:
        InputError: an argument is wrong, or no series can be analysed.
        TableError: fewer than two of the columns are there.
    """
    table = frame.frame if isinstance(frame, TidyTable) else instance("frame", frame, pd.DataFrame)
    wanted = _columns(table, tuple(scales), plane)
    kept, warnings = _complete(table, wanted)
    extra = tuple(name for name in ((by,) if isinstance(by, str) else tuple(by)) if name not in wanted)
    labelled = kept.assign(model=[str(row) for row in range(len(kept))])  # which row a point is of, on every axis
    names = kept["model"].astype("str").tolist() if "model" in kept else None
    axes = {kind: series_from_table(labelled, scale=kind, by=extra) for kind in wanted}
    found: list[SeriesAxes] = []
    failed: list[tuple[Identity, str]] = []
    for rows in zip(*axes.values(), strict=True):
        identity = rows[0].identity
        if any(identity.get(name) != value for name, value in (select or {}).items()):
            continue
        try:
            problem = next((row.problem for row in rows if row.series is None), None)
            if problem is not None:
                raise SeriesError(problem)  # one road to the list of failures
            members = {kind: row.series for kind, row in zip(axes, rows, strict=True) if row.series is not None}
            found.append(_one(identity, members, plane, names, settings))
        except EmergenceStatsError as error:
            failed.append((identity, str(error)))
    if not found:
        wish = ", ".join(f"{name}={value}" for name, value in (select or {}).items())
        why = f"{' · '.join(failed[0][0].values())}: {failed[0][1]}" if failed else f"got none with {wish}"
        msg = f"axes: expected at least one series that can be analysed; {why}"
        raise InputError(msg)
    return AxesTable(scales=wanted, series=tuple(found), failed=tuple(failed), warnings=warnings)


def _one(
    identity: Identity,
    members: Mapping[str, Series],
    plane: tuple[str, str] | None,
    names: list[str] | None,
    settings: Settings | None,
) -> SeriesAxes:
    """One series: its points are named by their row, so that every axis can be put in the order of the first."""
    first = next(iter(members.values()))
    at = {kind: dict(zip(one.model or (), one.scale.tolist(), strict=True)) for kind, one in members.items()}
    rows = [row for row in first.model or () if all(row in places for places in at.values())]
    base = first.subset(np.isin(first.model or (), rows))
    scales = {kind: np.array([places[row] for row in rows]) for kind, places in at.items()}
    others = {kind: scale for kind, scale in scales.items() if kind != base.scale_kind}
    called = None if names is None else [names[int(row)] for row in rows]
    comparison = compare_axes(base.replace(model=called), others, settings=settings)
    drawn, problem = None, None
    if plane is not None:
        on_first = base.replace(scale=scales[plane[0]], scale_kind=plane[0])
        second = np.array([at[plane[1]][row] for row in on_first.model or ()])
        try:
            drawn = surface(on_first, second, kind=plane[1], settings=settings)
        except SeriesError as error:
            problem = str(error)
    assert base.score is not None
    return SeriesAxes(
        identity=identity,
        comparison=comparison,
        surface=drawn,
        problem=problem,
        scales=scales,
        score=base.score,
        warnings=base.warnings,
    )


def _columns(table: pd.DataFrame, scales: tuple[str, ...], plane: tuple[str, str] | None) -> tuple[str, ...]:
    """The scale columns to compare, each checked to be there."""
    found = (name for name in MEASURES if name in table and table[name].nunique() > 1)
    wanted = tuple(dict.fromkeys(scales)) or tuple(found)
    if plane is not None:
        if plane[0] == plane[1]:
            msg = f"plane: expected two different scale columns, got {plane[0]} twice"
            raise InputError(msg)
        wanted = tuple(dict.fromkeys((*wanted, *plane)))
    for name in wanted:
        if name not in SCALE_UNITS:
            msg = f"scales: expected kinds of scale among {', '.join(SCALE_UNITS)}, got {name!r}"
            raise InputError(msg)
        if name not in table:
            present = [kind for kind in SCALE_UNITS if kind in table]
            msg = f"axes: expected a column {name!r}; scale columns of the table: {', '.join(present) or 'none'}"
            raise TableError(msg)
    if len(wanted) < 2:
        msg = f"axes: expected two scale columns that vary or more, got {', '.join(wanted) or 'none'}"
        raise TableError(msg)
    if "item" in table:
        msg = "axes: expected one row per measurement, got a table of single items (column 'item')"
        raise TableError(msg)
    return wanted


def _complete(table: pd.DataFrame, wanted: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows with a value in each of the columns, and a warning if there are others."""
    blank = np.zeros(len(table), dtype=bool)
    for name in wanted:
        blank |= (table[name].isna() | (table[name].astype("str").str.strip() == "")).to_numpy(dtype=bool)
    count = int(blank.sum())
    if count == 0:
        return table, ()
    words = f"{count} of {len(table)} rows without {' or '.join(wanted)} left out: every axis has the same points"
    return table[~blank], (words,)
