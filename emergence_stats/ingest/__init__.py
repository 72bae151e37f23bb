"""Ingest: from files, folders and frames to series.

Call `read_tidy` (or `read`, its frame alone) to get one tidy table with an account of what was read, converted and
skipped, and `series_from_table` to get its series, each valid or with the reason why it is not. To add a file format,
add a reader (see `emergence_stats.ingest.readers`); to teach the package a metric or a chance level, add a row to
`emergence_stats.ingest.registries`.
"""

from emergence_stats.ingest.companions import Beside, companions_of
from emergence_stats.ingest.file_table import ReadFile
from emergence_stats.ingest.gather import ArrowStream, SkippedFile
from emergence_stats.ingest.item_outcomes import ItemOutcomes, item_outcomes
from emergence_stats.ingest.read import TidyTable, read, read_tidy
from emergence_stats.ingest.read_items import read_items
from emergence_stats.ingest.sources import SourceFile
from emergence_stats.ingest.table_series import SeriesRow, items_from_table, series_from_table
from emergence_stats.ingest.unit_context import UnitGatherer, unit_notes
from emergence_stats.ingest.units import UnitContext

__all__ = [
    "ArrowStream",
    "Beside",
    "ItemOutcomes",
    "ReadFile",
    "SeriesRow",
    "SkippedFile",
    "SourceFile",
    "TidyTable",
    "UnitContext",
    "UnitGatherer",
    "companions_of",
    "item_outcomes",
    "items_from_table",
    "read",
    "read_items",
    "read_tidy",
    "series_from_table",
    "unit_notes",
]
