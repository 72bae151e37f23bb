"""What is worked out once for a whole table, before it is cut into series, and what of it a reader must know."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import BoolArray, as_text, text_codes
from emergence_stats.ingest.item_rows import named_items
from emergence_stats.ingest.parsing import ParsedTable
from emergence_stats.ingest.scale_choice import Rows

ONE_PERCENT = 0.01 * (1.0 + 1e-9)
LONE = 0.2  # share of scores above 1 up to which a series in percent may be one of proportions with a slip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """What is worked out once for the whole table.

    Attributes:
        parsed: the table's values.
        labels: texts of the label columns.
        suspect: rows with any wrong cell.
        repeated: rows that are the same in every cell as a row before them, wherever they came from.
        by_item: rows that name an item, and hold the outcome of one model on it.
    """

    parsed: ParsedTable
    labels: Mapping[str, npt.NDArray[np.object_]]
    suspect: BoolArray
    repeated: BoolArray
    by_item: BoolArray

    @classmethod
    def of(cls, parsed: ParsedTable) -> TableFacts:
        """Work out the facts of a table."""
        suspect = np.zeros(len(parsed.frame), dtype=bool)
        for check in parsed.checks:
            suspect |= check.bad
        by_item = named_items(parsed)
        if by_item.all():  # labels are of models there, and repeats are looked for among models and items
            repeated = np.zeros(len(parsed.frame), dtype=bool)
            return cls(parsed=parsed, labels={}, suspect=suspect, repeated=repeated, by_item=by_item)
        labels = {}
        for name in ("model", "seed"):
            if name in parsed.frame:
                codes, texts = text_codes(parsed.frame[name])
                labels[name] = np.array(texts, dtype=object)[codes]
        cells = parsed.frame.drop(columns=[name for name in names.SOURCE if name in parsed.frame])
        try:
            repeated = cells.duplicated().to_numpy(dtype=bool)
        except TypeError:  # lists and the like in a carried column
            repeated = cells.map(as_text).duplicated().to_numpy(dtype=bool)
        return cls(parsed=parsed, labels=labels, suspect=suspect, repeated=repeated, by_item=by_item)

    def label(self, name: str, rows: Rows) -> tuple[str, ...] | None:
        """Labels of points, None if there is no such column or it is blank throughout."""
        if name not in self.labels:
            return None
        texts = tuple(self.labels[name][rows].tolist())
        return texts if any(texts) else None


def told_chance_source(facts: TableFacts, rows: Rows) -> str:
    """Where a chance level that stands in the table is from: a reader may have written that beside it."""
    frame = facts.parsed.frame
    told = as_text(frame[names.CHANCE_SOURCE].iloc[rows[0]]) if names.CHANCE_SOURCE in frame else ""
    return told or "column"


def row_remarks(facts: TableFacts, rows: Rows) -> tuple[str, ...]:
    """What a reader must know about unit, direction and repeats."""
    units, remarks = facts.parsed.units, []
    if units.percent[rows].any():
        remarks.append("scores were given in percent and divided by 100")
        score = facts.parsed.numbers["score"][rows][units.percent[rows]]
        above, given = int((score > ONE_PERCENT).sum()), int((score > 0.0).sum())
        if 0 < above <= LONE * given:
            remarks.append(
                f"{given - above} of {given} scores are at most 1 and were read as percentages because of the others, "
                f"up to {100.0 * np.nanmax(score):g}: if they are proportions, that score is wrong"
            )
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
