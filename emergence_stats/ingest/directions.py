"""Which end of a score is better: told by its row, else by its metric, else the higher one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence_stats.ingest.cells import BoolArray, parse_truths
from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.units import Codes
from emergence_stats.series import FloatArray


def directions(
    frame: pd.DataFrame, metric: Codes, metrics: list[str]
) -> tuple[FloatArray, BoolArray, BoolArray, BoolArray]:
    """Directions as given (1, 0, NaN) and as resolved, rows whose metric has none, and cells that say neither.

    Args:
        frame: rows under canonical names.
        metric: code of each row's metric.
        metrics: names of the metrics.
    """
    known = [spec.higher_is_better if (spec := metric_spec(name)) is not None else True for name in metrics]
    higher = np.array([direction is not False for direction in known], dtype=bool)[metric]
    none = np.array([direction is None for direction in known], dtype=bool)[metric]
    given: FloatArray = np.broadcast_to(np.nan, len(frame))
    bad: BoolArray = np.broadcast_to(np.False_, len(frame))
    if "higher_is_better" in frame:
        given, bad = parse_truths(frame["higher_is_better"])
        higher = np.where(np.isfinite(given), given > 0, higher)
        none &= ~np.isfinite(given)
    return given, higher, none, bad
