"""Logs of evaluation harnesses: what is read of each, and what is said of those that cannot be."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emergence_stats.errors import ReaderError, TableError
from emergence_stats.ingest import SourceFile, read_tidy, series_from_table
from tests.ingest.logs import (
    big_bench,
    every_eval_ever,
    helm_run,
    inspect_header,
    lm_eval_2023,
    lm_eval_run,
    openai_evals,
    write_eval,
)


def only(path: Path) -> dict[str, dict[str, Any]]:
    """The measurements of a folder, by metric."""
    rows = read_tidy(path).frame.to_dict("records")
    return {str(row["metric"]): {str(name): cell for name, cell in row.items()} for row in rows}


@pytest.mark.shared_data
def test_old_harness_logs_give_whole_counts_for_every_accuracy(shared_data: Path) -> None:
    frame = read_tidy(shared_data / "samples" / "lm_eval_old").frame
    accuracies = frame[frame["metric"].isin(["acc", "acc_norm", "pct_stereotype"])]
    assert frame["source_file"].nunique() == 11
    assert (accuracies["n_items"] % 1 == 0).all()
    assert (accuracies["n_correct"] % 1 == 0).all()
    known = {"arc_easy": 2376, "piqa": 1838, "winogrande": 1267, "lambada_openai": 5153, "sciq": 1000}
    for task, size in known.items():
        assert set(accuracies.loc[accuracies["task"] == task, "n_items"]) == {size}
    pd.testing.assert_series_equal(
        accuracies["n_correct"] / accuracies["n_items"], accuracies["score"], check_names=False, rtol=1e-12
    )


@pytest.mark.shared_data
def test_a_folder_of_every_format_is_read(shared_data: Path) -> None:
    table = read_tidy(shared_data / "samples")
    formats = {file.format for file in table.files if file.n_rows}
    assert formats >= {
        "Inspect log", "Inspect JSON log", "lm-evaluation-harness", "lm-evaluation-harness 2023", "HELM run",
        "Every Eval Ever", "BIG-bench", "OpenAI evals", "lm-evaluation-harness samples",
    }  # fmt: skip
    files = {Path(skip.path).name for skip in table.skipped if not skip.path.startswith("model ")}
    assert files == {"eval.schema.json", "instance_level_eval.schema.json"}
    assert any(row.series is not None for row in series_from_table(table))


def test_counts_are_recovered_where_the_standard_error_allows_it(tmp_path: Path) -> None:
    lm_eval_2023(
        tmp_path / "a.json", {"t": {"acc": (30, 120), "acc_norm": (0, 120), "f1": 0.4}}, "EleutherAI/pythia-70m"
    )
    lm_eval_2023(tmp_path / "b.json", {"t": {"acc": (120, 120)}}, "EleutherAI/pythia-160m,revision=step512")
    frame = read_tidy(tmp_path).frame
    assert frame.loc[frame["metric"] == "acc", ["n_correct", "n_items"]].to_numpy().tolist() == [[30, 120], [120, 120]]
    # A standard error of 0 is no certainty: the items come from the same task.
    assert frame.loc[frame["metric"] == "acc_norm", ["n_correct", "n_items"]].to_numpy().tolist() == [[0, 120]]
    assert frame.loc[1:1, "stderr"].isna().all()
    assert frame.loc[frame["metric"] == "f1", ["n_items", "stderr"]].isna().all().all()
    assert frame["n_source"].tolist()[-1] == "the same task in other rows"
    assert frame["tokens"].tolist()[-1] == 512 * 2**21


def test_clustered_and_bootstrapped_errors_are_no_counts(tmp_path: Path) -> None:
    results = {"t": {"acc": 0.25, "acc_stderr": 0.061}}
    (tmp_path / "a.json").write_text(
        json.dumps({"results": results, "versions": {}, "config": {"model_args": "pretrained=facebook/opt-125m"}})
    )
    row = only(tmp_path)["acc"]
    assert row["stderr"] == 0.061
    assert "n_items" not in row


def test_new_harness_results_and_their_samples(tmp_path: Path) -> None:
    lm_eval_run(tmp_path, "me/own-model", params=3e8, log_likelihoods=[[-1.0, -2.0], [-3.0, -1.0]], right=[0, 0])
    found = only(tmp_path)
    told = [found["acc"][name] for name in ("n_correct", "n_items", "params", "chance_level")]
    assert told == [1, 2, 3e8, 0.5]
    first, second = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(2))
    assert found["correct_choice_probability"]["score"] == pytest.approx((first + second) / 2)
    assert found["brier"]["score"] == pytest.approx((1 - first) ** 2 + (1 - second) ** 2)
    assert found["choice_margin"]["score"] == pytest.approx((1 - 2) / 2)
    assert found["brier"]["chance_level"] == 0.5
    assert not found["brier"]["higher_is_better"]


def test_samples_alone_do_not_name_their_model(tmp_path: Path) -> None:
    lm_eval_run(tmp_path, "m", params=1e8, log_likelihoods=[[-1.0, -2.0]], right=[0])
    for results in tmp_path.glob("results*"):
        results.unlink()
    with pytest.raises(ReaderError, match="results beside the samples"):
        read_tidy(tmp_path)


def test_an_inspect_log_with_clustered_errors_keeps_them(tmp_path: Path) -> None:
    write_eval(tmp_path / "x.eval", inspect_header(clustered=0.09))
    row = only(tmp_path)["accuracy"]
    assert row["stderr"] == 0.09
    assert row["stderr_kind"] == "clustered by passage"
    assert (row["params"], row["tokens"], row["train_flops"]) == (7e9, 1e12, 6 * 7e9 * 1e12)
    assert "derived" in row["scale_source"]


def test_inspect_logs_as_zip_and_as_json_say_the_same(tmp_path: Path) -> None:
    header = inspect_header()
    write_eval(tmp_path / "a" / "x.eval", header)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "named.txt").write_text(json.dumps(header | {"samples": []}))
    packed, plain = only(tmp_path / "a")["accuracy"], only(tmp_path / "b")["accuracy"]
    assert packed | {"source_file": ""} == plain | {"source_file": ""}
    assert (packed["n_correct"], packed["n_items"]) == (13, 40)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 9}, "version 9"),
        ({"status": "cancelled"}, "status 'cancelled'"),
        ({"results": {"scores": []}}, "at least one score"),
        ({"results": {"scores": [{"name": "s", "metrics": {"accuracy": {"value": math.nan}}}]}}, "no finite numbers"),
    ],
)
def test_an_inspect_log_that_is_not_to_be_used_says_why(tmp_path: Path, change: dict[str, object], words: str) -> None:
    write_eval(tmp_path / "x.eval", inspect_header() | change)
    with pytest.raises(ReaderError, match=words):
        read_tidy(tmp_path)


def test_helm_instances_are_items_and_the_rest_of_the_run_is_known(tmp_path: Path) -> None:
    helm_run(tmp_path, right=[1, 0, 0, 1, 1], references=4)
    table = read_tidy(tmp_path)
    row = table.frame.set_index("metric").loc["exact_match"]
    assert (row["n_correct"], row["n_items"], row["chance_level"], row["task"]) == (3, 5, 0.25, "hellaswag")
    assert not table.skipped
    assert {Path(file.path).name for file in table.files if file.part_of} == {"run_spec.json", "stats.json"}
    (tmp_path / "per_instance_stats.json").unlink()
    alone = read_tidy(tmp_path)
    assert "n_items" not in alone.frame
    assert any("number of items is not known" in note for note in alone.notes)


def test_every_eval_ever_is_checked_against_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(every_eval_ever()))
    row = only(tmp_path)["exact_match"]
    assert (row["score"], row["n_correct"], row["n_items"], row["params"]) == (0.25, 50, 200, 93e6)
    broken = every_eval_ever()
    del broken["eval_library"]
    path.write_text(json.dumps(broken))
    with pytest.raises(ReaderError, match=r"schema.*'eval_library' is a required property"):
        read_tidy(tmp_path)
    path.write_text(json.dumps(every_eval_ever() | {"schema_version": "0.9.0"}))
    with pytest.raises(ReaderError, match=r"version 0\.2 or 0\.3.*'0\.9\.0'"):
        read_tidy(tmp_path)


@pytest.mark.parametrize("unit", [1, 100])
def test_big_bench_scores_are_proportions_and_their_low_score_is_chance(tmp_path: Path, unit: int) -> None:
    (tmp_path / "x.json").write_text(json.dumps(big_bench(score=0.4, low=0.25, unit=unit)))
    row = only(tmp_path)["multiple_choice_grade"]
    assert (row["score"], row["chance_level"], row["params"]) == (0.4, 0.25, 1e8)
    assert row["tokens"] == 262144 * 1000


def test_openai_evals_take_items_from_events_that_agree(tmp_path: Path) -> None:
    (tmp_path / "models.csv").write_text("model,params\ngpt-own,1e9\n")
    (tmp_path / "x.jsonl").write_text(openai_evals(right=[True, False, True, True], accuracy=0.75))
    (tmp_path / "y.jsonl").write_text(openai_evals(right=[True], accuracy=0.5))
    rows = read_tidy(tmp_path).frame.to_dict("records")
    assert (rows[0]["n_correct"], rows[0]["n_items"]) == (3, 4)
    assert math.isnan(rows[1]["n_items"])
    assert rows[1]["stderr"] == 0.25
    (tmp_path / "y.jsonl").write_text(openai_evals(right=[True], accuracy=0.5).splitlines()[0] + "\n{}\n")
    assert "did not end" in read_tidy(tmp_path).skipped[0].reason


def test_a_wide_table_has_a_row_for_each_model_and_a_column_for_each_task(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "Model,Model Family,Model Size (B),Pretraining Data Size (T),FLOPs (1E21),MMLU,ARC-C,Precision\n"
        "meta-llama/Llama-2-7b-hf,Llama-2,7,2,84,0.4,0.5,bf16\nmeta-llama/Llama-2-13b-hf,Llama-2,13,2,156,,0.6,bf16\n"
    )
    table = read_tidy(tmp_path)
    frame = table.frame
    assert frame[["task", "score"]].to_numpy().tolist() == [["MMLU", 0.4], ["ARC-C", 0.5], ["ARC-C", 0.6]]
    assert frame["params"].tolist() == [7e9, 7e9, 13e9]
    assert frame["train_flops"].tolist() == [84e21, 84e21, 156e21]
    assert any("columns left out: Precision" in note for note in table.notes)


def test_a_table_that_may_be_meant_otherwise_is_not_taken_for_a_wide_one(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("model,params,accuracy,n\na,7e9,0.4,100\nb,1e9,0.3,100\n")
    with pytest.raises(TableError, match=r"expected a column .task."):
        read_tidy(tmp_path)


def test_json_cut_short_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    lm_eval_2023(tmp_path / "good.json", {"t": {"acc": (30, 120)}}, "EleutherAI/pythia-70m")
    whole = (tmp_path / "good.json").read_text()
    (tmp_path / "cut.json").write_text(whole[: len(whole) // 2])
    table = read_tidy(tmp_path)
    assert [Path(file.path).name for file in table.files] == ["good.json"]
    assert "expected JSON" in table.skipped[0].reason


def test_uploads_never_look_at_the_disk(tmp_path: Path) -> None:
    helm_run(tmp_path, right=[1, 0], references=4)
    path = tmp_path / "per_instance_stats.json"
    with pytest.raises(ReaderError, match=r"run_spec\.json"):
        read_tidy(SourceFile.from_bytes(str(path), path.read_bytes()))
