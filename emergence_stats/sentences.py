"""What a verdict says in words: one sentence of reason, the cheapest remedy, and a paragraph to quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emergence_stats.criteria import Condition
from emergence_stats.findings import Evidence, OtherMetric, Shape
from emergence_stats.resolution.items import OPEN, share_decided
from emergence_stats.resolution.ladder import Resolution, SizeResult
from emergence_stats.series import SCALE_UNITS, Series
from emergence_stats.threshold import RiseLocation
from emergence_stats.verdict import Verdict

NAMES: Mapping[str, str] = {
    "no_ability": "no ability in range",
    "constant": "a constant score",
    "smooth": "a smooth rise",
    "phase_change": "a phase change",
    "decreasing": "a decline",
    "non_monotone": "a curve that is not monotone",
}
SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


def nats(value: float, limit: float) -> str:
    """A value with one decimal, or with as many more (up to four) as tell it from its limit."""
    return next((f"{value:.{n}f}" for n in (1, 2, 3) if f"{value:.{n}f}" != f"{limit:.{n}f}"), f"{value:.4f}")


def percent(probability: float) -> str:
    """A probability as people quote it; never 0 % or 100 %."""
    if probability > 0.999:
        return "> 99.9 %"
    if probability < 0.001:
        return "< 0.1 %"
    return f"{100 * probability:.3g} %"


def format_scale(value: float, scale_kind: str) -> str:
    """A scale with its unit: 13B parameters, 2.3e22 training FLOP."""
    unit = SCALE_UNITS[scale_kind]
    if scale_kind in ("params", "tokens"):
        for size, suffix in SUFFIXES:
            if 0.9995 * size <= value < 1e15:
                return f"{value / size:.3g}{suffix} {unit}"
    return f"{value:.3g} {unit}".replace("e+", "e")


def format_scale_range(low: float, high: float, scale_kind: str) -> str:
    """Two scales with the unit once: 12.4B to 87.2B parameters."""
    first = format_scale(low, scale_kind).removesuffix(f" {SCALE_UNITS[scale_kind]}")
    return f"{first} to {format_scale(high, scale_kind)}"


def reason(verdict: Verdict, evidence: Evidence, conditions: Sequence[Condition], metric_nats: float) -> str:
    """One sentence: why this verdict."""
    shares = evidence.numbers.explanations
    by_key = {condition.key: condition for condition in conditions}
    phase, smooth = percent(shares["phase_change"]), percent(shares["smooth"])
    if evidence.faults:
        return f"The sampler did not converge, so nothing is decided: {evidence.faults[0]}."
    match verdict:
        case Verdict.EMERGENT:
            return (
                f"Absent at the two lowest scales ({percent(evidence.numbers.absent or 0.0)}), present at the largest "
                f"({percent(evidence.numbers.present or 0.0)}), and the rise is sharp "
                f"({percent(evidence.numbers.sharp)}) and not foreseen by a smooth law "
                f"({evidence.unpredictable or 0.0:.1f} nats)."
            )
        case Verdict.SMOOTH if shares["smooth"] < 0.9 and _smooth_elsewhere(evidence) is not None:
            return (
                f"A rise whose kind this metric alone leaves open (smooth {smooth}, {_rival(shares)}), and "
                f"{_smooth_elsewhere(evidence)}."
            )
        case Verdict.SMOOTH:
            return f"A smooth rise has posterior probability {smooth}; a phase change {phase}."
        case Verdict.NOT_EMERGED:
            return (
                f"Within the tolerance of chance at every scale with probability "
                f"{percent(evidence.numbers.at_chance or 0.0)}: the threshold, if any, lies above the largest scale."
            )
        case Verdict.FLAT if evidence.numbers.at_chance is None:
            return f"A constant score has posterior probability {percent(shares['constant'] + shares['no_ability'])}."
        case Verdict.FLAT if shares["constant"] < 0.9:
            return (
                "The curve stays within a band too narrow to call a rise or a fall with probability "
                f"{percent(evidence.numbers.level)}."
            )
        case Verdict.FLAT:
            return f"A constant score away from chance has posterior probability {percent(shares['constant'])}."
        case Verdict.INVERSE:
            return f"A decline with scale has posterior probability {percent(shares['decreasing'])}."
        case Verdict.NON_MONOTONE:
            return f"A curve that turns has posterior probability {percent(shares['non_monotone'])}."
        case Verdict.METRIC_ARTIFACT if _smooth_elsewhere(evidence) is not None:
            if shares["phase_change"] > shares["smooth"] or (evidence.numbers.power_law < 0.5):
                return f"It looks sharp on this metric (phase change {phase}), but {_smooth_elsewhere(evidence)}."
            return (
                f"A smooth power law scored by an all-or-nothing metric (p^L) explains the rise with posterior "
                f"probability {percent(evidence.numbers.power_law)}, and {_smooth_elsewhere(evidence)}."
            )
        case Verdict.METRIC_ARTIFACT:
            return (
                f"A smooth power law scored by an all-or-nothing metric (p^L) explains the rise by itself with "
                f"posterior probability {percent(evidence.numbers.power_law)}."
            )
        case Verdict.RESOLUTION_ARTIFACT if by_key["resolution_robust"].holds is False:
            return (
                f"It looks emergent, but {_not_robust(evidence, by_key['resolution_robust'])}, and a smooth rise "
                f"({smooth}) explains it {_as_well(evidence)} as a phase change ({phase})."
            )
        case Verdict.RESOLUTION_ARTIFACT:
            return (
                f"It looks flat and then rises, but this many items cannot show absence below the rise, and a smooth "
                f"rise ({smooth}) explains it {_as_well(evidence)} as a phase change ({phase})."
            )
        case _:
            return _undecided(evidence, by_key, metric_nats)


def _as_well(evidence: Evidence) -> str:
    """How a smooth rise does against a phase change, as part of a sentence."""
    return "at least as well" if evidence.log_bayes_factor < 0.0 else "about as well"


def _rival(shares: Mapping[str, float]) -> str:
    """What else a rise may be, the more probable of the two."""
    if shares["non_monotone"] > shares["phase_change"]:
        return f"a curve that turns {percent(shares['non_monotone'])}"
    return f"phase change {percent(shares['phase_change'])}"


def _smooth_elsewhere(evidence: Evidence) -> str | None:
    """What the companion metric shows, as part of a sentence; None unless it shows a smooth rise."""
    other = evidence.companion
    if other is None or other.shape is not Shape.SMOOTH:
        return None
    return (
        f"{other.metric}, a metric of the same outputs{_kind(other)}, rises smoothly (smooth over phase change by "
        f"{-other.log_bayes_factor:.1f} nats)"
    )


def _untold(other: OtherMetric) -> str:
    """Why a companion does not bear out a sharp rise, as part of a sentence."""
    if other.doubt is not None:
        return f"{other.metric}, the metric to hold it against, does not tell: {other.doubt}"
    foreseen = "" if other.unpredictable is None else f", not to be foreseen by {other.unpredictable:.1f} nats"
    return (
        f"{other.metric}, a metric of the same outputs{_kind(other)}, does not show that it is as sharp there "
        f"(P(sharp) {percent(other.p_sharp)}{_on(other)}{foreseen})"
    )


def _kind(other: OtherMetric) -> str:
    """Why a companion can tell, as part of a sentence."""
    return "" if other.kind == "unlisted" else f" {other.kind} in the probability of a token"


def _on(other: OtherMetric) -> str:
    """On which axis a companion was weighed, where that is not the metric itself, as part of a sentence."""
    return "" if other.axis is None else f" on {other.axis}"


def _undecided(evidence: Evidence, conditions: Mapping[str, Condition], metric_nats: float) -> str:
    """What keeps a series from a verdict."""
    shares = evidence.numbers.explanations
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    leading = f"{NAMES[ranked[0][0]]} ({percent(ranked[0][1])}) against {NAMES[ranked[1][0]]} ({percent(ranked[1][1])})"
    if _only_turning(evidence):
        return (
            f"The scores rise from a level that is not chance: a curve that may turn describes them best "
            f"({percent(ranked[0][1])}), but they turn nowhere."
        )
    if ranked[0][0] != "phase_change" and ranked[0][1] < 0.9:
        return f"No explanation is decisive: {leading}."
    failing = [condition for condition in conditions.values() if condition.holds is False]
    if evidence.objection is not None and not failing:
        return f"A phase change leads ({percent(shares['phase_change'])}), but {evidence.objection}."
    if failing:
        worst = failing[0]
        if worst.key == "metric_robust" and evidence.companion is not None:
            return f"A phase change leads ({percent(shares['phase_change'])}), but {_untold(evidence.companion)}."
        if worst.key == "resolution_robust":
            return (
                f"A phase change leads ({percent(shares['phase_change'])}), but condition E6 fails: "
                f"{_not_robust(evidence, worst)}."
            )
        value = (
            percent(worst.value or 0.0)
            if worst.unit == "probability"
            else f"{nats(worst.value or 0.0, worst.limit)} nats"
        )
        limit = percent(worst.limit) if worst.unit == "probability" else f"{worst.limit:.1f} nats"
        leader = NAMES[ranked[0][0]]
        return (
            f"{leader[0].upper()}{leader[1:]} leads ({percent(ranked[0][1])}), but condition {worst.label} fails: "
            f"{value}, limit {limit}."
        )
    if evidence.numbers.present is None:
        return f"Chance is not defined for this metric, so absence cannot be judged: {leading}."
    if ranked[0][0] == "phase_change" and evidence.log_bayes_factor_power <= metric_nats:
        return (
            f"A phase change leads ({percent(ranked[0][1])}), but p^L of a power law is not excluded: log Bayes factor "
            f"{nats(evidence.log_bayes_factor_power, metric_nats)} nats, limit {metric_nats:.1f}."
        )
    return f"No explanation is decisive: {leading}."


def _not_robust(evidence: Evidence, condition: Condition) -> str:
    """Which half of E6 fails."""
    stability, fooled = evidence.resolution_stability or 0.0, evidence.false_sharpness or 0.0
    if condition.value == stability:
        return f"only {percent(stability)} of test sets of this size would be called emergent again"
    return (
        f"of test sets drawn from the fitted smooth explanation, {percent(fooled)} are called emergent on evidence as "
        "strong as this"
    )


def below_chance(series: Series) -> str:
    """A warning, where the smallest models score below chance."""
    return (
        f"the scores at the two lowest scales lie below chance ({series.chance_level:g}): is that the chance level, "
        "and was every answer read?"
    )


def _only_turning(evidence: Evidence) -> bool:
    """Do scores that rise from another level than chance, and nowhere fall, fit no curve but one that may turn?"""
    shares = evidence.numbers.explanations
    return evidence.rises_off_chance and max(shares, key=lambda name: shares[name]) == "non_monotone"


def remedy(
    verdict: Verdict,
    series: Series,
    evidence: Evidence,
    conditions: Sequence[Condition],
    location: RiseLocation,
    resolution: Resolution | None,
    decide_probability: float,
) -> str | None:
    """The cheapest measurement that would decide, or what more items would change of a decision."""
    if verdict not in OPEN:
        return None if resolution is None else _overturned(verdict, resolution)
    if evidence.faults:
        return "Sample longer (evidence.smc_particles, evidence.nuts_draws), or use the quadrature."
    if evidence.unread and not _failing(conditions) - {"metric_robust"}:
        return f"Mend the scores of {' and '.join(evidence.unread)} (see the warnings), or leave them out on purpose."
    other = evidence.companion
    if other is not None and other.shape is Shape.UNCLEAR and not _failing(conditions) - {"metric_robust"}:
        return (
            f"Measure {other.metric} at more scales round the rise and with its standard errors, or another metric "
            "that is linear or continuous in the probability of a token."
        )
    if _only_turning(evidence):
        return (
            "Give as chance level what answers drawn at random really score, or add smaller models that score it, and "
            "leave out those whose answers were not read."
        )
    if series.n_scales < 3:
        return "Measure at more scales: fewer than three cannot tell any rise from another."
    if resolution is None:
        return _scales_to_add(series, evidence, conditions, location)
    if resolution.items_to_decide is not None:
        return _more_items(resolution, resolution.items_to_decide, decide_probability)
    largest = resolution.sizes[-1]
    share = share_decided(largest.verdicts)
    often = f"in only {percent(share)} of" if share > 0.0 else f"in none of {resolution.replicates}"
    return (
        f"{_scales_to_add(series, evidence, conditions, location, more_items=False)} Items alone will not do: even "
        f"{largest.n_items:,.0f} per scale decide it {often} resampled test sets."
    )


def _more_items(resolution: Resolution, items: float, probability: float) -> str:
    """How many items decide, and how they probably would."""
    present = resolution.at_n
    if items <= present.n_items:
        return (
            "These data are less clear than most: new items, as many as now, would decide it with probability "
            f"{share_decided(present.verdicts):.2g}{_probably(present)}."
        )
    enough = next(size for size in resolution.sizes if size.n_items >= items)
    return (
        f"About {items:,.0f} test items per scale would decide it with probability {probability:g}{_probably(enough)}."
    )


def _probably(size: SizeResult) -> str:
    """The most common decision of a size, as the end of a sentence."""
    name, share = max(
        ((name, share) for name, share in size.verdicts.items() if name not in OPEN), key=lambda item: item[1]
    )
    return f", most often as {name.replace('_', ' ')} ({percent(share)})"


def _overturned(verdict: Verdict, resolution: Resolution) -> str | None:
    """The smallest larger test set that would rather have another verdict."""
    for size in resolution.sizes:
        name, share = max(size.verdicts.items(), key=lambda item: item[1])
        if size.factor > 1.0 and name not in (verdict, *OPEN) and share > 0.5:
            return (
                f"More items would change this: with {size.n_items:,.0f} per scale, {percent(share)} of test sets "
                f"would be called {name.replace('_', ' ')}."
            )
    return None


def _scales_to_add(
    series: Series,
    evidence: Evidence,
    conditions: Sequence[Condition],
    location: RiseLocation,
    *,
    more_items: bool = True,
) -> str:
    """Where to measure; `more_items` is whether larger test sets may be of use."""
    failing = _failing(conditions)
    further = _further(series)
    if "present" in failing and evidence.numbers.explanations["constant"] < 0.5:
        return f"Measure one more scale, {further}."
    if "absent" in failing and evidence.numbers.explanations["phase_change"] > 0.5:
        return f"Measure one smaller scale, {_before(series)}: absence has to be shown at two scales below the rise."
    interval = location.threshold.interval(0.9)
    if interval is not None and failing & {"sharp", "unpredictable"}:
        middle = float((interval[0] * interval[1]) ** 0.5)
        inside = float(series.scale.min()) < middle < float(series.scale.max())
        place = f"at about {format_scale(middle, series.scale_kind)}" if inside else further
        return f"Measure one more scale, {place}."
    if "absent" in failing and evidence.detectable_excess is not None:
        return f"Measure one smaller scale{', or the two smallest with more test items' if more_items else ''}."
    if not more_items:
        return "Measure more models: repeated runs at these scales, or scales between them."
    return "Measure the same scales with more test items, or add scales between them."


def _failing(conditions: Sequence[Condition]) -> set[str]:
    """Keys of the conditions that do not hold."""
    return {condition.key for condition in conditions if condition.holds is False}


def _further(series: Series) -> str:
    """Where to measure beyond the largest scale."""
    if series.scale_kind == "loss":
        return f"at a loss below {format_scale(float(series.scale.min()), 'loss')}"
    return f"at about {format_scale(3.0 * float(series.scale.max()), series.scale_kind)}"


def _before(series: Series) -> str:
    """Where to measure below the smallest scale."""
    if series.scale_kind == "loss":
        return f"at a loss above {format_scale(float(series.scale.max()), 'loss')}"
    return f"at about {format_scale(float(series.scale.min()) / 3.0, series.scale_kind)}"


def summary(
    series: Series, verdict: Verdict, evidence: Evidence, why: str, what_next: str | None, location: RiseLocation
) -> str:
    """A paragraph a person can quote."""
    kind = series.scale_kind
    low, high = float(series.scale.min()), float(series.scale.max())
    opening = (
        f"{series.name}: {verdict.replace('_', ' ')} on {series.metric or 'this metric'}, judged from "
        f"{series.n_points} measurements at {series.n_scales} scales "
        f"({format_scale_range(low, high, kind)})."
    )
    parts = [opening, why]
    threshold, interval = location.threshold.median, location.threshold.interval(0.9)
    if threshold is not None and interval is not None:
        parts.append(
            f"The rise has its midpoint at {format_scale(threshold, kind)} (90 % interval "
            f"{format_scale_range(*interval, kind)})."
        )
    factor = evidence.log_bayes_factor
    if evidence.numbers.rise_in_range > 0.5:
        favoured = "a phase change over a smooth rise" if factor >= 0 else "a smooth rise over a phase change"
        parts.append(f"The log Bayes factor for {favoured} is {abs(factor):.1f} nats.")
    if verdict is Verdict.EMERGENT and evidence.companion is None:
        parts.append("No companion metric was given: this is a statement about this metric.")
    elif verdict is Verdict.EMERGENT and evidence.companion is not None:
        other = evidence.companion
        parts.append(
            f"The rise is as sharp on {other.metric}, a metric of the same outputs{_kind(other)} "
            f"(P(sharp) {percent(other.p_sharp)}{_on(other)})."
        )
    if what_next:
        parts.append(what_next)
    return " ".join(parts)
