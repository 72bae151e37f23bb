"""Binomial regressions: statsmodels' own without a floor, the maximum with one, and words where there is none."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, special, stats

from emergence_stats import cross_checks
from emergence_stats.frequentist.glm import Glm
from emergence_stats.series import FloatArray, Series

K = np.array([40.0, 60.0, 110.0, 200.0, 320.0, 400.0])
N = np.array([500.0, 500.0, 500.0, 450.0, 500.0, 480.0])
X = np.linspace(8.0, 11.0, 6)
LINKS = {"logit": sm.families.links.Logit, "probit": sm.families.links.Probit, "cloglog": sm.families.links.CLogLog}


def glm_of(k: object, n: object, *, chance: float = 0.0, x: FloatArray | None = None, **labels: object) -> Glm:
    right = np.asarray(k, dtype=float)
    items = np.broadcast_to(np.asarray(n, dtype=float), right.shape)
    position = np.linspace(8.0, 11.0, right.size) if x is None else x
    series = Series(scale=10.0**position, n_correct=right, n_items=items, chance_level=chance).replace(**labels)
    found = cross_checks(series, replicates=1).glm
    assert found is not None
    return found


@pytest.mark.parametrize("link", LINKS)
def test_without_a_floor_the_fit_is_that_of_statsmodels(link: str) -> None:
    theirs = sm.GLM(
        np.column_stack([K, N - K]), sm.add_constant(X), family=sm.families.Binomial(link=LINKS[link]())
    ).fit()
    ours = {fit.link: fit for fit in glm_of(K, N).fits}[link]
    assert ours.slope == pytest.approx(theirs.params[1], rel=1e-4)
    assert ours.stderr == pytest.approx(theirs.bse[1], rel=1e-4)
    assert ours.deviance == pytest.approx(theirs.deviance, rel=1e-6)
    assert ours.likelihood_ratio == pytest.approx(2.0 * (theirs.llf - theirs.llnull), rel=1e-6)
    assert ours.dispersion == pytest.approx(theirs.pearson_chi2 / 4.0, rel=1e-4)
    assert ours.p_fit == pytest.approx(stats.chi2.sf(theirs.deviance, 4), rel=1e-4)


@pytest.mark.parametrize(("link", "share"), [("logit", special.expit), ("probit", stats.norm.cdf)])
def test_with_a_floor_the_fit_maximises_the_binomial_likelihood(link: str, share: object) -> None:
    chance = 0.25
    x = X - X.mean()
    k = np.array([130.0, 128.0, 160.0, 240.0, 380.0, 430.0])

    def loss(b: FloatArray) -> float:
        mean = chance + (1.0 - chance) * share(b[0] + b[1] * x)  # type: ignore[operator]
        return -float(np.sum(stats.binom.logpmf(k, N, mean)))

    best = optimize.minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    ours = {fit.link: fit for fit in glm_of(k, N, chance=chance, x=X).fits}[link]
    assert ours.slope == pytest.approx(best.x[1], rel=1e-4)
    saturated = float(np.sum(stats.binom.logpmf(k, N, k / N)))
    assert ours.deviance == pytest.approx(2.0 * (saturated + best.fun), abs=1e-5)
    assert ours.midpoint is not None
    assert np.log10(ours.midpoint) == pytest.approx(X.mean() - best.x[0] / best.x[1], abs=1e-4)


def test_the_floor_brings_back_the_true_slope_that_a_plain_regression_misses() -> None:
    x = np.linspace(8.0, 12.0, 9)
    mean = 0.25 + 0.75 * special.expit(2.0 * (x - 10.0))
    k, n = np.round(mean * 1e6), 1e6
    with_floor, without = glm_of(k, n, chance=0.25, x=x).fits[0], glm_of(k, n, x=x).fits[0]
    assert with_floor.slope == pytest.approx(2.0, abs=0.01)
    assert without.slope is not None
    assert without.slope < 1.8
    assert with_floor.p_fit is not None
    assert with_floor.p_fit > 0.99
    assert without.p_fit == 0.0


def test_scatter_beyond_the_items_shows_as_dispersion_and_weakens_the_test() -> None:
    smooth, scattered = glm_of(K, N).fits[0], glm_of(K + np.array([40, -40, 40, -40, 40, -40]), N).fits[0]
    assert smooth.dispersion is not None
    assert scattered.dispersion is not None
    assert smooth.dispersion < 3.0 < 10.0 < scattered.dispersion
    assert scattered.p_constant is not None
    assert scattered.p_constant_scaled is not None
    assert scattered.p_constant < 1e-20 < 1e-3 < scattered.p_constant_scaled


def test_hc3_and_clustered_errors_are_those_of_statsmodels_at_the_working_model() -> None:
    x = np.repeat(X, 2)
    n = np.full(12, 5000.0)
    k = np.round(5000.0 * special.expit(1.4 * (x - 9.7))) + np.tile([150.0, -150.0], 6)
    names = [f"m{i // 2}" for i in range(12)]
    free, clustered = glm_of(k, n, x=x), glm_of(k, n, x=x, model=names)
    assert (free.errors, clustered.errors) == ("hc3", "cluster by model")
    first, second = free.fits[0], clustered.fits[0]
    assert first.slope == second.slope == pytest.approx(1.4, abs=0.05)
    assert first.stderr_robust is not None
    assert second.stderr_robust is not None
    # Opposite deviations inside each model cancel: clustered errors must be far smaller.
    assert second.stderr_robust < 0.2 * first.stderr_robust
    model = sm.GLM(np.column_stack([k, n - k]), sm.add_constant(x), family=sm.families.Binomial())
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": np.repeat(np.arange(6), 2)})
    assert second.stderr_robust == pytest.approx(theirs.bse[1], rel=0.1)
    hc3 = theirs_hc3(x, k, n)
    assert first.stderr_robust == pytest.approx(hc3, rel=1e-3)


def theirs_hc3(x: FloatArray, k: FloatArray, n: FloatArray) -> float:
    """HC3 written out at the maximum likelihood: (X'WX)^-1 X' diag(r^2 / (1 - h)^2) X (X'WX)^-1, r_i = k_i - n_i mu_i.

    (The HC3 of statsmodels' GLM is its HC0.)
    """
    design = sm.add_constant(x)
    fit = sm.GLM(np.column_stack([k, n - k]), design, family=sm.families.Binomial()).fit()
    mean = fit.fittedvalues
    bread = np.linalg.inv(design.T @ (design * (n * mean * (1.0 - mean))[:, None]))
    leverage = n * mean * (1.0 - mean) * np.einsum("ij,jk,ik->i", design, bread, design)
    meat = design.T @ (design * (((k - n * mean) / (1.0 - leverage)) ** 2)[:, None])
    return float(np.sqrt((bread @ meat @ bread)[1, 1]))


def test_three_models_are_too_few_to_cluster_by() -> None:
    assert glm_of(K, N, model=["a", "a", "b", "b", "c", "c"]).errors == "hc3"


@pytest.mark.parametrize(
    ("k", "chance", "why"),
    [
        ([0, 0, 0, 0, 0], 0.0, "no answer is right"),
        ([100, 100, 100, 100], 0.0, "every answer is right"),
        ([20, 22, 25, 21], 0.25, "no score lies above the chance level"),
        ([0, 0, 0, 100, 100], 0.0, "too steep"),
        ([100, 100, 0, 0], 0.0, "too steep"),
        ([0, 0, 0, 0, 37], 0.0, "too steep"),
        ([25, 26, 24, 25, 100], 0.25, "too steep"),
        ([25, 30], 0.25, "did not converge"),
    ],
)
def test_what_cannot_be_estimated_is_said(k: list[int], chance: float, why: str) -> None:
    for fit in glm_of(k, 100, chance=chance).fits:
        assert fit.not_estimable is not None
        assert why in fit.not_estimable
        rest = {**dataclasses.asdict(fit), "link": None, "not_estimable": None}
        assert set(rest.values()) == {None}


def test_two_points_leave_nothing_to_judge_the_fit_by() -> None:
    fit = glm_of([30, 60], 100).fits[0]
    assert fit.slope == pytest.approx((special.logit(0.6) - special.logit(0.3)) / 3.0, rel=1e-5)
    assert (fit.p_fit, fit.dispersion, fit.stderr_robust, fit.p_constant_scaled) == (None, None, None, None)


def test_any_counts_whatever_give_a_fit_or_a_reason() -> None:
    rng = np.random.default_rng(3)
    for _ in range(60):
        size = int(rng.integers(2, 10))
        n = float(np.round(10 ** rng.uniform(0, 5)))
        k = np.round(n * rng.choice([0.0, 1.0, rng.random()], size=size) * rng.choice([1.0, rng.random()], size=size))
        for fit in glm_of(k, n, chance=float(rng.choice([0.0, 0.25, 0.5]))).fits:
            assert (fit.not_estimable is None) == (fit.slope is not None and np.isfinite(fit.slope))
