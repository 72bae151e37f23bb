"""Metrics as functions of a probability, against simulation and against sums written out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from emergence_stats import metrics
from emergence_stats.errors import InputError

P = np.array([0.0, 0.3, 0.9, 1.0])


def test_exact_match_is_the_share_of_answers_with_every_token_right() -> None:
    right = np.random.default_rng(0).random((200_000, 5)) < 0.8
    assert metrics.exact_match(0.8, 5) == pytest.approx(right.all(axis=1).mean(), abs=0.004)
    np.testing.assert_allclose(metrics.exact_match(P, 3), P**3)


def test_lengths_are_averaged_with_their_weights() -> None:
    np.testing.assert_allclose(metrics.exact_match(P, [1, 4], [3, 1]), 0.75 * P + 0.25 * P**4)
    np.testing.assert_allclose(metrics.exact_match(P, [1, 4]), 0.5 * P + 0.5 * P**4)
    np.testing.assert_allclose(metrics.token_edit_distance(P, [2, 6], [1, 1]), 4.0 * (1.0 - P))


def test_all_of_several_items_and_chains_of_steps_are_powers() -> None:
    np.testing.assert_allclose(metrics.all_correct(P, 4), P**4)
    np.testing.assert_allclose(metrics.multi_step_success(P, 7), P**7)


def test_multiple_choice_is_the_share_of_items_whose_right_option_scores_best() -> None:
    logits = np.random.default_rng(1).normal(size=(200_000, 4))
    logits[:, 0] += 1.2
    best = logits.argmax(axis=1) == 0
    assert metrics.multiple_choice_grade(1.2, 4) == pytest.approx(best.mean(), abs=0.004)
    among_two = (logits[:, 1:] > logits[:, :1]).sum(axis=1) < 2
    assert metrics.top_k(1.2, 4, 2) == pytest.approx(among_two.mean(), abs=0.004)


@pytest.mark.parametrize("options", [2, 3, 10])
def test_without_a_margin_multiple_choice_is_at_chance(options: int) -> None:
    assert metrics.choice_margin(1.0 / options, options) == pytest.approx(0.0, abs=1e-12)
    for k in range(1, options + 1):
        assert metrics.top_k(0.0, options, k) == pytest.approx(k / options, abs=1e-9)


def test_the_mass_of_the_right_option_goes_from_chance_to_one() -> None:
    np.testing.assert_allclose(metrics.choice_probability([1e3, 0.0], 5), [0.2, 1.0])


def test_brier_score_is_the_sum_of_squares_over_the_options() -> None:
    for p in (0.1, 0.25, 0.7, 1.0):
        forecast = np.array([p, *[(1.0 - p) / 3.0] * 3])
        written_out = np.sum((forecast - np.array([1.0, 0.0, 0.0, 0.0])) ** 2)
        assert metrics.brier_score(p, 4) == pytest.approx(written_out)


def test_a_threshold_metric_counts_the_errors_below_its_limit() -> None:
    errors = 0.3 * np.exp(0.5 * np.random.default_rng(2).normal(size=200_000))
    assert metrics.threshold_metric(0.3, 0.2, 0.5) == pytest.approx((errors < 0.2).mean(), abs=0.004)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.exact_match(1.2, 5), "probability: expected numbers from 0 to 1"),
        (lambda: metrics.exact_match(0.5, 0), "tokens: expected one length above 0"),
        (lambda: metrics.exact_match(0.5, [1, 2], [1]), "weights: expected 2 numbers"),
        (lambda: metrics.top_k(0.0, 3, 4), "k: expected at most the number of options, 3"),
        (lambda: metrics.multiple_choice_grade(0.0, 1), "options: expected a whole number from 2 up"),
        (lambda: metrics.threshold_metric(0.0, 0.2), "above 0"),
        (lambda: metrics.PowerLaw(exponent=-1.0, constant=1.0), "exponent: expected a number above 0"),
        (lambda: metrics.PowerLaw.through(1e9, 1.0, exponent=0.3), "probability: expected a number above 0"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_named(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]


def test_a_power_law_passes_through_its_point() -> None:
    law = metrics.PowerLaw.through(1e10, 0.9, exponent=0.3)
    assert law.probability(1e10) == pytest.approx(0.9)
    assert law.loss(1e11) / law.loss(1e10) == pytest.approx(math.exp(-0.3 * math.log(10.0)))
    floored = metrics.PowerLaw(exponent=0.3, constant=1e9, floor=0.05)
    assert floored.loss(1e30) == pytest.approx(0.05, rel=1e-4)
