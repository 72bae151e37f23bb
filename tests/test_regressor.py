"""The curves as a scikit-learn regressor: scikit-learn's own checks, and what its users do with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GridSearchCV, LeaveOneOut, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import emergence_stats as es
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.series import FloatArray

LOG10_SCALE = np.linspace(8.0, 11.5, 8)
SCORE = np.array([0.26, 0.24, 0.25, 0.26, 0.27, 0.82, 0.84, 0.83])


@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([es.CurveRegressor()])  # type: ignore[untyped-decorator]
def test_scikit_learns_own_checks_pass(estimator: es.CurveRegressor, check: Callable[[object], None]) -> None:
    check(estimator)


def fitted(**options: object) -> es.CurveRegressor:
    return es.CurveRegressor(chance_level=0.25, **options).fit(  # type: ignore[arg-type]
        LOG10_SCALE[:, None], SCORE, n_items=np.full(8, 400.0)
    )


def test_it_predicts_what_the_analysis_finds() -> None:
    series = es.Series(
        scale=10.0**LOG10_SCALE, score=SCORE, n_items=np.full(8, 400.0), chance_level=0.25, scale_kind="scale"
    )
    analysis = es.analyze(series)
    regressor = fitted()
    assert regressor.probabilities_ == pytest.approx(dict(analysis.probabilities))
    assert regressor.threshold_.median == pytest.approx(analysis.threshold.median)
    fit = analysis.to_dict()["fit"]
    quantiles = regressor.predict_quantiles(np.log10(fit["scale"])[:, None])
    assert quantiles[:, 1] == pytest.approx(fit["median"], abs=0.03)
    assert np.all(np.diff(quantiles, axis=1) >= 0)


def test_it_extends_beyond_the_data_and_stays_in_the_bounds_of_the_score() -> None:
    beyond = fitted(curve="log_linear").predict(np.array([[2.0], [30.0]]))
    assert np.all((beyond >= 0.0) & (beyond <= 1.0))
    assert beyond[1] > beyond[0]


def test_scores_without_bounds_may_be_anything() -> None:
    loss = 4.0 - 0.5 * (LOG10_SCALE - 8.0)
    regressor = es.CurveRegressor(higher_is_better=False, curve="smooth").fit(LOG10_SCALE[:, None], loss)
    assert regressor.series_.score_bounds is None
    assert regressor.predict(LOG10_SCALE[:, None]) == pytest.approx(loss, abs=0.15)


def test_cross_validation_prefers_the_sharp_curves_on_a_jump_and_the_straight_line_on_a_line() -> None:
    def error(curve: str, score: FloatArray) -> float:
        regressor = es.CurveRegressor(curve=curve, chance_level=0.25)
        scores = cross_val_score(
            regressor, LOG10_SCALE[:, None], score, cv=LeaveOneOut(), scoring="neg_mean_squared_error"
        )
        return -float(scores.mean())

    line = 0.3 + 0.15 * (LOG10_SCALE - 8.0)
    assert error("phase_change", SCORE) < error("log_linear", SCORE)
    assert error("log_linear", line) < error("step", line)


def test_a_grid_search_chooses_among_curves() -> None:
    search = GridSearchCV(
        es.CurveRegressor(chance_level=0.25),
        {"curve": ["no_ability", "step"]},
        cv=LeaveOneOut(),
        scoring="neg_mean_squared_error",
    ).fit(LOG10_SCALE[:, None], SCORE)
    assert search.best_params_ == {"curve": "step"}


def test_it_takes_the_same_data_as_other_regressors_of_one_column() -> None:
    isotonic = IsotonicRegression().fit(LOG10_SCALE[:, None], SCORE).predict(LOG10_SCALE[:, None])
    assert fitted().predict(LOG10_SCALE[:, None]) == pytest.approx(isotonic, abs=0.05)


def test_the_column_of_a_frame_is_chosen_by_name() -> None:
    frame = pd.DataFrame({"year": np.arange(8.0), "log10_params": LOG10_SCALE})
    regressor = es.CurveRegressor(scale_column="log10_params", chance_level=0.25).fit(frame, SCORE)
    shuffled = frame.assign(year=frame["year"].to_numpy()[::-1])
    assert np.array_equal(regressor.predict(frame), regressor.predict(shuffled))
    with pytest.raises(InputError, match="expected one of the columns year, log10_params, got 'params'"):
        clone(regressor).set_params(scale_column="params").fit(frame, SCORE)


def test_evidence_of_one_curve_is_that_of_the_analysis() -> None:
    series = es.Series(
        scale=10.0**LOG10_SCALE, score=SCORE, n_items=np.full(8, 400.0), chance_level=0.25, scale_kind="scale"
    )
    step = next(curve for curve in es.analyze(series).comparison.curves if curve.name == "step")
    assert fitted(curve="step").log_evidence_ == pytest.approx(step.log_evidence, abs=1e-3)


def test_a_scale_that_was_not_logged_is_an_error() -> None:
    with pytest.raises(InputError, match=r"X: expected log10 of the scale, from -300 to 300, got 3\.16228e\+11"):
        es.CurveRegressor().fit(10.0 ** LOG10_SCALE[:, None], SCORE)


def test_one_scale_alone_is_an_error() -> None:
    with pytest.raises(SeriesError, match="expected at least two different scales, got 1"):
        es.CurveRegressor().fit(np.full((8, 1), 9.0), SCORE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"curve": "sigmoid"}, "curve: expected a curve or an explanation"),
        ({"score_bounds": "none"}, "score_bounds: expected two numbers, None or 'auto', got 'none'"),
        ({"scale_column": 1}, "scale_column: expected a position below 1, got 1"),
        ({"scale_column": "params"}, "scale_column: expected a position, as X has no column names, got 'params'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fitted(**options)
