"""Power-scaling by re-weighting says what new analyses say, and what ArviZ says of the same draws."""

from __future__ import annotations

import dataclasses
import math

import arviz_stats as az
import numpy as np
import pytest

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.conditions import indicators
from emergence_stats.posterior import CURVE_NAMES
from emergence_stats.power_scaling import ALPHA, PRIOR_PARTS, cjs_distances, diagnose, power_scaling
from emergence_stats.settings import PriorSettings, Settings
from tests.reference.textbook import analysis_of, counts

DEFAULT = PriorSettings()
POWER = 1.5  # large enough for a new analysis to show it beside its own error


def powered(name: str) -> PriorSettings:
    """Settings whose prior is one part of the default prior to the power 1.5."""
    masses = (
        np.array([DEFAULT.overdispersion_zero_mass, *[(1.0 - DEFAULT.overdispersion_zero_mass) / 6.0] * 6]) ** POWER
    )
    a, b = DEFAULT.ceiling_beta
    explanations = np.array(DEFAULT.explanation_masses) ** POWER
    changes: dict[str, dict[str, object]] = {
        "explanation masses": {"explanation_masses": tuple(explanations.tolist())},
        "guess rate": {"guess_rate_sd": DEFAULT.guess_rate_sd / math.sqrt(POWER)},
        "lapse rate": {"ceiling_beta": (1.0 + POWER * (a - 1.0), 1.0 + POWER * (b - 1.0))},
        "power-law exponent": {"exponent_sd": DEFAULT.exponent_sd / math.sqrt(POWER)},
        "overdispersion": {"overdispersion_zero_mass": float(masses[0] / masses.sum())},
    }
    return dataclasses.replace(DEFAULT, **changes[name])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def borderline() -> Analysis:
    return analyze(counts([25, 27, 24, 35, 62, 81], 100))


@pytest.mark.parametrize("name", PRIOR_PARTS)
def test_a_scaled_part_of_the_prior_agrees_with_a_new_analysis(borderline: Analysis, name: str) -> None:
    posterior = borderline.posterior
    weight = np.exp(posterior.log_weight + PRIOR_PARTS[name](POWER)(posterior))
    emergent = indicators(posterior).table[:, indicators(posterior).NAMES.index("emergent")]
    again = analyze(borderline.series, settings=Settings(prior=powered(name)))
    assert np.sum(weight * emergent) / np.sum(weight) == pytest.approx(again.p_emergent, abs=0.03)


def test_every_part_is_reported_and_the_parts_add_up(borderline: Analysis) -> None:
    found = {part.name: part for part in borderline.stability.power_scaling.parts}
    assert list(found) == ["likelihood", "prior", *PRIOR_PARTS]
    parts = sum(found[name].p_emergent for name in PRIOR_PARTS)
    assert found["prior"].p_emergent == pytest.approx(parts, abs=0.002)
    # Prior, likelihood and nothing else: a part that moves the answer up by itself must be seen.
    assert found["power-law exponent"].p_emergent > 0.01 > abs(found["overdispersion"].p_emergent)


@pytest.mark.parametrize("group", ["likelihood", "prior"])
def test_the_threshold_moves_as_psense_says(group: str) -> None:
    whole = analysis_of("sharp")
    curve = "sharp_logistic"
    rows = np.flatnonzero(whole.posterior.curve == CURVE_NAMES.index(curve))
    part = whole.posterior.take(rows)
    scaling = power_scaling(part, indicators(part), with_threshold=True)
    ours = next(each.threshold for each in scaling.parts if each.name == group)
    tree = whole.to_datatree(curve=curve)
    theirs = float(az.psense(tree, var_names=["log10_threshold"], group=group)["log10_threshold"])  # type: ignore[no-untyped-call, attr-defined]
    # Draws against weighted rows; ArviZ's log prior of the levels is that of the amplitude, not of the lapse rate.
    assert ours == pytest.approx(theirs, rel=0.25, abs=0.01)


def test_the_distance_is_that_of_arviz_for_equal_draws() -> None:
    generator = np.random.default_rng(0)
    draws = generator.normal(size=4000)
    log_ratio = -0.5 * draws**2 + 0.3 * draws
    weight = np.stack([np.ones(draws.size), np.exp(0.2 * log_ratio)], axis=1)
    from arviz_stats.base import array_stats  # type: ignore[attr-defined]

    theirs = max(array_stats._cjs_dist(sign * draws, weight[:, 1]) for sign in (1.0, -1.0))  # type: ignore[no-untyped-call]
    assert cjs_distances(draws, weight)[0] == pytest.approx(theirs, rel=0.05)


def test_clear_series_are_robust_and_at_chance_there_is_no_threshold_to_move() -> None:
    for name in ("sharp", "at chance"):
        scaling = analysis_of(name).stability.power_scaling
        assert scaling.diagnosis == "robust"
        assert max(abs(part.p_emergent) for part in scaling.parts if part.name != "likelihood") < 0.05
    assert scaling.threshold_diagnosis is None
    assert all(part.threshold is None for part in scaling.parts)


def test_diagnosis_follows_the_table_of_the_paper() -> None:
    assert diagnose(0.01, 0.5) == "robust"
    assert diagnose(0.2, 0.5) == "prior-data conflict"
    assert diagnose(0.2, 0.01) == "strong prior or weak likelihood"
    assert ALPHA > 1.0
