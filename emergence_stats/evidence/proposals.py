"""Where the next shape nodes go: a mixture of truncated logistic kernels round the best nodes so far.

Each kernel is a product over the two coordinates of the unit square, the second one sheared along the regression on the first, so
that the ridges which threshold and width form are followed. Kernel widths come from the tempered weights, which keeps the first mixtures wide
while only few nodes carry weight and lets them narrow by an order of magnitude per refinement.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.series import FloatArray

KERNELS = 8
TEMPERED_NODES = 8.0  # effective number of nodes that the tempered weights must keep
SHRINK = 0.5  # kernel scale in standard deviations of the tempered nodes (a logistic's is 1.8 scales)
NARROWEST = 1e-9
# A mixture is an array (KERNELS + 1, 4): rows (centre_1, centre_2, scale_1, scale_2), and a last row with the shear.


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
    mixture = np.zeros((KERNELS + 1, 4))
    mean_1 = (weights * first).sum()
    mean_2 = (weights * second).sum()
    var_1 = (weights * (first - mean_1) ** 2).sum()
    var_2 = (weights * (second - mean_2) ** 2).sum()
    cross = (weights * (first - mean_1) * (second - mean_2)).sum()
    shear = 0.0 if flat_second or var_1 <= 0.0 else cross / var_1
    left = max(var_2 - shear * cross, 0.0)
    mixture[KERNELS, 0] = shear
    cumulative, node = weights[0], 0
    for kernel in range(KERNELS):
        aim = (kernel + 0.5) / KERNELS
        while cumulative < aim and node < weights.size - 1:
            node += 1
            cumulative += weights[node]
        mixture[kernel, 0], mixture[kernel, 1] = first[node], second[node]
        mixture[kernel, 2] = max(SHRINK * math.sqrt(var_1), NARROWEST)
        mixture[kernel, 3] = max(SHRINK * math.sqrt(left), NARROWEST)
    return mixture


@compiled
def _kernel_draw(centre: float, scale: float, uniform: float) -> float:
    """A draw of the logistic kernel truncated to (0, 1)."""
    from_low = 1.0 / (1.0 + math.exp(min(centre / scale, 700.0)))
    to_high = 1.0 / (1.0 + math.exp(max(-(1.0 - centre) / scale, -700.0)))
    share = min(max(from_low + uniform * (to_high - from_low), 1e-300), 1.0 - 1e-16)
    return min(max(centre + scale * math.log(share / (1.0 - share)), 1e-15), 1.0 - 1e-15)


@compiled
def _kernel_density(x: float, centre: float, scale: float) -> float:
    """Density of that kernel at x."""
    z = math.exp(-min(abs(x - centre) / scale, 700.0))
    from_low = 1.0 / (1.0 + math.exp(min(centre / scale, 700.0)))
    to_high = 1.0 / (1.0 + math.exp(max(-(1.0 - centre) / scale, -700.0)))
    return z / ((1.0 + z) * (1.0 + z) * scale * (to_high - from_low))


@compiled
def draw_mixture(
    mixture: FloatArray, uniforms: FloatArray, flat_second: bool, first: FloatArray, second: FloatArray
) -> None:
    """Fill first and second, shape (n,), with draws; kernels take turns."""
    shear = mixture[KERNELS, 0]
    for i in range(first.size):
        kernel = i % KERNELS
        first[i] = _kernel_draw(mixture[kernel, 0], mixture[kernel, 2], uniforms[i, 0])
        if flat_second:
            second[i] = uniforms[i, 1]
        else:
            centre = mixture[kernel, 1] + shear * (first[i] - mixture[kernel, 0])
            centre = min(max(centre, 0.0), 1.0)
            second[i] = _kernel_draw(centre, mixture[kernel, 3], uniforms[i, 1])


@compiled
def mixture_density(mixture: FloatArray, first: float, second: float, flat_second: bool) -> float:
    """Density of the mixture at a point of the unit square."""
    shear = mixture[KERNELS, 0]
    total = 0.0
    for kernel in range(KERNELS):
        if abs(first - mixture[kernel, 0]) > 40.0 * mixture[kernel, 2]:
            continue
        density = _kernel_density(first, mixture[kernel, 0], mixture[kernel, 2])
        if not flat_second:
            centre = mixture[kernel, 1] + shear * (first - mixture[kernel, 0])
            centre = min(max(centre, 0.0), 1.0)
            if abs(second - centre) > 40.0 * mixture[kernel, 3]:
                continue
            density *= _kernel_density(second, centre, mixture[kernel, 3])
        total += density
    return total / KERNELS
