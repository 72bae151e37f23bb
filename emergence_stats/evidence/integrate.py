"""The integral over one curve: nodes in rounds, each with exact weight.

    Z = sum_r p(rho_r) int int p(shape) p(levels) L(levels, shape, rho_r)
      ~ 1/N sum_n  p(rho_n) p(shape_n) p(levels_n) L_n / [ q(shape_n, rho_n) q(levels_n | shape_n, rho_n) ],

with q(shape, rho) the mixture of all rounds in proportion to their nodes (balance heuristic; Veach & Guibas 1995,
doi:10.1145/218380.218498), so that a poor early round costs nothing. The first round is drawn from the prior and into
narrow gaps (`gaps`). Each later one is laid where all before have found the peak, the second one also where `climb`
has. The error is estimated from the spread of the terms.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.climb import climb
from emergence_stats.evidence.gaps import gap_densities, gap_edges, spread_over_gaps
from emergence_stats.evidence.proposals import (
    KERNEL_PICK,
    dispersion_shares,
    draw_mixture,
    make_mixture,
    mixture_densities,
)
from emergence_stats.evidence.terms import LOWEST, Integrand, log_terms
from emergence_stats.models.curves.shapes import IN_RANGE, NOWHERE, POSITION
from emergence_stats.numerics import exp_of_negative, fast_log, lane_sum
from emergence_stats.series import FloatArray

SOBOL_DIMENSIONS = 7  # two for the shape, three for the levels, one for the kernel, one for the dispersion node
DISPERSION_PICK = 6
ROUGH = 2  # rounds of a rough look
MIN_ROUNDS = 3  # rounds after the first before a search may stop
LOOSE = 0.08  # nats of wanted error from which one round less will do
UNSHAPED_GAIN = 0.5  # quasi-random nodes in few smooth dimensions beat random ones by more than this
STATED = 2.0  # the stated error in standard errors: about 95 of 100 results lie within it


@compiled
def _pick(shares: FloatArray, uniform: FloatArray, out: FloatArray) -> None:
    """Indices drawn with these probabilities, shape (n,)."""
    for n in range(out.size):
        out[n] = 0.0
    total = 0.0
    for r in range(shares.size - 1):
        total += shares[r]
        for n in range(out.size):
            out[n] += 1.0 if uniform[n] >= total else 0.0


@compiled
def _add_density(
    mixture: FloatArray,
    shares: FloatArray,
    size: float,
    first: FloatArray,
    second: FloatArray,
    picked: FloatArray,
    shaped: bool,
    flat: bool,
    density: FloatArray,
) -> None:
    """Add what one round contributes to the density of nodes at (first, second) of the unit square."""
    here = np.ones(density.size)
    if shaped:
        mixture_densities(mixture, first, second, flat, here)
    for n in range(density.size):
        density[n] += size * shares[int(picked[n])] * here[n]


@compiled
def _log_total(log_weight: FloatArray) -> float:
    """Log-sum-exp."""
    most = log_weight.max()
    weight = np.empty(log_weight.size)
    for n in range(weight.size):
        weight[n] = exp_of_negative(log_weight[n] - most)
    return most + math.log(lane_sum(weight, 0, weight.size))


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
    first_round: int,
    tolerance: float,
    negligible: float,
    narrow: bool,
    rough: bool,
    square: FloatArray,
    mixtures: FloatArray,
    shares: FloatArray,
    density: FloatArray,
    log_term: FloatArray,
    log_weight: FloatArray,
    threshold: FloatArray,
    width: FloatArray,
    picked: FloatArray,
    drawn: FloatArray,
    pointwise: FloatArray,
) -> tuple[int, int, float, float]:
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
        sobol: quasi-random numbers, shape (7, at least the sum of sizes, and `GENERATION` of the climb).
        sizes: nodes of each round, shape (n_rounds,).
        first_round: 0 to begin, or the number of rounds that were done before.
        tolerance: wanted error of the log evidence, in nats.
        negligible: log evidence below which more precision is of no use.
        narrow: whether the peak may be too narrow for the first round to meet it.
        rough: stop after `ROUGH` rounds.
        square: points of the unit square, shape (2, capacity); this and the following are filled.
        mixtures: proposals of the rounds, shape (n_rounds, ROWS, KERNELS).
        shares: probability of each dispersion node in each round, shape (n_rounds, n_dispersion).
        density: sum over rounds of (nodes of the round) * density of shape and dispersion node, shape (capacity,).
        log_term: log of everything but that density, shape (capacity,).
        log_weight: their difference, shape (capacity,), whose log-sum-exp is the log evidence.
        threshold: in observed ranges, shape (capacity,).
        width: the same.
        picked: index of the dispersion node, shape (capacity,).
        drawn: amplitudes and base, shape (3, capacity).
        pointwise: log likelihood of each point, shape (n_points, capacity).

    Returns:
        number of rounds, number of nodes, log evidence and its error (`STATED` standard errors).
    """
    n_dispersion = dispersion.size
    integrand = Integrand(
        form, placement, levels, sign, width_low, width_high, position, kind, first, second, constant, table, used,
        dispersion, log_dispersion, chance, guess_sd, beta, rate, softness,
    )  # fmt: skip
    shaped = placement != NOWHERE
    flat = placement == POSITION
    edges = gap_edges(position, used) if placement in (POSITION, IN_RANGE) else np.array([0.0, 1.0])
    last = min(ROUGH, sizes.size) if rough else sizes.size
    least = MIN_ROUNDS if tolerance < LOOSE else MIN_ROUNDS - 1
    n_nodes = int(sizes[:first_round].sum())  # not the literal 0, for which all that is called would be compiled again
    log_evidence, error = -np.inf, np.inf
    if first_round > 0:
        log_evidence = _log_total(log_weight[:n_nodes])
    for refinement in range(first_round, last):
        start = n_nodes
        n_nodes += int(sizes[refinement])
        new = slice(start, n_nodes)
        if refinement == 0:
            shares[0] = 1.0 / n_dispersion
            square[0, new], square[1, new] = sobol[0, new], sobol[1, new]
            if edges.size > 2:
                spread_over_gaps(edges, sobol[0, new], square[0, new])
        else:
            known, known_node, known_weight = square[:, :start], picked[:start], log_weight[:start]
            if refinement == 1 and shaped and narrow:
                climbed, climbed_node, climbed_weight = climb(integrand, sobol, flat)
                known = np.concatenate((known, climbed), axis=1)
                known_node = np.concatenate((known_node, climbed_node))
                known_weight = np.concatenate((known_weight, climbed_weight))
            shares[refinement] = dispersion_shares(known_weight, known_node, n_dispersion)
            if shaped:
                mixtures[refinement] = make_mixture(
                    np.ascontiguousarray(known[0]), np.ascontiguousarray(known[1]), known_weight, flat
                )
                draw_mixture(
                    mixtures[refinement], sobol[0, new], sobol[1, new], sobol[KERNEL_PICK, new], flat,
                    square[0, new], square[1, new],
                )  # fmt: skip
            _add_density(
                mixtures[refinement], shares[refinement], sizes[refinement], square[0, :start], square[1, :start],
                picked[:start], shaped, flat, density[:start],
            )  # fmt: skip
        _pick(shares[refinement], sobol[DISPERSION_PICK, new], picked[new])
        density[new] = 1.0
        if edges.size > 2:
            gap_densities(edges, square[0, new], density[new])
        for n in range(start, n_nodes):
            density[n] *= sizes[0] * shares[0, 0]
        for m in range(1, refinement + 1):
            _add_density(
                mixtures[m], shares[m], sizes[m], square[0, new], square[1, new], picked[new], shaped, flat,
                density[new],
            )  # fmt: skip
        log_terms(
            integrand, square[0, new], square[1, new], picked[new], np.ascontiguousarray(sobol[2:5, new]), start,
            threshold, width, log_term, drawn, pointwise, np.empty(0),
        )  # fmt: skip
        weight, squares = np.empty(n_nodes), np.empty(n_nodes)
        for n in range(n_nodes):
            log_weight[n] = max(log_term[n] - fast_log(density[n]), LOWEST)
        most = log_weight[:n_nodes].max()
        for n in range(n_nodes):
            weight[n] = exp_of_negative(log_weight[n] - most)
            squares[n] = weight[n] * weight[n]
        total = lane_sum(weight, 0, n_nodes)
        previous, log_evidence = log_evidence, most + math.log(total)
        error = math.sqrt(max(lane_sum(squares, 0, n_nodes) / (total * total) - 1.0 / n_nodes, 0.0))
        if not shaped:
            error *= UNSHAPED_GAIN
        # A round that moved the estimate by more than its error found something new: the next may, too.
        settled = not shaped or (refinement >= least and abs(log_evidence - previous) < tolerance + error)
        done = settled and error < tolerance
        if done or (refinement >= 1 and log_evidence + 2.0 + 4.0 * error < negligible):
            last = refinement + 1
            break
    return last, n_nodes, log_evidence, STATED * error
