"""The engine that samples: what can be said of it in seconds. `test_oracle.py` takes the minutes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from emergence_stats import engines
from emergence_stats.analysis import analyze
from emergence_stats.errors import SettingsError
from emergence_stats.evidence import quadrature
from emergence_stats.evidence.quadrature import Problem, curve_evidence, make_problem
from emergence_stats.models.likelihood import COUNTS, GAUSSIAN, observe
from emergence_stats.pymc_engine.diagnostics import convergence, nuts_faults, smc_faults
from emergence_stats.pymc_engine.engine import mean_evidence
from emergence_stats.pymc_engine.likelihood import log_likelihood
from emergence_stats.pymc_engine.samplers import Chains, Particles, curve_for
from emergence_stats.series import FloatArray
from emergence_stats.settings import Settings
from tests.reference.textbook import SERIES, counts


def problem_of(name: str) -> Problem:
    settings = Settings()
    return make_problem(observe(SERIES[name], settings.prior), settings, "params")


def run(log_evidence: float = 0.0, memory: float = 0.05) -> Particles:
    return Particles(log_evidence=log_evidence, position=np.zeros((2, 1)), memory=memory)


def chains(position: FloatArray, divergences: int = 0) -> Chains:
    return Chains(position=position, divergences=divergences)


def test_the_constant_curve_is_sampled_to_the_evidence_and_posterior_of_the_quadrature() -> None:
    problem = problem_of("few items")
    compiled = curve_for("constant", problem)
    runs = [compiled.run_smc(500, np.random.default_rng(seed)) for seed in range(3)]
    log_evidence, error = mean_evidence([one.log_evidence for one in runs])
    exact = curve_evidence("constant", problem, tolerance=0.01)
    assert error < 0.5
    assert log_evidence == pytest.approx(exact.log_evidence, abs=0.1 + error)
    sampled = compiled.run_nuts(np.array([runs[0].position[0]] * 2), 300, 1000, [1, 2])
    assert not nuts_faults(sampled)
    level = compiled.quantities(sampled.position.reshape(-1, 1))["base"]
    mean = float(np.average(exact.levels[:, 2], weights=np.exp(exact.log_weight - exact.log_evidence)))
    assert level.mean() == pytest.approx(mean, abs=0.02)


def test_another_series_needs_no_other_compilation_and_the_same_seed_gives_the_same_bits() -> None:
    compiled = curve_for("constant", problem_of("few items"))
    first = compiled.run_smc(200, np.random.default_rng(5))
    assert curve_for("constant", problem_of("constant")) is compiled
    other = compiled.run_smc(200, np.random.default_rng(5))
    assert other.log_evidence != first.log_evidence
    again = curve_for("constant", problem_of("few items")).run_smc(200, np.random.default_rng(5))
    assert again.log_evidence == first.log_evidence
    assert np.array_equal(again.position, first.position)


def test_the_likelihood_of_counts_is_that_of_scipy() -> None:
    dispersion, f, k, n = np.array([0.0, 0.003, 0.1]), np.array([0.2, 0.7]), np.array([30.0, 60.0]), np.full(2, 100.0)
    found = log_likelihood(COUNTS, f, k, n, dispersion, 1e-12, 0.01).eval(mode="FAST_COMPILE")
    for i in range(2):
        expected = [stats.binom.logpmf(k[i], n[i], f[i])]
        for rho in dispersion[1:]:
            total = 1.0 / rho - 1.0
            expected.append(stats.betabinom.logpmf(k[i], n[i], f[i] * total, (1.0 - f[i]) * total))
        assert found[i] == pytest.approx(expected, abs=1e-6)


def test_the_likelihood_of_a_failed_run_is_flat_below_the_curve() -> None:
    y, one = np.array([0.1, 0.4, 0.95]), np.full(3, 0.01)
    found = log_likelihood(GAUSSIAN, np.full(3, 0.8), y, one, np.array([0.0]), 0.01, 0.001).eval(mode="FAST_COMPILE")
    assert found[:2, 0] == pytest.approx(math.log(0.01 / 0.8), abs=1e-3)
    assert found[2, 0] < -50.0


def test_evidences_are_averaged_as_such_and_not_their_logarithms() -> None:
    log_evidence, error = mean_evidence([math.log(1.0), math.log(3.0)])
    assert log_evidence == pytest.approx(math.log(2.0))
    assert error == pytest.approx(float(stats.t.ppf(0.975, 1)) * math.sqrt(2.0) / 2.0 / math.sqrt(2.0))


def test_a_sound_run_has_no_faults() -> None:
    position = np.random.default_rng(0).standard_normal((4, 1000, 2))
    assert not smc_faults([run(), run(0.1)], 0.1)
    assert not nuts_faults(chains(position))
    rhat, ess = convergence(position)
    assert rhat < 1.01
    assert ess > 1000


@pytest.mark.parametrize(
    ("runs", "error", "expected"),
    [
        ([run(), run(math.nan)], 0.1, "did not reach the posterior"),
        ([run(), run(memory=0.9)], 0.1, "stuck"),
        ([run(), run(4.0)], 2.1, "known to 2.1 nats only"),
    ],
)
def test_faults_of_sequential_monte_carlo_are_named(runs: list[Particles], error: float, expected: str) -> None:
    assert any(expected in fault for fault in smc_faults(runs, error))


def test_faults_of_nuts_are_named() -> None:
    position = np.random.default_rng(0).standard_normal((4, 500, 1))
    assert "100 of 2000 draws diverged" in nuts_faults(chains(position, 100))
    apart = position + np.arange(4)[:, None, None]
    assert any("R-hat is" in fault for fault in nuts_faults(chains(apart)))
    slow = np.cumsum(position, axis=1)
    assert any("effective sample size is" in fault for fault in nuts_faults(chains(slow)))
    assert nuts_faults(chains(np.full((4, 500, 1), np.nan)))


def test_a_series_that_did_not_converge_is_undetermined_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(problem: Problem, seed: int) -> engines.Found:  # noqa: ARG001
        return quadrature.all_curves(problem), ("sharp logistic: R-hat is 1.300 (at most 1.01 is expected)",)

    monkeypatch.setattr(engines, "ENGINES", {"pymc": faulty, "quadrature": engines.ENGINES["quadrature"]})
    sound, found = analyze(SERIES["sharp"]), analyze(SERIES["sharp"], engine="pymc", resamples=5)
    assert sound.verdict == "emergent"
    assert found.verdict == "undetermined"
    assert "did not converge" in found.reason
    assert "sharp logistic: R-hat is 1.300" in found.reason
    assert found.warnings[-1] == "not converged: sharp logistic: R-hat is 1.300 (at most 1.01 is expected)"
    assert found.remedy is not None
    assert "quadrature" in found.remedy
    assert found.to_dict()["settings"]["evidence"]["engine"] == "pymc"
    assert {variant.verdict for variant in found.stability.grid} == {"undetermined"}


def test_an_engine_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"evidence\.engine: expected 'quadrature' or 'pymc', got 'stan'"):
        analyze(SERIES["sharp"], engine="stan")


def test_the_engine_of_the_settings_is_used_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def engine(name: str) -> Callable[[Problem, int], engines.Found]:
        def find(problem: Problem, seed: int) -> engines.Found:
            asked.append(f"{name} {seed}")
            return quadrature.all_curves(problem), ()

        return find

    monkeypatch.setattr(engines, "ENGINES", {name: engine(name) for name in ("pymc", "quadrature")})
    settings = dataclasses.replace(Settings(), evidence=dataclasses.replace(Settings().evidence, engine="pymc"))
    series = counts([3, 3, 4], 10)
    analyze(series, settings=settings, seed=3)
    analyze(series, settings=settings, engine="quadrature")
    assert asked == ["pymc 3", "quadrature 0"]
