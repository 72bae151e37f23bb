"""Many series at once: a table of series in, a table of results out.

`analyze_frame` is the public call; `run_batch` is what it and the report share; `rows` says what a row of the results
holds; `reported.report_table` writes what a batch found as a report, for the command line and the HTTP service. Work is
spread over processes by joblib; the results do not depend on how.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emergence_stats.batch.by_metric import MetricComparison, compare_metrics
    from emergence_stats.batch.frame import analyze_frame
    from emergence_stats.batch.rows import RESULT_COLUMNS
    from emergence_stats.batch.run import BatchResult, run_batch

_HOMES = {
    "BatchResult": "emergence_stats.batch.run",
    "MetricComparison": "emergence_stats.batch.by_metric",
    "RESULT_COLUMNS": "emergence_stats.batch.rows",
    "analyze_frame": "emergence_stats.batch.frame",
    "compare_metrics": "emergence_stats.batch.by_metric",
    "run_batch": "emergence_stats.batch.run",
}

__all__ = ["RESULT_COLUMNS", "BatchResult", "MetricComparison", "analyze_frame", "compare_metrics", "run_batch"]


def __getattr__(name: str) -> object:
    """Load a public name from its module on first use: workers need few of the modules."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
