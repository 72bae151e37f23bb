"""What a card says of one series' evidence: facts, conditions, posterior over explanations, curves."""

from __future__ import annotations

import dataclasses

from emergence_stats.report.analysis_document import AnalysisDocument, ConditionPart, PooledPart
from emergence_stats.report.figures.bars import share_bar
from emergence_stats.report.formats import (
    count_text,
    estimate_text,
    inert,
    nats_text,
    plural,
    probability_text,
    range_text,
    scale_text,
    unplaced_text,
)
from emergence_stats.report.vocabulary import EXPLANATIONS, SCORE_FORMS

DETAIL_LENGTH = 1200
CLOSE_TO_LIMIT = 0.0051  # a probability that rounding might move to its limit; ten times as much in nats


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
    pooled = document["pooled"]
    if pooled is not None:
        facts.append(("Told by all families", _told_by_all(pooled, kind)))
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


def _told_by_all(pooled: PooledPart, kind: str) -> str:
    """Threshold and sharpness of this family in the model of all of them."""
    place = unplaced_text(pooled) if pooled["threshold"] is None else estimate_text(pooled["threshold"], kind)
    return f"threshold {place}; P(sharp) {probability_text(pooled['p_sharp'])}"


def posterior_bars(document: AnalysisDocument) -> tuple[BarView, ...]:
    """The posterior over explanations, a bar each."""
    probabilities: dict[str, float] = {str(key): value for key, value in document["probabilities"].items()}
    return tuple(
        BarView(label=label, bar=share_bar(probabilities[key], key), text=probability_text(probabilities[key]))
        for key, label in EXPLANATIONS.items()
    )


def stacking_note(document: AnalysisDocument) -> str:
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
        detail=inert(condition["detail"], DETAIL_LENGTH),
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


def curve_rows(document: AnalysisDocument) -> tuple[tuple[str, str, str], ...]:
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
