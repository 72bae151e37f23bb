"""One analysis as a matplotlib figure: the card's main figure for notebooks and papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.figures.axes import has_proportions
from emergence_stats.report.formats import emergence_text, estimate_text, inert, scale_text
from emergence_stats.report.vocabulary import VERDICTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, INK, GREY, ORANGE = "#0072B2", "#222222", "#767676", "#D55E00"
TITLE_LENGTH = 80


def plot_analysis(document: AnalysisDocument) -> Figure:
    """Data with 95 % intervals, chance level, model-averaged curve with its 90 % band, threshold on the axis.

    The figure belongs to no window or backend; show it with ``display(figure)`` or save it with ``figure.savefig``.

    Args:
        document: what ``Analysis.to_dict()`` returns.

    Returns:
        A figure with one axes.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes = figure.add_subplot()
    _draw_fit(axes, document)
    _draw_points(axes, document)
    _draw_levels(axes, document)
    _draw_threshold(axes, document)
    _name_axes(axes, document)
    axes.legend(frameon=False, fontsize="small")
    return figure


def _draw_fit(axes: Axes, document: AnalysisDocument) -> None:
    fit = document["fit"]
    axes.fill_between(fit["scale"], fit["low"], fit["high"], color=BLUE, alpha=0.18, linewidth=0, label="90% band")
    axes.plot(fit["scale"], fit["median"], color=BLUE, label="model-averaged curve")


def _draw_points(axes: Axes, document: AnalysisDocument) -> None:
    points = document["series"]["points"]
    scores = [point["score"] for point in points]
    below = [max(0.0, point["score"] - point["low"]) for point in points]
    above = [max(0.0, point["high"] - point["score"]) for point in points]
    scales = [point["scale"] for point in points]
    axes.errorbar(scales, scores, yerr=[below, above], fmt="o", color=INK, markersize=4.5, linewidth=1, label="scores")


def _draw_levels(axes: Axes, document: AnalysisDocument) -> None:
    chance, resolution = document["series"]["chance_level"], document["resolution"]
    if chance is None:
        return
    axes.axhline(chance, color=GREY, linestyle=":", linewidth=1.2, label="chance")
    if resolution is not None and resolution["detectable_excess"] is not None:
        sign = 1 if document["series"]["higher_is_better"] else -1
        floor = chance + sign * resolution["detectable_excess"]
        axes.axhline(floor, color=GREY, linestyle="--", linewidth=1, label="resolution floor")


def _draw_threshold(axes: Axes, document: AnalysisDocument) -> None:
    """The intervals lie on the axis: x in data units, y in axes fractions."""
    threshold = document["threshold"]
    if threshold is None:
        return
    on_axis = axes.get_xaxis_transform()
    for low, high, width in (
        (threshold["low"], threshold["high"], 1.5),
        (threshold["low50"], threshold["high50"], 5.0),
    ):
        ends = [low, high]
        axes.plot(ends, [0, 0], color=ORANGE, linewidth=width, transform=on_axis, clip_on=False, solid_capstyle="butt")
    label = f"threshold {estimate_text(threshold, document['series']['scale_kind'])}"
    axes.plot(
        [threshold["median"]], [0], "D", color=ORANGE, markersize=6, transform=on_axis, clip_on=False, label=label
    )


def _name_axes(axes: Axes, document: AnalysisDocument) -> None:
    """Scales, labels and title; a ``$`` in a name is a dollar, not mathematics."""
    from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter

    series = document["series"]
    kind = series["scale_kind"]
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: scale_text(value, kind) if value > 0 else ""))
    axes.xaxis.set_minor_formatter(NullFormatter())
    scales = [point["scale"] for point in series["points"]]
    low, high = min(scales), max(scales)
    margin = (high / low) ** 0.04 if high > low else 2.0
    axes.set_xlim(*((high * margin, low / margin) if kind == "loss" else (low / margin, high * margin)))
    if series["score_axis"] == "log":
        axes.set_yscale("log")
        for level in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            level(FuncFormatter(lambda value, _: f"{value:g}"))
    if has_proportions(document):
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1.0))
    axes.set_xlabel(series["scale_unit"])
    axes.set_ylabel(inert(series["metric"], TITLE_LENGTH) or "score", parse_math=False)
    verdict = VERDICTS[document["verdict"]].label.lower()
    title = f"{inert(series['name'], TITLE_LENGTH)}\n{verdict}, P(emergent) {emergence_text(document)}"
    axes.set_title(title, loc="left", fontsize="medium", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
