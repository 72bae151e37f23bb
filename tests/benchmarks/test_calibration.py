"""Simulation-based calibration in small: every parameter of every curve, and that a wrong posterior is noticed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from arviz_stats.ecdf_utils import ecdf_pit

from benchmarks.calibration import coverage, probabilities, sbc
from benchmarks.calibration.scores import expected_calibration_error, score
from benchmarks.calibration.truths import draw_truth
from benchmarks.calibration.uniformity import band, p_value
from benchmarks.prior import width_prior
from emergence_stats.evidence import quadrature
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.settings import Settings


def test_every_parameter_of_every_curve_is_calibrated() -> None:
    found = sbc.run(30, seed=3)
    assert set(found.tests["curve"]) == set(CURVES)
    assert (found.tests["replicates"] == 30).all()
    assert found.failures.empty, found.failures.to_string()


def test_a_wrong_prior_is_noticed() -> None:
    settings = Settings()
    wider = dataclasses.replace(settings.prior, guess_rate_sd=0.06, ceiling_beta=(3.0, 1.0))
    truths = dataclasses.replace(settings, prior=wider)
    found = sbc.run(60, forms=["counts"], curves=["sharp_logistic"], truth_settings=truths)
    assert {"base", "lapse rate"} <= set(found.failures["parameter"])
    again = sbc.second_look(found, 20, seed=0, workers=1)  # of truths from the engine's own prior
    assert set(again["parameter"]) == set(found.failures["parameter"])
    for look in (f"p, {sbc.FINER} times the nodes", "p, other truths", f"p, other truths, {sbc.FINER} times the nodes"):
        assert (again[look] > 0.01).all(), look


def test_ranks_are_the_same_for_any_number_of_workers() -> None:
    one = sbc.run(4, forms=["counts"], curves=["step", "valley"])
    two = sbc.run(4, forms=["counts"], curves=["step", "valley"], workers=2)
    assert one.ranks.equals(two.ranks)


def test_uniform_samples_fail_as_often_as_stated_and_others_nearly_always() -> None:
    generator = np.random.default_rng(0)
    p = np.array([p_value(generator.random(150)) for _ in range(300)])
    assert 0.02 < np.mean(p < 0.05) < 0.09
    assert p_value(generator.beta(0.6, 0.6, 150)) < 0.01  # intervals too short
    assert p_value(generator.beta(2.0, 2.0, 400)) < 0.01  # intervals too long
    assert p_value(generator.beta(1.5, 1.0, 150)) < 0.01  # one-sided


def test_the_band_is_that_of_arviz() -> None:
    n = 100  # their grid is then ours
    z, _, low, high = ecdf_pit(np.random.default_rng(1).random(n), 0.95, 2000, rng=np.random.default_rng(2))  # type: ignore[no-untyped-call]
    ours = band(n, 0.95)
    np.testing.assert_allclose(ours.z, z[1:-1])
    # Counts are whole numbers, so that simulation error and rounding may move a limit by one of them.
    np.testing.assert_allclose(ours.low, low[1:-1], atol=1.01 / n)
    np.testing.assert_allclose(ours.high, high[1:-1], atol=1.01 / n)


HAVE_WIDTH = [name for name, curve in CURVES.items() if curve.placement not in (shapes.NOWHERE, shapes.POSITION)]


@pytest.mark.parametrize("curve", HAVE_WIDTH)
def test_widths_are_drawn_from_the_engines_prior(curve: str) -> None:
    settings = Settings()
    for seed in range(5):
        truth = draw_truth(curve, np.random.default_rng(seed))
        assert truth.series is not None
        problem = quadrature.make_problem(truth.data, settings, truth.scale_kind)
        median = settings.prior.exponent_median(truth.scale_kind)
        bounds = width_prior(CURVES[curve], settings.prior, truth.series.log10_scale, median)
        np.testing.assert_allclose(bounds, quadrature.width_prior(CURVES[curve], problem), rtol=1e-6)


def test_probabilities_are_calibrated_where_truths_are_drawn_from_the_prior() -> None:
    table = probabilities.tabulate(probabilities.run(200, seed=1)).set_index("statement")
    error, chance = (table[name].astype(float) for name in ("expected calibration error", "by chance"))
    assert (error < 1.5 * chance).all(), table.to_string()
    assert (table["p adjusted"].astype(float) > 0.05).all(), table.to_string()
    assert table["Brier"].astype(float)["`p_emergent`"] < 0.05  # and they say something


def test_scores_tell_overconfidence_from_chance() -> None:
    generator = np.random.default_rng(4)
    p = generator.beta(0.7, 0.7, 1000)
    right, wrong = score(p, generator.random(1000) < p), score(p, generator.random(1000) < 0.25 + 0.5 * p)
    assert right.expected_calibration_error < right.chance_error * 1.2
    assert right.p_value > 0.05
    assert wrong.expected_calibration_error > 2.0 * wrong.chance_error
    assert wrong.p_value < 1e-3
    # Two bins, by hand: (|0.5 - 0.2| + |1 - 0.9|) / 2.
    happened = np.array([True, False, True, True])
    assert expected_calibration_error(np.array([0.2, 0.2, 0.9, 0.9]), happened) == pytest.approx(0.2)


def test_the_cell_that_covers_least_is_listed_first() -> None:
    cells = pd.DataFrame({"scales": [4, 6], "items": 50, "overdispersion": 0.0, "width": "1-3"})
    outcomes = cells.loc[cells.index.repeat(20)].reset_index(drop=True)
    outcomes = outcomes.assign(**{"interval": True, "covered 50": True, "covered 90": True, "length 90": 1.0})
    outcomes.loc[outcomes["scales"] == 6, "covered 90"] = np.arange(20) < 12
    sentence, least = coverage.by_cell(outcomes)
    assert "In the 2 cells" in sentence
    assert ": 1 hold the truth so seldom" in sentence
    assert least["scales"].tolist() == [6, 4]
    assert least["90 % interval covers"].iloc[0].startswith("60.0")
