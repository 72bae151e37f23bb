"""`analyze_frame`: the public call for a table of scores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from emergence_stats.arguments import instance
from emergence_stats.batch.pooled import with_pooled
from emergence_stats.batch.run import run_batch
from emergence_stats.ingest import ArrowStream, read_tidy, series_from_table
from emergence_stats.ingest.columns import wanted_columns
from emergence_stats.pooling.table import pool_table

if TYPE_CHECKING:
    from emergence_stats.settings import Settings


def analyze_frame(
    frame: pd.DataFrame | ArrowStream,
    *,
    scale: str | None = None,
    by: Iterable[str] | str = (),
    resamples: int = 0,
    workers: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
    pool: str | None = None,
) -> pd.DataFrame:
    """Analyse every series of a tidy table.

    Args:
        frame: a tidy table, one row per measurement, as a pandas frame or any Arrow table; files are read by
            `emergence_stats.read`.
        scale: the scale column; None: for each series the first of train_flops, params, tokens that is complete
            and varies.
        by: further columns that tell series apart.
        resamples: resampled test sets per test-set size; 0 leaves resolution unassessed.
        workers: processes; the result is the same to the last bit for any number.
        seed: seed of the resampling.
        settings: priors, limits and effort; the defaults if None.
        pool: column, such as "family", over which all series are pooled in one model as well, which samples for
            minutes (`emergence_stats.pool`).

    Returns:
        One row per series, sorted by identity; first the identity columns, then `RESULT_COLUMNS`, and with `pool` the
        `POOLED_COLUMNS`. A series that cannot be analysed has verdict "failed" and the reason; one of a single size
        still takes part in what is pooled.

    Raises:
        InputError: an argument is of the wrong class or out of its range.
        TableError: a column that a series is made of is missing.
        SeriesError: with `pool`, there are fewer than three families, or several kinds of scale.
    """
    columns = tuple(dict.fromkeys((*wanted_columns(by), *([pool] if pool is not None else []))))
    given: object = frame
    if not isinstance(given, pd.DataFrame) and isinstance(given, ArrowStream):
        given = read_tidy(given, scale=scale, by=columns).frame
    table = instance("frame", given, pd.DataFrame, " (files are read by emergence_stats.read)")
    rows = series_from_table(table, scale=scale, by=columns)
    together = None
    if pool is not None:  # first: what cannot be pooled is known before hours of analyses
        together = pool_table(table, over=pool, scale=scale, by=columns, workers=workers, seed=seed, settings=settings)
    batch = run_batch(rows, settings=settings, resamples=resamples, workers=workers, seed=seed, documents=False)
    return batch.frame if together is None else with_pooled(batch, together).frame
