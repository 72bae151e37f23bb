"""Passes out of very many attempts: straight, bent, or not to be told."""

from __future__ import annotations

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.errors import InputError
from emergence_stats.frequentist.pass_scaling import PassScaling

SCALE = np.logspace(7.5, 9.5, 8)


def passes(minus_log: np.ndarray, n: int, *, seed: int = 0, change: dict[str, object] | None = None) -> PassScaling:
    """What is said of passes drawn with p = exp(-minus_log)."""
    drawn = np.random.default_rng(seed).binomial(n, np.exp(-minus_log))
    start = {"scale": SCALE, "n_correct": drawn, "n_items": [n] * SCALE.size, "chance_level": 0.0}
    return es.pass_scaling(es.Series(**{**start, **(change or {})}))  # type: ignore[arg-type]


def test_a_power_law_is_straight_and_its_exponent_is_found() -> None:
    found = passes(9.0 * (SCALE / SCALE[0]) ** -0.2, 2_000_000)
    assert found.law == "straight"
    low, high = found.exponent_interval
    assert low < 0.2 < high
    assert found.exponent == pytest.approx(0.2, abs=0.01)
    assert "straight in ln scale" in found.summary()


@pytest.mark.parametrize(("bend", "law"), [(-0.04, "accelerating"), (0.02, "slowing")])
def test_a_bend_is_found(bend: float, law: str) -> None:
    x = np.log(SCALE / SCALE[0])
    found = passes(np.exp(np.log(8.0) - 0.15 * x + bend * x * (x - x[-1]) / 2 + bend * x), 2_000_000)
    assert found.law == law
    low, high = found.exponent_change_interval
    assert low < -bend * x[-1] < high


@pytest.mark.parametrize("drawn", [[500, 50, 5, 1, 0], [5000, 3000, 1500, 700, 300]], ids=["steeply", "slowly"])
def test_falling_passes_are_not_said_to_rise(drawn: list[int]) -> None:
    found = es.pass_scaling(es.Series(scale=np.logspace(8, 10, 5), n_correct=drawn, n_items=[10_000] * 5))
    assert found.law == "falling"
    assert found.exponent < 0.0
    assert found.summary().startswith("the pass rate falls with scale")
    assert "faster" not in found.summary()


@pytest.mark.parametrize("drawn", [[100, 104, 97, 102, 99], [300, 100, 40, 100, 300]], ids=["flat", "there and back"])
def test_passes_that_need_not_rise_have_no_law(drawn: list[int]) -> None:
    found = es.pass_scaling(es.Series(scale=np.logspace(8, 10, 5), n_correct=drawn, n_items=[10_000] * 5))
    assert found.law == "undecided"
    assert "do not tell whether the pass rate rises" in found.summary()


def test_few_attempts_leave_it_open() -> None:
    assert passes(6.0 * (SCALE / SCALE[0]) ** -0.2, 300).law == "undecided"


def test_the_interval_of_the_exponents_change_covers() -> None:
    minus_log = 6.0 * (SCALE / SCALE[0]) ** -0.15
    inside = [
        low <= 0.0 <= high
        for low, high in (passes(minus_log, 20_000, seed=seed).exponent_change_interval for seed in range(60))
    ]
    assert np.mean(inside) >= 0.85


def test_scatter_between_models_widens_the_intervals() -> None:
    scattered = 6.0 * (SCALE / SCALE[0]) ** -0.2 * np.array([1.1, 0.9, 1.1, 0.9, 1.1, 0.9, 1.1, 0.9])
    found = passes(scattered, 2_000_000)
    assert found.dispersion > 10.0
    assert found.law == "undecided"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_correct": None, "n_items": None, "score": np.linspace(0.1, 0.9, 8)}, "expected passes and attempts"),
        ({"chance_level": 0.25}, "expected attempts that cannot pass by chance"),
        ({"n_correct": [0] * 8}, "expected at least one pass, got none in"),
        ({"scale": [1e8] * 4 + [1e9] * 4}, "expected at least 3 different scales, got 2"),
    ],
)
def test_what_cannot_be_fitted_is_told_why(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        passes(np.full(8, 2.0), 1000, change=change)
