"""From probabilities to a verdict: one rule after another.

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

from emergence_stats.findings import Evidence, OtherMetric, Shape
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
        rises_off_chance: as in `Evidence`, the same for all.
        objected: the verdict emergent is forbidden for all.
        faulty: nothing is decided for any.
        companion: what another metric says, the same for all; None without one.
        one_token: as in `Evidence`.
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
    rises_off_chance: bool
    objected: bool
    faulty: bool
    companion: OtherMetric | None
    one_token: bool

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
            rises_off_chance=evidence.rises_off_chance,
            objected=evidence.objection is not None,
            faulty=bool(evidence.faults),
            companion=evidence.companion,
            one_token=evidence.one_token,
        )


def decide_each(found: Quantities, limits: VerdictSettings) -> npt.NDArray[np.intp]:
    """Index into `VERDICTS` for every data set: the first rule that applies decides."""
    p, limit = found.probability, limits.explanation_probability
    smooth, level, idle = p["smooth"], p["constant"], p["no_ability"]
    elsewhere = None if found.companion is None else found.companion.shape
    smooth_elsewhere = np.full(smooth.shape, elsewhere is Shape.SMOOTH)
    # A sharp rise from elsewhere than chance fits no curve but those that may turn; yet nothing turns.
    only_grows = (smooth_elsewhere & (p["growing"] >= limit)) | found.rises_off_chance
    turning = (p["decreasing"] + p["non_monotone"] >= limit) & ~only_grows
    # A comparison with NaN is false: what is not defined does not hold.
    absent = p["absent"] >= limits.absent_probability
    present = p["present"] >= limits.present_probability
    no_chance = np.isnan(p["at_chance"])
    unpredictable = found.unpredictable > limits.unpredictable_nats
    against_power = found.log_bayes_factor_power > limits.metric_nats
    sharp = p["sharp"] >= limits.sharp_probability
    appears = absent & present & sharp & unpredictable & (not found.objected)
    # E5 takes the place of the Bayes factor against p^L: a companion does not assume what the metric does, it shows it.
    emergent = appears & (against_power if elsewhere is None else np.full(smooth.shape, elsewhere is Shape.SHARP))
    looks_sharp = absent & present & (p["phase_change"] > smooth)
    # A power law of one token is no artifact of a metric that wants several.
    power_law = (p["power_law"] >= limit) & (elsewhere is not Shape.SHARP) & (not found.one_token)
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
        (smooth_elsewhere & _grows(found, limit) & (present | (p["rise"] >= limit)), Verdict.SMOOTH),
        (unresolved, Verdict.RESOLUTION_ARTIFACT),
    )
    decided = np.full(smooth.shape, VERDICTS.index(Verdict.UNDETERMINED), dtype=np.intp)
    for holds, verdict in reversed(rules):  # the first one comes last, over all others
        np.copyto(decided, VERDICTS.index(verdict), where=holds)
    return decided


def _grows(found: Quantities, limit: float) -> BoolArray:
    """Is it a rise, if not which? For where the companion is smooth: what is left of a phase change is the metric's.

    Either on this metric alone, curves that may turn but fall nowhere by the excess of E1 included, or with smooth and
    phase change together by both metrics: what explains one must explain the other.
    """
    p = found.probability
    support = {} if found.companion is None else found.companion.support
    joint = {name: p[name] * share for name, share in support.items()}
    total = sum(joint.values(), np.zeros_like(p["smooth"]))
    by_both = sum((joint[name] for name in ("smooth", "phase_change") if name in joint), np.zeros_like(total))
    return np.asarray((p["growing"] >= limit) | (by_both >= limit * np.maximum(total, 1e-300)))


def decide(evidence: Evidence, limits: VerdictSettings) -> Verdict:
    """The verdict on one series, by the rules of `decide_each`."""
    found = Quantities.of(evidence, {name: np.array([value]) for name, value in evidence.numbers.named().items()})
    return VERDICTS[int(decide_each(found, limits)[0])]
