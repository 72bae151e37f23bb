"""Special functions that compiled loops need and numba does not bring."""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.series import FloatArray


@compiled
def log_add(first: float, second: float) -> float:
    """log(exp(first) + exp(second)) without overflow; -inf counts as 0."""
    if first < second:
        first, second = second, first
    if second == -math.inf:
        return first
    return first + math.log1p(math.exp(second - first))


@compiled
def exp_of_negative(x: float) -> float:
    """exp(x) for x <= 0 with a relative error below 1e-6, held at its value at -40 below that.

    Free of branches, so that loops over it vectorise: a fifth-order Taylor polynomial of exp(x / 512), squared nine
    times.
    """
    y = max(x, -40.0) * (1.0 / 512.0)
    p = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0 + y * (1.0 / 120.0)))))
    for _ in range(9):
        p *= p
    return p


@compiled
def lane_sum(values: FloatArray, start: int, stop: int) -> float:
    """Sum of values[start:stop] in eight lanes, which run on vectors in a fixed order."""
    lanes = np.zeros(8)
    whole = start + (stop - start) // 8 * 8
    for n in range(start, whole, 8):
        for lane in range(8):
            lanes[lane] += values[n + lane]
    total = 0.0
    for lane in range(8):
        total += lanes[lane]
    for n in range(whole, stop):
        total += values[n]
    return total
