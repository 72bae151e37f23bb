"""What stands between a true curve and a printed score: sampling of items, runs that differ, runs that fail."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emergence_stats.series import FloatArray


def beta_binomial(
    n_items: npt.ArrayLike, probability: npt.ArrayLike, overdispersion: float, generator: np.random.Generator
) -> FloatArray:
    """Successes with mean n p and variance n p (1 - p) (1 + (n - 1) rho).

    Args:
        n_items: n, items behind each score.
        probability: p in [0, 1], broadcast against ``n_items``.
        overdispersion: rho in [0, 1), the intraclass correlation of the items of one run; 0 is binomial.
        generator: source of randomness.

    Returns:
        Whole numbers of successes as floats, in the common shape of ``n_items`` and ``probability``.
    """
    n, p = np.broadcast_arrays(np.asarray(n_items, dtype=np.int64), np.asarray(probability, dtype=np.float64))
    if overdispersion > 0.0:
        # Beta(p c, (1 - p) c) with c = 1 / rho - 1; its parameters must be positive, so 0 and 1 stay as they are.
        concentration = 1.0 / overdispersion - 1.0
        inside = (p > 0.0) & (p < 1.0)
        safe = np.where(inside, p, 0.5)
        drawn = generator.beta(safe * concentration, (1.0 - safe) * concentration)
        p = np.where(inside, drawn, p)
    return np.asarray(generator.binomial(n, p), dtype=np.float64)


def run_to_run(probability: npt.ArrayLike, logit_sd: float, generator: np.random.Generator) -> FloatArray:
    """Scores of runs that differ by more than their items: logit(p) + Normal(0, logit_sd), back on [0, 1]."""
    p = np.asarray(probability, dtype=np.float64)
    if logit_sd <= 0.0:
        return p
    odds = np.exp(generator.normal(0.0, logit_sd, p.shape))
    # p odds / (1 - p + p odds) is the inverse logit of logit(p) + log(odds), and keeps 0 and 1.
    return np.asarray(p * odds / (1.0 - p + p * odds), dtype=np.float64)
