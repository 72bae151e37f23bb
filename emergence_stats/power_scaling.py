"""How far do `p_emergent` and the threshold follow the prior, and how far the data?

Parts of the prior, or the likelihood, are raised to a power alpha near 1 and the nodes re-weighted (Kallioinen et al.
2024, doi:10.1007/s11222-023-10366-5). Each part of the prior keeps integrating to 1 within each curve, in the
coordinates in which it is stated: a normal prior becomes one with standard deviation sd / sqrt(alpha), a Beta(a, b)
becomes Beta(1 + alpha (a - 1), 1 + alpha (b - 1)). Uniform priors do not change. Without that, curves of more
parameters would gain or lose mass by their number alone.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from emergence_stats.conditions import Indicators
from emergence_stats.posterior import HAS_THRESHOLD, Posterior, normalise
from emergence_stats.prior_changes import Adjustment, ceiling, dispersion, exponent, guess_sd, masses_power
from emergence_stats.series import FloatArray

ALPHA = 1.01  # weights move by about 1 %, and by as much the other way for .99
SENSITIVE = 0.05  # of both measures below; the limit that Kallioinen et al. use for theirs
GRID = 200  # quantiles over which the distance of the threshold is integrated
TAIL = 1e-3  # posterior share at either end that is left out of it
Diagnosis = Literal["robust", "prior-data conflict", "strong prior or weak likelihood"]


def _beta_power(alpha: float) -> Adjustment:
    return ceiling(lambda a, b: (1.0 + alpha * (a - 1.0), 1.0 + alpha * (b - 1.0)))


def _normal_power(alpha: float) -> Adjustment:
    return guess_sd(alpha**-0.5)


def _lognormal_power(alpha: float) -> Adjustment:
    return exponent(sd_factor=alpha**-0.5)


def _nodes_power(alpha: float) -> Adjustment:
    return dispersion(lambda masses: masses**alpha)


PRIOR_PARTS: Mapping[str, Callable[[float], Adjustment]] = {
    "explanation masses": masses_power,
    "guess rate": _normal_power,
    "lapse rate": _beta_power,
    "power-law exponent": _lognormal_power,
    "overdispersion": _nodes_power,
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What follows one part of the model.

    Attributes:
        name: part of the prior, "prior" (all of its parts) or "likelihood".
        p_emergent: d p_emergent / d log2(alpha), signed: by how much it moves per doubling of the part's weight.
        threshold: cumulative Jensen-Shannon distance of the threshold's posterior per unit of log2(alpha), as
            `arviz.psense` computes it; None where no threshold is given.
    """

    name: str
    p_emergent: float
    threshold: float | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PowerScaling:
    """Sensitivities, the likelihood's first, and what they mean for `p_emergent` and for the threshold."""

    parts: tuple[Sensitivity, ...]
    diagnosis: Diagnosis
    threshold_diagnosis: Diagnosis | None

    def to_dict(self) -> dict[str, object]:
        """Plain values for the document."""
        return {
            "parts": [dataclasses.asdict(part) for part in self.parts],
            "diagnosis": self.diagnosis,
            "threshold_diagnosis": self.threshold_diagnosis,
        }


def power_scaling(posterior: Posterior, indicator: Indicators, *, with_threshold: bool) -> PowerScaling:
    """Sensitivity to the likelihood, to all of the prior, and to each part of it.

    Args:
        posterior: weighted rows over all curves.
        indicator: of the same rows.
        with_threshold: whether a threshold is reported for this series.
    """
    pieces = [part(ALPHA)(posterior) for part in PRIOR_PARTS.values()]
    scaled = [(ALPHA - 1.0) * posterior.pointwise.sum(axis=1), np.sum(pieces, axis=0), *pieces]
    # Shape (n_rows, 1 + parts): the weights in force, then those with each part raised to the power.
    weight = normalise(posterior.log_weight[:, None] + np.stack([np.zeros_like(scaled[0]), *scaled], axis=1))
    emergent = indicator.table[:, Indicators.NAMES.index("emergent")]
    p_emergent = np.einsum("rk,r->k", weight, emergent)
    step = math.log2(ALPHA)
    moved = (p_emergent[1:] - p_emergent[0]) / step
    distance: list[float | None] = [None] * len(scaled)
    if with_threshold:
        rising = np.flatnonzero(HAS_THRESHOLD[posterior.curve])
        distance = [*(cjs_distances(posterior.threshold[rising], weight[rising]) / step).tolist()]
    parts = [
        Sensitivity(name=name, p_emergent=each, threshold=far)
        for name, each, far in zip(("likelihood", "prior", *PRIOR_PARTS), moved.tolist(), distance, strict=True)
    ]
    likelihood, prior = parts[:2]
    return PowerScaling(
        parts=tuple(parts),
        diagnosis=diagnose(abs(prior.p_emergent), abs(likelihood.p_emergent)),
        threshold_diagnosis=None
        if prior.threshold is None or likelihood.threshold is None
        else diagnose(prior.threshold, likelihood.threshold),
    )


def diagnose(prior: float, likelihood: float) -> Diagnosis:
    """What Kallioinen et al. (2024, table 1) read from a pair of sensitivities."""
    if prior < SENSITIVE:
        return "robust"
    return "prior-data conflict" if likelihood >= SENSITIVE else "strong prior or weak likelihood"


def cjs_distances(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Cumulative Jensen-Shannon distance between the first weighting of some values and each of the others.

    With distribution functions P and Q, M = (P + Q) / 2 and CJS(P || Q) = int P log2(P / M) + (Q - P) / (2 ln 2) dx,

        distance = sqrt((CJS(P || Q) + CJS(Q || P)) / int (P + Q) dx),

    the larger of that of the values and of their mirror image. The integrals run over `GRID` quantiles of P, from its
    `TAIL` to 1 - `TAIL`: far rows of no weight would lengthen the range and dilute the distance.

    Args:
        values: shape (n,).
        weight: not negative, shape (n, 1 + m); normalised here.

    Returns:
        Distances, shape (m,).
    """
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order], axis=0)
    cumulative /= cumulative[-1]
    at = np.unique(np.searchsorted(cumulative[:, 0], np.linspace(TAIL, 1.0 - TAIL, GRID)))
    gap = np.diff(values[order][at])[:, None]
    p, q = cumulative[at[:-1], :1], cumulative[at[:-1], 1:]
    return np.maximum(_one_sided(p, q, gap), _one_sided(1.0 - p, 1.0 - q, gap))


def _one_sided(p: FloatArray, q: FloatArray, gap: FloatArray) -> FloatArray:
    """The distance from one side: p and q are constant over the gaps between values."""
    p, q = np.maximum(p, 1e-300), np.maximum(q, 1e-300)
    middle = 0.5 * (p + q)
    bound = np.maximum(np.sum(gap * (p + q), axis=0), 1e-300)
    # The terms in (Q - P) / (2 ln 2) of both directions cancel.
    total = np.sum(gap * (p * np.log2(p / middle) + q * np.log2(q / middle)), axis=0)
    return np.asarray(np.sqrt(np.maximum(total, 0.0) / bound))
