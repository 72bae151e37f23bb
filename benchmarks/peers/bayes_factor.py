"""A plain logistic against a straight line by Bayes factor, as one would set it up in a general-purpose sampler.

Binomial likelihood. Line: both ends uniform on (0, 1). Logistic: floor and ceiling uniform on (0, 1), threshold
uniform over the data, width log-uniform from .1 decades to 3 ranges. Two engines share this: sequential Monte Carlo
in PyMC and nested sampling in dynesty, with their usual settings.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy.special import expit, gammaln

from benchmarks.baselines import LOGIT_SPAN
from benchmarks.cases import SHARP_WIDTH
from benchmarks.peers.finding import Finding
from emergence_stats.series import FloatArray, Series

LIMIT = math.log(10.0)  # "strong" (Kass & Raftery 1995, doi:10.1080/01621459.1995.10476572, call 20 so; Jeffreys 10)
NARROWEST = 0.1
WIDEST_RANGES = 3.0
EDGE = 1e-12  # keeps probabilities off 0 and 1, where a mistaken item would be impossible


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evidences:
    """What an engine returns: two log evidences and draws of the logistic's parameters, shape (n_draws, 4)."""

    line: float
    logistic: float
    draws: FloatArray


def finding(evidences: Evidences) -> Finding:
    """What is read off.

    Score: log Bayes factor of the logistic, reversed if it more probably falls. Called: above 10 to 1, rising, and the
    median width under a decade. Threshold: posterior median and 90 % interval, where the logistic is preferred.
    """
    factor = evidences.logistic - evidences.line
    floor, ceiling, threshold, width = evidences.draws.T
    rises = float(np.mean(ceiling > floor)) > 0.5
    low, median, high = (float(value) for value in np.quantile(threshold, [0.05, 0.5, 0.95]))
    preferred = factor > 0.0
    return Finding(
        score=factor if rises else -abs(factor),
        called=bool(factor > LIMIT and rises and np.median(width) < SHARP_WIDTH),
        threshold=median if preferred else None,
        low=low if preferred else None,
        high=high if preferred else None,
        rises=rises,
    )


def widths(series: Series) -> tuple[float, float]:
    """Narrowest and widest width of the prior, decades."""
    return NARROWEST, WIDEST_RANGES * float(series.log10_scale[-1] - series.log10_scale[0])


def line(x: FloatArray, parameters: FloatArray) -> FloatArray:
    """Score at the smallest scale, score at the largest."""
    return np.asarray(parameters[0] + (parameters[1] - parameters[0]) * (x - x[0]) / (x[-1] - x[0]))


def logistic(x: FloatArray, parameters: FloatArray) -> FloatArray:
    """Floor, ceiling, threshold (log10 scale), width (decades)."""
    floor, ceiling, threshold, width = parameters
    return np.asarray(floor + (ceiling - floor) * expit(LOGIT_SPAN * (x - threshold) / width))


def log_likelihood(correct: FloatArray, items: FloatArray, p: FloatArray) -> float:
    """Binomial log probability of all counts."""
    kept = np.clip(p, EDGE, 1.0 - EDGE)
    choices = gammaln(items + 1.0) - gammaln(correct + 1.0) - gammaln(items - correct + 1.0)
    return float(np.sum(choices + correct * np.log(kept) + (items - correct) * np.log1p(-kept)))
