"""Which explanation do the data favour, and by how much."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from emergence_stats.evidence.quadrature import CurveEvidence
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.posterior import CURVE_NAMES, log_curve_priors
from emergence_stats.series import FloatArray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CurveResult:
    """One curve in the comparison: natural-log evidence, its error in nats (95 %), posterior probability."""

    name: str
    log_evidence: float
    log_evidence_error: float
    posterior_probability: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Posterior over explanations.

    Attributes:
        curves: every curve, in the order of `CURVES`.
        probabilities: posterior probability of each explanation; they sum to 1.
        log_bayes_factor: phase change over smooth, in nats.
        log_bayes_factor_power: phase change over p^L of a power law, in nats.
        evidence_error: error (95 %) of `log_bayes_factor`, in nats.
    """

    curves: tuple[CurveResult, ...]
    probabilities: Mapping[str, float]
    log_bayes_factor: float
    log_bayes_factor_power: float
    evidence_error: float


def log_mean_evidence(evidences: Mapping[str, CurveEvidence], explanation: Explanation) -> tuple[float, float]:
    """Log evidence of an explanation (equal prior mass per curve) and its error."""
    members = [evidences[name] for name, curve in CURVES.items() if curve.explanation is explanation]
    logs = np.array([member.log_evidence for member in members])
    errors = np.array([member.error for member in members])
    shares = np.exp(logs - logs.max())
    total = float(shares.sum())
    return float(logs.max()) + math.log(total / logs.size), float(np.sqrt(np.sum((shares * errors) ** 2)) / total)


def compare(evidences: Mapping[str, CurveEvidence], masses: tuple[float, ...]) -> Comparison:
    """Posterior probabilities of curves and explanations from their log evidences."""
    logs = np.array([evidences[name].log_evidence for name in CURVE_NAMES]) + log_curve_priors(masses)
    shares: FloatArray = np.exp(logs - logs.max())
    shares /= shares.sum()
    probabilities = {str(explanation): 0.0 for explanation in Explanation}
    for name, share in zip(CURVE_NAMES, shares.tolist(), strict=True):
        probabilities[str(CURVES[name].explanation)] += share
    phase, phase_error = log_mean_evidence(evidences, Explanation.PHASE_CHANGE)
    smooth, smooth_error = log_mean_evidence(evidences, Explanation.SMOOTH)
    return Comparison(
        curves=tuple(
            CurveResult(
                name=name,
                log_evidence=evidences[name].log_evidence,
                log_evidence_error=evidences[name].error,
                posterior_probability=share,
            )
            for name, share in zip(CURVE_NAMES, shares.tolist(), strict=True)
        ),
        probabilities=probabilities,
        log_bayes_factor=phase - smooth,
        log_bayes_factor_power=phase - evidences["power_law"].log_evidence,
        evidence_error=math.hypot(phase_error, smooth_error),
    )
