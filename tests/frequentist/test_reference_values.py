"""Numbers that were made elsewhere: statsmodels, scipy and closed forms."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from emergence_stats.analysis import analyze
from emergence_stats.evidence.quadrature import CurveEvidence, curve_evidence, make_problem
from emergence_stats.models.likelihood import observe
from emergence_stats.resolution.detectable import smallest_excess
from emergence_stats.series import Series
from emergence_stats.settings import PriorSettings, Settings


def nodes_of(curve: str, series: Series, settings: Settings) -> CurveEvidence:
    return curve_evidence(curve, make_problem(observe(series, settings.prior), settings, series.scale_kind))


@pytest.mark.parametrize(("k", "n"), [(0, 20), (7, 20), (130, 400), (400, 400)])
@pytest.mark.parametrize("rho", [1e-3, 1e-2, 1e-1])
def test_one_beta_binomial_point_has_the_average_of_scipy_s_probabilities(k: int, n: int, rho: float) -> None:
    """Constant curve, f ~ U(0, 1): integral of BetaBinomial(k | n, f (1 - rho) / rho, (1 - f) (1 - rho) / rho) df."""
    prior = PriorSettings(
        overdispersion_nodes=(0.0, *np.linspace(rho, rho * (1.0 + 1e-6), 6).tolist()),
        overdispersion_zero_mass=0.0,
        failed_run_rate=0.0,
    )
    settings = dataclasses.replace(Settings(), prior=prior)
    series = Series(scale=[1e9], n_correct=[k], n_items=[n], chance_level=0.0)
    found = nodes_of("constant", series, settings)
    total = 1.0 / rho - 1.0
    f = (np.arange(20_000) + 0.5) / 20_000
    exact = math.log(float(np.mean(stats.betabinom.pmf(k, n, f * total, (1.0 - f) * total))))
    assert found.log_evidence == pytest.approx(exact, abs=max(0.02, 3.0 * found.error))


@pytest.mark.parametrize("chance", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("n", [50, 500, 5000])
def test_the_smallest_excess_is_statsmodels_power_of_a_one_sided_test(chance: float, n: int) -> None:
    """One sample, level .05, power .8, standard deviation of the null."""
    size = NormalIndPower(ddof=0).solve_power(
        nobs1=n, alpha=0.05, power=0.8, ratio=0, alternative="larger", effect_size=None
    )
    assert smallest_excess(chance, n) == pytest.approx(float(size) * math.sqrt(chance * (1.0 - chance)), rel=1e-3)


@pytest.mark.parametrize(("chance", "n"), [(0.25, 200), (0.25, 2000), (0.5, 400)])
def test_an_exact_binomial_test_sees_the_smallest_excess_about_four_times_in_five(chance: float, n: int) -> None:
    critical = stats.binom.isf(0.05, n, chance)
    power = stats.binom.sf(critical, n, chance + smallest_excess(chance, n))
    assert power == pytest.approx(0.8, abs=0.06)


def test_at_chance_0_three_in_n_leave_one_test_set_in_twenty_without_a_right_answer() -> None:
    assert stats.binom.pmf(0, 1000, smallest_excess(0.0, 1000)) == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (5, 40), (99, 100), (100, 100)])
def test_intervals_of_scores_are_jeffreys(k: int, n: int) -> None:
    """Quantiles of Beta(k + 1/2, n - k + 1/2); 0 and 1 at the ends (Brown, Cai & DasGupta 2001, section 4.1)."""
    series = Series(scale=[1e8, 1e9], n_correct=[k, k], n_items=[n, n], chance_level=0.0)
    point = analyze(series).to_dict()["series"]["points"][0]
    low, high = (float(stats.beta.ppf(q, k + 0.5, n - k + 0.5)) for q in (0.025, 0.975))
    assert point["low"] == pytest.approx(0.0 if k == 0 else low, abs=1e-9)
    assert point["high"] == pytest.approx(1.0 if k == n else high, abs=1e-9)
