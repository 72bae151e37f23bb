"""A finished report read back from its folder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from emergence_stats.errors import ReaderError
from emergence_stats.report.analysis_document import AnalysisDocument, SeriesPart
from emergence_stats.report.tables import SCHEMA_VERSION

RESULTS, RUN = "results.json", "run.json"

type Result = Mapping[str, Any]
"""A document (`analysis_document.AnalysisDocument`), or what stands for a failed series."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """What a report's folder holds.

    Attributes:
        path: the folder.
        results: one document per series; of a failed one verdict, reason and name alone.
        record: what ``run.json`` says; empty where there is none.
    """

    path: str
    results: tuple[Result, ...]
    record: Mapping[str, Any]


def read_run(folder: str | Path) -> FinishedRun:
    """The results and the record of a report.

    Args:
        folder: where ``emergence-stats report`` wrote, or the ``results.json`` there.

    Raises:
        ReaderError: there is no report, or it is not one of this program's, or of another version of the schema.
    """
    given = Path(folder)
    path = given / RESULTS if given.is_dir() else given
    results = _json(path)
    if not isinstance(results, list):
        msg = f"{path}: expected a list of results as the command report writes it, got {type(results).__name__}"
        raise ReaderError(msg)
    for number, result in enumerate(results, start=1):
        version = result.get("schema_version") if isinstance(result, dict) else None
        if version not in (None, SCHEMA_VERSION):
            msg = f"{path}: expected results of schema version {SCHEMA_VERSION}, got {version!r:.40}"
            raise ReaderError(msg)
        if not _is_result(result):
            msg = f"{path}: expected results as the command report writes them, got something else as result {number}"
            raise ReaderError(msg)
    beside = path.with_name(RUN)
    record = _json(beside) if beside.is_file() else {}
    if not isinstance(record, dict):
        msg = f"{beside}: expected the record of a run, got {type(record).__name__}"
        raise ReaderError(msg)
    return FinishedRun(path=str(folder), results=tuple(results), record=cast("Mapping[str, Any]", record))


def _is_result(value: object) -> bool:
    """Whether the fields of a document are there, or those of a failure; what they hold is taken on trust."""
    if not isinstance(value, dict) or not isinstance(value.get("series"), dict):
        return False
    if value.get("verdict") == "failed":
        return {"schema_version", "reason"} <= value.keys() and {"name", "identity"} <= value["series"].keys()
    return AnalysisDocument.__required_keys__ <= value.keys() and SeriesPart.__required_keys__ <= value["series"].keys()


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        msg = f"{path}: expected the results of a report ({error.strerror})"
        raise ReaderError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path}: expected JSON as the command report writes it, got something else ({error!s:.120})"
        raise ReaderError(msg) from error
