"""The card of one series, ready for its template: every text and figure, and nothing left to decide."""

from __future__ import annotations

import dataclasses

from emergence_stats.report.analysis_document import AnalysisDocument, ConditionPart, SizePart
from emergence_stats.report.cross_checks import CrossChecksView, cross_checks_view
from emergence_stats.report.document import Entry
from emergence_stats.report.figures.axes import has_proportions
from emergence_stats.report.figures.bars import share_bar, verdict_bar
from emergence_stats.report.figures.ladder_figure import ladder_figure
from emergence_stats.report.figures.prior_figure import prior_figure
from emergence_stats.report.figures.series_figure import companion_figure, series_figure
from emergence_stats.report.figures.width_figure import width_figure
from emergence_stats.report.formats import (
    change_text,
    count_text,
    estimate_text,
    inert,
    nats_text,
    plural,
    probability_text,
    range_text,
    scale_text,
    score_text,
)
from emergence_stats.report.vocabulary import COMPANION_SHAPES, EXPLANATIONS, SCORE_FORMS, VERDICTS

COMPANIONS_SHOWN = 4
NAME_LENGTH = 400
TEXT_LENGTH = 1200
CLOSE_TO_LIMIT = 0.0051  # a probability that rounding might move to its limit; ten times as much in nats
NOTABLE_SENSITIVITY = 0.01  # change of a probability per doubling
SHARES_NAMED = 2  # verdicts written out beside each bar of a test-set size


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BarView:
    """A label, a bar (SVG) and what the bar says."""

    label: str
    bar: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConditionView:
    """One condition: `state` is holds, fails or open."""

    state: str
    state_text: str
    label: str
    value: str
    detail: str


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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CompanionView:
    """Another metric of the same outputs: what it says, and its figure (SVG)."""

    text: str
    figure: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """Texts and figures of one card; what ends in `figure` or `bar` is SVG and is not escaped again."""

    anchor: str
    name: str
    verdict: str
    label: str
    probability: str
    identity: tuple[tuple[str, str], ...]
    figure: str
    companions: tuple[CompanionView, ...]
    facts: tuple[tuple[str, str], ...]
    posterior: tuple[BarView, ...]
    stacking: str
    conditions: tuple[ConditionView, ...]
    width_figure: str
    sharp_width: str
    ladder_figure: str
    sizes: tuple[SizeView, ...]
    sizes_note: str
    prior_stability: str
    prior_figure: str
    sensitivity: str
    priors: tuple[OtherVerdictView, ...]
    influence_note: str
    influence: tuple[OtherVerdictView, ...]
    curves: tuple[tuple[str, str, str], ...]
    cross_checks: CrossChecksView | None
    warnings: tuple[str, ...]
    reason: str
    remedy: str
    quote: str


def card_view(entry: Entry, document: AnalysisDocument) -> CardView:
    """Everything the card of one analysed series shows."""
    sharp_width = _number(document["settings"]["prior"].get("sharp_width"))
    width_curve = document["width_curve"]
    influence = document["influence"]
    return CardView(
        anchor=entry.anchor,
        name=inert(entry.name, NAME_LENGTH),
        verdict=entry.verdict,
        label=VERDICTS[entry.verdict].label,
        probability=probability_text(document["p_emergent"]),
        identity=tuple((inert(key, 40), inert(value, NAME_LENGTH)) for key, value in entry.identity.items()),
        figure=series_figure(document, entry.anchor),
        companions=_companions(document, entry.anchor),
        facts=facts(document),
        posterior=_posterior(document),
        stacking=_stacking(document),
        conditions=tuple(condition_view(condition) for condition in document["conditions"]),
        width_figure="" if width_curve is None else width_figure(width_curve, sharp_width, entry.anchor),
        sharp_width="" if sharp_width is None else f"{sharp_width:g}",
        ladder_figure=""
        if document["resolution"] is None
        else ladder_figure(document["resolution"], document["series"]["scale_kind"], entry.anchor),
        sizes=_sizes(document),
        sizes_note=_sizes_note(document),
        prior_stability=f"{document['stability']['prior_stability']:.0%}",
        prior_figure=prior_figure(document["stability"]["grid"], document["p_emergent"], entry.anchor),
        sensitivity=_sensitivity(document),
        priors=tuple(
            _other(inert(prior["name"], 80), prior["verdict"], prior["p_emergent"])
            for prior in document["stability"]["grid"]
        ),
        influence_note=_influence_note(document),
        influence=tuple(
            _other(
                scale_text(point["scale"], document["series"]["scale_kind"]),
                "",
                point["p_emergent_without"],
                marked=point["scale"] == influence["most_influential_scale"],
            )
            for point in influence["points"]
        ),
        curves=_curves(document),
        cross_checks=cross_checks_view(document),
        warnings=tuple(inert(warning, TEXT_LENGTH) for warning in document["warnings"]),
        reason=inert(document["reason"], TEXT_LENGTH),
        remedy=""
        if (document["remedy"] or "") in document["summary"]
        else inert(document["remedy"] or "", TEXT_LENGTH),
        quote=inert(document["summary"], 2 * TEXT_LENGTH),
    )


def _companions(document: AnalysisDocument, anchor: str) -> tuple[CompanionView, ...]:
    """The companions that fit on a card, each with one sentence."""
    views = []
    for i, companion in enumerate(document["companions"][:COMPANIONS_SHOWN]):
        says = COMPANION_SHAPES[companion["shape"]]
        kind = "not a listed metric" if companion["kind"] == "unlisted" else f"{companion['kind']} in token probability"
        text = (
            f"{inert(companion['metric'], 80)} ({kind}): {says}; P(sharp) {probability_text(companion['p_sharp'])}, "
            f"phase change over smooth {nats_text(companion['log_bayes_factor'])}."
        )
        views.append(CompanionView(text=text, figure=companion_figure(document, i, f"{anchor}-c{i}")))
    return tuple(views)


def facts(document: AnalysisDocument) -> tuple[tuple[str, str], ...]:
    """Label and value of every number that is not in a figure; what is not defined is left out."""
    series = document["series"]
    kind, points = series["scale_kind"], series["points"]
    facts = []
    for label, estimate in (("Threshold", document["threshold"]), ("Onset", document["onset"])):
        if estimate is not None:
            facts.append((label, estimate_text(estimate, kind)))
    width = document["width_decades"]
    if width is not None:
        facts.append(("Width, decades", f"{width['median']:.2g} ({width['low']:.2g} to {width['high']:.2g})"))
    facts += [
        ("Phase change over smooth", f"{nats_text(document['log_bayes_factor'])} nats"),
        ("Phase change over p^L", f"{nats_text(document['log_bayes_factor_power'])} nats"),
    ]
    future = document["predictive"]["leave_future_out"]
    if future is not None:
        onset = scale_text(future["from_scale"], kind)
        facts.append((f"Leave-future-out gain, from {onset}", f"{nats_text(future['gain_nats'])} nats"))
    facts.append(("Evidence error", f"{document['evidence_error']:.2g} nats"))
    facts.append(("elpd, leave one out", nats_text(document["predictive"]["elpd_loo"])))
    form = SCORE_FORMS.get(series["score_form"], series["score_form"])
    items = sorted({point["n_items"] for point in points if point["n_items"] is not None})
    if items:
        form += f", {range_text(count_text(items[0]), count_text(items[-1]))} items"
    scales = len({point["scale"] for point in points})
    facts.append(("Data", f"{plural(len(points), 'score')} at {plural(scales, 'scale')}; {form}"))
    return tuple(facts)


def _posterior(document: AnalysisDocument) -> tuple[BarView, ...]:
    probabilities: dict[str, float] = {str(key): value for key, value in document["probabilities"].items()}
    return tuple(
        BarView(label=label, bar=share_bar(probabilities[key], key), text=probability_text(probabilities[key]))
        for key, label in EXPLANATIONS.items()
    )


def _stacking(document: AnalysisDocument) -> str:
    """Weights that predict scales left out best (Yao et al. 2018), beside the posterior."""
    weights = sorted(document["predictive"]["stacking_weights"].items(), key=lambda item: -item[1])
    told = [f"{EXPLANATIONS[key].lower()} {probability_text(weight)}" for key, weight in weights if weight >= 0.005]
    return f"Stacking weights, by prediction of left-out scales: {', '.join(told)}." if told else ""


def condition_view(condition: ConditionPart) -> ConditionView:
    """One condition in words."""
    state = {True: "holds", False: "fails", None: "open"}[condition["holds"]]
    return ConditionView(
        state=state,
        state_text={"holds": "holds", "fails": "does not hold", "open": "not assessed"}[state],
        label=inert(condition["label"], 120),
        value=_against_limit(condition),
        detail=inert(condition["detail"], TEXT_LENGTH),
    )


def _against_limit(condition: ConditionPart) -> str:
    """The value and how it stands to its limit: 0.84 ≥ 0.8."""
    value, limit = condition["value"], condition["limit"]
    if value is None:
        return ""
    in_nats = condition["unit"] == "nats"
    text = nats_text(value) if in_nats else probability_text(value)
    if limit is not None:
        if abs(value - limit) < CLOSE_TO_LIMIT * (10 if in_nats else 1):
            text = f"{value:.4g}"  # 0.90 < 0.9 would puzzle
        text += f" {'≥' if value >= limit else '<'} {limit:.2g}"
    return f"{text} nats" if in_nats else text


def _sizes(document: AnalysisDocument) -> tuple[SizeView, ...]:
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


def _sizes_note(document: AnalysisDocument) -> str:
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


def _sensitivity(document: AnalysisDocument) -> str:
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


def _influence_note(document: AnalysisDocument) -> str:
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


def _curves(document: AnalysisDocument) -> tuple[tuple[str, str, str], ...]:
    """Label, log evidence relative to the best curve with its error, posterior probability; best first."""
    curves = sorted(document["curves"], key=lambda curve: -curve["posterior_probability"])
    best = max(curve["log_evidence"] for curve in curves)
    return tuple(
        (
            inert(curve["label"], 80),
            f"{nats_text(curve['log_evidence'] - best)} ± {curve['log_evidence_error']:.2g}",
            probability_text(curve["posterior_probability"]),
        )
        for curve in curves
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
