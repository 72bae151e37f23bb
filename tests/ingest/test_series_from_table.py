"""Series of a table: what tells them apart, and what makes one of them fail."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from emergence_stats.errors import TableError
from emergence_stats.ingest import SourceFile, read, series_from_table
from emergence_stats.series import Series
from tests.ingest.tables import good, problem, table


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
