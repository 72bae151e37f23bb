"""A tidy table to a file: Parquet, CSV or JSON lines, by the name's ending; read back it gives the same series."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from emergence_stats.errors import OutputError
from emergence_stats.ingest.cells import as_text

WRITABLE = (".parquet", ".csv", ".jsonl")


def write_tidy(frame: pd.DataFrame, path: Path) -> None:
    """Write a tidy table, beside its place and then into it, so that no half of it is ever found there.

    Args:
        frame: the table.
        path: where to; its ending is one of `WRITABLE`.

    Raises:
        OutputError: another ending, or the file cannot be written.
    """
    if path.suffix.lower() not in WRITABLE:
        msg = f"--write: expected a name that ends in {', '.join(WRITABLE)}, got {path.name!r}"
        raise OutputError(msg)
    table = pd.DataFrame({name: _one_type(frame[name]) for name in frame})
    aside = path.with_name(f".{path.name}.part")
    try:
        if path.suffix.lower() == ".parquet":
            table.to_parquet(aside, index=False)
        elif path.suffix.lower() == ".csv":
            table.to_csv(aside, index=False)
        else:
            table.to_json(aside, orient="records", lines=True, force_ascii=False, double_precision=15)
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        msg = f"{path}: expected a place to write to, got {(error.strerror or str(error)).lower()}"
        raise OutputError(msg) from error


def _one_type(cells: pd.Series) -> pd.Series:
    """A column of mixed cells as text: a wrong cell stands as it was given, and files hold one type a column."""
    if cells.dtype != object:
        return cells
    try:
        return pd.to_numeric(cells)
    except (TypeError, ValueError):
        return pd.Series([as_text(value) or None for value in cells], index=cells.index, dtype="str")
