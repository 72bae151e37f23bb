"""What the rows of one series must hold: whole rows, good cells, several scales, scores, one value where one is due."""

from __future__ import annotations

import numpy as np

from emergence_stats.errors import SeriesError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import BoolArray
from emergence_stats.ingest.parsing import ParsedTable
from emergence_stats.ingest.scale_choice import Rows
from emergence_stats.ingest.score_form import missing_score
from emergence_stats.ingest.table_facts import TableFacts
from emergence_stats.series import FloatArray


def require_good_cells(facts: TableFacts, rows: Rows, scale: str) -> None:
    """Raise for the first wrong cell; scale columns other than the one in use do not matter."""
    if not facts.suspect[rows].any():
        return
    unused = {*names.SCALES, *names.OTHER_SCALES} - {scale}
    checks = [check for check in facts.parsed.checks if check.column not in unused]
    found = [(int(row), check) for check in checks for row in rows[check.bad[rows]]]
    if found:
        row, check = min(found, key=lambda item: item[0])
        others = sorted({other for other, _ in found} - {row})
        raise SeriesError(facts.parsed.describe(check, row, others))


def require_whole_rows(facts: TableFacts, rows: Rows) -> None:
    """Raise for rows that could not be read in full: what their cells seem to hold means nothing."""
    for check in facts.parsed.checks:
        if check.column == names.SOURCE_PROBLEM and check.bad[rows].any():
            broken = rows[check.bad[rows]].tolist()
            raise SeriesError(facts.parsed.describe(check, broken[0], broken[1:]))


def require_scales(parsed: ParsedTable, rows: Rows, scale: str, fewest: int) -> None:
    """Raise unless there are as many different scales to compare."""
    distinct = np.unique(parsed.numbers[scale][rows])
    if distinct.size < fewest:
        points = "1 point" if rows.size == 1 else f"{rows.size} points"
        got = f"{points} at {distinct[0]:g}"
        raise SeriesError(parsed.fault(int(rows[0]), scale, "at least two different scales in a series", got))


def require_scores(parsed: ParsedTable, rows: Rows) -> None:
    """Raise for the first row without a score."""
    values = [parsed.numbers[name][rows] for name in ("n_correct", "n_items", "score")]
    missing = missing_score(*values)
    if missing is not None:
        blank, column = rows[missing[0]], missing[1]
        expected = "n_items beside n_correct" if column == "n_items" else "a score (or n_correct and n_items)"
        raise SeriesError(parsed.fault(int(blank[0]), column, expected, others=blank[1:].tolist()))


def one_value(parsed: ParsedTable, rows: Rows, values: FloatArray | BoolArray, column: str) -> float | None:
    """The one value that a column has in a series, None if it is blank throughout; raises if it has several."""
    given = rows[np.isfinite(values[rows])]
    if given.size == 0:
        return None
    first = float(values[given[0]])
    odd = given[values[given] != first]
    if odd.size:
        other = float(values[odd[0]])
        texts = (
            ("true", "false") if column == "higher_is_better" else (f"{max(first, other):g}", f"{min(first, other):g}")
        )
        expected, got = "one value for the whole series", " and ".join(texts)
        raise SeriesError(parsed.fault(int(odd[0]), column, expected, got))
    return first
