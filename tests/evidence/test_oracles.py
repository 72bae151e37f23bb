"""The engine against integrals done the slow way."""

from __future__ import annotations

import dataclasses
import functools
import math

import numpy as np
import pytest

from benchmarks.brute_force import BruteForce, log_evidence
from emergence_stats.analysis import analyze
from emergence_stats.evidence.quadrature import CurveEvidence, Problem, curve_evidence, make_problem, width_prior
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.likelihood import observe
from emergence_stats.series import Series
from emergence_stats.settings import EvidenceSettings, PriorSettings, Settings
from tests.reference import dense
from tests.reference.textbook import counts

FINE = EvidenceSettings(first_nodes=2048, refine_nodes=4096, max_refinements=4, tolerance=0.005)
ROUGHLY, FINELY = 0.1, 0.05  # nats that may always be missing

QUICK_CASES = {
    "sharp": counts([26, 24, 27, 88, 95], 100),
    "flat, few items": counts([5, 6, 4, 5], 20),
    "two failed runs": counts([0, 6, 160, 62, 170], 200, chance_level=0.0),
}
SLOW_CASES = {
    **QUICK_CASES,
    "sloping": counts([102, 110, 140, 160, 190], 400),
    "falling": counts([45, 33, 20, 13], 50),
    "one failed run": counts([50, 60, 140, 10, 190], 200),
    "two points": counts([2, 17], 20, chance_level=0.0),
    "nothing correct": counts([0, 0, 0, 0, 0], 300, chance_level=0.0),
}


QUICK = EvidenceSettings()


@functools.cache
def problem_of(case: str, effort: EvidenceSettings = QUICK) -> Problem:
    settings = Settings(evidence=effort)
    return make_problem(observe(SLOW_CASES[case], settings.prior), settings, "params")


def brute_force(name: str, problem: Problem, *, scramblings: int, prefix: int | None = None) -> BruteForce:
    """The oracle on all points, or on the first few of them as the whole series places them."""
    widths = (0.0, 0.0) if CURVES[name].placement == shapes.NOWHERE else width_prior(CURVES[name], problem)
    data = problem.observations
    if prefix is not None:
        shorter = {field: getattr(data, field)[:prefix] for field in ("position", "score", "first", "second")}
        data = dataclasses.replace(data, **shorter)
    return log_evidence(name, data, problem.settings.prior, width_prior=widths, scramblings=scramblings)


def assert_agree(found: CurveEvidence, oracle: BruteForce, always: float) -> None:
    """Equal within the errors that both state."""
    allowed = max(always, 3.0 * math.hypot(found.error, oracle.error))
    assert found.log_evidence == pytest.approx(oracle.log_evidence, abs=allowed)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("case", QUICK_CASES)
def test_default_effort_agrees_with_brute_force(case: str, name: str) -> None:
    problem = problem_of(case)
    found = curve_evidence(name, problem)
    assert found.error < 0.5
    assert_agree(found, brute_force(name, problem, scramblings=3), ROUGHLY)


# A constant at .8 must call three of the five runs failed; no fit starts there, so that mode is missed.
MISSED = pytest.mark.xfail(reason="three failed runs of five", strict=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(case, name, marks=MISSED if (case, name) == ("two failed runs", "constant") else ())
        for case in SLOW_CASES
        for name in CURVES
    ],
)
def test_great_effort_agrees_with_brute_force_closely(case: str, name: str) -> None:
    problem = problem_of(case, FINE)
    assert_agree(curve_evidence(name, problem), brute_force(name, problem, scramblings=24), FINELY)


@pytest.mark.parametrize("name", ["log_linear", "power_law", "sharp_logistic", "step"])
def test_evidence_of_the_first_points_agrees_with_brute_force(name: str) -> None:
    problem = problem_of("sharp")
    used = np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    found = curve_evidence(name, problem, used=used)
    assert_agree(found, brute_force(name, problem, scramblings=3, prefix=3), ROUGHLY)


@pytest.mark.parametrize("stderr", [None, [0.01, 0.02, 0.02, 0.03]], ids=["score alone", "with standard error"])
def test_normal_scores_agree_with_dense_grids(stderr: list[float] | None) -> None:
    score = np.array([0.0, 0.03, 0.31, 0.36])
    series = Series(scale=10.0 ** np.arange(8, 12), score=score, stderr=stderr, chance_level=0.0)
    settings = Settings(evidence=FINE)
    data = observe(series, settings.prior)
    assert data.form == ("scores" if stderr is None else "gaussian")
    problem = make_problem(data, settings, "params")
    for name, exact in (("constant", dense.constant(data, settings.prior)), ("step", dense.step(data, settings.prior))):
        found = curve_evidence(name, problem)
        assert found.log_evidence == pytest.approx(exact, abs=FINELY)


def test_the_prior_masses_of_the_noise_are_used() -> None:
    """All mass on the binomial and all mass elsewhere must mix to what half of each gives."""
    series = counts([30, 38, 22, 35], 100)
    logs = []
    for mass in (1.0, 0.0, 0.5):
        settings = Settings(prior=PriorSettings(overdispersion_zero_mass=mass), evidence=FINE)
        problem = make_problem(observe(series, settings.prior), settings, "params")
        logs.append(curve_evidence("constant", problem).log_evidence)
    mixed = np.logaddexp(logs[0], logs[1]) - math.log(2.0)
    assert logs[2] == pytest.approx(mixed, abs=0.02)


def test_the_bayes_factor_of_an_improbable_explanation_is_known() -> None:
    # The power law leads the smooth curves 10 nats below the sharp ones; a rough look finds it 14 below.
    series = Series(
        scale=np.geomspace(2.8e6, 1.13e10, 12),
        n_correct=[38, 48, 78, 301, 325, 330, 334, 329, 330, 327, 319, 330],
        n_items=341,
        chance_level=0.1,
    )
    finer = EvidenceSettings(first_nodes=512, refine_nodes=1024, tolerance=0.01)
    found, fine = (analyze(series, settings=Settings(evidence=effort)).comparison for effort in (QUICK, finer))
    assert fine.log_bayes_factor > 8.0
    assert found.log_bayes_factor == pytest.approx(fine.log_bayes_factor, abs=0.4)
