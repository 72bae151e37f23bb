"""From probabilities to a verdict: six conditions, then one rule after another.

No rule looks at the name of the best curve; each looks at posterior probabilities and at limits that are settings.
What no rule claims is undetermined.
"""

from __future__ import annotations

import dataclasses
import enum
import math

from emergence_stats.conditions import Numbers
from emergence_stats.settings import VerdictSettings


class Verdict(enum.StrEnum):
    """What is said of a series."""

    EMERGENT = "emergent"
    SMOOTH = "smooth"
    NOT_EMERGED = "not_emerged"
    FLAT = "flat"
    INVERSE = "inverse"
    NON_MONOTONE = "non_monotone"
    METRIC_ARTIFACT = "metric_artifact"
    RESOLUTION_ARTIFACT = "resolution_artifact"
    UNDETERMINED = "undetermined"
    FAILED = "failed"


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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a verdict depends on.

    Attributes:
        numbers: posterior probabilities.
        log_bayes_factor: phase change over smooth, nats.
        log_bayes_factor_power: phase change over p^L, nats.
        unpredictable: leave-future-out gain of phase change over smooth, nats, or None if there is no onset.
        onset: index of the first point after the onset, or None.
        detectable_excess: smallest excess over chance that the items show, in [0, 1], or None.
        absent_excess: excess over chance up to which an ability counts as absent, in [0, 1].
        looks_absent: the raw scores at the two lowest scales are within the tolerance of chance.
        objection: what forbids the verdict emergent whatever the probabilities, or None.
        resolution_stability: share of test sets of the same size that repeat "emergent", or None.
    """

    numbers: Numbers
    log_bayes_factor: float
    log_bayes_factor_power: float
    unpredictable: float | None
    onset: int | None
    detectable_excess: float | None
    absent_excess: float
    looks_absent: bool
    objection: str | None = None
    resolution_stability: float | None = None


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
        Condition(
            key="metric_robust",
            label="E5 the same on another metric of the same outputs",
            value=None,
            limit=limits.sharp_probability,
            unit="probability",
            holds=None,
            detail="no companion metric",
        ),
        probability(
            "resolution_robust", "E6 the same on resampled test sets", evidence.resolution_stability,
            limits.resolution_stability,
            "asked only of what is otherwise called emergent, if test sets are resampled"
            if evidence.resolution_stability is None
            else "share of resampled test sets called emergent",
        ),
    )  # fmt: skip


def decide(evidence: Evidence, limits: VerdictSettings) -> Verdict:
    """The verdict; the order of the rules is part of it."""
    numbers, limit = evidence.numbers, limits.explanation_probability
    shares = numbers.explanations
    phase, smooth = shares["phase_change"], shares["smooth"]
    falling, bent = shares["decreasing"], shares["non_monotone"]
    level, idle = shares["constant"], shares["no_ability"]
    absent = numbers.absent is not None and numbers.absent >= limits.absent_probability
    present = numbers.present is not None and numbers.present >= limits.present_probability
    sharp = numbers.sharp >= limits.sharp_probability
    unpredictable = evidence.unpredictable is not None and evidence.unpredictable > limits.unpredictable_nats
    stable = evidence.resolution_stability is None or evidence.resolution_stability >= limits.resolution_stability
    against_power = evidence.log_bayes_factor_power > limits.metric_nats
    close = abs(evidence.log_bayes_factor) < math.log(10.0)
    as_well = close and evidence.log_bayes_factor <= 0.0
    verdict = Verdict.UNDETERMINED
    if absent and present and sharp and unpredictable and against_power and evidence.objection is None:
        verdict = Verdict.EMERGENT if stable else Verdict.RESOLUTION_ARTIFACT if close else Verdict.UNDETERMINED
    elif absent and present and numbers.power_law >= limit:
        verdict = Verdict.METRIC_ARTIFACT
    elif falling + bent >= limit:
        verdict = Verdict.INVERSE if falling >= bent else Verdict.NON_MONOTONE
    elif numbers.at_chance is not None and numbers.at_chance >= limit and idle > level:
        verdict = Verdict.NOT_EMERGED
    elif level + idle >= limit:
        # Without a chance level a flat series is flat: nobody can say that it is at chance.
        verdict = Verdict.FLAT if level >= idle or numbers.at_chance is None else Verdict.NOT_EMERGED
    elif numbers.level >= limit and (numbers.at_chance is None or numbers.at_chance < 1.0 - limit):
        verdict = Verdict.FLAT
    elif smooth >= limit and (present or numbers.rise >= limit):
        verdict = Verdict.SMOOTH
    elif present and not absent and as_well and evidence.looks_absent and phase + smooth >= limit:
        small = evidence.detectable_excess
        if small is not None and small > evidence.absent_excess:
            verdict = Verdict.RESOLUTION_ARTIFACT
    return verdict
