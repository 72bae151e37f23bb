"""Scores that a metric cannot have, and companions that cannot be read: said, and never passed over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.errors import SeriesError

SCALE = [1e8, 1e9, 1e10, 1e11, 1e12, 1e13]
EXACT = np.array([1, 0, 2, 1, 180, 190]) / 200
TOKENS = [0.40, 0.52, 0.64, 0.75, 0.86, 0.97]


def table(metric: str, score: object, **more: object) -> pd.DataFrame:
    """One metric of the task."""
    return pd.DataFrame({"task": "sums", "metric": metric, "params": SCALE, "score": score, **more})


def with_companion(score: object, metric: str = "token_accuracy") -> pd.DataFrame:
    """Exact match that jumps beside another metric."""
    exact = table("exact_match", EXACT, n_items=200, chance_level=0.0)
    return pd.concat([exact, table(metric, score, stderr=0.01)], ignore_index=True)


def row(frame: pd.DataFrame, metric: str) -> pd.Series:
    """The result of one metric."""
    found = es.analyze_frame(frame).set_index("metric").loc[metric]
    assert isinstance(found, pd.Series)
    return found


def test_a_smooth_companion_makes_it_an_artifact() -> None:
    assert row(with_companion(TOKENS), "exact_match")["verdict"] == "metric_artifact"


@pytest.mark.parametrize("broken", ["?", -0.3])
def test_beside_a_companion_that_cannot_be_read_nothing_is_emergent(broken: object) -> None:
    exact = row(with_companion([*TOKENS[:3], broken, *TOKENS[4:]]), "exact_match")
    assert exact["verdict"] == "undetermined"
    assert "token_accuracy of the same outputs could not be read" in exact["reason"]
    assert "token_accuracy could not be read: " in exact["warnings"]


def test_another_companion_may_answer_in_its_place() -> None:
    broken = table("edit_similarity", ["?", *TOKENS[1:]])
    exact = row(pd.concat([with_companion(TOKENS), broken], ignore_index=True), "exact_match")
    assert exact["verdict"] == "metric_artifact"
    assert "edit_similarity could not be read" in exact["warnings"]


def test_what_cannot_be_read_is_named_to_analyze_by_hand() -> None:
    series = es.Series(scale=SCALE, n_correct=200 * EXACT, n_items=[200] * 6, chance_level=0.0, metric="exact_match")
    assert es.analyze(series).verdict == "emergent"
    beside = es.analyze(series, unread={"token_accuracy": "row 9 is blank"})
    assert beside.verdict == "undetermined"
    assert beside.remedy is not None
    assert "token_accuracy" in beside.remedy


@pytest.mark.parametrize(
    ("metric", "score", "bound"),
    [("log_prob", 0.4, "up to 0"), ("perplexity", 0.5, "from 1 up"), ("edit_distance", -2.0, "from 0 up")],
)
def test_scores_beyond_the_one_end_of_a_metric_fail(metric: str, score: float, bound: str) -> None:
    good = {"log_prob": -1.5, "perplexity": 7.0, "edit_distance": 3.0}[metric]
    scores = [good, good, good, score, good, good]
    found = row(table(metric, scores), metric)
    assert found["verdict"] == "failed"
    assert bound in found["reason"]
    companion = es.Series(
        scale=SCALE, score=scores, metric=metric, score_bounds=None, higher_is_better=metric == "log_prob"
    )
    exact = es.Series(scale=SCALE, n_correct=200 * EXACT, n_items=[200] * 6, chance_level=0.0)
    with pytest.raises(SeriesError, match=f"{metric} {bound}"):
        es.analyze(exact, companions=[companion])


def test_a_lone_score_above_one_is_said_to_have_made_percentages() -> None:
    found = row(table("token_accuracy", [*TOKENS[:5], 1.97]), "token_accuracy")
    assert "that score is wrong" in found["warnings"]
    plain = row(table("token_accuracy", [40.0, 52.0, 64.0, 75.0, 86.0, 97.0]), "token_accuracy")
    assert "that score is wrong" not in plain["warnings"]
