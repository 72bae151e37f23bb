"""From draws of the difference over scale to states, a verdict and sentences."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.sentences import format_scale, format_scale_range
from emergence_stats.series import FloatArray
from emergence_stats.threshold import NOTHING, Quantity, ScaleMap

STATES = ("hurts", "none", "helps")  # below -margin, within, above margin


class PairVerdict(enum.StrEnum):
    """What is said of a strategy beside its baseline.

    EMERGENT_PROMPTING: no help at the smallest scale, help at the largest: the sense of Wei et al. 2022
    (arXiv 2206.07682, section 4). HELPS: help at every scale measured. FADES: help at the smallest alone.
    DOES_NOT_HELP: neither. UNDETERMINED: none of these has the probability `verdict.explanation_probability`.
    """

    EMERGENT_PROMPTING = "emergent_prompting"
    HELPS = "helps"
    DOES_NOT_HELP = "does_not_help"
    FADES = "fades"
    UNDETERMINED = "undetermined"


# For a strategy, and for a series beside a constant.
WORDS: Mapping[bool, Mapping[PairVerdict, str]] = {
    False: {
        PairVerdict.EMERGENT_PROMPTING: "emergent prompting: it begins to help within the range",
        PairVerdict.HELPS: "it helps at every scale measured",
        PairVerdict.DOES_NOT_HELP: "it helps at neither end of the range",
        PairVerdict.FADES: "it helps the smallest and no longer the largest",
        PairVerdict.UNDETERMINED: "undetermined",
    },
    True: {
        PairVerdict.EMERGENT_PROMPTING: "it overtakes the constant within the range",
        PairVerdict.HELPS: "it is above the constant at every scale measured",
        PairVerdict.DOES_NOT_HELP: "it is above the constant at neither end of the range",
        PairVerdict.FADES: "it is above the constant at the smallest scale and no longer at the largest",
        PairVerdict.UNDETERMINED: "undetermined",
    },
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectOverScale:
    """The difference along the scale; arrays of shape (n,).

    Attributes:
        scale: in the scale's unit.
        median: posterior median of the difference, in the metric's unit, better counting up.
        low: its 5 % quantile.
        high: its 95 % quantile.
        p_helps: P(difference above the margin).
        p_hurts: P(difference below minus the margin).
    """

    scale: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray
    p_helps: FloatArray
    p_hurts: FloatArray

    @classmethod
    def of(cls, difference: FloatArray, scale: FloatArray, margin: float, unit: float) -> EffectOverScale:
        """From draws, shape (n_draws, n), as a share of the metric's range; `unit` turns them into the metric's."""
        low, median, high = np.quantile(difference, (0.05, 0.5, 0.95), axis=0) * unit
        return cls(
            scale=scale,
            median=median,
            low=low,
            high=high,
            p_helps=_share(difference > margin),
            p_hurts=_share(difference < -margin),
        )

    def to_dict(self) -> dict[str, list[float]]:
        """Plain lists."""
        return {field.name: getattr(self, field.name).tolist() for field in dataclasses.fields(self)}


def _share(holds: npt.NDArray[np.bool_]) -> FloatArray:
    """Share of draws, shape (n,); so many draws cannot tell a probability from 0 or 1 better than by half a draw."""
    return np.asarray((holds.sum(axis=0) + 0.5) / (len(holds) + 1.0))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossover:
    """Where the strategy begins to help.

    Attributes:
        scale: posterior of the scale, given that it lies within the range; nothing unless that is more probable than
            not.
        p_in_range: probability that it begins within the range and goes on to the largest scale.
        p_from_start: probability that it helps at every scale already.
        p_not_yet: probability that it does not help at the largest scale.
        draws: where it begins, 0 for from the start and infinite for not by the largest scale, shape (n,).
    """

    scale: Quantity
    p_in_range: float
    p_from_start: float
    p_not_yet: float
    draws: FloatArray = dataclasses.field(repr=False)

    @classmethod
    def of(cls, difference: FloatArray, position: FloatArray, margin: float, to_scale: ScaleMap) -> Crossover:
        """From draws of the difference on a fine grid of positions, shape (n_draws, n_positions).

        It begins above the last position without help: help that comes and goes has not begun.
        """
        helped = difference > margin
        last_without = np.where(helped.all(axis=1), -1, helped.shape[1] - 1 - np.argmin(helped[:, ::-1], axis=1))
        begins = np.minimum(last_without + 1, position.size - 1)
        at = np.where(last_without < 0, 0, begins)
        # Between the last position without help and the next one, by linear interpolation.
        rows = np.arange(len(difference))
        before, after = difference[rows, np.maximum(at - 1, 0)], difference[rows, at]
        gap = np.where(after > before, after - before, 1.0)
        share = np.clip((margin - before) / gap, 0.0, 1.0)
        place = position[np.maximum(at - 1, 0)] + share * (position[at] - position[np.maximum(at - 1, 0)])
        scales = to_scale(place)
        never = ~helped[:, -1]
        draws = np.where(last_without < 0, 0.0, np.where(never, np.inf, scales))
        inside = np.isfinite(draws) & (draws > 0.0)
        p_inside = float(inside.mean())
        return cls(
            scale=Quantity(draws=np.sort(draws[inside])) if p_inside > 0.5 else NOTHING,
            p_in_range=p_inside,
            p_from_start=float((last_without < 0).mean()),
            p_not_yet=float(never.mean()),
            draws=draws,
        )


def joint_states(difference: FloatArray, margin: float) -> dict[str, float]:
    """P(state at the smallest, state at the largest scale) from draws at both, shape (n, 2), by "hurts_helps" etc."""
    state = np.digitize(difference, (-margin, margin))
    return {
        f"{first}_{last}": float(((state[:, 0] == i) & (state[:, 1] == j)).mean())
        for i, first in enumerate(STATES)
        for j, last in enumerate(STATES)
    }


def verdict_probabilities(states: Mapping[str, float]) -> dict[str, float]:
    """Probability of each verdict but undetermined; they sum to 1."""
    begins = states["none_helps"] + states["hurts_helps"]
    fades = states["helps_none"] + states["helps_hurts"]
    both = states["helps_helps"]
    found = {
        PairVerdict.EMERGENT_PROMPTING: begins,
        PairVerdict.HELPS: both,
        PairVerdict.DOES_NOT_HELP: max(0.0, 1.0 - begins - both - fades),
        PairVerdict.FADES: fades,
    }
    return {verdict.value: value for verdict, value in found.items()}


def decide(probabilities: Mapping[str, float], limit: float, objection: str | None) -> PairVerdict:
    """The verdict that reaches the limit, if nothing objects."""
    best = max(probabilities, key=lambda name: probabilities[name])
    decided = objection is None and probabilities[best] >= limit
    return PairVerdict(best) if decided else PairVerdict.UNDETERMINED


def reason(
    verdict: PairVerdict,
    probabilities: Mapping[str, float],
    effect: EffectOverScale,
    crossover: Crossover,
    *,
    kind: str,
    limit: float,
    margin: str,
    constant: bool,
    objection: str | None,
) -> str:
    """One sentence on why."""
    first, last = float(effect.p_helps[0]), float(effect.p_helps[-1])
    verb = "is above the constant" if constant else "helps"
    ends = (
        f"P({verb}, by more than {margin}) is {_percent(first)} at {format_scale(float(effect.scale[0]), kind)} and "
        f"{_percent(last)} at {format_scale(float(effect.scale[-1]), kind)}"
    )
    if objection is not None:
        return f"Not decided: {objection}."
    if verdict is PairVerdict.UNDETERMINED:
        best = max(probabilities, key=lambda name: probabilities[name])
        words = WORDS[constant][PairVerdict(best)].removeprefix("emergent prompting: ")
        share = probabilities[best]
        return f"{ends}: no answer reaches {_percent(limit)}; the most probable, {words}, has {100.0 * share:.1f} %."
    interval = crossover.scale.interval(0.9)
    if verdict is PairVerdict.EMERGENT_PROMPTING and crossover.scale.median is not None and interval is not None:
        beginning = "overtakes it" if constant else "begins to help"
        place = (
            f"; it {beginning} at {format_scale(crossover.scale.median, kind)} (90 % interval "
            f"{format_scale_range(*interval, kind)})"
        )
        ends += place
    return f"{ends}."


def remedy(verdict: PairVerdict, effect: EffectOverScale, kind: str, *, objection: str | None) -> str | None:
    """What would decide an undecided pair."""
    if verdict is not PairVerdict.UNDETERMINED:
        return None
    if objection is not None:
        return "Run the model that stands apart again under both prompts."
    doubt = np.minimum(effect.p_helps, 1.0 - effect.p_helps)
    worst = int(np.argmax(doubt[[0, -1]]))
    where = "largest" if worst else "smallest"
    at = format_scale(float(effect.scale[-1 if worst else 0]), kind)
    return f"The doubt is greatest at the {where} scale, {at}: more items there, or another model of about that size."


def _percent(value: float) -> str:
    """A probability as a percentage that is never rounded to certainty."""
    if 0.0 < value < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < value < 1.0 else f"{100.0 * value:.0f} %"
