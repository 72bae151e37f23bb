"""Which metrics make emergence: shares by metric and by kind, and pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es

SCALE = np.logspace(8, 11.5, 8)


def two_metrics(n_tasks: int = 2) -> pd.DataFrame:
    """Tasks that jump by exact match and creep by tokens."""
    jump = np.where(SCALE > 1e10, 0.85, 0.0)
    creep = 0.2 + 0.5 * (np.log10(SCALE) - 8) / 3.5
    parts = [
        pd.DataFrame({"task": f"t{i}", "metric": metric, "params": SCALE, "n_items": 1000, "chance_level": 0.0}).assign(
            n_correct=np.rint(1000 * curve).astype(int)
        )
        for i in range(n_tasks)
        for metric, curve in (("exact_match", jump), ("token_accuracy", creep))
    ]
    return pd.concat(parts, ignore_index=True)


def test_each_metric_speaks_for_itself() -> None:
    found = es.compare_metrics(two_metrics())
    share = found.by_metric.set_index("metric")
    assert share["share"].to_dict() == {"exact_match": 1.0, "token_accuracy": 0.0}
    assert share["share_low"]["token_accuracy"] == 0.0
    assert 0.2 < share["share_low"]["exact_match"] < 1.0
    assert share["share_high"]["exact_match"] == 1.0
    assert set(found.by_kind["metric_kind"]) == {"linear per token", "right or wrong as a whole"}
    (pair,) = found.paired.to_dict("records")
    assert (pair["n_both"], pair["only_first"], pair["only_second"]) == (2, 2, 0)
    assert pair["p_mcnemar"] == pytest.approx(0.5)
    assert found.results["emergence_score"].notna().sum() >= 2


def test_a_series_that_fails_is_not_counted() -> None:
    frame = two_metrics(1)
    frame.loc[frame["metric"] == "token_accuracy", "n_correct"] = 2000
    found = es.compare_metrics(frame)
    assert found.by_metric["n_series"].tolist() == [1]
    assert found.paired.empty


@pytest.mark.slow
@pytest.mark.shared_data
def test_on_pythia_no_metric_makes_emergence(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "pythia_final.csv")
    frame = frame[frame["metric"].isin(["acc", "acc_norm", "ppl"])]
    found = es.compare_metrics(frame, scale="params")
    assert found.by_metric["share"].max() < 0.05
