"""Draws from an interval, close to normal: logistic round the mean, exponential where the mean lies far outside.

The scale is that of the normal, but the tails are heavier, so that a weight normal / proposal stays bounded. Nothing
here branches: both forms are computed and one is kept, so that loops run on vectors.
"""

from __future__ import annotations

from emergence_stats.compiled import inlined
from emergence_stats.numerics import exp_of_negative, fast_log

TAIL = 0.65  # scale of the logistic in standard deviations: heavier than the normal's tails
FAR = 2.0  # standard deviations outside a bound beyond which the draw is exponential


@inlined
def logistic_share(z: float) -> float:
    """Distribution function of the standard logistic."""
    e = exp_of_negative(-abs(z))
    return (1.0 if z > 0.0 else e) / (1.0 + e)


@inlined
def truncated_draw(mean: float, sd: float, low: float, high: float, uniform: float) -> float:
    """A draw on (low, high)."""
    below, above = (low - mean) / sd, (mean - high) / sd
    scale = TAIL * sd
    from_low = logistic_share((low - mean) / scale)
    to_high = logistic_share((high - mean) / scale)
    share = min(max(from_low + uniform * (to_high - from_low), 1e-300), 1.0 - 1e-16)
    near = mean + scale * fast_log(share / (1.0 - share))
    rate = TAIL * max(below, above) / sd
    step = -fast_log(1.0 - uniform * (1.0 - exp_of_negative(-rate * (high - low)))) / rate
    far = low + step if below > above else high - step
    drawn = far if max(below, above) > FAR else near
    return min(max(drawn, low), high)


@inlined
def truncated_density(x: float, mean: float, sd: float, low: float, high: float) -> float:
    """Density of that draw at x."""
    below, above = (low - mean) / sd, (mean - high) / sd
    scale = TAIL * sd
    share = logistic_share((high - mean) / scale) - logistic_share((low - mean) / scale)
    z = exp_of_negative(-abs(x - mean) / scale)
    near = z / ((1.0 + z) * (1.0 + z) * scale * share)
    rate = TAIL * max(below, above) / sd
    step = x - low if below > above else high - x
    far = rate * exp_of_negative(-rate * step) / (1.0 - exp_of_negative(-rate * (high - low)))
    return far if max(below, above) > FAR else near
