"""Many series at once: a table of series in, a table of results out.

`analyze_frame` is the public call; `run_batch` is what it and the report share; `rows` says what a row of the results
holds; `reported.report_table` writes what a batch found as a report, for the command line and the HTTP service. Work is
spread over processes by joblib; the results do not depend on how.
"""

from emergence_stats.batch.by_metric import MetricComparison, compare_metrics
from emergence_stats.batch.frame import analyze_frame
from emergence_stats.batch.rows import RESULT_COLUMNS
from emergence_stats.batch.run import BatchResult, run_batch

__all__ = ["RESULT_COLUMNS", "BatchResult", "MetricComparison", "analyze_frame", "compare_metrics", "run_batch"]
