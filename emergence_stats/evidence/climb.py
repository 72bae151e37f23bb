"""The search for the peak of one curve, before nodes are laid round it."""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.proposals import (
    KERNEL_PICK,
    KERNELS,
    ROWS,
    draw_mixture,
    effective_number,
    make_mixture,
    mixture_densities,
)
from emergence_stats.evidence.terms import LOWEST, Integrand, log_terms
from emergence_stats.numerics import fast_log
from emergence_stats.series import FloatArray

GENERATION = 32  # nodes of a generation
GENERATIONS = 24  # at most, for each dispersion node
COVERED = 6.0  # effective nodes with which a generation covers the peak


@compiled
def climb(integrand: Integrand, sobol: FloatArray, flat: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Look for a peak that is too narrow to be met by chance.

    The most dispersed likelihood is broad. Its peak is found by generations of a few nodes, each round the best of the
    last (cross-entropy method; Rubinstein 1999, doi:10.1023/A:1010091220143), until one generation covers it; from
    there the search goes on at the next dispersion node, whose peak is narrower, and so on down to the first.
    The levels are the medians of what they would be drawn from. These nodes are no part of the integral: they say where
    to look.

    Args:
        integrand: curve and series.
        sobol: quasi-random numbers, shape (7, at least `GENERATION`).
        flat: whether the second coordinate of the unit square has no bearing.

    Returns:
        The last generation at each dispersion node: points of the unit square, shape (2, n), index of
        the dispersion node and log weight, each of shape (n,).
    """
    n_dispersion, n_points = integrand.dispersion.size, integrand.position.size
    size = n_dispersion * GENERATION
    found, found_node, log_weight = np.empty((2, size)), np.empty(size), np.empty(size)
    middle = np.full((3, GENERATION), 0.5)
    threshold, width, log_term = np.empty(size), np.empty(size), np.empty(size)
    drawn, pointwise = np.empty((3, size)), np.empty((n_points, size))
    square, density, node = np.empty((2, GENERATION)), np.ones(GENERATION), np.empty(GENERATION)
    mixture, drawn_before, block = np.empty((ROWS, KERNELS)), False, 0
    for stage in range(n_dispersion):
        node[:] = n_dispersion - 1 - stage
        start = stage * GENERATION
        here = slice(start, start + GENERATION)
        for _ in range(GENERATIONS):
            at = slice(block * GENERATION, (block + 1) * GENERATION)
            block = (block + 1) % (sobol.shape[1] // GENERATION)
            if drawn_before:
                draw_mixture(mixture, sobol[0, at], sobol[1, at], sobol[KERNEL_PICK, at], flat, square[0], square[1])
                mixture_densities(mixture, square[0], square[1], flat, density)
            else:
                square[:] = sobol[:2, at]
                drawn_before = True
            lead = np.zeros(GENERATION)
            log_terms(
                integrand, square[0], square[1], node, middle, start, threshold, width, log_term, drawn, pointwise, lead
            )
            found[:, here], found_node[here] = square, node
            for n in range(GENERATION):
                term, log_density = log_term[start + n], fast_log(density[n])
                log_weight[start + n] = max(term - log_density, LOWEST)
                lead[n] = max(lead[n] + term - log_density, LOWEST)
            mixture = make_mixture(square[0], square[1], lead, flat)
            if effective_number(lead) >= COVERED:
                break
    return found, found_node, log_weight - math.log(GENERATION)
