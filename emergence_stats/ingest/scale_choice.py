"""The scale column of a series."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import SeriesError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import BoolArray
from emergence_stats.ingest.parsing import ParsedTable

Rows = npt.NDArray[np.intp]

_EXPECTED = "a positive finite number"
_UNTRAINED = ("train_flops", "tokens")  # 0 of these means a model before its first step


def choose_scale(parsed: ParsedTable, rows: Rows, asked: str | None) -> str:
    """The column asked for, else the first candidate that is complete and varies, else the first complete one.

    A wrong cell is not a blank: it does not send the choice on to the next candidate, it fails the series.

    Raises:
        SeriesError: the column asked for, or every candidate, has blanks.
    """
    if asked is not None:
        candidates = [asked]
    else:
        present = [name for name in names.SCALES if name in parsed.frame]
        candidates = present or [name for name in names.OTHER_SCALES if name in parsed.frame]
    blanks = {name: _blank(parsed, rows, name) for name in candidates}
    complete = [name for name in candidates if not blanks[name].any()]
    for name in complete:
        values = parsed.numbers[name][rows]
        if np.unique(values[values > 0]).size > 1:
            return name
    if complete:
        return complete[0]
    fullest = min(candidates, key=lambda name: int(blanks[name].sum()))
    blank = rows[blanks[fullest]]
    raise SeriesError(parsed.fault(int(blank[0]), fullest, _EXPECTED, others=blank[1:].tolist()))


def trained_rows(parsed: ParsedTable, rows: Rows, scale: str) -> tuple[Rows, tuple[str, ...]]:
    """The rows of models that were trained at all, and a warning if others are left out.

    A logarithmic axis has no place for 0 tokens or 0 FLOP.

    Raises:
        SeriesError: no model was trained.
    """
    if scale not in _UNTRAINED:
        return rows, ()
    trained = parsed.numbers[scale][rows] > 0
    if trained.all():
        return rows, ()
    if not trained.any():
        raise SeriesError(parsed.fault(int(rows[0]), scale, _EXPECTED, "0", others=rows[1:].tolist()))
    count = int((~trained).sum())
    points = "point" if count == 1 else "points"
    warning = f"{count} {points} with {scale} = 0 (untrained) left out: no place on a logarithmic axis"
    return rows[trained], (warning,)


def _blank(parsed: ParsedTable, rows: Rows, name: str) -> BoolArray:
    """Cells of a numeric column that hold nothing, as against something wrong."""
    blank = ~np.isfinite(parsed.numbers[name][rows])
    for check in parsed.checks:
        if check.column == name:
            blank &= ~check.bad[rows]
    return blank
