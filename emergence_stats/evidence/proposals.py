"""Where the next shape nodes go: a mixture of truncated logistic kernels round what the nodes so far have found.

One kernel is as wide as all of it, the others stand round the best nodes.
Each kernel is a product over the two coordinates of the unit square, the second one sheared along the regression on
the first, so that the ridges which threshold and width form are followed. Kernel widths come from the tempered weights,
which keeps the first mixtures wide while only few nodes carry weight and lets them narrow by an order of magnitude per
refinement.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.numerics import exp_of_negative, lane_sum
from emergence_stats.series import FloatArray

KERNELS = 16
PICK = 5  # column of the quasi-random numbers that picks the kernel
TEMPERED_NODES = 10.0  # effective number of nodes that the tempered weights must keep
SHRINK = 0.4  # kernel scale in standard deviations of the tempered nodes (a logistic's sd is 1.8 scales)
GLOBAL_SHARE = 0.6  # of the mixture, given to one kernel as wide as all tempered nodes together
GLOBAL_SCALE = 0.62
NARROWEST = 1e-9
# Rows of a mixture, an array (ROWS, KERNELS): centres, inverse scales, the constant of the first factor, the shear.
CENTRE_1, CENTRE_2, INVERSE_1, INVERSE_2, FACTOR, SHEAR, ROWS = range(7)


@compiled
def temper(log_weights: FloatArray) -> FloatArray:
    """Normalised weights, flattened until they are spread over `TEMPERED_NODES` nodes."""
    most = log_weights.max()
    out = np.empty(log_weights.size)
    power = 1.0
    while True:
        total = 0.0
        squares = 0.0
        for i in range(out.size):
            out[i] = math.exp(max(power * (log_weights[i] - most), -700.0))
            total += out[i]
            squares += out[i] * out[i]
        if total * total / squares >= min(TEMPERED_NODES, 0.5 * out.size) or power < 1e-8:
            break
        power *= 0.6
    return out / total


@compiled
def make_mixture(first: FloatArray, second: FloatArray, log_weights: FloatArray, flat_second: bool) -> FloatArray:
    """Kernels at systematically resampled nodes."""
    weights = temper(log_weights)
    mixture = np.zeros((ROWS, KERNELS))
    mean_1 = (weights * first).sum()
    mean_2 = (weights * second).sum()
    var_1 = (weights * (first - mean_1) ** 2).sum()
    var_2 = (weights * (second - mean_2) ** 2).sum()
    cross = (weights * (first - mean_1) * (second - mean_2)).sum()
    shear = 0.0 if flat_second or var_1 <= 0.0 else cross / var_1
    sd_1, sd_2 = math.sqrt(var_1), math.sqrt(max(var_2 - shear * cross, 0.0))
    cumulative, node = weights[0], 0
    for kernel in range(KERNELS):
        share, relative = (1.0 - GLOBAL_SHARE) / (KERNELS - 1.0), SHRINK
        centre_1, centre_2 = mean_1, mean_2
        if kernel == 0:
            share, relative = GLOBAL_SHARE, GLOBAL_SCALE
        else:
            aim = (kernel - 0.5) / (KERNELS - 1.0)
            while cumulative < aim and node < weights.size - 1:
                node += 1
                cumulative += weights[node]
            centre_1, centre_2 = first[node], second[node]
        scale_1, scale_2 = max(relative * sd_1, NARROWEST), max(relative * sd_2, NARROWEST)
        mixture[CENTRE_1, kernel], mixture[CENTRE_2, kernel] = centre_1, centre_2
        mixture[INVERSE_1, kernel], mixture[INVERSE_2, kernel] = 1.0 / scale_1, 1.0 / scale_2
        low = exp_of_negative(-centre_1 / scale_1)
        high = exp_of_negative(-(1.0 - centre_1) / scale_1)
        mixture[FACTOR, kernel] = share / (scale_1 * (1.0 / (1.0 + high) - low / (1.0 + low)))
        mixture[SHEAR, kernel] = shear
    return mixture


@compiled
def _kernel_draw(centre: float, inverse_scale: float, uniform: float) -> float:
    """A draw of the logistic kernel truncated to (0, 1)."""
    from_low = 1.0 / (1.0 + math.exp(min(centre * inverse_scale, 700.0)))
    to_high = 1.0 / (1.0 + math.exp(max(-(1.0 - centre) * inverse_scale, -700.0)))
    share = min(max(from_low + uniform * (to_high - from_low), 1e-300), 1.0 - 1e-16)
    return min(max(centre + math.log(share / (1.0 - share)) / inverse_scale, 1e-15), 1.0 - 1e-15)


@compiled
def draw_mixture(
    mixture: FloatArray, uniforms: FloatArray, flat_second: bool, first: FloatArray, second: FloatArray
) -> None:
    """Fill first and second, shape (n,), with draws; column `PICK` of `uniforms` picks the kernel."""
    for i in range(first.size):
        pick = uniforms[i, PICK] - GLOBAL_SHARE
        kernel = 0 if pick < 0.0 else 1 + int(pick / (1.0 - GLOBAL_SHARE) * (KERNELS - 1))
        first[i] = _kernel_draw(mixture[CENTRE_1, kernel], mixture[INVERSE_1, kernel], uniforms[i, 0])
        if flat_second:
            second[i] = uniforms[i, 1]
        else:
            centre = mixture[CENTRE_2, kernel] + mixture[SHEAR, kernel] * (first[i] - mixture[CENTRE_1, kernel])
            centre = min(max(centre, 0.0), 1.0)
            second[i] = _kernel_draw(centre, mixture[INVERSE_2, kernel], uniforms[i, 1])


@compiled
def mixture_density(mixture: FloatArray, first: float, second: float, flat_second: bool, scratch: FloatArray) -> float:
    """Density of the mixture at a point of the unit square; free of branches, so that it runs on vectors.

    `scratch`, shape (KERNELS,), is overwritten.
    """
    if flat_second:
        for kernel in range(KERNELS):
            z = exp_of_negative(-abs(first - mixture[CENTRE_1, kernel]) * mixture[INVERSE_1, kernel])
            scratch[kernel] = mixture[FACTOR, kernel] * z / ((1.0 + z) * (1.0 + z))
        return lane_sum(scratch, 0, KERNELS)
    for kernel in range(KERNELS):
        offset = first - mixture[CENTRE_1, kernel]
        inverse = mixture[INVERSE_2, kernel]
        centre = min(max(mixture[CENTRE_2, kernel] + mixture[SHEAR, kernel] * offset, 0.0), 1.0)
        z1 = exp_of_negative(-abs(offset) * mixture[INVERSE_1, kernel])
        z2 = exp_of_negative(-abs(second - centre) * inverse)
        low = exp_of_negative(-centre * inverse)
        high = exp_of_negative(-(1.0 - centre) * inverse)
        mass = 1.0 / (1.0 + high) - low / (1.0 + low)
        peak = z1 / ((1.0 + z1) * (1.0 + z1)) * z2 / ((1.0 + z2) * (1.0 + z2))
        scratch[kernel] = mixture[FACTOR, kernel] * peak * inverse / mass
    return lane_sum(scratch, 0, KERNELS)
