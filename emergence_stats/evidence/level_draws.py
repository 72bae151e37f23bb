"""Draws of the levels round the fits, and their densities, for all nodes of a round side by side.

The base comes last, between the bounds that the other levels leave it, so that amplitude >= 0 and 0 <= f <= 1 hold by
construction. A draw comes from the fit to all points, or from the second fit, which leaves out a run that seems to have
failed, or, with probability `BROAD`, has amplitudes that ignore the fits: a run that failed may hide any amplitude. The
density is that of the mixture, so the weights are exact whatever the fits are worth.
"""

from __future__ import annotations

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.level_fits import (
    BASE,
    BASE_ALONE_SD,
    BASE_CROSS,
    BASE_SD,
    BASE_SLOPE,
    FIT_ROWS,
    NONE,
    ONE,
    ONE_SD,
    REJECT,
    TWO,
    TWO_SD,
    TWO_SLOPE,
    arms_of,
    base_bounds,
    ends_of,
    failed_run_shares,
    information,
    least_squares,
    level_arms,
    lowest_points,
)
from emergence_stats.evidence.level_priors import PEAK
from emergence_stats.evidence.truncated import truncated_density, truncated_draw
from emergence_stats.series import FloatArray

BROAD = (0.08, 0.08, 0.25)  # share of draws whose amplitudes ignore the fit, by their number
BELOW_ONE = 1.0 - 1e-16


@compiled
def draw_levels(
    levels: int,
    heights: FloatArray,
    kind: int,
    observed: FloatArray,
    second: FloatArray,
    spread: FloatArray,
    used: FloatArray,
    chance: float,
    guess_sd: float,
    rate: float,
    uniforms: FloatArray,
    drawn: FloatArray,
    density: FloatArray,
) -> None:
    """Draw (first amplitude, second amplitude, base) for every node.

    Args:
        levels: code of the prior of the levels.
        heights: h_m at every point, shape (2, n_points, n).
        kind: COUNTS or GAUSSIAN.
        observed: scores, shape (n_points,).
        second: items or standard errors, shape (n_points,).
        spread: value of each node's dispersion, shape (n,).
        used: 1 for points that count, shape (n_points,).
        chance: centre of the prior of the guess rate.
        guess_sd: its standard deviation.
        rate: prior probability that a run failed.
        uniforms: quasi-random numbers, shape (3, n).
        drawn: overwritten, shape (3, n).
        density: overwritten with the density of the draws, shape (n,).
    """
    n = spread.size
    no_limit, broad = np.inf, BROAD[arms_of(levels)]
    arms, fit, known = level_arms(levels, heights), np.zeros((FIT_ROWS, n)), information(kind, second, spread)
    misfit, worst = np.full(n, NONE), np.full(n, NONE)
    for final in range(2):
        least_squares(
            levels, arms, kind, observed, known, used, chance, guess_sd,
            worst, final == 1, no_limit, final == 1, fit,
        )  # fmt: skip
    lowest_points(levels, arms, kind, observed, known, used, fit, misfit, worst)
    suspect = np.flatnonzero(worst >= 0.0)
    second_share = np.zeros(n)
    chosen = fit.copy()
    m = suspect.size
    other = np.empty((FIT_ROWS, m))
    if m > 0:
        their_arms = np.empty((3, observed.size, m))
        their_misfit, their_worst, share = np.empty(m), np.empty(m), np.empty(m)
        their_known = np.empty((observed.size, m))
        for s in range(m):
            node = suspect[s]
            their_misfit[s], their_worst[s] = misfit[node], worst[node]
        for row in range(BASE + 1):  # a fit starts from means alone
            for s in range(m):
                other[row, s] = fit[row, suspect[s]]
        for i in range(observed.size):
            for s in range(m):
                their_known[i, s] = known[i, suspect[s]]
            for arm in range(3):
                for s in range(m):
                    their_arms[arm, i, s] = arms[arm, i, suspect[s]]
        started = m > 0  # true; for the literal True all of it would be compiled again
        for final in range(2):
            least_squares(
                levels, their_arms, kind, observed, their_known, used, chance, guess_sd,
                their_worst, started, REJECT * REJECT if final == 1 else no_limit, final == 1, other,
            )  # fmt: skip
        failed_run_shares(their_arms, kind, observed, their_known, rate, other, their_misfit, their_worst, share)
        for s in range(m):
            node = suspect[s]
            second_share[node] = share[s]
            if uniforms[0, node] >= broad + (1.0 - broad) * (1.0 - share[s]):
                chosen[:, node] = other[:, s]
    _draw(levels, broad, chosen, fit, second_share, uniforms, drawn)
    _fit_densities(levels, fit, drawn, density)
    for j in range(n):
        low, high = base_bounds(levels, drawn[0, j], drawn[1, j])
        ignoring = truncated_density(drawn[2, j], fit[BASE, j], fit[BASE_ALONE_SD, j], low, high)
        density[j] = (1.0 - broad) * (1.0 - second_share[j]) * density[j] + broad * ignoring
    if m > 0:
        their_drawn, their_density = np.empty((3, m)), np.empty(m)
        for s in range(m):
            their_drawn[:, s] = drawn[:, suspect[s]]
        _fit_densities(levels, other, their_drawn, their_density)
        for s in range(m):
            density[suspect[s]] += (1.0 - broad) * second_share[suspect[s]] * their_density[s]
    if ends_of(levels):  # from ends to amplitudes
        sign = -1.0 if levels == PEAK else 1.0
        for j in range(n):
            drawn[0, j] = sign * (drawn[0, j] - drawn[2, j])
            drawn[1, j] = sign * (drawn[1, j] - drawn[2, j]) if arms_of(levels) > 1 else 0.0


@compiled
def _draw(
    levels: int,
    share: float,
    chosen: FloatArray,
    fit: FloatArray,
    second_share: FloatArray,
    uniforms: FloatArray,
    drawn: FloatArray,
) -> None:
    """Draw from the chosen fits; this share of draws has amplitudes that ignore them."""
    n_arms = arms_of(levels)
    one, two, base = drawn[0], drawn[1], drawn[2]
    for n in range(one.size):
        one[n], two[n] = 0.0, 0.0
    if n_arms > 0:
        mean, sd = chosen[ONE], chosen[ONE_SD]
        for n in range(one.size):
            u = uniforms[0, n]
            first_share = (1.0 - share) * (1.0 - second_share[n])
            from_first = (u - share) / first_share
            from_second = min((u - share - first_share) / max((1.0 - share) * second_share[n], 1e-300), BELOW_ONE)
            from_fit = from_first if u < share + first_share else from_second
            of_fit = truncated_draw(mean[n], sd[n], 0.0, 1.0, from_fit)
            one[n] = u / share if u < share else of_fit
    if n_arms > 1:
        for n in range(one.size):
            centre = chosen[TWO, n] + chosen[TWO_SLOPE, n] * (one[n] - chosen[ONE, n])
            of_fit = truncated_draw(centre, chosen[TWO_SD, n], 0.0, 1.0, uniforms[1, n])
            two[n] = uniforms[1, n] if uniforms[0, n] < share else of_fit
    for n in range(one.size):
        low, high = base_bounds(levels, one[n], two[n])
        gap = one[n] - chosen[ONE, n]
        rest = two[n] - chosen[TWO, n] - chosen[TWO_SLOPE, n] * gap
        centre = chosen[BASE, n] + chosen[BASE_SLOPE, n] * gap + chosen[BASE_CROSS, n] * rest
        broad = uniforms[0, n] < share
        centre = fit[BASE, n] if broad else centre
        sd = fit[BASE_ALONE_SD, n] if broad else chosen[BASE_SD, n]
        base[n] = truncated_draw(centre, sd, low, high, uniforms[2, n])


@compiled
def _fit_densities(levels: int, fit: FloatArray, drawn: FloatArray, out: FloatArray) -> None:
    """Density of draws from one fit each."""
    n_arms = arms_of(levels)
    one, two, base = drawn[0], drawn[1], drawn[2]
    for n in range(out.size):
        low, high = base_bounds(levels, one[n], two[n])
        gap = one[n] - fit[ONE, n]
        rest = two[n] - fit[TWO, n] - fit[TWO_SLOPE, n] * gap
        centre = fit[BASE, n] + fit[BASE_SLOPE, n] * gap + fit[BASE_CROSS, n] * rest
        out[n] = truncated_density(base[n], centre, fit[BASE_SD, n], low, high)
    if n_arms > 0:
        for n in range(out.size):
            out[n] *= truncated_density(one[n], fit[ONE, n], fit[ONE_SD, n], 0.0, 1.0)
    if n_arms > 1:
        for n in range(out.size):
            centre = fit[TWO, n] + fit[TWO_SLOPE, n] * (one[n] - fit[ONE, n])
            out[n] *= truncated_density(two[n], centre, fit[TWO_SD, n], 0.0, 1.0)
