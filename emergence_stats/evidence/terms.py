"""Prior times likelihood at nodes of the integral over one curve, over the density of what was drawn there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.evidence.level_draws import draw_levels
from emergence_stats.evidence.level_priors import log_level_priors, log_truncated_peak
from emergence_stats.evidence.likelihood_tables import lead_to_points, log_likelihoods
from emergence_stats.models.curves.shapes import arms, place
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import fast_log
from emergence_stats.series import FloatArray

LOWEST = -1e300


class Integrand(NamedTuple):
    """One curve on one series, as compiled functions pass it on; `integrate` tells what each part is."""

    form: int
    placement: int
    levels: int
    sign: float
    width_low: float
    width_high: float
    position: FloatArray
    kind: int
    first: FloatArray
    second: FloatArray
    constant: FloatArray
    table: FloatArray
    used: FloatArray
    dispersion: FloatArray
    log_dispersion: FloatArray
    chance: float
    guess_sd: float
    beta: FloatArray
    rate: float
    softness: float


@compiled
def log_terms(
    integrand: Integrand,
    square_1: FloatArray,
    square_2: FloatArray,
    node: FloatArray,
    uniforms: FloatArray,
    start: int,
    threshold: FloatArray,
    width: FloatArray,
    log_term: FloatArray,
    drawn: FloatArray,
    pointwise: FloatArray,
    lead: FloatArray,
) -> None:
    """Draw the levels of nodes and take prior and likelihood there, over the density of the levels.

    Args:
        integrand: curve and series.
        square_1: first coordinate of the nodes in the unit square, shape (n,).
        square_2: their second coordinate, the same shape.
        node: index of their dispersion nodes, the same shape.
        uniforms: what their levels are drawn with, shape (3, n).
        start: place of the first of them in the arrays that follow, which are filled from there.
        threshold: as in `integrate`, as the following.
        width: see there.
        log_term: see there.
        drawn: see there.
        pointwise: see there.
        lead: what `lead_to_points` gives, shape (n,), is added; empty where nothing is searched for.
    """
    (
        form, placement, levels, sign, width_low, width_high, position, kind, first, second, constant, table, used,
        dispersion, log_dispersion, chance, guess_sd, beta, rate, softness,
    ) = integrand  # fmt: skip
    size = square_1.size
    new = slice(start, start + size)
    observed = first / second if kind == COUNTS else first
    threshold[new], width[new], log_term[new] = place(placement, square_1, square_2, width_low, width_high)
    heights = arms(form, position, threshold[new], width[new])
    term, spread, levels_density, log_prior = log_term[new], np.empty(size), np.empty(size), np.empty(size)
    for n in range(size):
        r = int(node[n])
        spread[n] = dispersion[r]
        term[n] += log_dispersion[r]
    levels_drawn = np.empty((3, size))
    draw_levels(
        levels, heights, kind, observed, second, spread, used, chance, guess_sd, rate, uniforms, levels_drawn,
        levels_density,
    )  # fmt: skip
    drawn[:, new] = levels_drawn
    log_level_priors(levels, levels_drawn, chance, guess_sd, log_truncated_peak(chance, guess_sd), beta, log_prior)
    for n in range(size):
        term[n] += log_prior[n] - fast_log(levels_density[n])
    value = np.empty(size)
    for i in range(first.size):
        one_arm, two_arm, mine = heights[0, i], heights[1, i], pointwise[i, new]
        for n in range(size):
            rise = levels_drawn[0, n] * one_arm[n] + levels_drawn[1, n] * two_arm[n]
            value[n] = levels_drawn[2, n] + sign * rise
        log_likelihoods(
            kind, first[i], second[i], constant[i, 0], constant[i, 1], table, i, node, dispersion, rate, softness,
            value, mine,
        )  # fmt: skip
        if lead.size > 0:
            lead_to_points(
                kind, first[i], second[i], constant[i, 0], constant[i, 1], node, dispersion, value, used[i], mine, lead
            )
        for n in range(size):
            term[n] += used[i] * mine[n]
    for n in range(size):
        term[n] = term[n] if term[n] > LOWEST else LOWEST  # not a number counts as nothing, too
