"""Log likelihood of one point as a function of the curve's value, for every dispersion node.

The beta-binomial costs four log-gamma functions; a table over a grid of values per point and dispersion node makes
it a look-up for every curve. The grid is uniform in an angle-like coordinate y(f) in which the beta-binomial is about
equally wide everywhere; look-ups are cubic (Catmull-Rom). The binomial (rho = 0) may be arbitrarily narrow: for more
than `TABLE_ITEMS` items it is evaluated directly.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from emergence_stats.compiled import compiled, inlined
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import (
    STIRLING_FROM,
    fast_lgamma,
    fast_log,
    log_add,
    log_one_plus_exp,
    stirling,
)
from emergence_stats.series import FloatArray

GRID = 256
SMALLEST = 1e-12  # curve values are kept this far from 0 and 1
TABLE_ITEMS = 3000.0  # a binomial of so many items is as wide as the narrowest tabulated beta-binomial
MIXTURE_REACH = 12.0  # nats below which the failed-run component of the mixture cannot be seen
ONE_CELL, TWO_CELLS = np.uint64(1), np.uint64(2)  # unsigned: no test for an index that counts from the end
SEARCH_TAIL = 2.0  # nats, of the misfit that counts in full for a search, beyond that of a failed run
LOG_TWO_PI = math.log(2.0 * math.pi)


@compiled
def grid_coordinate(value: float) -> float:
    """y(f) = sqrt(f/2) below one half, 1 - sqrt((1-f)/2) above it."""
    return math.sqrt(0.5 * value) if value < 0.5 else 1.0 - math.sqrt(0.5 * (1.0 - value))


@compiled
def grid_values() -> FloatArray:
    """f at the grid's cell centres y = (g + 1/2) / GRID."""
    out = np.empty(GRID)
    for g in range(GRID):
        y = (g + 0.5) / GRID
        out[g] = 2.0 * y * y if y < 0.5 else 1.0 - 2.0 * (1.0 - y) * (1.0 - y)
    return out


@inlined
def log_failed_run(kind: int, first: float, second: float, value: float, rate: float, softness: float) -> float:
    """log of rate * p(score | failed run): uniform on the scores below the curve's value; free of branches."""
    observed = first / second if kind == COUNTS else first
    gate = -log_one_plus_exp((observed - value) / softness)
    cells = fast_log(second + 1.0) if kind == COUNTS else 0.0
    return fast_log(rate) + gate - fast_log(max(value, softness)) - cells


@compiled
def log_binomial_constant(first: float, second: float) -> float:
    """log n! / (k! (n - k)!), for counts that need not be whole."""
    return math.lgamma(second + 1.0) - math.lgamma(first + 1.0) - math.lgamma(second - first + 1.0)


@compiled
def point_constants(kind: int, first: FloatArray, second: FloatArray, rate: float) -> FloatArray:
    """`constant` and `ceiling` of `log_likelihood` for each point, shape (n_points, 2)."""
    out = np.empty((first.size, 2))
    kept = math.log1p(-rate)
    for i in range(first.size):
        if kind == COUNTS:
            out[i, 0] = log_binomial_constant(first[i], second[i]) + kept
            out[i, 1] = math.log(rate) - math.log(second[i] + 1.0) + MIXTURE_REACH
        else:
            out[i, 0] = kept - 0.5 * LOG_TWO_PI
            out[i, 1] = math.log(rate) + MIXTURE_REACH
    return out


@compiled
def build_table(
    kind: int,
    first: FloatArray,
    second: FloatArray,
    dispersion: FloatArray,
    rate: float,
    softness: float,
    start: int,
    stop: int,
) -> FloatArray:
    """Log likelihood on the grid, shape (n_points, n_dispersion, GRID); zeros where it is evaluated directly.

    Only the cells from `start` to before `stop` are filled, which are all that `cells_of` these values needs.
    """
    n_points, n_dispersion = first.size, dispersion.size
    table = np.zeros((n_points, n_dispersion, GRID))
    if kind != COUNTS:
        return table
    n_cells = stop - start
    values, failed, constant = grid_values()[start:stop], np.empty((n_points, n_cells)), np.empty(n_points)
    for i in range(n_points):
        constant[i] = log_binomial_constant(first[i], second[i]) + math.log1p(-rate)
        for g in range(n_cells):
            failed[i, g] = log_failed_run(COUNTS, first[i], second[i], values[g], rate, softness)
    at_zero, alpha, beta, plain = np.empty(n_cells), np.empty(n_cells), np.empty(n_cells), np.empty(n_cells)
    for r in range(n_dispersion):
        total = (1.0 - dispersion[r]) / dispersion[r] if r > 0 else 0.0
        for g in range(n_cells):
            alpha[g] = total * values[g]
            beta[g] = total - alpha[g]
            at_zero[g] = fast_lgamma(alpha[g]) + fast_lgamma(beta[g])
        for i in range(n_points):
            k, misses, out = first[i], second[i] - first[i], table[i, r, start:stop]
            if r > 0:
                shift = constant[i] - math.lgamma(second[i] + total) + math.lgamma(total)
                for g in range(n_cells):
                    plain[g] = shift - at_zero[g]
                _add_lgamma(k, alpha, plain)
                _add_lgamma(misses, beta, plain)
            elif second[i] <= TABLE_ITEMS:
                for g in range(n_cells):
                    plain[g] = constant[i] + k * fast_log(values[g]) + misses * fast_log(1.0 - values[g])
            else:
                continue
            for g in range(n_cells):
                out[g] = plain[g] + log_one_plus_exp(failed[i, g] - plain[g])
    return table


@compiled
def _add_lgamma(shift: float, values: FloatArray, out: FloatArray) -> None:
    """Add log Gamma(shift + values) to `out`; the recurrence is spared where none of them needs it."""
    if shift >= STIRLING_FROM:
        for g in range(values.size):
            out[g] += stirling(shift + values[g])
    else:
        for g in range(values.size):
            out[g] += fast_lgamma(shift + values[g])


@compiled
def log_likelihood(
    kind: int,
    first: float,
    second: float,
    constant: float,
    ceiling: float,
    table: FloatArray,
    point: int,
    node: int,
    dispersion: float,
    rate: float,
    softness: float,
    value: float,
) -> float:
    """Log likelihood of one point at one dispersion node; `table` is that of `build_table`, `point` its row there.

    `constant` holds all that does not depend on the value for the binomial, `ceiling` the largest value (up to its
    gate) that the failed-run component can reach.
    """
    f = min(max(value, SMALLEST), 1.0 - SMALLEST)
    if kind == COUNTS and (node > 0 or second <= TABLE_ITEMS):
        place = grid_coordinate(f) * GRID - 0.5
        cell = min(max(math.floor(place), 1), GRID - 3)
        t = min(max(place - cell, -1.0), 2.0)
        before, left = table[point, node, cell - 1], table[point, node, cell]
        right, after = table[point, node, cell + 1], table[point, node, cell + 2]
        slope = 0.5 * (right - before)
        bend = before - 2.5 * left + 2.0 * right - 0.5 * after
        twist = 0.5 * (after - before) + 1.5 * (left - right)
        return float(left + t * (slope + t * (bend + t * twist)))
    if kind == COUNTS:
        plain = constant + first * math.log(f) + (second - first) * math.log(1.0 - f)
    else:
        variance = second * second + dispersion * dispersion
        plain = constant - 0.5 * ((first - f) * (first - f) / variance + math.log(variance))
    if plain > ceiling:
        return plain
    return log_add(plain, log_failed_run(kind, first, second, f, rate, softness))


@compiled
def log_likelihoods(
    kind: int,
    first: float,
    second: float,
    constant: float,
    ceiling: float,
    table: FloatArray,
    point: int,
    node: FloatArray,
    dispersion: FloatArray,
    rate: float,
    softness: float,
    value: FloatArray,
    out: FloatArray,
) -> None:
    """`log_likelihood` of one point for many values at once, shape (n,), each with its own dispersion node."""
    if kind == COUNTS:
        cell, offset = np.empty(value.size, np.uint64), np.empty(value.size)
        cells_of(node, value, cell, offset)
        interpolate(table[point].ravel(), cell, offset, out)
        if second > TABLE_ITEMS:
            log_hit, log_miss = np.empty(value.size), np.empty(value.size)
            logs_of(value, log_hit, log_miss)
            binomials(first, second, constant, ceiling, node, value, log_hit, log_miss, rate, softness, out)
        return
    for n in range(value.size):
        f = min(max(value[n], SMALLEST), 1.0 - SMALLEST)
        spread = dispersion[int(node[n])]
        variance = second * second + spread * spread
        out[n] = constant - 0.5 * ((first - f) * (first - f) / variance + fast_log(variance))
    for n in range(value.size):
        if out[n] <= ceiling:
            f = min(max(value[n], SMALLEST), 1.0 - SMALLEST)
            out[n] = log_add(out[n], log_failed_run(kind, first, second, f, rate, softness))


@compiled
def lead_to_points(
    kind: int,
    first: float,
    second: float,
    constant: float,
    ceiling: float,
    node: FloatArray,
    dispersion: FloatArray,
    value: FloatArray,
    used: float,
    found: FloatArray,
    lead: FloatArray,
) -> None:
    """Add to `lead` what a search should see beyond `found`, which `log_likelihoods` gave, far from a point.

    Beyond a few standard deviations a run has failed for all the likelihood knows, and further ones change nothing:
    round a narrow peak lies a plain. Here the distance counts on, in logs, so that no failed run outweighs the rest.
    """
    if kind == COUNTS and second <= TABLE_ITEMS:
        return
    for n in range(value.size):
        f = min(max(value[n], SMALLEST), 1.0 - SMALLEST)
        if kind == COUNTS:
            if node[n] > 0.0:
                continue
            plain = constant + first * math.log(f) + (second - first) * math.log(1.0 - f)
        else:
            spread = dispersion[int(node[n])]
            variance = second * second + spread * spread
            plain = constant - 0.5 * ((first - f) * (first - f) / variance + math.log(variance))
        if plain < ceiling:
            lead[n] += used * (ceiling - SEARCH_TAIL * math.log(1.0 + (ceiling - plain) / SEARCH_TAIL) - found[n])


@compiled
def cells_of(node: FloatArray, value: FloatArray, cell: npt.NDArray[np.uint64], offset: FloatArray) -> None:
    """Where to look values up in the raveled table of one point: the cell to the left of each, and how far beyond."""
    for n in range(value.size):
        f = min(max(value[n], SMALLEST), 1.0 - SMALLEST)
        y = math.sqrt(0.5 * min(f, 1.0 - f))
        place = (y if f < 0.5 else 1.0 - y) * GRID - 0.5
        whole = min(max(math.floor(place), 1.0), GRID - 3.0)
        offset[n] = min(max(place - whole, -1.0), 2.0)
        cell[n] = np.uint64(node[n] * GRID + whole)


@compiled
def interpolate(flat: FloatArray, cell: npt.NDArray[np.uint64], offset: FloatArray, out: FloatArray) -> None:
    """Cubic look-ups in the raveled table of one point, at the places that `cells_of` gives."""
    for n in range(cell.size):
        at, t = cell[n], offset[n]
        before, left = flat[at - ONE_CELL], flat[at]
        right, after = flat[at + ONE_CELL], flat[at + TWO_CELLS]
        slope = 0.5 * (right - before)
        bend = before - 2.5 * left + 2.0 * right - 0.5 * after
        twist = 0.5 * (after - before) + 1.5 * (left - right)
        out[n] = left + t * (slope + t * (bend + t * twist))


@compiled
def logs_of(value: FloatArray, log_hit: FloatArray, log_miss: FloatArray) -> None:
    """Logarithms of values and of what they lack to 1."""
    for n in range(value.size):
        f = min(max(value[n], SMALLEST), 1.0 - SMALLEST)
        log_hit[n] = fast_log(f)
        log_miss[n] = fast_log(1.0 - f)


@compiled
def binomials(
    first: float,
    second: float,
    constant: float,
    ceiling: float,
    node: FloatArray,
    value: FloatArray,
    log_hit: FloatArray,
    log_miss: FloatArray,
    rate: float,
    softness: float,
    out: FloatArray,
) -> None:
    """`log_likelihood` of one point of more than `TABLE_ITEMS` items, for the values without overdispersion only."""
    misses = second - first
    for n in range(value.size):
        plain = constant + first * log_hit[n] + misses * log_miss[n]
        out[n] = plain if node[n] == 0.0 else out[n]
    for n in range(value.size):
        if node[n] == 0.0 and out[n] <= ceiling:
            f = min(max(value[n], SMALLEST), 1.0 - SMALLEST)
            out[n] = log_add(out[n], log_failed_run(COUNTS, first, second, f, rate, softness))
