"""Scores of stated probabilities against what happened."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from emergence_stats.series import FloatArray

BINS = 10
SAMPLES = 2000
SEED = 20240711


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How well probabilities p agree with outcomes y in {0, 1}.

    Attributes:
        cases: number of them.
        expected_calibration_error: sum over ten equally wide bins of (share of cases) |mean y - mean p|.
        chance_error: its 95 % quantile for outcomes that do follow p: what sampling alone makes of it.
        brier: mean of (y - p)^2.
        expected_brier: mean of p (1 - p), which the Brier score is on average if outcomes follow p.
        p_value: two-sided, of Spiegelhalter's test that outcomes follow p (1986, doi:10.1002/sim.4780050506).
    """

    cases: int
    expected_calibration_error: float
    chance_error: float
    brier: float
    expected_brier: float
    p_value: float


def score(probability: FloatArray, happened: npt.NDArray[np.bool_]) -> Scores:
    """All scores of probabilities and outcomes, each shape (n,)."""
    p, y = np.clip(probability, 0.0, 1.0), happened.astype(np.float64)
    generator = np.random.default_rng(SEED)
    repeats = [expected_calibration_error(p, generator.random(p.size) < p) for _ in range(SAMPLES)]
    spread = float(np.sqrt(np.sum((1.0 - 2.0 * p) ** 2 * p * (1.0 - p))))
    z = float(np.sum((y - p) * (1.0 - 2.0 * p))) / spread if spread > 0.0 else 0.0
    return Scores(
        cases=p.size,
        expected_calibration_error=expected_calibration_error(p, happened),
        chance_error=float(np.quantile(repeats, 0.95)),
        brier=float(np.mean((y - p) ** 2)),
        expected_brier=float(np.mean(p * (1.0 - p))),
        p_value=float(2.0 * norm.sf(abs(z))),
    )


def expected_calibration_error(probability: FloatArray, happened: npt.NDArray[np.bool_]) -> float:
    """Sum over ten equally wide bins of (share of cases) |observed share - mean probability|."""
    which = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    difference = np.bincount(which, weights=happened - probability, minlength=BINS)
    return float(np.sum(np.abs(difference)) / probability.size)
