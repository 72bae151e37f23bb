"""Every score form becomes oriented observations in [0, 1], and says so where something was assumed."""

from __future__ import annotations

import numpy as np
import pytest

from emergence_stats.errors import SeriesError
from emergence_stats.models.likelihood import COUNTS, GAUSSIAN, Observations, observe
from emergence_stats.series import Series
from emergence_stats.settings import PriorSettings

SCALE = np.array([1e8, 1e9, 1e10])


def observed(**columns: object) -> Observations:
    """Observations of a series at three scales."""
    columns.setdefault("chance_level", 0.0 if columns.get("higher_is_better", True) else None)
    return observe(Series(scale=SCALE, **columns), PriorSettings())  # type: ignore[arg-type]


def test_counts_are_exact() -> None:
    found = observed(n_correct=[1, 2, 30], n_items=[40, 50, 60])
    assert (found.form, found.kind) == ("counts", COUNTS)
    assert found.first.tolist() == [1, 2, 30]
    assert found.second.tolist() == [40, 50, 60]
    assert found.dispersion[0] == 0.0
    assert np.exp(found.log_dispersion_prior).sum() == pytest.approx(1.0)


def test_a_score_that_is_a_share_of_the_items_is_a_count() -> None:
    found = observed(score=[0.01, 0.333, 0.6667], n_items=[300, 300, 300])
    assert found.form == "counts"
    assert found.first.tolist() == [3, 100, 200]
    assert found.warnings == ()


def test_a_score_that_is_no_share_of_the_items_keeps_them_as_effective_items() -> None:
    found = observed(score=[0.01, 0.3337, 0.6667], n_items=[300, 300, 300])
    assert found.form == "effective_counts"
    assert found.second.tolist() == [300, 300, 300]
    assert found.first == pytest.approx([3.0, 100.11, 200.01])
    assert "not a whole number" in found.warnings[0]


def test_a_standard_error_gives_effective_items() -> None:
    found = observed(score=[0.2, 0.5, 0.9], stderr=[0.04, 0.05, 0.03])
    assert found.form == "effective_counts"
    assert found.second == pytest.approx([100.0, 100.0, 100.0])
    assert found.first == pytest.approx([20.0, 50.0, 90.0])


def test_a_clustered_standard_error_gives_fewer_effective_items() -> None:
    plain = np.sqrt(0.5 * 0.5 / 400.0)
    found = observed(score=[0.5, 0.5, 0.5], stderr=[plain, 2.0 * plain, 4.0 * plain])
    assert found.second == pytest.approx([400.0, 100.0, 25.0])


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_a_standard_error_at_the_end_of_the_range_is_normal_noise(end: float) -> None:
    found = observed(score=[end, 0.4, 0.5], stderr=[0.01, 0.02, 0.02])
    assert (found.form, found.kind) == ("gaussian", GAUSSIAN)
    assert found.second.tolist() == [0.01, 0.02, 0.02]


def test_a_standard_error_of_zero_is_never_certainty() -> None:
    some = observed(score=[0.0, 0.4, 0.5], stderr=[0.0, 0.05, 0.05])
    assert np.isfinite(some.second).all()
    assert some.second[0] == pytest.approx(np.median(some.second[1:]))
    assert "not certainty" in some.warnings[0]
    with_items = observed(score=[0.0, 0.41, 0.52], stderr=[0.0, 0.05, 0.05], n_items=[97, 97, 97])
    assert with_items.second[0] == 97.0
    none = observed(score=[0.0, 0.4, 0.5], stderr=[0.0, 0.0, 0.0])
    assert none.form == "scores"
    assert none.dispersion.min() > 0.0


def test_scores_alone_have_an_unknown_residual() -> None:
    found = observed(score=[0.1, 0.2, 0.3])
    assert (found.form, found.kind) == ("scores", GAUSSIAN)
    assert found.dispersion.min() > 0.0
    assert np.exp(found.log_dispersion_prior).sum() == pytest.approx(1.0)


def test_lower_is_better_is_turned_round() -> None:
    found = observed(n_correct=[90, 60, 10], n_items=[100, 100, 100], higher_is_better=False, chance_level=0.75)
    assert found.first.tolist() == [10, 40, 90]
    assert found.score == pytest.approx([0.1, 0.4, 0.9])
    assert found.chance == pytest.approx(0.25)
    assert found.to_score(found.score) == pytest.approx([0.9, 0.6, 0.1])


def test_percent_is_brought_to_shares() -> None:
    found = observed(score=[25.0, 50.0, 90.5], stderr=[5.0, 5.0, 5.0], score_bounds=(0.0, 100.0), chance_level=25.0)
    assert found.score == pytest.approx([0.25, 0.5, 0.905])
    assert found.chance == pytest.approx(0.25)
    assert found.second[1] == pytest.approx(100.0)
    assert found.to_score(found.score) == pytest.approx([25.0, 50.0, 90.5])


def test_percent_with_items_is_a_count() -> None:
    found = observed(score=[25.0, 50.0, 90.5], n_items=[200, 200, 200], score_bounds=(0.0, 100.0), chance_level=25.0)
    assert found.form == "counts"
    assert found.first.tolist() == [50, 100, 181]


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_an_unbounded_metric_has_no_chance_level_and_says_so(higher_is_better: bool) -> None:
    found = observed(score=[3.0, -1.0, 7.0], score_bounds=None, chance_level=None, higher_is_better=higher_is_better)
    assert found.chance is None
    assert np.all((found.score > 0.0) & (found.score < 1.0))
    assert (found.score[2] > found.score[1]) is np.bool_(higher_is_better)
    assert found.to_score(found.score) == pytest.approx([3.0, -1.0, 7.0])
    assert "absence cannot be judged" in found.warnings[0]


def test_positions_span_the_range_of_scales() -> None:
    found = observed(n_correct=[1, 2, 30], n_items=[40, 50, 60])
    assert found.position.tolist() == [0.0, 0.5, 1.0]
    assert found.range_decades == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("stderr", "bounds", "form", "words"),
    [
        ([0.0, 0.0, 0.0], (0.0, 1.0), "scores", "0 at every point is not certainty"),
        ([0.0, 0.3, 0.2], None, "gaussian", "0 is not certainty: the median of the others"),
    ],
)
def test_a_standard_error_of_0_is_never_taken_for_certainty(
    stderr: list[float], bounds: tuple[float, float] | None, form: str, words: str
) -> None:
    series = Series(scale=[1e8, 1e9, 1e10], score=[0.1, 0.2, 0.9], stderr=stderr, score_bounds=bounds)
    data = observe(series, PriorSettings())
    assert data.form == form
    assert any(words in warning for warning in data.warnings)
    if form == "gaussian":
        assert (data.second > 0).all()


def perplexities(**changes: object) -> Series:
    fields: dict[str, object] = {
        "scale": [1e8, 1e9, 1e10], "score": [1000.0, 100.0, 10.0], "metric": "perplexity", "higher_is_better": False,
        "score_bounds": None, "score_axis": "log",
    }  # fmt: skip
    return Series(**(fields | changes))  # type: ignore[arg-type]  # fields of several types


def test_on_a_log_axis_equal_ratios_are_equal_steps() -> None:
    data = observe(perplexities(), PriorSettings())
    assert np.diff(data.score)[0] == pytest.approx(np.diff(data.score)[1])
    assert np.diff(data.score)[0] > 0
    np.testing.assert_allclose(data.to_score(data.score), [1000.0, 100.0, 10.0])
    assert data.from_score(100.0) == pytest.approx(data.score[1])
    assert data.from_score(0.0) == np.inf  # better than any score


def test_a_log_axis_does_not_depend_on_the_unit_of_the_score() -> None:
    one = observe(perplexities(stderr=[100.0, 10.0, 1.0]), PriorSettings())
    two = observe(perplexities(score=[7000.0, 700.0, 70.0], stderr=[700.0, 70.0, 7.0]), PriorSettings())
    np.testing.assert_allclose(one.score, two.score)
    np.testing.assert_allclose(one.second, two.second)
    assert np.ptp(one.second) == pytest.approx(0.0)  # 10 % of the score at every point


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"score": [1000.0, 0.0, 10.0]}, r"score\[1\]: expected a number above 0"),
        ({"chance_level": -1.0}, "chance_level: expected a number above 0"),
        ({"score": [0.5, 0.4, 0.3], "score_bounds": (0.0, 1.0)}, "score_axis: expected 'linear' for a metric with"),
        ({"score_axis": "cubic"}, "score_axis: expected one of linear, log, got 'cubic'"),
    ],
)
def test_a_log_axis_needs_positive_scores_without_bounds(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        perplexities(**changes)
