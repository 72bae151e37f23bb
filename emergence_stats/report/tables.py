"""Results as files of data: Parquet for tables, JSON for documents. Strict JSON: no NaN, no infinity."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.document import FailedSeries

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = "1.0"


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A table as Parquet, without its index."""
    frame.to_parquet(path, index=False)


def write_json_list(path: Path, results: Iterable[AnalysisDocument | FailedSeries]) -> None:
    """Documents and failures as one JSON list, one per line: readable by ``json``, by line tools, and by streaming."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        separator = "[\n"
        for result in results:
            file.write(separator)
            file.write(json.dumps(_plain(result), ensure_ascii=True, allow_nan=False, separators=(",", ":")))
            separator = ",\n"
        file.write("\n]\n" if separator == ",\n" else "[]\n")


def write_json(path: Path, document: Mapping[str, object]) -> None:
    """One document, indented for reading."""
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _plain(result: AnalysisDocument | FailedSeries) -> Mapping[str, object]:
    """A failure in the shape of a document, as far as it goes."""
    return failed_document(result) if isinstance(result, FailedSeries) else result


def failed_document(failure: FailedSeries) -> dict[str, object]:
    """What stands for the document of a series that could not be analysed."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": "failed",
        "reason": failure.reason,
        "series": {"name": failure.name, "identity": dict(failure.identity)},
    }
