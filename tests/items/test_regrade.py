"""The same answers by other metrics."""

from __future__ import annotations

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.errors import InputError

TARGET = ["123", "45", ""]
RESPONSE = [["123", "54", ""], [" 124 ", "45", "x"], ["12", "457", ""]]


def answers(**more: object) -> es.Items:
    """Two or three models that do sums."""
    start = {"score": np.zeros((3, 3)), "scale": [1, 2, 3], "response": RESPONSE, "target": TARGET, "chance_level": 0.0}
    return es.Items(**{**start, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("exact_match", [[1, 0, 1], [0, 1, 0], [0, 0, 1]]),
        ("edit_distance", [[0, 2, 0], [1, 0, 1], [1, 1, 0]]),
        ("normalized_edit_distance", [[0, 1, 0], [1 / 3, 0, 1], [1 / 3, 1 / 3, 0]]),
        ("per_character_accuracy", [[1, 0, 1], [2 / 3, 1, 0], [2 / 3, 1, 1]]),
    ],
)
def test_texts_are_compared_with_their_references(metric: str, expected: list[list[float]]) -> None:
    graded = es.regrade(answers(), metric=metric)
    assert graded.score == pytest.approx(np.array(expected, dtype=float))
    assert graded.metric == graded.series().metric == metric
    assert graded.higher_is_better == (not metric.endswith("distance"))


def test_all_of_a_cluster_must_be_right() -> None:
    score = [[1, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]]
    items = es.Items(score=score, scale=[1, 2, 3], cluster=list("aabbb"), chance_level=0.5)
    graded = es.regrade(items, metric="all_correct")
    assert graded.score.tolist() == [[1, 0], [1, 1], [0, 0]]
    assert graded.item is not None
    assert graded.item.tolist() == ["a", "b"]
    assert graded.chance_level == pytest.approx((0.25 + 0.125) / 2)


def test_a_function_makes_a_metric() -> None:
    errors = es.Items(
        score=[[0.9, 0.4], [0.3, 0.1], [0.01, 0.2]], scale=[1, 2, 3], higher_is_better=False, chance_level=1.0
    )
    small = es.regrade(errors, metric=lambda items: items.score < 0.25, name="share below .25", chance_level=0.0)
    assert small.score.tolist() == [[0, 0], [0, 1], [1, 1]]
    assert small.metric == "share below .25"
    assert small.higher_is_better
    with pytest.raises(InputError, match=r"expected outcomes of shape \(3, 2\), models by items, got \(3,\)"):
        es.regrade(errors, metric=lambda items: items.score[:, 0])


def test_what_cannot_be_graded_is_told_why() -> None:
    plain = es.Items(score=[[0.5], [1.0]], scale=[1, 2], name="sums")
    with pytest.raises(InputError, match="sums: expected response and target beside the outcomes, got none"):
        es.regrade(plain, metric="exact_match")
    with pytest.raises(InputError, match="all_correct: expected items in clusters"):
        es.regrade(plain, metric="all_correct")
    with pytest.raises(InputError, match="metric: expected one of exact_match, edit_distance"):
        es.regrade(plain, metric="bleu")
