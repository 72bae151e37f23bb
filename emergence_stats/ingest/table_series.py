"""A tidy table to its series: each one valid, or with the one reason why it is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.errors import SeriesError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import BoolArray, as_text, text_codes
from emergence_stats.ingest.chance import ChanceSource, chance_of
from emergence_stats.ingest.grouping import Group, group_rows, identity_columns
from emergence_stats.ingest.parsing import ParsedTable, parse_table
from emergence_stats.ingest.read import TidyTable
from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.scale_choice import Rows, choose_scale, trained_rows
from emergence_stats.ingest.score_form import FormName, ScoreColumns, missing_score, score_columns
from emergence_stats.series import SCALE_UNITS, FloatArray, ScoreAxis, Series

_NAMED_POINTS = 5
_PLAIN_IDENTITY = ("task", "metric", "family", "prompt")  # their values speak for themselves in a label


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """One series of a table, or the reason why there is none.

    Attributes:
        identity: the columns that identify it, and their values.
        series: the series, or None.
        problem: what is wrong, naming file, row and column; None if nothing is.
        score_form: which form the scores came in, or None.
        chance_source: where the chance level came from; None where it is not defined.
        n_rows: how many rows of the table belong to it.
    """

    identity: Mapping[str, str]
    series: Series | None
    problem: str | None
    score_form: FormName | None = None
    chance_source: ChanceSource | None = None
    n_rows: int = 0


def series_from_table(
    table: TidyTable | pd.DataFrame, *, scale: str | None = None, by: Iterable[str] | str = ()
) -> list[SeriesRow]:
    """Find the series of a table.

    Args:
        table: a tidy table, or any frame with its columns.
        scale: the scale column. Not given: for each series the first of train_flops, params and tokens that is
            complete and varies.
        by: further columns that tell series apart.

    Returns:
        One row per series, sorted by identity whatever the order of the table's rows.

    Raises:
        TableError: a column that a series is made of is missing.
    """
    wanted = names.wanted_columns(by)
    parsed = parse_table(table.frame if isinstance(table, TidyTable) else table, scale=scale, by=wanted)
    facts = _TableFacts.of(parsed)
    identity = identity_columns(parsed.frame.columns, scale=scale, by=wanted)
    return [_series_row(group, facts, scale) for group in group_rows(parsed.frame, identity)]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _TableFacts:
    """What is worked out once for the whole table.

    Attributes:
        parsed: the table's values.
        labels: texts of the label columns.
        suspect: rows with any wrong cell.
        repeated: rows that are the same in every cell as a row before them, wherever they came from.
    """

    parsed: ParsedTable
    labels: Mapping[str, npt.NDArray[np.object_]]
    suspect: BoolArray
    repeated: BoolArray

    @classmethod
    def of(cls, parsed: ParsedTable) -> _TableFacts:
        """Work out the facts of a table."""
        labels = {}
        for name in ("model", "seed"):
            if name in parsed.frame:
                codes, texts = text_codes(parsed.frame[name])
                labels[name] = np.array(texts, dtype=object)[codes]
        suspect = np.zeros(len(parsed.frame), dtype=bool)
        for check in parsed.checks:
            suspect |= check.bad
        cells = parsed.frame.drop(columns=[name for name in names.SOURCE if name in parsed.frame])
        try:
            repeated = cells.duplicated().to_numpy(dtype=bool)
        except TypeError:  # lists and the like in a carried column
            repeated = cells.map(as_text).duplicated().to_numpy(dtype=bool)
        return cls(parsed=parsed, labels=labels, suspect=suspect, repeated=repeated)

    def label(self, name: str, rows: Rows) -> tuple[str, ...] | None:
        """Labels of points, None if there is no such column or it is blank throughout."""
        if name not in self.labels:
            return None
        texts = tuple(self.labels[name][rows].tolist())
        return texts if any(texts) else None


def _series_row(group: Group, facts: _TableFacts, asked_scale: str | None) -> SeriesRow:
    """One group of rows as a series, or as the reason why it is none."""
    parsed, rows = facts.parsed, group.rows
    try:
        _require_whole_rows(facts, rows)
        kind = choose_scale(parsed, rows, asked_scale)
        _require_good_cells(facts, rows, kind)
        rows, scale_warnings = trained_rows(parsed, rows, kind)
        _require_scales(parsed, rows, kind)
        columns = _scores(parsed, rows, kind)
        higher = bool(_one_value(parsed, rows, parsed.higher_is_better.astype(np.float64), "higher_is_better"))
        first, units = rows[0], parsed.units
        unbounded = bool(units.unbounded[rows].any())
        bounds = None if unbounded else (float(units.low[first]), float(units.high[first]))
        metric = parsed.metrics[parsed.metric[first]]
        chance = chance_of(
            _one_value(parsed, rows, parsed.numbers["chance_level"], "chance_level"),
            bounds=bounds,
            higher_is_better=higher,
            metric=metric,
            task=parsed.tasks[parsed.task[first]],
        )
        axis, axis_warnings = _score_axis(columns, metric, unbounded=unbounded, chance=chance.level)
        series = Series(
            scale=parsed.numbers[kind][rows],
            n_correct=columns.n_correct,
            n_items=columns.n_items,
            score=columns.score,
            stderr=columns.stderr,
            chance_level=chance.level,
            scale_kind=kind if kind in SCALE_UNITS else "scale",
            name=_name(group.identity),
            metric=metric,
            higher_is_better=higher,
            score_bounds=bounds,
            score_axis=axis,
            model=facts.label("model", rows),
            seed=facts.label("seed", rows),
            identity=group.identity,
            warnings=(*scale_warnings, *axis_warnings, *columns.warnings, *chance.warnings, *_remarks(facts, rows)),
        )
    except SeriesError as error:
        return SeriesRow(identity=group.identity, series=None, problem=str(error), n_rows=group.rows.size)
    return SeriesRow(
        identity=group.identity,
        series=series,
        problem=None,
        score_form=columns.form,
        chance_source=chance.source,
        n_rows=group.rows.size,
    )


def _require_good_cells(facts: _TableFacts, rows: Rows, scale: str) -> None:
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


def _require_whole_rows(facts: _TableFacts, rows: Rows) -> None:
    """Raise for rows that could not be read in full: what their cells seem to hold means nothing."""
    for check in facts.parsed.checks:
        if check.column == names.SOURCE_PROBLEM and check.bad[rows].any():
            broken = rows[check.bad[rows]].tolist()
            raise SeriesError(facts.parsed.describe(check, broken[0], broken[1:]))


def _require_scales(parsed: ParsedTable, rows: Rows, scale: str) -> None:
    """Raise unless there are two different scales to compare."""
    distinct = np.unique(parsed.numbers[scale][rows])
    if distinct.size < 2:
        points = "1 point" if rows.size == 1 else f"{rows.size} points"
        got = f"{points} at {distinct[0]:g}"
        raise SeriesError(parsed.fault(int(rows[0]), scale, "at least two different scales in a series", got))


def _scores(parsed: ParsedTable, rows: Rows, kind: str) -> ScoreColumns:
    """The score columns of a series; raises for the first row without a score."""
    values = {name: parsed.numbers[name][rows] for name in ("n_correct", "n_items", "score", "stderr")}
    missing = missing_score(values["n_correct"], values["n_items"], values["score"])
    if missing is not None:
        blank, column = rows[missing[0]], missing[1]
        expected = "n_items beside n_correct" if column == "n_items" else "a score (or n_correct and n_items)"
        raise SeriesError(parsed.fault(int(blank[0]), column, expected, others=blank[1:].tolist()))
    scale = parsed.numbers[kind][rows]

    def name_points(chosen: BoolArray) -> str:
        """Points by their scale: readers of a report know it, and it does not change with the order of the rows."""
        texts = [f"{value:g}" for value in np.sort(scale[chosen])[:_NAMED_POINTS].tolist()]
        count = int(chosen.sum())
        return (
            f"{kind} = {', '.join(texts)}{', ...' if count > _NAMED_POINTS else ''} ({count} of {chosen.size} points)"
        )

    return score_columns(**values, name_points=name_points)


def _score_axis(
    columns: ScoreColumns, metric: str, *, unbounded: bool, chance: float | None
) -> tuple[ScoreAxis, tuple[str, ...]]:
    """Log for metrics that call for it, unless a score has no log; and what a reader must know about it."""
    spec = metric_spec(metric)
    if not unbounded or columns.score is None or spec is None or not spec.log_axis:
        return "linear", ()
    if (columns.score > 0).all() and (chance is None or chance > 0):
        return "log", (f"{metric} has no upper end: curves are fitted to its log",)
    return "linear", (f"{metric} is usually analysed on a log axis, but not all of its scores are above 0",)


def _one_value(parsed: ParsedTable, rows: Rows, values: FloatArray, column: str) -> float | None:
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


def _remarks(facts: _TableFacts, rows: Rows) -> tuple[str, ...]:
    """What a reader must know about unit, direction and repeats."""
    units, remarks = facts.parsed.units, []
    if units.percent[rows].any():
        remarks.append("scores were given in percent and divided by 100")
    doubtful = int(units.doubtful[rows].sum())
    if doubtful:
        remarks.append(f"{doubtful} of the percentages may be proportions: below 1, with more decimals than the others")
    if units.unknown_range[rows].any():
        remarks.append("unlisted metric whose scores fit neither 0-1 nor 0-100: analysed without bounds")
    if facts.parsed.no_direction[rows].any():
        remarks.append("neither end of this metric is better: higher is taken for better")
    repeats = int(facts.repeated[rows].sum())
    if repeats:
        verb = "row repeats" if repeats == 1 else "rows repeat"
        remarks.append(f"{repeats} {verb} another row in every cell; all are kept as points")
    return tuple(remarks)


def _name(identity: Mapping[str, str]) -> str:
    """A label for a series: the values that identify it."""
    parts = [value if name in _PLAIN_IDENTITY else f"{name}={value}" for name, value in identity.items() if value]
    return " \N{MIDDLE DOT} ".join(parts) or "series"
