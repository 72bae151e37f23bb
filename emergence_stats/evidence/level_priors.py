"""Prior density of the levels of a curve, its base and amplitudes; see `Levels`."""

from __future__ import annotations

import math

from emergence_stats.compiled import compiled
from emergence_stats.models.curves.spec import Levels
from emergence_stats.numerics import fast_exp, fast_log
from emergence_stats.series import FloatArray

GUESS = int(Levels.GUESS)
GUESS_CEILING = int(Levels.GUESS_CEILING)
CONSTANT = int(Levels.CONSTANT)
RISING = int(Levels.RISING)
FALLING = int(Levels.FALLING)
VALLEY = int(Levels.VALLEY)
PEAK = int(Levels.PEAK)
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
def log_level_priors(
    levels: int, drawn: FloatArray, chance: float, guess_sd: float, peak: float, beta: FloatArray, out: FloatArray
) -> None:
    """Log prior density of many draws, written into out, shape (n,).

    Args:
        levels: code of the prior, see `Levels`.
        drawn: first amplitude, second amplitude and base, shape (3, n).
        chance: centre of the prior of the guess rate.
        guess_sd: its standard deviation.
        peak: `log_truncated_peak` of these two.
        beta: a, b and log B(a, b) of the prior of the lapse rate.
        out: overwritten.
    """
    one, two, base = drawn[0], drawn[1], drawn[2]
    for n in range(out.size):
        out[n] = 0.0
    if levels in (GUESS, GUESS_CEILING, RISING):
        for n in range(out.size):
            z = (base[n] - chance) / guess_sd
            out[n] = peak - 0.5 * z * z
    if levels == RISING:
        for n in range(out.size):
            out[n] = fast_log((0.5 * fast_exp(out[n]) + 0.5) / (1.0 - base[n]))
    elif levels == GUESS_CEILING:
        a, b = beta[0] - 1.0, beta[1] - 1.0
        for n in range(out.size):
            room = 1.0 - base[n]
            gained = min(max(one[n] / room, 1e-300), 1.0)
            lapsed = max(1.0 - gained, 1e-300)
            out[n] += a * fast_log(lapsed) + b * fast_log(gained) - fast_log(room) - beta[2]
    elif levels == FALLING:
        for n in range(out.size):
            out[n] = -fast_log(base[n] + one[n])
    elif levels == VALLEY:
        for n in range(out.size):
            out[n] = -fast_log(base[n] + min(one[n], two[n]))
    elif levels == PEAK:
        for n in range(out.size):
            out[n] = -fast_log(1.0 - base[n] + min(one[n], two[n]))
