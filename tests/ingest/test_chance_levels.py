"""Chance level and direction of a series: told, looked up, never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ingest.tables import good, only, table


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
