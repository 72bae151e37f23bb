"""What a table still lacks, and the lines that would add it; where the figures that were filled in are from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from emergence_stats.ingest.cells import text_codes
from emergence_stats.ingest.columns import CHANCE_SOURCE, N_SOURCE, SCALE_SOURCE
from emergence_stats.ingest.read import TidyTable
from emergence_stats.ingest.registries.models import REGISTRY_HEADINGS, registry_line
from emergence_stats.ingest.registries.registry_file import csv_cell
from emergence_stats.ingest.table_series import SeriesRow


def figure_sources(table: TidyTable) -> list[str]:
    """Where scales, items and chance levels are from that the tables or logs did not give as columns."""
    lines = []
    for label, column in (("scale", SCALE_SOURCE), ("items", N_SOURCE), ("chance", CHANCE_SOURCE)):
        if column in table.frame:
            codes, sources = text_codes(table.frame[column])
            counts = np.bincount(codes, minlength=len(sources)).tolist()
            told = sorted(zip(counts, sources, strict=True), key=lambda item: (-item[0], item[1]))
            lines += [f"{label}: {source}, {count} row{'s' * (count != 1)}" for count, source in told if source]
    return lines


def lines_to_add(table: TidyTable, usable: Iterable[SeriesRow]) -> list[str]:
    """The lines that would mend what is missing: sizes of models, chance levels and items of tasks."""
    lines = []
    if table.unknown_models:
        lines += ["to models.csv, beside the inputs or given with --models:", f"  {REGISTRY_HEADINGS}"]
        lines += [f"  {registry_line(model.name)}" for model in table.unknown_models]
    missing: dict[str, tuple[bool, bool]] = {}
    for row in usable:
        task = row.identity.get("task", "")
        chance, items = missing.get(task, (False, False))
        alone = row.score_form == "score alone" and row.series is not None and row.series.score_bounds is not None
        missing[task] = (chance or row.chance_source == "assumed", items or alone)
    needed = {task: wants for task, wants in missing.items() if any(wants)}
    if needed:
        lines += ["to tasks.csv, beside the inputs or given with --tasks:", "  task,chance_level,n_items"]
        lines += [
            f"  {csv_cell(task)},{'CHANCE' if chance else ''},{'ITEMS' if items else ''}"
            for task, (chance, items) in sorted(needed.items())
        ]
    return lines
