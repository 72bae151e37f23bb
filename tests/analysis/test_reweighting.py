"""Re-weighting nodes must say what a new analysis says: other priors, and scales left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.special import logsumexp

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.evidence.quadrature import curve_evidence, make_problem
from emergence_stats.models.curves import CURVES
from emergence_stats.posterior import log_curve_priors
from emergence_stats.settings import EvidenceSettings, PriorSettings, Settings
from emergence_stats.stability import SHARP_WIDTHS
from tests.reference.textbook import SERIES, analysis_of, counts

FINE = EvidenceSettings(first_nodes=1024, refine_nodes=1024, max_refinements=4, tolerance=0.01)
BORDERLINE = counts([25, 27, 24, 35, 62, 81], 100)
DEFAULT = PriorSettings()
VARIANTS = {
    "phase change twice as probable": dataclasses.replace(DEFAULT, explanation_masses=(1.0, 1.0, 1.0, 2.0, 0.5, 0.5)),
    "smooth twice as probable": dataclasses.replace(DEFAULT, explanation_masses=(1.0, 1.0, 2.0, 1.0, 0.5, 0.5)),
    "power-law exponent 1.5 times": dataclasses.replace(DEFAULT, exponent_median_params=0.45),
    "floor twice as wide": dataclasses.replace(DEFAULT, guess_rate_sd=0.04),
    "floor half as wide": dataclasses.replace(DEFAULT, guess_rate_sd=0.01),
    "no overdispersion, mass .2": dataclasses.replace(DEFAULT, overdispersion_zero_mass=0.2),
    "uniform lapse rate": dataclasses.replace(DEFAULT, ceiling_beta=(1.0, 1.0)),
    "power-law exponent spread 1.5 times": dataclasses.replace(DEFAULT, exponent_sd=0.75),
    "widest rise half as wide": dataclasses.replace(DEFAULT, widest_rise_in_ranges=1.5),
}


@pytest.fixture(scope="module")
def borderline() -> Analysis:
    return analyze(BORDERLINE, settings=Settings(evidence=FINE))


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_of_the_prior_agrees_with_a_new_analysis(borderline: Analysis, name: str) -> None:
    variant = next(variant for variant in borderline.stability.grid if variant.name == name)
    again = analyze(BORDERLINE, settings=Settings(prior=VARIANTS[name], evidence=FINE))
    assert variant.p_emergent == pytest.approx(again.p_emergent, abs=0.03)
    assert variant.verdict == again.verdict


@pytest.mark.parametrize(("name", "factor"), SHARP_WIDTHS.items())
def test_another_sharp_width_agrees_with_a_new_analysis(name: str, factor: float) -> None:
    # The narrowest width is far from W*, which otherwise limits it: the variant leaves it where it is.
    narrow = dataclasses.replace(DEFAULT, narrowest_rise_in_spacings=0.2)
    moved = dataclasses.replace(narrow, sharp_width=factor * narrow.sharp_width)
    found, again = (analyze(BORDERLINE, settings=Settings(prior=prior, evidence=FINE)) for prior in (narrow, moved))
    variant = next(variant for variant in found.stability.grid if variant.name == name)
    assert abs(again.p_emergent - found.p_emergent) > 0.1
    assert variant.p_emergent == pytest.approx(again.p_emergent, abs=0.03)
    assert variant.verdict == again.verdict


@pytest.mark.parametrize("name", ["sharp", "at chance", "gompertz"])
def test_clear_verdicts_do_not_depend_on_the_prior(name: str) -> None:
    found = analysis_of(name).stability
    assert found.prior_stability >= 0.9
    assert len({variant.name for variant in found.grid}) == len(found.grid) >= 10


def test_stability_is_the_share_of_variants_that_agree(borderline: Analysis) -> None:
    agree = [variant.verdict is borderline.verdict for variant in borderline.stability.grid]
    assert borderline.stability.prior_stability == pytest.approx(np.mean(agree))


def log_evidence_without(found: Analysis, scale: float) -> float:
    """Log evidence of the whole model from all points but those at one scale, integrated anew with great effort."""
    settings = dataclasses.replace(found.settings, evidence=FINE)
    problem = make_problem(found.posterior.problem.observations, settings, found.series.scale_kind)
    used = (found.series.scale != scale).astype(np.float64)
    priors = log_curve_priors(settings.prior.explanation_masses)
    logs = [curve_evidence(name, problem, used=used).log_evidence for name in CURVES]
    return float(logsumexp(np.array(logs) + priors))


@pytest.mark.parametrize("name", ["sharp", "linear"])
def test_leaving_a_scale_out_agrees_with_an_integral_without_it(name: str) -> None:
    found = analysis_of(name)
    whole = log_evidence_without(found, -1.0)
    for index, point in enumerate(found.influence.points):
        exact = whole - log_evidence_without(found, point.scale)
        # Without the first scale above a jump the step may also lie beyond it, where few nodes are: log 2 is missed.
        allowed = 0.9 if (name, index) == ("sharp", 5) else 0.3
        assert point.log_predictive == pytest.approx(exact, abs=allowed)
        assert 0.0 <= point.p_emergent_without <= 1.0
    assert found.influence.elpd_loo == pytest.approx(sum(point.log_predictive for point in found.influence.points))


def test_an_inner_scale_left_out_agrees_with_the_series_without_it() -> None:
    series = SERIES["sharp"]
    without = analyze(series.subset(np.arange(8) != 2))
    point = analysis_of("sharp").influence.points[2]
    assert point.scale == series.scale[2]
    assert point.p_emergent_without == pytest.approx(without.p_emergent, abs=0.03)


def test_the_scale_that_carries_the_verdict_is_named() -> None:
    found = analyze(counts([25, 26, 24, 25, 27, 80], 100))
    influence = found.influence
    assert influence.most_influential_scale == found.series.scale[-1]
    assert influence.points[-1].p_emergent_without < 0.2
    assert found.p_emergent > 0.8


def test_repeated_scales_are_left_out_together() -> None:
    series = counts([25, 26, 24, 80], 100)
    repeated = series.replace(
        scale=np.repeat(series.scale, 2),
        n_correct=np.repeat([25.0, 26.0, 24.0, 80.0], 2),
        n_items=np.full(8, 100.0),
        score=None,
    )
    points = analyze(repeated).influence.points
    assert [point.scale for point in points] == series.scale.tolist()
