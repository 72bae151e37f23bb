"""Analyse every series of a table, in as many processes as asked for."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pandas as pd

from emergence_stats.arguments import instance, whole_number
from emergence_stats.batch.discoveries import Standing
from emergence_stats.batch.rows import RESULT_COLUMNS, Cell, identity_cells, with_adjusted
from emergence_stats.batch.work import Document, Outcome, SeriesWork, chunk_of, placed
from emergence_stats.ingest import SeriesRow
from emergence_stats.parallel import Engine, Limits, run_chunks
from emergence_stats.settings import Settings

SERIES_PER_CHUNK = 8  # sent to a process at once: enough to repay the message, few enough for a smooth progress bar


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """Results of a table of series, all in the same order.

    Attributes:
        frame: one row per series: identity columns, then `RESULT_COLUMNS`.
        documents: JSON document of each series; None where it failed or documents were not wanted.
        standings: what each brings to the discovery list; None where it failed or did not converge.
        rows: the series, as they came.
    """

    frame: pd.DataFrame
    documents: tuple[Document | None, ...]
    standings: tuple[Standing | None, ...]
    rows: tuple[SeriesRow, ...]


def run_batch(
    rows: Sequence[SeriesRow],
    *,
    settings: Settings | None = None,
    resamples: int = 0,
    workers: int = 1,
    engine: Engine | None = None,
    limits: Limits | None = None,
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
        workers: processes of this machine; the results are the same to the last bit for any number.
        engine: where to compute, in place of `workers`.
        limits: of time and memory for each series.
        seed: seed of the resampling, the same for every series.
        documents: also make the JSON documents.
        cross_checked: verdicts of the series whose documents hold the frequentist cross-checks.
        on_progress: called with the number of series done so far.

    Raises:
        InputError: an argument is not what it must be for every series.
        EngineError: the workers cannot be reached, or are lost again and again.
    """
    work = SeriesWork(
        settings=Settings() if settings is None else instance("settings", settings, Settings),
        resamples=whole_number("resamples", resamples),
        seed=whole_number("seed", seed),
        documents=documents,
        cross_checked=frozenset(cross_checked),
    )
    engine = engine or Engine(workers=workers)
    payloads = (chunk_of(items) for items in itertools.batched(placed(rows), SERIES_PER_CHUNK))
    outcomes: dict[int, list[Outcome]] = {}
    done = 0
    for index, outcome in run_chunks(work, payloads, engine=engine, limits=limits):
        outcomes[index] = outcome
        done += len(outcome)
        if on_progress is not None:
            on_progress(done)
    found = [outcome for index in sorted(outcomes) for outcome in outcomes[index]]
    return BatchResult(
        frame=results_frame(rows, with_adjusted([outcome.cells for outcome in found])),
        documents=tuple(outcome.document for outcome in found),
        standings=tuple(outcome.standing for outcome in found),
        rows=tuple(rows),
    )


def results_frame(rows: Sequence[SeriesRow], cells: Sequence[dict[str, Cell]]) -> pd.DataFrame:
    """Identity and results side by side, with stable types even where all is missing."""
    identity = [identity_cells(row.identity) for row in rows]
    names = list(dict.fromkeys(name for row in identity for name in row))
    columns: dict[str, pd.Series[Any]] = {
        name: pd.Series([row.get(name, "") for row in identity], dtype="str") for name in names
    }
    for name, kind in RESULT_COLUMNS.items():
        columns[name] = pd.Series([cell[name] for cell in cells], dtype=kind)
    return pd.DataFrame(columns)
