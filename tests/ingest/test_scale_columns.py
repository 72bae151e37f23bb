"""Which column becomes the scale of a series, and which cells it may hold."""

from __future__ import annotations

import pytest

from emergence_stats.ingest import read
from tests.ingest.tables import SCALES, good, problem, table


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
