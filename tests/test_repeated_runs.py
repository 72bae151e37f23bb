"""Repeated runs: two groups are found where there are two, and scatter is measured."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import emergence_stats as es
from emergence_stats.errors import SeriesError


def runs(levels: dict[float, list[float]], *, n: int = 300, rho: float = 0.003, seed: int = 0) -> es.Series:
    generator = np.random.default_rng(seed)
    scale, k, label = [], [], []
    for at, values in levels.items():
        for i, p in enumerate(values):
            size = (1.0 - rho) / rho
            scale.append(at)
            k.append(int(generator.binomial(n, generator.beta(p * size, (1.0 - p) * size))))
            label.append(i)
    return es.Series(scale=scale, n_correct=k, n_items=[n] * len(k), seed=label, chance_level=0.0)


def test_two_groups_are_found_where_they_are_and_placed() -> None:
    found = es.run_variation(runs({1e8: [0.1] * 6, 1e9: [0.1, 0.1, 0.1, 0.7, 0.7, 0.7]}))
    single, double = found.scales
    assert single.p_two_groups < 0.5
    assert double.p_two_groups > 0.99
    assert double.low == pytest.approx(0.1, abs=0.06)
    assert double.high == pytest.approx(0.7, abs=0.06)
    assert double.share_high == pytest.approx(0.5, abs=0.1)
    assert found.p_two_groups > 0.99
    assert found.dispersion < 0.03  # of the scale without groups


@pytest.mark.parametrize("rho", [0.003, 0.05])
def test_scatter_is_not_taken_for_groups(rho: float) -> None:
    called = [es.run_variation(runs({1e9: [0.5] * 8}, rho=rho, seed=seed)).p_two_groups > 0.9 for seed in range(6)]
    assert sum(called) <= 1


def test_variance_of_runs_is_estimated() -> None:
    quiet = es.run_variation(runs({1e8: [0.4] * 10, 1e9: [0.5] * 10}, rho=1e-4))
    noisy = es.run_variation(runs({1e8: [0.4] * 10, 1e9: [0.5] * 10}, rho=0.05))
    assert quiet.dispersion_high < noisy.dispersion_low
    assert noisy.dispersion_low < 0.05 < noisy.dispersion_high * 1.5
    assert noisy.run_sd == pytest.approx(math.sqrt(noisy.dispersion / 4.0))


def test_bayes_factor_of_two_runs_equals_a_plain_integral() -> None:
    series = es.Series(scale=[1e9, 1e9, 1e10], n_correct=[5, 15, 10], n_items=[20, 20, 20], chance_level=0.0)
    settings = es.Settings.from_dict({"prior": {"overdispersion_zero_mass": 1.0}})
    (found,) = es.run_variation(series, settings=settings).scales
    p = (np.arange(200) + 0.5) / 200
    first, second = (np.asarray(stats.binom.pmf(k, 20, p)) for k in (5, 15))
    one = np.mean(first * second)
    low, high = np.nonzero(p[None, :] - p[:, None] >= 0.1)
    share = ((np.arange(100) + 0.5) / 100)[:, None]
    first_of_two = (1 - share) * first[low] + share * first[high]
    two = np.mean(first_of_two * ((1 - share) * second[low] + share * second[high]))
    assert found.log_bayes_factor == pytest.approx(math.log(two / one), abs=0.05)


def test_other_models_are_not_repeated_runs() -> None:
    series = es.Series(
        scale=[1e9, 1e9], n_correct=[1, 9], n_items=[10, 10], model=["a", "b"], chance_level=0.0, name="two models"
    )
    with pytest.raises(SeriesError, match="two models: expected at least 2 runs at one scale"):
        es.run_variation(series)


def test_scores_without_items_are_taken_too() -> None:
    values = [0.1, 0.12, 0.11, 0.62, 0.6, 0.61]
    found = es.run_variation(es.Series(scale=[1e9] * 6, score=values, chance_level=0.0))
    assert found.p_two_groups > 0.9
    assert found.kind == "standard deviation"


def test_an_analysis_says_that_runs_fall_in_two_groups() -> None:
    series = runs({1e8: [0.1] * 5, 1e9: [0.1, 0.1, 0.1, 0.7, 0.7, 0.7], 1e10: [0.7] * 5})
    warnings = es.analyze(series).warnings
    assert any("two groups" in warning for warning in warnings)
