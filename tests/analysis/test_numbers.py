"""The small computations between the posterior and the verdict, against their obvious versions."""

from __future__ import annotations

import numpy as np
import pytest

from emergence_stats.analysis import analyze
from emergence_stats.comparison import compare
from emergence_stats.conditions import onset_index
from emergence_stats.evidence.quadrature import all_curves, make_problem
from emergence_stats.models.curves import CURVES
from emergence_stats.models.likelihood import observe
from emergence_stats.posterior import systematic_rows, weighted_quantiles
from emergence_stats.settings import PriorSettings, Settings
from tests.reference.textbook import SERIES, analysis_of, counts

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("n", [1, 5, 400])
def test_systematic_rows_repeat_each_row_in_proportion(n: int) -> None:
    weight = RNG.dirichlet(np.full(30, 0.3))
    times = np.bincount(systematic_rows(weight, n), minlength=30)
    assert times.sum() == n
    assert np.all(np.abs(times - n * weight) < 1.0)


def test_weighted_quantiles_are_those_of_a_sample_with_repeats() -> None:
    values, repeats = RNG.normal(size=40), RNG.integers(1, 6, 40)
    levels = (0.0512, 0.3123, 0.5034, 0.9531)  # none falls on a step of the distribution function
    found = weighted_quantiles(values, repeats / repeats.sum(), levels)
    assert found == pytest.approx(np.quantile(np.repeat(values, repeats), levels, method="inverted_cdf").tolist())


def test_probabilities_follow_from_evidences_and_masses() -> None:
    settings = Settings()
    problem = make_problem(observe(SERIES["linear"], settings.prior), settings, "params")
    evidences = all_curves(problem)
    masses = (1.0, 2.0, 3.0, 4.0, 0.0, 0.5)
    found = compare(evidences, masses)
    names = [curve.explanation for curve in CURVES.values()]
    order = ["no_ability", "constant", "smooth", "phase_change", "decreasing", "non_monotone"]
    weight = {
        name: masses[order.index(str(curve.explanation))]
        / names.count(curve.explanation)
        * np.exp(evidences[name].log_evidence - evidences["log_linear"].log_evidence)
        for name, curve in CURVES.items()
    }
    total = sum(weight.values())
    for curve in found.curves:
        assert curve.posterior_probability == pytest.approx(weight[curve.name] / total, abs=1e-12)
    assert found.probabilities["decreasing"] == pytest.approx(0.0, abs=1e-12)
    phase = np.mean([np.exp(evidences[name].log_evidence) for name in ("sharp_logistic", "ramp", "step")])
    smooth = np.mean([np.exp(evidences[name].log_evidence) for name in ("log_linear", "wide_logistic", "power_law")])
    assert found.log_bayes_factor == pytest.approx(np.log(phase / smooth))
    assert found.log_bayes_factor_power == pytest.approx(np.log(phase) - evidences["power_law"].log_evidence)


@pytest.mark.parametrize("name", SERIES)
def test_posterior_rows_and_comparison_agree(name: str) -> None:
    found = analysis_of(name)
    shares = found.evidence.numbers.explanations
    assert list(shares.values()) == pytest.approx(list(found.probabilities.values()), abs=1e-4)


@pytest.mark.parametrize(
    ("score", "onset"),
    [
        ([0.25, 0.26, 0.24, 0.80, 0.90], 3),
        ([0.25, 0.26, 0.60, 0.80, 0.90], 2),
        ([0.25, 0.60, 0.80, 0.90, 0.95], 2),  # two points must come before
        ([0.25, 0.26, 0.24, 0.25, 0.26], None),
        ([0.60, 0.50, 0.40, 0.30, 0.20], None),
        ([0.28, 0.29, 0.27, 0.28, 0.60], 4),  # a floor that misses chance is learnt
        ([0.25, 0.90], None),
    ],
)
def test_onset_is_the_first_point_that_the_floor_does_not_predict(score: list[float], onset: int | None) -> None:
    assert onset_index(np.array(score), np.full(len(score), 4e-4), 0.25, 0.02) == onset


def test_noise_that_explains_a_point_makes_it_no_onset() -> None:
    score = np.array([0.25, 0.26, 0.24, 0.33, 0.24])
    assert onset_index(score, np.full(5, 1e-4), 0.25, 0.02) == 3
    assert onset_index(score, np.full(5, 1e-2), 0.25, 0.02) is None


def test_scale_for_a_score() -> None:
    found = analysis_of("sharp")
    scale = found.series.scale
    reached = found.scale_for_score(0.6)
    assert reached.median is not None
    assert scale[4] < reached.median < scale[5]
    assert found.threshold.median == pytest.approx(reached.median, rel=0.3)
    low, high = reached.interval(0.9) or (0.0, 0.0)
    assert low <= reached.median <= high
    assert found.scale_for_score(0.1).median == pytest.approx(scale[0])  # exceeded from the start
    never = found.scale_for_score(0.9999)
    assert never.median == np.inf
    assert never.interval(0.9) is not None


def test_a_later_score_needs_a_larger_scale() -> None:
    found = analysis_of("linear")
    medians = [found.scale_for_score(score).median for score in (0.3, 0.5, 0.7, 0.9)]
    assert medians == sorted(medians)  # type: ignore[type-var]


def test_scale_for_a_score_in_the_metric_s_own_unit() -> None:
    series = SERIES["linear"]
    assert series.score is not None
    percent = series.replace(
        n_correct=None, score=100.0 * series.score, score_bounds=(0.0, 100.0), chance_level=10.0, n_items=series.n_items
    )
    mine = analyze(percent).scale_for_score(50.0).median
    assert mine == pytest.approx(analysis_of("linear").scale_for_score(0.5).median, rel=0.02)


def test_sharpness_is_judged_by_the_width_that_is_set() -> None:
    series = counts([25, 26, 25, 40, 60, 80, 92, 94], 100)
    probabilities = []
    for width in (0.5, 1.0, 2.0, 3.0):
        settings = Settings(prior=PriorSettings(sharp_width=width))
        probabilities.append(analyze(series, settings=settings).evidence.numbers.sharp)
    assert probabilities == sorted(probabilities)
    assert probabilities[0] < 0.1
    assert probabilities[-1] > 0.8
