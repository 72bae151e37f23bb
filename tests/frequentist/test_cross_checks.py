"""Isotonic regression, descriptive scores, and the whole of the cross-checks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from sklearn.isotonic import IsotonicRegression

import emergence_stats as es
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.frequentist.descriptive import breakthroughness, linearity
from emergence_stats.series import Series

X = np.linspace(8.0, 11.0, 7)


def counts(k: np.typing.ArrayLike, n: float = 100.0, *, chance: float = 0.0) -> Series:
    right = np.asarray(k, dtype=float)
    return Series(
        scale=10.0 ** np.linspace(8.0, 11.0, right.size), n_correct=right, n_items=[n] * right.size, chance_level=chance
    )


def test_the_monotone_fit_is_scikit_learn_s() -> None:
    series = counts([10, 14, 9, 30, 28, 60, 55])
    found = es.cross_checks(series).isotonic
    assert found is not None
    theirs = IsotonicRegression().fit_transform(X, series.score, sample_weight=series.n_items)
    assert found.fitted == pytest.approx(theirs, abs=1e-9)
    assert found.p_rise == pytest.approx(0.001)


def test_points_at_one_scale_share_their_fitted_value() -> None:
    series = Series(scale=[1e8, 1e8, 1e9, 1e9], score=[0.1, 0.3, 0.5, 0.2], chance_level=0.0)
    found = es.cross_checks(series).isotonic
    assert found is not None
    assert found.fitted == pytest.approx([0.2, 0.2, 0.35, 0.35])


def test_a_fall_is_no_rise_and_departs_from_every_rising_curve() -> None:
    found = es.cross_checks(counts([60, 50, 42, 33, 20, 15])).isotonic
    assert found is not None
    assert found.gain == pytest.approx(0.0, abs=1e-9)
    assert found.p_rise == 1.0
    assert found.p_departure == pytest.approx(0.001)


def test_under_a_constant_the_monte_carlo_p_values_are_uniform_or_nearly() -> None:
    rng = np.random.default_rng(5)
    p = [
        found.p_rise
        for _ in range(100)
        if (found := es.cross_checks(counts(rng.binomial(500, 0.3, size=7), 500.0), replicates=99).isotonic) is not None
    ]
    assert np.mean(np.array(p) < 0.1) == pytest.approx(0.1, abs=0.07)
    assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.13)


def test_a_logistic_line_explains_a_logistic_rise_and_little_of_a_late_step() -> None:
    line = 1.0 / (1.0 + np.exp(-2.0 * (X - 9.5)))
    smooth = es.cross_checks(counts(np.round(1000.0 * line), 1000.0)).isotonic
    late = es.cross_checks(counts([500, 505, 498, 502, 500, 501, 800], 1000.0)).isotonic
    assert smooth is not None
    assert late is not None
    assert smooth.explained_by_line is not None
    assert late.explained_by_line is not None
    assert smooth.explained_by_line > 0.999
    assert late.explained_by_line < 0.6


def test_descriptive_scores_are_the_published_formulas() -> None:
    y = np.array([0.1, 0.2, 0.1, 0.7])
    assert breakthroughness(y) == pytest.approx(0.6 / 0.1)
    assert linearity(y) == pytest.approx(0.6 / np.sqrt((0.01 + 0.01 + 0.36) / 3.0))
    assert breakthroughness(1.0 - y) == pytest.approx(-6.0)


def test_noise_alone_stays_inside_its_band_and_a_jump_does_not() -> None:
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(50):
        score = es.cross_checks(counts(rng.binomial(200, 0.4, size=7), 200.0), replicates=199).descriptive[1]
        assert score.constant is not None
        assert score.value is not None
        inside += score.constant[0] <= score.value <= score.constant[1]
    assert 43 <= inside <= 50
    jump = es.cross_checks(counts([50, 52, 49, 51, 50, 185, 190], 200.0, chance=0.25)).descriptive[0]
    assert jump.value is not None
    assert jump.constant is not None
    assert jump.value > 2.0 * jump.constant[1]


def test_a_median_step_of_zero_leaves_breakthroughness_undefined() -> None:
    assert es.cross_checks(counts([0, 0, 0, 0, 50])).descriptive[0].value is None


@pytest.mark.parametrize(
    "series",
    [
        counts([26, 24, 30, 55, 80, 90], chance=0.25),
        counts([0, 0, 0, 0]),
        Series(scale=10.0**X, score=[12.0, 11, 14, 13, 20, 24, 30], chance_level=0.0, score_bounds=(0.0, 100.0)),
        Series(scale=10.0**X, score=[0.1] * 7, chance_level=0.0),
        Series(scale=[1e8, 1e9], n_correct=[3, 90], n_items=[100, 100], chance_level=0.0),
        Series(scale=10.0**X, score=[5.0, 5.1, 5.3, 6, 7, 9, 9.5], stderr=[0.2] * 7, score_bounds=None),
        Series(scale=[2.0, 2.5, 3.0, 3.5], score=[0.9, 0.6, 0.3, 0.2], scale_kind="loss", chance_level=0.0),
        counts([74, 76, 70, 45, 20, 10], chance=0.75).replace(higher_is_better=False),
    ],
    ids=["counts", "zeros", "scores", "equal", "two", "errors", "loss", "lower is better"],
)
def test_every_kind_of_series_gives_valid_json_the_same_each_time(series: Series) -> None:
    schema = json.loads((Path(es.__file__).parent / "schema" / "analysis.schema.json").read_text(encoding="utf-8"))
    part = {"$defs": schema["$defs"], "$ref": "#/$defs/cross_checks"}
    first = json.dumps(es.cross_checks(series, seed=3).to_dict(), allow_nan=False)
    Draft202012Validator(part).validate(json.loads(first))
    assert first == json.dumps(es.cross_checks(series, seed=3).to_dict(), allow_nan=False)


def test_more_of_a_loss_is_worse() -> None:
    series = Series(scale=[2.0, 2.5, 3.0, 3.5], n_correct=[90, 60, 35, 20], n_items=[100] * 4, scale_kind="loss")
    found = es.cross_checks(series)
    assert found.trend.kendall == pytest.approx(1.0)
    assert found.glm is not None
    middle = found.glm.fits[0].midpoint
    assert middle is not None
    assert 2.0 < middle < 3.0


def test_one_scale_is_refused_in_one_line() -> None:
    with pytest.raises(SeriesError, match="at least two different scales, got 1"):
        es.cross_checks(Series(scale=[1e8, 1e8], n_correct=[1, 2], n_items=[5, 5], chance_level=0.0))
    with pytest.raises(InputError, match="replicates: expected a whole number from 1 up, got 0"):
        es.cross_checks(counts([1, 2, 3]), replicates=0)


def test_checks_are_made_only_where_asked_for_and_leave_the_rest_alone() -> None:
    analysis = es.analyze(counts([26, 24, 30, 55, 80, 90], chance=0.25))
    without, with_checks = analysis.to_dict(), analysis.to_dict(cross_checks=True)
    assert without.pop("cross_checks") is None
    assert with_checks.pop("cross_checks")["trend"]["z"] > 5.0
    assert without == with_checks


def test_separated_scores_of_a_fresh_process_print_no_warning() -> None:
    # Loading statsmodels lets its warnings through: in a process that has not yet done so, it happens in the middle.
    code = (
        "from emergence_stats import Series, analyze\n"
        "s = Series(scale=[1e8, 1e9, 1e10, 1e11], n_correct=[0, 0, 100, 100], n_items=100, chance_level=0.0)\n"
        "analyze(s).to_dict(cross_checks=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
