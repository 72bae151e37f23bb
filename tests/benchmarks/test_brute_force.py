"""Brute force is right where the evidence is known in closed form."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import betaln, gammaln
from scipy.stats import beta, truncnorm

from benchmarks.brute_force import log_evidence
from emergence_stats.models.likelihood import Observations, observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import PriorSettings

# Plain binomial counts: no overdispersion, and failures too rare to be seen.
PLAIN = dataclasses.replace(PriorSettings(), overdispersion_zero_mass=1.0, failed_run_rate=1e-13)


@pytest.fixture
def data() -> Observations:
    series = Series(
        scale=np.array([1e7, 1e8, 1e9, 1e10]),
        n_correct=np.array([12.0, 9.0, 16.0, 31.0]),
        n_items=np.full(4, 40.0),
        chance_level=0.25,
    )
    return observe(series, PLAIN)


def likelihood(data: Observations, value: object) -> float:
    f = np.asarray(value, dtype=np.float64)
    k, n = data.first, data.second
    choose = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return math.exp(float(np.sum(choose + k * np.log(f) + (n - k) * np.log1p(-f))))


def guess_rate(base: float) -> float:
    """Prior density of the floor."""
    sd = PLAIN.guess_rate_sd
    return float(truncnorm.pdf(base, -0.25 / sd, 0.75 / sd, loc=0.25, scale=sd))


def test_constant_is_a_beta_integral(data: Observations) -> None:
    k, n = data.first, data.second
    choose = np.sum(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))
    exact = choose + betaln(k.sum() + 1.0, (n - k).sum() + 1.0)
    found = log_evidence("constant", data, PLAIN, width_prior=(0.0, 0.0), scramblings=2)
    assert found.log_evidence == pytest.approx(exact, abs=1e-3)


def test_no_ability_is_an_integral_over_the_guess_rate(data: Observations) -> None:
    exact, _ = quad(lambda base: guess_rate(base) * likelihood(data, np.full(4, base)), 0.1, 0.4, epsrel=1e-8)
    found = log_evidence("no_ability", data, PLAIN, width_prior=(0.0, 0.0), scramblings=8)
    assert found.log_evidence == pytest.approx(math.log(exact), abs=4.0 * found.error)
    assert found.error < 0.003  # the last point pulls the floor into the far tail of its prior


def test_a_step_is_a_sum_over_the_gaps_it_can_lie_in(data: Observations) -> None:
    total = 0.0
    for first_above in (1, 2, 3):  # the threshold is uniform over three equal gaps
        above = (np.arange(4) >= first_above).astype(np.float64)

        def integrand(lapse: float, base: float, above: FloatArray = above) -> float:
            prior = guess_rate(base) * float(beta.pdf(lapse, *PLAIN.ceiling_beta))
            return prior * likelihood(data, base + (1.0 - base) * (1.0 - lapse) * above)

        total += dblquad(integrand, 0.15, 0.35, 1e-9, 1.0 - 1e-9, epsrel=1e-4)[0] / 3.0
    found = log_evidence("step", data, PLAIN, width_prior=(0.0, 0.0), scramblings=4)
    assert found.log_evidence == pytest.approx(math.log(total), abs=0.01)
    assert found.error < 0.01
