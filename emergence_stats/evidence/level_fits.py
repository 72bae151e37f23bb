"""The linear part of a curve, its levels, given its shape and one dispersion node.

A curve is linear in its levels, f_i = sum_m level_m a_mi, so that their conditional posterior is close to normal. It is
approximated by two steps of iteratively reweighted least squares with a normal stand-in for the prior. All nodes of a
round are fitted side by side; arrays have one column for each.

The levels are (first amplitude, second amplitude, base) where a curve rises from its base. Where the prior is one of
both ends and of a vertex between them and a bound (`Levels.FALLING`, `VALLEY`, `PEAK`), they are (first end, second
end, base): the prior density of the base given the ends is then that of a uniform, and has no pole in a corner.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled, inlined
from emergence_stats.evidence.level_priors import CONSTANT, FALLING, GUESS, GUESS_CEILING, PEAK, VALLEY
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import fast_exp, fast_log
from emergence_stats.series import FloatArray

SUSPECT = 1.5  # standard deviations below the curve from which a second fit leaves a point out
REJECT = 3.0  # the same for further points in that second fit
NONE = -1.0  # no point is left out
# Rows of a fit: means of both levels and the base; sd of the first level; slope of the second on the first
# and its sd given it; slopes of the base on the first and on the rest of the second; its sd given both, and by itself.
ONE, TWO, BASE, ONE_SD, TWO_SLOPE, TWO_SD, BASE_SLOPE, BASE_CROSS, BASE_SD, BASE_ALONE_SD, FIT_ROWS = range(11)


@compiled
def information(kind: int, second: FloatArray, spread: FloatArray) -> FloatArray:
    """What a point knows, shape (n_points, n): effective items of counts, inverse variance of other scores.

    Counts have n / (1 + (n - 1) rho) effective items. `second` and `spread` as in `least_squares`.
    """
    out = np.empty((second.size, spread.size))
    for i in range(second.size):
        items, mine = second[i], out[i]
        for n in range(spread.size):
            if kind == COUNTS:
                mine[n] = items / (1.0 + (items - 1.0) * spread[n])
            else:
                mine[n] = 1.0 / (items * items + spread[n] * spread[n])
    return out


@inlined
def precision(kind: int, known: float, centre: float) -> float:
    """Inverse variance of a score round a curve at `centre`; counts have one success and one failure more than seen."""
    if kind == COUNTS:
        m = known + 2.0
        successes = known * centre + 1.0
        return known * m * m / (successes * (m - successes))
    return known


@compiled
def _point_weights(
    kind: int,
    observed: float,
    known: FloatArray,
    fit: FloatArray,
    arms: FloatArray,
    point: int,
    started: bool,
    limit: float,
    out: FloatArray,
) -> None:
    """Weight of one point in every fit: at the curve so far, or at the score if there is none yet.

    Points more than sqrt(limit) standard deviations below the curve get none.
    """
    if not started:
        for n in range(out.size):
            out[n] = precision(kind, known[n], observed)
        return
    one, two, base = fit[ONE], fit[TWO], fit[BASE]
    one_arm, two_arm, base_arm = arms[ONE, point], arms[TWO, point], arms[BASE, point]
    for n in range(out.size):
        fitted = base[n] * base_arm[n] + one[n] * one_arm[n] + two[n] * two_arm[n]
        fitted = min(max(fitted, 0.0), 1.0)
        weight = precision(kind, known[n], 0.5 * (fitted + observed))
        gap = max(fitted - observed, 0.0)
        out[n] = 0.0 if gap * gap * weight > limit else weight


@compiled
def _add_point(
    weight: FloatArray, observed: float, one_arm: FloatArray, base_arm: FloatArray, sums: FloatArray
) -> None:
    """Add one point to the normal equations of the base and the first level."""
    p00, p02, p22, r0, r2 = sums[0], sums[1], sums[2], sums[3], sums[4]
    for n in range(weight.size):
        first, base = weight[n] * one_arm[n], weight[n] * base_arm[n]
        p00[n] += first * one_arm[n]
        p02[n] += first * base_arm[n]
        p22[n] += base * base_arm[n]
        r0[n] += first * observed
        r2[n] += base * observed


@compiled
def _add_second(
    weight: FloatArray,
    observed: float,
    one_arm: FloatArray,
    two_arm: FloatArray,
    base_arm: FloatArray,
    sums: FloatArray,
) -> None:
    """Add it to those of the second level."""
    p01, p11, p12, r1 = sums[5], sums[6], sums[7], sums[8]
    for n in range(weight.size):
        second = weight[n] * two_arm[n]
        p01[n] += second * one_arm[n]
        p11[n] += second * two_arm[n]
        p12[n] += second * base_arm[n]
        r1[n] += second * observed


@compiled
def _invert(sums: FloatArray, inverse: FloatArray) -> None:
    """Covariances 00, 01, 02, 11, 12, 22 of (first amplitude, second amplitude, base)."""
    p00, p02, p22, p01, p11, p12 = sums[0], sums[1], sums[2], sums[5], sums[6], sums[7]
    c00, c01, c02, c11, c12, c22 = inverse[0], inverse[1], inverse[2], inverse[3], inverse[4], inverse[5]
    for n in range(p00.size):
        i00 = p11[n] * p22[n] - p12[n] * p12[n]
        i01 = p02[n] * p12[n] - p01[n] * p22[n]
        i02 = p01[n] * p12[n] - p02[n] * p11[n]
        scale = 1.0 / max(p00[n] * i00 + p01[n] * i01 + p02[n] * i02, 1e-300)
        c00[n] = max(i00 * scale, 1e-24)
        c01[n] = i01 * scale
        c02[n] = i02 * scale
        c11[n] = max((p00[n] * p22[n] - p02[n] * p02[n]) * scale, 1e-24)
        c12[n] = (p01[n] * p02[n] - p00[n] * p12[n]) * scale
        c22[n] = max((p00[n] * p11[n] - p01[n] * p01[n]) * scale, 1e-24)


@compiled
def _means(inverse: FloatArray, sums: FloatArray, n_arms: int, fit: FloatArray) -> None:
    """Solve the normal equations."""
    c00, c01, c02, c11, c12, c22 = inverse[0], inverse[1], inverse[2], inverse[3], inverse[4], inverse[5]
    r0, r2, r1 = sums[3], sums[4], sums[8]
    one, two, base = fit[ONE], fit[TWO], fit[BASE]
    first, second = min(n_arms, 1) * 1.0, max(n_arms - 1, 0) * 1.0
    for n in range(r0.size):
        one[n] = first * (c00[n] * r0[n] + c01[n] * r1[n] + c02[n] * r2[n])
        two[n] = second * (c01[n] * r0[n] + c11[n] * r1[n] + c12[n] * r2[n])
        base[n] = c02[n] * r0[n] + c12[n] * r1[n] + c22[n] * r2[n]


@compiled
def _spreads(inverse: FloatArray, n_arms: int, fit: FloatArray) -> None:
    """Conditional standard deviations and slopes."""
    c00, c01, c02, c11, c12, c22 = inverse[0], inverse[1], inverse[2], inverse[3], inverse[4], inverse[5]
    for n in range(c00.size):
        left = max(c11[n] - c01[n] * c01[n] / c00[n], 1e-24)
        fit[ONE_SD, n] = math.sqrt(c00[n])
        fit[TWO_SLOPE, n] = c01[n] / c00[n]
        fit[TWO_SD, n] = math.sqrt(left)
        fit[BASE_SLOPE, n] = c02[n] / c00[n]
        fit[BASE_ALONE_SD, n] = math.sqrt(c22[n])
    if n_arms == 0:
        for n in range(c00.size):
            fit[BASE_CROSS, n] = 0.0
            fit[BASE_SD, n] = math.sqrt(c22[n])
        return
    both = max(n_arms - 1, 0) * 1.0
    for n in range(c00.size):
        left = max(c11[n] - c01[n] * c01[n] / c00[n], 1e-24)
        cross = both * (c12[n] - c01[n] * c02[n] / c00[n]) / left
        fit[BASE_CROSS, n] = cross
        fit[BASE_SD, n] = math.sqrt(max(c22[n] - c02[n] * c02[n] / c00[n] - cross * cross * left, 1e-24))


@compiled
def arms_of(levels: int) -> int:
    """Number of levels besides the base."""
    if levels in (GUESS, CONSTANT):
        return 0
    return 2 if levels in (VALLEY, PEAK) else 1


@compiled
def ends_of(levels: int) -> bool:
    """Whether the levels are ends and a base, not amplitudes and a base."""
    return levels in (FALLING, VALLEY, PEAK)


@inlined
def base_bounds(levels: int, first: float, second: float) -> tuple[float, float]:
    """Between which values the base may lie, given the other levels (there is no second one of `FALLING`)."""
    most = max(first, second)
    least = first if levels == FALLING else min(first, second)
    low = most if levels == PEAK else 0.0
    high = 1.0 if levels == PEAK else (least if ends_of(levels) else 1.0 - most)
    return low, max(high, low + 1e-15)


@compiled
def level_arms(levels: int, arms: FloatArray) -> FloatArray:
    """What each level contributes to f at every point, shape (3, n_points, n); `arms` as `shapes.arms` gives them."""
    out = np.ones((3, *arms.shape[1:]))
    out[:2] = arms
    if ends_of(levels):
        out[BASE] -= arms[0] + arms[1]
    return out


@compiled
def least_squares(
    levels: int,
    arms: FloatArray,
    kind: int,
    observed: FloatArray,
    known: FloatArray,
    used: FloatArray,
    chance: float,
    guess_sd: float,
    dropped: FloatArray,
    started: bool,
    limit: float,
    final: bool,
    fit: FloatArray,
) -> None:
    """One weighted least-squares step for every column of `fit`, shape (FIT_ROWS, n).

    Args:
        levels: code of the prior of the levels.
        arms: what `level_arms` gives, shape (3, n_points, n).
        kind: COUNTS or GAUSSIAN.
        observed: scores, shape (n_points,).
        known: what `information` gives, shape (n_points, n).
        used: 1 for points that count, shape (n_points,).
        chance: centre of the prior of the guess rate.
        guess_sd: its standard deviation.
        dropped: index of one more point that does not count, or `NONE`, shape (n,).
        started: whether `fit` holds a curve, at which the weights are taken; otherwise they are taken at the scores.
        limit: squared standard deviations below that curve beyond which a point does not count either: where two runs
            failed, no fit that drops one finds the curve.
        final: write all rows, and not the means alone.
        fit: overwritten.
    """
    arm_mean, arm_precision, base_mean, base_precision = 0.5, 9.0, 0.5, 4.0
    if levels in (GUESS, GUESS_CEILING):
        base_mean, base_precision = chance, 1.0 / (guess_sd * guess_sd)
        arm_mean, arm_precision = 0.75 * (1.0 - chance), 20.0
    n_arms, n = arms_of(levels), known.shape[1]
    sums, inverse, weight = np.zeros((9, n)), np.empty((6, n)), np.empty(n)
    sums[0], sums[6], sums[2] = arm_precision, arm_precision, base_precision
    sums[3], sums[8], sums[4] = arm_precision * arm_mean, arm_precision * arm_mean, base_precision * base_mean
    for i in range(observed.size):
        if used[i] == 0.0:
            continue
        _point_weights(kind, observed[i], known[i], fit, arms, i, started, limit, weight)
        for j in range(n):
            weight[j] = 0.0 if dropped[j] == i else weight[j]
        _add_point(weight, observed[i], arms[ONE, i], arms[BASE, i], sums)
        if n_arms > 1:
            _add_second(weight, observed[i], arms[ONE, i], arms[TWO, i], arms[BASE, i], sums)
    _invert(sums, inverse)
    _means(inverse, sums, n_arms, fit)
    if final:
        _spreads(inverse, n_arms, fit)


@compiled
def lowest_points(
    levels: int,
    arms: FloatArray,
    kind: int,
    observed: FloatArray,
    known: FloatArray,
    used: FloatArray,
    fit: FloatArray,
    misfit: FloatArray,
    worst: FloatArray,
) -> None:
    """The point that lies farthest below each fit: its squared distance in sds, and its index or `NONE`.

    The fits are first brought within the bounds of their levels: a failed run may pull them out, and hide there.
    """
    one, two, base = np.empty(misfit.size), np.empty(misfit.size), np.empty(misfit.size)
    for n in range(misfit.size):
        misfit[n], worst[n] = SUSPECT * SUSPECT, NONE
        one[n], two[n] = min(max(fit[ONE, n], 0.0), 1.0), min(max(fit[TWO, n], 0.0), 1.0)
        low, high = base_bounds(levels, one[n], two[n])
        base[n] = min(max(fit[BASE, n], low), high)
    for i in range(observed.size):
        if used[i] == 0.0:
            continue
        one_arm, two_arm, base_arm, mine = arms[ONE, i], arms[TWO, i], arms[BASE, i], known[i]
        score, point = observed[i], float(i)
        for n in range(misfit.size):
            gap = max(base[n] * base_arm[n] + one[n] * one_arm[n] + two[n] * two_arm[n] - score, 0.0)
            found = gap * gap * precision(kind, mine[n], min(score + 0.5 * gap, 1.0))
            worst[n] = point if found > misfit[n] else worst[n]
            misfit[n] = max(found, misfit[n])


@compiled
def failed_run_shares(
    arms: FloatArray,
    kind: int,
    observed: FloatArray,
    known: FloatArray,
    rate: float,
    fit: FloatArray,
    misfit: FloatArray,
    worst: FloatArray,
    out: FloatArray,
) -> None:
    """Share of draws that a fit without its worst point deserves, shape (n,).

    Log odds of "that run failed" against "it did not", roughly: the misfit it causes, against its price.
    """
    for n in range(out.size):
        i = int(worst[n])
        fitted = fit[BASE, n] * arms[BASE, i, n] + fit[ONE, n] * arms[ONE, i, n] + fit[TWO, n] * arms[TWO, i, n]
        fitted = min(max(fitted, 0.02), 1.0)
        weight = precision(kind, known[i, n], observed[i])
        odds = 0.4 * misfit[n] + fast_log(rate / fitted) - 0.5 * fast_log(weight) + 1.0
        out[n] = min(max(1.0 / (1.0 + fast_exp(-odds)), 0.15), 0.85)
