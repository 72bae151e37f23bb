"""The integral over one curve: shape nodes in rounds, levels given each, weights exact.

    Z = sum_r p(rho_r) int int p(shape) p(levels) L(levels, shape, rho_r)
      ~ 1/N sum_n [ sum_r p(rho_r) p(levels_nr) L_nr / q(levels_nr | shape_n, rho_r) ] / q(shape_n),

with q(shape) the mixture of all rounds in proportion to their nodes (Veach & Guibas 1995, doi:10.1145/218380.218498; the balance
heuristic), so that a poor early round costs nothing. The error is the standard error of the terms over n, which for
quasi-random nodes is an upper estimate.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.levels import draw_levels, fit_levels, log_level_prior
from emergence_stats.evidence.likelihood_tables import log_likelihood
from emergence_stats.evidence.proposals import KERNELS, draw_mixture, make_mixture, mixture_density
from emergence_stats.models.curves.shapes import NOWHERE, POSITION, arms, place
from emergence_stats.series import FloatArray

GOLDEN = 0.6180339887498949  # rotates the level draws between dispersion nodes
UNSHAPED_GAIN = 0.25  # quasi-random nodes in one to three smooth dimensions beat random ones by more than this
DEAD = 9.0  # a dispersion node this many nats below the best is not evaluated again


@compiled
def integrate(
    form: int,
    placement: int,
    levels: int,
    sign: float,
    width_low: float,
    width_high: float,
    position: FloatArray,
    kind: int,
    first: FloatArray,
    second: FloatArray,
    constant: FloatArray,
    table: FloatArray,
    used: FloatArray,
    dispersion: FloatArray,
    log_dispersion: FloatArray,
    chance: float,
    guess_sd: float,
    beta: FloatArray,
    rate: float,
    softness: float,
    sobol: FloatArray,
    n_first: int,
    n_refine: int,
    max_refinements: int,
    tolerance: float,
    negligible: float,
):
    """Nodes and log evidence of one curve.

    Args:
        used: 1 for points that count, 0 for points left out, shape (n_points,).
        sobol: quasi-random numbers, shape (at least n_first + max_refinements * n_refine, 5).
        negligible: log evidence below which more precision is of no use.

    Returns:
        log evidence; its standard error; threshold and width per node (n,), in observed ranges; levels
        (n, n_dispersion, 3); log weights (n, n_dispersion), whose log-sum-exp is the log evidence; log
        likelihood of each point (n, n_dispersion, n_points).
    """
    n_points, n_dispersion = first.size, dispersion.size
    shaped = placement != NOWHERE
    flat_second = placement == POSITION
    capacity = n_first + max_refinements * n_refine
    square = np.empty((2, capacity))
    threshold, width = np.empty(capacity), np.empty(capacity)
    drawn = np.zeros((capacity, n_dispersion, 3))
    log_terms = np.full((capacity, n_dispersion), -np.inf)
    pointwise = np.zeros((capacity, n_dispersion, n_points))
    node_log = np.empty(capacity)
    shape_density = np.empty(capacity)  # sum over rounds of (nodes of the round) * density
    mixtures = np.empty((max_refinements, KERNELS + 1, 4))
    alive = np.ones(n_dispersion, dtype=np.bool_)
    scratch = np.zeros((n_points, 2))
    mean, covariance = np.empty(3), np.empty((3, 3))
    n_nodes, refinement = 0, 0
    log_evidence, error = -np.inf, np.inf
    while True:
        start = n_nodes
        if refinement == 0:
            n_nodes = n_first
            for n in range(n_first):
                square[0, n], square[1, n] = sobol[n, 0], sobol[n, 1]
        else:
            n_nodes += n_refine
            if shaped:
                mixture = make_mixture(square[0, :start], square[1, :start], node_log[:start], flat_second)
                mixtures[refinement - 1] = mixture
                draw_mixture(
                    mixture, sobol[start:n_nodes], flat_second, square[0, start:n_nodes], square[1, start:n_nodes]
                )
                for n in range(start):
                    shape_density[n] += n_refine * mixture_density(mixture, square[0, n], square[1, n], flat_second)
            else:
                shape_density[:start] += n_refine
        for n in range(start, n_nodes):
            density = float(n_first)
            if shaped:
                for m in range(refinement):
                    density += n_refine * mixture_density(mixtures[m], square[0, n], square[1, n], flat_second)
                threshold[n], width[n], log_shape = place(
                    placement, square[0, n], square[1, n], width_low, width_high
                )
            else:
                density += float(n_refine * refinement)
                threshold[n], width[n], log_shape = 0.5, np.inf, 0.0
            shape_density[n] = density
            arms(form, position, threshold[n], width[n], scratch)
            for r in range(n_dispersion):
                if not alive[r]:
                    continue
                fit_levels(
                    levels, sign, scratch, kind, first, second, used, dispersion[r], chance, guess_sd, rate,
                    mean, covariance,
                )  # fmt: skip
                level = drawn[n, r]
                log_q = draw_levels(levels, mean, covariance, sobol[n, 2:], r * GOLDEN, level)
                term = log_dispersion[r] + log_shape - log_q
                term += log_level_prior(levels, level[2], level[0], level[1], chance, guess_sd, beta)
                for i in range(n_points):
                    value = level[2] + sign * (level[0] * scratch[i, 0] + level[1] * scratch[i, 1])
                    pointwise[n, r, i] = log_likelihood(  # fmt: skip
                        kind, first[i], second[i], constant[i, 0], constant[i, 1], table[i, r], r, dispersion[r],
                        rate, softness, value,
                    )
                    term += used[i] * pointwise[n, r, i]
                log_terms[n, r] = term if term == term else -np.inf  # noqa: PLR0124
        # Log weight of a node: its terms over all dispersion nodes, by the density of all rounds.
        most = -np.inf
        for n in range(n_nodes):
            top = log_terms[n].max()
            total = 0.0
            if top > -np.inf:
                for r in range(n_dispersion):
                    total += math.exp(log_terms[n, r] - top)
                node_log[n] = top + math.log(total) - math.log(shape_density[n])
            else:
                node_log[n] = -1e300
            most = max(most, node_log[n])
        total, squares = 0.0, 0.0
        for n in range(n_nodes):
            weight = math.exp(node_log[n] - most)
            total += weight
            squares += weight * weight
        log_evidence = most + math.log(total)
        error = math.sqrt(max(squares / (total * total) - 1.0 / n_nodes, 0.0))
        if not shaped:
            error *= UNSHAPED_GAIN
        if refinement >= max_refinements or error < tolerance:
            break
        if refinement >= 1 and log_evidence + 2.0 + 4.0 * error < negligible:
            break
        if refinement >= 1 or not shaped:
            best = -np.inf
            shares = np.full(n_dispersion, -np.inf)
            for r in range(n_dispersion):
                for n in range(n_nodes):
                    shares[r] = max(shares[r], log_terms[n, r] - math.log(shape_density[n]))
                best = max(best, shares[r])
            for r in range(n_dispersion):
                if shares[r] < best - DEAD:
                    alive[r] = False
        refinement += 1
    log_weights = log_terms[:n_nodes].copy()
    for n in range(n_nodes):
        for r in range(n_dispersion):
            log_weights[n, r] -= math.log(shape_density[n])
    return (
        log_evidence,
        error,
        threshold[:n_nodes],
        width[:n_nodes],
        drawn[:n_nodes],
        log_weights,
        pointwise[:n_nodes],
    )
