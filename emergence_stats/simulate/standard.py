"""Rises without closed-form percentiles, brought to the common threshold and width.

A *standard curve* G(u) rises from 0 to 1 in a coordinate of its own. With u_q the point where G(u_q) = q,

    rise(x; t, w) = G(u_50 + (x - t) (u_90 - u_10) / w)

has its midpoint at t and 10-90 % of its rise in w decades. The percentiles are found once per curve by bisection.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from emergence_stats.series import FloatArray

StandardCurve = Callable[[FloatArray], FloatArray]

# Answer lengths in tokens of an exact-match task, equally likely: short sums and long derivations.
ANSWER_LENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
OPTIONS = 4  # answers to choose from in the multiple-choice curve
STAGE_DISTANCE = 8.0  # distance of the two stages of a double rise, in logits
WIDEST = 80.0  # every standard curve is below 10 % at -WIDEST and above 90 % at +WIDEST
BISECTIONS = 80


def exact_match(u: FloatArray) -> FloatArray:
    """G(u) = mean over L of exp(-L e^-u): p^L of a power law, averaged over `ANSWER_LENGTHS`.

    u = alpha ln(N / c). One length alone is a Gompertz curve; a mixture of lengths is wider and lopsided.
    """
    loss = np.exp(-np.clip(u, -WIDEST, WIDEST))
    return np.mean([np.exp(-length * loss) for length in ANSWER_LENGTHS], axis=0)


def double_rise(u: FloatArray) -> FloatArray:
    """G(u) = (s(u + d/2) + s(u - d/2)) / 2 with s the logistic function: two stages, a plateau between them."""
    clipped = np.clip(u, -WIDEST, WIDEST)
    stages = [1.0 / (1.0 + np.exp(-(clipped + side * STAGE_DISTANCE / 2.0))) for side in (1.0, -1.0)]
    return np.mean(stages, axis=0)


def multiple_choice(u: FloatArray) -> FloatArray:
    """Rise over chance of picking the best of k options by noisy merit, margin m = e^u (a power law of scale).

    P(correct) = integral phi(z) Phi(z + m)^(k - 1) dz, from 1/k at m = 0 to 1; G = (P - 1/k) / (1 - 1/k).
    The integral is a Gauss-Hermite sum of 64 nodes.
    """
    from scipy.special import ndtr

    nodes, weights = hermite_nodes()
    margin = np.exp(np.clip(u, -WIDEST, np.log(40.0)))[..., None]
    correct = ndtr(nodes + margin) ** (OPTIONS - 1) @ weights
    chance = ndtr(nodes) ** (OPTIONS - 1) @ weights
    return np.asarray((correct - chance) / (1.0 - chance), dtype=np.float64)


def standardised(curve: StandardCurve, x: npt.ArrayLike, threshold: float, width: float) -> FloatArray:
    """The standard curve with its midpoint at threshold and 10-90 % of its rise in width decades."""
    low, middle, high = percentiles(curve)
    u = middle + (np.asarray(x, dtype=np.float64) - threshold) * (high - low) / width
    return np.clip(curve(u), 0.0, 1.0)


@functools.cache
def percentiles(curve: StandardCurve) -> tuple[float, float, float]:
    """Where a standard curve passes 10, 50 and 90 %, in its own coordinate."""
    levels = np.array([0.1, 0.5, 0.9])
    below, above = np.full(3, -WIDEST), np.full(3, WIDEST)
    for _ in range(BISECTIONS):
        middle = (below + above) / 2.0
        under = curve(middle) < levels
        below, above = np.where(under, middle, below), np.where(under, above, middle)
    low, middle_point, high = (float(value) for value in (below + above) / 2.0)
    return low, middle_point, high


@functools.cache
def hermite_nodes() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of the mean over a standard normal, both of shape (64,)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    return nodes, weights / weights.sum()
