"""What a card says of how far a verdict holds: other test-set sizes, other priors, one scale less."""

from __future__ import annotations

import dataclasses

from emergence_stats.report.analysis_document import AnalysisDocument, SizePart
from emergence_stats.report.figures.axes import has_proportions
from emergence_stats.report.figures.bars import verdict_bar
from emergence_stats.report.formats import (
    change_text,
    count_text,
    inert,
    probability_text,
    scale_text,
    score_text,
)
from emergence_stats.report.vocabulary import VERDICTS

NOTABLE_SENSITIVITY = 0.01  # change of a probability per doubling
SHARES_NAMED = 2  # verdicts written out beside each bar of a test-set size


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SizeView:
    """The verdict had the test set had another size."""

    items: str
    factor: str
    bar: str
    verdicts: str
    floor: str
    is_actual: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OtherVerdictView:
    """The verdict (empty if not known) under another prior, or without one scale."""

    label: str
    verdict: str
    verdict_label: str
    probability: str
    marked: bool = False


def sizes(document: AnalysisDocument) -> tuple[SizeView, ...]:
    """The verdict at every test-set size; nothing if test sets were not resampled."""
    resolution = document["resolution"]
    return () if resolution is None else tuple(_size(size, document) for size in resolution["sizes"])


def _size(size: SizePart, document: AnalysisDocument) -> SizeView:
    named = sorted(size["verdicts"].items(), key=lambda pair: -pair[1])[:SHARES_NAMED]
    excess = size["detectable_excess"]
    return SizeView(
        items="" if size["n_items"] is None else count_text(size["n_items"]),
        factor=f"×{size['factor']:g}" if size["factor"] >= 1 else f"×1/{1 / size['factor']:g}",
        bar=verdict_bar(size["verdicts"]),
        verdicts=", ".join(f"{VERDICTS[key].label.lower()} {share:.0%}" for key, share in named if share >= 0.005),
        floor="" if excess is None else f"+{score_text(excess, proportion=has_proportions(document))}",
        is_actual=size["factor"] == 1,
    )


def sizes_note(document: AnalysisDocument) -> str:
    """What the test-set sizes say, in sentences."""
    resolution = document["resolution"]
    if resolution is None:
        return "Not assessed: no test sets were resampled."
    note = f"At this size {resolution['p_verdict_stable']:.0%} of {resolution['replicates']} resampled test sets agree."
    if resolution["items_to_decide"] is not None:
        note += f" About {count_text(resolution['items_to_decide'])} items would decide (dashed)."
    if any(size["threshold"] is not None for size in resolution["sizes"]):
        note += " Below, the threshold: typical 90% interval (thin), its median over test sets (thick)."
    fooled = resolution["false_sharpness"]
    return (
        f"{note} Of {fooled['replicates']} drawn from the fitted smooth explanation, {fooled['emergent']:.0%} are "
        f"called emergent, {fooled['as_sharp']:.0%} on evidence as strong as this."
    )


def sensitivity_note(document: AnalysisDocument) -> str:
    """What P(emergent) and the threshold follow when prior or likelihood weigh more."""
    scaling = document["stability"]["power_scaling"]
    moves = {part["name"]: part["p_emergent"] for part in scaling["parts"]}
    note = (
        f"With twice the weight of the prior P(emergent) would move by about {change_text(moves['prior'])}, of the "
        f"likelihood by {change_text(moves['likelihood'])}"
    )
    parts = [part for part in scaling["parts"] if part["name"] not in ("prior", "likelihood")]
    most = max(parts, key=lambda part: abs(part["p_emergent"]), default=None)
    if most is not None and abs(most["p_emergent"]) >= NOTABLE_SENSITIVITY:
        note += (
            f"; of the parts of the prior, {inert(most['name'], 40)} moves it most ({change_text(most['p_emergent'])})"
        )
    if scaling["threshold_diagnosis"] not in (None, "robust"):
        note += f". The threshold shows a {inert(str(scaling['threshold_diagnosis']), 60)}"
    return f"{note}."


def influence_note(document: AnalysisDocument) -> str:
    """How far P(emergent) moves when one scale is left out."""
    influence = document["influence"]
    scale = influence["most_influential_scale"]
    if scale is None:
        return ""
    without = [point["p_emergent_without"] for point in influence["points"]]
    low, high = probability_text(min(without)), probability_text(max(without))
    span = f"stays at {low}" if low == high else f"moves between {low} and {high}"
    name = scale_text(scale, document["series"]["scale_kind"])
    return f"With any one scale left out, P(emergent) {span}; the most influential scale is {name}."


def _other(label: str, verdict: str, p_emergent: float, *, marked: bool = False) -> OtherVerdictView:
    return OtherVerdictView(
        label=label,
        verdict=verdict,
        verdict_label=VERDICTS[verdict].label if verdict else "",
        probability=probability_text(p_emergent),
        marked=marked,
    )


def other_priors(document: AnalysisDocument) -> tuple[OtherVerdictView, ...]:
    """The verdict under each other prior."""
    grid = document["stability"]["grid"]
    return tuple(_other(inert(prior["name"], 80), prior["verdict"], prior["p_emergent"]) for prior in grid)


def without_each_scale(document: AnalysisDocument) -> tuple[OtherVerdictView, ...]:
    """P(emergent) without each scale."""
    influence, kind = document["influence"], document["series"]["scale_kind"]
    return tuple(
        _other(
            scale_text(point["scale"], kind),
            "",
            point["p_emergent_without"],
            marked=point["scale"] == influence["most_influential_scale"],
        )
        for point in influence["points"]
    )
