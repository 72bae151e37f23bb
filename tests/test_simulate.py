"""Simulated series are what they claim to be."""

from __future__ import annotations

import numpy as np
import pytest

from emergence_stats.errors import EmergenceStatsError
from emergence_stats.series import FloatArray, Series
from emergence_stats.simulate import (
    MONOTONE_RISES,
    SHAPES,
    beta_binomial,
    run_to_run,
    scale_grid,
    simulate,
    simulate_table,
)


def counts(series: Series) -> FloatArray:
    assert series.n_correct is not None
    return series.n_correct


def crossing(shape: str, level: float, threshold: float, width: float) -> float:
    """Where a rise passes a level, by bisection: knows nothing of the formulas."""
    low, high = threshold - 20.0 * width, threshold + 20.0 * width
    for _ in range(80):
        middle = (low + high) / 2.0
        if float(SHAPES[shape](middle, threshold, width)) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


@pytest.mark.parametrize("shape", MONOTONE_RISES)
@pytest.mark.parametrize(("threshold", "width"), [(9.0, 0.3), (8.2, 1.7), (-2.0, 6.0)])
def test_threshold_is_the_midpoint_and_width_the_10_to_90_percent_of_the_rise(
    shape: str, threshold: float, width: float
) -> None:
    low, middle, high = (crossing(shape, level, threshold, width) for level in (0.1, 0.5, 0.9))
    assert middle == pytest.approx(threshold, abs=1e-6)
    assert high - low == pytest.approx(width, rel=1e-6)


@pytest.mark.parametrize("shape", MONOTONE_RISES)
def test_rises_never_fall_and_go_from_0_to_1(shape: str) -> None:
    values = SHAPES[shape](np.linspace(-300.0, 300.0, 5001), 1.0, 0.7)
    assert np.all(np.diff(values) >= -1e-12)
    assert values[0] == pytest.approx(0.0, abs=1e-3)
    assert values[-1] == pytest.approx(1.0, abs=1e-3)  # the arc tangent is slow


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_vectorised_and_stays_in_the_unit_interval(shape: str) -> None:
    x = np.linspace(6.0, 12.0, 24).reshape(4, 6)
    values = SHAPES[shape](x, 9.0, 0.5)
    assert values.shape == x.shape
    assert np.all((values >= 0.0) & (values <= 1.0))


def test_shapes_are_different_curves() -> None:
    x = np.linspace(7.0, 11.0, 101)
    curves = {shape: SHAPES[shape](x, 9.0, 1.5) for shape in MONOTONE_RISES if shape != "log_linear"}
    for first, values in curves.items():
        for second, others in curves.items():
            assert first == second or np.abs(values - others).max() > 0.005, (first, second)


def test_turning_shapes_have_their_vertex_at_the_threshold() -> None:
    x = np.linspace(7.0, 11.0, 401)
    assert x[np.argmin(SHAPES["valley"](x, 9.3, 1.0))] == pytest.approx(9.3)
    assert x[np.argmax(SHAPES["peak"](x, 9.3, 1.0))] == pytest.approx(9.3)


def test_equal_seeds_give_equal_series_and_other_seeds_others() -> None:
    first, second, other = (simulate("probit", spacing="random", seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(counts(first.series), counts(second.series))
    np.testing.assert_array_equal(first.series.scale, second.series.scale)
    assert not np.array_equal(first.series.scale, other.series.scale)


def test_a_generator_is_a_seed_too() -> None:
    series = simulate("step", seed=np.random.default_rng(3)).series
    np.testing.assert_array_equal(counts(series), counts(simulate("step", seed=3).series))


def test_truth_is_in_the_units_of_the_scale_and_of_the_score() -> None:
    drawn = simulate("logistic", threshold=2e9, width=0.4, guess_rate=0.2, lapse_rate=0.1, n_items=1_000_000, seed=1)
    truth = drawn.truth
    assert truth.threshold == pytest.approx(2e9)
    assert truth.width == 0.4
    expected = 0.2 + 0.7 * SHAPES["logistic"](drawn.series.log10_scale, np.log10(2e9), 0.4)
    np.testing.assert_allclose(truth.score, expected)
    assert drawn.series.score is not None
    np.testing.assert_allclose(drawn.series.score, truth.score, atol=0.003)
    assert drawn.series.chance_level == 0.25


@pytest.mark.parametrize("shape", ["no_ability", "constant"])
def test_flat_series_have_no_threshold(shape: str) -> None:
    truth = simulate(shape).truth
    assert truth.threshold is None
    assert truth.width is None
    assert np.ptp(truth.score) == 0.0


def test_log_linear_is_a_straight_line_over_the_whole_range() -> None:
    drawn = simulate("log_linear", spacing="random", seed=5)
    slope = np.diff(drawn.truth.score) / np.diff(drawn.series.log10_scale)
    np.testing.assert_allclose(slope, slope[0])
    assert slope[0] > 0.0


def test_a_loss_axis_is_reversed() -> None:
    drawn = simulate("logistic", scale_kind="loss", scale_range=(1.5, 4.0), threshold=2.0, width=0.05)
    assert drawn.truth.threshold == pytest.approx(2.0)
    assert drawn.truth.score[drawn.series.scale > 2.2].max() < 0.3
    assert drawn.truth.score[drawn.series.scale < 1.8].min() > 0.85


def test_failed_runs_score_at_the_floor_or_as_told() -> None:
    failed = simulate("constant", failed_runs=[-1, 2], n_items=10_000, seed=2)
    assert failed.truth.failed_runs == (2, 7)
    assert failed.truth.score[2] == failed.truth.score[0]  # the truth is that of a run that does not fail
    assert failed.series.score is not None
    np.testing.assert_allclose(failed.series.score[[2, 7]], 0.25, atol=0.03)
    np.testing.assert_allclose(failed.series.score[[0, 1, 3, 4, 5, 6]], 0.95, atol=0.03)
    zero = simulate("constant", failed_runs=[0], failed_score=0.0)
    assert counts(zero.series)[0] == 0.0


@pytest.mark.parametrize("overdispersion", [0.0, 0.003, 0.05])
def test_beta_binomial_mean_and_variance(overdispersion: float) -> None:
    n, p, draws = 200, 0.3, 200_000
    sample = beta_binomial(np.full(draws, n), p, overdispersion, np.random.default_rng(0))
    variance = n * p * (1.0 - p) * (1.0 + (n - 1) * overdispersion)
    assert sample.mean() == pytest.approx(n * p, abs=4.0 * np.sqrt(variance / draws))
    assert sample.var() == pytest.approx(variance, rel=0.02)


def test_certain_scores_stay_certain_under_every_noise() -> None:
    generator = np.random.default_rng(0)
    noisy = run_to_run([0.0, 1.0], 0.5, generator)
    np.testing.assert_array_equal(beta_binomial([50, 50], noisy, 0.05, generator), [0.0, 50.0])


def test_run_noise_is_normal_on_the_logit_scale() -> None:
    p = run_to_run(np.full(100_000, 0.2), 0.2, np.random.default_rng(1))
    logits = np.log(p / (1.0 - p))
    assert logits.mean() == pytest.approx(np.log(0.25), abs=0.003)
    assert logits.std() == pytest.approx(0.2, rel=0.02)


@pytest.mark.parametrize("spacing", ["even", "random", "doubling"])
@pytest.mark.parametrize("n_scales", [1, 2, 5, 12])
def test_scales_ascend_within_the_range(spacing: str, n_scales: int) -> None:
    generator = np.random.default_rng(0)
    scale = scale_grid(n_scales, (1e7, 1e11), spacing=spacing, generator=generator)  # type: ignore[arg-type]
    assert scale.size == n_scales
    assert np.all(np.diff(scale) > 0.0)
    assert scale[0] == pytest.approx(1e7)
    if n_scales > 1:
        assert scale[-1] == pytest.approx(1e11, rel=0.5)


def test_doubling_spaces_by_powers_of_two_even_where_the_range_is_short() -> None:
    scale = scale_grid(8, (1e7, 2e7), spacing="doubling", generator=np.random.default_rng(0))
    np.testing.assert_allclose(np.diff(np.log2(scale)), 1.0)


def test_a_table_has_one_row_per_measurement_and_begins_as_a_shorter_one_does() -> None:
    table = simulate_table(20, n_scales=6, seed=9)
    assert len(table) == 120
    assert table["task"].nunique() == 20
    assert set(table["true_shape"]) == set(SHAPES)
    assert (table["n_correct"] <= table["n_items"]).all()
    shorter = simulate_table(11, n_scales=6, seed=9)
    assert table["n_correct"].to_list()[: len(shorter)] == shorter["n_correct"].to_list()
    flat = table[table["true_shape"] == "no_ability"]
    assert flat["true_threshold"].isna().all()
    assert (flat["true_score"] == 0.25).all()


def test_a_table_holds_the_scale_under_its_own_name() -> None:
    table = simulate_table(1, shapes=["probit"], scale_kind="train_flops", scale_range=(1e18, 1e24), threshold=1e21)
    assert table["train_flops"].between(0.99e18, 1.01e24).all()
    assert (table["true_threshold"] / 1e21).to_list() == pytest.approx([1.0] * len(table))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shape": "sigmoid"}, "shape: expected one of logistic, .* got 'sigmoid'"),
        ({"n_scales": 0}, "n_scales: expected at least 1, got 0"),
        ({"n_items": 0}, "n_items: expected at least 1, got 0"),
        ({"spacing": "log"}, "spacing: expected one of even, random, doubling, got 'log'"),
        ({"scale_kind": "layers"}, "scale_kind: expected one of params, .* got 'layers'"),
        ({"scale_range": (1e9, 1e7)}, "scale_range: expected 0 < smallest < largest"),
        ({"guess_rate": 1.2}, "guess_rate: expected a number from 0 to 1, got 1.2"),
        ({"lapse_rate": 0.9}, "lapse_rate: expected a number from 0 to 0.75, got 0.9"),
        ({"overdispersion": 1.0}, "overdispersion: expected a number from 0 to 0.999, got 1"),
        ({"width": 0.0}, "width: expected a number from 1e-06"),
        ({"threshold": -1.0}, "threshold: expected a positive scale, got -1"),
        ({"failed_runs": [8]}, "failed_runs: expected positions from -8 to 7, got 8"),
        ({"failed_runs": [0], "failed_score": 1.5}, "failed_score: expected a number from 0 to 1, got 1.5"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(EmergenceStatsError, match=message):
        simulate(**options)  # type: ignore[arg-type]


def test_a_table_of_nothing_is_refused() -> None:
    with pytest.raises(EmergenceStatsError, match="n_series: expected a whole number from 1 up, got 0"):
        simulate_table(0)
    with pytest.raises(EmergenceStatsError, match="shapes: expected at least one, got none"):
        simulate_table(3, shapes=())
