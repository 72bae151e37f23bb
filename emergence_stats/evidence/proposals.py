"""Where the next shape nodes go: a mixture of truncated logistic kernels round what the nodes so far have found.

One kernel is as wide as all of it, and sheared along the regression of the second coordinate of the unit square on the
first, so that it follows the ridges which threshold and width form. The others stand round the best nodes and are
products over both coordinates. Kernel widths come from the tempered weights,
which keeps the first mixtures wide while only few nodes carry weight and lets them narrow by an order of magnitude per
refinement.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled, inlined
from emergence_stats.evidence.truncated import logistic_share
from emergence_stats.numerics import exp_of_negative, fast_exp, fast_log, lane_sum
from emergence_stats.series import FloatArray

KERNELS = 16
TEMPERED_NODES = 10.0  # effective number of nodes that the tempered weights must keep
SHRINK = 0.4  # kernel scale in standard deviations of the tempered nodes (a logistic's sd is 1.8 scales)
GLOBAL_SHARE = 0.6  # of the mixture, given to one kernel as wide as all tempered nodes together
GLOBAL_SCALE = 0.62
NARROWEST = 1e-9
EVEN_SHARE = 0.3  # of the nodes of a round, spread evenly over the dispersion nodes
KERNEL_PICK = 5  # row of the quasi-random numbers that picks a kernel
# Rows of a mixture, an array (ROWS, KERNELS): centres, inverse scales, the constant of the first factor, the shear.
CENTRE_1, CENTRE_2, INVERSE_1, INVERSE_2, FACTOR, SHEAR, ROWS = range(7)


@compiled
def effective_number(log_weights: FloatArray) -> float:
    """(sum w)^2 / sum w^2."""
    most = log_weights.max()
    weights, squares = np.empty(log_weights.size), np.empty(log_weights.size)
    for i in range(weights.size):
        weights[i] = exp_of_negative(log_weights[i] - most)
        squares[i] = weights[i] * weights[i]
    total = lane_sum(weights, 0, weights.size)
    return total * total / lane_sum(squares, 0, weights.size)


@compiled
def temper(log_weights: FloatArray) -> FloatArray:
    """Normalised weights, flattened until they are spread over `TEMPERED_NODES` nodes."""
    most = log_weights.max()
    out, squares = np.empty(log_weights.size), np.empty(log_weights.size)
    power = 1.0
    while True:
        for i in range(out.size):
            out[i] = fast_exp(power * (log_weights[i] - most))
            squares[i] = out[i] * out[i]
        total = lane_sum(out, 0, out.size)
        if total * total / lane_sum(squares, 0, out.size) >= min(TEMPERED_NODES, 0.5 * out.size) or power < 1e-8:
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
            mixture[SHEAR, kernel] = shear
        else:
            aim = (kernel - 0.5) / (KERNELS - 1.0)
            while cumulative < aim and node < weights.size - 1:
                node += 1
                cumulative += weights[node]
            centre_1, centre_2 = first[node], second[node]
        inverse_1, inverse_2 = 1.0 / max(relative * sd_1, NARROWEST), 1.0 / max(relative * sd_2, NARROWEST)
        mixture[CENTRE_1, kernel], mixture[CENTRE_2, kernel] = centre_1, centre_2
        mixture[INVERSE_1, kernel], mixture[INVERSE_2, kernel] = inverse_1, inverse_2
        mixture[FACTOR, kernel] = share * inverse_1 / _mass(centre_1, inverse_1)
        if kernel > 0 and not flat_second:
            mixture[FACTOR, kernel] *= inverse_2 / _mass(centre_2, inverse_2)
    return mixture


@inlined
def _mass(centre: float, inverse_scale: float) -> float:
    """Mass of a logistic kernel inside (0, 1)."""
    return logistic_share((1.0 - centre) * inverse_scale) - logistic_share(-centre * inverse_scale)


@inlined
def _kernel_draw(centre: float, inverse_scale: float, uniform: float) -> float:
    """A draw of the logistic kernel truncated to (0, 1)."""
    from_low = logistic_share(-centre * inverse_scale)
    to_high = logistic_share((1.0 - centre) * inverse_scale)
    share = min(max(from_low + uniform * (to_high - from_low), 1e-300), 1.0 - 1e-16)
    return min(max(centre + fast_log(share / (1.0 - share)) / inverse_scale, 1e-15), 1.0 - 1e-15)


@compiled
def draw_mixture(
    mixture: FloatArray,
    first_uniform: FloatArray,
    second_uniform: FloatArray,
    pick_uniform: FloatArray,
    flat_second: bool,
    first: FloatArray,
    second: FloatArray,
) -> None:
    """Fill first and second with draws, made of quasi-random numbers; all of shape (n,)."""
    parts = np.empty((ROWS, first.size))
    for i in range(first.size):
        pick = (pick_uniform[i] - GLOBAL_SHARE) / (1.0 - GLOBAL_SHARE)
        kernel = 0 if pick < 0.0 else 1 + int(pick * (KERNELS - 1))
        for row in range(ROWS):
            parts[row, i] = mixture[row, kernel]
    centre_1, inverse_1 = parts[CENTRE_1], parts[INVERSE_1]
    for i in range(first.size):
        first[i] = _kernel_draw(centre_1[i], inverse_1[i], first_uniform[i])
    if flat_second:
        second[:] = second_uniform
        return
    centre_2, inverse_2, shear = parts[CENTRE_2], parts[INVERSE_2], parts[SHEAR]
    for i in range(first.size):
        centre = min(max(centre_2[i] + shear[i] * (first[i] - centre_1[i]), 0.0), 1.0)
        second[i] = _kernel_draw(centre, inverse_2[i], second_uniform[i])


@compiled
def mixture_densities(
    mixture: FloatArray, first: FloatArray, second: FloatArray, flat_second: bool, out: FloatArray
) -> None:
    """Density of the mixture at points of the unit square, all of shape (n,)."""
    for i in range(out.size):
        out[i] = 0.0
    for kernel in range(KERNELS):
        centre_1, inverse_1 = mixture[CENTRE_1, kernel], mixture[INVERSE_1, kernel]
        centre_2, inverse_2 = mixture[CENTRE_2, kernel], mixture[INVERSE_2, kernel]
        factor, shear = mixture[FACTOR, kernel], mixture[SHEAR, kernel]
        if flat_second:
            for i in range(out.size):
                z = exp_of_negative(-abs(first[i] - centre_1) * inverse_1)
                out[i] += factor * z / ((1.0 + z) * (1.0 + z))
        elif kernel > 0:
            for i in range(out.size):
                z1 = exp_of_negative(-abs(first[i] - centre_1) * inverse_1)
                z2 = exp_of_negative(-abs(second[i] - centre_2) * inverse_2)
                below = (1.0 + z1) * (1.0 + z2)
                out[i] += factor * z1 * z2 / (below * below)
        else:
            for i in range(out.size):
                offset = first[i] - centre_1
                centre = min(max(centre_2 + shear * offset, 0.0), 1.0)
                z1 = exp_of_negative(-abs(offset) * inverse_1)
                z2 = exp_of_negative(-abs(second[i] - centre) * inverse_2)
                below = (1.0 + z1) * (1.0 + z2)
                out[i] += factor * inverse_2 / _mass(centre, inverse_2) * z1 * z2 / (below * below)


@compiled
def dispersion_shares(log_weight: FloatArray, node: FloatArray, n_dispersion: int) -> FloatArray:
    """With which probability a round draws each dispersion node, from the weights so far."""
    out = np.full(n_dispersion, EVEN_SHARE / n_dispersion)
    most = log_weight.max()
    weight = np.empty(log_weight.size)
    for n in range(log_weight.size):
        weight[n] = exp_of_negative(log_weight[n] - most)
    found = np.zeros(n_dispersion)
    for n in range(log_weight.size):
        found[int(node[n])] += weight[n]
    out += (1.0 - EVEN_SHARE) * found / found.sum()
    return out
