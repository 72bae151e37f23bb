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
from emergence_stats.evidence.level_draws import draw_levels
from emergence_stats.evidence.level_priors import log_level_priors, log_truncated_peak
from emergence_stats.evidence.likelihood_tables import log_likelihoods
from emergence_stats.evidence.proposals import draw_mixture, make_mixture, mixture_densities
from emergence_stats.models.curves.shapes import NOWHERE, POSITION, arms, place
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import exp_of_negative, fast_log, lane_sum
from emergence_stats.series import FloatArray

SOBOL_DIMENSIONS = 7  # two for the shape, three for the levels, one for the kernel, one for the dispersion node
KERNEL_PICK, DISPERSION_PICK = 5, 6
ROUGH = 2  # rounds of a rough look
MIN_ROUNDS = 3  # rounds after the first before a search may stop
LOOSE = 0.08  # nats of wanted error from which one round less will do
UNSHAPED_GAIN = 0.5  # quasi-random nodes in few smooth dimensions beat random ones by more than this
EVEN_SHARE = 0.3  # of the nodes of a round, spread evenly over the dispersion nodes
STATED = 2.0  # the stated error in standard errors: about 95 of 100 results lie within it
MIN_ZOOM = 6  # rounds before a search for a narrow peak may stop
LOWEST = -1e300
FOCUS_SHARE = 0.7  # of the nodes of a round that looks for the narrow peak of pure binomial noise


@compiled
def _dispersion_shares(log_weight: FloatArray, node: FloatArray, n_dispersion: int, focus: bool) -> FloatArray:
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
    if focus:
        out *= 1.0 - FOCUS_SHARE
        out[0] += FOCUS_SHARE
    return out


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
    zoom: bool,
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
        sobol: quasi-random numbers, shape (7, at least the sum of sizes).
        sizes: nodes of each round, shape (n_rounds,).
        first_round: 0 to begin, or the number of rounds that were done before.
        tolerance: wanted error of the log evidence, in nats.
        negligible: log evidence below which more precision is of no use.
        zoom: let every second round look for a narrow peak at the first dispersion node.
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
    n_points, n_dispersion = first.size, dispersion.size
    shaped = placement != NOWHERE
    flat = placement == POSITION
    observed = first / second if kind == COUNTS else first
    peak = log_truncated_peak(chance, guess_sd)
    last = min(ROUGH, sizes.size) if rough else sizes.size
    least = MIN_ROUNDS if tolerance < LOOSE else MIN_ROUNDS - 1
    n_nodes = 0
    for m in range(first_round):
        n_nodes += int(sizes[m])
    log_evidence, error = -np.inf, np.inf
    if first_round > 0:
        log_evidence = _log_total(log_weight[:n_nodes])
    for refinement in range(first_round, last):
        start = n_nodes
        n_nodes += int(sizes[refinement])
        new = slice(start, n_nodes)
        focus = zoom and refinement % 2 == 1
        if refinement == 0:
            shares[0] = 1.0 / n_dispersion
            square[0, new], square[1, new] = sobol[0, new], sobol[1, new]
        else:
            shares[refinement] = _dispersion_shares(log_weight[:start], picked[:start], n_dispersion, focus)
            if shaped:
                aimed = log_weight[:start].copy()
                if focus:
                    for n in range(start):
                        if picked[n] != 0.0:
                            aimed[n] = LOWEST
                mixtures[refinement] = make_mixture(square[0, :start], square[1, :start], aimed, flat)
                draw_mixture(
                    mixtures[refinement], sobol[0, new], sobol[1, new], sobol[KERNEL_PICK, new], flat,
                    square[0, new], square[1, new],
                )  # fmt: skip
            _add_density(
                mixtures[refinement], shares[refinement], sizes[refinement], square[0, :start], square[1, :start],
                picked[:start], shaped, flat, density[:start],
            )  # fmt: skip
        _pick(shares[refinement], sobol[DISPERSION_PICK, new], picked[new])
        density[new] = sizes[0] * shares[0, 0]
        for m in range(1, refinement + 1):
            _add_density(
                mixtures[m], shares[m], sizes[m], square[0, new], square[1, new], picked[new], shaped, flat,
                density[new],
            )  # fmt: skip
        size = n_nodes - start
        threshold[new], width[new], log_term[new] = place(
            placement, square[0, new], square[1, new], width_low, width_high
        )
        heights = arms(form, position, threshold[new], width[new])
        term, spread, levels_density, log_prior = log_term[new], np.empty(size), np.empty(size), np.empty(size)
        for n in range(size):
            r = int(picked[start + n])
            spread[n] = dispersion[r]
            term[n] += log_dispersion[r]
        levels_drawn = np.empty((3, size))
        draw_levels(
            levels, heights, kind, observed, second, spread, used, chance, guess_sd, rate,
            np.ascontiguousarray(sobol[2:5, new]), levels_drawn, levels_density,
        )  # fmt: skip
        drawn[:, new] = levels_drawn
        log_level_priors(levels, levels_drawn, chance, guess_sd, peak, beta, log_prior)
        for n in range(size):
            term[n] += log_prior[n] - fast_log(levels_density[n])
        value = np.empty(size)
        for i in range(n_points):
            one_arm, two_arm, mine = heights[0, i], heights[1, i], pointwise[i, new]
            for n in range(size):
                rise = levels_drawn[0, n] * one_arm[n] + levels_drawn[1, n] * two_arm[n]
                value[n] = levels_drawn[2, n] + sign * rise
            log_likelihoods(
                kind, first[i], second[i], constant[i, 0], constant[i, 1], table, i, picked[new], dispersion,
                rate, softness, value, mine,
            )  # fmt: skip
            for n in range(size):
                term[n] += used[i] * mine[n]
        for n in range(size):
            term[n] = term[n] if term[n] > LOWEST else LOWEST  # not a number counts as nothing, too
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
        done = settled and error < tolerance and (not zoom or refinement >= MIN_ZOOM)
        if done or (refinement >= 1 and log_evidence + 2.0 + 4.0 * error < negligible):
            last = refinement + 1
            break
    return last, n_nodes, log_evidence, STATED * error
