"""The posterior of a logistic curve against statsmodels' maximum of the same likelihood.

With the floor at 0, no lapses, no overdispersion and no failed runs the wide logistic is a binomial regression on
log10(scale). With many items its posterior is normal round the maximum, with the inverse information as variance
(Bernstein and von Mises), so midpoint and 10-90 % width must agree with `statsmodels.api.GLM` in place and in spread.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from emergence_stats.evidence.quadrature import curve_evidence, make_problem
from emergence_stats.models.likelihood import observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import EvidenceSettings, PriorSettings, Settings

WIDTH_TIMES_SLOPE = 2.0 * math.log(9.0)  # logit(.9) - logit(.1)
ITEMS = 2000
BARE = Settings(
    prior=PriorSettings(
        guess_rate_sd=1e-4, ceiling_beta=(1.0, 1e4), overdispersion_zero_mass=0.999999, failed_run_rate=1e-9
    ),
    evidence=EvidenceSettings(first_nodes=2048, refine_nodes=2048, tolerance=0.003),
)


@pytest.mark.parametrize(("threshold", "width"), [(9.6, 2.4), (10.1, 3.0), (9.0, 2.0)])
def test_midpoint_and_width_agree_with_the_maximum(threshold: float, width: float) -> None:
    log10_scale = np.linspace(8.0, 12.0, 9)
    truth = expit(WIDTH_TIMES_SLOPE / width * (log10_scale - threshold))
    n_correct = np.random.default_rng(3).binomial(ITEMS, truth).astype(np.float64)
    maximum, spread, log_likelihood = maximum_likelihood(log10_scale, n_correct)

    series = Series(scale=10.0**log10_scale, n_correct=n_correct, n_items=ITEMS, chance_level=0.0)
    problem = make_problem(observe(series, BARE.prior), BARE, series.scale_kind)
    found = curve_evidence("wide_logistic", problem)
    weight = np.exp(found.log_weight - found.log_evidence)
    decades = problem.observations.range_decades
    draws = np.stack([log10_scale[0] + found.threshold * decades, found.width * decades])
    mean = draws @ weight
    sd = np.sqrt((draws - mean[:, None]) ** 2 @ weight)

    np.testing.assert_allclose((mean - maximum) / spread, 0.0, atol=0.1)
    np.testing.assert_allclose(sd, spread, rtol=0.03)
    # The best node comes near the maximum; a floor and lapses, which are free within 1e-4, may add a little to it.
    best = float(found.pointwise.sum(axis=1).max())
    assert log_likelihood - 0.1 < best < log_likelihood + 0.3


def maximum_likelihood(log10_scale: FloatArray, n_correct: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Midpoint and width, their standard errors by the delta method, and the log likelihood."""
    failures = ITEMS - n_correct
    fit = sm.GLM(
        np.stack([n_correct, failures], axis=1), sm.add_constant(log10_scale), family=sm.families.Binomial()
    ).fit()
    intercept, slope = fit.params
    place = np.array([-intercept / slope, WIDTH_TIMES_SLOPE / slope])
    jacobian = np.array([[-1.0 / slope, intercept / slope**2], [0.0, -WIDTH_TIMES_SLOPE / slope**2]])
    spread = np.sqrt(np.diag(jacobian @ fit.cov_params() @ jacobian.T))
    return place, spread, float(fit.llf)
