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
BROAD = 0.08  # share of draws whose amplitudes ignore the fit
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
        return float(log_truncated_normal(base, chance, guess_sd) + density)
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
def score_precisions(
    kind: int, first: FloatArray, second: FloatArray, dispersion: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What the fits need of the data: scores (n_points,), effective items and precisions (n_dispersion, n_points).

    The effective number of items is n / (1 + (n - 1) rho); it is 0 for normal scores, whose precision does not depend
    on the curve.
    """
    observed = np.empty(first.size)
    effective = np.zeros((dispersion.size, first.size))
    precision = np.empty((dispersion.size, first.size))
    for i in range(first.size):
        observed[i] = first[i] / second[i] if kind == COUNTS else first[i]
        for r in range(dispersion.size):
            if kind == COUNTS:
                effective[r, i] = second[i] / (1.0 + (second[i] - 1.0) * dispersion[r])
                precision[r, i] = precision_at(effective[r, i], 0.0, observed[i])
            else:
                precision[r, i] = 1.0 / (second[i] * second[i] + dispersion[r] * dispersion[r])
    return observed, effective, precision


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
    observed: FloatArray,
    effective: FloatArray,
    precision: FloatArray,
    used: FloatArray,
    chance: float,
    guess_sd: float,
    start: FloatArray,
    started: bool,
    reject_below: float,
    dropped: int,
    mean: FloatArray,
    covariance: FloatArray,
) -> None:
    """One weighted least-squares step: mean (3,) and covariance (3, 3) of (amplitude_1, amplitude_2, base).

    Weights are those at the curve `start` if `started`, else at the observed scores. Points more than `reject_below`
    standard deviations below that curve, and the point `dropped`, count for nothing: as failed runs they say nothing of
    the curve.
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
    for i in range(observed.size):
        if used[i] == 0.0 or i == dropped:
            continue
        weight = precision[i]
        if started:
            fitted = start[2] + sign * (start[0] * arms[i, 0] + start[1] * arms[i, 1])
            fitted = min(max(fitted, 0.0), 1.0)
            weight = precision_at(effective[i], precision[i], 0.5 * (fitted + observed[i]))
            gap = fitted - observed[i]
            if gap > 0.0 and gap * gap * weight > reject_below * reject_below:
                continue
        p22 += weight
        r2 += weight * observed[i]
        if one:
            first = weight * sign * arms[i, 0]
            p00 += first * sign * arms[i, 0]
            p02 += first
            r0 += first * observed[i]
        if two:
            second = weight * sign * arms[i, 1]
            p01 += second * sign * arms[i, 0]
            p11 += second * sign * arms[i, 1]
            p12 += second
            r1 += second * observed[i]
    i00, i01, i02 = p11 * p22 - p12 * p12, p02 * p12 - p01 * p22, p01 * p12 - p02 * p11
    scale = 1.0 / max(p00 * i00 + p01 * i01 + p02 * i02, 1e-300)
    covariance[0, 0] = max(i00 * scale, 1e-24)
    covariance[0, 1] = i01 * scale
    covariance[0, 2] = i02 * scale
    covariance[1, 1] = max((p00 * p22 - p02 * p02) * scale, 1e-24)
    covariance[1, 2] = (p01 * p02 - p00 * p12) * scale
    covariance[2, 2] = max((p00 * p11 - p01 * p01) * scale, 1e-24)
    mean[0] = covariance[0, 0] * r0 + covariance[0, 1] * r1 + covariance[0, 2] * r2 if one else 0.0
    mean[1] = covariance[0, 1] * r0 + covariance[1, 1] * r1 + covariance[1, 2] * r2 if two else 0.0
    mean[2] = covariance[0, 2] * r0 + covariance[1, 2] * r1 + covariance[2, 2] * r2


@compiled
def fit_levels(
    levels: int,
    sign: float,
    arms: FloatArray,
    observed: FloatArray,
    effective: FloatArray,
    precision: FloatArray,
    used: FloatArray,
    chance: float,
    guess_sd: float,
    rate: float,
    means: FloatArray,
    covariances: FloatArray,
) -> float:
    """Fit the levels to all points, and, where one lies far below that curve, also without it.

    Writes means (2, 3) and covariances (2, 3, 3) and returns the share of draws that the second fit deserves: 0 if no
    point looks like a failed run.
    """
    weighted_fit(
        levels, sign, arms, observed, effective, precision, used, chance, guess_sd,
        means[0], False, math.inf, -1, means[0], covariances[0],
    )  # fmt: skip
    weighted_fit(
        levels, sign, arms, observed, effective, precision, used, chance, guess_sd,
        means[0], True, math.inf, -1, means[0], covariances[0],
    )  # fmt: skip
    lowest, worst = SUSPECT * SUSPECT, -1
    for i in range(observed.size):
        if used[i] == 0.0:
            continue
        fitted = means[0, 2] + sign * (means[0, 0] * arms[i, 0] + means[0, 1] * arms[i, 1])
        gap = fitted - observed[i]
        if gap > 0.0:
            misfit = gap * gap * precision_at(effective[i], precision[i], 0.5 * (min(fitted, 1.0) + observed[i]))
            if misfit > lowest:
                lowest, worst = misfit, i
    if worst < 0:
        return 0.0
    weighted_fit(
        levels, sign, arms, observed, effective, precision, used, chance, guess_sd,
        means[0], True, math.inf, worst, means[1], covariances[1],
    )  # fmt: skip
    weighted_fit(
        levels, sign, arms, observed, effective, precision, used, chance, guess_sd,
        means[1], True, REJECT, worst, means[1], covariances[1],
    )  # fmt: skip
    # Log odds of "that run failed" against "it did not", roughly: the misfit it causes, against its price.
    fitted = means[1, 2] + sign * (means[1, 0] * arms[worst, 0] + means[1, 1] * arms[worst, 1])
    fitted = min(max(fitted, 0.02), 1.0)
    odds = 0.4 * lowest + math.log(rate / fitted) - 0.5 * math.log(precision[worst]) + 1.0
    share = 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))
    return min(max(share, 0.15), 0.85)


@compiled
def draw_levels(
    levels: int,
    means: FloatArray,
    covariances: FloatArray,
    second_share: float,
    uniforms: FloatArray,
    out: FloatArray,
) -> float:
    """Draw (amplitude_1, amplitude_2, base) into out and return the draw's log density.

    The draw comes from one of the two fits, or, with probability `BROAD`, has amplitudes that ignore the fits: a run
    that failed may hide any amplitude. The density is that of the mixture.
    """
    choice = uniforms[0]
    shares = (BROAD, (1.0 - BROAD) * (1.0 - second_share), (1.0 - BROAD) * second_share)
    if choice < shares[0]:
        component, uniform = 0, choice / shares[0]
    elif choice < shares[0] + shares[1]:
        component, uniform = 1, (choice - shares[0]) / shares[1]
    else:
        component, uniform = 2, min((choice - shares[0] - shares[1]) / shares[2], 1.0 - 1e-16)
    fit = 1 if component == 2 else 0
    _draw(
        levels, means[fit], covariances[fit], component == 0, uniform,
        uniforms[1], uniforms[2], out,
    )  # fmt: skip
    density = shares[0] * _density(levels, means[0], covariances[0], True, out)
    density += shares[1] * _density(levels, means[0], covariances[0], False, out)
    if second_share > 0.0:
        density += shares[2] * _density(levels, means[1], covariances[1], False, out)
    return math.log(density) if density > 0.0 else math.inf


@compiled
def _conditional_base(
    two: bool, mean: FloatArray, covariance: FloatArray, levels: FloatArray
) -> tuple[float, float, float, float]:
    """Mean and sd of the second amplitude given the first, and of the base given both."""
    gap = (levels[0] - mean[0]) / covariance[0, 0]
    base_mean = mean[2] + covariance[0, 2] * gap
    base_variance = covariance[2, 2] - covariance[0, 2] * covariance[0, 2] / covariance[0, 0]
    second_mean, second_variance = 0.0, 1.0
    if two:
        second_mean = mean[1] + covariance[0, 1] * gap
        second_variance = max(covariance[1, 1] - covariance[0, 1] * covariance[0, 1] / covariance[0, 0], 1e-24)
        cross = covariance[1, 2] - covariance[0, 1] * covariance[0, 2] / covariance[0, 0]
        base_mean += cross / second_variance * (levels[1] - second_mean)
        base_variance -= cross * cross / second_variance
    return second_mean, math.sqrt(second_variance), base_mean, math.sqrt(max(base_variance, 1e-24))


@compiled
def _draw(
    levels: int,
    mean: FloatArray,
    covariance: FloatArray,
    broad: bool,
    first_uniform: float,
    second_uniform: float,
    base_uniform: float,
    out: FloatArray,
) -> None:
    """One draw of one component."""
    out[0] = out[1] = 0.0
    if levels in (GUESS, CONSTANT):
        out[2] = truncated_draw(mean[2], math.sqrt(covariance[2, 2]), 0.0, 1.0, base_uniform)
        return
    two = levels in (VALLEY, PEAK)
    out[0] = first_uniform
    if not broad:
        out[0] = truncated_draw(mean[0], math.sqrt(covariance[0, 0]), 0.0, 1.0, first_uniform)
    if two:
        second_mean, second_sd, base_mean, base_sd = _conditional_base(two, mean, covariance, out)
        out[1] = second_uniform if broad else truncated_draw(second_mean, second_sd, 0.0, 1.0, second_uniform)
    second_mean, second_sd, base_mean, base_sd = _conditional_base(two, mean, covariance, out)
    if broad:
        base_mean, base_sd = mean[2], math.sqrt(covariance[2, 2])
    low, high = (max(out[0], out[1]), 1.0) if levels == PEAK else (0.0, 1.0 - max(out[0], out[1]))
    out[2] = truncated_draw(base_mean, base_sd, low, max(high, low + 1e-15), base_uniform)


@compiled
def _density(levels: int, mean: FloatArray, covariance: FloatArray, broad: bool, out: FloatArray) -> float:
    """Density of one component at a draw."""
    if levels in (GUESS, CONSTANT):
        return truncated_density(out[2], mean[2], math.sqrt(covariance[2, 2]), 0.0, 1.0)
    low, high = (max(out[0], out[1]), 1.0) if levels == PEAK else (0.0, 1.0 - max(out[0], out[1]))
    high = max(high, low + 1e-15)
    if broad:
        return truncated_density(out[2], mean[2], math.sqrt(covariance[2, 2]), low, high)
    two = levels in (VALLEY, PEAK)
    second_mean, second_sd, base_mean, base_sd = _conditional_base(two, mean, covariance, out)
    density = truncated_density(out[0], mean[0], math.sqrt(covariance[0, 0]), 0.0, 1.0)
    if two:
        density *= truncated_density(out[1], second_mean, second_sd, 0.0, 1.0)
    return density * truncated_density(out[2], base_mean, base_sd, low, high)
