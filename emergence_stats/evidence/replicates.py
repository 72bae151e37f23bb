"""Evidence of many resampled data sets from the nodes of one.

The nodes' curve values are fixed, so the log likelihood of a point is a function of its count alone. It is tabulated at
knots of the count (every count where there are few) for every node, and a replicate is a sum of look-ups that runs on
vectors.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.likelihood_tables import build_table, log_likelihood, point_constants
from emergence_stats.numerics import exp_of_negative, lane_dot, lane_sum
from emergence_stats.series import FloatArray

EXACT_ENDS = 3  # counts at either end of the range that are knots of their own


def knots_of(values: FloatArray, most: int) -> FloatArray:
    """At most about `most` ascending knots that span the values; the values themselves where they are few."""
    distinct = np.unique(values)
    if distinct.size <= most:
        return distinct
    ends = np.concatenate((distinct[:EXACT_ENDS], distinct[-EXACT_ENDS:]))
    inner = np.linspace(math.sqrt(distinct[0]), math.sqrt(distinct[-1]), most - 2 * EXACT_ENDS) ** 2
    nearest = distinct[np.clip(np.searchsorted(distinct, inner), 0, distinct.size - 1)]
    return np.unique(np.concatenate((ends, nearest)))


@compiled
def node_likelihoods(
    kind: int,
    knots: FloatArray,
    second: float,
    dispersion: FloatArray,
    node: FloatArray,
    values: FloatArray,
    rate: float,
    softness: float,
) -> FloatArray:
    """Log likelihood of one point at each knot for each node, shape (n_knots, n_nodes).

    Args:
        kind: COUNTS or GAUSSIAN.
        knots: counts (or scores), shape (n_knots,).
        second: items (or standard error) of the point.
        dispersion: values of the dispersion nodes.
        node: index of the dispersion node of each node, shape (n_nodes,).
        values: the curve at this point for each node, shape (n_nodes,).
        rate: failed-run rate.
        softness: its softness.
    """
    seconds = np.full(knots.size, second)
    table = build_table(kind, knots, seconds, dispersion, rate, softness)
    constants = point_constants(kind, knots, seconds, rate)
    out = np.empty((knots.size, values.size))
    for q in range(knots.size):
        for n in range(values.size):
            r = int(node[n])
            out[q, n] = log_likelihood(
                kind, knots[q], second, constants[q, 0], constants[q, 1], table, q, r, dispersion[r],
                rate, softness, values[n],
            )  # fmt: skip
    return out


@compiled
def replicate_sums(
    base: FloatArray,
    tables: list[FloatArray],
    below: FloatArray,
    share: FloatArray,
    starts: FloatArray,
    indicator: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Log evidence per curve and sums of indicators for every replicate.

    Args:
        base: log of prior over proposal density of each node, shape (n_nodes,); nodes of one curve are contiguous.
        tables: one array (n_knots, n_nodes) per point.
        below: index of the knot below each count, shape (n_replicates, n_points).
        share: weight of the knot above it.
        starts: first node of each curve and the number of nodes, shape (n_curves + 1,).
        indicator: shape (n_indicators, n_nodes).

    Returns:
        log evidence, shape (n_replicates, n_curves); posterior probability of each indicator, shape
        (n_replicates, n_indicators).
    """
    n_replicates, n_points = below.shape
    n_curves = starts.size - 1
    log_evidence = np.full((n_replicates, n_curves), -np.inf)
    found = np.zeros((n_replicates, indicator.shape[0]))
    terms = np.empty(base.size)
    for b in range(n_replicates):
        for n in range(base.size):
            terms[n] = base[n]
        for i in range(n_points):
            q = int(below[b, i])
            w = share[b, i]
            low = tables[i][q]
            high = tables[i][min(q + 1, tables[i].shape[0] - 1)]
            for n in range(base.size):
                terms[n] += (1.0 - w) * low[n] + w * high[n]
        most = terms.max()
        for n in range(base.size):
            terms[n] = exp_of_negative(terms[n] - most)
        whole = 0.0
        for c in range(n_curves):
            total = lane_sum(terms, int(starts[c]), int(starts[c + 1]))
            log_evidence[b, c] = most + math.log(max(total, 1e-300))
            whole += total
        for k in range(indicator.shape[0]):
            found[b, k] = lane_dot(terms, indicator[k]) / whole
    return log_evidence, found
