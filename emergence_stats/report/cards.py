"""The card of one series, ready for its template: every text and figure, and nothing left to decide."""

from __future__ import annotations

import dataclasses

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.card_evidence import (
    BarView,
    ConditionView,
    condition_view,
    curve_rows,
    facts,
    posterior_bars,
    stacking_note,
)
from emergence_stats.report.card_robustness import (
    OtherVerdictView,
    SizeView,
    influence_note,
    other_priors,
    sensitivity_note,
    sizes,
    sizes_note,
    without_each_scale,
)
from emergence_stats.report.cross_checks import CrossChecksView, cross_checks_view
from emergence_stats.report.document import Entry
from emergence_stats.report.figures.ladder_figure import ladder_figure
from emergence_stats.report.figures.prior_figure import prior_figure
from emergence_stats.report.figures.series_figure import companion_figure, series_figure
from emergence_stats.report.figures.width_figure import width_figure
from emergence_stats.report.formats import emergence_text, inert, nats_text, probability_text
from emergence_stats.report.vocabulary import COMPANION_SHAPES, VERDICTS

COMPANIONS_SHOWN = 4
NAME_LENGTH = 400
TEXT_LENGTH = 1200


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
    return CardView(
        anchor=entry.anchor,
        name=inert(entry.name, NAME_LENGTH),
        verdict=entry.verdict,
        label=VERDICTS[entry.verdict].label,
        probability=emergence_text(document),
        identity=tuple((inert(key, 40), inert(value, NAME_LENGTH)) for key, value in entry.identity.items()),
        figure=series_figure(document, entry.anchor),
        companions=_companions(document, entry.anchor),
        facts=facts(document),
        posterior=posterior_bars(document),
        stacking=stacking_note(document),
        conditions=tuple(condition_view(condition) for condition in document["conditions"]),
        width_figure="" if width_curve is None else width_figure(width_curve, sharp_width, entry.anchor),
        sharp_width="" if sharp_width is None else f"{sharp_width:g}",
        ladder_figure=""
        if document["resolution"] is None
        else ladder_figure(document["resolution"], document["series"]["scale_kind"], entry.anchor),
        sizes=sizes(document),
        sizes_note=sizes_note(document),
        prior_stability=f"{document['stability']['prior_stability']:.0%}",
        prior_figure=prior_figure(document["stability"]["grid"], document["p_emergent"], entry.anchor),
        sensitivity=sensitivity_note(document),
        priors=other_priors(document),
        influence_note=influence_note(document),
        influence=without_each_scale(document),
        curves=curve_rows(document),
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
        axis = "" if companion["axis"] is None else f" on {inert(companion['axis'], 80)}"
        sharp, factor = probability_text(companion["p_sharp"]), nats_text(companion["log_bayes_factor"])
        text = f"{inert(companion['metric'], 80)} ({kind}): {says}{axis}; P(sharp) {sharp}, phase change over smooth "
        views.append(CompanionView(text=f"{text}{factor}.", figure=companion_figure(document, i, f"{anchor}-c{i}")))
    return tuple(views)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
