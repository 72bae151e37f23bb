"""From draws of the difference along the scale to a whole comparison, whatever the strategy is compared with."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Literal

import numpy as np

from emergence_stats.pairs import judging
from emergence_stats.pairs.constant import Constant
from emergence_stats.pairs.judging import Crossover, EffectOverScale
from emergence_stats.pairs.matching import PairedBy
from emergence_stats.pairs.result import PairComparison, PairPoint
from emergence_stats.series import FloatArray, Series
from emergence_stats.threshold import ScaleMap

GRID = 61  # scales at which a result tells the difference
FINE = 601  # positions at which the crossover is looked for


def judged(
    difference: FloatArray,
    to_scale: ScaleMap,
    *,
    name: str,
    baseline: Series | Constant,
    strategy: Series,
    margin: float,
    unit: float,
    objection: str | None,
    paired_by: PairedBy | Literal["constant"],
    points: tuple[PairPoint, ...],
    curves: Mapping[str, float],
    effective_draws: float,
    warnings: tuple[str, ...],
    identity: Mapping[str, str] | None,
    limit: float,
) -> PairComparison:
    """States, verdict and words, from draws of the difference.

    Args:
        difference: draws as a share of the metric's range, shape (n_draws, FINE), from the smallest to the largest
            scale.
        to_scale: from position to scale.
        name: of the comparison.
        baseline: what the strategy is compared with.
        strategy: the series.
        margin: what counts as help, as a share of the metric's range.
        unit: the metric's range.
        objection: what forbids a verdict, or None.
        paired_by: what the points have in common.
        points: the pairs.
        curves: posterior probability of each curve of the difference.
        effective_draws: effective sample size of the integration.
        warnings: what a reader must know.
        identity: columns that identify the pair; those of the strategy if None.
        limit: probability from which a verdict is given.
    """
    position = np.linspace(0.0, 1.0, FINE)
    coarse = np.arange(0, FINE, (FINE - 1) // (GRID - 1))
    effect = EffectOverScale.of(difference[:, coarse], to_scale(position[coarse]), margin, unit)
    crossover = Crossover.of(difference, position, margin, to_scale)
    states = judging.joint_states(difference[:, [0, -1]], margin)
    probabilities = judging.verdict_probabilities(states)
    verdict = judging.decide(probabilities, limit, objection)
    kind = strategy.scale_kind
    return PairComparison(
        name=name,
        baseline=baseline,
        strategy=strategy,
        scale_kind=kind,
        margin=margin * unit,
        paired_by=paired_by,
        verdict=verdict,
        reason=judging.reason(
            verdict, probabilities, effect, crossover, kind=kind, limit=limit,
            margin=f"{margin * unit:.3g}", constant=paired_by == "constant", objection=objection,
        ),
        remedy=judging.remedy(verdict, effect, kind, objection=objection),
        probabilities=types.MappingProxyType(probabilities),
        states=types.MappingProxyType(states),
        effect=effect,
        crossover=crossover,
        points=points,
        curves=types.MappingProxyType(dict(curves)),
        effective_draws=effective_draws,
        warnings=warnings,
        identity=types.MappingProxyType(dict(strategy.identity if identity is None else identity)),
    )  # fmt: skip
