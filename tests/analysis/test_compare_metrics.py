"""Which metrics make emergence: shares by metric and by kind, and pairs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.cli.app import main
from emergence_stats.errors import TableError

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


def test_measurements_without_the_scale_asked_for_are_left_out_and_counted() -> None:
    frame = two_metrics(1).assign(train_flops=np.tile(6e20 * SCALE / 1e8, 2))
    frame.loc[[3, 12], "train_flops"] = np.nan
    found = es.compare_metrics(frame, scale="train_flops")
    assert found.results["n_scales"].tolist() == [7, 7]
    assert found.warnings == ("2 of 16 measurements have no train_flops: left out",)
    with pytest.raises(TableError, match="expected a scale for some measurement, got 16 blanks"):
        es.compare_metrics(frame.assign(train_flops=np.nan), scale="train_flops")


def test_families_can_share_a_series() -> None:
    frame = two_metrics(1).assign(family=["a", "b"] * 8)
    assert len(es.compare_metrics(frame).results) == 4
    assert len(es.compare_metrics(frame, across=("family",)).results) == 2


def test_the_command_prints_a_table_and_writes_a_page_and_its_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_metrics(6).to_csv(tmp_path / "scores.csv", index=False)
    assert main(["metrics", str(tmp_path / "scores.csv"), "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "exact_match 6 of 6" in told
    assert "On the 6 series of both, 6 are emergent by exact_match alone and 0 by token_accuracy alone" in told
    document = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert {row["metric"]: row["share"] for row in document["by_metric"]} == {"exact_match": 1.0, "token_accuracy": 0.0}
    assert len(document["series"]) == 12
    page = (tmp_path / "out" / "metrics.html").read_text()
    assert "6 of 12 series are called emergent on their own metric" in page
    assert page.count('<svg class="figure"') == 2
    assert main(["metrics", str(tmp_path / "scores.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by_metric"] == document["by_metric"]


def test_series_that_fail_are_said_and_cost_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = two_metrics(1)
    frame.loc[frame["metric"] == "token_accuracy", "n_correct"] = 2000
    frame.to_csv(tmp_path / "scores.csv", index=False)
    assert main(["metrics", str(tmp_path / "scores.csv")]) == 1
    assert "1 of 2 series could not be analysed" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.shared_data
def test_on_open_models_exact_match_and_bleu_can_be_compared(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "obsscaling_emergent.csv")
    frame = frame[frame["task"].str.startswith("international_phonetic")]
    found = es.compare_metrics(frame, scale="train_flops", across=("family",))
    assert found.by_metric.set_index("metric")["n_series"].to_dict() == {"bleu": 1, "exact_match": 1}
    assert len(found.paired) == 1
    assert "have no train_flops" in found.warnings[0]


@pytest.mark.slow
@pytest.mark.shared_data
def test_on_pythia_no_metric_makes_emergence(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "pythia_final.csv")
    frame = frame[frame["metric"].isin(["acc", "acc_norm", "ppl"])]
    found = es.compare_metrics(frame, scale="params")
    assert found.by_metric["share"].max() < 0.05
