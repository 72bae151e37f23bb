"""From points of the unit square to shapes of a curve: the prior of threshold and width, and the arms h_m(x).

x is the position in the observed range of log10 scale: 0 at the smallest scale and 1 at the largest. Widths are in
units of that range here. The unit square carries a uniform prior; `place` maps it to (threshold, width).
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.models.curves.gompertz import gompertz_rise
from emergence_stats.models.curves.logistic import logistic_rise
from emergence_stats.models.curves.ramp import ramp_rise
from emergence_stats.models.curves.step import step_rise
from emergence_stats.models.curves.tent import left_arm, right_arm
from emergence_stats.numerics import fast_exp
from emergence_stats.series import FloatArray

# Form of the arms.
FLAT, LINEAR, FALLING, LOGISTIC, GOMPERTZ, RAMP, STEP, TENT = range(8)
# Where threshold and width may lie.
NOWHERE, IN_RANGE, OVERLAPPING, EXPONENT, POSITION = range(5)
EXPONENT_REACH = 5.0
LOG_EXPONENT_SPAN = math.log(2.0 * EXPONENT_REACH)
LOG_TWO_PI = math.log(2.0 * math.pi)


@compiled
def place(
    placement: int, first: FloatArray, second: FloatArray, low: float, high: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Threshold and width, in observed ranges, of points of the unit square, and the log prior density there.

    NOWHERE: neither.
    IN_RANGE: threshold uniform over the range, log width uniform on (low, high).
    OVERLAPPING: the same widths; threshold uniform wherever part of the 10-90 % rise lies in the range.
    EXPONENT: log width normal with mean low and standard deviation high; threshold as OVERLAPPING. The square holds
        `EXPONENT_REACH` standard deviations to either side, so that its tails can be found.
    POSITION: threshold uniform over the range, width 0.

    Args:
        placement: one of these.
        first: first coordinates, shape (n,).
        second: second coordinates, shape (n,).
        low: see above.
        high: see above.

    Returns:
        Each of shape (n,).
    """
    threshold, width, log_density = first.copy(), np.zeros(first.size), np.zeros(first.size)
    if placement == NOWHERE:
        threshold[:], width[:] = 0.5, np.inf
    elif placement == EXPONENT:
        for n in range(first.size):
            z = (2.0 * second[n] - 1.0) * EXPONENT_REACH
            width[n] = fast_exp(low + high * z)
            log_density[n] = LOG_EXPONENT_SPAN - 0.5 * (z * z + LOG_TWO_PI)
    elif placement != POSITION:
        for n in range(first.size):
            width[n] = fast_exp(low + (high - low) * second[n])
    if placement in (OVERLAPPING, EXPONENT):
        for n in range(first.size):
            threshold[n] = first[n] * (1.0 + width[n]) - 0.5 * width[n]
    return threshold, width, log_density


@compiled
def arms(form: int, x: FloatArray, threshold: FloatArray, width: FloatArray) -> FloatArray:
    """h_m(x) of n shapes, shape (2, n_x, n)."""
    out = np.zeros((2, x.size, threshold.size))
    for i in range(x.size):
        at, first, second = x[i], out[0, i], out[1, i]
        if form == LINEAR:
            for n in range(threshold.size):
                first[n] = at
        elif form == FALLING:
            for n in range(threshold.size):
                first[n] = 1.0 - at
        elif form == LOGISTIC:
            for n in range(threshold.size):
                first[n] = logistic_rise(at, threshold[n], width[n])
        elif form == GOMPERTZ:
            for n in range(threshold.size):
                first[n] = gompertz_rise(at, threshold[n], width[n])
        elif form == RAMP:
            for n in range(threshold.size):
                first[n] = ramp_rise(at, threshold[n], width[n])
        elif form == STEP:
            for n in range(threshold.size):
                first[n] = step_rise(at, threshold[n])
        elif form == TENT:
            for n in range(threshold.size):
                first[n] = left_arm(at, threshold[n])
                second[n] = right_arm(at, threshold[n])
    return out


@compiled
def values(
    form: int,
    sign: float,
    x: FloatArray,
    threshold: FloatArray,
    width: FloatArray,
    amplitudes: FloatArray,
    base: FloatArray,
) -> FloatArray:
    """f(x) = base + sign * sum_m amplitude_m h_m(x) of many draws, shape (n_draws, n_x)."""
    heights = arms(form, x, threshold, width)
    first, second = amplitudes[:, 0].copy(), amplitudes[:, 1].copy()
    out = np.empty((x.size, base.size))
    for i in range(x.size):
        one_arm, two_arm, mine = heights[0, i], heights[1, i], out[i]
        for draw in range(base.size):
            mine[draw] = base[draw] + sign * (first[draw] * one_arm[draw] + second[draw] * two_arm[draw])
    return out.T
