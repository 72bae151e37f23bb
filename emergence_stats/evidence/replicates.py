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
    TABLE_ITEMS,
    binomials,
    build_table,
    cells_of,
    interpolate,
    logs_of,
    point_constants,
)
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import exp_of_negative, lane_sum
from emergence_stats.series import FloatArray

QUANTILE_BLOCK = 64  # weights that are summed at once on the way to a quantile
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
def _span(values: FloatArray) -> tuple[int, int]:
    """The cells of the grid that look-ups of these values read, from the first to before the second."""
    ends, cell, offset = np.array([values.min(), values.max()]), np.empty(2, np.uint64), np.empty(2)
    cells_of(np.zeros(2), ends, cell, offset)
    return int(cell[0]) - 1, int(cell[1]) + 3


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
    cell, offset = np.empty(node.size, np.uint64), np.empty(node.size)
    log_hit, log_miss = np.empty(node.size), np.empty(node.size)
    for i in range(n_points):
        knots = choose_knots(counts[:, i], most)
        items = np.full(knots.size, n_items[i])
        constants = point_constants(COUNTS, knots, items, rate)
        cells_of(node, values[i], cell, offset)
        start, stop = _span(values[i])
        table = build_table(COUNTS, knots, items, dispersion, rate, softness, start, stop)
        if n_items[i] > TABLE_ITEMS:
            logs_of(values[i], log_hit, log_miss)
        for q in range(knots.size):
            interpolate(table[q].ravel(), cell, offset, tables[i, q])
            if n_items[i] > TABLE_ITEMS:
                binomials(
                    knots[q], items[q], constants[q, 0], constants[q, 1], node, values[i], log_hit, log_miss, rate,
                    softness, tables[i, q],
                )  # fmt: skip
        for b in range(n_replicates):
            at = min(int(np.searchsorted(knots, counts[b, i], side="right")) - 1, max(knots.size - 2, 0))
            below[b, i] = at
            if knots.size > 1:
                share[b, i] = (counts[b, i] - knots[at]) / (knots[at + 1] - knots[at])
    return tables, below, share


@compiled
def _quantiles(weight: FloatArray, levels: FloatArray, out: FloatArray) -> None:
    """Where the running sum of weights reaches a share of the whole, for ascending shares."""
    total, last = lane_sum(weight, 0, weight.size), weight.size - 1
    passed, start = 0.0, 0
    for level in range(levels.size):
        wanted = levels[level] * total
        while start + QUANTILE_BLOCK <= last:  # whole blocks first
            block = lane_sum(weight, start, start + QUANTILE_BLOCK)
            if passed + block >= wanted:
                break
            passed += block
            start += QUANTILE_BLOCK
        reached, at = passed, start
        while at < last and reached + weight[at] < wanted:
            reached += weight[at]
            at += 1
        out[level] = at


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
    terms, line = np.empty(base.size), np.empty(ordered.size)
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
            sums[b, g] = lane_sum(terms, int(starts[g]), int(starts[g + 1]))
        for m in range(ordered.size):
            line[m] = terms[int(ordered[m])]
        if ordered.size > 0:
            _quantiles(line, levels, quantiles[b])
    return largest, sums, quantiles
