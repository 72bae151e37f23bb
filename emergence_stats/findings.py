"""What a verdict rests on: posterior probabilities, gains in nats, and what other metrics say."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping

from emergence_stats.conditions import Numbers


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
        axis: on what it is weighed where that is not the metric itself ("the log of -ln token_accuracy"), or None.
    """

    metric: str
    kind: str
    shape: Shape
    p_sharp: float
    unpredictable: float | None
    log_bayes_factor: float
    support: Mapping[str, float]
    doubt: str | None = None
    axis: str | None = None


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
        rises_off_chance: the raw scores rise from a level that is not chance, and fall nowhere.
        unread: names of other metrics of the same outputs whose scores could not be read.
        objection: what forbids the verdict emergent whatever the probabilities, or None.
        companion: what another metric of the same outputs says, or None if none was given that can tell.
        one_token: answers are known to be of one token, so that exact match is itself linear in its probability.
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
    rises_off_chance: bool = False
    unread: tuple[str, ...] = ()
    objection: str | None = None
    companion: OtherMetric | None = None
    one_token: bool = False
    resolution_stability: float | None = None
    false_sharpness: float | None = None
    faults: tuple[str, ...] = ()
