"""Where the truth lies in the posterior: the probability integral transform, from the engine's weighted nodes.

For a quantity t, PIT = P(t < t* | data) + u P(t = t* | data) with u ~ U(0, 1). It is uniform if truths are drawn from
the prior and the posterior is right (Talts et al. 2018, arXiv 1804.06788). Besides every parameter, the log likelihood
is ranked: it notices posteriors that ignore part of the data, which the parameters' own ranks cannot (Modrák et al.
2023, arXiv 2211.02383).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.calibration.truths import Truth
from benchmarks.prior import log_likelihood
from emergence_stats.evidence.quadrature import CurveEvidence
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.spec import Levels
from emergence_stats.posterior import normalise
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings

DISPERSION = "dispersion"
LOG_LIKELIHOOD = "log likelihood"


def parameters(curve: str, threshold: FloatArray, width: FloatArray, levels: FloatArray) -> dict[str, FloatArray]:
    """Every continuous parameter of a curve by name, each shape (n,), from columns of nodes or of one truth.

    Args:
        curve: key of `CURVES`.
        threshold: midpoint or vertex, shape (n,).
        width: 10-90 % width, shape (n,).
        levels: (amplitude_1, amplitude_2, base), shape (n, 3).
    """
    spec = CURVES[curve]
    first, second, base = levels.T
    found: dict[str, FloatArray] = {}
    if spec.placement != shapes.NOWHERE:
        found["threshold"] = threshold
    if spec.placement not in (shapes.NOWHERE, shapes.POSITION):
        found["width"] = width
    found["base"] = base
    if spec.levels is Levels.GUESS_CEILING:
        found["lapse rate"] = 1.0 - base - first
    elif spec.n_amplitudes:
        found["amplitude"] = first
    if spec.n_amplitudes == 2:
        found["amplitude 2"] = second
    return found


def transforms(
    truth: Truth, evidence: CurveEvidence, prior: PriorSettings, generator: np.random.Generator
) -> Mapping[str, float]:
    """PIT of every parameter, of the dispersion node and of the log likelihood."""
    weight = normalise(evidence.log_weight)
    at_truth = parameters(truth.curve, np.array([truth.threshold]), np.array([truth.width]), truth.levels[None, :])
    at_nodes = parameters(truth.curve, evidence.threshold, evidence.width, evidence.levels)
    found = {name: float(np.sum(weight * (at_nodes[name] < value[0]))) for name, value in at_truth.items()}
    lower = float(np.sum(weight * (evidence.dispersion < truth.dispersion)))
    equal = float(np.sum(weight * (evidence.dispersion == truth.dispersion)))
    found[DISPERSION] = lower + generator.random() * equal
    rho = float(truth.data.dispersion[truth.dispersion])
    log_like = float(log_likelihood(truth.value[None, :], truth.data, prior, rho).sum())
    found[LOG_LIKELIHOOD] = float(np.sum(weight * (evidence.pointwise.sum(axis=1) < log_like)))
    return found
