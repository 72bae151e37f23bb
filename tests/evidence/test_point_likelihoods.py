"""What the engine looks up in its tables is the (beta-)binomial and normal of scipy, mixed with the failed run."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from emergence_stats.evidence.quadrature import CurveEvidence, curve_evidence, make_problem
from emergence_stats.models.likelihood import Observations, observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import EvidenceSettings, PriorSettings, Settings

MANY = EvidenceSettings(first_nodes=4096, max_refinements=0)
NO_FAILURES, ONE_IN_A_HUNDRED = 0.0, 0.01


def settings_with(rate: float) -> Settings:
    return dataclasses.replace(Settings(), prior=PriorSettings(failed_run_rate=rate), evidence=MANY)


def one_point(series: Series, rate: float) -> tuple[Observations, FloatArray, FloatArray, FloatArray]:
    """Curve values, dispersion and log likelihood at the nodes of a constant curve through one point."""
    settings = settings_with(rate)
    data = observe(series, settings.prior)
    found: CurveEvidence = curve_evidence("constant", make_problem(data, settings, "params"))
    return data, found.levels[:, 2], data.dispersion[found.dispersion.astype(int)], found.pointwise[:, 0]


def counts(k: float, n: float) -> Series:
    return Series(scale=np.array([1e9]), n_correct=np.array([k]), n_items=np.array([n]), chance_level=0.0)


def log_beta_binomial(k: float, n: float, value: FloatArray, rho: FloatArray) -> FloatArray:
    """log p(k | n, f, rho) by scipy; rho = 0 is the binomial."""
    total = 1.0 / np.where(rho > 0.0, rho, 0.5) - 1.0
    mixed = stats.betabinom.logpmf(k, n, value * total, (1.0 - value) * total)
    return np.asarray(np.where(rho > 0.0, mixed, stats.binom.logpmf(k, n, value)))


def log_failed(score: float, cells: float, value: FloatArray, softness: float = 0.01) -> FloatArray:
    """log p(score | failed run): uniform below the curve, with a soft edge."""
    below = -np.logaddexp(0.0, -(value - score) / softness)
    return np.asarray(below - np.log(np.maximum(value, softness)) - math.log(cells))


CASES = pytest.mark.parametrize(
    ("k", "n"),
    [(0, 10), (5, 10), (10, 10), (0, 100), (60, 100), (25, 500), (1000, 2000), (700, 14_000), (300_000, 10**6)],
)


def inside(value: FloatArray, margin: float) -> npt.NDArray[np.bool_]:
    """Values that are not within a margin of 0 and 1, where the tables have too few cells for this accuracy."""
    return (value > margin) & (value < 1.0 - margin)


@CASES
def test_without_failed_runs_counts_are_within_a_thousandth_of_a_nat(k: int, n: int) -> None:
    _, value, rho, found = one_point(counts(k, n), NO_FAILURES)
    exact = log_beta_binomial(k, n, value, rho)
    for node in np.unique(rho):
        mine = (rho == node) & inside(value, 5e-4)
        near = mine & (exact > exact[mine].max() - 10.0)
        assert near.sum() > 100
        assert found[near] == pytest.approx(exact[near], abs=1e-3)


@CASES
def test_with_failed_runs_counts_are_close_where_the_mixture_has_its_mass(k: int, n: int) -> None:
    _, value, rho, found = one_point(counts(k, n), ONE_IN_A_HUNDRED)
    plain = math.log1p(-ONE_IN_A_HUNDRED) + log_beta_binomial(k, n, value, rho)
    exact = np.logaddexp(plain, math.log(ONE_IN_A_HUNDRED) + log_failed(k / n, n + 1.0, value))
    for node in np.unique(rho):
        mine = (rho == node) & inside(value, 5e-4)
        near, far = mine & (exact > exact[mine].max() - 3.0), mine & (exact > exact[mine].max() - 10.0)
        assert found[near] == pytest.approx(exact[near], abs=0.01)
        assert found[far] == pytest.approx(exact[far], abs=0.2)  # the grid rounds the crossing of the two off


@pytest.mark.parametrize(("k", "n"), [(0, 10**4), (3, 10**6), (10**9 - 5, 10**9), (123_456_789, 10**9)])
def test_the_binomial_of_many_items_is_exact(k: int, n: int) -> None:
    _, value, rho, found = one_point(counts(k, n), NO_FAILURES)
    exact = log_beta_binomial(k, n, value, rho)
    near = (rho == 0.0) & (exact > exact.max() - 10.0) & inside(value, 1e-11)
    assert near.sum() > 100
    assert found[near] == pytest.approx(exact[near], abs=1e-6, rel=1e-6)


@pytest.mark.parametrize("rate", [NO_FAILURES, ONE_IN_A_HUNDRED])
@pytest.mark.parametrize("stderr", [None, 0.02])
def test_scores_are_normal(stderr: float | None, rate: float) -> None:
    error = None if stderr is None else np.array([stderr])
    bounds = (-1.0, 1.0)  # the score 0 of bounds -1 and 1 is the oriented score 0.5
    settings = settings_with(rate)
    series = Series(scale=np.array([1e9]), score=np.array([0.0]), stderr=error, chance_level=-1.0, score_bounds=bounds)
    data = observe(series, settings.prior)
    if stderr is not None:
        assert data.form == "effective_counts"
        series = series.replace(scale=[1e9, 2e9], score=[0.0, 1.0], stderr=[stderr, stderr])
        assert observe(series, settings.prior).form == "gaussian"
    data, value, extra, found = one_point(series, rate)
    sd = np.hypot(data.second[0], extra)
    plain = math.log1p(-rate) + stats.norm.logpdf(0.5, value, sd)
    with np.errstate(divide="ignore"):
        exact = np.logaddexp(plain, np.log(rate) + log_failed(0.5, 1.0, value))
    near = exact > exact.max() - 20.0
    assert found[near] == pytest.approx(exact[near], abs=1e-4)


@pytest.mark.parametrize(
    ("n", "rate", "leak"), [(1, 0.0, 0.003), (7, 0.0, 0.003), (30, 0.0, 0.003), (7, 0.01, 0.005), (30, 0.2, 0.05)]
)
def test_probabilities_of_all_outcomes_sum_to_one(n: int, rate: float, leak: float) -> None:
    """Over k, the evidence is a distribution; the soft edge and the grain of failed runs let a little of it leak."""
    settings = settings_with(rate)
    total = 0.0
    for k in range(n + 1):
        problem = make_problem(observe(counts(k, n), settings.prior), settings, "params")
        total += math.exp(curve_evidence("constant", problem).log_evidence)
    assert total == pytest.approx(1.0, abs=leak)
