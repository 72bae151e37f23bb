"""A jump between two scales that nearly coincide is found, however narrow the gap."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

import emergence_stats as es
from emergence_stats.evidence.gaps import gap_densities, gap_edges, spread_over_gaps
from emergence_stats.evidence.quadrature import curve_evidence, make_problem
from emergence_stats.models.likelihood import observe
from emergence_stats.settings import Settings

UNEVEN = np.array([0.0, 0.2, 0.45, 0.451, 0.8, 1.0])


def test_the_density_is_that_of_the_draws() -> None:
    edges = gap_edges(UNEVEN, np.ones(6))
    assert edges.tolist() == UNEVEN.tolist()
    uniform = (np.arange(20_000) + 0.5) / 20_000
    drawn, density = np.empty(20_000), np.empty(20_000)
    spread_over_gaps(edges, uniform, drawn)
    gap_densities(edges, drawn, density)
    assert np.all(np.diff(drawn) > 0)
    assert np.mean(1.0 / density) == pytest.approx(1.0, rel=1e-3)  # the prior integrates to 1 over the draws
    inside = np.mean((drawn > 0.45) & (drawn < 0.451))
    assert inside == pytest.approx(0.5 * 0.001 + 0.5 / 5, rel=1e-2)


def test_even_scales_and_left_out_points_leave_the_prior_alone() -> None:
    assert gap_edges(np.linspace(0.0, 1.0, 9), np.ones(9)).tolist() == [0.0, 1.0]
    assert gap_edges(UNEVEN, np.array([1.0, 1.0, 1.0, 0.0, 1.0, 1.0])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("seed", range(6))
def test_the_evidence_of_a_step_in_a_narrow_gap(seed: int) -> None:
    generator = np.random.default_rng(seed)
    position = np.sort(generator.uniform(8.0, 12.0, 8))
    jump = int(generator.integers(2, 7))
    position[jump] = position[jump - 1] + 0.002
    ability = np.where(np.arange(8) < jump, 0.25, 0.8)
    series = es.Series(
        scale=10.0**position, n_correct=generator.binomial(2000, ability), n_items=[2000] * 8, chance_level=0.25
    )
    settings = Settings()
    effort = dataclasses.replace(
        settings.evidence, first_nodes=30_000, refine_nodes=10_000, max_refinements=3, tolerance=0.02
    )
    usual, long = (
        curve_evidence("step", make_problem(observe(series, one.prior), one, "params"))
        for one in (settings, dataclasses.replace(settings, evidence=effort))
    )
    assert usual.log_evidence == pytest.approx(long.log_evidence, abs=1.5 * (usual.error + long.error))


def test_a_scale_beside_another_is_predicted_no_better_than_counts_allow() -> None:
    generator = np.random.default_rng(0)
    position = np.r_[np.linspace(8.0, 10.5, 8), 10.997, 11.0]
    correct = generator.binomial(5000, np.r_[np.full(9, 0.25), 0.9])
    analysis = es.analyze(
        es.Series(scale=10.0**position, n_correct=correct, n_items=[5000] * 10, chance_level=0.25, scale_kind="params")
    )
    best = np.asarray(stats.binom.logpmf(correct, 5000, correct / 5000))  # no binomial makes a count more probable
    assert analysis.loo("phase_change").elpd_i.max() <= best.max() + 1.0
    assert analysis.loo("phase_change").elpd <= best.sum()
