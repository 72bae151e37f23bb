"""A comparison of metrics in words, and as plain values."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

SURE = 0.05  # p-value of McNemar's test from which two metrics are not told apart


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries that JSON can hold: what is missing or infinite is None."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def summary_of(by_metric: pd.DataFrame, paired: pd.DataFrame) -> str:
    """Which metrics make emergence, as a paragraph.

    Args:
        by_metric: shares by metric, as `MetricComparison` has them.
        paired: every two metrics on the series that both have.
    """
    if by_metric.empty:
        return "No series could be analysed."
    ranked = by_metric.sort_values(["share", "n_series", "metric"], ascending=[False, False, True], kind="stable")
    told = [
        f"{row['metric'] or 'unnamed'} {row['n_emergent']} of {row['n_series']} "
        f"({row['share_low']:.0%} to {row['share_high']:.0%})"
        for row in ranked.to_dict("records")
    ]
    parts = [f"Called emergent, each metric judged by itself (95 % intervals): {', '.join(told)}."]
    apart = paired[paired["p_mcnemar"] < SURE]
    parts += [
        f"On the {row['n_both']} series of both, {row['only_first']} are emergent by {row['first']} alone and "
        f"{row['only_second']} by {row['second']} alone (McNemar p = {row['p_mcnemar']:.2g})."
        for row in apart.to_dict("records")
    ]
    if apart.empty and not paired.empty:
        parts.append("On the series that two metrics share, no two are told apart (McNemar's exact test, p < .05).")
    if paired.empty:
        parts.append("No two metrics share a series: shares may differ because their tasks do.")
    return " ".join(parts)


def _plain(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    item = getattr(value, "item", None)
    return item() if callable(item) else value
