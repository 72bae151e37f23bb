"""From probabilities to a verdict: six conditions, then one rule after another.

No rule looks at the name of the best curve; each looks at posterior probabilities and at limits that are settings.
What no rule claims is undetermined. The rules are written once, for many data sets at a time (`decide_each`): other
priors and resampled test sets are judged by the same lines as the series itself.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.conditions import Numbers
from emergence_stats.series import FloatArray
from emergence_stats.settings import VerdictSettings

BoolArray = npt.NDArray[np.bool_]


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


VERDICTS = tuple(Verdict)


class Shape(enum.StrEnum):
    """What a companion metric says of the rise: as sharp there, smooth there, or it does not tell."""

    SHARP = "sharp"
    SMOOTH = "smooth"
    UNCLEAR = "unclear"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OtherMetric:
    """What condition E5 rests on: E3 and E4 on a companion metric.

    Attributes:
        metric: its name.
        kind: "linear" or "continuous" in the probability of a token, or "unlisted".
        shape: what it says.
        p_sharp: posterior probability of a width below W*.
        unpredictable: leave-future-out gain at the onset of the series itself, nats; None if it cannot be asked.
        log_bayes_factor: phase change over smooth, nats.
        support: evidence of each explanation on it, as shares under equal prior masses.
        doubt: why its posterior is not to be relied on, or None.
    """

    metric: str
    kind: str
    shape: Shape
    p_sharp: float
    unpredictable: float | None
    log_bayes_factor: float
    support: Mapping[str, float]
    doubt: str | None = None


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
        companion: what another metric of the same outputs says, or None if none was given that can tell.
        resolution_stability: share of test sets of the same size that repeat "emergent", or None.
        false_sharpness: share of test sets drawn from the fitted smooth explanation that are called emergent, on
            evidence as strong as that of the data, or None.
        faults: what went wrong in computing all this; nothing is decided then.
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
    companion: OtherMetric | None = None
    resolution_stability: float | None = None
    false_sharpness: float | None = None
    faults: tuple[str, ...] = ()


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
        _metric_robust(evidence.companion, limits),
        _resolution_robust(evidence, limits),
    )  # fmt: skip


def _metric_robust(companion: OtherMetric | None, limits: VerdictSettings) -> Condition:
    """E5: E3 and E4 on the companion that decides; its value is that of E4 where E3 alone holds."""
    value, limit, unit = None, limits.sharp_probability, "probability"
    detail = "no companion metric that is linear or continuous in the probability of a token"
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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """What the rules look at, for m data sets at once; arrays of shape (m,), NaN where a quantity is not defined.

    Attributes:
        probability: by the names of `Indicators.NAMES`.
        log_bayes_factor: as in `Evidence`, and so on.
        log_bayes_factor_power: phase change over p^L, nats.
        unpredictable: leave-future-out gain; NaN without an onset.
        looks_absent: of booleans.
        resolution_stability: NaN if not asked.
        false_sharpness: NaN if not asked.
        detectable_excess: one number for all.
        absent_excess: one number for all.
        objected: the verdict emergent is forbidden for all.
        faulty: nothing is decided for any.
        companion: what another metric says, the same for all; None without one.
    """

    probability: Mapping[str, FloatArray]
    log_bayes_factor: FloatArray
    log_bayes_factor_power: FloatArray
    unpredictable: FloatArray
    looks_absent: BoolArray
    resolution_stability: FloatArray
    false_sharpness: FloatArray
    detectable_excess: float
    absent_excess: float
    objected: bool
    faulty: bool
    companion: OtherMetric | None

    @classmethod
    def of(
        cls, evidence: Evidence, probability: Mapping[str, FloatArray], **arrays: FloatArray | BoolArray
    ) -> Quantities:
        """The evidence of one series, with some of its numbers replaced by arrays.

        Args:
            evidence: what holds for all.
            probability: by the names of `Indicators.NAMES`, arrays of shape (m,).
            **arrays: fields of this class.
        """
        size = next(iter(probability.values())).size
        numbers = evidence.numbers

        def filled(value: float | None) -> FloatArray:
            return np.full(size, math.nan if value is None else value)

        undefined = {
            name: filled(None) for name in ("absent", "present", "at_chance") if getattr(numbers, name) is None
        }
        each = {
            name: filled(getattr(evidence, name))
            for name in (
                "log_bayes_factor", "log_bayes_factor_power", "unpredictable", "resolution_stability",
                "false_sharpness",
            )
        }  # fmt: skip
        looks_absent = np.full(size, evidence.looks_absent)
        return cls(
            probability={**probability, **undefined},
            **{"looks_absent": looks_absent, **each, **arrays},  # type: ignore[arg-type]
            detectable_excess=math.nan if evidence.detectable_excess is None else evidence.detectable_excess,
            absent_excess=evidence.absent_excess,
            objected=evidence.objection is not None,
            faulty=bool(evidence.faults),
            companion=evidence.companion,
        )


def decide_each(found: Quantities, limits: VerdictSettings) -> npt.NDArray[np.intp]:
    """Index into `VERDICTS` for every data set: the first rule that applies decides."""
    p, limit = found.probability, limits.explanation_probability
    smooth, level, idle = p["smooth"], p["constant"], p["no_ability"]
    turning = p["decreasing"] + p["non_monotone"] >= limit
    # A comparison with NaN is false: what is not defined does not hold.
    absent = p["absent"] >= limits.absent_probability
    present = p["present"] >= limits.present_probability
    no_chance = np.isnan(p["at_chance"])
    unpredictable = found.unpredictable > limits.unpredictable_nats
    against_power = found.log_bayes_factor_power > limits.metric_nats
    sharp = p["sharp"] >= limits.sharp_probability
    appears = absent & present & sharp & unpredictable & (not found.objected)
    # E5 takes the place of the Bayes factor against p^L: a companion does not assume what the metric does, it shows it.
    elsewhere = None if found.companion is None else found.companion.shape
    smooth_elsewhere = np.full(smooth.shape, elsewhere is Shape.SMOOTH)
    emergent = appears & (against_power if elsewhere is None else np.full(smooth.shape, elsewhere is Shape.SHARP))
    looks_sharp = absent & present & (p["phase_change"] > smooth)
    power_law = (p["power_law"] >= limit) & (elsewhere is not Shape.SHARP)
    robust = ~(found.resolution_stability < limits.resolution_stability) & ~(
        found.false_sharpness > limits.false_sharpness
    )
    close = np.abs(found.log_bayes_factor) < math.log(10.0)
    settled = level + idle >= limit
    unresolved = present & ~absent & close & (found.log_bayes_factor <= 0.0) & found.looks_absent
    unresolved &= (p["phase_change"] + smooth >= limit) & (found.detectable_excess > found.absent_excess)
    rules = (
        (np.full(smooth.shape, found.faulty), Verdict.UNDETERMINED),
        (emergent & robust, Verdict.EMERGENT),
        (emergent & close, Verdict.RESOLUTION_ARTIFACT),
        (emergent, Verdict.UNDETERMINED),
        (smooth_elsewhere & (appears | looks_sharp), Verdict.METRIC_ARTIFACT),
        (absent & present & power_law, Verdict.METRIC_ARTIFACT),
        (turning & (p["decreasing"] >= p["non_monotone"]), Verdict.INVERSE),
        (turning, Verdict.NON_MONOTONE),
        ((p["at_chance"] >= limit) & (idle > level), Verdict.NOT_EMERGED),
        # Without a chance level a flat series is flat: nobody can say that it is at chance.
        (settled & ((level >= idle) | no_chance), Verdict.FLAT),
        (settled, Verdict.NOT_EMERGED),
        ((p["level"] >= limit) & ~(p["at_chance"] >= 1.0 - limit), Verdict.FLAT),
        ((smooth >= limit) & (present | (p["rise"] >= limit)), Verdict.SMOOTH),
        (smooth_elsewhere & (_grows(found) >= limit) & (present | (p["rise"] >= limit)), Verdict.SMOOTH),
        (unresolved, Verdict.RESOLUTION_ARTIFACT),
    )
    holds, named = zip(*rules, strict=True)
    return np.select(holds, [VERDICTS.index(verdict) for verdict in named], VERDICTS.index(Verdict.UNDETERMINED))


def _grows(found: Quantities) -> FloatArray:
    """Probability of smooth and phase change together by both metrics: what explains one must explain the other.

    Used where the companion is smooth: what is left here of a phase change is then the metric's.
    """
    support = {} if found.companion is None else found.companion.support
    joint = {name: found.probability[name] * share for name, share in support.items()}
    total = sum(joint.values(), np.zeros_like(found.probability["smooth"]))
    grows = sum((joint[name] for name in ("smooth", "phase_change") if name in joint), np.zeros_like(total))
    return np.asarray(grows / np.maximum(total, 1e-300))


def decide(evidence: Evidence, limits: VerdictSettings) -> Verdict:
    """The verdict on one series, by the rules of `decide_each`."""
    found = Quantities.of(evidence, {name: np.array([value]) for name, value in evidence.numbers.named().items()})
    return VERDICTS[int(decide_each(found, limits)[0])]
