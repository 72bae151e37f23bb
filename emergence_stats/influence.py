"""What does each scale contribute? `p_emergent` without it, and how well the others predict it."""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.left_out import LeftOut
from emergence_stats.posterior import CURVE_NAMES, normalise


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScaleInfluence:
    """The series without one scale.

    Attributes:
        scale: the scale left out.
        p_emergent_without: probability of an in-range sharp rise from chance without it.
        log_predictive: log probability of its points given all others, in nats.
    """

    scale: float
    p_emergent_without: float
    log_predictive: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """Every scale's influence, the scale that moves p_emergent most, and the sum of log predictives (elpd)."""

    most_influential_scale: float | None
    elpd_loo: float
    points: tuple[ScaleInfluence, ...]


def influence(left: LeftOut, p_emergent: float) -> Influence:
    """Compare the analysis without each scale with the one of all scales."""
    if left.scale.size < 2:
        return Influence(most_influential_scale=None, elpd_loo=0.0, points=())
    p_without = (normalise(left.log_curve) * left.share_emergent).sum(axis=0)
    log_predictive = left.log_predictive(np.arange(len(CURVE_NAMES)))
    move = np.abs(p_without - p_emergent)
    return Influence(
        most_influential_scale=float(left.scale[int(np.argmax(move))]),
        elpd_loo=float(log_predictive.sum()),
        points=tuple(
            ScaleInfluence(scale=scale, p_emergent_without=min(p, 1.0), log_predictive=log)
            for scale, p, log in zip(left.scale.tolist(), p_without.tolist(), log_predictive.tolist(), strict=True)
        ),
    )
