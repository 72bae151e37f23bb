"""The six conditions of emergence, each with its value, its limit and whether it holds."""

from __future__ import annotations

import dataclasses

from emergence_stats.findings import Evidence, Shape
from emergence_stats.settings import VerdictSettings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of the six conditions.

    Attributes:
        key: absent, present, sharp, unpredictable, metric_robust or resolution_robust.
        label: what it says.
        value: posterior probability, or nats for `unpredictable`; None if not assessed.
        limit: value from which it holds.
        unit: "probability" or "nats".
        holds: None if not assessed.
        detail: how the value came about.
    """

    key: str
    label: str
    value: float | None
    limit: float
    unit: str
    holds: bool | None
    detail: str


def conditions(evidence: Evidence, limits: VerdictSettings, sharp_width: float) -> tuple[Condition, ...]:
    """The six conditions, each with its value and limit."""
    numbers = evidence.numbers
    undefined = "chance is not defined for this metric"
    no_onset = "no point rises above the floor that the points before it show, or a phase change is ruled out"

    def probability(key: str, label: str, value: float | None, limit: float, detail: str) -> Condition:
        holds = None if value is None else value >= limit
        return Condition(key=key, label=label, value=value, limit=limit, unit="probability", holds=holds, detail=detail)

    gain = evidence.unpredictable
    return (
        probability(
            "absent", "E1 absent at the two lowest scales", numbers.absent, limits.absent_probability,
            undefined
            if numbers.absent is None
            else f"excess over the floor below {limits.absent_excess:g} (1 - chance)",
        ),
        probability(
            "present", "E2 present at the largest scale", numbers.present, limits.present_probability,
            undefined
            if numbers.present is None
            else f"excess over chance above {limits.present_excess:g} (1 - chance)",
        ),
        probability(
            "sharp", "E3 sharp", numbers.sharp, limits.sharp_probability,
            f"10-90 % of the rise within {sharp_width:g} decades",
        ),
        Condition(
            key="unpredictable",
            label="E4 not to be foreseen from the scales before the onset",
            value=gain,
            limit=limits.unpredictable_nats,
            unit="nats",
            holds=None if gain is None else gain > limits.unpredictable_nats,
            detail=no_onset
            if gain is None
            else f"phase change over smooth, points {evidence.onset} onwards given those before",
        ),
        _metric_robust(evidence, limits),
        _resolution_robust(evidence, limits),
    )  # fmt: skip


def _metric_robust(evidence: Evidence, limits: VerdictSettings) -> Condition:
    """E5: E3 and E4 on the companion that decides; its value is that of E4 where E3 alone holds."""
    companion = evidence.companion
    value, limit, unit = None, limits.sharp_probability, "probability"
    detail = "no companion metric that is linear or continuous in the probability of a token"
    if evidence.one_token:
        detail = "answers are of one token: this metric is itself linear in its probability, and no companion is needed"
    if companion is not None:
        value, gain = companion.p_sharp, companion.unpredictable
        detail = f"P(sharp) on {companion.metric}"
        if companion.doubt is not None:
            detail += f", which does not count: {companion.doubt}"
        elif value >= limit and not (gain is not None and gain > limits.unpredictable_nats):
            value, limit, unit = gain, limits.unpredictable_nats, "nats"
            detail = f"phase change over smooth on {companion.metric}, from the onset on, given the points before"
    return Condition(
        key="metric_robust",
        label="E5 the same on another metric of the same outputs",
        value=value,
        limit=limit,
        unit=unit,
        holds=None if companion is None else companion.shape is Shape.SHARP,
        detail=detail,
    )


def _resolution_robust(evidence: Evidence, limits: VerdictSettings) -> Condition:
    """E6 has two halves; its value is that of the half that fails, or else of the first."""
    stability, fooled = evidence.resolution_stability, evidence.false_sharpness
    unstable = stability is not None and stability < limits.resolution_stability
    taken_in = fooled is not None and fooled > limits.false_sharpness
    value, limit = stability, limits.resolution_stability
    detail = "asked only of what is otherwise called emergent, if test sets are resampled"
    if stability is not None:
        detail = "share of resampled test sets called emergent"
    if fooled is not None and taken_in and not unstable:
        value, limit = 1.0 - fooled, 1.0 - limits.false_sharpness
        detail = "share of test sets drawn from the fitted smooth explanation that do not look as emergent"
    return Condition(
        key="resolution_robust",
        label="E6 the same on resampled test sets",
        value=value,
        limit=limit,
        unit="probability",
        holds=None if stability is None else not (unstable or taken_in),
        detail=detail,
    )
