"""A small table of one series, and what becomes of it."""

from __future__ import annotations

import pandas as pd

from emergence_stats.ingest import SeriesRow, series_from_table
from emergence_stats.series import Series

SCALES = [1e8, 1e9, 1e10]


def table(**columns: object) -> pd.DataFrame:
    """Three rows of one accuracy series, with some columns replaced; a column given as None is left out."""
    cells: dict[str, object] = {
        "task": "piqa", "metric": "acc", "params": SCALES, "score": [0.5, 0.55, 0.9], "n_items": [100, 100, 100],
    }  # fmt: skip
    cells.update(columns)
    return pd.DataFrame({name: values for name, values in cells.items() if values is not None})


def only(frame: pd.DataFrame, *, scale: str | None = None, by: str = "") -> SeriesRow:
    rows = series_from_table(frame, scale=scale, by=by or ())
    assert len(rows) == 1
    return rows[0]


def good(frame: pd.DataFrame, *, scale: str | None = None, by: str = "") -> Series:
    row = only(frame, scale=scale, by=by)
    assert row.problem is None
    assert row.series is not None
    return row.series


def problem(frame: pd.DataFrame, *, scale: str | None = None, by: str = "") -> str:
    row = only(frame, scale=scale, by=by)
    assert row.series is None
    assert row.problem is not None
    return row.problem
