"""From outcomes on single test items to rows of the tidy table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.items.standard_errors import standard_errors
from emergence_stats.series import FloatArray

SCALE_DIGITS = 6


def counts(right: npt.NDArray[np.generic], **columns: object) -> dict[str, object]:
    """A row for outcomes of 0 and 1, shape (n_items,)."""
    return {**columns, "n_correct": int(right.sum()), "n_items": right.size}


def mean(values: FloatArray, **columns: object) -> dict[str, object]:
    """A row for continuous outcomes, shape (n_items,), with the standard error of their mean."""
    stderr = float(standard_errors(values[None, :])[0])
    return {**columns, "score": _short(float(values.mean())), "stderr": _short(stderr)}


def table(
    rows: list[dict[str, object]], chance: Mapping[str, float], lower_is_better: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Rows of one task as a tidy table.

    Args:
        rows: what `counts` and `mean` give.
        chance: chance level of each metric that has one.
        lower_is_better: metrics that fall as models improve.
    """
    frame = pd.DataFrame(rows)
    for name in ("score", "stderr", "n_correct", "n_items"):
        if name not in frame:
            frame[name] = np.nan
    frame["n_correct"] = frame["n_correct"].astype("Int64")
    frame["n_items"] = frame["n_items"].astype("Int64")
    frame["chance_level"] = [chance.get(str(metric), np.nan) for metric in frame["metric"]]
    frame["higher_is_better"] = ~frame["metric"].isin(lower_is_better)
    return frame.sort_values(["task", "metric"], kind="stable").reset_index(drop=True)


def _short(value: float) -> float:
    """Six significant digits: what the file holds is what is analysed."""
    return float(f"{value:.{SCALE_DIGITS}g}")
