"""What a smooth law looks like under a metric, on a test set of a certain size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emergence_stats import metrics
from emergence_stats.errors import InputError

SCALE = np.logspace(7, 11, 9)
LAW = metrics.PowerLaw.through(1e10, 0.98, exponent=0.3)


def test_longer_answers_break_through_later_and_no_sharper() -> None:
    short, long = (
        metrics.apparent_curve(LAW, "exact_match", SCALE, n_items=500, task=metrics.Task(tokens=tokens))
        for tokens in (4, 60)
    )
    assert short.visible_from is not None
    assert long.visible_from is not None
    assert short.visible_from < long.visible_from
    assert short.threshold is not None
    assert long.threshold is not None
    assert short.threshold < long.threshold


def test_more_items_show_the_first_sign_at_a_smaller_scale() -> None:
    task = metrics.Task(tokens=60)
    few, many = (
        metrics.apparent_curve(LAW, "exact_match", SCALE, n_items=n, task=task).visible_from for n in (50, 100_000)
    )
    assert few is not None
    assert many is not None
    assert many < few


@pytest.mark.parametrize("metric", metrics.METRIC_LAWS)
def test_every_metric_improves_with_scale_and_gives_a_series(metric: str) -> None:
    curve = metrics.apparent_curve(LAW, metric, SCALE, n_items=200)
    better = 1.0 if metrics.METRIC_LAWS[metric].higher_is_better else -1.0
    assert np.all(better * np.diff(curve.score) >= 0.0)
    assert 0.0 < curve.largest_jump <= 1.0
    assert curve.width_decades is not None
    assert curve.width_decades > 0.0
    series = curve.series(seed=3)
    assert series.metric == metric
    assert series.score is not None
    assert np.all(np.abs(series.score - curve.score) <= 6.0 * curve.stderr + 0.05)
    np.testing.assert_array_equal(series.score, curve.series(seed=3).score)


def test_linear_metrics_show_no_jump_where_exact_match_does() -> None:
    task = metrics.Task(tokens=60)
    jump = {
        metric: metrics.apparent_curve(LAW, metric, SCALE, task=task).visible_from
        for metric in ("exact_match", "token_accuracy")
    }
    assert jump["token_accuracy"] == SCALE[0]
    assert jump["exact_match"] is not None
    assert jump["exact_match"] > SCALE[0]


@pytest.mark.parametrize("metric", metrics.METRIC_LAWS)
@pytest.mark.parametrize("constant", [1e-40, 1e40], ids=["solved", "hopeless"])
def test_a_score_that_does_not_change_has_no_threshold(metric: str, constant: float) -> None:
    law = metrics.PowerLaw(exponent=0.3, constant=constant, floor=0.0 if constant > 1.0 else 0.1)
    if metric in {"cross_entropy", "threshold_metric"} and constant > 1.0:
        law = metrics.PowerLaw(exponent=0.3, constant=1e-40, floor=50.0)
    curve = metrics.apparent_curve(law, metric, SCALE)
    assert curve.largest_jump == 0.0
    assert curve.threshold is None
    assert curve.width_decades is None
    assert np.all(np.isfinite(curve.score))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tokens": -3}, "tokens: expected one length above 0, or a list of them, got -3"),
        ({"tokens": [4, 0]}, "tokens: expected one length above 0"),
        ({"tokens": []}, "tokens: expected one length above 0"),
        ({"tokens": "five"}, "tokens: expected one length above 0"),
        ({"tokens": float("nan")}, "tokens: expected one length above 0"),
        ({"options": 1}, "options: expected a whole number from 2 up"),
        ({"top": 5}, "top: expected at most the number of options, 4, got 5"),
        ({"limit": 0.0}, "limit: expected a number above 0"),
        ({"spread": -0.5}, "spread: expected a number above 0"),
    ],
)
def test_a_task_out_of_range_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        metrics.Task(**fields)


def test_unknown_metrics_and_scales_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="metric: expected one of exact_match"):
        metrics.apparent_curve(LAW, "vibes", SCALE)
    with pytest.raises(InputError, match="ascending"):
        metrics.apparent_curve(LAW, "exact_match", SCALE[::-1])
