"""Peaks far narrower than the distance between nodes of the prior are found, and their mass is right.

With so many items the posterior of a logistic that fits is normal round its mode, and Laplace's approximation is exact
but for terms of the order of one over the items. It shares with the engine the curve and its prior alone.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, special, stats

from emergence_stats.evidence.quadrature import all_curves, curve_evidence, make_problem, width_prior
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import EvidenceSettings, PriorSettings, Settings

GUESS, LAPSE = 0.04, 0.05


def counts(n_points: int, n_items: float, steepness: float) -> Series:
    """A logistic in position between a guess rate and a ceiling, without noise but for rounding."""
    x = np.linspace(0.0, 1.0, n_points)
    share = GUESS + (1.0 - LAPSE - GUESS) * special.expit(steepness * (x - 0.5))
    n = np.full(n_points, n_items)
    return Series(scale=10.0 ** (8.0 + 3.0 * x), n_correct=np.rint(n * share), n_items=n, chance_level=GUESS)


def laplace(series: Series, prior: PriorSettings, low: float, high: float) -> float:
    """log evidence of the sharp logistic without overdispersion, by Laplace's approximation."""
    observed = observe(series, prior)
    guess = stats.truncnorm(-GUESS / prior.guess_rate_sd, (1 - GUESS) / prior.guess_rate_sd, GUESS, prior.guess_rate_sd)
    log_span = 2.0 * math.log(9.0)  # 10-90 % width of a logistic of unit scale

    def minus_log_joint(at: FloatArray) -> float:
        threshold, log_width, base, lapse = at
        rise = special.expit(log_span * (observed.position - threshold) / math.exp(log_width))
        share = base + (1.0 - lapse - base) * rise
        likelihood = np.sum(stats.binom.logpmf(observed.first, observed.second, share))
        levels = guess.logpdf(base) + stats.beta.logpdf(lapse / (1.0 - base), *prior.ceiling_beta) - math.log1p(-base)
        return -float(likelihood + levels)

    start = np.array([0.5, math.log(log_span / 12.0), GUESS, LAPSE])
    spread = np.array([1e-2, 1e-2, 1e-3, 1e-3])

    def away(z: FloatArray) -> float:
        return minus_log_joint(start + z * spread)

    best = optimize.minimize(away, [0.0] * 4, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    mode = start + best.x * spread
    curvature = np.empty((4, 4))
    h = 0.3 / math.sqrt(observed.second.sum())  # a fraction of the posterior's sd
    for i in range(4):
        for j in range(4):
            a, b = h * np.eye(4)[i], h * np.eye(4)[j]
            corners = [minus_log_joint(mode + s * a + t * b) * s * t for s in (1, -1) for t in (1, -1)]
            curvature[i, j] = sum(corners) / (4.0 * h * h)
    log_volume = 2.0 * math.log(2.0 * math.pi) - 0.5 * np.linalg.slogdet(curvature)[1]
    kept = series.n_points * math.log1p(-prior.failed_run_rate)
    return (
        -minus_log_joint(mode)
        - math.log(high - low)
        + float(log_volume)
        + math.log(prior.overdispersion_zero_mass)
        + kept
    )


@pytest.mark.parametrize(("n_points", "n_items"), [(8, 10_000), (12, 1e7), (150, 2000), (200, 20_000)])
def test_a_spike_has_the_mass_that_laplace_gives_it(n_points: int, n_items: float) -> None:
    settings = Settings()
    series = counts(n_points, n_items, 12.0)
    problem = make_problem(observe(series, settings.prior), settings, "params")
    found = curve_evidence("sharp_logistic", problem)
    weight = np.exp(found.log_weight - found.log_evidence)
    alone = float(np.log(weight[found.dispersion == 0].sum())) + found.log_evidence
    assert alone == pytest.approx(
        laplace(series, settings.prior, *width_prior(CURVES["sharp_logistic"], problem)), abs=0.2
    )
    assert 1.0 / float((weight**2).sum()) > 100.0
    assert found.error < 0.2


@pytest.mark.parametrize(("n_points", "n_items"), [(12, 1500), (12, 2900), (24, 2900), (40, 500)])
def test_no_explanation_is_dismissed_because_its_peak_was_missed(n_points: int, n_items: float) -> None:
    """A rise about as wide as the bound between smooth and sharp: both explanations have a narrow peak."""
    settings = Settings()
    problem = make_problem(observe(counts(n_points, n_items, 10.0), settings.prior), settings, "params")
    found = all_curves(problem)
    effort = EvidenceSettings(first_nodes=1024, refine_nodes=512, max_refinements=5, tolerance=0.003)
    patient = make_problem(problem.observations, Settings(evidence=effort), "params")
    for explanation in (Explanation.PHASE_CHANGE, Explanation.SMOOTH):
        names = [name for name in CURVES if CURVES[name].explanation is explanation]
        quick = special.logsumexp([found[name].log_evidence for name in names])
        long = special.logsumexp([curve_evidence(name, patient).log_evidence for name in names])
        assert quick == pytest.approx(long, abs=0.25)
