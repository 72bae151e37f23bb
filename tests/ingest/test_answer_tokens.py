"""The length of the answers as a column of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

import emergence_stats as es
from tests.ingest.tables import good, problem, table


def test_the_column_becomes_the_length_of_the_series() -> None:
    assert good(table()).answer_tokens is None
    assert good(table(answer_tokens=[5, 5, 5])).answer_tokens == 5.0
    assert good(table(answer_tokens=[5, None, None])).answer_tokens == 5.0


def test_lengths_that_differ_are_averaged_and_that_is_said() -> None:
    found = good(table(answer_tokens=[4, 5, 6]))
    assert found.answer_tokens == 5.0
    assert "answer_tokens goes from 4 to 6: the mean, 5, is used" in found.warnings


def test_a_wrong_length_fails_the_series() -> None:
    assert "row 2, column answer_tokens: expected a positive finite number, got 0" in problem(
        table(answer_tokens=[5, 0, 5])
    )


def test_items_of_several_lengths_have_their_mean() -> None:
    frame = pd.DataFrame(
        {
            "task": "sums", "params": np.repeat([1e8, 1e9, 1e10], 2), "item": ["a", "b"] * 3,
            "score": [0, 0, 0, 1, 1, 1], "chance_level": 0.0, "answer_tokens": [2, 6] * 3,
        }
    )  # fmt: skip
    (items,) = es.items_from_table(frame)
    assert items.answer_tokens == items.series().answer_tokens == 4.0
    assert not any("answer_tokens" in warning for warning in items.series().warnings)


def test_items_that_must_all_be_right_make_longer_answers() -> None:
    items = es.Items(score=np.ones((2, 4)), scale=[1, 2], cluster=list("aabb"), chance_level=0.0, answer_tokens=3)
    assert es.regrade(items, metric="all_correct").answer_tokens == 6.0
