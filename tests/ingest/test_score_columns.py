"""Scores of a series: their form, unit, bounds and axis."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from emergence_stats.ingest import read, series_from_table
from tests.ingest.tables import good, only, table

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
