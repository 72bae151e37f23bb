"""The linear part of a curve: base and amplitudes, given its shape and one dispersion node.

f_i = base + sign * sum_m amplitude_m h_mi is linear in (amplitude_1, amplitude_2, base), so their conditional posterior is close to normal. It is
approximated by two steps of iteratively reweighted least squares with a normal stand-in for the prior, and one draw is taken from a
truncated, heavier-tailed version of it: amplitudes first, then the base, so that the constraints amplitude >= 0 and 0 <= f <= 1
hold by construction. The draw's density is returned, so the weights are exact whatever the approximation is worth.
"""

from __future__ import annotations

import math

from emergence_stats.compiled import compiled
from emergence_stats.models.curves.spec import Levels
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.series import FloatArray

GUESS = int(Levels.GUESS)
GUESS_CEILING = int(Levels.GUESS_CEILING)
CONSTANT = int(Levels.CONSTANT)
RISING = int(Levels.RISING)
FALLING = int(Levels.FALLING)
VALLEY = int(Levels.VALLEY)
PEAK = int(Levels.PEAK)
TAIL = 0.75  # scale of the logistic proposal in standard deviations: heavier than the normal's tails
FAR = 2.0  # standard deviations outside a bound beyond which the proposal is exponential
BROAD = 0.12  # share of draws whose amplitudes ignore the fit
LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@compiled
def log_truncated_normal(x: float, mean: float, sd: float) -> float:
    """Log density of N(mean, sd) truncated to (0, 1)."""
    inside = 0.5 * (math.erf((1.0 - mean) / (sd * math.sqrt(2.0))) + math.erf(mean / (sd * math.sqrt(2.0))))
    z = (x - mean) / sd
    return -0.5 * z * z - math.log(sd * inside) - LOG_SQRT_TWO_PI


@compiled
def log_level_prior(
    levels: int, base: float, first: float, second: float, chance: float, guess_sd: float, beta: FloatArray
) -> float:
    """Log prior density of (first amplitude, second amplitude, base); see `Levels`. beta = (a, b, log B(a, b))."""
    if levels == GUESS:
        return log_truncated_normal(base, chance, guess_sd)
    if levels == GUESS_CEILING:
        room = 1.0 - base
        gained = min(max(first / room, 1e-300), 1.0)
        lapsed = max(1.0 - gained, 1e-300)
        density = -beta[2] - math.log(room)
        if beta[0] != 1.0:
            density += (beta[0] - 1.0) * math.log(lapsed)
        if beta[1] != 1.0:
            density += (beta[1] - 1.0) * math.log(gained)
        return log_truncated_normal(base, chance, guess_sd) + density
    if levels == RISING:
        guess = math.exp(log_truncated_normal(base, chance, guess_sd))
        return math.log(0.5 * guess + 0.5) - math.log(1.0 - base)
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
    from_low = 1.0 / (1.0 + math.exp((mean - low) / scale))
    to_high = 1.0 / (1.0 + math.exp((mean - high) / scale))
    share = min(max(from_low + uniform * (to_high - from_low), 1e-300), 1.0 - 1e-16)
    return min(max(mean + scale * math.log(share / (1.0 - share)), low), high)


@compiled
def truncated_density(x: float, mean: float, sd: float, low: float, high: float) -> float:
    """Density of that draw at x."""
    below, above = (low - mean) / sd, (mean - high) / sd
    if below > FAR or above > FAR:
        rate = TAIL * max(below, above) / sd
        step = x - low if below > FAR else high - x
        return rate * math.exp(-min(rate * step, 700.0)) / -math.expm1(-min(rate * (high - low), 700.0))
    scale = TAIL * sd
    from_low = 1.0 / (1.0 + math.exp((mean - low) / scale))
    to_high = 1.0 / (1.0 + math.exp((mean - high) / scale))
    z = math.exp(-min(abs(x - mean) / scale, 700.0))
    return z / ((1.0 + z) * (1.0 + z) * scale * (to_high - from_low))


@compiled
def fit_levels(
    levels: int,
    sign: float,
    arms: FloatArray,
    kind: int,
    first: FloatArray,
    second: FloatArray,
    used: FloatArray,
    dispersion: float,
    chance: float,
    guess_sd: float,
    rate: float,
    mean: FloatArray,
    covariance: FloatArray,
) -> None:
    """Write the approximate conditional mean (3,) and covariance (3, 3) of (amplitude_1, amplitude_2, base)."""
    arm_mean, arm_precision, base_mean, base_precision = 0.5, 9.0, 0.5, 4.0
    if levels == GUESS or levels == GUESS_CEILING:
        base_mean, base_precision = chance, 1.0 / (guess_sd * guess_sd)
        arm_mean, arm_precision = 0.75 * (1.0 - chance), 20.0
    n_arms = 0 if levels == GUESS or levels == CONSTANT else (2 if levels == VALLEY or levels == PEAK else 1)
    for sweep in range(2):
        p00, p11, p22 = arm_precision, arm_precision, base_precision
        p01 = p02 = p12 = 0.0
        r0, r1, r2 = arm_precision * arm_mean, arm_precision * arm_mean, base_precision * base_mean
        for i in range(first.size):
            if used[i] == 0.0:
                continue
            observed = first[i] / second[i] if kind == COUNTS else first[i]
            fitted = observed
            if sweep > 0:
                fitted = mean[2] + sign * (mean[0] * arms[i, 0] + mean[1] * arms[i, 1])
                fitted = min(max(fitted, 0.0), 1.0)
            if kind == COUNTS:
                effective = second[i] / (1.0 + (second[i] - 1.0) * dispersion)
                centre = (effective * 0.5 * (fitted + observed) + 1.0) / (effective + 2.0)
                weight = effective / (centre * (1.0 - centre))
            else:
                weight = 1.0 / (second[i] * second[i] + dispersion * dispersion)
            if sweep > 0 and observed < fitted:
                # A point far below the curve is more probably a failed run, which says nothing of the curve.
                z = (fitted - observed) * math.sqrt(weight)
                odds = rate / max(fitted, 0.02) / math.sqrt(weight) * 2.5
                weight /= 1.0 + odds * math.exp(min(0.5 * z * z, 600.0))
            h0 = sign * arms[i, 0] if n_arms > 0 else 0.0
            h1 = sign * arms[i, 1] if n_arms > 1 else 0.0
            p00 += weight * h0 * h0
            p01 += weight * h0 * h1
            p02 += weight * h0
            p11 += weight * h1 * h1
            p12 += weight * h1
            p22 += weight
            r0 += weight * h0 * observed
            r1 += weight * h1 * observed
            r2 += weight * observed
        i00, i01, i02 = p11 * p22 - p12 * p12, p02 * p12 - p01 * p22, p01 * p12 - p02 * p11
        scale = 1.0 / (p00 * i00 + p01 * i01 + p02 * i02)
        covariance[0, 0] = i00 * scale
        covariance[0, 1] = i01 * scale
        covariance[0, 2] = i02 * scale
        covariance[1, 1] = (p00 * p22 - p02 * p02) * scale
        covariance[1, 2] = (p01 * p02 - p00 * p12) * scale
        covariance[2, 2] = (p00 * p11 - p01 * p01) * scale
        mean[0] = covariance[0, 0] * r0 + covariance[0, 1] * r1 + covariance[0, 2] * r2
        mean[1] = covariance[0, 1] * r0 + covariance[1, 1] * r1 + covariance[1, 2] * r2
        mean[2] = covariance[0, 2] * r0 + covariance[1, 2] * r1 + covariance[2, 2] * r2
        if n_arms < 1:
            mean[0] = 0.0
        if n_arms < 2:
            mean[1] = 0.0


@compiled
def draw_levels(
    levels: int, mean: FloatArray, covariance: FloatArray, uniforms: FloatArray, shift: float, out: FloatArray
) -> float:
    """Draw (amplitude_1, amplitude_2, base) into out and return the draw's log density.

    A share `BROAD` of the draws ignores the fit of the amplitudes and takes them uniform, the base from its marginal: a point that
    failed may hide any amplitude, which the fit, made of all points, cannot know.
    """
    out[0] = out[1] = 0.0
    if levels == GUESS or levels == CONSTANT:
        sd = math.sqrt(covariance[2, 2])
        out[2] = truncated_draw(mean[2], sd, 0.0, 1.0, (uniforms[2] + shift) % 1.0)
        return math.log(truncated_density(out[2], mean[2], sd, 0.0, 1.0))
    two = levels == VALLEY or levels == PEAK
    choice = (uniforms[0] + shift) % 1.0
    broad = choice < BROAD
    first_sd = math.sqrt(covariance[0, 0])
    if broad:
        out[0] = choice / BROAD
    else:
        out[0] = truncated_draw(mean[0], first_sd, 0.0, 1.0, (choice - BROAD) / (1.0 - BROAD))
    density = truncated_density(out[0], mean[0], first_sd, 0.0, 1.0)
    gap = (out[0] - mean[0]) / covariance[0, 0]
    base_mean = mean[2] + covariance[0, 2] * gap
    base_variance = covariance[2, 2] - covariance[0, 2] * covariance[0, 2] / covariance[0, 0]
    if two:
        second_mean = mean[1] + covariance[0, 1] * gap
        second_variance = max(covariance[1, 1] - covariance[0, 1] * covariance[0, 1] / covariance[0, 0], 1e-24)
        cross = covariance[1, 2] - covariance[0, 1] * covariance[0, 2] / covariance[0, 0]
        second_sd = math.sqrt(second_variance)
        uniform = (uniforms[1] + shift) % 1.0
        out[1] = uniform if broad else truncated_draw(second_mean, second_sd, 0.0, 1.0, uniform)
        density *= truncated_density(out[1], second_mean, second_sd, 0.0, 1.0)
        base_mean += cross / second_variance * (out[1] - second_mean)
        base_variance -= cross * cross / second_variance
    most = max(out[0], out[1])
    low, high = (most, 1.0) if levels == PEAK else (0.0, 1.0 - most)
    if high - low < 1e-12:
        return math.inf
    sd = math.sqrt(max(base_variance, 1e-24))
    marginal_sd = math.sqrt(covariance[2, 2])
    uniform = (uniforms[2] + shift) % 1.0
    if broad:
        out[2] = truncated_draw(mean[2], marginal_sd, low, high, uniform)
    else:
        out[2] = truncated_draw(base_mean, sd, low, high, uniform)
    density *= truncated_density(out[2], base_mean, sd, low, high)
    wide = truncated_density(out[2], mean[2], marginal_sd, low, high)
    return math.log((1.0 - BROAD) * density + BROAD * wide)
