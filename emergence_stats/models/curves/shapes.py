"""From a point of the unit square to the shape of a curve: the prior of threshold and width, and the arms h_m(x).

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
from emergence_stats.series import FloatArray

# Form of the arms.
FLAT, LINEAR, FALLING, LOGISTIC, GOMPERTZ, RAMP, STEP, TENT = range(8)
# Where threshold and width may lie.
NOWHERE, IN_RANGE, OVERLAPPING, EXPONENT, POSITION = range(5)
EXPONENT_REACH = 5.0
LOG_TWO_PI = math.log(2.0 * math.pi)


@compiled
def place(placement: int, first: float, second: float, low: float, high: float) -> tuple[float, float, float]:
    """Threshold and width, in observed ranges, of a point of the unit square, and the log prior density there.

    IN_RANGE: threshold uniform over the range, log width uniform on (low, high).
    OVERLAPPING: the same widths; threshold uniform wherever part of the 10-90 % rise lies in the range.
    EXPONENT: log width normal with mean low and standard deviation high; threshold as OVERLAPPING. The square holds
        `EXPONENT_REACH` standard deviations to either side, so that its tails can be found.
    POSITION: threshold uniform over the range, width 0.
    """
    if placement == POSITION:
        return first, 0.0, 0.0
    log_density = 0.0
    if placement == EXPONENT:
        z = (2.0 * second - 1.0) * EXPONENT_REACH
        width = math.exp(low + high * z)
        log_density = math.log(2.0 * EXPONENT_REACH) - 0.5 * (z * z + LOG_TWO_PI)
    else:
        width = math.exp(low + (high - low) * second)
    if placement == IN_RANGE:
        return first, width, log_density
    return first * (1.0 + width) - 0.5 * width, width, log_density


@compiled
def arms(form: int, x: FloatArray, threshold: float, width: float, out: FloatArray) -> None:
    """Write h_m(x) into out, shape (n_points, 2)."""
    for i in range(x.size):
        if form == LINEAR:
            out[i, 0] = x[i]
        elif form == FALLING:
            out[i, 0] = 1.0 - x[i]
        elif form == LOGISTIC:
            out[i, 0] = logistic_rise(x[i], threshold, width)
        elif form == GOMPERTZ:
            out[i, 0] = gompertz_rise(x[i], threshold, width)
        elif form == RAMP:
            out[i, 0] = ramp_rise(x[i], threshold, width)
        elif form == STEP:
            out[i, 0] = step_rise(x[i], threshold)
        elif form == TENT:
            out[i, 0] = left_arm(x[i], threshold)
            out[i, 1] = right_arm(x[i], threshold)


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
    scratch = np.zeros((x.size, 2))
    out = np.empty((base.size, x.size))
    for draw in range(base.size):
        arms(form, x, threshold[draw], width[draw], scratch)
        for i in range(x.size):
            rise = amplitudes[draw, 0] * scratch[i, 0] + amplitudes[draw, 1] * scratch[i, 1]
            out[draw, i] = base[draw] + sign * rise
    return out
