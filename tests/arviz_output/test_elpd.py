"""Exact leave-one-out and leave-future-out: ratios of evidences, in ArviZ's vocabulary; and stacking weights."""

from __future__ import annotations

import dataclasses

import arviz as az
import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import logsumexp

from emergence_stats.analysis import analyze
from emergence_stats.errors import InputError
from emergence_stats.evidence.quadrature import curve_evidence, make_problem
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.posterior import EXPLANATIONS
from emergence_stats.stacking import disagreement, stack
from tests.reference.textbook import SERIES, analysis_of, counts


def log_evidence(name: str, curves: list[str], used: npt.NDArray[np.bool_]) -> float:
    """Mean evidence of some curves from some points, integrated anew with great effort."""
    found = analysis_of(name)
    effort = dataclasses.replace(found.settings.evidence, refine_nodes=512, tolerance=0.01)
    settings = dataclasses.replace(found.settings, evidence=effort)
    problem = make_problem(found.posterior.problem.observations, settings, "params")
    logs = [curve_evidence(curve, problem, used=used.astype(float)).log_evidence for curve in curves]
    return float(logsumexp(logs)) - float(np.log(len(curves)))


SMOOTH = [name for name, curve in CURVES.items() if curve.explanation is Explanation.SMOOTH]


@pytest.mark.parametrize(("name", "which", "curves"), [("linear", "smooth", SMOOTH), ("sharp", "step", ["step"])])
def test_loo_is_the_ratio_of_evidences(name: str, which: str, curves: list[str]) -> None:
    found = analysis_of(name).loo(which)
    everything = np.ones(8, dtype=bool)
    whole = log_evidence(name, curves, everything)
    each = [whole - log_evidence(name, curves, np.arange(8) != left) for left in range(8)]
    assert found.elpd_i.to_numpy() == pytest.approx(each, abs=0.25)
    assert found.elpd == pytest.approx(found.elpd_i.to_numpy().sum())
    assert found.se == pytest.approx(np.sqrt(8 * np.var(found.elpd_i.to_numpy())))
    assert found.kind == "loo"
    assert found.n_data_points == 8


def test_loo_of_all_curves_is_the_elpd_of_the_document() -> None:
    found = analysis_of("linear")
    assert found.loo().elpd == pytest.approx(found.to_dict()["predictive"]["elpd_loo"], abs=0.5)


def test_the_constant_has_about_one_effective_parameter() -> None:
    found = []
    for seed in range(6):
        n_correct = np.random.default_rng(seed).binomial(200, 0.6, 10).astype(float)
        found.append(analyze(counts(n_correct.tolist(), 200)).loo("constant").p)
    assert np.mean(found) == pytest.approx(1.0, abs=0.4)


def test_a_future_that_is_left_out_telescopes_to_the_evidence() -> None:
    found = analysis_of("linear").lfo_cv("smooth", min_scales=3)
    first = np.arange(8) < 3
    expected = log_evidence("linear", SMOOTH, np.ones(8, dtype=bool)) - log_evidence("linear", SMOOTH, first)
    assert found.elpd == pytest.approx(expected, abs=0.2)
    assert found.n_data_points == 5
    assert found.elpd_i["scale"].to_numpy() == pytest.approx(SERIES["linear"].scale[3:])


def test_the_gain_of_condition_e4_is_a_difference_of_two_futures() -> None:
    found = analysis_of("sharp")
    onset = found.evidence.onset
    assert onset is not None
    gain = found.lfo_cv("phase_change", min_scales=onset).elpd - found.lfo_cv("smooth", min_scales=onset).elpd
    assert gain == pytest.approx(found.evidence.unpredictable, abs=0.3)


@pytest.mark.parametrize("min_scales", [0, 8])
def test_a_future_of_no_scales_is_refused(min_scales: int) -> None:
    with pytest.raises(InputError, match=f"min_scales: expected a whole number from 1 to 7, got {min_scales}"):
        analysis_of("sharp").lfo_cv(min_scales=min_scales)


def test_a_loss_is_foretold_from_large_to_small() -> None:
    scale = [4.5, 4.0, 3.5, 3.0, 2.5, 2.0]
    series = counts([25, 26, 24, 25, 90, 95], 100).replace(scale=scale, scale_kind="loss")
    assert list(analyze(series).lfo_cv().elpd_i["scale"].to_numpy()) == [3.5, 3.0, 2.5, 2.0]


def test_arviz_compares_exact_scores_and_finds_our_weights() -> None:
    found = analysis_of("few items")
    table = az.compare({str(explanation): found.loo(explanation) for explanation in Explanation}, round_to="none")
    for name, weight in found.predictive.stacking_weights.items():
        assert table.loc[name, "weight"] == pytest.approx(weight, abs=0.02)


def test_stacking_weights_of_two_complementary_models_are_equal() -> None:
    assert stack(np.log([[0.9, 0.1], [0.1, 0.9]])) == pytest.approx([0.5, 0.5], abs=1e-4)


def test_stacking_weights_ignore_a_model_that_another_beats_everywhere() -> None:
    assert stack(np.array([[-1.0, -2.0, -1.0], [-3.0, -2.5, -1.5]])) == pytest.approx([1.0, 0.0], abs=1e-4)


def test_stacking_weights_survive_very_unlikely_scales() -> None:
    weights = stack(np.array([[-1.0, -900.0], [-900.0, -1.0], [-5000.0, -5000.0]]))
    assert weights == pytest.approx([0.5, 0.5, 0.0], abs=1e-3)


def test_weights_stand_in_the_document() -> None:
    weights = analysis_of("sharp").to_dict()["predictive"]["stacking_weights"]
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["phase_change"] > 0.9


@pytest.mark.parametrize("name", SERIES)
def test_textbook_series_give_no_cause_to_warn(name: str) -> None:
    assert analysis_of(name).predictive.disagreement is None


def test_a_clear_disagreement_is_named() -> None:
    smooth, phase = EXPLANATIONS.index(Explanation.SMOOTH), EXPLANATIONS.index(Explanation.PHASE_CHANGE)
    table = np.full((len(EXPLANATIONS), 6), -9.0)
    table[phase], table[smooth] = -5.0, [-3.9, -4.1, -4.0, -4.2, -3.8, -4.0]
    weights, probabilities = np.zeros(len(EXPLANATIONS)), np.zeros(len(EXPLANATIONS))
    weights[smooth], probabilities[phase] = 1.0, 0.97
    said = disagreement(table, weights, probabilities, 0.9)
    assert said is not None
    assert "scales left out are predicted better by 'smooth' (by 6.0 nats" in said
    assert disagreement(table, weights, probabilities, 0.98) is None  # the posterior is not sure enough
    assert disagreement(table, probabilities, probabilities, 0.9) is None  # both prefer the same
    table[smooth, :3] = -9.0
    assert disagreement(table, weights, probabilities, 0.9) is None  # not better by more than chance
