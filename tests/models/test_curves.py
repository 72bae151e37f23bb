"""A curve's threshold, width and prior are what they are called."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import brentq

from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.gompertz import ONSET_OFFSET, WIDTH_TIMES_EXPONENT, gompertz_rise
from emergence_stats.models.curves.logistic import logistic_rise
from emergence_stats.models.curves.ramp import ramp_rise
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.curves.step import step_rise
from emergence_stats.series import FloatArray

type Rise = Callable[[float, float, float], float]

RISES = pytest.mark.parametrize("rise", [logistic_rise, gompertz_rise, ramp_rise], ids=["logistic", "gompertz", "ramp"])
POSITION = np.linspace(0.0, 1.0, 23)


def position_of(share: float, rise: Rise, threshold: float, width: float) -> float:
    """Where this share of the rise is completed, found by bisection."""
    return float(brentq(lambda x: rise(x, threshold, width) - share, threshold - 4 * width, threshold + 4 * width))


@RISES
@pytest.mark.parametrize(("threshold", "width"), [(0.0, 1.0), (9.3, 0.05), (0.4, 6.0)])
def test_threshold_is_half_way_and_width_is_from_10_to_90_percent(rise: Rise, threshold: float, width: float) -> None:
    low, middle, high = (position_of(share, rise, threshold, width) for share in (0.1, 0.5, 0.9))
    assert middle == pytest.approx(threshold, abs=1e-9)
    assert high - low == pytest.approx(width, rel=1e-9)


@RISES
def test_a_rise_goes_from_0_to_1_and_never_falls(rise: Rise) -> None:
    heights = [rise(x, 0.5, 0.2) for x in np.linspace(-30.0, 30.0, 4001)]
    assert heights[0] == pytest.approx(0.0, abs=1e-12)
    assert heights[-1] == pytest.approx(1.0, abs=1e-12)
    assert np.all(np.diff(heights) >= 0.0)


def test_a_narrow_rise_is_a_step() -> None:
    for x in (-1.0, 0.499, 0.501, 3.0):
        assert step_rise(x, 0.5) == pytest.approx(logistic_rise(x, 0.5, 1e-6), abs=1e-12)


@pytest.mark.parametrize("exponent", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("n_tokens", [1.0, 5.0, 100.0])
def test_p_to_the_l_of_a_power_law_is_a_gompertz_that_l_only_shifts(exponent: float, n_tokens: float) -> None:
    critical = 1e6
    midpoint_of_one = math.log10(critical) - math.log10(math.log(2.0)) / exponent
    threshold = midpoint_of_one + math.log10(n_tokens) / exponent
    width = 1.340 / exponent
    for share in np.linspace(-2.0, 2.0, 17):
        x = threshold + share * width
        accuracy = math.exp(-n_tokens * (10.0**x / critical) ** -exponent)
        assert gompertz_rise(x, threshold, width) == pytest.approx(accuracy, abs=2e-4)
    assert pytest.approx(1.340, abs=5e-4) == WIDTH_TIMES_EXPONENT


def test_onset_of_a_gompertz_is_its_10_percent_point() -> None:
    assert gompertz_rise(2.0 - ONSET_OFFSET * 0.7, 2.0, 0.7) == pytest.approx(0.1, rel=1e-9)


def unit_square(n: int = 201) -> tuple[FloatArray, FloatArray]:
    """Centres of n * n cells."""
    centres = (np.arange(n) + 0.5) / n
    first, second = np.meshgrid(centres, centres)
    return first.ravel(), second.ravel()


@pytest.mark.parametrize("placement", [shapes.IN_RANGE, shapes.OVERLAPPING, shapes.EXPONENT, shapes.POSITION])
def test_the_prior_of_a_shape_integrates_to_one(placement: int) -> None:
    mass = np.exp(shapes.place(placement, *unit_square(), -1.2, 0.5)[2]).mean()
    assert mass == pytest.approx(1.0, abs=1e-4)


def test_thresholds_in_range_have_log_uniform_widths() -> None:
    low, high = math.log(0.05), math.log(0.5)
    threshold, width, _ = shapes.place(shapes.IN_RANGE, *unit_square(51), low, high)
    assert threshold.min() > 0.0
    assert threshold.max() < 1.0
    assert np.quantile(np.log(width), [0.0, 0.5, 1.0]) == pytest.approx([low, 0.5 * (low + high), high], abs=0.03)


def test_overlapping_rises_lie_partly_in_the_range() -> None:
    threshold, width, _ = shapes.place(shapes.OVERLAPPING, *unit_square(51), math.log(0.5), math.log(3.0))
    assert np.all(threshold - 0.5 * width <= 1.0)
    assert np.all(threshold + 0.5 * width >= 0.0)


def test_the_exponent_has_a_log_normal_prior() -> None:
    _, width, log_density = shapes.place(shapes.EXPONENT, *unit_square(), 0.7, 0.4)
    weight = np.exp(log_density)
    mean = np.average(np.log(width), weights=weight)
    assert mean == pytest.approx(0.7, abs=1e-6)
    assert np.average((np.log(width) - mean) ** 2, weights=weight) == pytest.approx(0.16, rel=1e-3)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize(("threshold", "width"), [(0.0, 0.01), (0.37, 0.3), (1.0, 4.0), (-1.5, 3.0), (7.0, 1e-3)])
def test_arms_lie_between_0_and_1(name: str, threshold: float, width: float) -> None:
    curve = CURVES[name]
    vertex = min(max(threshold, 0.0), 1.0)  # a vertex lies in the range, a threshold need not
    at = vertex if curve.form == shapes.TENT else threshold
    out = shapes.arms(curve.form, POSITION, np.array([at]), np.array([width]))
    assert np.all((out >= 0.0) & (out <= 1.0))


def obvious_arms(form: int, x: float, threshold: float, width: float) -> tuple[float, float]:
    """The arms by their definitions."""
    match form:
        case shapes.LINEAR:
            return x, 0.0
        case shapes.FALLING:
            return 1.0 - x, 0.0
        case shapes.LOGISTIC:
            return 1.0 / (1.0 + 81.0 ** ((threshold - x) / width)), 0.0
        case shapes.GOMPERTZ:
            ratio = math.log(10.0) / -math.log(0.9)
            return 0.5 ** (ratio ** ((threshold - x) / width)), 0.0
        case shapes.RAMP:
            return float(np.interp(x, [threshold - 0.625 * width, threshold + 0.625 * width], [0.0, 1.0])), 0.0
        case shapes.STEP:
            return float(x > threshold), 0.0
        case shapes.TENT:
            return float(np.interp(x, [0, threshold], [1, 0])), float(np.interp(x, [threshold, 1], [0, 1]))
    return 0.0, 0.0


@pytest.mark.parametrize("name", CURVES)
def test_values_of_many_draws_are_those_of_the_formula(name: str) -> None:
    curve = CURVES[name]
    threshold, width = np.array([0.31, 0.5, 0.77]), np.array([0.2, 0.7, 2.0])
    amplitudes, base = np.array([[0.2, 0.1], [0.0, 0.3], [0.4, 0.4]]), np.array([0.5, 0.45, 0.55])
    found: FloatArray = shapes.values(curve.form, curve.sign, POSITION, threshold, width, amplitudes, base)
    for draw in range(3):
        for i, x in enumerate(POSITION.tolist()):
            first, second = obvious_arms(curve.form, x, float(threshold[draw]), float(width[draw]))
            rise = amplitudes[draw, 0] * first + amplitudes[draw, 1] * second
            assert found[draw, i] == pytest.approx(base[draw] + curve.sign * rise, abs=1e-9)


def test_every_explanation_has_a_curve() -> None:
    assert {curve.explanation for curve in CURVES.values()} == set(Explanation)
