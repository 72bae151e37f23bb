"""Series of a table: identity, scale, score form, units, chance level, and what makes one of them fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from emergence_stats.errors import TableError
from emergence_stats.ingest import SeriesRow, SourceFile, read, series_from_table
from emergence_stats.series import Series

SCALES = [1e8, 1e9, 1e10]


def table(**columns: object) -> pd.DataFrame:
    """Three rows of one accuracy series, with some columns replaced; a column given as None is left out."""
    cells: dict[str, object] = {
        "task": "piqa", "metric": "acc", "params": SCALES, "score": [0.5, 0.55, 0.9], "n_items": [100, 100, 100],
    }  # fmt: skip
    cells.update(columns)
    return pd.DataFrame({name: values for name, values in cells.items() if values is not None})


def only(frame: pd.DataFrame, **options: str) -> SeriesRow:
    rows = series_from_table(frame, **options)
    assert len(rows) == 1
    return rows[0]


def good(frame: pd.DataFrame, **options: str) -> Series:
    row = only(frame, **options)
    assert row.problem is None
    assert row.series is not None
    return row.series


def problem(frame: pd.DataFrame, **options: str) -> str:
    row = only(frame, **options)
    assert row.series is None
    assert row.problem is not None
    return row.problem


# Identity and order


def test_series_are_told_apart_by_identity_columns_and_by() -> None:
    frame = pd.concat([table(family="A", shots=0), table(family="A", shots=10), table(family="A", shots=2)])
    assert [row.identity["shots"] for row in series_from_table(frame)] == ["0", "2", "10"]
    seeds = table(seed=["a", "b", "a"])
    assert len(series_from_table(seeds)) == 1
    assert [row.identity["seed"] for row in series_from_table(seeds, by="seed")] == ["a", "b"]


def test_row_order_does_not_matter() -> None:
    frame = pd.concat(
        [table(family=family, prompt=prompt) for family in "BA" for prompt in ("cot", None, "x")], ignore_index=True
    )
    shuffled = frame.sample(frac=1.0, random_state=3).reset_index(drop=True)
    for one, other in zip(series_from_table(frame), series_from_table(shuffled), strict=True):
        assert one.identity == other.identity
        assert one.series is not None
        assert other.series is not None
        for field in dataclasses.fields(Series):
            assert np.array_equal(getattr(one.series, field.name), getattr(other.series, field.name))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=1+1", "../../etc", "a\nb", "x" * 9999, "\u4efb\u52a1 \U0001f600", "NA"]
)
def test_names_are_data_and_stay_as_they_are(name: str) -> None:
    assert good(table(task=name)).identity["task"] == name


def test_half_a_surrogate_pair_becomes_a_character_that_can_be_written() -> None:
    assert good(table(task=pd.Series(["a\ud800"] * 3, dtype=object))).identity["task"] == "a?"


def test_repeated_rows_are_kept_and_noted() -> None:
    series = good(pd.concat([table(), table().iloc[:1]]))
    assert series.n_points == 4
    assert any("1 row repeats another" in warning for warning in series.warnings)


def test_labels_come_along() -> None:
    assert good(table(model=["s", "m", "l"], seed=[1, 2, 3])).model == ("s", "m", "l")
    assert good(table(model=None)).model is None


# Scale


def test_the_first_complete_scale_that_varies_is_taken() -> None:
    flops = [1e20, 1e21, 1e22]
    assert good(table(train_flops=flops)).scale_kind == "train_flops"
    assert good(table(train_flops=[1e20, 1e20, 1e20])).scale_kind == "params"
    assert good(table(train_flops=[1e20, None, 1e22])).scale_kind == "params"
    assert good(table(params=[1e9] * 3, tokens=[1e9, 1e10, 1e11])).scale_kind == "tokens"
    assert "at least two different scales in a series, got 3 points at 1e+09" in problem(table(params=[1e9] * 3))
    assert good(table(train_flops=flops), scale="params").scale.tolist() == SCALES


def test_a_scale_asked_for_must_be_complete() -> None:
    assert "row 2, column tokens: expected a positive finite number, got a blank" in problem(
        table(tokens=[1e9, None, 1e10]), scale="tokens"
    )


def test_another_column_can_be_the_scale() -> None:
    series = good(table(width=[64, 128, 256]), scale="width")
    assert series.scale_kind == "scale"
    assert series.scale.tolist() == [64, 128, 256]


def test_suffixes_and_thousands_separators_are_understood() -> None:
    frame = table(params=["1.4M", "7b", "13 B"], n_items=["1,000", "1,000", "1,000"])
    series = good(frame)
    assert series.scale.tolist() == [1.4e6, 7e9, 1.3e10]
    assert series.n_items is not None
    assert series.n_items.tolist() == [1000] * 3
    notes = read(frame).attrs["notes"]
    assert any("suffixes" in note for note in notes)
    assert any("thousands" in note for note in notes)


def test_untrained_models_are_left_out_with_a_warning() -> None:
    series = good(table(tokens=[0, 1e9, 1e10]), scale="tokens")
    assert series.n_points == 2
    assert any("untrained" in warning for warning in series.warnings)


@pytest.mark.parametrize("value", [0, -1e9, float("inf"), "many", True, "1_000"])
def test_a_scale_that_is_no_positive_number_fails_its_series(value: object) -> None:
    assert "row 2, column params: expected a positive finite number" in problem(table(params=[1e8, value, 1e10]))


# Score forms


FORMS: Mapping[str, tuple[dict[str, object], str]] = {
    "counts": ({"n_correct": [50, 55, 90], "score": None}, "counts"),
    "score and items": ({}, "score and items"),
    "score and standard error": ({"n_items": None, "stderr": [0.1, 0.1, 0.1]}, "score and standard error"),
    "score alone": ({"n_items": None}, "score alone"),
    "counts in some rows": ({"n_correct": [50, None, 90]}, "score and items"),
}


@pytest.mark.parametrize("case", FORMS)
def test_the_richest_complete_form_is_taken(case: str) -> None:
    columns, form = FORMS[case]
    row = only(table(**columns))
    assert row.score_form == form
    assert row.series is not None
    assert row.series.score is not None
    assert row.series.score.tolist() == [0.5, 0.55, 0.9]


def test_a_form_that_some_points_lack_is_dropped_and_said_so() -> None:
    series = good(table(n_items=[100, None, 100]))
    assert series.n_items is None
    assert any("n_items is blank at params = 1e+09 (1 of 3 points)" in warning for warning in series.warnings)


def test_counts_and_scores_that_disagree_are_said_so() -> None:
    series = good(table(n_correct=[50, 70, 90]))
    assert any("disagree at params = 1e+09" in warning for warning in series.warnings)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"n_correct": [50, 101, 90]}, "row 2, column n_correct: expected at most n_items = 100, got 101"),
        ({"n_correct": [50, -1, 90]}, "column n_correct: expected a whole number that is not negative, got -1"),
        ({"n_correct": [50, 1.5, 90]}, "column n_correct: expected a whole number that is not negative, got 1.5"),
        ({"n_items": [100, 0, 100]}, "column n_items: expected a positive whole number up to 1e+12, got 0"),
        ({"score": [0.5, "high", 0.9]}, "column score: expected a finite number, got 'high'"),
        ({"score": [0.5, None, 0.9]}, "row 2, column score: expected a score"),
        ({"score": [0.5, -0.1, 0.9]}, "column score: expected a score from 0 to 1"),
        ({"score": [0.5, 1.2, 0.9]}, "column score: expected a score from 0 to 1"),
        ({"score": [0.5, float("inf"), 0.9]}, "column score: expected a finite number, got inf"),
        ({"score": None, "n_correct": [5, 5, 5], "n_items": [9, None, 9]}, "column n_items: expected n_items beside"),
        ({"stderr": [0.1, -0.1, 0.1]}, "column stderr: expected a finite number that is not negative"),
        ({"chance_level": 1.0}, "column chance_level: expected a random score from 0 to below 1"),
        ({"chance_level": -0.5}, "column chance_level: expected a random score from 0 to below 1"),
        ({"chance_level": [0.5, 0.25, 0.5]}, "expected one value for the whole series, got 0.5 and 0.25"),
        (
            {"higher_is_better": ["yes", "perhaps", "yes"]},
            "column higher_is_better: expected true or false, got 'perhaps'",
        ),
        ({"higher_is_better": [True, False, True]}, "expected one value for the whole series, got true and false"),
        ({"task": ""}, "column task: expected the name of a task, got a blank"),
    ],
)
def test_a_wrong_cell_is_named_and_fails_its_series(columns: dict[str, object], expected: str) -> None:
    assert expected in problem(table(**columns))


def test_a_bad_series_leaves_the_others_alone() -> None:
    frame = pd.concat([table(), table(task="wic", params=[1e8, "x", 1e10]), table(task="boolq")], ignore_index=True)
    assert {row.identity["task"]: row.problem is None for row in series_from_table(frame)} == {
        "boolq": True, "piqa": True, "wic": False,
    }  # fmt: skip


def test_wrong_cells_in_scales_that_are_not_used_do_not_matter() -> None:
    assert good(table(params=["?", "many", "-1"], train_flops=[1e20, 1e21, 1e22])).scale_kind == "train_flops"


def test_huge_test_sets_are_fine() -> None:
    assert good(table(n_items=[10**9] * 3)).n_points == 3


def test_rows_of_another_length_fail_their_series_only() -> None:
    text = "task,params,score\npiqa,1e8,0.5\npiqa,1e9,0.6,7\nboolq,1e8,0.5\nboolq,1e9\n"
    rows = series_from_table(read(SourceFile.from_bytes("runs.csv", text.encode())))
    assert [row.problem for row in rows] == [
        "runs.csv, row 5, column score: expected a score (or n_correct and n_items), got a blank",
        "runs.csv, row 3: expected 3 cells, got 4",
    ]


def test_a_structural_fault_is_an_error_of_the_table() -> None:
    with pytest.raises(TableError, match="expected a column 'task', got columns"):
        series_from_table(table(task=None))
    with pytest.raises(TableError, match="at least one row"):
        series_from_table(table().iloc[:0])


# Units


def test_percentages_are_converted_exactly_and_said_so() -> None:
    frame = table(score=[4.1, 12.3, 85.0], stderr=[1.5, 2.0, 3.0], chance_level=25)
    series = good(frame)
    assert series.score is not None
    assert series.stderr is not None
    assert series.score.tolist() == [0.041, 0.123, 0.85]
    assert series.stderr.tolist() == [0.015, 0.02, 0.03]
    assert series.chance_level == 0.25
    assert "scores were given in percent and divided by 100" in series.warnings
    assert good(read(frame)).warnings == series.warnings


def test_the_unit_is_that_of_the_metric_not_of_the_series() -> None:
    frame = pd.concat([table(score=[0.2, 0.4, 0.8]), table(task="boolq", score=[50.1, 60.2, 70.3])])
    low = series_from_table(frame)[1].series
    assert low is not None
    assert low.score is not None
    assert low.score.tolist() == [0.002, 0.004, 0.008]
    assert not any("may be proportions" in warning for warning in low.warnings)


def test_proportions_among_percentages_are_pointed_at() -> None:
    frame = table(score=[0.9, 40, 85])
    assert any("may be proportions" in warning for warning in good(frame).warnings)
    assert good(read(frame)).warnings == good(frame).warnings


def test_percent_signs_are_read_cell_by_cell() -> None:
    series = good(table(score=["4.1%", "12.3 %", "85%"]))
    assert series.score is not None
    assert series.score.tolist() == [0.041, 0.123, 0.85]


def test_units_may_differ_between_files() -> None:
    percent = table(score=[10.5, 50.0, 90.0], source_file="a.csv", source_row=[1, 2, 3])
    proportion = table(score=[0.105, 0.5, 0.9], source_file="b.csv", source_row=[1, 2, 3], task="wic")
    for row in series_from_table(pd.concat([percent, proportion])):
        assert row.series is not None
        assert row.series.score is not None
        assert row.series.score.tolist() == [0.105, 0.5, 0.9]


def test_metrics_without_bounds_keep_their_unit_and_direction() -> None:
    series = good(table(metric="word_perplexity", score=[80.0, 20.0, 9.0], n_items=None))
    assert series.score_bounds is None
    assert series.chance_level is None
    assert not series.higher_is_better
    assert series.score is not None
    assert series.score.max() == 80.0


def test_an_unlisted_metric_outside_any_unit_has_no_bounds_and_a_warning() -> None:
    series = good(table(metric="points", score=[-5.0, 200.0, 900.0]))
    assert series.score_bounds is None
    assert any("unlisted metric" in warning for warning in series.warnings)


def test_a_metric_without_a_better_end_says_so() -> None:
    series = good(table(task="crows_pairs_english", metric="pct_stereotype", higher_is_better=[None, None, None]))
    assert series.chance_level == 0.5
    assert any("neither end" in warning for warning in series.warnings)


# Chance level and direction


@pytest.mark.parametrize(
    ("task", "metric", "level", "source"),
    [
        ("piqa", "acc", 0.5, "task"),
        ("hendrycksTest-college_physics", "acc_norm,none", 0.25, "task"),
        ("arithmetic_2da", "acc", 0.0, "task"),
        ("piqa", "rouge1", 0.0, "metric"),
        ("my own task", "acc", 0.0, "assumed"),
    ],
)
def test_a_missing_chance_level_is_looked_up(task: str, metric: str, level: float, source: str) -> None:
    row = only(table(task=task, metric=metric))
    assert row.series is not None
    assert (row.series.chance_level, row.chance_source) == (level, source)
    assert any("0 assumed" in warning for warning in row.series.warnings) == (source == "assumed")


@pytest.mark.parametrize("text", ["TRUE", "yes", "1", 1, True, "higher", None, "", "NA", np.nan])
def test_spellings_of_higher_is_better(text: object) -> None:
    assert good(table(higher_is_better=[text] * 3)).higher_is_better


@pytest.mark.parametrize("text", ["false", "No", "0", 0.0, False, "lower", "minimize"])
def test_spellings_of_lower_is_better(text: object) -> None:
    series = good(table(higher_is_better=[text] * 3))
    assert not series.higher_is_better
    assert series.chance_level == 1.0


@pytest.mark.parametrize(
    "task", ["arc_agi", "arc_da", "truthfulqa_mc1", "mmlu_pro", "head_qa", "medqa", "something new"]
)
def test_a_chance_level_is_never_guessed(task: str) -> None:
    row = only(table(task=task))
    assert row.chance_source == "assumed"
    assert row.series is not None
    assert any("none known for the task" in warning for warning in row.series.warnings)


@pytest.mark.parametrize("metric", ["word_perplexity", "bits_per_byte", "loss", "rmse"])
def test_losses_without_an_upper_end_are_fitted_on_a_log_axis_in_their_own_unit(metric: str) -> None:
    series = good(table(metric=metric, score=[4000.0, 40.0, 8.0], n_items=None))
    assert (series.score_axis, series.higher_is_better) == ("log", False)
    assert series.score is not None
    assert series.score.tolist() == [4000.0, 40.0, 8.0]
    assert f"{metric} has no upper end: curves are fitted to its log" in series.warnings


def test_a_loss_of_0_keeps_its_axis_linear_and_is_told() -> None:
    series = good(table(metric="mse", score=[4.0, 0.0, 0.1], n_items=None))
    assert series.score_axis == "linear"
    assert any("not all of its scores are above 0" in warning for warning in series.warnings)
    assert good(table(metric="edit_distance", score=[4.0, 3.0, 0.1], n_items=None)).score_axis == "linear"
