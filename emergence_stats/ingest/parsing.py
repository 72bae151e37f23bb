"""From a frame of cells to a table of values: canonical columns, numbers, units, and the cells that are wrong.

This is the edge: whatever passes here is trusted afterwards. A wrong cell never stops the table; it is kept with what
was expected of it, and fails the one series that it belongs to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from emergence_stats.errors import TableError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import (
    BoolArray,
    conversion_note,
    is_missing,
    parse_numbers,
    round_digits,
    shown,
    text_codes,
)
from emergence_stats.ingest.directions import directions
from emergence_stats.ingest.registries.metrics import between
from emergence_stats.ingest.units import Codes, ScoreUnits, UnitContext, score_units
from emergence_stats.series import FloatArray

_NAMED_ROWS = 5
PERCENT, DOUBTFUL_PERCENT = "percent", "percent, doubtful"  # what the column source_unit says of converted rows


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CellCheck:
    """Cells of one column that break one rule.

    Attributes:
        column: the column.
        bad: the rows.
        expected: what is expected of the cell in a row.
    """

    column: str
    bad: BoolArray
    expected: Callable[[int], str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ParsedTable:
    """Values of a table, column by column, in the order of its rows.

    Attributes:
        frame: the cells as given, under canonical names.
        numbers: numeric columns; NaN where blank or wrong; scores as proportions where they have bounds.
        given_direction: the column higher_is_better: 1, 0, or NaN where blank or wrong.
        higher_is_better: direction of each row's score: its own, else its metric's, else higher is better.
        no_direction: rows of metrics of which neither end is better.
        task: code of each row's task.
        tasks: names of the tasks.
        metric: code of each row's metric.
        metrics: names of the metrics; '' if there is no such column.
        units: units of the scores.
        checks: every rule that some cell breaks.
        notes: what was converted, as sentences.
    """

    frame: pd.DataFrame
    numbers: Mapping[str, FloatArray]
    given_direction: FloatArray
    higher_is_better: BoolArray
    no_direction: BoolArray
    task: Codes
    tasks: tuple[str, ...]
    metric: Codes
    metrics: tuple[str, ...]
    units: ScoreUnits
    checks: tuple[CellCheck, ...]
    notes: tuple[str, ...]

    def fault(self, row: int, column: str, expected: str, got: str = "a blank", others: Sequence[int] = ()) -> str:
        """What is wrong with a cell, and where; the rows ``others`` are wrong, too."""
        return f"{self.place(row)}, column {column}: expected {expected}, got {got}{self._also(others)}"

    def describe(self, check: CellCheck, row: int, others: Sequence[int] = ()) -> str:
        """Which rule a cell breaks; the rows ``others`` break one, too."""
        if check.column == names.SOURCE_PROBLEM:
            return f"{self.place(row)}: {check.expected(row)}{self._also(others)}"
        got = shown(self.frame[check.column].iloc[row])
        return self.fault(row, check.column, check.expected(row), got, others)

    def _also(self, others: Sequence[int]) -> str:
        """The first of some further rows, and how many there are; of several files, their count alone."""
        if len(others) == 0:
            return ""
        places = [self.place(int(row)).rpartition("row ") for row in others]
        if len({file for file, _, _ in places}) > 1:
            return f" (also wrong: {len(others)} more rows)"
        numbers = [number for _, _, number in places[:_NAMED_ROWS]]
        rest = f" and {len(others) - _NAMED_ROWS} more" if len(others) > _NAMED_ROWS else ""
        return f" (also wrong: {'rows' if len(others) > 1 else 'row'} {', '.join(numbers)}{rest})"

    def place(self, row: int) -> str:
        """File and row of a row, for messages."""
        number = self.frame[names.SOURCE_ROW].iloc[row] if names.SOURCE_ROW in self.frame else row + 1
        file = self.frame[names.SOURCE_FILE].iloc[row] if names.SOURCE_FILE in self.frame else ""
        return f"{file}, row {number}" if isinstance(file, str) and file else f"row {number}"


def parse_table(
    frame: pd.DataFrame, *, scale: str | None = None, by: Iterable[str] = (), context: UnitContext | None = None
) -> ParsedTable:
    """Parse every known column of a frame.

    Args:
        frame: rows under any headings that mean known columns.
        scale: a scale column that must be there.
        by: further columns that must be there.
        context: what the rest of the table says about units, of which this is a piece; files do not matter then.

    Raises:
        TableError: there are no rows, or a column that a series is made of is missing.
    """
    frame = frame.set_axis(names.canonical_names(list(frame.columns)), axis="columns")
    names.require_columns(list(frame.columns), scale=scale, by=by)
    if len(frame) == 0:
        msg = f"expected at least one row, got none under the columns {names.listed(frame.columns)}"
        raise TableError(msg)
    task, tasks = text_codes(frame["task"])
    metric, metrics = _codes(frame, "metric")
    file, _ = _codes(frame, names.SOURCE_FILE)
    numbers, percent_signs, checks, notes = _numeric_columns(frame, scale)

    converted, doubtful = percent_signs["score"].copy(), np.zeros(len(frame), dtype=bool)
    if names.SOURCE_UNIT in frame:
        said = np.array([str(unit) for unit in frame[names.SOURCE_UNIT]], dtype=object)
        doubtful = said == DOUBTFUL_PERCENT
        converted |= (said == PERCENT) | doubtful
    given, higher, no_direction, unclear = directions(frame, metric, metrics)
    direction_check = CellCheck(column="higher_is_better", bad=unclear, expected=lambda _: "true or false")
    units = score_units(
        numbers["score"],
        converted=converted,
        lower=~higher,
        metric=metric,
        metrics=metrics,
        task=task,
        tasks=tasks,
        file=file if context is None else np.zeros_like(file),
        single=names.ITEM in frame,
        context=context,
    )
    for name in ("score", "stderr", "chance_level"):
        large = numbers[name] > 1 if name == "chance_level" else np.ones(len(frame), dtype=bool)
        numbers[name] = _hundredths(numbers[name], units.percent & large & ~percent_signs[name])
    units = dataclasses.replace(units, percent=units.percent | converted, doubtful=units.doubtful | doubtful)

    checks += [
        direction_check,
        *_cross_checks(frame, numbers, units, higher, np.array([bool(name) for name in tasks])[task]),
    ]
    return ParsedTable(
        frame=frame,
        numbers=numbers,
        given_direction=given,
        higher_is_better=higher,
        no_direction=no_direction,
        task=task,
        tasks=tuple(tasks),
        metric=metric,
        metrics=tuple(metrics),
        units=units,
        checks=tuple(check for check in checks if check.bad.any()),
        notes=(*notes, *units.notes),
    )


def _codes(frame: pd.DataFrame, name: str) -> tuple[Codes, list[str]]:
    """Codes of a text column; one blank text if there is no such column."""
    return text_codes(frame[name]) if name in frame else (np.broadcast_to(np.intp(0), len(frame)), [""])


def _numeric_columns(
    frame: pd.DataFrame, scale: str | None
) -> tuple[dict[str, FloatArray], dict[str, BoolArray], list[CellCheck], list[str]]:
    """Numeric columns as numbers, where percent signs were, what is wrong with single cells, and notes."""
    rules = dict(names.NUMBERS)
    if scale is not None:
        rules.setdefault(scale, names.NUMBERS["scale"])
    numbers: dict[str, FloatArray] = {}
    signs: dict[str, BoolArray] = {}
    checks: list[CellCheck] = []
    notes: list[str] = []
    for name, rule in rules.items():
        if name not in frame:
            # One value seen as often as there are rows: long tables lack most columns, and each would cost as much.
            numbers[name] = np.broadcast_to(np.nan, len(frame))
            signs[name] = np.broadcast_to(np.False_, len(frame))
            continue
        column = parse_numbers(frame[name], rule)
        numbers[name], signs[name] = column.values, column.percent_signs
        checks.append(CellCheck(column=name, bad=column.bad, expected=lambda _, text=rule.expected: text))  # type: ignore[misc]
        notes += [conversion_note(name, kind, count) for kind, count in column.conversions.items()]
    return numbers, signs, checks, notes


def _hundredths(values: FloatArray, rows: BoolArray) -> FloatArray:
    """Some values divided by 100, so that decimals as printed stay exact."""
    if not rows.any():
        return values
    result = values.copy()
    distinct, inverse = np.unique(values[rows], return_inverse=True)
    result[rows] = np.array([round_digits(value / 100.0) for value in distinct.tolist()], dtype=np.float64)[inverse]
    return result


def _cross_checks(
    frame: pd.DataFrame, numbers: dict[str, FloatArray], units: ScoreUnits, higher: BoolArray, named: BoolArray
) -> list[CellCheck]:
    """Rules that need more than one column: counts, bounds and chance levels. Scores are brought within rounding."""
    checks = [CellCheck(column="task", bad=~named, expected=lambda _: "the name of a task")]
    if names.SOURCE_PROBLEM in frame:
        problems = frame[names.SOURCE_PROBLEM]
        told = np.array([not is_missing(text) and text != "" for text in problems], dtype=bool)
        checks.append(CellCheck(column=names.SOURCE_PROBLEM, bad=told, expected=lambda row: str(problems.iloc[row])))
    items = numbers["n_items"]
    with np.errstate(invalid="ignore"):
        too_many = numbers["n_correct"] > items
        low, high = units.low, units.high
        outside = (numbers["score"] < low - 1e-9) | (numbers["score"] > high + 1e-9)
        chance = numbers["chance_level"]
        inside = np.where(higher, (chance >= low) & (chance < high), (chance > low) & (chance <= high))

    def score_range(row: int) -> str:
        percent = ", or 0 to 100 in percent" if high[row] == 1 else ""
        return f"a score {between(low[row], high[row])}{percent}"

    def chance_range(row: int) -> str:
        if higher[row]:
            return f"a random score from {low[row]:g} to below {high[row]:g}"
        return f"a random score above {low[row]:g}, up to {high[row]:g}"

    checks += [
        CellCheck(column="n_correct", bad=too_many, expected=lambda row: f"at most n_items = {items[row]:.15g}"),
        CellCheck(column="score", bad=outside, expected=score_range),
        CellCheck(column="chance_level", bad=~units.unbounded & np.isfinite(chance) & ~inside, expected=chance_range),
    ]
    within = ~units.unbounded & ~outside & np.isfinite(numbers["score"])
    numbers["score"] = np.where(within, np.clip(numbers["score"], low, high), numbers["score"])
    return checks
