"""Trend tests are the textbook's, and keep their level where they claim to."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.contingency_tables import Table
from statsmodels.tools import add_constant

from emergence_stats.frequentist.multiplicity import adjust
from emergence_stats.frequentist.scores import scores_of
from emergence_stats.frequentist.trend import Trend, kendall, trend
from emergence_stats.models.likelihood import observe
from emergence_stats.series import Series
from emergence_stats.settings import PriorSettings

X = np.linspace(8.0, 10.5, 6)
K = np.array([12.0, 15.0, 11.0, 19.0, 18.0, 24.0])
N = np.array([50.0, 60.0, 50.0, 55.0, 50.0, 60.0])


def trend_of(series: Series) -> Trend:
    return trend(scores_of(series, observe(series, PriorSettings())))


def counts(k: np.typing.ArrayLike, n: np.typing.ArrayLike) -> Series:
    return Series(scale=10.0**X, n_correct=k, n_items=n, chance_level=0.0)


def test_z_is_cochran_and_armitage_s() -> None:
    found = trend_of(counts(K, N))
    theirs = Table(np.column_stack([K, N - K]), shift_zeros=False).test_ordinal_association(X, np.array([1.0, 0.0]))
    # The linear-by-linear statistic has the hypergeometric variance: N / (N - 1) times the binomial one.
    assert found.z == pytest.approx(theirs.zscore * np.sqrt(N.sum() / (N.sum() - 1.0)), rel=1e-9)


def test_t_is_weighted_least_squares() -> None:
    found = trend_of(counts(K, N))
    theirs = WLS(K / N, add_constant(X), weights=N).fit()
    assert found.t == pytest.approx(theirs.tvalues[1], rel=1e-9)
    assert found.p_scatter == pytest.approx(theirs.pvalues[1], rel=1e-9)


def test_known_standard_errors_give_a_normal_test() -> None:
    stderr = np.array([0.3, 0.2, 0.3, 0.25, 0.2, 0.3])
    series = Series(scale=10.0**X, score=K, stderr=stderr, chance_level=0.0, score_bounds=(0.0, 100.0), metric="bleu")
    found = trend_of(series.replace(score_bounds=None))
    theirs = WLS(K, add_constant(X), weights=1.0 / stderr**2).fit(cov_type="fixed scale")
    assert found.z == pytest.approx(theirs.tvalues[1], rel=1e-9)


def test_without_known_noise_there_is_no_z() -> None:
    found = trend_of(Series(scale=10.0**X, score=K / N, chance_level=0.0))
    assert (found.z, found.p_known_noise) == (None, None)
    assert found.p_scatter == pytest.approx(stats.linregress(X, K / N).pvalue, rel=1e-9)


def test_equal_scores_test_nothing() -> None:
    assert set(vars_of(trend_of(counts([0] * 6, [50] * 6)))) == {None}


def vars_of(found: Trend) -> list[float | None]:
    return [getattr(found, name) for name in Trend.__slots__]


def test_kendall_is_exact_over_all_orders() -> None:
    orders = list(itertools.permutations(range(5)))
    taus = np.array([kendall(np.arange(5.0), np.array(order, dtype=float)) for order in orders], dtype=float)
    for tau, p in taus:
        assert p == pytest.approx(np.mean(np.abs(taus[:, 0]) >= abs(tau) - 1e-9))


def test_models_that_scatter_fool_cochran_and_armitage_but_not_the_others() -> None:
    """Constant on average, 5000 items, intraclass correlation .01: the level of each test at 5 %."""
    rng = np.random.default_rng(11)
    total = 1.0 / 0.01 - 1.0
    rejected = np.zeros(3)
    for _ in range(300):
        share = rng.beta(0.3 * total, 0.7 * total, size=6)
        found = trend_of(counts(rng.binomial(5000, share), [5000] * 6))
        p = (found.p_known_noise, found.p_scatter, found.p_kendall)
        rejected += [value is not None and value < 0.05 for value in p]
    known, scatter, ranks = rejected / 300
    assert known > 0.5
    assert scatter < 0.09
    assert ranks < 0.09


def test_adjusted_p_values_are_those_of_their_definitions() -> None:
    p = [0.04, None, 0.001, 0.02, 0.5]
    bh, holm = adjust(p, "bh"), adjust(p, "holm")
    assert bh == pytest.approx([0.04 * 4 / 3, None, 0.004, 0.04, 0.5], abs=1e-12)
    assert holm == pytest.approx([0.08, None, 0.004, 0.06, 0.5], abs=1e-12)
    assert adjust([None, None], "bh") == [None, None]
    assert adjust([None, 0.04], "bh") == adjust([None, 0.04], "holm") == [None, 0.04]
