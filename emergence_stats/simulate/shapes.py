"""Shapes of a rise: share of it that is completed at x, given threshold and width.

Every function takes x = log10(scale) of any shape (threshold on the same axis, width in decades) and returns
values in [0, 1]. In a monotone rise the threshold is the midpoint (50 %) and the width the distance from 10 % to 90 %.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.series import FloatArray
from emergence_stats.simulate.standard import double_rise, exact_match, multiple_choice, standardised

Rise = Callable[[npt.ArrayLike, float, float], FloatArray]

LOGIT_90 = math.log(9.0)
NORMAL_90 = 1.2815515655446004  # 90 % point of the standard normal
LN2 = math.log(2.0)
LOG_LOG_SPAN = math.log(math.log(10.0) / -math.log(0.9))  # 10-90 % of exp(-e^-u), in u
KINK_FLOOR = 0.02  # level of the flat part of `kink`, before it is scaled to start at 0
BROKEN_EXPONENT = 0.5  # power of the error's fall after the break, in units of the break's sharpness
LARGEST = 500.0  # limit on exponents, so that nothing overflows


def logistic(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Logistic: g = 1 / (1 + exp(-2 ln 9 (x - t) / w))."""
    return 1.0 / (1.0 + np.exp(-_limited(2.0 * LOGIT_90 * _distance(x, threshold, width))))


def gompertz(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Gompertz: g = exp(-ln 2 exp(-s (x - t) / w)), s = ln(ln 10 / -ln 0.9).

    It is p^L of a power law with exponent alpha = s / (w ln 10) per nat of scale.
    """
    return np.exp(-LN2 * np.exp(-_limited(LOG_LOG_SPAN * _distance(x, threshold, width))))


def ramp(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Ramp: g = clip(1/2 + 0.8 (x - t) / w, 0, 1): flat, linear in log scale, flat."""
    return np.clip(0.5 + 0.8 * _distance(x, threshold, width), 0.0, 1.0)


def step(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Step: g = 1 above the threshold, else 0; the width is ignored and truly 0."""
    del width
    return (np.asarray(x, dtype=np.float64) > threshold).astype(np.float64)


def probit(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Probit: g = Phi(2 z_90 (x - t) / w)."""
    from scipy.special import ndtr

    return np.asarray(ndtr(2.0 * NORMAL_90 * _distance(x, threshold, width)), dtype=np.float64)


def weibull(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Weibull: g = 1 - exp(-ln 2 exp(s (x - t) / w)); s and mirror image: `gompertz`."""
    return -np.expm1(-LN2 * np.exp(_limited(LOG_LOG_SPAN * _distance(x, threshold, width))))


def kink(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Flat, then linear on the complementary log-log scale: log(-log(1 - h)) = a + b max(0, x - c), scaled to [0, 1].

    g = (h - h_0) / (1 - h_0) with h_0 = `KINK_FLOOR`; g = q where -log(1 - h) = E_q = -log((1 - h_0)(1 - q)), so
    b = log(E_90 / E_10) / w and c = t - (log E_50 - a) / b.
    """
    log_hazard = [math.log(-math.log((1.0 - KINK_FLOOR) * (1.0 - share))) for share in (0.0, 0.1, 0.5, 0.9)]
    slope = (log_hazard[3] - log_hazard[1]) / width
    change = threshold - (log_hazard[2] - log_hazard[0]) / slope
    above = np.maximum(np.asarray(x, dtype=np.float64) - change, 0.0)
    level = -np.expm1(-np.exp(_limited(log_hazard[0] + slope * above)))
    return np.clip((level - KINK_FLOOR) / (1.0 - KINK_FLOOR), 0.0, 1.0)


def arctan(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Arc tangent, heavy tails on both sides: g = 1/2 + atan(2 tan(0.4 pi) (x - t) / w) / pi."""
    return 0.5 + np.arctan(2.0 * math.tan(0.4 * math.pi) * _distance(x, threshold, width)) / math.pi


def broken_power_law(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Broken power law: g = 1 - (1 + e^u)^-k, k = `BROKEN_EXPONENT`.

    The error stays at 1, then falls as a power of scale: the smoothly broken power law of Caballero et al. 2022
    (arXiv 2210.14891) with one break and a first exponent of 0. u is linear in x; u_q = log((1 - q)^(-1/k) - 1).
    """
    low, middle, high = (math.log((1.0 - share) ** (-1.0 / BROKEN_EXPONENT) - 1.0) for share in (0.1, 0.5, 0.9))
    u = _limited(middle + (high - low) * _distance(x, threshold, width))
    return -np.expm1(-BROKEN_EXPONENT * np.logaddexp(0.0, u))


def exact_match_mixture(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """p^L of a power law, averaged over answers of several lengths; see `standard.exact_match`."""
    return standardised(exact_match, x, threshold, width)


def two_stage(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Two logistic rises with a plateau at one half; see `standard.double_rise`."""
    return standardised(double_rise, x, threshold, width)


def choice_margin(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Choosing among four options by a margin that grows as a power law; see `standard.multiple_choice`."""
    return standardised(multiple_choice, x, threshold, width)


def no_ability(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """No ability: g = 0: the guess rate at every scale."""
    del threshold, width
    return np.zeros_like(np.asarray(x, dtype=np.float64))


def constant(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Constant: g = 1: the ceiling at every scale (saturated, or whatever level the lapse rate leaves)."""
    del threshold, width
    return np.ones_like(np.asarray(x, dtype=np.float64))


def decreasing(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Falling ramp: g = 1 - ramp: falls from 1 to 0, midpoint and 10-90 % width of the fall."""
    return 1.0 - ramp(x, threshold, width)


def valley(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Valley: g = min(1, 0.8 |x - t| / w): a U with its lowest point at the threshold; the width is that of one arm."""
    return np.minimum(1.0, 0.8 * np.abs(_distance(x, threshold, width)))


def peak(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """Peak: g = 1 - valley: an inverted U with its highest point at the threshold."""
    return 1.0 - valley(x, threshold, width)


def _distance(x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """(x - t) / w."""
    return (np.asarray(x, dtype=np.float64) - threshold) / width


def _limited(exponent: FloatArray) -> FloatArray:
    """An exponent that neither overflows nor vanishes."""
    return np.clip(exponent, -LARGEST, LARGEST)


# Rises with a midpoint and a 10-90 % width. "log_linear" is a ramp that `simulate` spreads over all of the range.
MONOTONE_RISES: Mapping[str, Rise] = types.MappingProxyType(
    {
        "logistic": logistic,
        "gompertz": gompertz,
        "ramp": ramp,
        "log_linear": ramp,
        "probit": probit,
        "weibull": weibull,
        "kink": kink,
        "arctan": arctan,
        "broken_power_law": broken_power_law,
        "exact_match_mixture": exact_match_mixture,
        "two_stage": two_stage,
        "choice_margin": choice_margin,
    }
)

SHAPES: Mapping[str, Rise] = types.MappingProxyType(
    {
        **MONOTONE_RISES,
        "step": step,
        "no_ability": no_ability,
        "constant": constant,
        "decreasing": decreasing,
        "valley": valley,
        "peak": peak,
    }
)
