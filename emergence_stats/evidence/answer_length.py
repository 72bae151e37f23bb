"""What a known length of the answers says of the p^L curve: where it rises.

With l(N) = (N / c)^-alpha the loss of one token, answers of L tokens are right with probability exp(-L l), half of them
where l = ln 2 / L. So the length tells nothing of the width, but with a prior of the loss of a token it tells where
the middle of the rise is to be expected. With ln l in the middle of the scales normal, mean ln m and standard deviation
s, the threshold lies

    t | alpha, L ~ N( (ln m + ln L - ln ln 2) / (alpha ln 10),  s / (alpha ln 10) )

decades above that middle, cut to the places that put some of the rise into the range. A length that is not known is
integrated over: t is linear in ln L, and a log-uniform length makes it uniform over those places.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from emergence_stats.models.curves.gompertz import WIDTH_TIMES_EXPONENT
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings

LN2 = math.log(2.0)


def log_place_ratio(threshold: FloatArray, width: FloatArray, tokens: float, prior: PriorSettings) -> FloatArray:
    """Log density of the threshold given the length, less that of the uniform prior, in nats; shape (n,).

    Args:
        threshold: midpoint in observed ranges, shape (n,).
        width: 10-90 % width in observed ranges, shape (n,); 1.340 / alpha in decades.
        tokens: L, above 0.
        prior: m and s, `token_loss_median` in nats and `token_loss_sd`.
    """
    per_nat = width / (WIDTH_TIMES_EXPONENT * math.log(10.0))  # 1 / (alpha ln 10), in observed ranges
    centre = 0.5 + per_nat * (math.log(prior.token_loss_median) + math.log(tokens) - math.log(LN2))
    spread = per_nat * prior.token_loss_sd
    below, above = (-0.5 * width - centre) / spread, (1.0 + 0.5 * width - centre) / spread
    # The tail on the far side of 0 would cancel: both ends are mirrored to the near one.
    flipped = below > 0.0
    low, high = np.where(flipped, -above, below), np.where(flipped, -below, above)
    inside = special.log_ndtr(high) + np.log1p(
        -np.exp(np.minimum(special.log_ndtr(low) - special.log_ndtr(high), -1e-12))
    )
    z = (threshold - centre) / spread
    return np.asarray(-0.5 * (z * z + math.log(2.0 * math.pi)) - np.log(spread) - inside + np.log1p(width))
