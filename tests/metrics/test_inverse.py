"""Which exponent and which length explain the data: known truths found again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from emergence_stats import metrics
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.models.likelihood import observe
from emergence_stats.series import Series
from emergence_stats.settings import Settings

SCALE = np.logspace(8, 11.5, 8)
TASK = metrics.Task(tokens=12)
LAW = metrics.PowerLaw.through(1e10, 0.95, exponent=0.35)
FLOORED = metrics.PowerLaw(exponent=0.4, constant=1e9, floor=0.2)


def drawn(metric: str, seed: int = 1, law: metrics.PowerLaw = LAW, task: metrics.Task = TASK) -> Series:
    return metrics.apparent_curve(law, metric, SCALE, n_items=2000, task=task).series(seed)


def test_the_exponent_is_found_from_exact_match_alone_and_the_length_is_not() -> None:
    found = metrics.fit_loss_law(drawn("exact_match"))
    low, high = found.exponent.interval(0.99) or (0.0, 0.0)
    assert low < 0.35 < high < 0.45
    assert not found.tokens_identified
    shortest, longest = found.tokens.interval(0.9) or (0.0, 0.0)
    assert shortest < 2.0
    assert longest > 500.0
    assert found.distance < 4.0


@pytest.mark.parametrize("companion", ["token_accuracy", "cross_entropy"])
def test_a_companion_per_token_tells_the_length(companion: str) -> None:
    found = metrics.fit_loss_law(drawn("exact_match"), companion=drawn(companion, seed=2))
    assert found.tokens_identified
    low, high = found.tokens.interval(0.99) or (0.0, 0.0)
    assert low < 12.0 < high
    assert high / low < 1.3
    constant_low, constant_high = found.constant.interval(0.99) or (0.0, 0.0)
    assert constant_low < LAW.constant < constant_high


def test_a_known_length_places_the_law() -> None:
    loose = metrics.fit_loss_law(drawn("exact_match"))
    known = metrics.fit_loss_law(drawn("exact_match"), tokens=12)
    low, high = known.constant.interval(0.9) or (0.0, 0.0)
    loose_low, loose_high = loose.constant.interval(0.9) or (0.0, 0.0)
    assert np.log(high / low) < 0.5 * np.log(loose_high / loose_low)
    assert known.half_score.median == pytest.approx(loose.half_score.median, rel=1e-6)


def test_the_wrong_length_fits_worse_beside_a_companion() -> None:
    series, companion = drawn("exact_match"), drawn("token_accuracy", seed=2)
    right = metrics.fit_loss_law(series, companion=companion, tokens=12)
    wrong = metrics.fit_loss_law(series, companion=companion, tokens=40)
    assert right.log_evidence > wrong.log_evidence + 10.0
    assert wrong.distance > right.distance


def test_the_evidence_is_that_of_a_plain_grid() -> None:
    """Exponent and log loss on a fine grid, binomial and beta-binomial likelihoods from SciPy."""
    series, prior = drawn("exact_match"), Settings().prior
    log_alpha = np.linspace(np.log(0.25), np.log(0.5), 161)
    level = np.linspace(-2.0, 1.5, 281)
    x = np.log(SCALE) - np.log(SCALE).mean()
    loss = np.exp(level[:, None] - np.exp(log_alpha)[:, None, None] * x)
    f = np.clip(np.exp(-loss), 1e-12, 1 - 1e-12)
    k, n = np.asarray(series.n_correct), np.asarray(series.n_items)
    logs = []
    for rho in prior.overdispersion_nodes:
        total = 1.0 / rho - 1.0 if rho else 0.0
        law = stats.betabinom(n, f * total, (1 - f) * total) if rho else stats.binom(n, f)
        mass = prior.overdispersion_zero_mass if rho == 0 else (1.0 - prior.overdispersion_zero_mass) / 6.0
        logs.append(law.logpmf(k).sum(axis=-1) + np.log(mass))
    posterior = special.logsumexp(logs, axis=0)
    posterior += stats.norm.logpdf(log_alpha, np.log(0.3), 2.0 * prior.exponent_sd)[:, None]
    cell = (log_alpha[1] - log_alpha[0]) * (level[1] - level[0]) / np.log(20.0 / 1e-5)
    assert metrics.fit_loss_law(series, floor=False).log_evidence == pytest.approx(
        float(special.logsumexp(posterior)) + np.log(cell), abs=0.1
    )


def test_a_known_length_of_the_series_is_used() -> None:
    series = drawn("exact_match").replace(answer_tokens=12)
    found, told = metrics.fit_loss_law(series), metrics.fit_loss_law(drawn("exact_match"), tokens=12)
    assert found.tokens_identified
    np.testing.assert_array_equal(found.tokens.draws, told.tokens.draws)
    np.testing.assert_array_equal(found.constant.draws, told.constant.draws)
    assert metrics.fit_loss_law(series, tokens=20).tokens.median == pytest.approx(20.0)


@pytest.mark.parametrize("companion", [None, "token_accuracy", "cross_entropy"])
def test_a_floor_of_the_loss_is_found_and_does_not_flatten_the_exponent(companion: str | None) -> None:
    task = metrics.Task(tokens=5)
    beside = None if companion is None else drawn(companion, 2, FLOORED, task)
    series = drawn("exact_match", 1, FLOORED, task)
    found = metrics.fit_loss_law(series, companion=beside)
    low, high = found.exponent.interval(0.95) or (0.0, 0.0)
    assert low < 0.4 < high
    assert found.p_floor > 0.9
    least, most = found.floor.interval(0.95) or (0.0, 0.0)
    assert least < 0.2 < most
    assert metrics.fit_loss_law(series, companion=beside, floor=False).log_evidence < found.log_evidence


def test_without_a_floor_none_is_claimed() -> None:
    for companion in (None, drawn("cross_entropy", seed=2)):
        found = metrics.fit_loss_law(drawn("exact_match"), companion=companion)
        assert found.p_floor < 0.5
        assert found.floor.median == 0.0
    assert metrics.fit_loss_law(drawn("exact_match"), floor=False).p_floor == 0.0


def test_a_floor_may_forbid_that_half_are_ever_right() -> None:
    found = metrics.fit_loss_law(drawn("exact_match", law=FLOORED), companion=drawn("token_accuracy", 2, FLOORED))
    assert found.half_score.median == np.inf  # at most exp(-12 * .2) = .09 are
    assert np.isfinite(found.constant.draws).all()


def test_the_probability_of_a_floor_is_that_of_a_plain_grid() -> None:
    """A score per token: exponent, loss at the middle and the floor's share of the lowest loss, on a fine grid."""
    law = metrics.PowerLaw(exponent=0.4, constant=1e9, floor=0.03)
    series, prior = drawn("cross_entropy", law=law), Settings().prior
    problem = observe(series, prior)
    assert problem.score_axis == "linear"
    log_alpha, level, share = np.linspace(-1.1, -0.8, 121), np.linspace(-0.7, -0.56, 71), (np.arange(100) + 0.5) / 200
    x = np.log(SCALE) - np.log(SCALE).mean()
    fall = np.exp(-np.exp(log_alpha)[:, None] * x)

    def log_likelihood(s: np.ndarray) -> np.ndarray:
        shape = (s * fall[..., -1:] / (1 - s) + fall) / (s * fall[..., -1:] / (1 - s) + 1.0)
        score = (np.exp(level[:, None]) * shape[:, None, :] - problem.low) / (problem.high - problem.low)
        return np.asarray(
            special.logsumexp(
                [
                    stats.norm.logpdf(problem.first, score, np.hypot(problem.second, dispersion)).sum(axis=-1) + mass
                    for dispersion, mass in zip(problem.dispersion, problem.log_dispersion_prior, strict=True)
                ],
                axis=0,
            )
            + stats.norm.logpdf(log_alpha, np.log(0.3), 2.0 * prior.exponent_sd)[:, None]
        )

    without = special.logsumexp(log_likelihood(np.array(0.0)))
    with_floor = special.logsumexp([log_likelihood(s) for s in share]) - np.log(200.0)
    found = metrics.fit_loss_law(series)
    cell = (log_alpha[1] - log_alpha[0]) * (level[1] - level[0]) / np.log(20.0 / 1e-5)
    expected = np.logaddexp(without, with_floor) - np.log(2.0) + np.log(cell)
    assert found.log_evidence == pytest.approx(float(expected), abs=0.1)
    odds = float(with_floor - without)
    assert np.log(found.p_floor / (1.0 - found.p_floor)) == pytest.approx(odds, abs=0.15)


@pytest.mark.parametrize("metric", ["bleu", "brier_score", "token_edit_distance", "f1", "perplexity_loss"])
def test_partial_credit_is_not_taken_for_an_all_or_nothing_score(metric: str) -> None:
    series = drawn("token_accuracy").replace(metric=metric)
    with pytest.raises(InputError, match="series: expected a metric that wants every token right"):
        metrics.fit_loss_law(series)


@pytest.mark.parametrize("metric", ["", "vibes", "accuracy"])
def test_unknown_metrics_are_taken_as_right_or_wrong(metric: str) -> None:
    found = metrics.fit_loss_law(drawn("exact_match").replace(metric=metric))
    assert found.exponent.median == metrics.fit_loss_law(drawn("exact_match")).exponent.median


def test_the_same_twice() -> None:
    first, second = (metrics.fit_loss_law(drawn("exact_match"), companion=drawn("cross_entropy")) for _ in range(2))
    assert first.log_evidence == second.log_evidence
    np.testing.assert_array_equal(first.tokens.draws, second.tokens.draws)


def test_what_cannot_be_fitted_is_named() -> None:
    series = drawn("exact_match")
    with pytest.raises(InputError, match="companion: expected a metric per token"):
        metrics.fit_loss_law(series, companion=drawn("brier_score"))
    with pytest.raises(InputError, match="tokens: expected a length above 0"):
        metrics.fit_loss_law(series, tokens=-3)
    with pytest.raises(SeriesError, match="companion: expected scores by params"):
        metrics.fit_loss_law(series, companion=drawn("token_accuracy").replace(scale_kind="tokens"))
