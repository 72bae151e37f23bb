"""Long tables, one row per model and item: to items and to series, and what a wrong one is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.errors import SeriesError, TableError
from emergence_stats.ingest import UnitContext, UnitGatherer, series_from_table

MODELS = {"small": 1e8, "medium": 1e9, "large": 1e10}
SCORES = {"small": [0, 0, 1, 0], "medium": [1, 0, 1, 0], "large": [1, 1, 1, 0]}


def long_table(**columns: str | float) -> pd.DataFrame:
    """Three models on four items of two texts, rows in no order."""
    rows = [
        {
            "task": "sums",
            "metric": "exact_match",
            "model": model,
            "params": MODELS[model],
            "item": f"q{j}",
            "score": score,
        }
        for model, scores in SCORES.items()
        for j, score in enumerate(scores)
    ]
    frame = pd.DataFrame(rows).assign(task="sums", metric="exact_match", chance_level=0.0)
    frame["cluster"] = ["a", "a", "b", "b"] * 3
    for name, value in columns.items():
        frame[name] = value
    return frame.sample(frac=1.0, random_state=1).reset_index(drop=True)


def problem_of(frame: pd.DataFrame) -> str:
    """Why the one series of a table is none."""
    (row,) = series_from_table(frame)
    assert row.problem is not None
    return row.problem


def test_rows_become_models_by_items_in_order_of_scale() -> None:
    (items,) = es.items_from_table(long_table())
    assert items.model == ("small", "medium", "large")
    assert items.identity == {"task": "sums", "metric": "exact_match"}
    assert items.n_clusters == 2
    assert items.item is not None
    assert items.score[:, np.argsort(items.item)].tolist() == list(SCORES.values())


def test_a_long_table_is_analysed_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    long_table().drop(columns="cluster").to_csv(path, index=False)
    (row,) = series_from_table(es.read(path))
    assert row.score_form == "items"
    assert row.series is not None
    assert row.series.n_correct is not None
    assert row.series.n_correct.tolist() == [1.0, 2.0, 3.0]
    results = es.analyze_frame(es.read(path))
    assert results["n_scales"].tolist() == [3]
    assert results["verdict"].tolist() != ["failed"]


def test_attempts_at_an_item_are_averaged() -> None:
    twice = pd.concat([long_table(attempt=1), long_table(attempt=2, score=0.0)], ignore_index=True)
    (items,) = es.items_from_table(twice)
    assert items.score.max() == 0.5
    assert items.score.sum() == 3.0


def test_responses_travel_and_can_be_graded_anew() -> None:
    frame = long_table(target="12")
    frame["response"] = np.where(frame["score"] > 0, "12", "13")
    (items,) = es.items_from_table(frame)
    assert es.regrade(items, metric="exact_match").score.tolist() == items.score.tolist()
    assert es.regrade(items, metric="per_character_accuracy").score.min() == 0.5


def test_a_missing_answer_leaves_the_item_out_for_all() -> None:
    frame = long_table()
    gone = (frame["model"] == "small") & (frame["item"] == "q1")
    for table in (frame[~gone], frame.assign(score=frame["score"].where(~gone))):
        (items,) = es.items_from_table(table)
        assert items.n_items == 3
        assert "1 item is left out, for which some model has no outcome (small lacks 1 of 4)" in items.warnings


def test_tables_of_points_and_of_items_stand_side_by_side() -> None:
    points = pd.DataFrame(
        {
            "task": "other",
            "metric": "acc",
            "params": [1e8, 1e9],
            "score": [0.2, 0.4],
            "n_items": 100,
            "chance_level": 0.0,
        }
    )
    rows = series_from_table(pd.concat([points, long_table()], ignore_index=True))
    assert [row.score_form for row in rows] == ["score and items", "items"]
    assert len(es.items_from_table(pd.concat([points, long_table()], ignore_index=True))) == 1


WRONG: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "repeated": (
        lambda frame: pd.concat([frame, frame.iloc[[3, 4]]]),
        r"row 13, column item: expected each item once for each model \(a column attempt tells",
    ),
    "nameless": (
        lambda frame: frame.assign(item=frame["item"].where(frame.index != 2, "")),
        r"row 3, column item: expected the name of an item, got a blank",
    ),
    "out of bounds": (
        lambda frame: frame.assign(score=frame["score"] + 0.5),
        r"column score: expected a score from 0 to 1",
    ),
    "in two clusters": (
        lambda frame: frame.assign(cluster=frame["model"]),
        r"column cluster: expected one cluster for all rows of an item",
    ),
    "in one cluster": (lambda frame: frame.assign(cluster="one"), r"cluster: expected at least 2 clusters"),
    "nothing shared": (
        lambda frame: frame.assign(item=frame.index.astype(str)),
        r"expected an item that every model has an outcome for",
    ),
    "one scale": (lambda frame: frame.assign(params=1e9), r"column params: expected at least two different scales"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_tables_are_told_where_they_are_wrong(what: str) -> None:
    change, message = WRONG[what]
    frame = change(long_table())
    assert re.search(message, problem_of(frame))
    with pytest.raises(SeriesError, match=message):
        [items.series() for items in es.items_from_table(frame)]


def test_models_with_items_of_their_own_are_not_spread_over_memory() -> None:
    rows = pd.DataFrame({"task": "t", "params": np.arange(1.0, 2001.0), "item": np.arange(2000), "score": 1.0})
    assert "expected models that answered the same items" in problem_of(rows)


def test_a_table_without_items_has_none() -> None:
    with pytest.raises(TableError, match="expected a column 'item', got columns task, params, score"):
        es.items_from_table(pd.DataFrame({"task": ["t"], "params": [1.0], "score": [0.5]}))


def gathered(frame: pd.DataFrame) -> UnitContext:
    """What the whole of a table says of its units, from pieces of it."""
    gatherer = UnitGatherer()
    for start in range(0, len(frame), 5):
        gatherer.add(frame.iloc[start : start + 5])
    return gatherer.context()


def test_one_outcome_beyond_1_is_a_mistake_and_not_the_unit_of_all() -> None:
    frame = long_table()
    frame.loc[frame.index[frame["score"] == 0][0], "score"] = 7
    for context in (None, gathered(frame)):
        (row,) = series_from_table(frame, context=context)
        assert row.problem is not None
        assert "expected a score from 0 to 1" in row.problem
        assert row.problem.endswith("got 7")


def test_outcomes_in_percent_are_understood() -> None:
    frame = long_table().drop(columns="cluster")
    frame["score"] *= 100
    for context in (None, gathered(frame)):
        (row,) = series_from_table(frame, context=context)
        assert row.series is not None
        assert row.series.n_correct is not None
        assert row.series.n_correct.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("as_text", [False, True])
def test_outcomes_may_be_true_and_false(as_text: bool) -> None:
    right = [True, False, True, False, False, True]
    frame = pd.DataFrame(
        {
            "task": "sums",
            "params": np.repeat([1e8, 1e9], 3),
            "item": ["a", "b", "c"] * 2,
            "score": [str(each) for each in right] if as_text else right,
        }
    )
    (items,) = es.items_from_table(frame)
    assert items.score.tolist() == [[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
