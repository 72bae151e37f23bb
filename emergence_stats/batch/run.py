"""Analyse every series of a table, in as many processes as asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any

import joblib
import pandas as pd

from emergence_stats.analysis import analyze
from emergence_stats.arguments import instance, whole_number
from emergence_stats.batch.rows import RESULT_COLUMNS, Cell, failed_row, identity_cells, result_row, with_adjusted
from emergence_stats.errors import EmergenceStatsError
from emergence_stats.ingest import SeriesRow, companions_of
from emergence_stats.series import Series
from emergence_stats.settings import Settings

SERIES_PER_TASK = 8  # sent to a process at once: enough to repay the message, few enough for a smooth progress bar
Document = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """Results of a table of series, all in the same order.

    Attributes:
        frame: one row per series: identity columns, then `RESULT_COLUMNS`.
        documents: JSON document of each series; None where it failed or documents were not wanted.
        rows: the series, as they came.
    """

    frame: pd.DataFrame
    documents: tuple[Document | None, ...]
    rows: tuple[SeriesRow, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a process needs."""

    series: tuple[Series | None, ...]
    companions: tuple[tuple[Series, ...], ...]
    problems: tuple[str | None, ...]
    settings: Settings
    resamples: int
    seed: int
    documents: bool
    cross_checked: frozenset[str]


def run_batch(
    rows: Sequence[SeriesRow],
    *,
    settings: Settings | None = None,
    resamples: int = 0,
    workers: int = 1,
    seed: int = 0,
    documents: bool = True,
    cross_checked: Collection[str] = (),
    on_progress: Callable[[int], None] | None = None,
) -> BatchResult:
    """Analyse every series; one that cannot be analysed has verdict "failed" and the reason.

    Other metrics of the same outputs, where the table has them, are companions of each series.

    Args:
        rows: series, or the reasons why there are none.
        settings: the defaults if None.
        resamples: resampled test sets per size.
        workers: processes; the results are the same to the last bit for any number.
        seed: seed of the resampling, the same for every series.
        documents: also make the JSON documents.
        cross_checked: verdicts of the series whose documents hold the frequentist cross-checks.
        on_progress: called with the number of series done so far.

    Raises:
        InputError: an argument is not what it must be for every series.
    """
    settings = Settings() if settings is None else instance("settings", settings, Settings)
    workers = whole_number("workers", workers, minimum=1)
    resamples, seed = whole_number("resamples", resamples), whole_number("seed", seed)
    companions = companions_of(rows)
    tasks = [
        _Task(
            series=tuple(row.series for row in rows[start : start + SERIES_PER_TASK]),
            companions=tuple(companions[start : start + SERIES_PER_TASK]),
            problems=tuple(row.problem for row in rows[start : start + SERIES_PER_TASK]),
            settings=settings,
            resamples=resamples,
            seed=seed,
            documents=documents,
            cross_checked=frozenset(cross_checked),
        )
        for start in range(0, len(rows), SERIES_PER_TASK)
    ]
    parallel = joblib.Parallel(n_jobs=workers, return_as="generator", batch_size=1)
    cells: list[dict[str, Cell]] = []
    papers: list[Document | None] = []
    for done in parallel(joblib.delayed(_run)(task) for task in tasks):
        for row, paper in done:
            cells.append(row)
            papers.append(paper)
        if on_progress is not None:
            on_progress(len(cells))
    return BatchResult(frame=_frame(rows, with_adjusted(cells)), documents=tuple(papers), rows=tuple(rows))


def _run(task: _Task) -> list[tuple[dict[str, Cell], Document | None]]:
    """Analyse the series of one task."""
    parts = zip(task.series, task.companions, task.problems, strict=True)
    return [_run_one(series, companions, problem, task) for series, companions, problem in parts]


def _run_one(
    series: Series | None, companions: tuple[Series, ...], problem: str | None, task: _Task
) -> tuple[dict[str, Cell], Document | None]:
    """One series: its row and its document."""
    if series is None:
        return failed_row(problem or "no series"), None
    try:
        analysis = analyze(
            series, companions=companions, resamples=task.resamples, seed=task.seed, settings=task.settings
        )
        if not task.documents:
            return result_row(analysis), None
        return result_row(analysis), analysis.to_dict(cross_checks=analysis.verdict.value in task.cross_checked)
    except EmergenceStatsError as error:
        return failed_row(str(error)), None
    except (ArithmeticError, ValueError, MemoryError) as error:  # the others go on; the reason is in the table
        return failed_row(f"{type(error).__name__}: {error}"), None


def _frame(rows: Sequence[SeriesRow], cells: Sequence[dict[str, Cell]]) -> pd.DataFrame:
    """Identity and results side by side, with stable types even where all is missing."""
    identity = [identity_cells(row.identity) for row in rows]
    names = list(dict.fromkeys(name for row in identity for name in row))
    columns: dict[str, pd.Series[Any]] = {
        name: pd.Series([row.get(name, "") for row in identity], dtype="str") for name in names
    }
    for name, kind in RESULT_COLUMNS.items():
        columns[name] = pd.Series([cell[name] for cell in cells], dtype=kind)
    return pd.DataFrame(columns)
