"""The trend test of a table of series, adjusted for how many there are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import emergence_stats as es
from emergence_stats.settings import EvidenceSettings

QUICK = es.Settings(evidence=EvidenceSettings(first_nodes=16, max_refinements=0))
SCALES = [1e8, 1e9, 1e10, 1e11, 1e12]
RIGHT = {"rises": [20, 25, 40, 60, 80], "falls": [50, 40, 45, 30, 20], "noise": [30, 35, 28, 33, 31], "zero": [0] * 5}


def test_the_trend_is_tested_in_each_series_and_adjusted_over_all() -> None:
    frame = pd.DataFrame(
        [
            {"task": task, "params": scale, "n_correct": k, "n_items": 100, "chance_level": 0.0}
            for task, right in RIGHT.items()
            for scale, k in zip(SCALES, right, strict=True)
        ]
        + [{"task": "one scale", "params": 1e8, "n_correct": 3, "n_items": 100, "chance_level": 0.0}]
    )
    found = es.analyze_frame(frame, settings=QUICK).set_index("task")
    p = [stats.kendalltau(SCALES, RIGHT[task]).pvalue for task in ("rises", "falls", "noise")]
    assert found.loc[["rises", "falls", "noise"], "trend_p"].tolist() == pytest.approx(p)
    assert found.loc[["zero", "one scale"], ["trend_p", "trend_p_bh", "trend_p_holm"]].isna().all(axis=None)
    assert found.loc["rises", "trend_p_holm"] == pytest.approx(3.0 * p[0])
    adjusted = stats.false_discovery_control(np.array(p))
    assert found.loc[["rises", "falls", "noise"], "trend_p_bh"].tolist() == pytest.approx(adjusted.tolist())
