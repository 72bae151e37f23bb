"""Evidence of many resampled data sets from the nodes of one.

The nodes' curve values are fixed, so the log likelihood of a point is a function of its count alone. It is tabulated at
knots of the count (every count where there are few) for every node, and a replicate is a sum of look-ups that runs on
vectors.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.likelihood_tables import (
    GRID,
    SMALLEST,
    TABLE_ITEMS,
    grid_coordinate,
    grid_values,
    log_failed_run,
    log_likelihood,
    point_constants,
)
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import exp_of_negative, log_add
from emergence_stats.series import FloatArray

EXACT_ENDS = 3  # counts at either end of the range that are knots of their own


@compiled
def choose_knots(values: FloatArray, most: int) -> FloatArray:
    """Ascending knots that span the values: the values themselves where they are few, else at most `most` of them.

    Both ends are dense, and what lies between is evenly spaced in the square root, as counts spread.
    """
    ordered = np.sort(values)
    distinct = np.empty(ordered.size)
    n_distinct = 0
    for n in range(ordered.size):
        if n == 0 or ordered[n] > ordered[n - 1]:
            distinct[n_distinct] = ordered[n]
            n_distinct += 1
    if n_distinct <= most:
        return distinct[:n_distinct].copy()
    taken = np.zeros(n_distinct, dtype=np.bool_)
    taken[:EXACT_ENDS] = True
    taken[n_distinct - EXACT_ENDS :] = True
    first, last = math.sqrt(distinct[0]), math.sqrt(distinct[n_distinct - 1])
    n_inner = most - 2 * EXACT_ENDS
    for m in range(n_inner):
        aim = (first + (m + 1) / (n_inner + 1) * (last - first)) ** 2
        at = int(np.searchsorted(distinct[:n_distinct], aim))
        taken[min(at, n_distinct - 1)] = True
    return distinct[:n_distinct][taken]


@compiled
def needed_cells(node: FloatArray, values: FloatArray, n_dispersion: int) -> FloatArray:
    """1 where some node's look-up reads the grid of `build_table`, else 0; shape (n_dispersion, GRID)."""
    needed = np.zeros((n_dispersion, GRID))
    for n in range(node.size):
        place = grid_coordinate(min(max(values[n], SMALLEST), 1.0 - SMALLEST)) * GRID - 0.5
        cell = min(max(math.floor(place), 1), GRID - 3)
        for g in range(cell - 1, cell + 3):
            needed[int(node[n]), g] = 1.0
    return needed


@compiled
def knot_table(
    knots: FloatArray,
    n_items: float,
    dispersion: FloatArray,
    rate: float,
    softness: float,
    constants: FloatArray,
    needed: FloatArray,
) -> FloatArray:
    """As `build_table` for counts out of one number of items, only where needed: the nodes at hand look at few cells.

    Args:
        knots: counts, shape (n_knots,).
        n_items: items.
        dispersion: values of the dispersion nodes; the first is 0.
        rate: failed-run rate.
        softness: its softness.
        constants: what `point_constants` gives for the knots.
        needed: what `needed_cells` gives.

    Returns:
        Shape (n_knots, n_dispersion, GRID).
    """
    table = np.zeros((knots.size, dispersion.size, GRID))
    values = grid_values()
    for r in range(dispersion.size):
        if r == 0 and n_items > TABLE_ITEMS:
            continue
        total = (1.0 - dispersion[r]) / dispersion[r] if r > 0 else 0.0
        shift = math.lgamma(total) - math.lgamma(n_items + total) if r > 0 else 0.0
        for g in range(GRID):
            if needed[r, g] == 0.0:
                continue
            value = values[g]
            log_hit, log_miss = math.log(value), math.log(1.0 - value)
            alpha = total * value
            beta = total - alpha
            normal = shift - math.lgamma(alpha) - math.lgamma(beta) if r > 0 else 0.0
            for q in range(knots.size):
                k, misses = knots[q], n_items - knots[q]
                plain = constants[q, 0]
                if r > 0:
                    plain += math.lgamma(k + alpha) + math.lgamma(misses + beta) + normal
                else:
                    plain += k * log_hit + misses * log_miss
                if plain < constants[q, 1]:
                    plain = log_add(plain, log_failed_run(COUNTS, k, n_items, value, rate, softness))
                table[q, r, g] = plain
    return table


@compiled
def replicate_tables(
    counts: FloatArray,
    n_items: FloatArray,
    most: int,
    dispersion: FloatArray,
    node: FloatArray,
    values: FloatArray,
    rate: float,
    softness: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log likelihood of every point at knots of its count for each node, and where each replicate lies between knots.

    Args:
        counts: shape (n_replicates, n_points).
        n_items: items of each point, shape (n_points,).
        most: knots per point, at most.
        dispersion: values of the dispersion nodes.
        node: index of the dispersion node of each node, shape (n_nodes,).
        values: the curve at each point, shape (n_points, n_nodes).
        rate: failed-run rate.
        softness: its softness.

    Returns:
        log likelihoods, shape (n_points, most, n_nodes); index of the knot below each count and the weight of the knot
        above it, shape (n_replicates, n_points).
    """
    n_replicates, n_points = counts.shape
    tables = np.zeros((n_points, most, node.size))
    below, share = np.zeros(counts.shape), np.zeros(counts.shape)
    for i in range(n_points):
        knots = choose_knots(counts[:, i], most)
        items = np.full(knots.size, n_items[i])
        constants = point_constants(COUNTS, knots, items, rate)
        table = knot_table(
            knots, n_items[i], dispersion, rate, softness, constants, needed_cells(node, values[i], dispersion.size)
        )
        for q in range(knots.size):
            for n in range(node.size):
                r = int(node[n])
                tables[i, q, n] = log_likelihood(
                    COUNTS, knots[q], items[q], constants[q, 0], constants[q, 1], table, q, r, dispersion[r],
                    rate, softness, values[i, n],
                )  # fmt: skip
        for b in range(n_replicates):
            at = min(int(np.searchsorted(knots, counts[b, i], side="right")) - 1, max(knots.size - 2, 0))
            below[b, i] = at
            if knots.size > 1:
                share[b, i] = (counts[b, i] - knots[at]) / (knots[at + 1] - knots[at])
    return tables, below, share


@compiled
def replicate_sums(
    base: FloatArray,
    tables: FloatArray,
    below: FloatArray,
    share: FloatArray,
    starts: FloatArray,
    ordered: FloatArray,
    levels: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums of weights over groups of nodes, and weighted quantiles over some of the nodes, for every replicate.

    Args:
        base: log of prior over proposal density of each node, shape (n_nodes,).
        tables: shape (n_points, n_knots, n_nodes).
        below: index of the knot below each count, shape (n_replicates, n_points).
        share: weight of the knot above it.
        starts: first node of each group (contiguous) and the number of nodes, shape (n_groups + 1,).
        ordered: nodes in ascending order of a quantity, shape (n_ordered,); may be empty.
        levels: ascending quantile levels of it, shape (n_levels,).

    Returns:
        log of the largest weight, shape (n_replicates,); sums over groups relative to it, shape (n_replicates,
        n_groups); position in `ordered` of each quantile, shape (n_replicates, n_levels).
    """
    n_replicates, n_points = below.shape
    n_groups = starts.size - 1
    largest = np.empty(n_replicates)
    sums = np.zeros((n_replicates, n_groups))
    quantiles = np.zeros((n_replicates, levels.size))
    terms = np.empty(base.size)
    lanes = np.empty(8)
    whole = base.size // 8 * 8
    for b in range(n_replicates):
        for n in range(base.size):
            terms[n] = base[n]
        for i in range(n_points):
            q, high = int(below[b, i]), share[b, i]
            first, second = tables[i, q], tables[i, min(q + 1, tables.shape[1] - 1)]
            low = 1.0 - high
            for n in range(base.size):
                terms[n] += low * first[n] + high * second[n]
        for lane in range(8):
            lanes[lane] = -np.inf
        for n in range(0, whole, 8):
            for lane in range(8):
                lanes[lane] = max(lanes[lane], terms[n + lane])
        most = -np.inf
        for lane in range(8):
            most = max(most, lanes[lane])
        for n in range(whole, base.size):
            most = max(most, terms[n])
        largest[b] = most
        for n in range(base.size):
            terms[n] = exp_of_negative(terms[n] - most)
        for g in range(n_groups):
            total = 0.0
            for n in range(int(starts[g]), int(starts[g + 1])):
                total += terms[n]
            sums[b, g] = total
        if ordered.size > 0:
            total = 0.0
            for n in range(ordered.size):
                total += terms[int(ordered[n])]
            reached, at = 0.0, 0
            for level in range(levels.size):
                while at < ordered.size - 1 and reached + terms[int(ordered[at])] < levels[level] * total:
                    reached += terms[int(ordered[at])]
                    at += 1
                quantiles[b, level] = at
    return largest, sums, quantiles
