"""A known length of the answers says where the p^L curve rises, and nothing of its width."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

import emergence_stats as es
from emergence_stats.errors import SeriesError
from emergence_stats.evidence.answer_length import log_place_ratio

PRIOR = es.Settings().prior
SCALE = 10.0 ** np.linspace(8.0, 11.5, 8)
RIGHT = [3, 20, 99, 313, 494, 640, 779, 889]  # of 1000: a power law with exponent .5


def series(tokens: float | None, **more: object) -> es.Series:
    start = {
        "scale": SCALE, "n_correct": RIGHT, "n_items": [1000] * 8, "chance_level": 0.0, "metric": "exact_match",
        "answer_tokens": tokens,
    }  # fmt: skip
    return es.Series(**{**start, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("tokens", [1.0, 12.0, 400.0])
@pytest.mark.parametrize("width", [0.3, 1.3, 6.0])
def test_the_prior_of_the_threshold_is_that_of_the_loss_of_a_token(tokens: float, width: float) -> None:
    """By its definition: a cut normal distribution, from the loss of a token to where answers are half right."""
    alpha_ln10 = math.log(math.log(10.0) / -math.log(0.9)) / width  # over one observed range
    middle_for = stats.norm(
        0.5 + (math.log(PRIOR.token_loss_median) - math.log(math.log(2.0) / tokens)) / alpha_ln10,
        PRIOR.token_loss_sd / alpha_ln10,
    )
    low, high = -0.5 * width, 1.0 + 0.5 * width
    threshold = np.linspace(low, high, 7)
    expected = (
        middle_for.logpdf(threshold) - math.log(middle_for.cdf(high) - middle_for.cdf(low)) + math.log(high - low)
    )
    found = log_place_ratio(threshold, np.full(7, width), tokens, PRIOR)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_lengths_over_many_decades_average_to_the_uniform_prior() -> None:
    def mean(threshold: float) -> float:
        def share(log_tokens: float) -> float:
            found = log_place_ratio(np.array([threshold]), np.array([1.0]), math.exp(log_tokens), PRIOR)
            return float(np.exp(found[0]))

        return float(integrate.quad(share, -3.5, 6.0)[0]) / 9.5

    assert mean(0.3) == pytest.approx(mean(0.7), rel=0.15)


def test_the_length_weighs_p_to_the_l_and_no_other_curve() -> None:
    unknown, short, long = (es.analyze(series(tokens)) for tokens in (None, 5, 100_000))
    for known in (short, long):
        for before, after in zip(unknown.comparison.curves, known.comparison.curves, strict=True):
            assert (before.log_evidence == after.log_evidence) == (before.name != "power_law")
    assert short.evidence.log_bayes_factor_power < unknown.evidence.log_bayes_factor_power
    # If half of the answers were right in mid-range, each of 100,000 tokens, the tokens would be all but perfect.
    assert long.evidence.log_bayes_factor_power > unknown.evidence.log_bayes_factor_power


def test_a_power_law_of_one_token_is_no_artifact_of_its_metric() -> None:
    assert es.analyze(series(None)).verdict == es.analyze(series(5)).verdict == "metric_artifact"
    found = es.analyze(series(1))
    assert found.verdict == "smooth"
    assert "of one token" in next(each.detail for each in found.conditions if each.key == "metric_robust")
    assert found.to_dict()["series"]["answer_tokens"] == 1.0


def test_the_length_does_not_bear_on_partial_credit_or_on_choices() -> None:
    for more in ({"metric": "token_accuracy"}, {"chance_level": 0.25, "n_correct": [250 + k // 2 for k in RIGHT]}):
        first, second = (es.analyze(series(tokens, **more)) for tokens in (None, 400))
        assert first.log_bayes_factor == second.log_bayes_factor


@pytest.mark.parametrize("tokens", [0, -2, float("inf"), float("nan")])
def test_a_length_is_a_number_above_0(tokens: float) -> None:
    with pytest.raises(SeriesError, match="answer_tokens: expected a"):
        series(tokens)
