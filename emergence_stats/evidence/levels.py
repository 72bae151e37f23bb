"""The linear part of a curve: base and amplitudes, given its shape and one dispersion node.

f_i = base + sign * sum_m amplitude_m h_mi is linear in (amplitude_1, amplitude_2, base), so their conditional posterior
is close to normal. It is approximated by two steps of iteratively reweighted least squares with a normal stand-in for
the prior, and one draw is taken from a truncated, heavier-tailed version of it: amplitudes first, then the base, so
that the constraints amplitude >= 0 and 0 <= f <= 1 hold by construction. The draw's density is returned, so the weights
are exact whatever the approximation is worth.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.models.curves.spec import Levels
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import exp_of_negative
from emergence_stats.series import FloatArray

GUESS = int(Levels.GUESS)
GUESS_CEILING = int(Levels.GUESS_CEILING)
CONSTANT = int(Levels.CONSTANT)
RISING = int(Levels.RISING)
FALLING = int(Levels.FALLING)
VALLEY = int(Levels.VALLEY)
PEAK = int(Levels.PEAK)
TAIL = 0.65  # scale of the logistic proposal in standard deviations: heavier than the normal's tails
FAR = 2.0  # standard deviations outside a bound beyond which the proposal is exponential
SUSPECT = 1.5  # standard deviations below the curve from which a second fit leaves a point out
REJECT = 3.0  # the same for further points in that second fit
# Columns of a fit: means of both amplitudes and the base; sd of the first amplitude; slope of the second on the first
# and its sd given it; slopes of the base on the first and on the rest of the second; its sd given both, and by itself;
# share of the first amplitude's untruncated proposal inside its bounds (0 where that proposal is exponential).
FIT_COLUMNS = 11
BROAD = 0.08  # share of draws whose amplitudes ignore the fit
LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@compiled
def log_truncated_normal(x: float, mean: float, sd: float) -> float:
    """Log density of N(mean, sd) truncated to (0, 1)."""
    z = (x - mean) / sd
    return -0.5 * z * z + log_truncated_peak(mean, sd)


@compiled
def log_truncated_peak(mean: float, sd: float) -> float:
    """Log of that density's value at the mean."""
    inside = 0.5 * (math.erf((1.0 - mean) / (sd * math.sqrt(2.0))) + math.erf(mean / (sd * math.sqrt(2.0))))
    return -math.log(sd * inside) - LOG_SQRT_TWO_PI


@compiled
def log_level_prior(
    levels: int, base: float, first: float, second: float, chance: float, guess_sd: float, peak: float, beta: FloatArray
) -> float:
    """Log prior density of (first amplitude, second amplitude, base); see `Levels`.

    `peak` is `log_truncated_peak(chance, guess_sd)`, beta = (a, b, log B(a, b)).
    """
    if levels in (GUESS, GUESS_CEILING, RISING):
        z = (base - chance) / guess_sd
        guess = peak - 0.5 * z * z
        if levels == GUESS:
            return guess
        if levels == RISING:
            return math.log((0.5 * math.exp(guess) + 0.5) / (1.0 - base))
        room = 1.0 - base
        gained = min(max(first / room, 1e-300), 1.0)
        lapsed = max(1.0 - gained, 1e-300)
        density = guess - beta[2] - math.log(room)
        if beta[0] != 1.0:
            density += (beta[0] - 1.0) * math.log(lapsed)
        if beta[1] != 1.0:
            density += (beta[1] - 1.0) * math.log(gained)
        return float(density)
    if levels == FALLING:
        return -math.log(base + first)
    if levels == VALLEY:
        return -math.log(base + min(first, second))
    if levels == PEAK:
        return -math.log(1.0 - base + min(first, second))
    return 0.0


@compiled
def truncated_draw(mean: float, sd: float, low: float, high: float, uniform: float) -> float:
    """A draw on (low, high): logistic round the mean, exponential where the mean lies far outside."""
    below, above = (low - mean) / sd, (mean - high) / sd
    if below > FAR or above > FAR:
        rate = TAIL * max(below, above) / sd
        step = -math.log1p(uniform * math.expm1(-min(rate * (high - low), 700.0))) / rate
        return min(low + step, high) if below > FAR else max(high - step, low)
    scale = TAIL * sd
    from_low = _logistic_share((low - mean) / scale)
    to_high = _logistic_share((high - mean) / scale)
    share = min(max(from_low + uniform * (to_high - from_low), 1e-300), 1.0 - 1e-16)
    return min(max(mean + scale * math.log(share / (1.0 - share)), low), high)


@compiled
def inside_share(mean: float, sd: float, low: float, high: float) -> float:
    """Share of the logistic proposal inside (low, high); 0 where the proposal is exponential."""
    if (low - mean) / sd > FAR or (mean - high) / sd > FAR:
        return 0.0
    scale = TAIL * sd
    return _logistic_share((high - mean) / scale) - _logistic_share((low - mean) / scale)


@compiled
def truncated_density(x: float, mean: float, sd: float, low: float, high: float, share: float) -> float:
    """Density of that draw at x; `share` is `inside_share`."""
    if share == 0.0:
        below, above = (low - mean) / sd, (mean - high) / sd
        rate = TAIL * max(below, above) / sd
        step = x - low if below > FAR else high - x
        return rate * exp_of_negative(-rate * step) / (1.0 - exp_of_negative(-rate * (high - low)))
    scale = TAIL * sd
    z = exp_of_negative(-abs(x - mean) / scale)
    return z / ((1.0 + z) * (1.0 + z) * scale * share)


@compiled
def _logistic_share(z: float) -> float:
    """Distribution function of the standard logistic; 0 and 1 beyond 17 scales, where the rest is below 1e-7."""
    if z < -17.0:
        return 0.0
    if z > 17.0:
        return 1.0
    e = exp_of_negative(-abs(z))
    return 1.0 / (1.0 + e) if z > 0.0 else e / (1.0 + e)


@compiled
def score_precisions(kind: int, first: FloatArray, second: FloatArray, dispersion: FloatArray) -> FloatArray:
    """What the fits need of the data, shape (n_dispersion, 3, n_points): scores, effective items, precisions.

    The effective number of items is n / (1 + (n - 1) rho); it is 0 for normal scores, whose precision does not depend
    on the curve.
    """
    out = np.zeros((dispersion.size, 3, first.size))
    for i in range(first.size):
        for r in range(dispersion.size):
            if kind == COUNTS:
                out[r, 0, i] = first[i] / second[i]
                out[r, 1, i] = second[i] / (1.0 + (second[i] - 1.0) * dispersion[r])
                out[r, 2, i] = precision_at(out[r, 1, i], 0.0, out[r, 0, i])
            else:
                out[r, 0, i] = first[i]
                out[r, 2, i] = 1.0 / (second[i] * second[i] + dispersion[r] * dispersion[r])
    return out


@compiled
def precision_at(effective: float, precision: float, centre: float) -> float:
    """Inverse variance of a score round a curve at `centre`; `precision` itself for normal scores."""
    if effective <= 0.0:
        return precision
    m = effective + 2.0
    successes = effective * centre + 1.0
    return effective * m * m / (successes * (m - successes))


@compiled
def weighted_fit(
    levels: int,
    sign: float,
    arms: FloatArray,
    data: FloatArray,
    node: int,
    used: FloatArray,
    chance: float,
    guess_sd: float,
    fits: FloatArray,
    start: int,
    dropped: int,
    reject: int,
    target: int,
    final: bool,
) -> None:
    """One weighted least-squares step, written into row `target` of `fits`; see `FIT_COLUMNS`.

    Weights are those at the curve of row `start` of `fits`, or at the observed scores if `start` is negative. The point
    `dropped` counts for nothing: as a failed run it says nothing of the curve. If `reject` is not negative, the same
    holds for every point more than `REJECT` standard deviations below that curve: where two runs failed, no fit that
    drops one finds the curve. Means alone are written unless `final`.
    """
    arm_mean, arm_precision, base_mean, base_precision = 0.5, 9.0, 0.5, 4.0
    if levels in (GUESS, GUESS_CEILING):
        base_mean, base_precision = chance, 1.0 / (guess_sd * guess_sd)
        arm_mean, arm_precision = 0.75 * (1.0 - chance), 20.0
    one = levels not in (GUESS, CONSTANT)
    two = levels in (VALLEY, PEAK)
    p00, p11, p22 = arm_precision, arm_precision, base_precision
    p01 = p02 = p12 = 0.0
    r0, r1, r2 = arm_precision * arm_mean, arm_precision * arm_mean, base_precision * base_mean
    at_first, at_second, at_base = 0.0, 0.0, 0.0
    if start >= 0:
        at_first, at_second, at_base = sign * fits[start, 0], sign * fits[start, 1], fits[start, 2]
    for i in range(used.size):
        if used[i] == 0.0 or i == dropped:
            continue
        observed, weight = data[node, 0, i], data[node, 2, i]
        if start >= 0:
            fitted = min(max(at_base + at_first * arms[i, 0] + at_second * arms[i, 1], 0.0), 1.0)
            weight = precision_at(data[node, 1, i], weight, 0.5 * (fitted + observed))
            if reject >= 0 and fitted > observed and (fitted - observed) ** 2 * weight > REJECT * REJECT:
                continue
        p22 += weight
        r2 += weight * observed
        if one:
            first = weight * sign * arms[i, 0]
            p00 += first * sign * arms[i, 0]
            p02 += first
            r0 += first * observed
        if two:
            second = weight * sign * arms[i, 1]
            p01 += second * sign * arms[i, 0]
            p11 += second * sign * arms[i, 1]
            p12 += second
            r1 += second * observed
    i00, i01, i02 = p11 * p22 - p12 * p12, p02 * p12 - p01 * p22, p01 * p12 - p02 * p11
    scale = 1.0 / max(p00 * i00 + p01 * i01 + p02 * i02, 1e-300)
    c00, c01, c02 = max(i00 * scale, 1e-24), i01 * scale, i02 * scale
    c11 = max((p00 * p22 - p02 * p02) * scale, 1e-24)
    c12, c22 = (p01 * p02 - p00 * p12) * scale, max((p00 * p11 - p01 * p01) * scale, 1e-24)
    fits[target, 0] = c00 * r0 + c01 * r1 + c02 * r2 if one else 0.0
    fits[target, 1] = c01 * r0 + c11 * r1 + c12 * r2 if two else 0.0
    fits[target, 2] = c02 * r0 + c12 * r1 + c22 * r2
    if not final:
        return
    fits[target, 3] = math.sqrt(c00)
    fits[target, 4] = c01 / c00
    left = max(c11 - c01 * c01 / c00, 1e-24)
    fits[target, 5] = math.sqrt(left)
    fits[target, 6] = c02 / c00
    cross = (c12 - c01 * c02 / c00) / left if two else 0.0
    fits[target, 7] = cross
    fits[target, 8] = math.sqrt(max(c22 - c02 * c02 / c00 - cross * cross * left, 1e-24)) if one else math.sqrt(c22)
    fits[target, 9] = math.sqrt(c22)
    fits[target, 10] = inside_share(fits[target, 0], fits[target, 3], 0.0, 1.0) if one else 1.0


@compiled
def fit_levels(
    levels: int,
    sign: float,
    arms: FloatArray,
    data: FloatArray,
    node: int,
    used: FloatArray,
    chance: float,
    guess_sd: float,
    rate: float,
    fits: FloatArray,
) -> float:
    """Fit the levels to all points, and, where one lies far below that curve, also without it.

    Writes both rows of `fits`, shape (2, FIT_COLUMNS), and returns the share of draws that the second fit deserves: 0
    if no point looks like a failed run.
    """
    # Not literals, for each of which `weighted_fit` would be compiled once more.
    row = min(node, 0)
    other, none = row + 1, row - 1
    middling, final = used.size < 0, used.size >= 0
    weighted_fit(levels, sign, arms, data, node, used, chance, guess_sd, fits, none, none, none, row, middling)
    weighted_fit(levels, sign, arms, data, node, used, chance, guess_sd, fits, row, none, none, row, final)
    lowest, worst = SUSPECT * SUSPECT, none
    at_first, at_second, at_base = sign * fits[row, 0], sign * fits[row, 1], fits[row, 2]
    for i in range(used.size):
        gap = at_base + at_first * arms[i, 0] + at_second * arms[i, 1] - data[node, 0, i]
        # The precision at the score itself is the larger one wherever the score is extreme: a cheap first sieve.
        if used[i] != 0.0 and gap > 0.0 and gap * gap * data[node, 2, i] > lowest:
            centre = min(data[node, 0, i] + 0.5 * gap, 1.0)
            misfit = gap * gap * precision_at(data[node, 1, i], data[node, 2, i], centre)
            if misfit > lowest:
                lowest, worst = misfit, i
    if worst < 0:
        return 0.0
    weighted_fit(levels, sign, arms, data, node, used, chance, guess_sd, fits, row, worst, none, other, middling)
    weighted_fit(levels, sign, arms, data, node, used, chance, guess_sd, fits, other, worst, other, other, final)
    # Log odds of "that run failed" against "it did not", roughly: the misfit it causes, against its price.
    fitted = fits[other, 2] + sign * (fits[other, 0] * arms[worst, 0] + fits[other, 1] * arms[worst, 1])
    fitted = min(max(fitted, 0.02), 1.0)
    odds = 0.4 * lowest + math.log(rate / fitted) - 0.5 * math.log(data[node, 2, worst]) + 1.0
    share = 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))
    return min(max(share, 0.15), 0.85)


@compiled
def draw_levels(
    levels: int, fits: FloatArray, second_share: float, sobol: FloatArray, row: int, drawn: FloatArray
) -> None:
    """Draw (amplitude_1, amplitude_2, base) into drawn[row].

    The draw comes from the first fit, or from the second with probability `second_share`, or, with probability
    `BROAD`, has amplitudes that ignore the fits: a run that failed may hide any amplitude. The numbers come from
    columns 2 to 4 of `sobol`.
    """
    first_uniform, second_uniform = sobol[row, 2], sobol[row, 3]
    one = levels not in (GUESS, CONSTANT)
    two = levels in (VALLEY, PEAK)
    first_share = (1.0 - BROAD) * (1.0 - second_share)
    broad, fit, uniform = False, 0, first_uniform
    if first_uniform < BROAD:
        broad, uniform = True, first_uniform / BROAD
    elif first_uniform < BROAD + first_share:
        uniform = (first_uniform - BROAD) / first_share
    else:
        fit, uniform = 1, min((first_uniform - BROAD - first_share) / ((1.0 - BROAD) * second_share), 1.0 - 1e-16)
    first, second = 0.0, 0.0
    if one:
        first = uniform if broad else truncated_draw(fits[fit, 0], fits[fit, 3], 0.0, 1.0, uniform)
        if two:
            centre = fits[fit, 1] + fits[fit, 4] * (first - fits[fit, 0])
            second = second_uniform if broad else truncated_draw(centre, fits[fit, 5], 0.0, 1.0, second_uniform)
    low, high = base_bounds(levels, first, second)
    centre, sd = _base_given(fits, fit, first, second)
    if broad:
        centre, sd = fits[0, 2], fits[0, 9]
    drawn[row, 0], drawn[row, 1] = first, second
    drawn[row, 2] = truncated_draw(centre, sd, low, high, sobol[row, 4])


@compiled
def base_bounds(levels: int, first: float, second: float) -> tuple[float, float]:
    """Between which values the base keeps the curve in [0, 1]."""
    most = max(first, second)
    low, high = (most, 1.0) if levels == PEAK else (0.0, 1.0 - most)
    return low, max(high, low + 1e-15)


@compiled
def draw_density(levels: int, fits: FloatArray, second_share: float, first: float, second: float, base: float) -> float:
    """Density of that draw at given levels."""
    one = levels not in (GUESS, CONSTANT)
    two = levels in (VALLEY, PEAK)
    low, high = base_bounds(levels, first, second)
    density = (1.0 - BROAD) * (1.0 - second_share) * _fit_density(one, two, fits, 0, first, second, base, low, high)
    density += BROAD * _plain_density(base, fits[0, 2], fits[0, 9], low, high)
    if second_share > 0.0:
        density += (1.0 - BROAD) * second_share * _fit_density(one, two, fits, 1, first, second, base, low, high)
    return density


@compiled
def _base_given(fits: FloatArray, fit: int, first: float, second: float) -> tuple[float, float]:
    """Mean and standard deviation of the base given both amplitudes."""
    gap = first - fits[fit, 0]
    rest = second - fits[fit, 1] - fits[fit, 4] * gap
    return fits[fit, 2] + fits[fit, 6] * gap + fits[fit, 7] * rest, fits[fit, 8]


@compiled
def _plain_density(x: float, mean: float, sd: float, low: float, high: float) -> float:
    """Density of a truncated draw whose share inside the bounds is not known yet."""
    return truncated_density(x, mean, sd, low, high, inside_share(mean, sd, low, high))


@compiled
def _fit_density(
    one: bool, two: bool, fits: FloatArray, fit: int, first: float, second: float, base: float, low: float, high: float
) -> float:
    """Density of a draw from one fit."""
    density = 1.0
    if one:
        density = truncated_density(first, fits[fit, 0], fits[fit, 3], 0.0, 1.0, fits[fit, 10])
    if two:
        centre = fits[fit, 1] + fits[fit, 4] * (first - fits[fit, 0])
        density *= _plain_density(second, centre, fits[fit, 5], 0.0, 1.0)
    centre, sd = _base_given(fits, fit, first, second)
    return density * _plain_density(base, centre, sd, low, high)
