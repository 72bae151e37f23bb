"""The page of very many series: counts, distributions, discoveries, and a table of the most notable ones.

A page of a million cards helps nobody. What is drawn here is what all series together say; single ones are in the table
as far as there is room, and all of them in results.parquet, for which the page has the questions ready.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from emergence_stats.report.document import RunFacts, SkippedInput, headline_of, overview_of
from emergence_stats.report.figures.bars import verdict_bar
from emergence_stats.report.formats import count_text, inert, plural
from emergence_stats.report.html import LISTED_NOTES, LISTED_SKIPS, TEXT_LENGTH
from emergence_stats.report.page import macros, render
from emergence_stats.report.rows import RowView
from emergence_stats.report.table_view import TableView
from emergence_stats.report.vocabulary import VERDICTS

ROW_BYTES = 9_000_000
QUERIES = (
    (
        "Series whose name or task holds a word, the most probable first",
        "SELECT * FROM 'results.parquet' WHERE task ILIKE '%arithmetic%' ORDER BY p_emergent DESC LIMIT 50",
    ),
    (
        "Discoveries, by threshold",
        "SELECT * FROM 'results.parquet' WHERE discovery ORDER BY threshold",
    ),
    (
        "Why series failed",
        "SELECT reason, count(*) AS n FROM 'results.parquet' WHERE verdict = 'failed' GROUP BY reason ORDER BY n DESC",
    ),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the page shows.

    Attributes:
        counts: verdict to number of series.
        discoveries: the sentence on the discovery list.
        figures: heading and SVG of each distribution, drawn by functions of `figures/`.
        tables: groups of series and why series failed.
        rows: the most notable series, first the most notable; as many are drawn as there is room for.
        skipped: inputs that were not used.
        run: how the analyses were made.
    """

    counts: Mapping[str, int]
    discoveries: str
    figures: Sequence[tuple[str, str]]
    tables: Sequence[TableView]
    rows: Iterable[RowView]
    skipped: Sequence[SkippedInput]
    run: RunFacts


def render_overview(overview: Overview) -> str:
    """The page as HTML text that ends in a newline; the same text for the same overview."""
    total = sum(overview.counts.values())
    counts = {verdict: overview.counts[verdict] for verdict in VERDICTS if overview.counts.get(verdict)}
    headline = headline_of(counts)
    templates = macros()
    rows: list[str] = []
    size = 0
    for view in overview.rows:
        part = str(templates.row(view))  # type: ignore[attr-defined]
        size += len(part.encode())
        if size > ROW_BYTES:
            break
        rows.append(part)
    note = (
        f"The first {count_text(len(rows))} of {plural(total, 'series', 'series')}: discoveries, then by P(emergent). "
        "All are in results.parquet; DuckDB, pandas and polars read it."
        if len(rows) < total
        else ""
    )
    label = ", ".join(f"{VERDICTS[verdict].label} {count}" for verdict, count in counts.items())
    return render(
        "overview.html.j2",
        title=f"{headline} Emergence overview",
        program_version=overview.run.program_version,
        headline=headline,
        overview=f"{overview_of(counts)} {overview.discoveries}".strip(),
        counts={verdict: count_text(count) for verdict, count in counts.items()},
        tally_bar=verdict_bar({verdict: count / max(1, total) for verdict, count in counts.items()}, label=label),
        figures=overview.figures,
        tables=[_inert_table(table) for table in overview.tables],
        rows=rows,
        rows_note=note,
        queries=QUERIES,
        skipped=[
            {"path": inert(item.path, TEXT_LENGTH), "reason": inert(item.reason, TEXT_LENGTH)}
            for item in overview.skipped[:LISTED_SKIPS]
        ],
        skipped_left=max(0, len(overview.skipped) - LISTED_SKIPS),
        inputs=[inert(path, TEXT_LENGTH) for path in overview.run.inputs[:LISTED_NOTES]],
        inputs_left=max(0, len(overview.run.inputs) - LISTED_NOTES),
        notes=[inert(note, TEXT_LENGTH) for note in overview.run.notes[:LISTED_NOTES]],
        run=overview.run,
    )


def _inert_table(table: TableView) -> TableView:
    return dataclasses.replace(table, rows=tuple(tuple(inert(cell, TEXT_LENGTH) for cell in row) for row in table.rows))
