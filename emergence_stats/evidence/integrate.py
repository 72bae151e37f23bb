"""The integral over one curve: nodes in rounds, each with exact weight.

    Z = sum_r p(rho_r) int int p(shape) p(levels) L(levels, shape, rho_r)
      ~ 1/N sum_n  p(rho_n) p(shape_n) p(levels_n) L_n / [ q(shape_n, rho_n) q(levels_n | shape_n, rho_n) ],

with q(shape, rho) the mixture of all rounds in proportion to their nodes (balance heuristic; Veach & Guibas 1995,
doi:10.1145/218380.218498), so that a poor early round costs nothing. The error is estimated from the
spread of the terms.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.levels import FIT_COLUMNS, draw_levels, fit_levels, log_level_prior, score_precisions
from emergence_stats.evidence.likelihood_tables import log_likelihood
from emergence_stats.evidence.proposals import KERNELS, ROWS, draw_mixture, make_mixture, mixture_density
from emergence_stats.models.curves.shapes import NOWHERE, POSITION, arms, place
from emergence_stats.series import FloatArray

SOBOL_DIMENSIONS = 7  # two for the shape, three for the levels, one for the kernel, one for the dispersion node
DISPERSION_PICK = 6
UNSHAPED_GAIN = 0.5  # quasi-random nodes in few smooth dimensions beat random ones by more than this
EVEN_SHARE = 0.3  # of the nodes of a round, spread evenly over the dispersion nodes
STATED = 2.0  # the stated error in standard errors: about 95 of 100 results lie within it
MIN_ZOOM = 6  # rounds before a search for a narrow peak may stop
FOCUS_SHARE = 0.7  # of the nodes of a round that looks for the narrow peak of pure binomial noise


@compiled
def _dispersion_shares(log_weight: FloatArray, node: FloatArray, n_dispersion: int, focus: bool) -> FloatArray:
    """With which probability a round draws each dispersion node, from the weights so far."""
    out = np.full(n_dispersion, EVEN_SHARE / n_dispersion)
    most = log_weight.max()
    found = np.zeros(n_dispersion)
    for n in range(log_weight.size):
        found[int(node[n])] += math.exp(log_weight[n] - most)
    out += (1.0 - EVEN_SHARE) * found / found.sum()
    if focus:
        out *= 1.0 - FOCUS_SHARE
        out[0] += FOCUS_SHARE
    return out


@compiled
def _pick(shares: FloatArray, uniform: float) -> int:
    """Index drawn with these probabilities."""
    total = 0.0
    for r in range(shares.size):
        total += shares[r]
        if uniform < total:
            return r
    return shares.size - 1


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
    sizes: FloatArray,
    tolerance: float,
    negligible: float,
    zoom: bool,
) -> tuple[float, float, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Nodes and log evidence of one curve.

    Args:
        form: code of the curve's arms in `shapes.arms`.
        placement: code of the prior of threshold and width in `shapes.place`.
        levels: code of the prior of base and amplitudes, see `Levels`.
        sign: 1, or -1 for arms that hang down from the base.
        width_low: first number of the width prior in `shapes.place`.
        width_high: second number of it.
        position: position of each point in the observed range, shape (n_points,).
        kind: COUNTS or GAUSSIAN.
        first: successes or score of each point, shape (n_points,).
        second: items or standard error of each point, shape (n_points,).
        constant: what `point_constants` gives, shape (n_points, 2).
        table: what `build_table` gives, shape (n_points, n_dispersion, GRID).
        used: 1 for points that count, 0 for points left out, shape (n_points,).
        dispersion: values of the dispersion nodes, shape (n_dispersion,).
        log_dispersion: their log prior mass, shape (n_dispersion,).
        chance: centre of the prior of the guess rate.
        guess_sd: its standard deviation.
        beta: a, b and log B(a, b) of the prior of the lapse rate, shape (3,).
        rate: prior probability that a run failed.
        softness: softness of "below the curve" for such a run, in units of score.
        sobol: quasi-random numbers, shape (at least the sum of sizes, 7).
        sizes: nodes of each round, shape (n_rounds,).
        tolerance: wanted error of the log evidence, in nats.
        negligible: log evidence below which more precision is of no use.
        zoom: let every second round look for a narrow peak at the first dispersion node.

    Returns:
        log evidence; its error (`STATED` standard errors); per node: threshold and width (n,), in observed ranges;
        dispersion node (n,); levels (n, 3); log weight (n,), whose log-sum-exp is the log evidence; log
        likelihood of each point (n, n_points).
    """
    n_points, n_dispersion = first.size, dispersion.size
    shaped = placement != NOWHERE
    flat_second = placement == POSITION
    n_rounds, capacity = sizes.size, int(sizes.sum())
    square = np.empty((2, capacity))
    threshold, width = np.full(capacity, 0.5), np.full(capacity, np.inf)
    drawn = np.zeros((capacity, 3))
    log_term = np.empty(capacity)  # log of everything but the density of shape and dispersion node
    log_weight = np.empty(capacity)
    density = np.zeros(capacity)  # sum over rounds of (nodes of the round) * density of shape and dispersion node
    pointwise = np.zeros((capacity, n_points))
    picked = np.zeros(capacity)
    mixtures = np.empty((n_rounds, ROWS, KERNELS))
    shares = np.full((n_rounds, n_dispersion), 1.0 / n_dispersion)
    scratch, kernel_scratch = np.zeros((n_points, 2)), np.empty(KERNELS)
    data = score_precisions(kind, first, second, dispersion)
    fits = np.zeros((2, FIT_COLUMNS))
    n_nodes, log_evidence, error = 0, -np.inf, np.inf
    for refinement in range(n_rounds):
        start = n_nodes
        n_nodes += int(sizes[refinement])
        focus = zoom and refinement % 2 == 1
        if refinement == 0:
            for n in range(n_nodes):
                square[0, n], square[1, n] = sobol[n, 0], sobol[n, 1]
        else:
            shares[refinement] = _dispersion_shares(log_weight[:start], picked[:start], n_dispersion, focus)
            if shaped:
                aimed = log_weight[:start].copy()
                if focus:
                    for n in range(start):
                        if picked[n] != 0.0:
                            aimed[n] = -1e300
                mixtures[refinement] = make_mixture(square[0, :start], square[1, :start], aimed, flat_second)
                draw_mixture(
                    mixtures[refinement],
                    sobol[start:n_nodes],
                    flat_second,
                    square[0, start:n_nodes],
                    square[1, start:n_nodes],
                )
            for n in range(start):
                share = sizes[refinement] * shares[refinement, int(picked[n])]
                if shaped:
                    share *= mixture_density(
                        mixtures[refinement], square[0, n], square[1, n], flat_second, kernel_scratch
                    )
                density[n] += share
        for n in range(start, n_nodes):
            r = _pick(shares[refinement], sobol[n, DISPERSION_PICK])
            picked[n] = r
            density[n] = sizes[0] * shares[0, r]
            for m in range(1, refinement + 1):
                share = sizes[m] * shares[m, r]
                if shaped:
                    share *= mixture_density(mixtures[m], square[0, n], square[1, n], flat_second, kernel_scratch)
                density[n] += share
            term = log_dispersion[r]
            if shaped:
                threshold[n], width[n], log_shape = place(placement, square[0, n], square[1, n], width_low, width_high)
                term += log_shape
            arms(form, position, threshold[n], width[n], scratch)
            second_share = fit_levels(levels, sign, scratch, data, r, used, chance, guess_sd, rate, fits)
            term -= draw_levels(levels, fits, second_share, sobol, n, drawn)
            first_amplitude, second_amplitude, base = drawn[n, 0], drawn[n, 1], drawn[n, 2]
            term += log_level_prior(levels, base, first_amplitude, second_amplitude, chance, guess_sd, beta)
            for i in range(n_points):
                value = base + sign * (first_amplitude * scratch[i, 0] + second_amplitude * scratch[i, 1])
                pointwise[n, i] = log_likelihood(
                    kind, first[i], second[i], constant[i, 0], constant[i, 1], table, i, r, dispersion[r],
                    rate, softness, value,
                )  # fmt: skip
                term += used[i] * pointwise[n, i]
            log_term[n] = -1e300 if math.isnan(term) else term
        most = -np.inf
        for n in range(n_nodes):
            log_weight[n] = max(log_term[n] - math.log(density[n]), -1e300)
            most = max(most, log_weight[n])
        total, squares = 0.0, 0.0
        for n in range(n_nodes):
            weight = math.exp(log_weight[n] - most)
            total += weight
            squares += weight * weight
        previous, log_evidence = log_evidence, most + math.log(total)
        error = math.sqrt(max(squares / (total * total) - 1.0 / n_nodes, 0.0))
        if not shaped:
            error *= UNSHAPED_GAIN
        # A round that moved the estimate by more than its error found something new: the next may, too.
        settled = not shaped or (refinement >= 3 and abs(log_evidence - previous) < tolerance + error)
        if settled and error < tolerance and (not zoom or refinement >= MIN_ZOOM):
            break
        if refinement >= 1 and log_evidence + 2.0 + 4.0 * error < negligible:
            break
    return (
        log_evidence,
        STATED * error,
        threshold[:n_nodes],
        width[:n_nodes],
        picked[:n_nodes],
        drawn[:n_nodes],
        log_weight[:n_nodes],
        pointwise[:n_nodes],
    )
