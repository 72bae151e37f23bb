"""A tidy table to its series: each one valid, or with the one reason why it is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from emergence_stats.errors import SeriesError, TableError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import BoolArray
from emergence_stats.ingest.chance import Chance, chance_of
from emergence_stats.ingest.grouping import Group, group_rows, identity_columns
from emergence_stats.ingest.item_outcomes import ItemOutcomes
from emergence_stats.ingest.item_rows import item_matrix
from emergence_stats.ingest.parsing import ParsedTable, parse_table
from emergence_stats.ingest.read import TidyTable
from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.row_checks import (
    one_value,
    require_good_cells,
    require_scales,
    require_scores,
    require_whole_rows,
)
from emergence_stats.ingest.scale_choice import Rows, choose_scale, trained_rows
from emergence_stats.ingest.score_form import FormName, ScoreColumns, score_columns
from emergence_stats.ingest.table_facts import TableFacts, row_remarks, told_chance_source
from emergence_stats.ingest.units import UnitContext
from emergence_stats.items import Items
from emergence_stats.series import SCALE_UNITS, ScoreAxis, Series

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
    chance_source: str | None = None
    n_rows: int = 0


def series_from_table(
    table: TidyTable | pd.DataFrame,
    *,
    scale: str | None = None,
    by: Iterable[str] | str = (),
    outcomes: ItemOutcomes | None = None,
    context: UnitContext | None = None,
    fewest_scales: int = 2,
) -> list[SeriesRow]:
    """Find the series of a table.

    Args:
        table: a tidy table, or any frame with its columns.
        scale: the scale column. Not given: for each series the first of train_flops, params and tokens that is
            complete and varies.
        by: further columns that tell series apart.
        outcomes: of single items, as `item_outcomes` reads them from logs: a series all of whose points have them is
            made of them, so that its test sets are redrawn item by item.
        context: what the rest of the table says about units, if this is a piece of one with all rows of its series.
        fewest_scales: different scales below which there is no series; 1 where families are pooled.

    Returns:
        One row per series, sorted by identity whatever the order of the table's rows.

    Raises:
        TableError: a column that a series is made of is missing.
    """
    wanted = names.wanted_columns(by)
    frame = table.frame if isinstance(table, TidyTable) else table
    parsed = parse_table(frame, scale=scale, by=wanted, context=context)
    facts = TableFacts.of(parsed)
    identity = identity_columns(parsed.frame.columns, scale=scale, by=wanted)
    groups = group_rows(parsed.frame, identity)
    return [_series_row(group, facts, scale, outcomes, fewest_scales) for group in groups]


def items_from_table(
    table: TidyTable | pd.DataFrame, *, scale: str | None = None, by: Iterable[str] | str = ()
) -> list[Items]:
    """Find the outcomes of a long table, one row per model and item.

    Args:
        table: columns ``task``, ``item``, ``score`` and a scale; where known ``metric``, ``model``, ``seed``,
            ``cluster``, ``response``, ``target`` and the other columns of a tidy table. A model that answered an item
            several times has a column ``attempt``, and the mean of the attempts as its outcome.
        scale: the scale column; found by itself if None.
        by: further columns that tell series apart.

    Returns:
        One for each task, metric, ..., sorted as `series_from_table` sorts them; rows without an item are passed over.

    Raises:
        TableError: a column is missing.
        SeriesError: a cell is wrong, an item is repeated, or no item is left that all models answered.
    """
    wanted = names.wanted_columns(by)
    parsed = parse_table(table.frame if isinstance(table, TidyTable) else table, scale=scale, by=wanted)
    if names.ITEM not in parsed.frame:
        msg = f"expected a column 'item', got columns {names.listed(parsed.frame.columns)}"
        raise TableError(msg)
    facts = TableFacts.of(parsed)
    groups = group_rows(parsed.frame, identity_columns(parsed.frame.columns, scale=scale, by=wanted))
    return [_items(_understand(group, facts, scale), facts) for group in groups if facts.by_item[group.rows].any()]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Understood:
    """What a group of rows means, whatever form its scores have.

    Attributes:
        rows: those that count.
        scale: the scale column.
        chance: the chance level and where it came from.
        common: the fields that a series and items share.
    """

    rows: Rows
    scale: str
    chance: Chance
    common: Mapping[str, Any]


def _understand(group: Group, facts: TableFacts, asked_scale: str | None, fewest_scales: int = 2) -> _Understood:
    """Scale, direction, bounds and chance level of one group of rows; raises for the first wrong cell."""
    parsed, rows = facts.parsed, group.rows
    require_whole_rows(facts, rows)
    kind = choose_scale(parsed, rows, asked_scale)
    require_good_cells(facts, rows, kind)
    rows, scale_warnings = trained_rows(parsed, rows, kind)
    require_scales(parsed, rows, kind, fewest_scales)
    if not facts.by_item[rows].any():
        require_scores(parsed, rows)
    higher = bool(one_value(parsed, rows, parsed.higher_is_better, "higher_is_better"))
    first, units = rows[0], parsed.units
    bounds = None if units.unbounded[rows].any() else (float(units.low[first]), float(units.high[first]))
    metric = parsed.metrics[parsed.metric[first]]
    chance = chance_of(
        one_value(parsed, rows, parsed.numbers["chance_level"], "chance_level"),
        bounds=bounds,
        higher_is_better=higher,
        metric=metric,
        task=parsed.tasks[parsed.task[first]],
    )
    length, length_warnings = _answer_tokens(facts, rows)
    common = {
        "chance_level": chance.level,
        "answer_tokens": length,
        "scale_kind": kind if kind in SCALE_UNITS else "scale",
        "name": _name(group.identity),
        "metric": metric,
        "higher_is_better": higher,
        "score_bounds": bounds,
        "identity": group.identity,
        "warnings": (*scale_warnings, *chance.warnings, *length_warnings, *row_remarks(facts, rows)),
    }
    return _Understood(rows=rows, scale=kind, chance=chance, common=common)


def _answer_tokens(facts: TableFacts, rows: Rows) -> tuple[float | None, tuple[str, ...]]:
    """The mean length of the answers, and a warning where measurements of whole test sets disagree about it."""
    given = facts.parsed.numbers["answer_tokens"][rows]
    given = given[np.isfinite(given)]
    if given.size == 0:
        return None, ()
    mean = float(given.mean())
    if facts.by_item[rows].any() or given.min() == given.max():
        return mean, ()
    return mean, (f"answer_tokens goes from {given.min():g} to {given.max():g}: the mean, {mean:.3g}, is used",)


def _items(known: _Understood, facts: TableFacts) -> Items:
    """Models by items."""
    return Items(**item_matrix(facts.parsed, known.rows, known.scale), **known.common)


def _series_row(
    group: Group, facts: TableFacts, asked_scale: str | None, outcomes: ItemOutcomes | None, fewest_scales: int
) -> SeriesRow:
    """One group of rows as a series, or as the reason why it is none."""
    try:
        known = _understand(group, facts, asked_scale, fewest_scales)
        form: FormName = "items"
        if facts.by_item[known.rows].any():
            series = _items(known, facts).series()
        elif outcomes is not None and (matrix := outcomes.matrix(facts.parsed, known.rows, known.scale)) is not None:
            seed = facts.label("seed", known.rows)
            series = Items(**matrix, seed=seed, **known.common).series()
        else:
            series, form = _series_of_points(known, facts)
        axis, remark = _score_axis(series)
        if remark:
            series = series.replace(score_axis=axis, warnings=(*series.warnings, *remark))
    except SeriesError as error:
        return SeriesRow(identity=group.identity, series=None, problem=str(error), n_rows=group.rows.size)
    return SeriesRow(
        identity=group.identity,
        series=series,
        problem=None,
        score_form=form,
        chance_source=told_chance_source(facts, group.rows) if known.chance.source == "column" else known.chance.source,
        n_rows=group.rows.size,
    )


def _series_of_points(known: _Understood, facts: TableFacts) -> tuple[Series, FormName]:
    """A series of which every row is a point."""
    rows, parsed = known.rows, facts.parsed
    columns = _scores(parsed, rows, known.scale)
    series = Series(
        scale=parsed.numbers[known.scale][rows],
        n_correct=columns.n_correct,
        n_items=columns.n_items,
        score=columns.score,
        stderr=columns.stderr,
        model=facts.label("model", rows),
        seed=facts.label("seed", rows),
        **{**known.common, "warnings": (*columns.warnings, *known.common["warnings"])},
    )
    return series, columns.form


def _scores(parsed: ParsedTable, rows: Rows, kind: str) -> ScoreColumns:
    """The score columns of a series."""
    values = {name: parsed.numbers[name][rows] for name in ("n_correct", "n_items", "score", "stderr")}
    scale = parsed.numbers[kind][rows]

    def name_points(chosen: BoolArray) -> str:
        """Points by their scale: readers of a report know it, and it does not change with the order of the rows."""
        texts = [f"{value:g}" for value in np.sort(scale[chosen])[:_NAMED_POINTS].tolist()]
        count = int(chosen.sum())
        return (
            f"{kind} = {', '.join(texts)}{', ...' if count > _NAMED_POINTS else ''} ({count} of {chosen.size} points)"
        )

    return score_columns(**values, name_points=name_points)


def _score_axis(series: Series) -> tuple[ScoreAxis, tuple[str, ...]]:
    """Log for metrics that call for it, unless a score has no log; and what a reader must know about it."""
    spec = metric_spec(series.metric)
    if series.score_bounds is not None or series.n_correct is not None or spec is None or not spec.log_axis:
        return "linear", ()
    assert series.score is not None
    if (series.score > 0).all() and (series.chance_level is None or series.chance_level > 0):
        return "log", (f"{series.metric} has no upper end: curves are fitted to its log",)
    return "linear", (f"{series.metric} is usually analysed on a log axis, but not all of its scores are above 0",)


def _name(identity: Mapping[str, str]) -> str:
    """A label for a series: the values that identify it."""
    parts = [value if name in _PLAIN_IDENTITY else f"{name}={value}" for name, value in identity.items() if value]
    return " \N{MIDDLE DOT} ".join(parts) or "series"
